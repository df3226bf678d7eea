//! What is kept of a session when it is over: its calls and recordings, for
//! `GetCallHistory` of the management API (voxengine.md §10.2). Pure: it is told what
//! the scenario is told and asks for.

use scenario::host::{CallId, DialTarget, Effect, EndReason, Headers, Input, UnitId};
use serde::Serialize;
use std::collections::BTreeMap;

/// Calls that are kept of one session; a conference may have more.
const CALLS_MAX: usize = 200;
/// Recordings that are kept of one session.
const RECORDS_MAX: usize = 200;
/// Longest custom data that is kept, bytes.
const CUSTOM_DATA_BYTES_MAX: usize = 16 * 1_024;
/// Longest number, name or reason that is kept, characters.
const TEXT_CHARS_MAX: usize = 255;

/// A session that is over, as the backend is told. Times are milliseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SessionRecord {
    pub(crate) session_id: u64,
    pub(crate) application_id: u64,
    pub(crate) rule_name: String,
    pub(crate) custom_data: String,
    pub(crate) started_at_ms: u64,
    pub(crate) ended_at_ms: u64,
    /// In the cloud's words.
    pub(crate) finish_reason: &'static str,
    pub(crate) log_url: String,
    /// Host of this engine.
    pub(crate) media_server: String,
    pub(crate) calls: Vec<CallRecord>,
    pub(crate) records: Vec<Recording>,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CallRecord {
    /// Its number in the session.
    call: CallId,
    incoming: bool,
    remote_number: String,
    /// `pstn`, `user`, `sip` or `conference`.
    remote_number_type: &'static str,
    local_number: String,
    started_at_ms: u64,
    connected_at_ms: Option<u64>,
    ended_at_ms: Option<u64>,
    /// Code and words.
    end_reason: String,
}

/// One recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Recording {
    url: String,
    started_at_ms: u64,
    duration_ms: u64,
    /// The call that it is of, if it is of one.
    call: Option<CallId>,
}

/// What has happened so far.
#[derive(Debug)]
pub(crate) struct History {
    record: SessionRecord,
    /// Recorders at work, with the call each is of and their place among the records.
    recorders: BTreeMap<UnitId, (Option<CallId>, Option<usize>)>,
}

impl History {
    pub(crate) fn new(
        session_id: u64,
        (application_id, rule_name): (u64, String),
        custom_data: String,
        started_at_ms: u64,
    ) -> Self {
        Self {
            record: SessionRecord {
                session_id,
                application_id,
                rule_name,
                custom_data: cut(custom_data),
                started_at_ms,
                ended_at_ms: started_at_ms,
                finish_reason: "Normal termination",
                log_url: String::new(),
                media_server: String::new(),
                calls: Vec::new(),
                records: Vec::new(),
            },
            recorders: BTreeMap::new(),
        }
    }

    /// Something that the scenario is told.
    pub(crate) fn input(&mut self, now_ms: u64, input: &Input) {
        match input {
            Input::CallAlerting {
                call,
                callerid,
                destination,
                headers,
                ..
            } => self.add(CallRecord {
                call: *call,
                incoming: true,
                remote_number: short(callerid),
                remote_number_type: client_type(headers),
                local_number: short(destination),
                started_at_ms: now_ms,
                connected_at_ms: None,
                ended_at_ms: None,
                end_reason: String::new(),
            }),
            Input::CallConnected { call, .. } => {
                if let Some(call) = self.call(*call) {
                    call.connected_at_ms = Some(now_ms);
                }
            }
            Input::CallFailed {
                call, code, reason, ..
            } => self.end(now_ms, *call, format!("{code} {reason}")),
            Input::CallDisconnected {
                call,
                internal_code,
                reason,
                ..
            } => {
                let words = if reason.is_empty() && *internal_code == 16 {
                    "Normal call clearing"
                } else {
                    reason
                };
                self.end(now_ms, *call, format!("{internal_code} {words}"));
            }
            Input::RecorderStarted { recorder, url } => {
                if let Some((call, place)) = self.recorders.get_mut(recorder)
                    && self.record.records.len() < RECORDS_MAX
                {
                    *place = Some(self.record.records.len());
                    self.record.records.push(Recording {
                        url: url.clone(),
                        started_at_ms: now_ms,
                        duration_ms: 0,
                        call: *call,
                    });
                }
            }
            Input::RecorderStopped {
                recorder,
                duration_ms,
                ..
            } => {
                let place = self.recorders.remove(recorder).and_then(|(_, place)| place);
                if let Some(record) = place.and_then(|at| self.record.records.get_mut(at)) {
                    record.duration_ms = *duration_ms;
                }
            }
            _ => {}
        }
    }

    /// The same, of the first call.
    pub(crate) fn told(mut self, now_ms: u64, input: &Input) -> Self {
        self.input(now_ms, input);
        self
    }

    /// Something that it asks for.
    pub(crate) fn effect(&mut self, now_ms: u64, effect: &Effect) {
        match effect {
            Effect::Dial {
                call,
                target,
                callerid,
                ..
            } => {
                let (kind, remote) = match target {
                    DialTarget::User { user } => ("user", user),
                    DialTarget::Sip { uri, .. } => ("sip", uri),
                    DialTarget::Pstn { number } => ("pstn", number),
                    DialTarget::Conference { conference } => ("conference", conference),
                };
                self.add(CallRecord {
                    call: *call,
                    incoming: false,
                    remote_number: short(remote),
                    remote_number_type: kind,
                    local_number: short(callerid),
                    started_at_ms: now_ms,
                    connected_at_ms: None,
                    ended_at_ms: None,
                    end_reason: String::new(),
                });
            }
            Effect::CreateRecorder { recorder, spec } => {
                self.recorders.insert(*recorder, (spec.call, None));
            }
            Effect::CustomData { text } => self.record.custom_data = cut(text.clone()),
            Effect::Ended { why } => {
                self.record.finish_reason = match why {
                    EndReason::Terminated | EndReason::Idle => "Normal termination",
                    EndReason::Stopped { .. } => "Terminated administratively",
                    EndReason::Failed { .. } => "JS session error",
                };
            }
            _ => {}
        }
    }

    /// The session is over. Calls that stood until then end with it.
    pub(crate) fn finish(
        mut self,
        now_ms: u64,
        log_url: String,
        media_server: String,
    ) -> SessionRecord {
        self.record.ended_at_ms = now_ms;
        self.record.log_url = log_url;
        self.record.media_server = media_server;
        for call in &mut self.record.calls {
            if call.ended_at_ms.is_none() {
                call.ended_at_ms = Some(now_ms);
                call.end_reason = "16 Normal call clearing".to_owned();
            }
        }
        for record in &mut self.record.records {
            if record.duration_ms == 0 {
                record.duration_ms = now_ms.saturating_sub(record.started_at_ms);
            }
        }
        self.record
    }

    fn add(&mut self, call: CallRecord) {
        if self.record.calls.len() < CALLS_MAX {
            self.record.calls.push(call);
        }
    }

    fn call(&mut self, call: CallId) -> Option<&mut CallRecord> {
        self.record.calls.iter_mut().find(|own| own.call == call)
    }

    fn end(&mut self, now_ms: u64, call: CallId, why: String) {
        if let Some(call) = self.call(call) {
            call.ended_at_ms = Some(now_ms);
            call.end_reason = short(why.trim_end());
        }
    }
}

/// Where an incoming call comes from, by the header that says it.
fn client_type(headers: &Headers) -> &'static str {
    let kind = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("VI-Client-Type"));
    match kind.map(|(_, value)| value.as_str()) {
        Some("pstn") => "pstn",
        Some("user") => "user",
        Some(_) | None => "sip",
    }
}

fn short(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}

/// Custom data is kept whole or not at all: half of a JSON text is of no use.
fn cut(text: String) -> String {
    if text.len() > CUSTOM_DATA_BYTES_MAX {
        return String::new();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenario::host::RecorderSpec;

    fn history() -> History {
        History::new(7, (1, "support".into()), "given".into(), 1_000)
    }

    fn alerting(call: CallId) -> Input {
        Input::CallAlerting {
            call,
            callerid: "111".into(),
            destination: "100".into(),
            display_name: String::new(),
            from_uri: String::new(),
            to_uri: String::new(),
            headers: vec![("VI-Client-Type".into(), "pstn".into())],
        }
    }

    fn dial(call: CallId, target: DialTarget) -> Effect {
        Effect::Dial {
            call,
            target,
            callerid: "222".into(),
            display_name: String::new(),
            headers: Vec::new(),
            timeout_ms: 60_000,
        }
    }

    #[test]
    fn calls_are_kept_with_who_when_and_why() {
        let mut history = history();
        history.input(1_000, &alerting(1));
        let connected = Input::CallConnected {
            call: 1,
            headers: Vec::new(),
        };
        history.input(2_000, &connected);
        let user = DialTarget::User {
            user: "anna".into(),
        };
        history.effect(3_000, &dial(2, user));
        let failed = Input::CallFailed {
            call: 2,
            code: 486,
            reason: "Busy Here".into(),
            headers: Vec::new(),
        };
        history.input(4_000, &failed);
        let gone = Input::CallDisconnected {
            call: 1,
            duration_ms: 7_000,
            internal_code: 16,
            reason: String::new(),
            headers: Vec::new(),
        };
        history.input(9_000, &gone);
        let record = history.finish(9_500, "log".into(), "host".into());
        assert_eq!((record.started_at_ms, record.ended_at_ms), (1_000, 9_500));
        let [caller, anna] = &record.calls[..] else {
            panic!("{record:?}");
        };
        assert_eq!(
            (
                caller.incoming,
                caller.remote_number.as_str(),
                caller.remote_number_type
            ),
            (true, "111", "pstn")
        );
        assert_eq!(
            (caller.connected_at_ms, caller.ended_at_ms),
            (Some(2_000), Some(9_000))
        );
        assert_eq!(caller.end_reason, "16 Normal call clearing");
        assert_eq!(
            (
                anna.incoming,
                anna.remote_number.as_str(),
                anna.local_number.as_str()
            ),
            (false, "anna", "222")
        );
        assert_eq!(
            (anna.connected_at_ms, anna.end_reason.as_str()),
            (None, "486 Busy Here")
        );
    }

    #[test]
    fn calls_and_recordings_that_stand_at_the_end_end_with_the_session() {
        let mut history = history();
        history.input(1_000, &alerting(1));
        let spec = RecorderSpec {
            call: Some(1),
            stereo: true,
            hd: false,
            name: String::new(),
            keep_days: None,
        };
        history.effect(1_500, &Effect::CreateRecorder { recorder: 5, spec });
        let started = Input::RecorderStarted {
            recorder: 5,
            url: "http://a/r.wav".into(),
        };
        history.input(2_000, &started);
        history.effect(
            2_500,
            &Effect::CustomData {
                text: "taken".into(),
            },
        );
        let why = EndReason::Failed {
            error: String::new(),
        };
        history.effect(3_000, &Effect::Ended { why });
        let record = history.finish(4_000, String::new(), String::new());
        assert_eq!(record.finish_reason, "JS session error");
        assert_eq!(record.custom_data, "taken");
        assert_eq!(record.calls[0].ended_at_ms, Some(4_000));
        assert_eq!(
            record.records,
            [Recording {
                url: "http://a/r.wav".into(),
                started_at_ms: 2_000,
                duration_ms: 2_000,
                call: Some(1),
            }]
        );
    }

    #[test]
    fn a_session_with_very_many_calls_is_cut() {
        let mut history = history();
        for call in 1..1_000 {
            history.input(1_000, &alerting(call));
        }
        let record = history.finish(2_000, String::new(), String::new());
        assert_eq!(record.calls.len(), CALLS_MAX);
    }
}
