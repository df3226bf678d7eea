//! One call's lane: its commands one after the other, with retries.

use super::post::{Attempt, Poster};
use super::{Delivery, LANE_MAX};
use crate::contract::{SessionCommand, TransferCommand, read_status};
use acd::CallId;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
use tracing::{debug, info, warn};

/// Attempts for one command. With the backoff below and a timeout of 2 s a
/// hanging session is given up after about 8 s, well before a caller's
/// patience and an agent's ring time.
const ATTEMPTS_MAX: u32 = 3;

/// Pause before the second attempt; doubled for each further one.
const BACKOFF_MS: u64 = 250;

/// Failed probes (of [`ATTEMPTS_MAX`] attempts each) after which a session is
/// lost. Patient, for caller and agent may be talking through a disturbance of
/// our own network. With a probe every 20 s a dead engine is noticed within
/// 35 s, a mute one in 55 s.
const PROBES_MAX: u32 = 3;

/// What a delivery came to.
enum Outcome {
    Done(serde_json::Value),
    Gone(String),
    Refused(String),
    Unreachable(String),
    /// Something that came later made it pointless.
    Superseded,
}

struct LaneState {
    call: CallId,
    access_url: String,
    queue: mpsc::Receiver<SessionCommand>,
    waiting: VecDeque<SessionCommand>,
    /// Whether the call is over: no more commands will come.
    closed: bool,
    probes_failed: u32,
    poster: Poster,
    reports: mpsc::Sender<Delivery>,
}

/// Runs until the lane is closed and what waited in it is delivered, or until
/// the session is lost.
pub(crate) async fn run(
    call: CallId,
    access_url: String,
    queue: mpsc::Receiver<SessionCommand>,
    poster: Poster,
    reports: mpsc::Sender<Delivery>,
) {
    let waiting = VecDeque::new();
    let mut lane = LaneState {
        call,
        access_url,
        queue,
        waiting,
        closed: false,
        probes_failed: 0,
        poster,
        reports,
    };
    while let Some(command) = lane.next().await {
        let outcome = lane.deliver(&command).await;
        if lane.conclude(command, outcome).await.is_err() {
            return;
        }
    }
}

/// The lane has nothing more to do.
struct LaneOver;

impl LaneState {
    async fn next(&mut self) -> Option<SessionCommand> {
        while let Ok(command) = self.queue.try_recv() {
            self.waiting.push_back(command);
        }
        if let Some(command) = self.waiting.pop_front() {
            return Some(command);
        }
        // A failed probe is repeated sooner.
        let probe_ms = self.poster.probe_ms() / if self.probes_failed == 0 { 1 } else { 4 };
        let quiet = Duration::from_millis(spread(probe_ms));
        match tokio::time::timeout(quiet, self.queue.recv()).await {
            Ok(command) => command,
            Err(_) => Some(SessionCommand::Probe {
                question: crate::token::generate(),
            }),
        }
    }

    async fn deliver(&mut self, command: &SessionCommand) -> Outcome {
        let mut last = String::new();
        for attempt in 0..ATTEMPTS_MAX {
            if attempt > 0 {
                self.pause(backoff_ms(attempt)).await;
            }
            if self.is_superseded(command) {
                return Outcome::Superseded;
            }
            match self.poster.post(&self.access_url, command).await {
                Attempt::Done(answer) => return Outcome::Done(answer),
                Attempt::Gone(why) => return Outcome::Gone(why),
                Attempt::Refused(why) => return Outcome::Refused(why),
                Attempt::Failed(why) => {
                    debug!(call = %self.call, command = command.word(), attempt, why, "attempt failed");
                    last = why;
                }
            }
        }
        Outcome::Unreachable(format!("{last} ({ATTEMPTS_MAX} attempts)"))
    }

    /// Waits, and takes in what comes meanwhile.
    async fn pause(&mut self, pause_ms: u64) {
        let pause = tokio::time::sleep(Duration::from_millis(pause_ms));
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => return,
                next = self.queue.recv(), if !self.closed && self.waiting.len() < LANE_MAX => match next {
                    Some(command) => self.waiting.push_back(command),
                    None => self.closed = true,
                },
            }
        }
    }

    /// Whether what waits behind makes a command pointless. A cancel never is:
    /// the agent's phone must stop ringing even when the call is over.
    fn is_superseded(&self, command: &SessionCommand) -> bool {
        match command {
            SessionCommand::Connect { offer, .. }
            | SessionCommand::Transfer(TransferCommand::Consult { offer, .. }) => {
                let cancelled = |c: &SessionCommand| matches!(c, SessionCommand::CancelOffer { offer: o } if o == offer);
                self.closed || self.waiting.iter().any(cancelled)
            }
            SessionCommand::Announce { .. } => {
                self.closed
                    || self
                        .waiting
                        .iter()
                        .any(|c| matches!(c, SessionCommand::Announce { .. }))
            }
            SessionCommand::Probe { .. } => self.closed || !self.waiting.is_empty(),
            SessionCommand::Status { .. }
            | SessionCommand::Say { .. }
            | SessionCommand::AskManager { .. }
            | SessionCommand::OfferCallback { .. } => self.closed,
            SessionCommand::CancelOffer { .. }
            | SessionCommand::HangUp { .. }
            | SessionCommand::Transfer(_) => false,
        }
    }

    async fn conclude(
        &mut self,
        command: SessionCommand,
        outcome: Outcome,
    ) -> Result<(), LaneOver> {
        let call = self.call;
        if !matches!(outcome, Outcome::Unreachable(_) | Outcome::Superseded) {
            self.probes_failed = 0;
        }
        match outcome {
            Outcome::Superseded => Ok(()),
            Outcome::Done(answer) => match command {
                SessionCommand::Status { .. } => self.take_status(&answer).await,
                SessionCommand::Connect { .. }
                | SessionCommand::CancelOffer { .. }
                | SessionCommand::HangUp { .. }
                | SessionCommand::Announce { .. }
                | SessionCommand::Say { .. }
                | SessionCommand::AskManager { .. }
                | SessionCommand::Transfer(_)
                | SessionCommand::OfferCallback { .. }
                | SessionCommand::Probe { .. } => Ok(()),
            },
            Outcome::Gone(why) => self.lose(why).await,
            Outcome::Refused(why) => {
                match command {
                    SessionCommand::Connect { offer, .. }
                    | SessionCommand::Transfer(TransferCommand::Consult { offer, .. }) => {
                        warn!(%call, %offer, why, "the session refused to connect");
                        self.report(Delivery::ConnectNotDelivered { offer, why })
                            .await
                    }
                    // A cancel that came too late is answered so: nothing is wrong.
                    SessionCommand::CancelOffer { .. }
                    | SessionCommand::HangUp { .. }
                    | SessionCommand::Announce { .. }
                    | SessionCommand::Say { .. }
                    | SessionCommand::AskManager { .. }
                    | SessionCommand::OfferCallback { .. }
                    | SessionCommand::Probe { .. }
                    | SessionCommand::Status { .. } => {
                        debug!(%call, command = command.word(), why, "the session refused a command");
                        Ok(())
                    }
                    // Somebody has left, and we have not heard of it yet.
                    SessionCommand::Transfer(_) => {
                        debug!(%call, command = command.word(), why, "the session refused a command");
                        self.look_again().await
                    }
                }
            }
            Outcome::Unreachable(why) => self.unreachable(command, why).await,
        }
    }

    /// The session sees the call otherwise than the centre: it is asked.
    async fn look_again(&mut self) -> Result<(), LaneOver> {
        match self.poster.post(&self.access_url, &a_question()).await {
            Attempt::Done(answer) => self.take_status(&answer).await,
            Attempt::Gone(why) => self.lose(why).await,
            // It answered a moment ago, and is asked again in time.
            Attempt::Failed(_) | Attempt::Refused(_) => Ok(()),
        }
    }

    /// Every attempt failed. A missed announcement is nothing; for the rest the
    /// session is asked whether it lives.
    async fn unreachable(&mut self, command: SessionCommand, why: String) -> Result<(), LaneOver> {
        warn!(call = %self.call, command = command.word(), why, "the session cannot be reached");
        match command {
            SessionCommand::Announce { .. }
            | SessionCommand::Say { .. }
            | SessionCommand::AskManager { .. }
            | SessionCommand::OfferCallback { .. } => return Ok(()),
            SessionCommand::Status { .. } => return self.lose(why).await,
            SessionCommand::Probe { .. } => {
                self.probes_failed += 1;
                return if self.probes_failed < PROBES_MAX {
                    Ok(())
                } else {
                    self.lose(why).await
                };
            }
            SessionCommand::Connect { .. }
            | SessionCommand::CancelOffer { .. }
            | SessionCommand::Transfer(_)
            | SessionCommand::HangUp { .. } => {}
        }
        match self.poster.post(&self.access_url, &a_question()).await {
            Attempt::Done(answer) => self.judge_after_failure(&command, &answer, why).await,
            Attempt::Gone(why) => self.lose(why).await,
            Attempt::Failed(status_why) => self.lose(format!("{why}; status: {status_why}")).await,
            Attempt::Refused(status_why) => {
                self.not_delivered(&command, format!("{why}; status: {status_why}"))
                    .await
            }
        }
    }

    /// The session lives. If it is at work on the offer, then only the answer
    /// to `connect` was lost and all is well.
    async fn judge_after_failure(
        &mut self,
        command: &SessionCommand,
        answer: &serde_json::Value,
        why: String,
    ) -> Result<(), LaneOver> {
        use acd::SessionDoing::{CallingBack, Consulting, Ending, Offering, Talking, Waiting};
        let offer = match command {
            SessionCommand::Connect { offer, .. }
            | SessionCommand::Transfer(TransferCommand::Consult { offer, .. }) => offer,
            // The core sees what is missing and sends it again.
            SessionCommand::Transfer(_) => return self.take_status(answer).await,
            SessionCommand::CancelOffer { .. }
            | SessionCommand::HangUp { .. }
            | SessionCommand::Announce { .. }
            | SessionCommand::Say { .. }
            | SessionCommand::AskManager { .. }
            | SessionCommand::OfferCallback { .. }
            | SessionCommand::Probe { .. }
            | SessionCommand::Status { .. } => return self.not_delivered(command, why).await,
        };
        let is_at_work = match read_status(answer) {
            Ok(Offering { offer_id, others }) => offer_id == *offer || others.contains(offer),
            Ok(Talking { offer_id }) => offer_id == *offer,
            Ok(Consulting { consult_id, .. }) => consult_id == *offer,
            Ok(CallingBack { offer_id }) => offer_id == Some(*offer),
            Ok(Waiting | Ending) | Err(_) => false,
        };
        if is_at_work {
            return Ok(());
        }
        self.not_delivered(command, why).await
    }

    async fn not_delivered(
        &mut self,
        command: &SessionCommand,
        why: String,
    ) -> Result<(), LaneOver> {
        match command {
            SessionCommand::Connect { offer, .. }
            | SessionCommand::Transfer(TransferCommand::Consult { offer, .. }) => {
                self.report(Delivery::ConnectNotDelivered { offer: *offer, why })
                    .await
            }
            // The session lives and its own ring timeout ends the offer.
            SessionCommand::CancelOffer { .. }
            | SessionCommand::HangUp { .. }
            | SessionCommand::Announce { .. }
            | SessionCommand::Say { .. }
            | SessionCommand::AskManager { .. }
            | SessionCommand::Transfer(_)
            | SessionCommand::OfferCallback { .. }
            | SessionCommand::Probe { .. }
            | SessionCommand::Status { .. } => Ok(()),
        }
    }

    async fn take_status(&mut self, answer: &serde_json::Value) -> Result<(), LaneOver> {
        match read_status(answer) {
            Ok(doing) => {
                self.report(Delivery::Status {
                    call: self.call,
                    doing,
                })
                .await
            }
            Err(refusal) => {
                warn!(call = %self.call, %refusal, "the session's answer to status makes no sense");
                Ok(())
            }
        }
    }

    async fn lose(&mut self, why: String) -> Result<(), LaneOver> {
        info!(call = %self.call, why, "session lost");
        // Whether or not the owner still listens, this lane is over.
        let _ = self
            .report(Delivery::SessionLost {
                call: self.call,
                why,
            })
            .await;
        Err(LaneOver)
    }

    async fn report(&mut self, delivery: Delivery) -> Result<(), LaneOver> {
        self.reports.send(delivery).await.map_err(|_| LaneOver)
    }
}

/// Pause before attempt `attempt`, from 1.
fn backoff_ms(attempt: u32) -> u64 {
    spread(BACKOFF_MS << attempt.saturating_sub(1).min(6))
}

/// Between half of it and all of it, so that a thousand lanes do not come back
/// in the same moment.
fn spread(full_ms: u64) -> u64 {
    let half_ms = full_ms / 2;
    // Without randomness it is only less spread.
    half_ms + getrandom::u64().unwrap_or(half_ms) % (half_ms + 1)
}

fn a_question() -> SessionCommand {
    SessionCommand::Status {
        question: crate::token::generate(),
    }
}
