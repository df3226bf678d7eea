//! The state machine of one leg: inputs in, effects out. No clock, no socket.
//!
//! # Contract
//! 1. Feed inputs in the order they happened; carry out the effects of one
//!    input, in order, before feeding the next.
//! 2. Whatever the inputs, exactly one `Failed` or `Ended` is emitted over the
//!    leg's life, it is the last event, and after it [`Leg::is_gone`] holds.
//! 3. A branch that is accepted and not adopted gets a BYE.

use super::effect::Effect;
use super::fork::{Fork, ForkStep};
use super::input::{
    BranchId, FarOffer, Farewell, Input, NORMAL_CLEARING, Parting, ReofferId, Timer,
};
use super::refer::Refers;
use crate::event::{Headers, LegId, SipEvent};
use crate::message::cause_of;

/// Where a leg stands.
#[derive(Clone, Debug)]
enum Phase {
    /// An INVITE came and has no final response.
    Offered,
    /// We sent 200; `leaving` holds the BYE to send once the ACK is there.
    AwaitingAck { leaving: Option<Parting> },
    /// We sent INVITEs.
    Dialing(Fork),
    /// The two sides talk.
    Talking { reoffer: Reoffer },
    /// We sent BYE.
    Leaving { cause: u16 },
    /// The final event is out.
    Gone,
}

/// RFC 3261 §14.1: one re-INVITE at a time, whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reoffer {
    None,
    /// Theirs waits for our owner.
    Theirs(ReofferId),
    /// Ours, by its number, waits for the far end.
    Ours(u32),
}

/// What the end of a call that we ended is told as.
const HUNG_UP: &str = "hung up";
/// Cause 102 of Q.850: recovery on timer expiry.
const TIMER_EXPIRY: u16 = 102;

/// Q.850 "temporary failure": it is ours.
const TEMPORARY_FAILURE: u16 = 41;

/// One leg. See the module for the contract.
#[derive(Debug)]
pub(crate) struct Leg {
    leg: LegId,
    phase: Phase,
    refers: Refers,
    our_reoffers: u32,
    effects: Vec<Effect>,
}

impl Leg {
    /// A leg for an INVITE that came in.
    pub(crate) fn offered(leg: LegId) -> Self {
        Self {
            leg,
            phase: Phase::Offered,
            refers: Refers::new(leg),
            our_reoffers: 0,
            effects: Vec::new(),
        }
    }

    /// A leg for `branches` INVITEs that went out.
    pub(crate) fn dialing(leg: LegId, branches: usize) -> Self {
        let effects = vec![Effect::Start(Timer::Dial)];
        Self {
            leg,
            phase: Phase::Dialing(Fork::new(branches)),
            refers: Refers::new(leg),
            our_reoffers: 0,
            effects,
        }
    }

    /// Whether the final event is out.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.phase, Phase::Gone)
    }

    /// Whether requests inside the dialog can be served.
    pub(crate) fn is_dialing(&self) -> bool {
        matches!(self.phase, Phase::Dialing(_))
    }

    /// Takes what the inputs so far asked for.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Feeds one input.
    #[allow(clippy::too_many_lines, reason = "one arm for each input")]
    pub(crate) fn handle(&mut self, input: Input) {
        match input {
            Input::Ring { headers } => self.provisional(180, headers, Vec::new()),
            Input::EarlyMedia { headers, sdp } => self.provisional(183, headers, sdp),
            Input::Answer { headers, sdp } => self.answer(headers, sdp),
            Input::Reject { code, parting } => self.reject(code.clamp(300, 699), parting),
            Input::Hangup { parting } => self.hangup(parting),
            Input::AnswerReoffer { headers, sdp } => self.answer_reoffer(200, headers, sdp),
            Input::RefuseReoffer { code, headers } => {
                self.answer_reoffer(code.clamp(300, 699), headers, Vec::new());
            }
            Input::SendReoffer { headers, sdp } => self.send_reoffer(headers, sdp),
            Input::ReofferDone {
                code,
                reason,
                headers,
                sdp,
            } => self.reoffer_done(code, reason, headers, sdp),
            Input::AnswerRefer { .. }
            | Input::NotifyRefer { .. }
            | Input::SendRefer { .. }
            | Input::FarRefer { .. }
            | Input::ReferDone { .. }
            | Input::FarNotify { .. } => self.refer(input),
            Input::Info {
                mime_type,
                body,
                headers,
            } => {
                if let Phase::Talking { .. } = self.phase {
                    self.push(Effect::SendInfo {
                        mime_type,
                        body,
                        headers,
                    });
                }
            }
            Input::FarCancel { farewell, headers } => self.far_cancel(farewell, headers),
            Input::Ack { headers, sdp } => self.ack(headers, sdp),
            Input::NoAck => self.no_ack(),
            Input::Provisional {
                branch,
                code,
                headers,
                sdp,
            } => {
                self.fork(|fork| fork.provisional(branch, code, headers, sdp));
            }
            Input::Accepted {
                branch,
                headers,
                sdp,
            } => self.accepted(branch, headers, sdp),
            Input::Refused {
                branch,
                code,
                reason,
                headers,
            } => {
                self.fork(|fork| fork.refused(branch, code, reason, headers));
            }
            Input::FarBye { farewell, headers } => self.far_bye(farewell, headers),
            Input::FarReoffer { id, offer } => self.far_reoffer(id, offer),
            Input::ReofferCancelled { id } => self.close_reoffer(id, 487),
            Input::FarInfo {
                mime_type,
                body,
                headers,
            } => {
                if let Phase::Talking { .. } = self.phase {
                    let leg = self.leg;
                    self.emit(SipEvent::Info {
                        leg,
                        mime_type,
                        body,
                        headers,
                    });
                }
            }
            Input::ByeDone => self.bye_done(),
            Input::Probed { alive } => self.probed(alive),
            Input::Tick(timer) => self.tick(timer),
            Input::Abandon { reason } => self.abandon(reason),
        }
    }

    fn provisional(&mut self, code: u16, headers: Headers, sdp: Vec<u8>) {
        if let Phase::Offered = self.phase {
            self.push(Effect::Respond {
                code,
                headers,
                sdp,
                reason: None,
            });
        }
    }

    fn answer(&mut self, headers: Headers, sdp: Vec<u8>) {
        if let Phase::Offered = self.phase {
            self.phase = Phase::AwaitingAck { leaving: None };
            self.push(Effect::Respond {
                code: 200,
                headers,
                sdp,
                reason: None,
            });
            self.push(Effect::Start(Timer::AckLost));
        }
    }

    fn reject(&mut self, code: u16, parting: Parting) {
        if let Phase::Offered = self.phase {
            let Parting { headers, reason } = parting;
            let cause = reason.as_deref().and_then(cause_of);
            self.push(Effect::Respond {
                code,
                headers,
                sdp: Vec::new(),
                reason,
            });
            self.end(
                true,
                cause.unwrap_or(NORMAL_CLEARING),
                format!("refused with {code}"),
                Vec::new(),
            );
        }
    }

    fn hangup(&mut self, parting: Parting) {
        match &mut self.phase {
            Phase::Offered => {
                let Parting { headers, reason } = parting;
                let cause = reason.as_deref().and_then(cause_of);
                self.push(Effect::Respond {
                    code: 480,
                    headers,
                    sdp: Vec::new(),
                    reason,
                });
                self.end(
                    true,
                    cause.unwrap_or(NORMAL_CLEARING),
                    "hung up before answer".into(),
                    Vec::new(),
                );
            }
            Phase::AwaitingAck { leaving } => {
                if leaving.is_none() {
                    *leaving = Some(parting);
                    self.push(Effect::Start(Timer::HangupAck));
                }
            }
            Phase::Dialing(_) => self.fork(|fork| fork.hangup(parting)),
            Phase::Talking { .. } => self.leave(parting),
            Phase::Leaving { .. } | Phase::Gone => {}
        }
    }

    fn leave(&mut self, parting: Parting) {
        self.drop_reoffer();
        let cause = parting.reason.as_deref().and_then(cause_of);
        let cause = cause.unwrap_or(NORMAL_CLEARING);
        self.phase = Phase::Leaving { cause };
        self.push(Effect::Bye { parting });
        self.push(Effect::Start(Timer::ByeGrace));
    }

    fn far_cancel(&mut self, farewell: Farewell, headers: Headers) {
        match self.phase {
            Phase::Offered => {
                let (code, sdp) = (487, Vec::new());
                self.push(Effect::Respond {
                    code,
                    headers: Vec::new(),
                    sdp,
                    reason: None,
                });
                self.end(false, farewell.cause, farewell.reason, headers);
            }
            // RFC 3261 §9.2: after a final response a CANCEL does nothing.
            Phase::AwaitingAck { .. }
            | Phase::Dialing(_)
            | Phase::Talking { .. }
            | Phase::Leaving { .. }
            | Phase::Gone => {}
        }
    }

    fn ack(&mut self, headers: Headers, sdp: Vec<u8>) {
        if let Phase::AwaitingAck { leaving } = &mut self.phase {
            match leaving.take() {
                Some(parting) => self.leave(parting),
                None => {
                    self.talk();
                    let leg = self.leg;
                    self.emit(SipEvent::Answered { leg, headers, sdp });
                }
            }
        }
    }

    fn no_ack(&mut self) {
        match self.phase {
            Phase::AwaitingAck { .. } | Phase::Talking { .. } => {
                self.push(Effect::Bye {
                    parting: because(TIMER_EXPIRY),
                });
                self.end(
                    true,
                    TIMER_EXPIRY,
                    "our answer was never acknowledged".into(),
                    Vec::new(),
                );
            }
            Phase::Offered | Phase::Dialing(_) | Phase::Leaving { .. } | Phase::Gone => {}
        }
    }

    fn accepted(&mut self, branch: BranchId, headers: Headers, sdp: Vec<u8>) {
        match &mut self.phase {
            Phase::Dialing(fork) => {
                if fork.is_ending() {
                    self.push(Effect::ByeBranch { branch });
                    self.fork(|fork| fork.accepted_too_late(branch));
                    return;
                }
                let cancelled = fork.won(branch);
                self.push(Effect::Adopt { branch });
                self.talk();
                for (branch, parting) in cancelled {
                    self.push(Effect::Cancel { branch, parting });
                }
                let leg = self.leg;
                self.emit(SipEvent::Answered { leg, headers, sdp });
            }
            // A second answer: RFC 3261 §13.2.2.4, acknowledged and ended.
            Phase::Offered
            | Phase::AwaitingAck { .. }
            | Phase::Talking { .. }
            | Phase::Leaving { .. }
            | Phase::Gone => self.push(Effect::ByeBranch { branch }),
        }
    }

    fn far_bye(&mut self, farewell: Farewell, headers: Headers) {
        match &self.phase {
            Phase::Offered => self.far_cancel(farewell, headers),
            Phase::AwaitingAck { .. } | Phase::Talking { .. } => {
                self.end(false, farewell.cause, farewell.reason, headers);
            }
            Phase::Leaving { cause } => {
                let cause = *cause;
                self.end(true, cause, HUNG_UP.into(), headers);
            }
            Phase::Dialing(_) | Phase::Gone => {}
        }
    }

    fn bye_done(&mut self) {
        if let Phase::Leaving { cause } = self.phase {
            self.end(true, cause, HUNG_UP.into(), Vec::new());
        }
    }

    fn tick(&mut self, timer: Timer) {
        match timer {
            Timer::Dial => self.fork(Fork::timed_out),
            Timer::CancelGrace => self.fork(Fork::grace_over),
            Timer::HangupAck => {
                if let Phase::AwaitingAck { leaving } = &mut self.phase
                    && let Some(parting) = leaving.take()
                {
                    self.leave(parting);
                }
            }
            Timer::AckLost => {
                if let Phase::AwaitingAck { .. } = self.phase {
                    self.no_ack();
                }
            }
            Timer::ByeGrace => self.bye_done(),
            Timer::Probe => {
                if let Phase::Talking { .. } = self.phase {
                    self.push(Effect::Probe);
                }
            }
            Timer::Refresh => {
                if let Phase::Talking { .. } = self.phase {
                    self.push(Effect::Refresh);
                }
            }
            Timer::SessionEnd => self.probed(false),
            Timer::Reoffer(id) => self.close_reoffer(id, 488),
            Timer::OurReoffer(number) => self.our_reoffer_late(number),
            Timer::Refer(_) | Timer::Transfer(_) => {
                if let Phase::Talking { .. } = self.phase {
                    self.effects.extend(self.refers.tick(timer));
                }
            }
        }
    }

    fn talk(&mut self) {
        self.phase = Phase::Talking {
            reoffer: Reoffer::None,
        };
        self.push(Effect::Start(Timer::Probe));
    }

    /// A lost BYE must not leave a call for ever.
    fn probed(&mut self, alive: bool) {
        if let Phase::Talking { .. } = self.phase {
            if alive {
                self.push(Effect::Start(Timer::Probe));
                return;
            }
            self.push(Effect::Bye {
                parting: because(TIMER_EXPIRY),
            });
            let reason = "the far end no longer answers".into();
            self.end(false, TIMER_EXPIRY, reason, Vec::new());
        }
    }

    fn abandon(&mut self, reason: &'static str) {
        match &mut self.phase {
            Phase::Offered => {
                let (code, headers) = (500, Vec::new());
                self.push(Effect::Respond {
                    code,
                    headers,
                    sdp: Vec::new(),
                    reason: because(TEMPORARY_FAILURE).reason,
                });
            }
            Phase::AwaitingAck { .. } | Phase::Talking { .. } => {
                self.push(Effect::Bye {
                    parting: because(TEMPORARY_FAILURE),
                });
            }
            Phase::Dialing(_) => {
                self.fork(|fork| fork.hangup(Parting::default()));
                self.fork(Fork::grace_over);
                return;
            }
            Phase::Leaving { .. } => {}
            Phase::Gone => return,
        }
        self.end(true, TEMPORARY_FAILURE, reason.into(), Vec::new());
    }

    /// Runs one step of the fork, if the leg is still dialing.
    fn fork(&mut self, step: impl FnOnce(&mut Fork) -> Vec<ForkStep>) {
        let Phase::Dialing(fork) = &mut self.phase else {
            return;
        };
        for step in step(fork) {
            let leg = self.leg;
            match step {
                ForkStep::Progress { code, headers, sdp } => {
                    self.emit(SipEvent::Progress {
                        leg,
                        code,
                        headers,
                        sdp,
                    });
                }
                ForkStep::Cancel { branch, parting } => {
                    self.push(Effect::Cancel { branch, parting });
                }
                ForkStep::StartGrace => self.push(Effect::Start(Timer::CancelGrace)),
                ForkStep::Failed {
                    code,
                    reason,
                    headers,
                } => {
                    self.phase = Phase::Gone;
                    self.emit(SipEvent::Failed {
                        leg,
                        code,
                        reason,
                        headers,
                    });
                }
            }
        }
    }

    fn end(&mut self, by_us: bool, cause: u16, reason: String, headers: Headers) {
        self.drop_reoffer();
        self.phase = Phase::Gone;
        let leg = self.leg;
        self.emit(SipEvent::Ended {
            leg,
            by_us,
            cause,
            reason,
            headers,
        });
    }

    fn emit(&mut self, event: SipEvent) {
        self.push(Effect::Emit(event));
    }

    fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

/// Offers inside the call, and transfers.
impl Leg {
    fn far_reoffer(&mut self, id: ReofferId, offer: FarOffer) {
        let code = match &mut self.phase {
            Phase::Talking {
                reoffer: reoffer @ Reoffer::None,
            } => {
                *reoffer = Reoffer::Theirs(id);
                let leg = self.leg;
                let FarOffer { headers, sdp } = offer;
                self.emit(SipEvent::Reoffer { leg, headers, sdp });
                self.push(Effect::Start(Timer::Reoffer(id)));
                return;
            }
            // RFC 3261 §14.2: one at a time.
            Phase::Talking { .. }
            | Phase::Offered
            | Phase::AwaitingAck { .. }
            | Phase::Dialing(_) => 491,
            Phase::Leaving { .. } | Phase::Gone => 481,
        };
        self.respond_reoffer(id, code);
    }

    fn answer_reoffer(&mut self, code: u16, headers: Headers, sdp: Vec<u8>) {
        if let Phase::Talking { reoffer } = &mut self.phase
            && let Reoffer::Theirs(id) = *reoffer
        {
            *reoffer = Reoffer::None;
            let code = if code == 200 && sdp.is_empty() {
                488
            } else {
                code
            };
            self.push(Effect::RespondReoffer {
                id,
                code,
                headers,
                sdp,
            });
        }
    }

    fn close_reoffer(&mut self, id: ReofferId, code: u16) {
        if let Phase::Talking { reoffer } = &mut self.phase
            && *reoffer == Reoffer::Theirs(id)
        {
            *reoffer = Reoffer::None;
            self.respond_reoffer(id, code);
        }
    }

    fn respond_reoffer(&mut self, id: ReofferId, code: u16) {
        self.push(Effect::RespondReoffer {
            id,
            code,
            headers: Vec::new(),
            sdp: Vec::new(),
        });
    }

    /// A re-offer that the leg's end overtook.
    fn drop_reoffer(&mut self) {
        if let Phase::Talking { reoffer } = &mut self.phase
            && let Reoffer::Theirs(id) = std::mem::replace(reoffer, Reoffer::None)
        {
            self.respond_reoffer(id, 487);
        }
    }

    fn send_reoffer(&mut self, headers: Headers, sdp: Vec<u8>) {
        let leg = self.leg;
        if let Phase::Talking { reoffer } = &mut self.phase {
            if *reoffer == Reoffer::None {
                self.our_reoffers = self.our_reoffers.wrapping_add(1);
                let number = self.our_reoffers;
                *reoffer = Reoffer::Ours(number);
                self.push(Effect::SendReoffer { headers, sdp });
                self.push(Effect::Start(Timer::OurReoffer(number)));
                return;
            }
            // RFC 3261 §14.1: not while another one is under way.
            self.emit(SipEvent::ReofferAnswered {
                leg,
                code: 491,
                reason: "Request Pending".into(),
                headers: Vec::new(),
                sdp: Vec::new(),
            });
        }
    }

    fn reoffer_done(&mut self, code: u16, reason: String, headers: Headers, sdp: Vec<u8>) {
        let leg = self.leg;
        if let Phase::Talking { reoffer } = &mut self.phase
            && matches!(reoffer, Reoffer::Ours(_))
        {
            *reoffer = Reoffer::None;
            self.emit(SipEvent::ReofferAnswered {
                leg,
                code,
                reason,
                headers,
                sdp,
            });
            // RFC 3261 §12.2.1.2: the far end does not know this call any more.
            if code == 481 {
                self.probed(false);
            }
        }
    }

    fn our_reoffer_late(&mut self, number: u32) {
        if let Phase::Talking { reoffer } = &self.phase
            && *reoffer == Reoffer::Ours(number)
        {
            self.reoffer_done(408, "Request Timeout".into(), Vec::new(), Vec::new());
        }
    }

    fn refer(&mut self, input: Input) {
        let is_talking = matches!(self.phase, Phase::Talking { .. });
        let effects = self.refers.handle(input, is_talking);
        self.effects.extend(effects);
    }
}

/// A parting that says a Q.850 cause (RFC 3326 §2).
fn because(cause: u16) -> Parting {
    Parting {
        headers: Vec::new(),
        reason: Some(format!("Q.850;cause={cause}")),
    }
}
