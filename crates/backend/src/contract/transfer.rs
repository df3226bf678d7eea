//! Transfers in the contract: what agents' clients ask, and what sessions are
//! told.

use super::session_command::write_dial;
use super::{FieldError, Fields};
use acd::{
    ActivityView, AgentId, AgentView, Center, ConsultParty, Contact, DevicePresence, Effect,
    Intent, OfferId, TransferRefusal, TransferRequest, TransferTarget,
};
use serde_json::{Value, json};

/// Names of agents and queues, and numbers, are short.
const TEXT_BYTES_MAX: usize = 128;

/// One command about a transfer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TransferCommand {
    /// The agent leaves, the caller waits.
    Release {
        /// The agent's offer.
        offer: OfferId,
    },
    /// What the agent's phone asked for is not done.
    Refuse {
        /// Which answer: the journal number that caused it.
        seq: u64,
        /// The agent's offer.
        offer: OfferId,
        /// Why.
        refusal: TransferRefusal,
    },
    /// A colleague is rung for a word with the agent.
    Consult {
        /// The colleague's offer.
        offer: OfferId,
        /// Where the colleague is.
        contact: Contact,
        /// How long to ring, milliseconds.
        ring_timeout_ms: u64,
        /// What the colleague's phone shows.
        caller_id: String,
    },
    /// The colleague has the caller, the agent leaves.
    Complete {
        /// The colleague's offer.
        offer: OfferId,
    },
    /// Who speaks with whom.
    Join {
        /// Which change: the journal number that caused it.
        seq: u64,
        /// The colleague's offer.
        offer: OfferId,
        /// Whom the agent speaks with.
        with: ConsultParty,
    },
}

impl TransferCommand {
    /// The command that an effect stands for; `None` for other effects.
    pub(crate) fn of(effect: &Effect, seq: u64) -> Option<Self> {
        Some(match effect {
            Effect::ReleaseAgent { offer, .. } => Self::Release { offer: *offer },
            Effect::RefuseTransfer { offer, refusal, .. } => Self::Refuse {
                seq,
                offer: *offer,
                refusal: *refusal,
            },
            Effect::Consult {
                offer,
                contact,
                ring_timeout_ms,
                caller_id,
                ..
            } => Self::Consult {
                offer: *offer,
                contact: contact.clone(),
                ring_timeout_ms: *ring_timeout_ms,
                caller_id: caller_id.clone(),
            },
            Effect::CompleteTransfer { offer, .. } => Self::Complete { offer: *offer },
            Effect::JoinConsult { offer, with, .. } => Self::Join {
                seq,
                offer: *offer,
                with: *with,
            },
            _ => return None,
        })
    }

    /// The id under which the session does it once.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Release { offer } => format!("{offer}.release"),
            Self::Refuse { seq, .. } => format!("refuse_transfer.{seq}"),
            Self::Consult { offer, .. } => format!("{offer}.consult"),
            Self::Complete { offer } => format!("{offer}.complete"),
            Self::Join { seq, .. } => format!("join.{seq}"),
        }
    }

    /// The contract's word for it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Release { .. } => "release_agent",
            Self::Refuse { .. } => "refuse_transfer",
            Self::Consult { .. } => "consult",
            Self::Complete { .. } => "complete_transfer",
            Self::Join {
                with: ConsultParty::All,
                ..
            } => "merge",
            Self::Join {
                with: ConsultParty::Colleague | ConsultParty::Caller,
                ..
            } => "swap",
        }
    }

    /// Writes the fields of the body.
    pub(crate) fn write(&self, body: &mut Value) {
        match self {
            Self::Release { offer } | Self::Complete { offer } => {
                body["offer_id"] = json!(offer.to_string());
            }
            Self::Refuse { offer, refusal, .. } => {
                body["offer_id"] = json!(offer.to_string());
                body["why"] = json!(refusal.word());
            }
            Self::Consult {
                offer,
                contact,
                ring_timeout_ms,
                caller_id,
            } => {
                write_dial(body, *offer, contact, *ring_timeout_ms, caller_id);
            }
            Self::Join { offer, with, .. } => {
                body["offer_id"] = json!(offer.to_string());
                body["with"] = json!(with);
            }
        }
    }
}

/// Whom the agent of a consult speaks with, in the answer to `status`; `None`
/// while the colleague's phone rings.
pub(crate) fn read_party(fields: &Fields<'_>) -> Result<Option<ConsultParty>, FieldError> {
    match fields.text("with", TEXT_BYTES_MAX)? {
        "nobody" => Ok(None),
        "colleague" => Ok(Some(ConsultParty::Colleague)),
        "caller" => Ok(Some(ConsultParty::Caller)),
        "all" => Ok(Some(ConsultParty::All)),
        _ => Err(FieldError::new(
            "with",
            "one of nobody, colleague, caller, all",
        )),
    }
}

/// Reads `{action, to?, or_back?}`.
pub(crate) fn read_transfer(body: &Value) -> Result<TransferRequest, FieldError> {
    let fields = Fields::of(body)?;
    Ok(match fields.text("action", TEXT_BYTES_MAX)? {
        "blind" => TransferRequest::Blind {
            to: target(&fields)?,
            or_back: match fields.value("or_back") {
                None => false,
                Some(value) => value
                    .as_bool()
                    .ok_or_else(|| FieldError::new("or_back", "true or false"))?,
            },
        },
        "consult" => TransferRequest::Consult {
            to: target(&fields)?,
        },
        "complete" => TransferRequest::Complete,
        "swap" => TransferRequest::Swap,
        "merge" => TransferRequest::Merge,
        "cancel" => TransferRequest::Cancel,
        _ => {
            return Err(FieldError::new(
                "action",
                "one of blind, consult, complete, swap, merge, cancel",
            ));
        }
    })
}

/// Reads `to`: `{type, agent|queue|number}`.
fn target(fields: &Fields<'_>) -> Result<TransferTarget, FieldError> {
    let wrong = || FieldError::new("to", "{type: agent, queue or number, and its name}");
    let to = Fields::of(fields.value("to").ok_or_else(wrong)?).map_err(|_| wrong())?;
    let named = |field| to.filled_text(field, TEXT_BYTES_MAX).map_err(|_| wrong());
    match to.text("type", TEXT_BYTES_MAX).map_err(|_| wrong())? {
        "agent" => Ok(TransferTarget::Agent {
            agent: named("agent")?.into(),
        }),
        "queue" => Ok(TransferTarget::Queue {
            queue: named("queue")?.into(),
        }),
        "number" => {
            let written = named("number")?;
            let is_filler = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}');
            Ok(TransferTarget::Number {
                number: written.replace(is_filler, ""),
            })
        }
        _ => Err(wrong()),
    }
}

/// Everybody to whom an agent may hand a caller over: colleagues who are logged
/// in, with what they do; open queues; and whether outside numbers are allowed.
pub(crate) fn targets_json(center: &Center, agent: &AgentId) -> Value {
    let colleagues: Vec<Value> = center
        .agents()
        .iter()
        .filter(|view| view.agent != *agent && view.intent != Intent::Offline)
        .map(|view| {
            json!({
                "agent": view.agent,
                "display_name": view.display_name,
                "state": colleague_state(view),
            })
        })
        .collect();
    let queues: Vec<Value> = center
        .queues()
        .iter()
        .map(|view| {
            json!({
                "queue": view.queue,
                "waiting": view.waiting,
                "agents_free": view.agents_free,
                "is_open": view.is_open,
            })
        })
        .collect();
    let rule = center.configuration().map(|own| own.transfers.clone());
    let rule = rule.unwrap_or_default();
    json!({
        "agents": colleagues,
        "queues": queues,
        "numbers": rule.numbers,
        "other_numbers": rule.opens_prefixes_to(agent),
    })
}

/// `free`, `busy`, `not_ready` or `phone_absent`: what a transfer would meet.
fn colleague_state(view: &AgentView) -> &'static str {
    if view.intent != Intent::Ready {
        return "not_ready";
    }
    match view.activity {
        ActivityView::Idle if view.ban.is_some() => "busy",
        ActivityView::Idle if view.phone == DevicePresence::Absent => "phone_absent",
        ActivityView::Unreachable { .. } => "phone_absent",
        ActivityView::Idle => "free",
        ActivityView::Reserved
        | ActivityView::Ringing
        | ActivityView::Talking
        | ActivityView::Consulting
        | ActivityView::Held
        | ActivityView::WrapUp { .. } => "busy",
    }
}

/// A refusal as people read it; the page has its own words for each code.
pub(crate) fn refusal_message(refusal: TransferRefusal) -> &'static str {
    match refusal {
        TransferRefusal::NoTalk => "you talk to no caller",
        TransferRefusal::Oneself => "to: this is you",
        TransferRefusal::Unknown => "to: nobody of that name or number",
        TransferRefusal::Offline => "to: this colleague is not logged in",
        TransferRefusal::NotReady => "to: this colleague is on a break",
        TransferRefusal::Busy => "to: this colleague is busy",
        TransferRefusal::PhoneAbsent => "to: this colleague has no phone",
        TransferRefusal::QueueFull => "to: this queue is full",
        TransferRefusal::QueueClosed => "to: this queue is closed now",
        TransferRefusal::NobodyThere => "to: nobody of this queue is there",
        TransferRefusal::NotAllowed => "to: transfers to this number are not allowed",
        TransferRefusal::Consulting => "a colleague is asked already: complete or cancel first",
        TransferRefusal::NoColleague => "no colleague is on the line",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_or_refused_by_name() {
        let blind = json!({"action": "blind", "or_back": true,
            "to": {"type": "number", "number": "+7 (900) 123-45-67"}});
        let expected = TransferRequest::Blind {
            to: TransferTarget::Number {
                number: "+79001234567".into(),
            },
            or_back: true,
        };
        assert_eq!(read_transfer(&blind), Ok(expected));
        let consult = json!({"action": "consult", "to": {"type": "queue", "queue": "sales"}});
        assert!(matches!(
            read_transfer(&consult),
            Ok(TransferRequest::Consult { .. })
        ));
        for (body, field) in [
            (json!({"action": "dance"}), "action"),
            (json!({"action": "blind"}), "to"),
            (json!({"action": "blind", "to": "anna"}), "to"),
            (json!({"action": "consult", "to": {"type": "agent"}}), "to"),
            (
                json!({"action": "blind", "or_back": 1, "to": {"type": "agent", "agent": "a"}}),
                "or_back",
            ),
        ] {
            assert_eq!(read_transfer(&body).unwrap_err().field, field, "{body}");
        }
    }

    #[test]
    fn swap_and_merge_are_two_words_of_one_change() {
        let join = |with| TransferCommand::Join {
            seq: 7,
            offer: OfferId(42),
            with,
        };
        let mut body = json!({});
        let swap = join(ConsultParty::Caller);
        swap.write(&mut body);
        assert_eq!(body, json!({"offer_id": "o42", "with": "caller"}));
        assert_eq!((swap.word(), swap.id().as_str()), ("swap", "join.7"));
        assert_eq!(join(ConsultParty::All).word(), "merge");
    }
}
