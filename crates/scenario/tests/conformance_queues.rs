//! Queues of the API (voxengine.md §7) served by the backend over contract v1: every
//! event in its order, and what the backend is told.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::Limits;
use scenario::host::{Effect, EndReason, HttpResponse, Input};
use script_log::{Run, alerting, connected, disconnected, failed, ringing, spec};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const BACKEND: &str = "http://backend.example:8080";

/// A session that knows its backend, and what it says to it.
struct Scene {
    run: Run,
    /// Requests under way: id, path, body.
    asked: Vec<(u32, String, Value)>,
    token: u64,
}

impl Scene {
    fn start(text: &str) -> Self {
        let mut spec = spec(&[text]);
        assert_eq!(spec.limits, Limits::default());
        spec.secrets = Arc::new(BTreeMap::from([
            ("CORDBOARD_BACKEND_URL".to_owned(), BACKEND.to_owned()),
            ("CORDBOARD_TOKEN".to_owned(), "scenario-token".to_owned()),
        ]));
        let run = Run::start(spec, Some(alerting()));
        let mut scene = Self {
            run,
            asked: Vec::new(),
            token: 0,
        };
        scene.collect();
        scene
    }

    fn collect(&mut self) {
        for effect in &self.run.effects {
            let Effect::HttpRequest { request, spec } = effect else {
                continue;
            };
            let path = spec.url.strip_prefix(BACKEND).unwrap().to_owned();
            assert!(spec.headers.contains(&(
                "Authorization".to_owned(),
                "Bearer scenario-token".to_owned()
            )));
            let body = serde_json::from_slice(&spec.body).unwrap();
            self.asked.push((*request, path, body));
        }
        self.run
            .effects
            .retain(|effect| !matches!(effect, Effect::HttpRequest { .. }));
    }

    fn feed(mut self, input: Input) -> Self {
        self.run = self.run.feed(input);
        self.collect();
        self
    }

    fn wait(mut self, ms: u64) -> Self {
        self.run = self.run.wait(ms);
        self.collect();
        self
    }

    /// Answers everything that is asked until nothing is; tells what was asked.
    fn answer(mut self, told: &mut Vec<Value>) -> Self {
        while !self.asked.is_empty() {
            let (request, path, body) = self.asked.remove(0);
            let (code, text) = if path == "/api/v1/calls" {
                let answer = json!({"call_id": "c1", "queue": "support", "position": 2, "estimated_wait_ms": 90_000});
                (202, answer.to_string())
            } else {
                assert_eq!(path, "/api/v1/calls/c1/events");
                (202, "{}".to_owned())
            };
            told.push(body);
            self = self.reply(request, code, &text);
        }
        self
    }

    fn reply(self, request: u32, code: i32, text: &str) -> Self {
        let response = HttpResponse {
            code,
            text: text.to_owned(),
            ..HttpResponse::default()
        };
        self.feed(Input::HttpResponse { request, response })
    }

    /// Refuses the one request that is asked.
    fn refuse(mut self, code: i32, error: &str) -> Self {
        let (request, ..) = self.asked.remove(0);
        let text = json!({"error": {"code": error, "message": format!("because: {error}")}});
        self.reply(request, code, &text.to_string())
    }

    /// The path of the access URL on which the backend commands this place.
    fn path(&self) -> String {
        let (_, _, body) = self.asked.first().unwrap();
        let url = body["access_url"].as_str().unwrap();
        let base = "http://engine.example/request/capability-1/";
        url.strip_prefix(base).unwrap().to_owned()
    }

    fn command(mut self, path: &str, body: &Value) -> (Self, Value) {
        self.token += 1;
        let token = self.token;
        self = self.feed(Input::AccessRequest {
            token,
            method: "POST".to_owned(),
            path: path.to_owned(),
            content: body.to_string(),
            headers: Vec::new(),
        });
        let answer = self.run.effects.iter().find_map(|effect| match effect {
            Effect::AccessResponse { token: t, body, .. } if *t == token => {
                Some(serde_json::from_str(body).unwrap())
            }
            _ => None,
        });
        self.run
            .effects
            .retain(|effect| !matches!(effect, Effect::AccessResponse { .. }));
        (self, answer.unwrap())
    }

    fn look(&mut self) -> Vec<String> {
        self.run.look()
    }
}

fn types(told: &[Value]) -> Vec<&str> {
    told.iter()
        .map(|body| body["type"].as_str().unwrap_or("call"))
        .collect()
}

fn connect(offer: &str) -> Value {
    json!({"command": "connect", "command_id": offer, "offer_id": offer, "contact": {"type": "user", "user": "anna"}, "ring_timeout_ms": 20_000})
}

const ACD: &str = "
let request;
VoxEngine.addEventListener(AppEvents.HttpRequest, () => Logger.write('not for the script'));
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.answer();
    request = VoxEngine.enqueueACDRequest('support', call.callerid(), { priority: 10, headers: { 'X-Deal': '7' }, customData: 'vip' });
    const fields = (e) => [e.ewt, e.position, e.operatorUserName, e.statusCode, e.error, e.operatorCall && e.operatorCall.number(), e.request === request].join();
    for (const name of Object.values(ACDEvents)) request.addEventListener(name, (e) => Logger.write(`${e.name} ${fields(e)}`));
    request.addEventListener(ACDEvents.OperatorReached, (e) => VoxEngine.sendMediaBetween(e.operatorCall, call));
    call.addEventListener(CallEvents.Disconnected, () => { request.cancel(); VoxEngine.terminate(); });
});";

#[test]
fn acd_events_of_a_request_that_reaches_the_second_agent() {
    let mut told = Vec::new();
    let scene = Scene::start(ACD).feed(connected(1));
    let path = scene.path();
    let scene = scene.answer(&mut told);
    let (scene, answer) = scene.command(&path, &connect("o1"));
    assert_eq!(answer, json!({"accepted": true}));
    let (scene, again) = scene.command(&path, &connect("o1"));
    assert_eq!(again, json!({"accepted": true}), "done once");
    let scene = scene
        .feed(ringing(2))
        .feed(failed(2, 486))
        .answer(&mut told);
    let (scene, _) = scene.command(&path, &connect("o2"));
    let mut scene = scene.feed(connected(3)).answer(&mut told);
    assert_eq!(
        scene.look(),
        [
            "answer call=1",
            "script: ACD.Queued ,,,,,,true",
            "script: ACD.Waiting 1.5,2,,,,,true",
            r#"dial call=2 target={"kind":"user","user":"anna"} callerid="111" display_name="One" headers=[["X-Deal","7"],["X-Cordboard-Call","c1"]] timeout_ms=60000"#,
            "script: ACD.OperatorCallAttempt ,,,,,anna,true",
            "script: ACD.OperatorFailed ,,anna,486,,,true",
            r#"dial call=3 target={"kind":"user","user":"anna"} callerid="111" display_name="One" headers=[["X-Deal","7"],["X-Cordboard-Call","c1"]] timeout_ms=60000"#,
            "script: ACD.OperatorCallAttempt ,,,,,anna,true",
            "script: ACD.OperatorReached ,,,,,anna,true",
            r#"send_media from={"unit":"call","id":3} to={"unit":"call","id":1}"#,
            r#"send_media from={"unit":"call","id":1} to={"unit":"call","id":3}"#,
        ]
    );
    assert_eq!(
        types(&told),
        [
            "call",
            "offer_ringing",
            "offer_failed",
            "offer_answered",
            "talk_started"
        ]
    );
    let call = &told[0];
    assert_eq!(
        (
            &call["queue"],
            &call["priority"],
            &call["custom_data"],
            &call["session_id"]
        ),
        (&json!("support"), &json!(40), &json!("vip"), &json!("77.1"))
    );
    assert_eq!(told[2]["reason"], "busy");
    let seqs: Vec<u64> = told[1..]
        .iter()
        .map(|e| e["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs, [1, 2, 3, 4]);

    // The agent hangs up; then the scenario ends.
    let scene = scene.feed(disconnected(3)).answer(&mut told);
    assert_eq!(types(&told[5..]), ["talk_ended", "session_ended"]);
    assert_eq!(told[5]["ended_by"], "agent");
    let mut scene = scene.feed(disconnected(1)).answer(&mut told);
    let lines = scene.look();
    assert_eq!(lines.last().unwrap(), "ended terminated", "{lines:?}");
    assert_eq!(told.len(), 7, "nothing is told twice");
}

#[test]
fn acd_request_of_a_caller_who_leaves_is_withdrawn() {
    let mut told = Vec::new();
    let scene = Scene::start(ACD).feed(connected(1));
    let path = scene.path();
    let (scene, _) = scene.answer(&mut told).command(&path, &connect("o1"));
    // The caller hangs up while the phone rings: everything is told although the
    // session ends in the same moment.
    let mut scene = scene
        .feed(ringing(2))
        .feed(disconnected(1))
        .answer(&mut told);
    assert_eq!(scene.look().last().unwrap(), "ended terminated");
    let mut all = types(&told);
    all.sort_unstable();
    all.dedup();
    assert_eq!(
        all,
        [
            "call",
            "caller_left",
            "offer_failed",
            "offer_ringing",
            "session_ended"
        ]
    );
}

#[test]
fn acd_refusals_are_events() {
    for (code, error, line) in [
        (409, "queue_full", "script: ACD.QueueFull ,,,,,,true"),
        (409, "no_agents", "script: ACD.Offline ,,,,,,true"),
        (
            409,
            "unknown_queue",
            "script: ACD.Error ,,,,because: unknown_queue,,true",
        ),
    ] {
        let mut scene = Scene::start(ACD).refuse(code, error);
        assert_eq!(scene.look().last().unwrap(), line);
        assert!(scene.asked.is_empty());
    }
    let text = "const r = VoxEngine.enqueueACDRequest('q', '1'); r.addEventListener(ACDEvents.Error, (e) => Logger.write(e.error));";
    let lines = Run::api(text).wait(100).lines();
    assert_eq!(lines, ["script: no backend is configured"]);
}

#[test]
fn acd_get_status_and_announcements_come_as_waiting() {
    let text = format!("{ACD} setTimeout(() => request.getStatus(), 1000);");
    let mut told = Vec::new();
    let scene = Scene::start(&text);
    let path = scene.path();
    let mut scene = scene.answer(&mut told);
    scene.look();
    let scene = scene.wait(1_000).answer(&mut told);
    let announce = json!({"command": "announce", "position": 1, "estimated_wait_ms": null});
    let (mut scene, _) = scene.command(&path, &announce);
    assert_eq!(
        scene.look(),
        [
            "script: ACD.Waiting 1.5,2,,,,,true",
            "script: ACD.Waiting ,1,,,,,true"
        ]
    );
}

#[test]
fn acd_request_without_a_backend_that_answers_ends_in_an_error_after_two_minutes() {
    let mut scene = Scene::start(ACD).feed(connected(1));
    for _ in 0..60 {
        if let Some((request, ..)) = scene.asked.pop() {
            scene = scene.reply(request, -4, "");
        }
        scene = scene.wait(4_000);
    }
    let lines = scene.look();
    assert_eq!(
        lines
            .iter()
            .filter(|l| l.contains("ACD.Error ,,,,the backend does not answer"))
            .count(),
        1,
        "{lines:?}"
    );
}

#[test]
fn limit_of_10_requests_at_once_and_they_do_not_count_as_http_requests() {
    let text = "
        for (let i = 0; i < 11; i += 1) VoxEngine.enqueueACDRequest('q', '1').addEventListener(ACDEvents.Error, (e) => Logger.write(`${i} ${e.error}`));
        for (let i = 0; i < 3; i += 1) Net.httpRequestAsync('http://backend.example:8080/api/v1/calls', {postData: '{}', headers: {Authorization: 'Bearer scenario-token'}});";
    let mut scene = Scene::start(text).wait(10);
    assert_eq!(scene.asked.len(), 10 + 3, "all of them run");
    assert_eq!(scene.look(), ["script: 10 more than 10 requests at once"]);
}

#[test]
fn session_without_calls_and_with_an_acd_request_lives_120_minutes() {
    let text = "VoxEngine.enqueueACDRequest('q', '1');";
    let mut spec = spec(&[text]);
    spec.secrets = Arc::new(BTreeMap::from([(
        "CORDBOARD_BACKEND_URL".to_owned(),
        BACKEND.to_owned(),
    )]));
    let run = Run::start(spec, None);
    let mut scene = Scene {
        run,
        asked: Vec::new(),
        token: 0,
    };
    let minute = 60_000;
    for passed in 0..121 {
        for (request, ..) in requests(&mut scene.run) {
            let accepted =
                json!({"call_id": "c1", "position": 1, "estimated_wait_ms": null}).to_string();
            scene.run = scene.run.feed(Input::HttpResponse {
                request,
                response: HttpResponse {
                    code: 202,
                    text: accepted,
                    ..HttpResponse::default()
                },
            });
        }
        let over = scene
            .run
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Ended { .. }));
        assert!(!over, "after {passed} minutes");
        // In small steps, so that each heartbeat is answered.
        for _ in 0..6 {
            scene.run = scene.run.wait(minute / 6);
            for (request, ..) in requests(&mut scene.run) {
                scene.run = scene.run.feed(Input::HttpResponse {
                    request,
                    response: HttpResponse {
                        code: 202,
                        text: "{}".to_owned(),
                        ..HttpResponse::default()
                    },
                });
            }
        }
        if scene.run.effects.iter().any(|e| {
            matches!(
                e,
                Effect::Ended {
                    why: EndReason::Idle
                }
            )
        }) {
            assert!((119..=121).contains(&passed), "after {passed} minutes");
            return;
        }
    }
    panic!("the session did not end");
}

fn requests(run: &mut Run) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    run.effects.retain(|effect| match effect {
        Effect::HttpRequest { request, spec } => {
            found.push((*request, spec.url.clone()));
            false
        }
        _ => true,
    });
    found
}

const TASK: &str = "
let task;
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.answer();
    task = VoxEngine.enqueueTask({ call, queue: { name: 'support' }, timeout: 60, priority: 50, skills: [{ name: 'english', level: 3 }, { name: 'vip' }] });
    const fields = (e) => [e.ewt, e.position, e.code, e.operatorName, e.status, e.type, e.description, e.agentCall && e.agentCall.number(), e.task === task, task.status, task.terminationStatus].join();
    for (const name of Object.values(SmartQueueEvents)) task.addEventListener(name, (e) => Logger.write(`${e.name} ${fields(e)}`));
});";

#[test]
fn smart_queue_events_of_a_task_that_reaches_an_agent() {
    let mut told = Vec::new();
    let scene = Scene::start(TASK).feed(connected(1));
    let path = scene.path();
    let (scene, _) = scene.answer(&mut told).command(&path, &connect("o1"));
    let scene = scene.feed(connected(2)).answer(&mut told);
    let mut scene = scene.feed(disconnected(2)).answer(&mut told);
    let lines: Vec<String> = scene
        .look()
        .into_iter()
        .filter(|l| l.starts_with("script"))
        .collect();
    assert_eq!(
        lines,
        [
            "script: SmartQueue.EnqueueSuccess ,,,,,,,,true,DISTRIBUTING,0",
            "script: SmartQueue.Waiting 90000,2,200,,,,,,true,DISTRIBUTING,0",
            "script: SmartQueue.DistributeTask ,,,anna,,,,,true,CONNECTING,0",
            "script: SmartQueue.OperatorReached ,,,,,,,anna,true,CONNECTED,0",
        ]
    );
    assert_eq!(told[0]["skills"], json!(["english:3", "vip"]));
    assert_eq!(told[0]["priority"], 0);
    assert_eq!(
        types(&told[1..]),
        [
            "offer_answered",
            "talk_started",
            "talk_ended",
            "session_ended"
        ]
    );
}

#[test]
fn smart_queue_task_without_an_agent_is_cancelled_in_time() {
    let mut told = Vec::new();
    let mut scene = Scene::start(TASK).feed(connected(1));
    for _ in 0..61 {
        scene = scene.answer(&mut told).wait(1_000);
    }
    let mut scene = scene.answer(&mut told);
    let lines = scene.look();
    assert_eq!(
        lines.last().unwrap(),
        "script: SmartQueue.TaskCanceled ,,,,1001,,no agent within the timeout,,true,FAILED,1001"
    );
    assert_eq!(
        types(&told[told.len() - 2..]),
        ["caller_left", "session_ended"]
    );
}

#[test]
fn smart_queue_client_who_leaves_takes_the_task_along_unless_it_is_kept() {
    for (keep, end) in [
        ("", Some("caller_left")),
        (
            "task.addEventListener(SmartQueueEvents.ClientDisconnected, (e) => e.cancel());",
            None,
        ),
    ] {
        let text = format!(
            "{TASK} VoxEngine.addEventListener(AppEvents.CallAlerting, () => {{ {keep} }});"
        );
        let mut told = Vec::new();
        let scene = Scene::start(&text).feed(connected(1)).answer(&mut told);
        let mut scene = scene.feed(disconnected(1)).answer(&mut told);
        let lines = scene.look();
        assert!(
            lines
                .last()
                .unwrap()
                .contains("SmartQueue.ClientDisconnected"),
            "{lines:?}"
        );
        assert_eq!(types(&told).contains(&"caller_left"), end.is_some());
    }
}
