//! The life of one session (voxengine.md 1.2).

use crate::SessionSpec;
use crate::bindings::{Shared, host_object};
use crate::core::{Core, Life, access_response};
use crate::host::{AsrEvent, CallId, Effect, EndReason, Input, LogKind, RequestId, SocketEvent};
use crate::journal::input_line;
use crate::limits::count;
use crate::parts;
use script::js::{Ctx, Function, Persistent, Value};
use script::{Sandbox, ScriptError};
use std::cell::RefCell;
use std::rc::Rc;

/// Events that one input may cause by refused operations; the rest wait for the
/// next tick, so that one session cannot hold its thread.
const LATER_PER_INPUT_MAX: usize = 64;

/// One live session: one JS runtime and context, on one thread (`!Send`).
pub struct Session {
    core: Shared,
    /// `None` when the sandbox could not be made or the session is over.
    engine: Option<Engine>,
}

/// The field order is the drop order: the function lives in the sandbox.
struct Engine {
    deliver: Persistent<Function<'static>>,
    sandbox: Sandbox,
}

impl Session {
    /// Creates the runtime, queues `Started`, evaluates the files and delivers
    /// what is queued. `now_ms` is Unix time. Never panics on a bad scenario:
    /// the effects then end with [`Effect::Ended`].
    ///
    /// `alerting` is delivered after `Started`, as for an incoming call.
    pub fn start(spec: SessionSpec, now_ms: u64, alerting: Option<Input>) -> (Self, Vec<Effect>) {
        let core = Rc::new(RefCell::new(Core::new(&spec, now_ms)));
        let mut session = Self { core, engine: None };
        if let Err(error) = session.load(&spec, alerting) {
            session.threw(&error);
        }
        session.settle();
        let effects = session.core.borrow_mut().take_effects();
        (session, effects)
    }

    /// Delivers one input and returns what the session asks for, in order.
    pub fn handle(&mut self, now_ms: u64, input: Input) -> Vec<Effect> {
        self.core.borrow_mut().set_now(now_ms);
        let life = self.core.borrow().life.clone();
        let result = match life {
            Life::Running | Life::Asked(_) => self.accept(input),
            Life::Closing { until_ms, .. } => self.accept_while_closing(input, until_ms),
            Life::Closed | Life::Ended => {
                if let Input::AccessRequest { token, .. } = input {
                    return vec![access_response(token, 404)];
                }
                Ok(())
            }
        };
        if let Err(error) = result {
            self.threw(&error);
        }
        self.settle();
        self.core.borrow_mut().take_effects()
    }

    /// When [`Input::Tick`] is next due (Unix ms): timers and the idle limit.
    #[must_use]
    pub fn next_deadline_ms(&self) -> Option<u64> {
        let core = self.core.borrow();
        match &core.life {
            Life::Running | Life::Asked(_) => {
                if !core.later.is_empty() {
                    return Some(core.now_ms);
                }
                let idle = core
                    .idle_since_ms
                    .map(|since| since.saturating_add(core.idle_limit_ms()));
                [core.timers.next_due_ms(), core.calls.next_due_ms(), idle]
                    .into_iter()
                    .flatten()
                    .min()
            }
            Life::Closing { until_ms, .. } => Some(*until_ms),
            Life::Closed | Life::Ended => None,
        }
    }

    /// Whether a call that comes in now would be told to the scenario.
    #[must_use]
    pub fn takes_calls(&self) -> bool {
        self.core.borrow().life == Life::Running
    }

    /// The id for the next incoming call of this session. The first incoming
    /// call of a session always has [`crate::FIRST_CALL`].
    pub fn next_call_id(&mut self) -> CallId {
        self.core.borrow_mut().next_incoming_call()
    }

    /// JS heap in use, bytes; 0 when the session is over.
    #[must_use]
    pub fn memory_used_bytes(&self) -> u64 {
        self.engine
            .as_ref()
            .map_or(0, |engine| engine.sandbox.memory_used_bytes())
    }

    fn load(&mut self, spec: &SessionSpec, alerting: Option<Input>) -> Result<(), ScriptError> {
        let limits = script::Limits {
            memory_bytes: count(spec.limits.memory_bytes),
            stack_bytes: count(spec.limits.stack_bytes),
            callback_ms: spec.limits.callback_ms,
        };
        let sandbox = if spec.program.may_use_typed_arrays() {
            Sandbox::new(limits)?
        } else {
            Sandbox::without_typed_arrays(limits)?
        };
        let core = Rc::clone(&self.core);
        let deliver = sandbox.run_with(&parts::core().code, move |ctx, prelude| {
            let prelude = Function::from_value(prelude)?;
            let deliver: Function = prelude.call((host_object(ctx, &core)?,))?;
            Ok(Persistent::save(ctx, deliver))
        })?;
        let engine = self.engine.insert(Engine { deliver, sandbox });
        // The call is there while the files are evaluated: a session that rings
        // is not idle, and outgoing calls of the top level get later ids.
        if let Some(Input::CallAlerting { call, .. }) = &alerting {
            self.core.borrow_mut().note_incoming(*call);
        }
        for file in spec.program.files() {
            engine.sandbox.run(file)?;
        }
        self.report_rejections();
        self.core.borrow_mut().event("Application.Started");
        self.core.borrow_mut().has_begun = true;
        self.deliver(&started_json(spec), None)?;
        if let Some(input) = alerting {
            self.accept(input)?;
        }
        Ok(())
    }

    /// An input of a working session.
    fn accept(&mut self, input: Input) -> Result<(), ScriptError> {
        if let Some(line) = input_line(&input) {
            self.core.borrow_mut().event(&line);
        }
        match input {
            Input::Tick => self.tick(),
            Input::Terminate { why } => {
                let reason = EndReason::Stopped { why };
                self.core.borrow_mut().ask_to_end(reason);
                Ok(())
            }
            Input::CallAlerting { call, .. } => {
                self.core.borrow_mut().note_incoming(call);
                self.deliver_input(&input)
            }
            Input::CallConnected { call, .. } => {
                self.core.borrow_mut().calls.answered(call);
                self.deliver_input(&input)
            }
            Input::CallFailed { call, .. } | Input::CallDisconnected { call, .. } => {
                self.core.borrow_mut().call_ended(call);
                self.deliver_input(&input)
            }
            Input::PlayerFinished { player, .. } => {
                self.core.borrow_mut().player_finished(player);
                self.deliver_input(&input)
            }
            Input::ConferenceStopped { .. }
            | Input::RecorderStopped { .. }
            | Input::RecorderFailed { .. } => {
                self.core.borrow_mut().units.note(&input);
                self.deliver_input(&input)
            }
            Input::Asr { asr, ref event } => {
                if matches!(event, AsrEvent::Failed { .. }) {
                    self.core.borrow_mut().asr_failed(asr);
                }
                self.deliver_input(&input)
            }
            Input::AccessRequest { token, .. } => {
                self.core.borrow_mut().open_access.insert(token);
                self.deliver_input(&input)
            }
            Input::HttpResponse { .. } => self.http_response(input),
            Input::MailAnswer { request, .. } => self.mail_answer(request, &input),
            Input::Socket { .. } => self.socket_event(input),
            Input::SocketArrived { token, .. } => self.socket_arrived(token, &input),
            Input::CallRinging { .. }
            | Input::CallAudioStarted { .. }
            | Input::ToneReceived { .. }
            | Input::CallHeld { .. }
            | Input::CallInfo { .. }
            | Input::CallTransferRequested { .. }
            | Input::CallTransferred { .. }
            | Input::CallTakenOver { .. }
            | Input::CallReInvite { .. }
            | Input::CallReInviteAnswered { .. }
            | Input::CallFirstAudio { .. }
            | Input::CallRtp { .. }
            | Input::CallVoice { .. }
            | Input::CallBeep { .. }
            | Input::CallTone { .. }
            | Input::CallStatistics { .. }
            | Input::ConferenceStarted { .. }
            | Input::ConferenceFailed { .. }
            | Input::RecorderStarted { .. }
            | Input::StorageAnswer { .. }
            | Input::AmdResult { .. }
            | Input::PlayerStarted { .. } => self.deliver_input(&input),
        }
    }

    /// After `Terminating` only answers to requests under way still count.
    fn accept_while_closing(&mut self, input: Input, until_ms: u64) -> Result<(), ScriptError> {
        match input {
            Input::HttpResponse { .. } => self.http_response(input)?,
            Input::AccessRequest { token, .. } => {
                self.core.borrow_mut().push(access_response(token, 404));
            }
            Input::MailAnswer { request, .. } => self.mail_answer(request, &input)?,
            Input::SocketArrived { token, .. } => {
                let refusal = Effect::RefuseSocket { token, status: 404 };
                self.core.borrow_mut().push(refusal);
            }
            Input::Tick => {
                if self.core.borrow().now_ms >= until_ms {
                    self.finish();
                }
            }
            Input::CallAlerting { .. }
            | Input::CallRinging { .. }
            | Input::CallAudioStarted { .. }
            | Input::CallConnected { .. }
            | Input::CallFailed { .. }
            | Input::CallDisconnected { .. }
            | Input::ToneReceived { .. }
            | Input::CallHeld { .. }
            | Input::CallInfo { .. }
            | Input::CallTransferRequested { .. }
            | Input::CallTransferred { .. }
            | Input::CallTakenOver { .. }
            | Input::CallReInvite { .. }
            | Input::CallReInviteAnswered { .. }
            | Input::CallFirstAudio { .. }
            | Input::CallRtp { .. }
            | Input::CallVoice { .. }
            | Input::CallBeep { .. }
            | Input::CallTone { .. }
            | Input::CallStatistics { .. }
            | Input::ConferenceStarted { .. }
            | Input::ConferenceStopped { .. }
            | Input::ConferenceFailed { .. }
            | Input::RecorderStarted { .. }
            | Input::RecorderStopped { .. }
            | Input::RecorderFailed { .. }
            | Input::StorageAnswer { .. }
            | Input::Asr { .. }
            | Input::PlayerStarted { .. }
            | Input::PlayerFinished { .. }
            | Input::Socket { .. }
            | Input::AmdResult { .. }
            | Input::Terminate { .. } => {}
        }
        Ok(())
    }

    fn http_response(&mut self, input: Input) -> Result<(), ScriptError> {
        let Input::HttpResponse {
            request,
            mut response,
        } = input
        else {
            return Ok(());
        };
        let Some(raw) = self.core.borrow_mut().requests.finish(request) else {
            return Ok(());
        };
        self.core.borrow_mut().start_waiting_requests();
        let text = std::mem::take(&mut response.text);
        let data = std::mem::take(&mut response.data);
        let json = to_json(&Input::HttpResponse { request, response })?;
        self.deliver(&json, Some((text, raw.then_some(data))))
    }

    fn mail_answer(&mut self, request: RequestId, input: &Input) -> Result<(), ScriptError> {
        let known = self.core.borrow_mut().mail_answered(request);
        if known {
            self.deliver_input(input)
        } else {
            Ok(())
        }
    }

    fn socket_event(&mut self, input: Input) -> Result<(), ScriptError> {
        let Input::Socket { socket, event } = input else {
            return Ok(());
        };
        let mut text = None;
        let event = match event {
            // Apart from the JSON: it may be a megabyte.
            SocketEvent::Message { text: message } => {
                text = Some((message, None));
                let text = String::new();
                SocketEvent::Message { text }
            }
            SocketEvent::Closed { .. } => {
                self.core.borrow_mut().sockets.closed(socket);
                event
            }
            SocketEvent::Opened
            | SocketEvent::MediaStarted { .. }
            | SocketEvent::MediaEnded { .. } => event,
        };
        let json = to_json(&Input::Socket { socket, event })?;
        self.deliver(&json, text)
    }

    fn socket_arrived(&mut self, token: u64, input: &Input) -> Result<(), ScriptError> {
        let arrived = self.core.borrow_mut().socket_arrived(token);
        let mut value =
            serde_json::to_value(input).map_err(|e| ScriptError::Thrown(e.to_string()))?;
        match (arrived, value.as_object_mut()) {
            (Ok(socket), Some(fields)) => fields.insert("socket".to_owned(), socket.into()),
            (Err(Some(reason)), Some(fields)) => fields.insert("reason".to_owned(), reason.into()),
            // The scenario takes no connections: it is not told of one.
            (Err(None), _) | (_, None) => return Ok(()),
        };
        self.deliver(&value.to_string(), None)
    }

    fn tick(&mut self) -> Result<(), ScriptError> {
        let (due, unanswered, idle) = {
            let mut core = self.core.borrow_mut();
            let now_ms = core.now_ms;
            let idle = core
                .idle_since_ms
                .is_some_and(|since| now_ms >= since.saturating_add(core.idle_limit_ms()));
            (
                core.timers.take_due(now_ms),
                core.calls.take_due(now_ms),
                idle,
            )
        };
        for call in unanswered {
            self.core.borrow_mut().push(Effect::Hangup {
                call,
                headers: Vec::new(),
            });
        }
        for id in due {
            self.deliver(&format!("{{\"input\":\"timer\",\"id\":{id}}}"), None)?;
        }
        if idle && self.core.borrow().calls.is_empty() {
            self.core.borrow_mut().ask_to_end(EndReason::Idle);
        }
        Ok(())
    }

    fn deliver_input(&mut self, input: &Input) -> Result<(), ScriptError> {
        let json = to_json(input)?;
        self.deliver(&json, None)
    }

    /// Calls the prelude with one input and runs what promises it resolved.
    fn deliver(
        &mut self,
        json: &str,
        body: Option<(String, Option<Vec<u8>>)>,
    ) -> Result<(), ScriptError> {
        let Some(engine) = &self.engine else {
            return Ok(());
        };
        let deliver = engine.deliver.clone();
        let result = engine.sandbox.enter(|ctx: &Ctx<'_>| {
            let deliver = deliver.restore(ctx)?;
            match body {
                None => deliver.call::<_, Value>((json,)).map(drop),
                Some((text, data)) => deliver.call::<_, Value>((json, text, data)).map(drop),
            }
        });
        self.report_rejections();
        result
    }

    /// An async handler that throws does not end the session, but never in silence.
    fn report_rejections(&mut self) {
        let Some(engine) = &self.engine else {
            return;
        };
        for text in engine.sandbox.take_unhandled_rejections() {
            let text = format!("unhandled rejection: {text}");
            self.core.borrow_mut().log(LogKind::Error, text);
        }
    }

    /// Does what a callback left behind: events of refused operations, broken
    /// limits, the end of the session.
    fn settle(&mut self) {
        for _ in 0..LATER_PER_INPUT_MAX {
            let next = self.core.borrow_mut().later.pop_front();
            let Some(input) = next else { break };
            if let Err(error) = self.accept(input) {
                self.threw(&error);
            }
        }
        let broken = self.core.borrow_mut().broken.take();
        if let Some(limit) = broken {
            self.fail(limit);
        }
        let asked = match &self.core.borrow().life {
            Life::Asked(reason) => Some(reason.clone()),
            Life::Running | Life::Closing { .. } | Life::Closed | Life::Ended => None,
        };
        if let Some(reason) = asked {
            self.close(reason);
        }
        let waits = match &self.core.borrow().life {
            Life::Closing { .. } => self.core.borrow().anything_running(),
            Life::Running | Life::Asked(_) | Life::Closed | Life::Ended => true,
        };
        if !waits {
            self.finish();
        }
    }

    /// Everything is let go, then `Terminating` with its one request.
    fn close(&mut self, reason: EndReason) {
        {
            let mut core = self.core.borrow_mut();
            core.release_everything();
            let closing_ms = core.limits.closing_s * 1_000;
            core.life = Life::Closing {
                reason,
                last_request_left: true,
                until_ms: core.now_ms.saturating_add(closing_ms),
            };
            core.event("Application.Terminating");
        }
        let json = "{\"input\":\"terminating\",\"system_error\":false}";
        if let Err(error) = self.deliver(json, None) {
            self.fail(error.to_string());
        }
    }

    /// `Terminated`, then the end.
    fn finish(&mut self) {
        let life = std::mem::replace(&mut self.core.borrow_mut().life, Life::Closed);
        let Life::Closing { reason, .. } = life else {
            self.core.borrow_mut().life = life;
            return;
        };
        self.core.borrow_mut().event("Application.Terminated");
        let json = "{\"input\":\"terminated\",\"system_error\":false}";
        let reason = match self.deliver(json, None) {
            Ok(()) => reason,
            Err(error) => EndReason::Failed {
                error: error.to_string(),
            },
        };
        self.core.borrow_mut().end(reason);
        self.engine = None;
    }

    /// An exception ends the session. A scenario that ran too long or took too much
    /// memory is not called again.
    fn threw(&mut self, error: &ScriptError) {
        let text = error.to_string();
        match error {
            ScriptError::Thrown(_) => self.last_words(&text),
            ScriptError::Deadline { .. }
            | ScriptError::OutOfMemory { .. }
            | ScriptError::Start(_) => {}
        }
        self.fail(text);
    }

    /// `Terminating` and `Terminated` of a scenario that threw. Its one request is sent
    /// and not waited for: callers are not kept waiting for the default treatment.
    fn last_words(&mut self, error: &str) {
        {
            let mut core = self.core.borrow_mut();
            if !core.has_begun || !matches!(core.life, Life::Running | Life::Asked(_)) {
                return;
            }
            core.timers.clear();
            core.requests.drop_waiting();
            core.mails.drop_waiting();
            core.log_failure(error);
            core.life = Life::Closing {
                reason: EndReason::Terminated, // never told: the end is a failure
                last_request_left: true,
                until_ms: core.now_ms,
            };
            core.event("Application.Terminating");
        }
        self.last_word("terminating");
        {
            let mut core = self.core.borrow_mut();
            core.life = Life::Closed;
            core.event("Application.Terminated");
        }
        self.last_word("terminated");
    }

    fn last_word(&mut self, input: &str) {
        let json = format!("{{\"input\":\"{input}\",\"system_error\":true}}");
        if let Err(error) = self.deliver(&json, None) {
            let text = error.to_string();
            self.core.borrow_mut().log(LogKind::Error, text);
        }
    }

    /// A scenario that cannot go on. Its calls are left to the engine.
    fn fail(&mut self, error: String) {
        if self.core.borrow().life == Life::Ended {
            return;
        }
        self.core.borrow_mut().later.clear();
        self.core.borrow_mut().end(EndReason::Failed { error });
        self.engine = None;
    }
}

fn to_json(input: &Input) -> Result<String, ScriptError> {
    serde_json::to_string(input).map_err(|e| ScriptError::Thrown(e.to_string()))
}

fn started_json(spec: &SessionSpec) -> String {
    let mut value = serde_json::to_value(&spec.started).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("input".to_owned(), "started".into());
    }
    value.to_string()
}
