//! The host operations that the prelude is given. Nothing here decides: each
//! one converts its arguments and tells the [`Core`].

use crate::core::Core;
use crate::digest::{hex_digest, hmac_sha256};
use crate::host::{Effect, EndReason, HttpSpec, LogKind, MailSpec};
use crate::parts;
use crate::phone_number;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use script::js::{Ctx, Exception, Function, Object, Result, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// Shared by the session and its host functions; borrowed only for the length
/// of one operation, never while script code runs.
pub(crate) type Shared = Rc<RefCell<Core>>;

/// The object that the prelude receives as `host`.
pub(crate) fn host_object<'js>(ctx: &Ctx<'js>, core: &Shared) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    bind_session(ctx, &host, core)?;
    bind_traffic(ctx, &host, core)?;
    bind_encoding(ctx, &host)?;
    bind_lookups(ctx, &host)?;
    Ok(host)
}

fn bind_session<'js>(ctx: &Ctx<'js>, host: &Object<'js>, core: &Shared) -> Result<()> {
    let c = Rc::clone(core);
    let log = move |kind: String, text: String| {
        let kind = match kind.as_str() {
            "script" => LogKind::Script,
            "error" => LogKind::Error,
            _ => LogKind::Event,
        };
        c.borrow_mut().log(kind, text);
    };
    host.set("log", Function::new(ctx.clone(), log)?)?;

    let c = Rc::clone(core);
    let terminate = move || c.borrow_mut().ask_to_end(EndReason::Terminated);
    host.set("terminate", Function::new(ctx.clone(), terminate)?)?;

    let c = Rc::clone(core);
    let timer = move |delay_ms: f64, repeats: bool| {
        // The prelude sends whole numbers from 0 to 2^40.
        c.borrow_mut().start_timer(delay_ms as u64, repeats)
    };
    host.set("timer", Function::new(ctx.clone(), timer)?)?;

    let c = Rc::clone(core);
    let clear = move |id: u32| c.borrow_mut().timers.stop(id);
    host.set("clearTimer", Function::new(ctx.clone(), clear)?)?;

    let c = Rc::clone(core);
    let secret = move |name: String| c.borrow().secrets.get(&name).cloned();
    host.set("secret", Function::new(ctx.clone(), secret)?)?;

    let c = Rc::clone(core);
    let limit = move |ctx: Ctx<'js>, name: String| -> Result<f64> {
        match c.borrow().limits.named(&name) {
            // Exact: no limit is near 2^53.
            Some(limit) => Ok(limit as f64),
            None => Err(Exception::throw_type(&ctx, "there is no such limit")),
        }
    };
    host.set("limit", Function::new(ctx.clone(), limit)?)?;

    let c = Rc::clone(core);
    let custom_data = move || c.borrow().started.custom_data.clone();
    host.set("customData", Function::new(ctx.clone(), custom_data)?)?;

    let c = Rc::clone(core);
    // Exact as a double until the year 287396.
    let now = move || c.borrow_mut().read_clock_ms() as f64;
    host.set("now", Function::new(ctx.clone(), now)?)?;

    let c = Rc::clone(core);
    let globals = move || {
        let core = c.borrow();
        let pairs = core.program.globals().iter();
        let names: Vec<&'static str> = pairs.flat_map(|(name, part)| [*name, *part]).collect();
        names
    };
    host.set("globals", Function::new(ctx.clone(), globals)?)?;

    let part = |ctx: Ctx<'js>, name: String| -> Result<Value<'js>> {
        match parts::part(&name) {
            Some(code) => script::evaluate(&ctx, code),
            None => Err(Exception::throw_type(&ctx, "the API has no such part")),
        }
    };
    host.set("part", Function::new(ctx.clone(), part)?)?;

    let part_of = |input: String| parts::part_of_input(&input);
    host.set("partOf", Function::new(ctx.clone(), part_of)?)?;

    let c = Rc::clone(core);
    let unique = move || c.borrow_mut().unique();
    host.set("unique", Function::new(ctx.clone(), unique)?)
}

fn bind_traffic<'js>(ctx: &Ctx<'js>, host: &Object<'js>, core: &Shared) -> Result<()> {
    let c = Rc::clone(core);
    let emit = move |ctx: Ctx<'js>, json: String| -> Result<()> {
        let effect: Effect = from_json(&ctx, &json)?;
        c.borrow_mut().operation(effect);
        Ok(())
    };
    host.set("emit", Function::new(ctx.clone(), emit)?)?;

    let c = Rc::clone(core);
    let next_call = move || c.borrow_mut().next_call();
    host.set("nextCall", Function::new(ctx.clone(), next_call)?)?;

    let c = Rc::clone(core);
    let next_player = move || c.borrow_mut().next_player();
    host.set("nextPlayer", Function::new(ctx.clone(), next_player)?)?;

    let c = Rc::clone(core);
    let next_unit = move || c.borrow_mut().next_unit();
    host.set("nextUnit", Function::new(ctx.clone(), next_unit)?)?;

    let c = Rc::clone(core);
    let allow_sockets = move || c.borrow_mut().sockets.allow();
    host.set("allowSockets", Function::new(ctx.clone(), allow_sockets)?)?;

    let c = Rc::clone(core);
    let mail = move |ctx: Ctx<'js>, spec: String| -> Result<u32> {
        let spec: MailSpec = from_json(&ctx, &spec)?;
        Ok(c.borrow_mut().mail(spec))
    };
    host.set("mail", Function::new(ctx.clone(), mail)?)?;

    let c = Rc::clone(core);
    let http = move |ctx: Ctx<'js>, spec: String, body: Value<'js>, raw: bool| -> Result<u32> {
        let mut spec: HttpSpec = from_json(&ctx, &spec)?;
        spec.body = bytes_of(&ctx, &body)?;
        Ok(c.borrow_mut().http(spec, raw))
    };
    host.set("http", Function::new(ctx.clone(), http)?)?;

    let c = Rc::clone(core);
    let backend = move |path: String, body: String| c.borrow_mut().backend(&path, body);
    host.set("backend", Function::new(ctx.clone(), backend)?)?;

    let c = Rc::clone(core);
    let backend_url = move || c.borrow().backend_url();
    host.set("backendURL", Function::new(ctx.clone(), backend_url)?)?;

    let c = Rc::clone(core);
    let queued = move |count: usize| c.borrow_mut().queued = count;
    host.set("queued", Function::new(ctx.clone(), queued)?)?;

    let c = Rc::clone(core);
    let respond = move |token: f64, status: u16, kind: String, body: String| {
        // Tokens travel as JSON numbers; the engine counts them from 1.
        c.borrow_mut()
            .answer_access(token as u64, status, kind, body);
    };
    host.set("respond", Function::new(ctx.clone(), respond)?)
}

/// Tables that are too large for a session's own memory.
fn bind_lookups<'js>(ctx: &Ctx<'js>, host: &Object<'js>) -> Result<()> {
    let offset = |ctx: Ctx<'js>, zone: String, at_ms: f64| -> Result<f64> {
        zone_offset_ms(&zone, at_ms).ok_or_else(|| {
            Exception::throw_range(&ctx, &format!("getLocalTime: there is no time zone {zone}"))
        })
    };
    host.set("zoneOffset", Function::new(ctx.clone(), offset)?)?;

    let info = |number: String, country: String| phone_number::info(&number, &country);
    host.set("phoneInfo", Function::new(ctx.clone(), info)?)
}

fn bind_encoding<'js>(ctx: &Ctx<'js>, host: &Object<'js>) -> Result<()> {
    let digest = |ctx: Ctx<'js>, name: String, data: Value<'js>| -> Result<Option<String>> {
        Ok(hex_digest(&name, &bytes_of(&ctx, &data)?))
    };
    host.set("digest", Function::new(ctx.clone(), digest)?)?;

    let hmac = |ctx: Ctx<'js>, key: Value<'js>, data: Value<'js>| -> Result<String> {
        Ok(hmac_sha256(&bytes_of(&ctx, &key)?, &bytes_of(&ctx, &data)?))
    };
    host.set("hmac", Function::new(ctx.clone(), hmac)?)?;

    let encode = |ctx: Ctx<'js>, data: Value<'js>| -> Result<String> {
        Ok(STANDARD.encode(bytes_of(&ctx, &data)?))
    };
    host.set("base64Encode", Function::new(ctx.clone(), encode)?)?;

    let decode = |ctx: Ctx<'js>, text: String| -> Result<Vec<u8>> {
        STANDARD
            .decode(text.trim())
            .map_err(|e| Exception::throw_type(&ctx, &format!("base64_decode: {e}")))
    };
    host.set("base64Decode", Function::new(ctx.clone(), decode)?)?;

    // Exact: no text fills 2^53 bytes.
    let size = |text: String| text.len() as f64;
    host.set("size", Function::new(ctx.clone(), size)?)?;

    let bytes = |text: String| text.into_bytes();
    host.set("bytes", Function::new(ctx.clone(), bytes)?)?;

    let text = |ctx: Ctx<'js>, data: Value<'js>| -> Result<String> {
        Ok(String::from_utf8_lossy(&bytes_of(&ctx, &data)?).into_owned())
    };
    host.set("text", Function::new(ctx.clone(), text)?)
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
