//! HTTP on behalf of scenarios: `Net.httpRequest` and fetched audio.

mod names;
#[cfg(test)]
pub(crate) mod tests;

use crate::reach::{Reach, is_public};
use crate::trust::Trust;
use hyper::body::Bytes;
use names::{NameError, Names};
use parking_lot::Mutex;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use scenario::Limits;
use scenario::host::{HttpResponse, HttpSpec};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

/// Redirects followed before the request fails with -5.
const REDIRECTS_MAX: usize = 10;
/// Clients kept; each has its own time to connect. A scenario that asks for a
/// new time in every request makes the others go.
const CLIENTS_MAX: usize = 32;
/// Times to connect are told apart by so much, milliseconds.
const CONNECT_STEP_MS: u64 = 100;
/// What answers take is counted in pieces of so many bytes.
const PIECE_BYTES: usize = 1_024;

/// Why nothing came back. The numbers are those of `Net` (voxengine.md §8).
#[derive(Debug)]
pub(crate) enum FetchError {
    Unknown(String),
    Url(String),
    Refused(String),
    Host(String),
    Connect(String),
    Redirects,
    Network(String),
    Timeout,
    Internal(String),
    TooLarge,
}

impl FetchError {
    fn code(&self) -> i32 {
        match self {
            Self::Unknown(_) => -1,
            Self::Url(_) | Self::Refused(_) => -2,
            Self::Host(_) => -3,
            Self::Connect(_) => -4,
            Self::Redirects => -5,
            Self::Network(_) => -6,
            Self::Timeout => -7,
            Self::Internal(_) => -8,
            Self::TooLarge => -9,
        }
    }
}

impl std::fmt::Display for FetchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(why) => write!(f, "the request cannot be sent: {why}"),
            Self::Url(why) => write!(f, "the URL is not usable: {why}"),
            Self::Refused(host) => write!(
                f,
                "{host} is a private address; name it in `engine.allow_hosts` to allow it"
            ),
            Self::Host(why) => write!(f, "no such host: {why}"),
            Self::Connect(why) => write!(f, "cannot connect: {why}"),
            Self::Redirects => write!(f, "more than {REDIRECTS_MAX} redirects"),
            Self::Network(why) => write!(f, "the connection broke: {why}"),
            Self::Timeout => write!(f, "no answer in time"),
            Self::Internal(why) => write!(f, "the engine cannot do it now: {why}"),
            Self::TooLarge => write!(f, "the answer is too large"),
        }
    }
}

/// Requests of scenarios. Hosts that the configuration names are reached as
/// they are; for all others no private address is ever connected to, whatever
/// a name resolves to at that moment, and wherever a redirect leads.
#[derive(Clone)]
pub(crate) struct Http {
    inner: Arc<Inner>,
}

struct Inner {
    trust: Trust,
    reach: Reach,
    /// By trust and time to connect, in steps.
    clients: Mutex<BTreeMap<(bool, u64), reqwest::Client>>,
    response_bytes_max: usize,
    total_ms_max: u64,
    connect_ms_max: u64,
    /// Memory for answers of all sessions that are being read, in pieces.
    answers: Semaphore,
}

/// What is asked for, as it changes from redirect to redirect.
struct Ask {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
    connect_ms: u64,
    until: Instant,
    trusted: bool,
}

impl Http {
    /// `answer_bytes` is what all answers that are being read may take together.
    pub(crate) fn new(
        reach: Reach,
        trust: Trust,
        limits: &Limits,
        answer_bytes: usize,
    ) -> Result<Self, reqwest::Error> {
        let inner = Inner {
            trust,
            reach,
            clients: Mutex::default(),
            response_bytes_max: bytes(limits.http_response_bytes),
            total_ms_max: limits.http_timeout_s.saturating_mul(1_000),
            connect_ms_max: limits.http_connect_s.saturating_mul(1_000),
            answers: Semaphore::new((answer_bytes / PIECE_BYTES).min(Semaphore::MAX_PERMITS)),
        };
        // Whether a client can be made at all is known before the first call.
        inner.client(true, inner.connect_ms_max)?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Carries out a scenario's request; failures become `Net`'s codes.
    pub(crate) async fn request(&self, spec: HttpSpec) -> HttpResponse {
        match self.try_request(spec).await {
            Ok(response) => response,
            Err(error) => HttpResponse {
                code: error.code(),
                error: Some(error.to_string()),
                ..HttpResponse::default()
            },
        }
    }

    async fn try_request(&self, spec: HttpSpec) -> Result<HttpResponse, FetchError> {
        let wrong = |what: &str| FetchError::Unknown(what.to_owned());
        let method =
            Method::from_bytes(spec.method.as_bytes()).map_err(|_| wrong("its method is none"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &spec.headers {
            let key = HeaderName::from_bytes(name.as_bytes());
            let key = key.map_err(|_| wrong(&format!("`{name}` is not the name of a header")))?;
            let value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| wrong(&format!("the value of header `{name}` cannot be sent")))?;
            headers.append(key, value);
        }
        let url = usable(&spec.url)?;
        let timeout = Duration::from_millis(spec.timeout_ms.clamp(1, self.inner.total_ms_max));
        let response = self
            .send(Ask {
                trusted: self.inner.reach.is_allowed(&url),
                method,
                url,
                headers,
                body: spec.body.into(),
                connect_ms: spec.connect_timeout_ms,
                until: Instant::now() + timeout,
            })
            .await?;
        let code = i32::from(response.status().as_u16());
        let text_of = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), text_of(value)))
            .collect();
        let data = self
            .read_body(response, self.inner.response_bytes_max)
            .await?;
        let text = String::from_utf8_lossy(&data).into_owned();
        Ok(HttpResponse {
            code,
            text,
            data,
            headers,
            error: None,
        })
    }

    /// Fetches a file for a player.
    pub(crate) async fn download(
        &self,
        url: &str,
        bytes_max: usize,
        timeout: Duration,
    ) -> Result<Vec<u8>, FetchError> {
        let url = usable(url)?;
        let response = self
            .send(Ask {
                trusted: self.inner.reach.is_allowed(&url),
                method: Method::GET,
                url,
                headers: HeaderMap::new(),
                body: Bytes::new(),
                connect_ms: self.inner.connect_ms_max,
                until: Instant::now() + timeout,
            })
            .await?;
        if !response.status().is_success() {
            return Err(FetchError::Network(format!(
                "HTTP {}",
                response.status().as_u16()
            )));
        }
        self.read_body(response, bytes_max).await
    }

    /// Sends a request and follows redirects. Each new place is judged anew; a
    /// host that is trusted hands its trust on to nobody but itself.
    async fn send(&self, mut ask: Ask) -> Result<reqwest::Response, FetchError> {
        for _ in 0..=REDIRECTS_MAX {
            if !ask.trusted
                && let Some(host) = private_literal(&ask.url)
            {
                return Err(FetchError::Refused(host));
            }
            let left = ask.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(FetchError::Timeout);
            }
            let client = self.inner.client(ask.trusted, ask.connect_ms);
            let client = client.map_err(|error| FetchError::Internal(error.to_string()))?;
            let mut request = client
                .request(ask.method.clone(), ask.url.clone())
                .timeout(left)
                .headers(ask.headers.clone());
            if !ask.body.is_empty() {
                request = request.body(ask.body.clone());
            }
            let response = request.send().await.map_err(|error| classify(&error))?;
            match leads_to(&response, &ask.url) {
                Some(next) => ask.follow(response.status(), next)?,
                None => return Ok(response),
            }
        }
        Err(FetchError::Redirects)
    }

    async fn read_body(
        &self,
        mut response: reqwest::Response,
        bytes_max: usize,
    ) -> Result<Vec<u8>, FetchError> {
        let announced = response.content_length().unwrap_or(0);
        if announced > bytes_max as u64 {
            return Err(FetchError::TooLarge);
        }
        let mut memory: Option<SemaphorePermit<'_>> = None;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
            if body.len() + chunk.len() > bytes_max {
                return Err(FetchError::TooLarge);
            }
            let held = memory.as_ref().map_or(0, SemaphorePermit::num_permits);
            let wanted = (body.len() + chunk.len())
                .div_ceil(PIECE_BYTES)
                .saturating_sub(held);
            let more = u32::try_from(wanted).unwrap_or(u32::MAX);
            let more = self.inner.answers.try_acquire_many(more).map_err(|_| {
                let why = "the answers of all sessions together fill `engine.http_answers_mib`";
                tracing::warn!("a scenario's request failed: {why}");
                FetchError::Internal(why.to_owned())
            })?;
            match &mut memory {
                Some(memory) => memory.merge(more),
                None => memory = Some(more),
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl Inner {
    /// The client for a trusted or any other host, with that time to connect.
    fn client(&self, trusted: bool, connect_ms: u64) -> Result<reqwest::Client, reqwest::Error> {
        let connect_ms = connect_ms.clamp(1, self.connect_ms_max);
        let steps = connect_ms.div_ceil(CONNECT_STEP_MS);
        let mut clients = self.clients.lock();
        if let Some(client) = clients.get(&(trusted, steps)) {
            return Ok(client.clone());
        }
        if clients.len() >= CLIENTS_MAX {
            clients.clear();
        }
        let names = Names {
            public_only: !trusted,
        };
        let client = reqwest::Client::builder()
            .user_agent("VoxEngine/1.0")
            .connect_timeout(Duration::from_millis(steps * CONNECT_STEP_MS))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(names))
            .tls_backend_preconfigured(self.trust.config())
            .build()?;
        clients.insert((trusted, steps), client.clone());
        Ok(client)
    }
}

impl Ask {
    /// Goes on to where a redirect leads (RFC 9110 §15.4).
    fn follow(&mut self, status: StatusCode, next: Url) -> Result<(), FetchError> {
        if !matches!(next.scheme(), "http" | "https") {
            let why = format!("a redirect to scheme `{}`", next.scheme());
            return Err(FetchError::Url(why));
        }
        let keeps_method = match status {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method != Method::POST,
            StatusCode::SEE_OTHER => matches!(self.method, Method::GET | Method::HEAD),
            _ => true,
        };
        if !keeps_method {
            self.method = Method::GET;
            self.body = Bytes::new();
            for name in [
                header::CONTENT_TYPE,
                header::CONTENT_LENGTH,
                header::CONTENT_ENCODING,
                header::TRANSFER_ENCODING,
            ] {
                self.headers.remove(name);
            }
        }
        if next.origin() != self.url.origin() {
            self.trusted = false;
            for name in [
                header::AUTHORIZATION,
                header::COOKIE,
                header::PROXY_AUTHORIZATION,
            ] {
                self.headers.remove(name);
            }
        }
        self.headers.remove(header::HOST);
        self.url = next;
        Ok(())
    }
}

/// Where a response sends its client, if it does.
fn leads_to(response: &reqwest::Response, from: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?;
    from.join(std::str::from_utf8(location.as_bytes()).ok()?)
        .ok()
}

fn usable(text: &str) -> Result<Url, FetchError> {
    let url = Url::parse(text).map_err(|error| FetchError::Url(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Url(format!("scheme `{}`", url.scheme())));
    }
    Ok(url)
}

/// A limit as a number of bytes in memory.
pub(crate) fn bytes(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn classify(error: &reqwest::Error) -> FetchError {
    // The innermost cause is what a person can act on.
    let mut why = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(inner) = cause {
        match inner.downcast_ref::<NameError>() {
            Some(NameError::Private(host)) => return FetchError::Refused(host.clone()),
            Some(unknown @ NameError::Unknown { .. }) => {
                return FetchError::Host(unknown.to_string());
            }
            None => {}
        }
        why = inner.to_string();
        cause = inner.source();
    }
    if error.is_timeout() {
        FetchError::Timeout
    } else if error.is_connect() {
        FetchError::Connect(why)
    } else if error.is_builder() {
        FetchError::Url(why)
    } else {
        FetchError::Network(why)
    }
}

/// The host of a URL that is a private address literal.
fn private_literal(url: &Url) -> Option<String> {
    let ip = match url.host()? {
        url::Host::Ipv4(ip) => IpAddr::V4(ip),
        url::Host::Ipv6(ip) => IpAddr::V6(ip),
        url::Host::Domain(_) => return None,
    };
    (!is_public(ip)).then(|| ip.to_string())
}
