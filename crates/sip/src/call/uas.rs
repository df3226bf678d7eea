//! An INVITE that passed the gate becomes a leg.

use super::actor::{Actor, ActorState, Mailbox};
use super::dialog::{Dialog, Flow};
use super::leg::Leg;
use super::replaces::{self, Named};
use super::server::{Invite, serve_invite};
use super::session_timer::{self, TIMER, TooBrief};
use crate::config::Transport;
use crate::event::{LegId, SipEvent, Source};
use crate::message::{
    Extra, call_id, from_party, media_type, new_tag, response, sdp, to_party, value,
};
use crate::stack::Core;
use crate::{headers, uri};
use rsipstack::dialog::DialogId;
use rsipstack::sip::{Header, Request};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Seconds a caller is asked to wait when we are full (RFC 3261 §20.33).
const RETRY_AFTER_S: u32 = 10;

/// Refuses with a status, whatever else the request says.
///
/// The transaction is not kept: the library repeats the response to a repeated
/// INVITE and swallows the ACK without it, and a flood must cost as little as
/// possible. Its list of awaited ACKs is walked whenever a transaction ends, so
/// the entry goes at once; the ACK of a refusal is found by its branch.
pub(crate) async fn refuse(
    core: &Core,
    mut transaction: Transaction,
    code: u16,
    extra: Vec<Header>,
) {
    let extra = Extra {
        headers: extra,
        ..Extra::default()
    };
    let answer = response(&transaction.original, code, &core.config.user_agent, extra);
    let awaited = DialogId::try_from((&answer, TransactionRole::Server));
    if let Err(error) = transaction.respond(answer).await {
        tracing::debug!(code, %error, "refusal not sent");
    }
    drop(transaction);
    if let Ok(awaited) = awaited {
        core.endpoint.waiting_ack.remove(&awaited);
    }
}

/// What makes an INVITE unacceptable whoever sends it: an extension it insists
/// on (RFC 3261 §8.2.2.3), a session too short (RFC 4028 §6) or a body that is not SDP (§8.2.3).
fn unacceptable(request: &Request) -> Option<(u16, Vec<Header>)> {
    if let Some(required) = value(&request.headers, "Require") {
        let unknown = required.split(',').map(str::trim).filter(|tag| {
            !["replaces", TIMER]
                .iter()
                .any(|own| tag.eq_ignore_ascii_case(own))
        });
        let unknown: Vec<_> = unknown.map(headers::clean).collect();
        if !unknown.is_empty() {
            return Some((420, vec![Header::Unsupported(unknown.join(", ").into())]));
        }
    }
    if session_timer::of_request(&request.headers) == Err(TooBrief) {
        return Some((422, session_timer::least()));
    }
    if !request.body.is_empty() && media_type(&request.headers) != "application/sdp" {
        return Some((415, vec![Header::Accept("application/sdp".into())]));
    }
    None
}

/// The call whose place an INVITE is to take (RFC 3891 §3). Calls that ring cannot
/// be taken over, so that `early-only` never fits.
fn replaced(core: &Core, request: &Request, source: &Source) -> Result<Option<LegId>, u16> {
    let Some(replaces) = replaces::of_invite(&request.headers)? else {
        return Ok(None);
    };
    match core.named(&replaces, Some(source)) {
        Named::Own(_) if replaces.early_only => Err(486),
        Named::Own(leg) => Ok(Some(leg)),
        Named::Foreign | Named::Unknown => Err(481),
    }
}

/// Whether one more leg may be made; answers 503 otherwise.
pub(crate) fn is_full(core: &Core) -> Option<Vec<Header>> {
    let full =
        core.draining.load(Ordering::Relaxed) || core.legs.lock().len() >= core.config.legs_max;
    full.then(|| vec![Header::RetryAfter(RETRY_AFTER_S.to_string().into())])
}

/// Makes the leg.
pub(crate) async fn offer(core: Arc<Core>, transaction: Transaction, source: Source) {
    let request = transaction.original.clone();
    if let Some((code, extra)) = unacceptable(&request) {
        return refuse(&core, transaction, code, extra).await;
    }
    let replaces = match replaced(&core, &request, &source) {
        Ok(replaces) => replaces,
        Err(code) => return refuse(&core, transaction, code, Vec::new()).await,
    };
    let flow = Flow::of(transaction.connection.as_ref());
    let transport = Transport::of_wire(flow.transport);
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let remote = flow.source.map_or(any, |source| source.ip());
    let at = core.listeners.advertised(transport, remote);
    let contact = uri::of(None, at, flow.transport);
    let parties = (from_party(&request), to_party(&request));
    let dialog = Dialog::of_invite(&request, &new_tag(), contact, flow);
    let (Some(dialog), (Some(from), Some(to))) = (dialog, parties) else {
        return refuse(&core, transaction, 400, Vec::new()).await;
    };
    let leg = core.new_leg();
    let (mailbox, mail) = Mailbox::new();
    let keys = vec![dialog.key.clone()];
    core.register(leg, &mailbox, &keys);
    core.note_party(leg, dialog.party());
    core.note_identity(leg, source.clone());
    let event = SipEvent::Incoming {
        leg,
        source,
        destination: headers::clean(request.uri.user().unwrap_or("")),
        caller: from.user,
        display_name: from.display_name,
        from_uri: from.uri.to_string(),
        to_uri: to.uri.to_string(),
        headers: headers::incoming(&request.headers),
        sdp: sdp(&request.headers, &request.body),
        local_ip: core.listeners.local_ip(transport, remote),
        sip_call_id: call_id(&request),
        replaces,
    };
    let invite = serve_invite(&core, transaction, mailbox.clone(), Invite::First);
    let actor = Actor {
        core,
        id: leg,
        leg: Leg::offered(leg),
        mailbox,
        mail,
        invite: Some(invite),
        dialog: Some(dialog),
        branches: Vec::new(),
        keys,
        dial_timeout: Duration::ZERO,
        state: ActorState::default(),
    };
    tokio::spawn(actor.run(Some(event)));
}
