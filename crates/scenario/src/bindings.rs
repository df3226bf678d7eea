//! The host operations that the prelude is given. Nothing here decides: each
//! one converts its arguments and tells the [`Core`].

use crate::core::Core;
use crate::digest::{hex_digest, hmac_sha256};
use crate::host::{Effect, EndReason, HttpSpec, LogKind, MailSpec};
use crate::members;
use crate::parts;
use crate::phone_number;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use script::js::prelude::This;
use script::js::{Ctx, Exception, Function, Object, Result, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// Shared by the session and its host functions; borrowed only for the length
/// of one operation, never while script code runs.
pub(crate) type Shared = Rc<RefCell<Core>>;

/// The object that the prelude receives as `host`, with what its core calls. A part
/// adds what it calls when it is loaded: a function of the host takes a quarter KiB in
/// each session.
pub(crate) fn host_object<'js>(ctx: &Ctx<'js>, core: &Shared) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    bind(ctx, &host, core, &parts::core().calls)?;
    Ok(host)
}

/// Adds functions of the host by their names, unless they are there.
fn bind<'js>(
    ctx: &Ctx<'js>,
    host: &Object<'js>,
    core: &Shared,
    names: &[&'static str],
) -> Result<()> {
    for name in names {
        if host.contains_key(*name)? {
            continue;
        }
        let found = match session_function(ctx, core, name) {
            None => match traffic_function(ctx, core, name) {
                None => table_function(ctx, name),
                found => found,
            },
            found => found,
        };
        let missing = || Exception::throw_type(ctx, "the host has no such function");
        host.set(*name, found.ok_or_else(missing)??)?;
    }
    Ok(())
}

/// What a part is: its function, once the host has what it calls.
fn load_part<'js>(
    ctx: &Ctx<'js>,
    host: &Object<'js>,
    core: &Shared,
    name: &str,
) -> Result<Value<'js>> {
    match parts::part(name) {
        Some(loaded) => {
            bind(ctx, host, core, &loaded.calls)?;
            script::evaluate(ctx, &loaded.code)
        }
        None => Err(Exception::throw_type(ctx, "the API has no such part")),
    }
}

fn session_function<'js>(
    ctx: &Ctx<'js>,
    core: &Shared,
    name: &str,
) -> Option<Result<Function<'js>>> {
    let (ctx, c) = (ctx.clone(), Rc::clone(core));
    Some(match name {
        "log" => Function::new(ctx, move |kind: String, text: String| {
            let kind = match kind.as_str() {
                "script" => LogKind::Script,
                "error" => LogKind::Error,
                _ => LogKind::Event,
            };
            c.borrow_mut().log(kind, text);
        }),
        "terminate" => Function::new(ctx, move || {
            c.borrow_mut().ask_to_end(EndReason::Terminated);
        }),
        "timer" => Function::new(ctx, move |delay_ms: f64, repeats: bool| {
            // The prelude sends whole numbers from 0 to 2^40.
            c.borrow_mut().start_timer(delay_ms as u64, repeats)
        }),
        "clearTimer" => Function::new(ctx, move |id: u32| c.borrow_mut().timers.stop(id)),
        "secret" => Function::new(ctx, move |name: String| {
            c.borrow().secrets.get(&name).cloned()
        }),
        "limit" => Function::new(ctx, move |ctx: Ctx<'js>, name: String| -> Result<f64> {
            match c.borrow().limits.named(&name) {
                // Exact: no limit is near 2^53.
                Some(limit) => Ok(limit as f64),
                None => Err(Exception::throw_type(&ctx, "there is no such limit")),
            }
        }),
        "customData" => Function::new(ctx, move || c.borrow().started.custom_data.clone()),
        // Exact as a double until the year 287396.
        "now" => Function::new(ctx, move || c.borrow_mut().read_clock_ms() as f64),
        "unique" => Function::new(ctx, move || c.borrow_mut().unique()),
        "globals" => Function::new(ctx, move || {
            let core = c.borrow();
            let pairs = core.program.globals().iter();
            let names: Vec<&'static str> = pairs.flat_map(|(name, part)| [*name, *part]).collect();
            names
        }),
        // Its own object comes as `this`: to hold it would be a circle that is never freed.
        "part" => Function::new(
            ctx,
            move |ctx: Ctx<'js>, host: This<Object<'js>>, name: String| {
                load_part(&ctx, &host, &c, &name)
            },
        ),
        "partOf" => Function::new(ctx, |input: String| parts::part_of_input(&input)),
        _ => return None,
    })
}

fn traffic_function<'js>(
    ctx: &Ctx<'js>,
    core: &Shared,
    name: &str,
) -> Option<Result<Function<'js>>> {
    let (ctx, c) = (ctx.clone(), Rc::clone(core));
    Some(match name {
        "emit" => Function::new(ctx, move |ctx: Ctx<'js>, json: String| -> Result<()> {
            let effect: Effect = from_json(&ctx, &json)?;
            c.borrow_mut().operation(effect);
            Ok(())
        }),
        "nextCall" => Function::new(ctx, move || c.borrow_mut().next_call()),
        "nextPlayer" => Function::new(ctx, move || c.borrow_mut().next_player()),
        "nextUnit" => Function::new(ctx, move || c.borrow_mut().next_unit()),
        "allowSockets" => Function::new(ctx, move || c.borrow_mut().sockets.allow()),
        "mail" => Function::new(ctx, move |ctx: Ctx<'js>, spec: String| -> Result<u32> {
            let spec: MailSpec = from_json(&ctx, &spec)?;
            Ok(c.borrow_mut().mail(spec))
        }),
        "http" => Function::new(
            ctx,
            move |ctx: Ctx<'js>, spec: String, body: Value<'js>, raw: bool| -> Result<u32> {
                let mut spec: HttpSpec = from_json(&ctx, &spec)?;
                spec.body = bytes_of(&ctx, &body)?;
                Ok(c.borrow_mut().http(spec, raw))
            },
        ),
        "backend" => Function::new(ctx, move |path: String, body: String| {
            c.borrow_mut().backend(&path, body)
        }),
        "backendURL" => Function::new(ctx, move || c.borrow().backend_url()),
        "queued" => Function::new(ctx, move |count: usize| c.borrow_mut().queued = count),
        "respond" => Function::new(
            ctx,
            move |token: f64, status: u16, kind: String, body: String| {
                // Tokens travel as JSON numbers; the engine counts them from 1.
                c.borrow_mut()
                    .answer_access(token as u64, status, kind, body);
            },
        ),
        _ => return None,
    })
}

/// Conversions, and tables that are too large for a session's own memory.
fn table_function<'js>(ctx: &Ctx<'js>, name: &str) -> Option<Result<Function<'js>>> {
    let ctx = ctx.clone();
    Some(match name {
        "zoneOffset" => Function::new(
            ctx,
            |ctx: Ctx<'js>, zone: String, at_ms: f64| -> Result<f64> {
                zone_offset_ms(&zone, at_ms).ok_or_else(|| {
                    let text = format!("getLocalTime: there is no time zone {zone}");
                    Exception::throw_range(&ctx, &text)
                })
            },
        ),
        "phoneInfo" => Function::new(ctx, |number: String, country: String| {
            phone_number::info(&number, &country)
        }),
        "digest" => Function::new(
            ctx,
            |ctx: Ctx<'js>, name: String, data: Value<'js>| -> Result<Option<String>> {
                Ok(hex_digest(&name, &bytes_of(&ctx, &data)?))
            },
        ),
        "hmac" => Function::new(
            ctx,
            |ctx: Ctx<'js>, key: Value<'js>, data: Value<'js>| -> Result<String> {
                Ok(hmac_sha256(&bytes_of(&ctx, &key)?, &bytes_of(&ctx, &data)?))
            },
        ),
        "base64Encode" => Function::new(ctx, |ctx: Ctx<'js>, data: Value<'js>| -> Result<String> {
            Ok(STANDARD.encode(bytes_of(&ctx, &data)?))
        }),
        "base64Decode" => Function::new(ctx, |ctx: Ctx<'js>, text: String| -> Result<Vec<u8>> {
            STANDARD
                .decode(text.trim())
                .map_err(|e| Exception::throw_type(&ctx, &format!("base64_decode: {e}")))
        }),
        "member" => Function::new(ctx, |object: String, name: String| {
            members::member(&object, &name)
        }),
        "members" => Function::new(ctx, |object: String| {
            let pairs = members::members(&object).iter();
            let texts: Vec<&'static str> =
                pairs.flat_map(|(name, known)| [*name, *known]).collect();
            texts
        }),
        // Exact: no text fills 2^53 bytes.
        "size" => Function::new(ctx, |text: String| text.len() as f64),
        "bytes" => Function::new(ctx, |text: String| text.into_bytes()),
        "text" => Function::new(ctx, |ctx: Ctx<'js>, data: Value<'js>| -> Result<String> {
            Ok(String::from_utf8_lossy(&bytes_of(&ctx, &data)?).into_owned())
        }),
        _ => return None,
    })
}

/// How far the wall clock of an IANA zone is ahead of UTC at that Unix time,
/// milliseconds. Zones come from the system's table, which does not change
/// while a session runs.
fn zone_offset_ms(zone: &str, at_ms: f64) -> Option<f64> {
    let zone = jiff::tz::TimeZone::get(zone).ok()?;
    // Saturating: a time out of range is refused by the conversion.
    let at = jiff::Timestamp::from_millisecond(at_ms as i64).ok()?;
    Some(f64::from(zone.to_offset(at).seconds()) * 1000.0)
}

fn from_json<T: serde::de::DeserializeOwned>(ctx: &Ctx<'_>, json: &str) -> Result<T> {
    serde_json::from_str(json)
        .map_err(|e| Exception::throw_type(ctx, &format!("operation with a wrong argument: {e}")))
}

/// A string as UTF-8, an array of numbers as bytes, nothing as nothing. The
/// prelude turns typed arrays into plain ones.
fn bytes_of<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Result<Vec<u8>> {
    if value.is_undefined() || value.is_null() {
        return Ok(Vec::new());
    }
    if let Some(text) = value.as_string() {
        return Ok(text.to_string()?.into_bytes());
    }
    if let Some(array) = value.as_array() {
        return array.iter::<u8>().collect();
    }
    Err(Exception::throw_type(
        ctx,
        "a string or an array of bytes is needed",
    ))
}
