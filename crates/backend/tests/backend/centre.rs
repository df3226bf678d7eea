//! A backend under test: its own runtime, so that it can be killed.

use backend::{Backend, BackendConfig};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use store::{DatabaseKind, NewUser, Role, Store};
use tempfile::TempDir;
use temporary_postgres::Postgres;
use tokio::runtime::Runtime;

pub const SCENARIO_TOKEN: &str = "scenario-token-of-the-test";
pub const ENGINE_TOKEN: &str = "engine-token-of-the-test";
pub const PASSWORD: &str = "correct horse";

/// How long a test waits for what must come: generous, for machines under load.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running backend on a file of its own.
pub struct Centre {
    pub url: String,
    pub client: Client,
    folder: TempDir,
    /// The database's URL; `None` is a file of its own.
    postgres: Option<String>,
    runtime: Option<Runtime>,
    backend: Option<Backend>,
    queue: acd::QueueConfig,
    reserves: Vec<acd::ReserveConfig>,
    command_timeout_ms: u64,
    session_probe_ms: u64,
}

/// The queue `support` with no wrap-up.
pub fn support() -> acd::QueueConfig {
    acd::QueueConfig {
        numbers: vec!["100".into()],
        retry_delay_ms: 5_000,
        wrap_up_ms: 0,
        ..acd::QueueConfig::named("support")
    }
}

/// SQLite; `CORDBOARD_TEST_DATABASE=postgres` runs the same tests on the other one.
fn usual_database() -> DatabaseKind {
    match std::env::var("CORDBOARD_TEST_DATABASE").as_deref() {
        Ok("postgres") => DatabaseKind::Postgres,
        Ok(other) => panic!("CORDBOARD_TEST_DATABASE: {other} is not known"),
        Err(_) => DatabaseKind::Sqlite,
    }
}

impl Centre {
    /// A centre with agents anna and boris and supervisor olga.
    pub async fn start() -> Self {
        Self::with_queue(support()).await
    }

    /// The same on a kind of database.
    pub async fn start_on(database: DatabaseKind) -> Self {
        Self::with(support(), database).await
    }

    pub async fn with_queue(queue: acd::QueueConfig) -> Self {
        Self::with(queue, usual_database()).await
    }

    async fn with(queue: acd::QueueConfig, database: DatabaseKind) -> Self {
        // Where no test writes more than its own log.
        let folder = tempfile::tempdir().unwrap();
        // An error says that it is installed already.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let mut centre = Self {
            url: String::new(),
            client,
            folder,
            postgres: match database {
                DatabaseKind::Sqlite => None,
                DatabaseKind::Postgres => Some(Postgres::shared().database().unwrap()),
            },
            runtime: None,
            backend: None,
            queue,
            reserves: Vec::new(),
            command_timeout_ms: 300,
            session_probe_ms: 20_000,
        };
        let store = Store::open(&centre.database()).await.unwrap();
        for (name, role) in [
            ("anna", Role::Agent),
            ("boris", Role::Agent),
            ("olga", Role::Supervisor),
        ] {
            store.add_user(user(name, role)).await.unwrap();
        }
        store.close().await;
        centre.launch().await;
        centre
    }

    /// The same with one reserve number, which takes callers after so much
    /// waiting.
    pub async fn start_with_reserve(name: &str, threshold_ms: u64) -> Self {
        let mut centre = Self::start().await;
        let contact = acd::Contact::Phone {
            number: "70000000001".into(),
        };
        centre.reserves = vec![acd::ReserveConfig {
            threshold_ms,
            ban: acd::BanRule {
                after_misses: 1,
                first_ms: 600_000,
                max_ms: 600_000,
                agent_may_lift: false,
            },
            ..acd::ReserveConfig::named(name, contact)
        }];
        centre.shut_down().await;
        centre.launch().await;
        centre
    }

    /// Starts it again, asking quiet sessions often whether they live.
    pub async fn restart_probing(&mut self, session_probe_ms: u64) {
        self.shut_down().await;
        self.session_probe_ms = session_probe_ms;
        self.launch().await;
    }

    /// The database's path.
    fn file(&self) -> String {
        self.folder
            .path()
            .join("cordboard.db")
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// Where sounds of the owner would be.
    pub fn sounds_dir(&self) -> std::path::PathBuf {
        self.folder.path().join("sounds")
    }

    /// What the store opens.
    pub fn database(&self) -> String {
        self.postgres.clone().unwrap_or_else(|| self.file())
    }

    /// A second backend on the same database, which stands by.
    pub async fn second(&self) -> Self {
        let mut second = Self {
            url: String::new(),
            client: self.client.clone(),
            folder: tempfile::tempdir().unwrap(),
            postgres: self.postgres.clone(),
            runtime: None,
            backend: None,
            queue: self.queue.clone(),
            reserves: self.reserves.clone(),
            command_timeout_ms: self.command_timeout_ms,
            session_probe_ms: self.session_probe_ms,
        };
        second.launch().await;
        second
    }

    /// Starts the backend (again) on the same file and, so that sessions' and
    /// clients' addresses stay right, on any free port.
    pub async fn launch(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let config = BackendConfig {
            scenario_token: SCENARIO_TOKEN.into(),
            engine_token: ENGINE_TOKEN.into(),
            queues: vec![self.queue.clone()],
            reserves: self.reserves.clone(),
            pages: acd::PageRule {
                grace_ms: 4_000,
                need: acd::PageNeed::OnceOpen,
                ..acd::PageRule::default()
            },
            command_timeout_ms: self.command_timeout_ms,
            session_probe_ms: self.session_probe_ms,
            policy: self.policy(),
            agent_skills: [("anna".into(), [("english".to_owned(), 3)].into())].into(),
            sounds_dir: self.sounds_dir(),
            ..BackendConfig::default()
        };
        let file = self.database();
        let started = runtime.spawn(async move {
            let store = Store::open(&file).await.unwrap();
            Backend::start(config, store).await.unwrap()
        });
        let backend = started.await.unwrap();
        self.url = format!("http://{}", backend.bound());
        (self.runtime, self.backend) = (Some(runtime), Some(backend));
    }

    /// Where the policy is; `None` as long as no test has written one.
    fn policy(&self) -> Option<backend::PolicyConfig> {
        let file = self.folder.path().join("policy.js");
        file.exists().then_some(backend::PolicyConfig {
            file,
            deadline_ms: 200,
        })
    }

    /// Writes the policy; a backend that started without one is started again.
    pub async fn write_policy(&mut self, source: &str) {
        let had_one = self.policy().is_some();
        let file = self.folder.path().join("policy.js");
        std::fs::write(file, source).unwrap();
        if !had_one {
            self.shut_down().await;
            self.launch().await;
        }
    }

    /// Kills the backend without a word: no task gets to run again.
    pub fn kill(&mut self) {
        std::mem::forget(self.backend.take());
        self.runtime.take().unwrap().shutdown_background();
    }

    /// Stops the backend as an operator does.
    pub async fn shut_down(&mut self) {
        let backend = self.backend.take().unwrap();
        self.runtime
            .as_ref()
            .unwrap()
            .spawn(backend.shutdown())
            .await
            .unwrap();
        self.runtime.take().unwrap().shutdown_background();
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.url))
            .timeout(PATIENCE)
    }

    /// Sends as a scenario does.
    pub async fn scenario(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        answer(
            self.request(method, path)
                .bearer_auth(SCENARIO_TOKEN)
                .body(body.to_string()),
        )
        .await
    }

    /// An engine's report of its phones.
    pub async fn devices(&self, body: Value) -> (StatusCode, Value) {
        self.with_token(ENGINE_TOKEN, Method::PUT, "/api/v1/devices", body)
            .await
    }

    /// Sends with a bearer token.
    pub async fn with_token(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        answer(
            self.request(method, path)
                .bearer_auth(token)
                .body(body.to_string()),
        )
        .await
    }

    pub async fn get(&self, token: &str, path: &str) -> Value {
        let (status, body) = answer(self.request(Method::GET, path).bearer_auth(token)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// Signs in; returns the bearer token.
    pub async fn login(&self, user: &str) -> String {
        let body = json!({"user": user, "password": PASSWORD});
        let (status, body) = answer(
            self.request(Method::POST, "/api/v1/login")
                .body(body.to_string()),
        )
        .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["token"].as_str().unwrap().to_owned()
    }

    /// Signs an agent in and presses Ready.
    pub async fn ready(&self, agent: &str) -> String {
        let token = self.login(agent).await;
        let (status, state) = self
            .with_token(
                &token,
                Method::PUT,
                "/api/v1/agent/intent",
                json!({"intent": "ready"}),
            )
            .await;
        assert_eq!(
            (status, &state["agent"]["intent"]),
            (StatusCode::OK, &json!("ready")),
            "{state}"
        );
        token
    }

    pub async fn agent(&self, token: &str) -> Value {
        self.get(token, "/api/v1/agent/state").await["agent"].take()
    }

    /// Waits until the agent's activity is `activity`.
    pub async fn await_activity(&self, token: &str, activity: &str) -> Value {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut after = String::new();
        loop {
            let news = self
                .get(token, &format!("/api/v1/agent/events{after}"))
                .await;
            if let Some(state) = news["events"].get(0) {
                if state["agent"]["activity"] == activity {
                    return state["agent"].clone();
                }
                after = format!("?after={}", state["event_id"]);
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "never {activity}: {news}"
            );
        }
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        drop(self.backend.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Sends and reads status and JSON (`null` if there is none).
pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

pub fn user(name: &str, role: Role) -> NewUser {
    use std::sync::OnceLock;
    static HASH: OnceLock<String> = OnceLock::new();
    NewUser {
        name: name.into(),
        role,
        display_name: name.to_uppercase(),
        password_hash: Some(
            HASH.get_or_init(|| backend::password::hash(PASSWORD).unwrap())
                .clone(),
        ),
        sip_ha1_md5: String::new(),
        sip_ha1_sha256: String::new(),
        sip_realm: "cordboard".into(),
        contact_json: None,
    }
}
