//! The task of one leg: feeds its machine, carries out what it asks for.

use super::dialog::{Dialog, DialogKey, Flow};
use super::effect::Effect;
use super::input::{BranchId, Input, ReofferId, Timer};
use super::leg::Leg;
use super::server::Reply;
use super::uac::{self, CancelSwitch};
use crate::event::{Headers, LegId, SipEvent};
use crate::headers;
use crate::message::{Extra, farewell, media_type, sdp};
use crate::stack::Core;
use rsipstack::sip::{Header, Method};
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
    early: Vec<Mail>,
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
            Method::Bye => {
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
            Method::Invite | Method::Update => {
                let offer = sdp(&request.headers, &request.body);
                dialog.refresh(&request, flow);
                if request.method == Method::Update && offer.is_empty() {
                    let contact = Some(&dialog.contact);
                    return reply.send(
                        200,
                        Extra {
                            contact,
                            ..Extra::default()
                        },
                    );
                }
                self.state.reoffers.push((reoffer, reply));
                self.leg.handle(Input::FarReoffer {
                    id: reoffer,
                    sdp: offer,
                });
            }
            Method::Options => reply.status(200),
            Method::PRack => reply.status(481),
            Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Message
            | Method::Notify
            | Method::Publish
            | Method::Refer
            | Method::Subscribe => reply.status(405),
        }
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
                Effect::RespondReoffer { id, code, sdp } => self.respond_reoffer(id, code, sdp),
                Effect::Cancel { branch, reason } => {
                    if let Some(switch) = self.branches.get(branch.0) {
                        switch.cancel(&self.core, reason);
                    }
                }
                Effect::ByeBranch { branch } => {
                    if let Some(dialog) = self.state.won.remove(&branch) {
                        uac::bye(&self.core, dialog, Vec::new(), None, None);
                    }
                }
                Effect::Adopt { branch } => self.dialog = self.state.won.remove(&branch),
                Effect::Bye { headers, reason } => {
                    if let Some(dialog) = self.dialog.clone() {
                        let done = Some(self.mailbox.clone());
                        uac::bye(&self.core, dialog, headers, reason, done);
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
        headers.extend(reason.map(|reason| headers::reason(&reason)));
        let dialog = self.dialog.as_ref();
        let extra = Extra {
            local_tag: dialog.map(|dialog| dialog.key.local_tag.as_str()),
            contact: dialog.map(|dialog| &dialog.contact).filter(|_| code < 300),
            headers,
            sdp,
        };
        invite.send(code, extra);
    }

    fn respond_reoffer(&mut self, id: ReofferId, code: u16, sdp: Vec<u8>) {
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
        reply.send(
            code,
            Extra {
                contact,
                sdp,
                ..Extra::default()
            },
        );
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
        };
        self.state.timers.push((Instant::now() + after, timer));
    }

    /// Answers what is left in the mailbox.
    fn close(mut self) {
        self.mail.close();
        for (_, reply) in self.state.reoffers.drain(..) {
            reply.status(481);
        }
        let mut left = std::mem::take(&mut self.state.early);
        while let Ok(mail) = self.mail.try_recv() {
            left.push(mail);
        }
        for mail in left {
            match mail {
                Mail::Request(request) => request.reply.status(481),
                Mail::Won { dialog, .. } => uac::bye(&self.core, *dialog, Vec::new(), None, None),
                Mail::Input(_) => {}
            }
        }
    }
}
