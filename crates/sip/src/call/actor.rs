//! The task of one leg: feeds its machine, carries out what it asks for.

mod session;

use super::dialog::{Dialog, DialogKey, Flow, Outgoing};
use super::effect::Effect;
use super::input::{BranchId, FarOffer, Input, Parting, ReferId, ReofferId, Timer};
use super::leg::Leg;
use super::replaces::{self, Named};
use super::server::Reply;
use super::session_timer::{self, SessionTimer, TooBrief};
use super::uac::{self, CancelSwitch};
use crate::event::{Headers, LegId, ReferTo, SipEvent};
use crate::headers;
use crate::message::{
    Extra, farewell, media_type, no_subscription, phrase, refer_target, sdp, sipfrag, value,
};
use crate::stack::Core;
use rsipstack::sip::{Header, Method, Response};
use session::timer_for;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Inputs one leg may have waiting. A leg handles one in microseconds and waits
/// for nobody, so more than this means a flood inside one dialog; that leg ends.
const MAILBOX_MAX: usize = 256;
/// Requests that may overtake the answer they follow (BYE right after 200).
const EARLY_REQUESTS_MAX: usize = 4;
/// The far end has this long to finish what we cancelled or hung up; promises
/// say a leg is released within 5 s.
const GRACE: Duration = Duration::from_secs(4);
/// The ACK of a 200 has this long to come before our BYE goes out anyway.
const HANGUP_ACK: Duration = Duration::from_secs(2);
/// The owner has this long to answer a re-offer; phones give up after 32 s.
const REOFFER: Duration = Duration::from_secs(10);
/// The far end has this long to answer a re-INVITE of ours: longer than its
/// transaction lives without any response.
const OUR_REOFFER: Duration = Duration::from_secs(40);
/// The owner has this long to answer a REFER.
const REFER: Duration = Duration::from_secs(10);
/// The far end has this long to tell what became of our REFER: as long as a
/// phone rings at most, and a little.
const TRANSFER: Duration = Duration::from_secs(180);
/// Seconds for which a transfer we report about is announced to last
/// (RFC 3515 §2.4.4); renewed by every NOTIFY.
const REFER_EXPIRES_S: u32 = 180;

/// What reaches a leg.
pub(crate) enum Mail {
    /// An order, or something on the wire without a request to answer.
    Input(Input),
    /// A request inside the dialog.
    Request(Box<InDialog>),
    /// A branch was answered; the dialog it made.
    Won {
        branch: BranchId,
        dialog: Box<Dialog>,
        headers: Headers,
        sdp: Vec<u8>,
    },
    /// Our re-INVITE has its final response, or none.
    Reoffered(Option<Box<Response>>),
    /// Our REFER has its final response, or none.
    Referred(Option<Box<Response>>),
    /// Our UPDATE that refreshes the session has, or none.
    Refreshed(Option<Box<Response>>),
}

/// A request inside a dialog, waiting for its answer.
pub(crate) struct InDialog {
    pub(crate) reply: Reply,
    /// How it came.
    pub(crate) flow: Flow,
    /// Its number, should it be a re-offer.
    pub(crate) reoffer: ReofferId,
}

/// Where to post to a leg.
#[derive(Clone)]
pub(crate) struct Mailbox {
    sender: mpsc::Sender<Mail>,
    /// Set when a post did not fit.
    overflow: CancellationToken,
}

impl Mailbox {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Mail>) {
        let (sender, receiver) = mpsc::channel(MAILBOX_MAX);
        (
            Self {
                sender,
                overflow: CancellationToken::new(),
            },
            receiver,
        )
    }

    /// Posts without waiting. Gives the mail back when the leg is gone.
    pub(crate) fn post(&self, mail: Mail) -> Result<(), Mail> {
        match self.sender.try_send(mail) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(mail)) => Err(mail),
            Err(mpsc::error::TrySendError::Full(mail)) => {
                tracing::warn!("a leg's mailbox overflowed, the leg ends");
                self.overflow.cancel();
                Err(mail)
            }
        }
    }

    /// Posts, waiting for room; false when the leg is gone.
    pub(crate) async fn deliver(&self, mail: Mail) -> bool {
        self.sender.send(mail).await.is_ok()
    }
}

/// The driver of one leg.
pub(crate) struct Actor {
    pub(crate) core: Arc<Core>,
    pub(crate) id: LegId,
    pub(crate) leg: Leg,
    pub(crate) mailbox: Mailbox,
    pub(crate) mail: mpsc::Receiver<Mail>,
    /// The INVITE to answer, on an incoming leg.
    pub(crate) invite: Option<Reply>,
    /// The leg's dialog.
    pub(crate) dialog: Option<Dialog>,
    /// Our INVITEs, on a dialled leg.
    pub(crate) branches: Vec<Arc<CancelSwitch>>,
    /// Where this leg is registered.
    pub(crate) keys: Vec<DialogKey>,
    pub(crate) dial_timeout: Duration,
    pub(crate) state: ActorState,
}

/// What an actor gathers while it runs.
#[derive(Default)]
pub(crate) struct ActorState {
    timers: Vec<(Instant, Timer)>,
    won: HashMap<BranchId, Dialog>,
    reoffers: Vec<(ReofferId, Reply)>,
    refers: Vec<(ReferId, Reply)>,
    /// NOTIFYs on their way, one after the other.
    notices: Option<mpsc::Sender<Outgoing>>,
    /// A REFER came before on this leg.
    has_referred: bool,
    early: Vec<Mail>,
    session: Option<SessionTimer>,
}

impl Actor {
    /// Runs until the leg is gone.
    pub(crate) async fn run(mut self, first: Option<SipEvent>) {
        if let Some(event) = first {
            (self.core.sink)(event);
        }
        self.carry_out();
        let overflow = self.mailbox.overflow.clone();
        while !self.leg.is_gone() {
            let next = self.state.timers.iter().map(|(at, _)| *at).min();
            let timer = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = overflow.cancelled() => {
                    self.leg.handle(Input::Abandon { reason: "too many messages" });
                }
                () = timer => self.tick(),
                mail = self.mail.recv() => match mail {
                    Some(mail) => self.open(mail),
                    None => self.leg.handle(Input::Abandon { reason: "mailbox closed" }),
                },
            }
            self.carry_out();
        }
        self.close();
    }

    fn tick(&mut self) {
        let now = Instant::now();
        let timers = std::mem::take(&mut self.state.timers);
        let (due, later) = timers.into_iter().partition(|(at, _)| *at <= now);
        self.state.timers = later;
        let due: Vec<(Instant, Timer)> = due;
        for (_, timer) in due {
            self.leg.handle(Input::Tick(timer));
        }
    }

    fn open(&mut self, mail: Mail) {
        match mail {
            Mail::Input(input) => self.leg.handle(input),
            Mail::Won {
                branch,
                dialog,
                headers,
                sdp,
            } => {
                self.state.won.insert(branch, *dialog);
                self.leg.handle(Input::Accepted {
                    branch,
                    headers,
                    sdp,
                });
                self.carry_out();
                for mail in std::mem::take(&mut self.state.early) {
                    self.open(mail);
                }
            }
            Mail::Reoffered(response) => self.reoffered(response),
            Mail::Referred(response) => self.referred(response),
            Mail::Refreshed(response) => self.refreshed(response),
            Mail::Request(request) if self.leg.is_dialing() => self.keep_early(request),
            Mail::Request(request) => self.serve(*request),
        }
    }

    /// A request that came before its dialog: it overtook the answer, or belongs
    /// to an early dialog, where a BYE may wait for the answer and nothing else
    /// is worth keeping anyone waiting for.
    fn keep_early(&mut self, request: Box<InDialog>) {
        let is_kept = self.state.early.len() < EARLY_REQUESTS_MAX;
        match request.reply.request.method {
            Method::Bye if is_kept => self.state.early.push(Mail::Request(request)),
            // Answered now, told when the call is answered.
            Method::Info if is_kept => {
                request.reply.status(200);
                self.state.early.push(Mail::Request(request));
            }
            Method::Invite | Method::Update => request.reply.status(491),
            Method::Options => request.reply.status(200),
            Method::PRack => request.reply.status(481),
            Method::Bye
            | Method::Info
            | Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Message
            | Method::Notify
            | Method::Publish
            | Method::Refer
            | Method::Subscribe => request.reply.status(500),
        }
    }

    /// A request inside the dialog.
    fn serve(&mut self, request: InDialog) {
        let InDialog {
            reply,
            flow,
            reoffer,
        } = request;
        let Some(dialog) = &mut self.dialog else {
            return reply.status(481);
        };
        let request = reply.request.clone();
        if !dialog.accepts(&request) {
            return reply.status(500);
        }
        let headers = headers::incoming(&request.headers);
        match request.method {
            Method::Refer => self.serve_refer(reply, headers),
            Method::Notify => self.serve_notify(&reply, headers),
            Method::Bye => {
                let headers = headers::incoming_with_reason(&request.headers);
                let farewell = farewell(&request.headers, "hung up by the far end");
                reply.status(200);
                self.leg.handle(Input::FarBye { farewell, headers });
            }
            Method::Info => {
                reply.status(200);
                let mime_type = media_type(&request.headers);
                let body = request.body.clone();
                self.leg.handle(Input::FarInfo {
                    mime_type,
                    body,
                    headers,
                });
            }
            Method::Invite | Method::Update => self.serve_reoffer(reply, reoffer, flow),
            Method::Options => reply.status(200),
            Method::PRack => reply.status(481),
            Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Message
            | Method::Publish
            | Method::Subscribe => reply.status(405),
        }
    }

    /// A re-INVITE, or an UPDATE with or without an offer; each refreshes the session.
    fn serve_reoffer(&mut self, reply: Reply, id: ReofferId, flow: Flow) {
        let request = reply.request.clone();
        let Some(dialog) = &mut self.dialog else {
            return reply.status(481);
        };
        let timer = match session_timer::of_request(&request.headers) {
            Ok(timer) => timer,
            Err(TooBrief) => {
                let headers = session_timer::least();
                return reply.send(
                    422,
                    Extra {
                        headers,
                        ..Extra::default()
                    },
                );
            }
        };
        dialog.refresh(&request, flow);
        let sdp = sdp(&request.headers, &request.body);
        if request.method == Method::Update && sdp.is_empty() {
            let contact = Some(&dialog.contact);
            let headers = timer.map(SessionTimer::in_answer).unwrap_or_default();
            reply.send(
                200,
                Extra {
                    contact,
                    headers,
                    ..Extra::default()
                },
            );
            return self.time_session(timer);
        }
        let headers = headers::incoming(&request.headers);
        self.state.reoffers.push((id, reply));
        let offer = FarOffer { headers, sdp };
        self.leg.handle(Input::FarReoffer { id, offer });
    }

    fn carry_out(&mut self) {
        for effect in self.leg.take_effects() {
            match effect {
                Effect::Emit(event) => self.emit(event),
                Effect::Respond {
                    code,
                    headers,
                    sdp,
                    reason,
                } => {
                    self.respond(code, &headers, sdp, reason);
                }
                Effect::RespondReoffer {
                    id,
                    code,
                    headers,
                    sdp,
                } => self.respond_reoffer(id, code, &headers, sdp),
                Effect::SendReoffer { headers, sdp } => self.send_reoffer(&headers, sdp),
                Effect::RespondRefer { id, code } => self.respond_refer(id, code),
                Effect::Notify { id, code, reason } => self.notify(id, code, &reason),
                Effect::SendRefer { to, headers } => self.send_refer(to, &headers),
                Effect::Cancel { branch, parting } => {
                    if let Some(switch) = self.branches.get(branch.0) {
                        switch.cancel(&self.core, parting);
                    }
                }
                Effect::ByeBranch { branch } => {
                    if let Some(dialog) = self.state.won.remove(&branch) {
                        uac::bye(&self.core, dialog, Parting::default(), None);
                    }
                }
                Effect::Adopt { branch } => self.adopt(branch),
                Effect::Bye { parting } => {
                    if let Some(dialog) = self.dialog.clone() {
                        let done = Some(self.mailbox.clone());
                        uac::bye(&self.core, dialog, parting, done);
                    }
                }
                Effect::SendInfo {
                    mime_type,
                    body,
                    headers,
                } => {
                    self.send_info(&mime_type, body, &headers);
                }
                Effect::Probe => self.probe(),
                Effect::Refresh => self.refresh_session(),
                Effect::Start(timer) => self.start(timer),
            }
        }
    }

    /// The last event leaves when nothing of the leg can be found any more.
    fn emit(&mut self, event: SipEvent) {
        if self.leg.is_gone() {
            self.core.forget(self.id, &self.keys);
        }
        (self.core.sink)(event);
    }

    fn respond(&mut self, code: u16, owner: &Headers, sdp: Vec<u8>, reason: Option<String>) {
        let Some(invite) = &self.invite else { return };
        let mut headers = headers::outgoing(owner);
        let timer = timer_for(code, invite);
        headers.extend(timer.map(SessionTimer::in_answer).unwrap_or_default());
        headers.extend(reason.map(|reason| headers::reason(&reason)));
        let dialog = self.dialog.as_ref();
        let extra = Extra {
            local_tag: dialog.map(|dialog| dialog.key.local_tag.as_str()),
            contact: dialog.map(|dialog| &dialog.contact).filter(|_| code < 300),
            headers,
            sdp,
        };
        invite.send(code, extra);
        if (200..300).contains(&code) {
            self.time_session(timer);
        }
    }

    fn respond_reoffer(&mut self, id: ReofferId, code: u16, owner: &Headers, sdp: Vec<u8>) {
        let at = self
            .state
            .reoffers
            .iter()
            .position(|(known, _)| *known == id);
        let Some((_, reply)) = at.map(|at| self.state.reoffers.swap_remove(at)) else {
            return;
        };
        let contact = self.dialog.as_ref().map(|dialog| &dialog.contact);
        let contact = contact.filter(|_| code < 300);
        let mut headers = headers::outgoing(owner);
        let timer = timer_for(code, &reply);
        headers.extend(timer.map(SessionTimer::in_answer).unwrap_or_default());
        reply.send(
            code,
            Extra {
                contact,
                sdp,
                headers,
                ..Extra::default()
            },
        );
        if (200..300).contains(&code) {
            self.time_session(timer);
        }
    }

    fn send_info(&mut self, mime_type: &str, body: Vec<u8>, owner: &Headers) {
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        let mut extra = vec![Header::ContentType(headers::media_type(mime_type).into())];
        extra.extend(headers::outgoing(owner));
        let outgoing = dialog.request(&self.core, Method::Info, extra, body);
        uac::send(&self.core, outgoing, None);
    }

    fn probe(&mut self) {
        if let Some(dialog) = &mut self.dialog {
            let outgoing = dialog.request(&self.core, Method::Options, Vec::new(), Vec::new());
            uac::probe(&self.core, outgoing, self.mailbox.clone());
        }
    }

    fn start(&mut self, timer: Timer) {
        let after = match timer {
            Timer::Dial => self.dial_timeout,
            Timer::CancelGrace | Timer::ByeGrace => GRACE,
            Timer::HangupAck => HANGUP_ACK,
            // The transaction layer reports at 64*T1; this is for when it cannot.
            Timer::AckLost => self.core.timing.t1 * 66,
            Timer::Probe => self.core.timing.probe_every,
            Timer::Reoffer(_) => REOFFER,
            Timer::OurReoffer(_) => OUR_REOFFER,
            Timer::Refer(_) => REFER,
            Timer::Transfer(_) => TRANSFER,
            // Started by what was agreed on: see `time_session`.
            Timer::Refresh | Timer::SessionEnd => return,
        };
        self.state.timers.push((Instant::now() + after, timer));
    }

    /// Answers what is left in the mailbox.
    fn close(mut self) {
        self.mail.close();
        for (_, reply) in self.state.reoffers.drain(..) {
            reply.status(481);
        }
        for (_, reply) in self.state.refers.drain(..) {
            reply.status(481);
        }
        let mut left = std::mem::take(&mut self.state.early);
        while let Ok(mail) = self.mail.try_recv() {
            left.push(mail);
        }
        for mail in left {
            match mail {
                Mail::Request(request) => request.reply.status(481),
                Mail::Won { dialog, .. } => {
                    uac::bye(&self.core, *dialog, Parting::default(), None);
                }
                Mail::Input(_) | Mail::Reoffered(_) | Mail::Referred(_) | Mail::Refreshed(_) => {}
            }
        }
    }
}

/// Offers of ours inside the call, and transfers both ways (RFC 3515).
impl Actor {
    /// The dialog of this branch is the leg's own from now on.
    fn adopt(&mut self, branch: BranchId) {
        self.dialog = self.state.won.remove(&branch);
        if let Some(dialog) = &self.dialog {
            self.core.note_party(self.id, dialog.party());
        }
    }

    fn send_reoffer(&mut self, owner: &Headers, sdp: Vec<u8>) {
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        let mut extra = vec![
            Header::Allow(crate::message::ALLOW.into()),
            Header::Supported(crate::message::SUPPORTED.into()),
            Header::ContentType("application/sdp".into()),
        ];
        let timer = self.state.session;
        extra.extend(timer.map(SessionTimer::in_request).unwrap_or_default());
        extra.extend(headers::outgoing(owner));
        let outgoing = dialog.request(&self.core, Method::Invite, extra, sdp);
        uac::reoffer(&self.core, outgoing, self.mailbox.clone());
    }

    fn reoffered(&mut self, response: Option<Box<Response>>) {
        let input = match response {
            Some(response) => {
                let code = response.status_code.code();
                if let Some(dialog) = &mut self.dialog
                    && (200..300).contains(&code)
                {
                    dialog.refresh_by(&response);
                    // Every re-INVITE refreshes, or ends the timer (RFC 4028 §7.4).
                    if self.state.session.is_some() {
                        self.time_session(session_timer::of_answer(&response.headers));
                    }
                }
                Input::ReofferDone {
                    code,
                    reason: phrase(&response),
                    headers: headers::incoming(&response.headers),
                    sdp: sdp(&response.headers, &response.body),
                }
            }
            None => Input::ReofferDone {
                code: 408,
                reason: "Request Timeout".into(),
                headers: Vec::new(),
                sdp: Vec::new(),
            },
        };
        self.leg.handle(input);
    }

    fn serve_refer(&mut self, reply: Reply, mut headers: Headers) {
        let request = reply.request.clone();
        let uri = match refer_target(&request.headers) {
            Ok(uri) => uri,
            Err(code) => return reply.status(code),
        };
        let named = replaces::of_uri(&uri).map(|replaces| {
            let asks = self.core.identity(self.id);
            self.core.named(&replaces, asks.as_ref())
        });
        let replaces = match named {
            Some(Named::Own(leg)) => Some(leg),
            // Somebody else's call.
            Some(Named::Foreign) => return reply.status(403),
            // A call elsewhere: the owner hears of it as of any other target.
            Some(Named::Unknown) | None => None,
        };
        let target = self.core.own_name_of(&uri).unwrap_or(uri.to_string());
        if let Some(by) = value(&request.headers, "Referred-By") {
            headers.push(("Referred-By".into(), headers::clean(by)));
        }
        let cseq = crate::message::cseq(&*request);
        let id = ReferId(if self.state.has_referred { cseq } else { 0 });
        self.state.has_referred = true;
        self.state.refers.push((id, reply));
        self.leg.handle(Input::FarRefer {
            id,
            target,
            replaces,
            headers,
        });
    }

    fn respond_refer(&mut self, id: ReferId, code: u16) {
        let known = self.state.refers.iter().position(|(own, _)| *own == id);
        let Some((_, reply)) = known.map(|at| self.state.refers.swap_remove(at)) else {
            return;
        };
        let contact = self.dialog.as_ref().map(|dialog| &dialog.contact);
        let contact = contact.filter(|_| code < 300);
        reply.send(
            code,
            Extra {
                contact,
                ..Extra::default()
            },
        );
    }

    /// RFC 3515 §2.4.5: the status line of the call that the far end asked for.
    fn notify(&mut self, id: ReferId, code: u16, reason: &str) {
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        let event = match id.0 {
            0 => "refer".to_string(),
            cseq => format!("refer;id={cseq}"),
        };
        let state = if code < 200 {
            format!("active;expires={REFER_EXPIRES_S}")
        } else {
            "terminated;reason=noresource".to_string()
        };
        let extra = vec![
            Header::Event(event.into()),
            Header::SubscriptionState(state.into()),
            Header::ContentType("message/sipfrag;version=2.0".into()),
        ];
        let line = format!("SIP/2.0 {code} {}\r\n", headers::clean(reason));
        let outgoing = dialog.request(&self.core, Method::Notify, extra, line.into_bytes());
        let notices = self
            .state
            .notices
            .get_or_insert_with(|| uac::notices(&self.core));
        if notices.try_send(outgoing).is_err() {
            tracing::info!(code, "NOTIFY not sent: too many wait");
        }
    }

    fn send_refer(&mut self, to: ReferTo, owner: &Headers) {
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        let target = match to {
            ReferTo::Address(address) => dialog.refer_address(&address),
            ReferTo::Leg(leg) => self.core.party(leg).map(|party| party.refer_to()),
        };
        let Some(target) = target else {
            return self.leg.handle(Input::ReferDone {
                code: 400,
                reason: "there is nobody to transfer to".into(),
                headers: Vec::new(),
                is_over: true,
            });
        };
        let mut extra = vec![
            Header::ReferTo(format!("<{target}>").into()),
            Header::ReferredBy(dialog.referred_by().into()),
        ];
        extra.extend(headers::outgoing(owner));
        let outgoing = dialog.request(&self.core, Method::Refer, extra, Vec::new());
        uac::refer(&self.core, outgoing, self.mailbox.clone());
    }

    fn referred(&mut self, response: Option<Box<Response>>) {
        let input = match response {
            Some(response) => Input::ReferDone {
                code: response.status_code.code(),
                reason: phrase(&response),
                headers: headers::incoming(&response.headers),
                is_over: no_subscription(&response.headers),
            },
            None => Input::ReferDone {
                code: 408,
                reason: "Request Timeout".into(),
                headers: Vec::new(),
                is_over: true,
            },
        };
        self.leg.handle(input);
    }

    fn serve_notify(&mut self, reply: &Reply, headers: Headers) {
        let request = reply.request.clone();
        let event = value(&request.headers, "Event").unwrap_or("");
        let package = event.split(';').next().unwrap_or("").trim();
        if !package.eq_ignore_ascii_case("refer") {
            // RFC 6665 §8.2.1.
            return reply.status(489);
        }
        reply.status(200);
        let state = value(&request.headers, "Subscription-State").unwrap_or("");
        let is_over = state.trim().to_ascii_lowercase().starts_with("terminated");
        let (code, reason) = sipfrag(&request.body).unwrap_or((100, String::new()));
        self.leg.handle(Input::FarNotify {
            code,
            reason,
            headers,
            is_over,
        });
    }
}
