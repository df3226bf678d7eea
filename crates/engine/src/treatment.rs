//! What callers get whose scenario failed or cannot run: the default treatment.
//! Native call control without a script, a clock or a socket: it is told what
//! happens and says what to do, in the words of the scenarios' border.

use crate::control::{Standing, StandingAs};
use scenario::host::{CallId, DialTarget, Effect, Input, PlayerId, Unit};

/// The announcement must be over by then, milliseconds; the longest one that a
/// configuration may name plays for less.
const ANNOUNCEMENT_MS_MAX: u64 = 120_000;
/// Our player: the scenario's own are gone.
const ANNOUNCEMENT: PlayerId = PlayerId::MAX;
/// SIP status for a caller who is refused.
const REFUSED: u16 = 503;

/// What a caller gets whose scenario failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// 503 for a caller who is not answered yet, BYE for others.
    Refuse,
    /// An announcement, then BYE.
    Announce,
    /// Another phone; the announcement when nobody answers there.
    Dial(Fallback),
}

/// A phone that takes callers of failed scenarios.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// A registered user.
    User(String),
    /// A SIP URI.
    Uri(String),
    /// A telephone number, through the first trunk.
    Number(String),
}

/// A treatment that cannot be understood. Whoever wrote the configuration can fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of refuse, announce, dial user:NAME, dial sip:ADDRESS, dial NUMBER")]
pub struct TreatmentError(String);

impl std::str::FromStr for Treatment {
    type Err = TreatmentError;

    fn from_str(text: &str) -> Result<Self, TreatmentError> {
        let wrong = || TreatmentError(text.to_owned());
        let target = match text.trim() {
            "refuse" => return Ok(Self::Refuse),
            "announce" => return Ok(Self::Announce),
            other => other.strip_prefix("dial ").ok_or_else(wrong)?.trim(),
        };
        let fallback = if let Some(user) = target.strip_prefix("user:") {
            Fallback::User(user.to_owned())
        } else if target.starts_with("sip:") {
            Fallback::Uri(target.to_owned())
        } else {
            let number = target.trim_start_matches('+');
            if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(wrong());
            }
            Fallback::Number(number.to_owned())
        };
        match &fallback {
            Fallback::User(name) | Fallback::Uri(name)
                if name.len() <= "sip:".len() && (name.is_empty() || name == "sip:") =>
            {
                Err(wrong())
            }
            _ => Ok(Self::Dial(fallback)),
        }
    }
}

/// What the treatment asks for.
#[allow(
    clippy::large_enum_variant,
    reason = "a few for a failed session, never kept"
)]
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// As a scenario would.
    Do(Effect),
    /// The announcement, by this player.
    Announce(PlayerId),
}

/// The treatment of one caller.
#[derive(Debug)]
pub(crate) struct Care {
    treatment: Treatment,
    /// A caller who is not answered yet is answered for the announcement.
    answers: bool,
    ring_timeout_ms: u64,
    caller: CallId,
    callerid: String,
    is_connected: bool,
    phase: Phase,
}

#[derive(Debug, PartialEq)]
enum Phase {
    /// The caller's ACK is awaited, then it goes on.
    Answering,
    /// The fallback rings.
    Dialing(CallId),
    /// Caller and another one talk.
    Talking(CallId),
    /// The announcement plays.
    Announcing {
        until_ms: u64,
    },
    Leaving,
}

/// How a treatment is begun.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) treatment: Treatment,
    pub(crate) answers: bool,
    pub(crate) ring_timeout_ms: u64,
    /// Shown to the fallback.
    pub(crate) callerid: String,
}

impl Care {
    /// Takes over the calls that stand. People who talk to each other go on
    /// talking; of all others one incoming caller is treated, and the rest, who
    /// were called for him, are let go.
    pub(crate) fn begin(now_ms: u64, order: Order, calls: &[Standing]) -> (Self, Vec<Step>) {
        let pair = calls.iter().find_map(|one| {
            let other = one.hears?;
            let other = calls.iter().find(|known| known.call == other)?;
            let both = [one, other].map(|call| call.stage == StandingAs::Connected);
            (other.hears == Some(one.call) && both == [true, true]).then_some((one, other))
        });
        let caller = match pair {
            Some((one, _)) => Some(one),
            None => calls.iter().find(|call| call.incoming),
        };
        let mut care = Self {
            treatment: order.treatment,
            answers: order.answers,
            ring_timeout_ms: order.ring_timeout_ms,
            caller: caller.map_or(0, |caller| caller.call),
            callerid: order.callerid,
            is_connected: caller.is_some_and(|caller| caller.stage == StandingAs::Connected),
            phase: Phase::Leaving,
        };
        let partner = pair.map(|(_, other)| other.call);
        let mut steps: Vec<Step> = calls
            .iter()
            .map(|call| call.call)
            .filter(|call| Some(*call) != partner && Some(*call) != caller.map(|c| c.call))
            .map(hang_up)
            .collect();
        match (partner, caller) {
            (Some(partner), _) => care.phase = Phase::Talking(partner),
            (None, Some(caller)) => steps.extend(care.treat(now_ms, caller.stage)),
            (None, None) => {}
        }
        (care, steps)
    }

    fn treat(&mut self, now_ms: u64, stage: StandingAs) -> Vec<Step> {
        match &self.treatment {
            Treatment::Refuse => self.refuse(stage),
            Treatment::Dial(fallback) => {
                let call = self.caller.wrapping_add(CallId::MAX / 2);
                let target = match fallback.clone() {
                    Fallback::User(user) => DialTarget::User { user },
                    Fallback::Number(number) => DialTarget::Pstn { number },
                    Fallback::Uri(uri) => DialTarget::Sip {
                        uri,
                        auth_user: None,
                        password: None,
                        out_proxy: None,
                    },
                };
                let mut steps = Vec::new();
                if stage == StandingAs::Alerting {
                    steps.push(Step::Do(Effect::Ring {
                        call: self.caller,
                        headers: Vec::new(),
                    }));
                }
                steps.push(Step::Do(Effect::Dial {
                    call,
                    target,
                    callerid: self.callerid.clone(),
                    display_name: String::new(),
                    headers: Vec::new(),
                    timeout_ms: self.ring_timeout_ms,
                }));
                self.phase = Phase::Dialing(call);
                steps
            }
            Treatment::Announce => self.announce(now_ms, stage),
        }
    }

    fn refuse(&mut self, stage: StandingAs) -> Vec<Step> {
        self.phase = Phase::Leaving;
        let call = self.caller;
        if stage == StandingAs::Alerting {
            return vec![Step::Do(Effect::Reject {
                call,
                code: REFUSED,
                headers: Vec::new(),
            })];
        }
        vec![hang_up(call)]
    }

    fn announce(&mut self, now_ms: u64, stage: StandingAs) -> Vec<Step> {
        match stage {
            StandingAs::Alerting if !self.answers => self.refuse(stage),
            StandingAs::Alerting => {
                self.phase = Phase::Answering;
                vec![self.answer()]
            }
            StandingAs::Answering => {
                self.phase = Phase::Answering;
                Vec::new()
            }
            StandingAs::Connected | StandingAs::Dialing => {
                let until_ms = now_ms.saturating_add(ANNOUNCEMENT_MS_MAX);
                self.phase = Phase::Announcing { until_ms };
                vec![
                    Step::Announce(ANNOUNCEMENT),
                    Step::Do(Effect::SendMedia {
                        from: Unit::Player(ANNOUNCEMENT),
                        to: Unit::Call(self.caller),
                    }),
                ]
            }
        }
    }

    fn answer(&self) -> Step {
        Step::Do(Effect::Answer {
            call: self.caller,
            headers: Vec::new(),
        })
    }

    /// Something happened to the calls.
    pub(crate) fn handle(&mut self, now_ms: u64, input: &Input) -> Vec<Step> {
        match input {
            Input::CallConnected { call, .. } => self.connected(now_ms, *call),
            Input::CallFailed { call, .. } | Input::CallDisconnected { call, .. } => {
                self.ended(now_ms, *call)
            }
            Input::PlayerFinished { player, .. } if *player == ANNOUNCEMENT => self.leave(),
            Input::Terminate { .. } => self.leave(),
            Input::Tick => match self.phase {
                Phase::Announcing { until_ms } if until_ms <= now_ms => self.leave(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// When [`Input::Tick`] is due.
    pub(crate) fn next_deadline_ms(&self) -> Option<u64> {
        match self.phase {
            Phase::Announcing { until_ms } => Some(until_ms),
            Phase::Answering | Phase::Dialing(_) | Phase::Talking(_) | Phase::Leaving => None,
        }
    }

    fn connected(&mut self, now_ms: u64, call: CallId) -> Vec<Step> {
        if call == self.caller {
            self.is_connected = true;
            return match self.phase {
                Phase::Answering => self.announce(now_ms, StandingAs::Connected),
                _ => Vec::new(),
            };
        }
        if self.phase != Phase::Dialing(call) {
            return vec![hang_up(call)];
        }
        self.phase = Phase::Talking(call);
        let mut steps = Vec::new();
        if !self.is_connected {
            steps.push(self.answer());
        }
        for (from, to) in [(call, self.caller), (self.caller, call)] {
            steps.push(Step::Do(Effect::SendMedia {
                from: Unit::Call(from),
                to: Unit::Call(to),
            }));
        }
        steps
    }

    fn ended(&mut self, now_ms: u64, call: CallId) -> Vec<Step> {
        let is_caller = call == self.caller;
        match self.phase {
            Phase::Dialing(fallback) if is_caller => {
                self.phase = Phase::Leaving;
                vec![hang_up(fallback)]
            }
            Phase::Dialing(fallback) if fallback == call => {
                let stage = if self.is_connected {
                    StandingAs::Connected
                } else {
                    StandingAs::Alerting
                };
                self.announce(now_ms, stage)
            }
            Phase::Talking(other) if is_caller || other == call => {
                self.phase = Phase::Leaving;
                vec![hang_up(if is_caller { other } else { self.caller })]
            }
            _ => Vec::new(),
        }
    }

    fn leave(&mut self) -> Vec<Step> {
        let mut steps = vec![hang_up(self.caller)];
        if let Phase::Dialing(other) | Phase::Talking(other) = self.phase {
            steps.push(hang_up(other));
        }
        self.phase = Phase::Leaving;
        steps
    }
}

fn hang_up(call: CallId) -> Step {
    Step::Do(Effect::Hangup {
        call,
        headers: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: CallId = 1;
    const AGENT: CallId = 2;
    const FALLBACK: CallId = CALLER + CallId::MAX / 2;

    fn standing(call: CallId, stage: StandingAs, hears: Option<CallId>) -> Standing {
        Standing {
            call,
            incoming: call == CALLER,
            stage,
            hears,
        }
    }

    fn begin(treatment: &str, answers: bool, calls: &[Standing]) -> (Care, Vec<String>) {
        let order = Order {
            treatment: treatment.parse().unwrap(),
            answers,
            ring_timeout_ms: 30_000,
            callerid: "111".into(),
        };
        let (care, steps) = Care::begin(0, order, calls);
        (care, names(&steps))
    }

    fn names(steps: &[Step]) -> Vec<String> {
        steps.iter().map(name).collect()
    }

    fn name(step: &Step) -> String {
        match step {
            Step::Announce(_) => "announce".into(),
            Step::Do(Effect::Answer { call, .. }) => format!("answer {call}"),
            Step::Do(Effect::Ring { call, .. }) => format!("ring {call}"),
            Step::Do(Effect::Reject { call, code, .. }) => format!("reject {call} {code}"),
            Step::Do(Effect::Hangup { call, .. }) => format!("hang up {call}"),
            Step::Do(Effect::Dial { target, .. }) => format!("dial {target:?}"),
            Step::Do(Effect::SendMedia { from, to }) => format!("{from:?} to {to:?}"),
            Step::Do(other) => format!("{other:?}"),
        }
    }

    fn connected(call: CallId) -> Input {
        Input::CallConnected {
            call,
            headers: vec![],
        }
    }

    fn failed(call: CallId) -> Input {
        Input::CallFailed {
            call,
            code: 486,
            reason: String::new(),
            headers: vec![],
        }
    }

    fn gone(call: CallId) -> Input {
        Input::CallDisconnected {
            call,
            duration_ms: 0,
            internal_code: 16,
            reason: String::new(),
            headers: vec![],
        }
    }

    #[test]
    fn every_stage_of_a_caller_has_its_treatment() {
        use StandingAs::{Alerting, Answering, Connected};
        for (treatment, answers, stage, expected) in [
            ("refuse", true, Alerting, vec!["reject 1 503"]),
            ("refuse", true, Answering, vec!["hang up 1"]),
            ("refuse", true, Connected, vec!["hang up 1"]),
            ("announce", false, Alerting, vec!["reject 1 503"]),
            ("announce", true, Alerting, vec!["answer 1"]),
            ("announce", false, Answering, vec![]),
            (
                "announce",
                false,
                Connected,
                vec!["announce", "Player(4294967295) to Call(1)"],
            ),
        ] {
            let calls = [standing(CALLER, stage, None)];
            let (_, steps) = begin(treatment, answers, &calls);
            assert_eq!(steps, expected, "{treatment} {answers} {stage:?}");
        }
    }

    #[test]
    fn the_announcement_ends_the_call_and_so_does_its_deadline() {
        let calls = [standing(CALLER, StandingAs::Alerting, None)];
        let (mut care, _) = begin("announce", true, &calls);
        let steps = names(&care.handle(5, &connected(CALLER)));
        assert_eq!(steps[0], "announce");
        let finished = Input::PlayerFinished {
            player: ANNOUNCEMENT,
            error: None,
        };
        assert_eq!(names(&care.handle(9, &finished)), ["hang up 1"]);
        let (mut care, _) = begin(
            "announce",
            true,
            &[standing(CALLER, StandingAs::Connected, None)],
        );
        let due = care.next_deadline_ms().unwrap();
        assert!(care.handle(due - 1, &Input::Tick).is_empty());
        assert_eq!(names(&care.handle(due, &Input::Tick)), ["hang up 1"]);
    }

    #[test]
    fn people_who_talk_are_left_talking_and_others_let_go() {
        let calls = [
            standing(CALLER, StandingAs::Connected, Some(AGENT)),
            standing(AGENT, StandingAs::Connected, Some(CALLER)),
            standing(3, StandingAs::Dialing, None),
        ];
        let (mut care, steps) = begin("announce", true, &calls);
        assert_eq!(steps, ["hang up 3"]);
        assert_eq!(names(&care.handle(1, &gone(AGENT))), ["hang up 1"]);
        assert!(care.handle(1, &gone(CALLER)).is_empty());
    }

    #[test]
    fn a_fallback_that_answers_talks_and_one_that_does_not_is_announced() {
        let calls = [
            standing(CALLER, StandingAs::Alerting, None),
            standing(AGENT, StandingAs::Dialing, None),
        ];
        let (mut care, steps) = begin("dial user:anna", true, &calls);
        assert_eq!(
            steps,
            ["hang up 2", "ring 1", "dial User { user: \"anna\" }"]
        );
        let joined = names(&care.handle(1, &connected(FALLBACK)));
        assert_eq!(joined.len(), 3, "{joined:?}");
        assert_eq!(joined[0], "answer 1");
        assert_eq!(
            names(&care.handle(2, &gone(CALLER))),
            [format!("hang up {FALLBACK}")]
        );
        let (mut care, _) = begin("dial +7495", true, &calls);
        assert_eq!(names(&care.handle(1, &failed(FALLBACK))), ["answer 1"]);
        let (mut care, _) = begin("dial sip:a@b", false, &calls);
        assert_eq!(names(&care.handle(1, &failed(FALLBACK))), ["reject 1 503"]);
        let (mut care, _) = begin("dial sip:a@b", false, &calls);
        assert_eq!(
            names(&care.handle(1, &gone(CALLER))),
            [format!("hang up {FALLBACK}")]
        );
    }

    #[test]
    fn a_treatment_is_one_of_the_known() {
        for wrong in [
            "",
            "dial",
            "dial ",
            "dial user:",
            "dial sip:",
            "dial x1",
            "play",
        ] {
            assert!(wrong.parse::<Treatment>().is_err(), "{wrong:?}");
        }
        let number = "dial +7495".parse::<Treatment>();
        let expected = Treatment::Dial(Fallback::Number("7495".into()));
        assert_eq!(number, Ok(expected));
    }
}
