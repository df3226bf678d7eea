//! Runs a scenario text against given inputs and writes down exactly what it
//! asked for, one line an effect: `answer call=1`, `script: text`. Event lines
//! of the session log are left out, empty fields too.
#![allow(missing_docs, dead_code, unreachable_pub, clippy::unwrap_used)]

use scenario::host::{Effect, HttpResponse, Input, LogKind, Started};
use scenario::{FIRST_CALL, Limits, Program, Session, SessionSpec, Source};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const START_MS: u64 = 1_800_000_000_000;

pub(crate) struct Run {
    pub(crate) session: Session,
    pub(crate) now_ms: u64,
    pub(crate) effects: Vec<Effect>,
}

pub(crate) fn spec(files: &[&str]) -> SessionSpec {
    let sources = files.iter().enumerate().map(|(at, text)| Source {
        name: format!("file{}.js", at + 1),
        text: (*text).to_owned(),
    });
    SessionSpec {
        program: Program::compile(sources.collect()).unwrap(),
        limits: Limits::default(),
        started: Started {
            session_id: 77,
            access_url: "http://engine.example/request/capability-1".to_owned(),
            access_secure_url: "https://engine.example/request/capability-1".to_owned(),
            custom_data: "start value".to_owned(),
            ..Started::default()
        },
        secrets: Arc::new(BTreeMap::from([("KEY".to_owned(), "hush-hush".to_owned())])),
    }
}

pub(crate) fn alerting() -> Input {
    Input::CallAlerting {
        call: FIRST_CALL,
        callerid: "111".to_owned(),
        destination: "100".to_owned(),
        display_name: "One".to_owned(),
        from_uri: "sip:111@a.example".to_owned(),
        to_uri: "sip:100@b.example".to_owned(),
        headers: vec![("X-A".to_owned(), "1".to_owned())],
    }
}

impl Run {
    /// A session started by an incoming call.
    pub(crate) fn call(text: &str) -> Self {
        Self::start(spec(&[text]), Some(alerting()))
    }

    /// A session started by the API, without a call.
    pub(crate) fn api(text: &str) -> Self {
        Self::start(spec(&[text]), None)
    }

    pub(crate) fn start(spec: SessionSpec, alerting: Option<Input>) -> Self {
        let (session, effects) = Session::start(spec, START_MS, alerting);
        Self {
            session,
            now_ms: START_MS,
            effects,
        }
    }

    pub(crate) fn feed(mut self, input: Input) -> Self {
        let effects = self.session.handle(self.now_ms, input);
        self.effects.extend(effects);
        self
    }

    /// Lets time pass, with a tick whenever one is due.
    pub(crate) fn wait(mut self, ms: u64) -> Self {
        let until = self.now_ms + ms;
        while let Some(due) = self.session.next_deadline_ms().filter(|d| *d <= until) {
            self.now_ms = due.max(self.now_ms);
            self = self.feed(Input::Tick);
        }
        self.now_ms = until;
        self
    }

    /// The effects since the last look.
    pub(crate) fn look(&mut self) -> Vec<String> {
        let effects = std::mem::take(&mut self.effects);
        effects.iter().filter_map(line).collect()
    }

    pub(crate) fn lines(mut self) -> Vec<String> {
        self.look()
    }

    /// The scenario asked for exactly this, and wrote exactly this.
    #[track_caller]
    pub(crate) fn is(mut self, expected: &[&str]) -> Self {
        assert_eq!(self.look(), expected);
        self
    }
}

fn line(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Log {
            kind: LogKind::Event,
            ..
        } => return None,
        Effect::Log {
            kind: LogKind::Script,
            text,
        } => return Some(format!("script: {text}")),
        Effect::Log {
            kind: LogKind::Error,
            text,
        } => {
            // The stack has its own tests.
            return Some(format!(
                "error: {}",
                text.lines().next().unwrap_or_default()
            ));
        }
        _ => {}
    }
    let Value::Object(fields) = serde_json::to_value(effect).unwrap() else {
        return None;
    };
    let mut text = String::new();
    for (key, value) in fields {
        let empty = value.is_null() || value == "" || value == Value::Array(Vec::new());
        match (key.as_str(), value) {
            ("effect", Value::String(name)) => text = name,
            (_, _) if empty => {}
            ("spec", Value::Object(mut spec)) => {
                let body = spec.remove("body");
                text += &format!(" spec={}", Value::Object(spec));
                if let Some(body) = body {
                    let body = match body {
                        Value::String(text) => text,
                        bytes => {
                            let bytes: Vec<u8> = serde_json::from_value(bytes).unwrap();
                            String::from_utf8_lossy(&bytes).into_owned()
                        }
                    };
                    text += &format!(" body={body}");
                }
            }
            ("why", Value::Object(why)) => {
                text += &format!(" {}", why["end"].as_str().unwrap());
            }
            (key, value) => text += &format!(" {key}={value}"),
        }
    }
    Some(text)
}

pub(crate) fn ringing(call: u32) -> Input {
    Input::CallRinging {
        call,
        headers: Vec::new(),
    }
}

pub(crate) fn progress(call: u32) -> Input {
    Input::CallAudioStarted {
        call,
        code: 183,
        headers: Vec::new(),
    }
}

pub(crate) fn connected(call: u32) -> Input {
    Input::CallConnected {
        call,
        headers: Vec::new(),
    }
}

pub(crate) fn failed(call: u32, code: u16) -> Input {
    Input::CallFailed {
        call,
        code,
        reason: "no".to_owned(),
        headers: Vec::new(),
    }
}

pub(crate) fn disconnected(call: u32) -> Input {
    Input::CallDisconnected {
        call,
        duration_ms: 21_400,
        internal_code: 16,
        reason: "bye".to_owned(),
        headers: vec![("X-B".to_owned(), "2".to_owned())],
    }
}

pub(crate) fn finished(player: u32) -> Input {
    Input::PlayerFinished {
        player,
        error: None,
    }
}

pub(crate) fn answer(request: u32, code: i32, text: &str) -> Input {
    Input::HttpResponse {
        request,
        response: HttpResponse {
            code,
            text: text.to_owned(),
            data: text.as_bytes().to_vec(),
            headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
            error: None,
        },
    }
}

pub(crate) fn access(token: u64, path: &str, content: &str) -> Input {
    Input::AccessRequest {
        token,
        method: "POST".to_owned(),
        path: path.to_owned(),
        content: content.to_owned(),
        headers: vec![("X-C".to_owned(), "3".to_owned())],
    }
}
