//! Registration with the providers that want it (RFC 3261 §10.2).

use crate::call::dial::{resolve, trunk_host};
use crate::call::dialog::Outgoing;
use crate::call::uac::transact;
use crate::config::{Transport, TrunkConfig, TrunkCredentials};
use crate::message::{new_tag, random_hex, value};
use crate::stack::Core;
use crate::{digest, uri};
use rsipstack::sip::{Header, Method, Request, Response, Transport as WireTransport, Version};
use std::sync::Arc;
use std::time::Duration;

/// First pause after a failed registration; doubled each time.
const RETRY_FIRST: Duration = Duration::from_secs(5);
/// Longest pause: a provider that comes back is used within five minutes.
const RETRY_MAX: Duration = Duration::from_secs(300);
/// A registration is renewed when this share of it is left.
const RENEW_BEFORE: u32 = 10;

/// Keeps one trunk registered until the stack stops.
pub(crate) async fn keep_registered(core: Arc<Core>, trunk: TrunkConfig, every_s: u32) {
    let Some(credentials) = trunk.credentials.clone() else {
        tracing::error!(trunk = %trunk.name, "registration needs credentials");
        return;
    };
    let mut line = Line {
        call_id: random_hex(16),
        cseq: 0,
        tag: new_tag(),
    };
    let mut retry = RETRY_FIRST;
    let mut up = None;
    loop {
        let outcome = register(&core, &trunk, &credentials, every_s, &mut line).await;
        let pause = match outcome {
            Ok(granted_s) => {
                if up != Some(true) {
                    tracing::info!(trunk = %trunk.name, granted_s, "trunk registered");
                }
                up = Some(true);
                retry = RETRY_FIRST;
                let margin = (granted_s / RENEW_BEFORE).max(1);
                Duration::from_secs(granted_s.saturating_sub(margin).max(1).into())
            }
            Err(why) => {
                if up != Some(false) {
                    tracing::warn!(trunk = %trunk.name, why, "trunk not registered");
                }
                up = Some(false);
                let pause = retry;
                retry = (retry * 2).min(RETRY_MAX);
                pause
            }
        };
        tokio::select! {
            () = core.stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// What stays the same from one REGISTER to the next (RFC 3261 §10.2.4).
struct Line {
    call_id: String,
    cseq: u32,
    tag: String,
}

/// One REGISTER, and a second one with credentials; returns the seconds granted.
async fn register(
    core: &Arc<Core>,
    trunk: &TrunkConfig,
    credentials: &TrunkCredentials,
    every_s: u32,
    line: &mut Line,
) -> Result<u32, String> {
    let host = trunk_host(trunk).ok_or("its address is malformed")?;
    let registrar = uri::of(None, host.clone(), trunk.transport.to_wire());
    let hop = resolve(&registrar).await.map_err(|(_, why)| why)?;
    let here = core
        .listeners
        .advertised(Transport::of_wire(hop.transport), hop.ip());
    let contact = uri::of(Some(&credentials.user), here, hop.transport);
    let account = uri::of(Some(&credentials.user), host, WireTransport::Udp);
    line.cseq += 1;
    let headers = vec![
        core.via(hop.transport, hop.ip()),
        Header::MaxForwards(70.into()),
        Header::From(format!("<{account}>;tag={}", line.tag).into()),
        Header::To(format!("<{account}>").into()),
        Header::CallId(line.call_id.clone().into()),
        Header::CSeq(format!("{} REGISTER", line.cseq).into()),
        Header::Contact(format!("<{contact}>").into()),
        Header::Expires(every_s.to_string().into()),
        Header::UserAgent(core.config.user_agent.clone().into()),
        Header::ContentLength(0.into()),
    ];
    let request = Request {
        method: Method::Register,
        uri: registrar,
        version: Version::V2,
        headers: headers.into(),
        body: Vec::new(),
    };
    let mut request = request;
    for attempt in 0..2 {
        let (connection, destination) = core.leave_by(&hop);
        let outgoing = Outgoing {
            request: request.clone(),
            connection,
            destination,
        };
        let response = transact(core, outgoing).await.ok_or("no answer")?;
        let code = response.status_code.code();
        if (200..300).contains(&code) {
            return Ok(granted(&response, every_s));
        }
        match digest::client::answer(core, &request, &response, credentials) {
            Some(next) if attempt == 0 => {
                line.cseq += 1;
                request = next;
            }
            Some(_) | None => return Err(format!("refused with {code}")),
        }
    }
    Err("refused".into())
}

/// Seconds granted: of the Contact, else of Expires, else what we asked for.
fn granted(response: &Response, asked_s: u32) -> u32 {
    use rsipstack::sip::prelude::HeadersExt;
    let contacts = response.typed_contact_headers().unwrap_or_default();
    let of_contact = contacts.iter().find_map(|contact| contact.expires());
    let of_header = value(&response.headers, "Expires").and_then(|v| v.trim().parse().ok());
    of_contact
        .or(of_header)
        .unwrap_or(asked_s)
        .clamp(1, asked_s.max(1))
}
