//! Transfers: an agent hands a caller over to a colleague, a queue or a number,
//! at once (blind) or after a word with the one who takes over (attended).

use crate::id::{AgentId, Millis, OfferId, QueueId};
use crate::offer::Offer;
use crate::target::{KeptParty, Target};
use serde::{Deserialize, Serialize};

/// How long a transferred caller waits for the wanted colleague, milliseconds,
/// when nothing else is configured: a usual ring timeout and half of it again.
const AGENT_WAIT_MS: Millis = 30_000;

/// Longest number that is dialled: 15 digits (E.164) with a prefix before.
const NUMBER_DIGITS_MAX: usize = 20;

/// What the owner says of transfers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TransferRule {
    /// A caller who was transferred to an agent waits so long for that agent,
    /// milliseconds, and is then led back or to anybody of the queue.
    pub agent_wait_ms: u64,
    /// Outside numbers that callers may be transferred to begin with one of
    /// these; none is the default, since a stranger who talks an agent into a
    /// transfer would otherwise call at the owner's cost.
    pub outside_prefixes: Vec<String>,
    /// Who may transfer to numbers of these prefixes; nobody named is every
    /// agent.
    pub outside_agents: Vec<AgentId>,
    /// Outside numbers that every agent may transfer to.
    pub numbers: Vec<NamedNumber>,
}

/// An outside number under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedNumber {
    /// Its name for people.
    pub name: String,
    /// The number, digits with an optional leading `+`.
    pub number: String,
}

impl Default for TransferRule {
    fn default() -> Self {
        Self {
            agent_wait_ms: AGENT_WAIT_MS,
            outside_prefixes: Vec::new(),
            outside_agents: Vec::new(),
            numbers: Vec::new(),
        }
    }
}

impl TransferRule {
    /// Whether an agent may dial numbers that are not configured one by one.
    pub fn opens_prefixes_to(&self, agent: &AgentId) -> bool {
        let is_named = self.outside_agents.is_empty() || self.outside_agents.contains(agent);
        is_named && !self.outside_prefixes.is_empty()
    }

    /// Whether an agent may transfer callers to a number.
    pub(crate) fn allows(&self, agent: &AgentId, number: &str) -> bool {
        let digits = number.strip_prefix('+').unwrap_or(number);
        let is_number = !digits.is_empty()
            && digits.len() <= NUMBER_DIGITS_MAX
            && digits.bytes().all(|b| b.is_ascii_digit());
        let begins = |prefix: &String| !prefix.is_empty() && number.starts_with(prefix.as_str());
        let is_named = self.numbers.iter().any(|own| own.number == number);
        let begins_so = || self.outside_prefixes.iter().any(begins);
        is_number && (is_named || self.opens_prefixes_to(agent) && begins_so())
    }
}

/// Whom a caller is transferred to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TransferTarget {
    /// A colleague.
    Agent {
        /// User name.
        agent: AgentId,
    },
    /// Whoever of a queue is free.
    Queue {
        /// Its name.
        queue: QueueId,
    },
    /// Somebody outside of the centre.
    Number {
        /// The number, digits with an optional leading `+`.
        number: String,
    },
}

/// What an agent wants done with the caller of the talk at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum TransferRequest {
    /// The agent leaves at once, the caller waits for the target.
    Blind {
        /// The target.
        to: TransferTarget,
        /// A colleague or number who does not take it in time: the caller comes back to
        /// this agent rather than to anybody of the queue.
        #[serde(default)]
        or_back: bool,
    },
    /// The caller is put on hold and the target is rung; a queue stands for
    /// one agent of it who is free.
    Consult {
        /// The target.
        to: TransferTarget,
    },
    /// The colleague has the caller, the agent leaves.
    Complete,
    /// The agent speaks with the other one of caller and colleague.
    Swap,
    /// All three speak.
    Merge,
    /// The colleague leaves, the agent speaks with the caller.
    Cancel,
}

/// Whom the agent who asked a colleague speaks with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsultParty {
    /// The colleague; the caller is on hold.
    Colleague,
    /// The caller; the colleague is on hold.
    Caller,
    /// Both.
    All,
}

/// Why a transfer was not done. The talk is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferRefusal {
    /// The agent talks to no caller.
    NoTalk,
    /// To oneself.
    Oneself,
    /// No such agent, queue or number.
    Unknown,
    /// The colleague is not logged in.
    Offline,
    /// The colleague has chosen a break.
    NotReady,
    /// The colleague is at work on a call or writes one up.
    Busy,
    /// The colleague's phone is not there, or the page that is needed.
    PhoneAbsent,
    /// The queue has its greatest length.
    QueueFull,
    /// The queue is outside of its opening hours.
    QueueClosed,
    /// No agent of the queue is logged in, or for a consult none is free.
    NobodyThere,
    /// The owner does not allow this number.
    NotAllowed,
    /// A colleague is being asked already: complete or cancel that first.
    Consulting,
    /// There is no colleague to speak with: none was asked, or the phone still
    /// rings.
    NoColleague,
}

impl TransferRefusal {
    /// All refusals.
    pub const ALL: [Self; 13] = [
        Self::NoTalk,
        Self::Oneself,
        Self::Unknown,
        Self::Offline,
        Self::NotReady,
        Self::Busy,
        Self::PhoneAbsent,
        Self::QueueFull,
        Self::QueueClosed,
        Self::NobodyThere,
        Self::NotAllowed,
        Self::Consulting,
        Self::NoColleague,
    ];

    /// The word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoTalk => "no_talk",
            Self::Oneself => "oneself",
            Self::Unknown => "unknown",
            Self::Offline => "offline",
            Self::NotReady => "not_ready",
            Self::Busy => "busy",
            Self::PhoneAbsent => "phone_absent",
            Self::QueueFull => "queue_full",
            Self::QueueClosed => "queue_closed",
            Self::NobodyThere => "nobody_there",
            Self::NotAllowed => "not_allowed",
            Self::Consulting => "consulting",
            Self::NoColleague => "no_colleague",
        }
    }
}

/// How the caller got from one agent to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// At once.
    Blind,
    /// After a word with the one who took over.
    Attended,
}

/// A colleague who is asked during a talk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Consult {
    /// The ringing of the colleague's phone.
    pub(crate) offer: Offer,
    /// `None` while the phone rings.
    pub(crate) joined: Option<Joined>,
}

impl Consult {
    /// Who is asked.
    pub(crate) fn colleague(&self) -> Target {
        self.offer.target
    }
}

/// A colleague who has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Joined {
    pub(crate) since: Millis,
    pub(crate) with: ConsultParty,
}

/// The last consult of a talk that is over, for the agent's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PastConsult {
    pub(crate) offer: OfferId,
    #[serde(rename = "agent")]
    pub(crate) party: KeptParty,
    pub(crate) outcome: String,
    pub(crate) at: Millis,
}

/// The target that somebody dialled or typed, in one form: without scheme,
/// host and parameters. `None` for nothing at all.
pub(crate) fn bare_target(written: &str) -> Option<&str> {
    let text = written.trim();
    let text = text.split_once('<').map_or(text, |(_, inner)| inner);
    let text = ["sip:", "sips:", "tel:"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .unwrap_or(text);
    let text = text.split(['@', ';', '?', '>']).next().unwrap_or_default();
    (!text.trim().is_empty()).then(|| text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_in_every_form_in_which_phones_write_it() {
        for written in [
            "boris",
            " sip:boris@example.org ",
            "<sip:boris@example.org;user=phone>",
            "\"Boris\" <sips:boris@example.org>;tag=1",
            "sip:boris@example.org?Replaces=1",
        ] {
            assert_eq!(bare_target(written), Some("boris"), "{written}");
        }
        assert_eq!(bare_target("tel:+7900;ext=1"), Some("+7900"));
        for nothing in ["", "  ", "sip:@host", "<>"] {
            assert_eq!(bare_target(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn nobody_is_transferred_outside_unless_the_owner_allows_it() {
        let none = TransferRule::default();
        let anna = AgentId::from("anna");
        assert!(!none.allows(&anna, "+79001234567"));
        let some = TransferRule {
            outside_prefixes: vec!["+7".into(), String::new()],
            ..none
        };
        assert!(some.allows(&anna, "+79001234567"));
        for refused in [
            "89001234567",
            "+",
            "",
            "+7900123456x",
            "+790012345678901234567",
        ] {
            assert!(!some.allows(&anna, refused), "{refused}");
        }
    }

    #[test]
    fn only_who_is_named_dials_what_is_not_configured() {
        let rule = TransferRule {
            outside_prefixes: vec!["+7".into()],
            outside_agents: vec!["anna".into()],
            numbers: vec![NamedNumber {
                name: "Pharmacy".into(),
                number: "+4420001".into(),
            }],
            ..TransferRule::default()
        };
        let (anna, boris) = (AgentId::from("anna"), AgentId::from("boris"));
        assert!(rule.allows(&anna, "+79001234567"));
        assert!(!rule.allows(&boris, "+79001234567"));
        assert!(rule.allows(&boris, "+4420001"));
        assert!(!rule.allows(&anna, "+4420002"));
    }

    #[test]
    fn refusals_are_written_as_they_are_spoken_of() {
        for refusal in TransferRefusal::ALL {
            let written = serde_json::to_value(refusal).ok();
            assert_eq!(written, Some(refusal.word().into()));
        }
    }
}
