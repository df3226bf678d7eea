//! A thread that runs sessions. Each session lives on one worker from start
//! to end, so a scenario needs no locks and the events of a call stay in order.

use crate::agenda::{Agenda, Kind};
use crate::choice::Choice;
use crate::conferences::ConferenceKey;
use crate::control::Arrival;
use crate::live::{Live, Opened, Starting};
use crate::shared::{Owner, Shared};
use crate::socket::{News, Welcome};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use media::MediaEvent;
use scenario::host::{AmdResult, Headers, HttpResponse, Input, PlayerId, RequestId, UnitId};
use sip::SipEvent;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use voice::Tune;

/// What a worker is sent. The channel is unbounded: a bounded one could lose
/// a hang-up. Its length is bounded by the sessions that may exist
/// (`sessions_max`) and the rate limits in front of each source.
pub(crate) enum Mail {
    /// A call came in and starts a session.
    Incoming(Box<Incoming>),
    /// A call came in for a session that is a conference.
    Join(Box<Incoming>),
    /// A new leg takes the place of a call's own.
    TakeOver {
        session: u64,
        successor: Box<Succession>,
    },
    /// Where a session is commanded. A dropped reply: it takes no calls any more.
    Locate {
        session: u64,
        reply: tokio::sync::oneshot::Sender<Opened>,
    },
    /// A session is started from outside, without a call.
    Start(Box<Starting>),
    /// For a call of a session.
    Sip { session: u64, event: SipEvent },
    /// For the media of a session.
    Media { session: u64, event: MediaEvent },
    /// A request of a session was answered.
    Http {
        session: u64,
        request: RequestId,
        response: HttpResponse,
    },
    /// A mail of a session is sent, or not.
    Sent {
        session: u64,
        request: RequestId,
        code: i32,
        error: Option<String>,
    },
    /// A detector of answering machines is done.
    Amd {
        session: u64,
        detector: UnitId,
        result: AmdResult,
        /// How long ago the first words began and ended, milliseconds.
        greeting: Option<(u32, u32)>,
    },
    /// Something was heard in a call of a session.
    Heard { session: u64, input: Input },
    /// Something happened on a WebSocket of a session.
    Socket { session: u64, news: News },
    /// A client asks for a WebSocket at the access URL.
    SocketArrived {
        session: u64,
        request: SocketRequest,
    },
    /// A player's audio is here, or cannot be had.
    Tune {
        session: u64,
        player: PlayerId,
        tune: Result<Arc<Tune>, String>,
    },
    /// Somebody used the access URL.
    Access {
        session: u64,
        request: AccessRequest,
    },
    /// The engine stops: sessions end, then the thread.
    Stop { why: String },
}

impl Mail {
    /// The session that this is for; 0 for none.
    fn session(&self) -> u64 {
        match self {
            Self::Incoming(incoming) | Self::Join(incoming) => incoming.session,
            Self::Start(starting) => starting.session,
            Self::Sip { session, .. }
            | Self::Media { session, .. }
            | Self::Locate { session, .. }
            | Self::TakeOver { session, .. }
            | Self::Http { session, .. }
            | Self::Sent { session, .. }
            | Self::Amd { session, .. }
            | Self::Heard { session, .. }
            | Self::Socket { session, .. }
            | Self::SocketArrived { session, .. }
            | Self::Tune { session, .. }
            | Self::Access { session, .. } => *session,
            Self::Stop { .. } => 0,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Incoming(_) | Self::Start(_) => Kind::Start,
            Self::Join(_)
            | Self::Sip { .. }
            | Self::Media { .. }
            | Self::Locate { .. }
            | Self::TakeOver { .. }
            | Self::Http { .. }
            | Self::Sent { .. }
            | Self::Amd { .. }
            | Self::Heard { .. }
            | Self::Socket { .. }
            | Self::SocketArrived { .. }
            | Self::Tune { .. }
            | Self::Access { .. }
            | Self::Stop { .. } => Kind::News,
        }
    }
}

/// An incoming call on its way to a worker.
pub(crate) struct Incoming {
    pub(crate) session: u64,
    /// The rule that it runs under, once it is known.
    pub(crate) choice: Option<Choice>,
    /// It is a call to a conference, whatever the rule says.
    pub(crate) into_conference: bool,
    /// The conference that it goes to, once it is known.
    pub(crate) conference: Option<ConferenceKey>,
    /// Sessions that called each other in a row before this call.
    pub(crate) hops: u8,
    pub(crate) arrival: Arrival,
    pub(crate) source: Origin,
    pub(crate) destination: String,
    pub(crate) caller: String,
    pub(crate) display_name: String,
    pub(crate) from_uri: String,
    pub(crate) to_uri: String,
    pub(crate) headers: Headers,
    pub(crate) sip_call_id: String,
}

/// A leg on its way to the call whose place it takes.
pub(crate) struct Succession {
    /// The leg that goes.
    pub(crate) of: sip::LegId,
    pub(crate) arrival: Arrival,
    pub(crate) headers: Headers,
}

/// Where a call comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A phone or a trunk.
    Wire(sip::Source),
    /// Another session of this engine.
    Session,
}

/// A request to the access URL.
pub(crate) struct AccessRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) content: String,
    pub(crate) headers: Headers,
    pub(crate) reply: tokio::sync::oneshot::Sender<AccessReply>,
}

/// A wish for a WebSocket at the access URL. A dropped `answer` refuses it.
pub(crate) struct SocketRequest {
    pub(crate) path: String,
    pub(crate) headers: Headers,
    pub(crate) answer: tokio::sync::oneshot::Sender<Welcome>,
}

/// What a session answered.
#[derive(Debug)]
pub(crate) struct AccessReply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

/// SIP status for a call whose place is to be taken and that does not stand.
pub(crate) const NO_SUCH_CALL: u16 = 481;
/// Time for sessions to say goodbye when the engine stops.
const STOP_WITHIN: Duration = Duration::from_millis(2_500);

/// One worker.
pub(crate) struct Worker {
    index: usize,
    shared: Arc<Shared>,
    own_mail: Sender<Mail>,
    agenda: Agenda<Mail>,
    /// Why the engine stops, once it does: what came before is done first.
    stopping: Option<String>,
    sessions: HashMap<u64, Live>,
    /// Deadlines, earliest first. An entry that is not its session's `armed`
    /// deadline any more is skipped.
    deadlines: BinaryHeap<Reverse<(u64, u64)>>,
    armed: HashMap<u64, u64>,
}

impl Worker {
    pub(crate) fn new(index: usize, shared: Arc<Shared>, own_mail: Sender<Mail>) -> Self {
        Self {
            index,
            shared,
            own_mail,
            agenda: Agenda::new(),
            stopping: None,
            sessions: HashMap::new(),
            deadlines: BinaryHeap::new(),
            armed: HashMap::new(),
        }
    }

    /// Runs until [`Mail::Stop`].
    pub(crate) fn run(mut self, mail: &Receiver<Mail>) {
        loop {
            self.collect(mail);
            match self.agenda.take() {
                Some(letter) => {
                    let session = letter.session();
                    self.contain(session, |worker| worker.deliver(letter));
                }
                None => {
                    if let Some(why) = self.stopping.take() {
                        return self.stop(mail, &why);
                    }
                    self.wait(mail);
                }
            }
            self.ring_deadlines();
        }
    }

    /// Puts everything that has come on the agenda, up to the end of the engine.
    fn collect(&mut self, mail: &Receiver<Mail>) {
        while self.stopping.is_none()
            && let Ok(letter) = mail.try_recv()
        {
            self.note(letter);
        }
    }

    fn note(&mut self, letter: Mail) {
        match letter {
            Mail::Stop { why } => self.stopping = Some(why),
            letter => self.agenda.put(letter.kind(), letter.session(), letter),
        }
    }

    /// Waits for a letter or the next deadline.
    fn wait(&mut self, mail: &Receiver<Mail>) {
        let received = match self.deadlines.peek() {
            None => mail.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(Reverse((at_ms, _))) => {
                mail.recv_timeout(Duration::from_millis(at_ms.saturating_sub(now_ms())))
            }
        };
        match received {
            Ok(letter) => self.note(letter),
            Err(RecvTimeoutError::Timeout) => {}
            // Every sender gone means the engine was dropped without stopping.
            Err(RecvTimeoutError::Disconnected) => {
                self.stopping = Some("the engine is gone".into());
            }
        }
    }

    /// A bug that panics ends the session it came up in, not its neighbours.
    fn contain(&mut self, session: u64, act: impl FnOnce(&mut Self)) {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| act(self)));
        if caught.is_err() {
            tracing::error!(session, "a session broke down on a bug and is ended");
            self.shared
                .counters
                .sessions_failed
                .fetch_add(1, Ordering::Relaxed);
            self.armed.remove(&session);
            if let Some(mut live) = self.sessions.remove(&session) {
                live.abandon("the session broke down on a bug of the engine");
            }
        }
    }

    fn deliver(&mut self, letter: Mail) {
        let now = now_ms();
        match letter {
            Mail::Incoming(incoming) => self.begin(now, *incoming),
            Mail::Join(incoming) => self.join(now, *incoming),
            Mail::TakeOver { session, successor } => self.take_over(now, session, *successor),
            Mail::Locate { session, reply } => {
                if let Some(opened) = self.sessions.get(&session).and_then(Live::opened) {
                    // Whoever asked may have gone.
                    let _ = reply.send(opened);
                }
            }
            Mail::Start(starting) => self.start(now, *starting),
            Mail::Sip { session, event } => self.with(session, |live| live.sip(now, event)),
            Mail::Media { session, event } => self.with(session, |live| live.media(now, &event)),
            Mail::Http {
                session,
                request,
                response,
            } => {
                self.with(session, |live| {
                    live.input(now, Input::HttpResponse { request, response });
                });
            }
            Mail::Sent {
                session,
                request,
                code,
                error,
            } => {
                let input = Input::MailAnswer {
                    request,
                    code,
                    error,
                };
                self.with(session, |live| live.input(now, input));
            }
            Mail::Amd {
                session,
                detector,
                result,
                greeting,
            } => self.with(session, |live| {
                live.amd_done(now, detector, result, greeting)
            }),
            Mail::Heard { session, input } => {
                self.with(session, |live| live.input(now, input));
            }
            Mail::Socket { session, news } => {
                self.with(session, |live| live.socket_news(now, news));
            }
            Mail::SocketArrived { session, request } => {
                self.with(session, |live| live.socket_arrived(now, request));
            }
            Mail::Tune {
                session,
                player,
                tune,
            } => {
                self.with(session, |live| live.tune(now, player, tune));
            }
            Mail::Access { session, request } => {
                // A dropped `reply` is answered 404 by the access server.
                self.with(session, |live| live.access(now, request));
            }
            Mail::Stop { .. } => {}
        }
    }

    fn take_over(&mut self, now: u64, session: u64, successor: Succession) {
        match self.sessions.get_mut(&session) {
            Some(live) => {
                live.take_over(now, successor);
                self.settle(session);
            }
            None => self
                .shared
                .reject(successor.arrival.leg, NO_SUCH_CALL, Vec::new(), None),
        }
    }

    /// A caller whose session ended while he was on the way opens the next one.
    fn join(&mut self, now: u64, mut incoming: Incoming) {
        let session = incoming.session;
        match self.sessions.get_mut(&session) {
            Some(live) if live.takes_calls() => {
                live.join(now, incoming);
                self.settle(session);
            }
            Some(_) | None => {
                if let Some(key) = incoming.conference.take() {
                    self.shared.conferences.ended(&key, session);
                    self.shared.admit_to_conference(key, incoming);
                }
            }
        }
    }

    fn begin(&mut self, now: u64, incoming: Incoming) {
        let session = incoming.session;
        let conference = incoming.conference.clone();
        let owner = Owner {
            worker: self.index,
            session,
        };
        if let Some(live) = Live::begin(now, incoming, owner, &self.shared, &self.own_mail) {
            self.sessions.insert(session, live);
            self.settle(session);
        } else if let Some(key) = conference {
            self.shared.conferences.ended(&key, session);
        }
    }

    fn start(&mut self, now: u64, starting: Starting) {
        let session = starting.session;
        let conference = starting.conference.clone();
        let owner = Owner {
            worker: self.index,
            session,
        };
        if let Some(live) = Live::start(now, starting, owner, &self.shared, &self.own_mail) {
            self.sessions.insert(session, live);
            self.settle(session);
        } else if let Some(key) = conference {
            self.shared.conferences.ended(&key, session);
        }
    }

    fn with(&mut self, session: u64, act: impl FnOnce(&mut Live)) {
        if let Some(live) = self.sessions.get_mut(&session) {
            act(live);
            self.settle(session);
        }
    }

    /// After every touch: a session that is over goes, others are armed anew.
    fn settle(&mut self, session: u64) {
        let Some(live) = self.sessions.get(&session) else {
            return;
        };
        if live.is_over() {
            self.sessions.remove(&session);
            self.armed.remove(&session);
            return;
        }
        match live.next_deadline_ms() {
            Some(at_ms) if self.armed.get(&session) != Some(&at_ms) => {
                self.armed.insert(session, at_ms);
                self.deadlines.push(Reverse((at_ms, session)));
            }
            Some(_) => {}
            None => {
                self.armed.remove(&session);
            }
        }
    }

    fn ring_deadlines(&mut self) {
        let now = now_ms();
        while let Some(Reverse((at_ms, session))) = self.deadlines.peek().copied() {
            if at_ms > now {
                return;
            }
            self.deadlines.pop();
            if self.armed.get(&session) == Some(&at_ms) {
                self.armed.remove(&session);
                self.contain(session, |worker| {
                    worker.with(session, |live| live.tick(now))
                });
            }
        }
    }

    fn stop(mut self, mail: &Receiver<Mail>, why: &str) {
        let sessions: Vec<u64> = self.sessions.keys().copied().collect();
        let now = now_ms();
        for session in sessions {
            let input = Input::Terminate {
                why: why.to_owned(),
            };
            self.with(session, |live| live.input(now, input));
        }
        let until = std::time::Instant::now() + STOP_WITHIN;
        while !self.sessions.is_empty() && std::time::Instant::now() < until {
            match mail.recv_timeout(Duration::from_millis(20)) {
                Ok(letter) => self.deliver(letter),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.ring_deadlines();
        }
        for live in self.sessions.values_mut() {
            live.abandon("the engine stopped before the session did");
        }
    }
}

/// Unix time, milliseconds. A clock before 1970 reads as 0.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
