//! The public HTTP interface, spoken as any client would.

use std::time::Duration;

use serde_json::Value;

/// Longest an answer may take: the long poll's 25 s and some.
const ANSWER_WITHIN: Duration = Duration::from_secs(40);

/// An answer: its status and its body as JSON (null if it has none or is not JSON).
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// The body as text.
    pub text: String,
    /// The body as JSON, null if it is not.
    pub json: Value,
}

impl Answer {
    /// The JSON body of a 2xx answer.
    ///
    /// # Panics
    /// If the status is not 2xx.
    pub fn ok(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "refused with {}: {}",
            self.status,
            self.text
        );
        self.json
    }
}

/// A client of one server, with or without a bearer token.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    token: Option<String>,
    http: reqwest::Client,
}

impl Client {
    /// A client without credentials; `base` is like `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Self {
        // A second installation in the same process is refused, which is fine.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        Self {
            base: base.trim_end_matches('/').to_owned(),
            token: None,
            http: reqwest::Client::builder()
                .timeout(ANSWER_WITHIN)
                .no_proxy()
                .build()
                .expect("a client without special wishes can be built"),
        }
    }

    /// The same client with a bearer token.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Sends a request. The path starts with `/`, or is a whole URL.
    ///
    /// # Errors
    /// If no answer came (server down).
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> Result<Answer, reqwest::Error> {
        let url = if path.starts_with('/') {
            format!("{}{path}", self.base)
        } else {
            path.to_owned()
        };
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method name");
        let mut request = self.http.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_owned());
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, text, json })
    }

    /// GET that must be answered.
    ///
    /// # Panics
    /// If no answer came.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
            .await
            .unwrap_or_else(|why| panic!("GET {path}: {why}"))
    }

    /// GET of a file: its status, content type and bytes.
    ///
    /// # Panics
    /// If no answer came.
    pub async fn download(&self, url: &str) -> (u16, String, Vec<u8>) {
        let answer = self.http.get(url).send().await;
        let answer = answer.unwrap_or_else(|why| panic!("GET {url}: {why}"));
        let status = answer.status().as_u16();
        let kind = answer.headers().get("content-type").cloned();
        let kind = kind.and_then(|kind| kind.to_str().map(str::to_owned).ok());
        let bytes = answer
            .bytes()
            .await
            .unwrap_or_else(|why| panic!("GET {url}: {why}"));
        (status, kind.unwrap_or_default(), bytes.to_vec())
    }

    /// POST of a file as it is, that must be answered.
    ///
    /// # Panics
    /// If no answer came.
    pub async fn upload(&self, path: &str, kind: &str, bytes: Vec<u8>) -> Value {
        let request = self.http.post(format!("{}{path}", self.base));
        let sent = request.header("content-type", kind).body(bytes).send();
        let answer = sent
            .await
            .unwrap_or_else(|why| panic!("POST {path}: {why}"));
        answer.json().await.unwrap_or_default()
    }

    /// A request with a JSON body that must be answered.
    ///
    /// # Panics
    /// If no answer came.
    pub async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(method, path, Some(&body.to_string()))
            .await
            .unwrap_or_else(|why| panic!("{method} {path}: {why}"))
    }
}
