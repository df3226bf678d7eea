//! Commands to a session's access URL, and its answer to `status`.

use super::transfer::{TransferCommand, read_party};
use super::{FieldError, Fields};
use acd::{CallId, Contact, LeaveReason, LongerWait, OfferId, Say, SessionDoing};
use serde_json::{Value, json};

/// One command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SessionCommand {
    /// Dial an agent.
    Connect {
        /// The offer.
        offer: OfferId,
        /// Where the agent is.
        contact: Contact,
        /// How long to ring, milliseconds.
        ring_timeout_ms: u64,
        /// What the agent's phone shows.
        caller_id: String,
    },
    /// Stop dialling.
    CancelOffer {
        /// The offer.
        offer: OfferId,
    },
    /// Tell the caller where it stands.
    Announce {
        /// Which announcement of the call: the journal number that caused it.
        seq: u64,
        /// Position from 1.
        position: usize,
        /// Expected wait.
        estimated_wait_ms: Option<u64>,
        /// Why it is longer than before.
        longer: Option<LongerWait>,
    },
    /// Tell the caller something.
    Say {
        /// Which saying: the journal number that caused it.
        seq: u64,
        /// The text.
        text: String,
        /// Its language.
        language: String,
    },
    /// Ask the caller about the agent when that agent hangs up.
    AskManager {
        /// Which question: the journal number that caused it.
        seq: u64,
        /// The agent's name for people.
        agent_name: String,
        /// Not after a shorter talk, milliseconds.
        talk_ms_min: u64,
    },
    /// Ask the caller whether to be called back.
    OfferCallback {
        /// Which asking: the journal number that caused it.
        seq: u64,
        /// The number that would be called; `None`: it is to be asked for.
        number: Option<String>,
        /// Whether the caller may name another one.
        other_numbers: bool,
    },
    /// Let the caller go: the call is over.
    HangUp {
        /// The call, of which there is one in a session.
        call: CallId,
        /// Why.
        why: LeaveReason,
        /// What the caller is told first.
        say: Option<Say>,
    },
    /// Something about a transfer.
    Transfer(TransferCommand),
    /// Do you live? A `status` whose answer does not matter.
    Probe {
        /// Which question.
        question: String,
    },
    /// Say what you are doing.
    Status {
        /// Which question; unique over restarts, for an old answer is no use.
        question: String,
    },
}

impl SessionCommand {
    /// Dial an agent.
    pub(crate) fn connect(
        offer: OfferId,
        contact: Contact,
        ring_timeout_ms: u64,
        caller_id: String,
    ) -> Self {
        Self::Connect {
            offer,
            contact,
            ring_timeout_ms,
            caller_id,
        }
    }

    /// The id under which the session does it once. The same for every retry.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Connect { offer, .. } => format!("{offer}.connect"),
            Self::CancelOffer { offer } => format!("{offer}.cancel"),
            Self::Announce { seq, .. } => format!("announce.{seq}"),
            Self::Say { seq, .. } => format!("say.{seq}"),
            Self::AskManager { seq, .. } => format!("ask_manager.{seq}"),
            Self::OfferCallback { seq, .. } => format!("offer_callback.{seq}"),
            Self::HangUp { call, .. } => format!("{call}.hang_up"),
            Self::Transfer(command) => command.id(),
            Self::Probe { question } | Self::Status { question } => format!("status.{question}"),
        }
    }

    /// The contract's word for it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Connect { .. } => "connect",
            Self::CancelOffer { .. } => "cancel_offer",
            Self::Announce { .. } => "announce",
            Self::Say { .. } => "say",
            Self::AskManager { .. } => "ask_manager",
            Self::OfferCallback { .. } => "offer_callback",
            Self::HangUp { .. } => "hang_up",
            Self::Transfer(command) => command.word(),
            Self::Probe { .. } | Self::Status { .. } => "status",
        }
    }

    /// The body.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({"command_id": self.id(), "command": self.word()});
        match self {
            Self::Connect {
                offer,
                contact,
                ring_timeout_ms,
                caller_id,
            } => {
                write_dial(&mut body, *offer, contact, *ring_timeout_ms, caller_id);
            }
            Self::CancelOffer { offer } => body["offer_id"] = json!(offer.to_string()),
            Self::HangUp { why, say, .. } => {
                body["why"] = json!(why);
                if let Some(say) = say {
                    body["say"] = json!(say);
                }
            }
            Self::Announce {
                position,
                estimated_wait_ms,
                longer,
                ..
            } => {
                body["position"] = json!(position);
                body["estimated_wait_ms"] = json!(estimated_wait_ms);
                if let Some(longer) = longer {
                    body["longer"] = json!(longer);
                }
            }
            Self::Say { text, language, .. } => {
                body["text"] = json!(text);
                body["language"] = json!(language);
            }
            Self::AskManager {
                agent_name,
                talk_ms_min,
                ..
            } => {
                body["agent_name"] = json!(agent_name);
                body["talk_ms_min"] = json!(talk_ms_min);
            }
            Self::Transfer(command) => command.write(&mut body),
            Self::OfferCallback {
                number,
                other_numbers,
                ..
            } => {
                body["number"] = json!(number);
                body["other_numbers"] = json!(other_numbers);
            }
            Self::Probe { .. } | Self::Status { .. } => {}
        }
        body
    }
}

/// Whom a session is to ring, and how.
pub(super) fn write_dial(
    body: &mut Value,
    offer: OfferId,
    contact: &Contact,
    ring_timeout_ms: u64,
    caller_id: &str,
) {
    body["offer_id"] = json!(offer.to_string());
    body["contact"] = contact_json(contact);
    body["ring_timeout_ms"] = json!(ring_timeout_ms);
    body["caller_id"] = json!(caller_id);
}

pub(super) fn contact_json(contact: &Contact) -> Value {
    match contact {
        Contact::User { user } => json!({"type": "user", "user": user}),
        Contact::Sip { uri } => json!({"type": "sip", "uri": uri}),
        Contact::Phone { number } => json!({"type": "phone", "number": number}),
    }
}

/// Reads the answer to `status`.
pub(crate) fn read_status(answer: &Value) -> Result<SessionDoing, FieldError> {
    const TEXT_BYTES_MAX: usize = 64;
    let fields = Fields::of(answer)?;
    let offer_in = |field: &'static str| {
        let text = fields.text(field, TEXT_BYTES_MAX)?;
        OfferId::parse(text).ok_or_else(|| FieldError::new(field, "offer id such as o42"))
    };
    let offer = || offer_in("offer_id");
    match fields.text("doing", TEXT_BYTES_MAX)? {
        "waiting" => Ok(SessionDoing::Waiting),
        "offering" => Ok(SessionDoing::Offering {
            offer_id: offer()?,
            others: other_offers(&fields)?,
        }),
        "talking" => Ok(SessionDoing::Talking { offer_id: offer()? }),
        "consulting" => Ok(SessionDoing::Consulting {
            offer_id: offer()?,
            consult_id: offer_in("consult_id")?,
            with: read_party(&fields)?,
        }),
        "calling_back" => Ok(SessionDoing::CallingBack {
            offer_id: match fields.optional_text("offer_id", TEXT_BYTES_MAX)? {
                None => None,
                Some(_) => Some(offer()?),
            },
        }),
        "ending" => Ok(SessionDoing::Ending),
        _ => Err(FieldError::new(
            "doing",
            "one of waiting, offering, talking, consulting, calling_back, ending",
        )),
    }
}

/// `offer_ids` of a session that rings several phones at once; may repeat
/// `offer_id`.
fn other_offers(fields: &Fields<'_>) -> Result<Vec<OfferId>, FieldError> {
    const TEXT_BYTES_MAX: usize = 64;
    let wrong = || FieldError::new("offer_ids", "offer ids such as o42");
    let texts = fields.texts("offer_ids", 2 * acd::RING_AT_ONCE_MAX, TEXT_BYTES_MAX)?;
    texts
        .into_iter()
        .map(|text| OfferId::parse(text).ok_or_else(wrong))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connect_has_the_fields_of_the_contract() {
        let command = SessionCommand::Connect {
            offer: OfferId(42),
            contact: Contact::User {
                user: "anna".into(),
            },
            ring_timeout_ms: 20_000,
            caller_id: "+7".into(),
        };
        let expected = json!({"command_id": "o42.connect", "command": "connect", "offer_id": "o42",
            "contact": {"type": "user", "user": "anna"}, "ring_timeout_ms": 20_000, "caller_id": "+7"});
        assert_eq!(command.body(), expected);
    }

    #[test]
    fn what_is_said_and_asked_has_the_fields_of_the_contract() {
        let say = SessionCommand::Say {
            seq: 7,
            text: "Hello".into(),
            language: "en".into(),
        };
        assert_eq!(
            say.body(),
            json!({"command_id": "say.7", "command": "say", "text": "Hello", "language": "en"})
        );
        let ask = SessionCommand::AskManager {
            seq: 8,
            agent_name: "Anna".into(),
            talk_ms_min: 5_000,
        };
        let expected = json!({"command_id": "ask_manager.8", "command": "ask_manager",
            "agent_name": "Anna", "talk_ms_min": 5_000});
        assert_eq!(ask.body(), expected);
    }

    #[test]
    fn hang_up_says_why_in_the_callers_language() {
        let command = SessionCommand::HangUp {
            call: CallId(7),
            why: LeaveReason::Closed,
            say: Some(Say {
                text: "Закрыто.".into(),
                language: "ru".into(),
            }),
        };
        let expected = json!({"command_id": "c7.hang_up", "command": "hang_up", "why": "closed",
            "say": {"text": "Закрыто.", "language": "ru"}});
        assert_eq!(command.body(), expected);
    }

    #[test]
    fn an_unknown_wait_is_null_and_not_absent() {
        let body = SessionCommand::Announce {
            seq: 9,
            position: 2,
            estimated_wait_ms: None,
            longer: None,
        }
        .body();
        assert_eq!(body["estimated_wait_ms"], Value::Null);
        assert!(body.as_object().unwrap().contains_key("estimated_wait_ms"));
        assert!(!body.as_object().unwrap().contains_key("longer"));
    }

    #[test]
    fn a_longer_wait_comes_with_its_reason() {
        let body = SessionCommand::Announce {
            seq: 9,
            position: 2,
            estimated_wait_ms: Some(600_000),
            longer: Some(LongerWait::FewerAgents),
        }
        .body();
        assert_eq!(body["longer"], "fewer_agents");
    }

    #[test]
    fn a_status_answer_is_read_or_refused_by_name() {
        let talking = read_status(&json!({"doing": "talking", "offer_id": "o7"}));
        assert_eq!(
            talking,
            Ok(SessionDoing::Talking {
                offer_id: OfferId(7)
            })
        );
        let several = json!({"doing": "offering", "offer_id": "o7", "offer_ids": ["o7", "o8"]});
        assert_eq!(
            read_status(&several),
            Ok(SessionDoing::Offering {
                offer_id: OfferId(7),
                others: vec![OfferId(7), OfferId(8)]
            })
        );
        assert_eq!(
            read_status(&json!({"doing": "waiting"})),
            Ok(SessionDoing::Waiting)
        );
        assert_eq!(
            read_status(&json!({"doing": "offering"}))
                .unwrap_err()
                .field,
            "offer_id"
        );
        assert_eq!(read_status(&json!("fine")).unwrap_err().field, "body");
    }
}
