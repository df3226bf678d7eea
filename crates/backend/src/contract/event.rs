//! `POST /api/v1/calls/{call_id}/events`: a session reports.

use super::{FieldError, Fields};
use crate::clock::from_rfc3339;
use acd::{CallbackFailure, EndedBy, ManagerAnswer, Millis, OfferFailure, OfferId, SessionEvent};
use serde_json::Value;

/// Reasons and addresses; SIP reason phrases are a few words.
const TEXT_BYTES_MAX: usize = 2_048;

/// A telephone number, however it is written.
const NUMBER_BYTES_MAX: usize = 256;

const TYPES: &str = "one of offer_ringing, offer_answered, offer_failed, talk_started, talk_ended, agent_left, \
                     transfer_requested, consult_ended, transfer_completed, agent_replaced, caller_left, \
                     digit, manager_choice, talk_rated, callback_taken, callback_dialled, callback_answered, \
                     callback_failed, recording, recording_failed, session_ended";

/// One report.
pub(crate) struct ReportedEvent {
    /// The session's running number, from 1.
    pub(crate) seq: u64,
    /// When it happened, by the session's clock.
    pub(crate) at: Millis,
    /// What happened.
    pub(crate) event: SessionEvent,
}

/// Reads the body.
pub(crate) fn read_event(body: &Value) -> Result<ReportedEvent, FieldError> {
    let fields = Fields::of(body)?;
    let seq = fields.number("seq")?;
    if seq == 0 {
        return Err(FieldError::new("seq", "integer, 1 or more"));
    }
    let at = from_rfc3339(fields.text("at", TEXT_BYTES_MAX)?)
        .ok_or_else(|| FieldError::new("at", "RFC 3339 time such as 2026-11-22T08:30:00.123Z"))?;
    Ok(ReportedEvent {
        seq,
        at,
        event: session_event(&fields)?,
    })
}

fn session_event(fields: &Fields<'_>) -> Result<SessionEvent, FieldError> {
    let event = match fields.text("type", TEXT_BYTES_MAX)? {
        "offer_ringing" => SessionEvent::OfferRinging {
            offer_id: offer_id(fields)?,
        },
        "offer_answered" => SessionEvent::OfferAnswered {
            offer_id: offer_id(fields)?,
        },
        "offer_failed" => offer_failed(fields)?,
        "talk_started" => SessionEvent::TalkStarted {
            offer_id: offer_id(fields)?,
        },
        "talk_ended" => SessionEvent::TalkEnded {
            offer_id: offer_id(fields)?,
            ended_by: ended_by(fields)?,
            talk_ms: fields.number("talk_ms")?,
        },
        "transfer_requested" => SessionEvent::TransferRequested {
            offer_id: offer_id(fields)?,
            to: fields.text("to", TEXT_BYTES_MAX)?.to_owned(),
        },
        "agent_left" => SessionEvent::AgentLeft {
            offer_id: offer_id(fields)?,
        },
        "consult_ended" => SessionEvent::ConsultEnded {
            offer_id: offer_id(fields)?,
        },
        "agent_replaced" => SessionEvent::AgentReplaced {
            offer_id: offer_id(fields)?,
            to: fields
                .value("to")
                .and_then(|to| to.as_str())
                .filter(|to| to.len() <= TEXT_BYTES_MAX)
                .unwrap_or_default()
                .to_owned(),
        },
        "transfer_completed" => SessionEvent::TransferCompleted {
            offer_id: offer_id(fields)?,
        },
        "caller_left" => SessionEvent::CallerLeft {
            waited_ms: fields.number("waited_ms")?,
        },
        "digit" => digit(fields)?,
        "manager_choice" => SessionEvent::ManagerChoice {
            answer: manager_answer(fields)?,
        },
        "talk_rated" => SessionEvent::TalkRated {
            offer_id: offer_id(fields)?,
            score: score(fields)?,
        },
        kind if kind.starts_with("callback_") => callback_event(kind, fields)?,
        "recording" => SessionEvent::Recording {
            url: fields.filled_text("url", TEXT_BYTES_MAX)?.to_owned(),
            sha256: sha256(fields)?,
            duration_ms: fields.number("duration_ms")?,
        },
        "recording_failed" => SessionEvent::RecordingFailed {
            why: fields.text("why", TEXT_BYTES_MAX)?.to_owned(),
        },
        "session_ended" => SessionEvent::SessionEnded {
            why: fields.text("why", TEXT_BYTES_MAX)?.to_owned(),
        },
        _ => return Err(FieldError::new("type", TYPES)),
    };
    Ok(event)
}

fn callback_event(kind: &str, fields: &Fields<'_>) -> Result<SessionEvent, FieldError> {
    Ok(match kind {
        "callback_taken" => SessionEvent::CallbackTaken {
            number: fields
                .optional_text("number", NUMBER_BYTES_MAX)?
                .map(str::to_owned),
        },
        "callback_dialled" => SessionEvent::CallbackDialled,
        "callback_answered" => SessionEvent::CallbackAnswered,
        "callback_failed" => SessionEvent::CallbackFailed {
            reason: callback_failure(fields)?,
        },
        _ => return Err(FieldError::new("type", TYPES)),
    })
}

fn score(fields: &Fields<'_>) -> Result<u64, FieldError> {
    let score = fields.number("score")?;
    let wrong = || FieldError::new("score", "integer from 0 to 100");
    (score <= 100).then_some(score).ok_or_else(wrong)
}

fn offer_id(fields: &Fields<'_>) -> Result<OfferId, FieldError> {
    let text = fields.text("offer_id", TEXT_BYTES_MAX)?;
    OfferId::parse(text).ok_or_else(|| FieldError::new("offer_id", "offer id such as o42"))
}

fn offer_failed(fields: &Fields<'_>) -> Result<SessionEvent, FieldError> {
    let sip_code = match fields.optional_number("sip_code")? {
        None => None,
        Some(code) => match u16::try_from(code) {
            Ok(code) if (100..700).contains(&code) => Some(code),
            Ok(_) | Err(_) => {
                return Err(FieldError::new("sip_code", "SIP status from 100 to 699"));
            }
        },
    };
    Ok(SessionEvent::OfferFailed {
        offer_id: offer_id(fields)?,
        reason: failure(fields)?,
        sip_code,
        sip_reason: fields
            .optional_text("sip_reason", TEXT_BYTES_MAX)?
            .map(str::to_owned),
        rang_ms: fields.optional_number("rang_ms")?.unwrap_or(0),
    })
}

fn failure(fields: &Fields<'_>) -> Result<OfferFailure, FieldError> {
    match fields.text("reason", TEXT_BYTES_MAX)? {
        "no_answer" => Ok(OfferFailure::NoAnswer),
        "busy" => Ok(OfferFailure::Busy),
        "rejected" => Ok(OfferFailure::Rejected),
        "unreachable" => Ok(OfferFailure::Unreachable),
        "unregistered" => Ok(OfferFailure::Unregistered),
        "cancelled" => Ok(OfferFailure::Cancelled),
        _ => Err(FieldError::new(
            "reason",
            "one of no_answer, busy, rejected, unreachable, unregistered, cancelled",
        )),
    }
}

fn callback_failure(fields: &Fields<'_>) -> Result<CallbackFailure, FieldError> {
    let word = fields.text("reason", TEXT_BYTES_MAX)?;
    let known = CallbackFailure::ALL
        .into_iter()
        .find(|own| own.word() == word);
    known.ok_or_else(|| {
        FieldError::new(
            "reason",
            "one of no_answer, busy, rejected, unreachable, machine",
        )
    })
}

fn ended_by(fields: &Fields<'_>) -> Result<EndedBy, FieldError> {
    match fields.text("ended_by", TEXT_BYTES_MAX)? {
        "agent" => Ok(EndedBy::Agent),
        "caller" => Ok(EndedBy::Caller),
        "system" => Ok(EndedBy::System),
        _ => Err(FieldError::new("ended_by", "one of agent, caller, system")),
    }
}

fn manager_answer(fields: &Fields<'_>) -> Result<ManagerAnswer, FieldError> {
    match fields.text("answer", TEXT_BYTES_MAX)? {
        "yes" => Ok(ManagerAnswer::Yes),
        "no" => Ok(ManagerAnswer::No),
        "unclear" => Ok(ManagerAnswer::Unclear),
        _ => Err(FieldError::new("answer", "one of yes, no, unclear")),
    }
}

fn digit(fields: &Fields<'_>) -> Result<SessionEvent, FieldError> {
    let text = fields.text("digit", TEXT_BYTES_MAX)?;
    match text.as_bytes() {
        [b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D'] => Ok(SessionEvent::Digit {
            digit: text.to_owned(),
        }),
        _ => Err(FieldError::new("digit", "one of 0-9, *, #, A-D")),
    }
}

fn sha256(fields: &Fields<'_>) -> Result<String, FieldError> {
    let text = fields.text("sha256", TEXT_BYTES_MAX)?;
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(FieldError::new("sha256", "64 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Reads an event of the given fields; returns it or the refusal.
    fn check(fields: &Value) -> Result<SessionEvent, String> {
        let mut body = json!({"seq": 1, "at": "2026-11-22T08:30:00.123Z"});
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        read_event(&body)
            .map(|r| r.event)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn every_type_of_the_contract_is_read() {
        let all = [
            json!({"type": "offer_ringing", "offer_id": "o1"}),
            json!({"type": "offer_answered", "offer_id": "o1"}),
            json!({"type": "offer_failed", "offer_id": "o1", "reason": "busy", "sip_code": 486, "sip_reason": "Busy Here", "rang_ms": 5}),
            json!({"type": "talk_started", "offer_id": "o1"}),
            json!({"type": "talk_ended", "offer_id": "o1", "ended_by": "caller", "talk_ms": 7}),
            json!({"type": "transfer_requested", "offer_id": "o1", "to": "sip:boris@host"}),
            json!({"type": "agent_left", "offer_id": "o1"}),
            json!({"type": "consult_ended", "offer_id": "o2"}),
            json!({"type": "transfer_completed", "offer_id": "o2"}),
            json!({"type": "agent_replaced", "offer_id": "o2", "to": "boris"}),
            json!({"type": "caller_left", "waited_ms": 7}),
            json!({"type": "digit", "digit": "#"}),
            json!({"type": "manager_choice", "answer": "unclear"}),
            json!({"type": "talk_rated", "offer_id": "o1", "score": 100}),
            json!({"type": "callback_taken", "number": "+7900"}),
            json!({"type": "callback_dialled"}),
            json!({"type": "callback_answered"}),
            json!({"type": "callback_failed", "reason": "machine"}),
            json!({"type": "recording", "url": "http://h/r.wav", "sha256": "ab".repeat(32), "duration_ms": 9}),
            json!({"type": "recording_failed", "why": "disk full"}),
            json!({"type": "session_ended", "why": "done"}),
        ];
        for one in &all {
            let event = check(one).unwrap_or_else(|e| panic!("{one}: {e}"));
            // The core's own JSON has the same words (offer ids apart).
            let own = serde_json::to_value(&event).unwrap();
            assert_eq!(own["type"], one["type"]);
        }
    }

    #[test]
    fn a_refusal_names_the_field() {
        let table = [
            (
                json!({"type": "talk_rated", "offer_id": "o1", "score": 101}),
                "score: expected integer from 0 to 100",
            ),
            (
                json!({"type": "talk_ended", "offer_id": "o1", "ended_by": "agent", "talk_ms": "7"}),
                "talk_ms: expected integer",
            ),
            (
                json!({"type": "talk_ended", "offer_id": "o1", "ended_by": "agent", "talk_ms": -7}),
                "talk_ms: expected integer",
            ),
            (
                json!({"type": "talk_ended", "offer_id": "o1", "ended_by": "nobody", "talk_ms": 7}),
                "ended_by: expected one of",
            ),
            (
                json!({"type": "talk_ended", "offer_id": 1, "ended_by": "agent", "talk_ms": 7}),
                "offer_id: expected text",
            ),
            (
                json!({"type": "offer_ringing", "offer_id": "c1"}),
                "offer_id: expected offer id",
            ),
            (
                json!({"type": "offer_failed", "offer_id": "o1"}),
                "reason: expected text",
            ),
            (
                json!({"type": "offer_failed", "offer_id": "o1", "reason": "busy", "sip_code": 99}),
                "sip_code: expected SIP",
            ),
            (
                json!({"type": "digit", "digit": "12"}),
                "digit: expected one of",
            ),
            (
                json!({"type": "recording", "url": "u", "sha256": "zz", "duration_ms": 1}),
                "sha256: expected 64",
            ),
            (json!({"type": "dance"}), "type: expected one of"),
            (json!({"type": 5}), "type: expected text"),
            (json!({"type": "session_ended"}), "why: expected text"),
            (
                json!({"type": "digit", "digit": "1", "seq": 0}),
                "seq: expected integer, 1 or more",
            ),
            (
                json!({"type": "digit", "digit": "1", "at": "noon"}),
                "at: expected RFC 3339",
            ),
        ];
        for (body, expected) in &table {
            let refusal = check(body).unwrap_err();
            assert!(refusal.starts_with(expected), "{body}: {refusal}");
        }
    }
}
