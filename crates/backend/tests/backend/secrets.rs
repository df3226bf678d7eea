//! Secrets stay out of the log.

use crate::centre::{Centre, ENGINE_TOKEN, PASSWORD, SCENARIO_TOKEN};
use crate::session::{Behaviour, SessionHost};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_access_url_token_ticket_or_password_is_ever_logged() {
    let log = Log::default();
    let writer = log.clone();
    // Tests in one process share it; then this one sees their lines as well,
    // which hold other secrets.
    let installed = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_writer(move || writer.clone())
        .try_init();
    assert!(installed.is_ok(), "the log is captured");
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let (_, ticket) = centre
        .with_token(&anna, Method::POST, "/api/v1/agent/ticket", Value::Null)
        .await;
    let secrets = [
        "secret-of-a-dead-port",
        "secret-that-hangs",
        "secret-that-is-gone",
        "secret-that-fails",
    ];
    let mut dead = host.body(secrets[0]);
    dead["session_id"] = json!("dead");
    dead["access_url"] = json!(format!("http://127.0.0.1:1/s/{}", secrets[0]));
    centre.scenario(Method::POST, "/api/v1/calls", dead).await;
    host.behave(
        secrets[1],
        Behaviour {
            hangs: 100,
            ..Behaviour::default()
        },
    );
    host.behave(
        secrets[2],
        Behaviour {
            gone: true,
            ..Behaviour::default()
        },
    );
    host.behave(
        secrets[3],
        Behaviour {
            failures: 100,
            ..Behaviour::default()
        },
    );
    for secret in &secrets[1..] {
        let mut body = host.body(secret);
        body["session_id"] = json!(secret.replace("secret-", "session-"));
        centre.scenario(Method::POST, "/api/v1/calls", body).await;
    }
    // The last in line gets the agent when all before it have been given up.
    host.call(&centre, "good").await;
    host.await_command("good", "connect", 1).await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("session lost"),
        "the failures are in the log:\n{text}"
    );
    let ticket = ticket["ticket"].as_str().unwrap();
    for secret in secrets
        .into_iter()
        .chain([SCENARIO_TOKEN, ENGINE_TOKEN, PASSWORD, &anna, ticket])
    {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}
