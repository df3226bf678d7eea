//! Fake sessions: one small server that takes commands for any number of them.

use crate::centre::{Centre, PATIENCE};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// How a session answers.
#[derive(Clone, Default)]
pub struct Behaviour {
    /// Answers 404.
    pub gone: bool,
    /// This many commands are answered 500 first.
    pub failures: u32,
    /// Takes this many commands without ever answering.
    pub hangs: u32,
    /// The answer to `status`.
    pub doing: Option<Value>,
}

#[derive(Default)]
struct Sessions {
    behaviours: Mutex<HashMap<String, Behaviour>>,
    /// Commands that were done: session, body.
    commands: Mutex<Vec<(String, Value)>>,
    /// Every POST that came in.
    posts: Mutex<Vec<(String, Value)>>,
    news: Notify,
}

/// A host of sessions. The same session id is the same session.
#[derive(Clone)]
pub struct SessionHost {
    pub base: String,
    sessions: Arc<Sessions>,
}

impl SessionHost {
    pub async fn start() -> Self {
        let sessions = Arc::new(Sessions::default());
        let router = Router::new()
            .route("/s/{id}", post(take))
            .with_state(sessions.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/s/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, sessions }
    }

    pub fn behave(&self, session: &str, behaviour: Behaviour) {
        self.sessions
            .behaviours
            .lock()
            .unwrap()
            .insert(session.into(), behaviour);
    }

    /// The session's answer to `status` from now on.
    pub fn doing(&self, session: &str, doing: Value) {
        self.behave(
            session,
            Behaviour {
                doing: Some(doing),
                ..Behaviour::default()
            },
        );
    }

    pub fn body(&self, session: &str) -> Value {
        json!({"session_id": session, "access_url": format!("{}{session}", self.base),
            "caller_number": "+15550100", "dialed_number": "100", "display_name": "Caller"})
    }

    /// POSTs the call; returns its id.
    pub async fn call(&self, centre: &Centre, session: &str) -> String {
        let (status, answer) = centre
            .scenario(Method::POST, "/api/v1/calls", self.body(session))
            .await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        answer["call_id"].as_str().unwrap().to_owned()
    }

    /// Commands done so far for a session, by command word.
    pub fn done(&self, session: &str, word: &str) -> Vec<Value> {
        let commands = self.sessions.commands.lock().unwrap();
        let fits = |(id, body): &&(String, Value)| id == session && body["command"] == word;
        commands
            .iter()
            .filter(fits)
            .map(|(_, body)| body.clone())
            .collect()
    }

    /// Every POST so far for a session, by command word.
    pub fn posts(&self, session: &str, word: &str) -> Vec<Value> {
        let posts = self.sessions.posts.lock().unwrap();
        let fits = |(id, body): &&(String, Value)| id == session && body["command"] == word;
        posts
            .iter()
            .filter(fits)
            .map(|(_, body)| body.clone())
            .collect()
    }

    /// Waits for the `count`-th command of that word; returns it.
    pub async fn await_command(&self, session: &str, word: &str, count: usize) -> Value {
        let wait = async {
            loop {
                let news = self.sessions.news.notified();
                if let Some(command) = self.done(session, word).into_iter().nth(count - 1) {
                    return command;
                }
                news.await;
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("{session} never got {word} {count}"))
    }
}

async fn take(
    State(sessions): State<Arc<Sessions>>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    sessions
        .posts
        .lock()
        .unwrap()
        .push((id.clone(), body.clone()));
    let behaviour = {
        let mut behaviours = sessions.behaviours.lock().unwrap();
        let one = behaviours.entry(id.clone()).or_default();
        let now = one.clone();
        one.failures = one.failures.saturating_sub(1);
        one.hangs = one.hangs.saturating_sub(1);
        now
    };
    if behaviour.gone {
        return StatusCode::NOT_FOUND.into_response();
    }
    if behaviour.failures > 0 {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if behaviour.hangs > 0 {
        std::future::pending::<()>().await;
    }
    {
        let mut commands = sessions.commands.lock().unwrap();
        let known: HashSet<_> = commands
            .iter()
            .map(|(s, c)| (s.clone(), c["command_id"].clone()))
            .collect();
        if !known.contains(&(id.clone(), body["command_id"].clone())) {
            commands.push((id, body.clone()));
        }
    }
    sessions.news.notify_waiters();
    let answer = match body["command"].as_str() {
        Some("status") => behaviour.doing.unwrap_or(json!({"doing": "waiting"})),
        _ => json!({"ok": true}),
    };
    Json(answer).into_response()
}

/// Sends events of one call with running numbers.
pub struct Reporter<'a> {
    pub centre: &'a Centre,
    pub call: String,
    pub seq: u64,
}

impl<'a> Reporter<'a> {
    pub fn new(centre: &'a Centre, call: &str) -> Self {
        Self {
            centre,
            call: call.into(),
            seq: 0,
        }
    }

    pub async fn report(&mut self, mut event: Value) {
        self.seq += 1;
        event["seq"] = json!(self.seq);
        event["at"] = json!("2026-11-22T08:30:00.123Z");
        let path = format!("/api/v1/calls/{}/events", self.call);
        let (status, answer) = self
            .centre
            .scenario(Method::POST, &path, event.clone())
            .await;
        assert_eq!(status, StatusCode::ACCEPTED, "{event}: {answer}");
    }
}
