//! HTTP on behalf of scenarios: `Net.httpRequest` and fetched audio.

use crate::reach::{Reach, is_public};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use scenario::Limits;
use scenario::host::{HttpResponse, HttpSpec};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Redirects followed before the request fails with -5.
const REDIRECTS_MAX: usize = 10;

/// Why nothing came back. The numbers are those of `Net` (voxengine.md §8).
#[derive(Debug)]
pub(crate) enum FetchError {
    Url(String),
    Refused(String),
    Connect(String),
    Redirects,
    Network(String),
    Timeout,
    TooLarge,
}

impl FetchError {
    fn code(&self) -> i32 {
        match self {
            Self::Url(_) | Self::Refused(_) => -2,
            Self::Connect(why) if why.contains("dns") || why.contains("lookup") => -3,
            Self::Connect(_) => -4,
            Self::Redirects => -5,
            Self::Network(_) => -6,
            Self::Timeout => -7,
            Self::TooLarge => -9,
        }
    }
}

impl std::fmt::Display for FetchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(why) => write!(f, "the URL is not usable: {why}"),
            Self::Refused(host) => write!(
                f,
                "{host} is a private address; name it in `engine.allow_hosts` to allow it"
            ),
            Self::Connect(why) => write!(f, "cannot connect: {why}"),
            Self::Redirects => write!(f, "more than {REDIRECTS_MAX} redirects"),
            Self::Network(why) => write!(f, "the connection broke: {why}"),
            Self::Timeout => write!(f, "no answer in time"),
            Self::TooLarge => write!(f, "the answer is too large"),
        }
    }
}

/// Two clients: one for hosts that the configuration names, one that never
/// connects to a private address, whatever a name resolves to at that moment.
#[derive(Clone)]
pub(crate) struct Http {
    trusted: reqwest::Client,
    guarded: reqwest::Client,
    reach: Reach,
    response_bytes_max: usize,
    total_ms_max: u64,
}

impl Http {
    pub(crate) fn new(reach: Reach, limits: &Limits) -> Result<Self, reqwest::Error> {
        // Another part of the process may have chosen the provider already: that one serves too.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = || {
            reqwest::Client::builder()
                .user_agent("VoxEngine/1.0")
                .connect_timeout(Duration::from_secs(limits.http_connect_s))
                .no_proxy()
        };
        let trusted = base().redirect(same_host()).build()?;
        let guarded = base()
            .redirect(public_only())
            .dns_resolver(Arc::new(PublicNames))
            .build()?;
        Ok(Self {
            trusted,
            guarded,
            reach,
            response_bytes_max: bytes(limits.http_response_bytes),
            total_ms_max: limits.http_timeout_s.saturating_mul(1_000),
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
        let (client, url) = self.client_for(&spec.url)?;
        let method = reqwest::Method::from_bytes(spec.method.as_bytes())
            .map_err(|_| FetchError::Url(format!("method {:?}", spec.method)))?;
        let mut request = client.request(method, url).timeout(Duration::from_millis(
            spec.timeout_ms.clamp(1, self.total_ms_max),
        ));
        for (name, value) in &spec.headers {
            request = request.header(name, value);
        }
        if !spec.body.is_empty() {
            request = request.body(spec.body);
        }
        let response = request.send().await.map_err(|error| classify(&error))?;
        let code = i32::from(response.status().as_u16());
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        let data = read_body(response, self.response_bytes_max).await?;
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
        let (client, url) = self.client_for(url)?;
        let response = client
            .get(url)
            .timeout(timeout)
            .send()
            .await
            .map_err(|error| classify(&error))?;
        if !response.status().is_success() {
            return Err(FetchError::Network(format!(
                "HTTP {}",
                response.status().as_u16()
            )));
        }
        read_body(response, bytes_max).await
    }

    fn client_for(&self, text: &str) -> Result<(&reqwest::Client, Url), FetchError> {
        let url = Url::parse(text).map_err(|error| FetchError::Url(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Url(format!("scheme `{}`", url.scheme())));
        }
        if self.reach.is_allowed(&url) {
            return Ok((&self.trusted, url));
        }
        if let Some(host) = private_literal(&url) {
            return Err(FetchError::Refused(host));
        }
        Ok((&self.guarded, url))
    }
}

/// A limit as a number of bytes in memory.
pub(crate) fn bytes(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

async fn read_body(
    mut response: reqwest::Response,
    bytes_max: usize,
) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
        if body.len() + chunk.len() > bytes_max {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn classify(error: &reqwest::Error) -> FetchError {
    // The innermost cause is what a person can act on.
    let mut why = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(inner) = cause {
        why = inner.to_string();
        cause = inner.source();
    }
    if let Some(host) = why.strip_prefix(PRIVATE_NAME) {
        FetchError::Refused(host.to_owned())
    } else if error.is_timeout() {
        FetchError::Timeout
    } else if error.is_connect() {
        FetchError::Connect(why)
    } else if error.is_redirect() {
        FetchError::Redirects
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

/// A trusted host may redirect within itself only: trust is not handed on.
fn same_host() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        let origin = attempt.previous().first().map(Url::origin);
        if attempt.previous().len() > REDIRECTS_MAX || origin != Some(attempt.url().origin()) {
            attempt.error("redirect refused")
        } else {
            attempt.follow()
        }
    })
}

fn public_only() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        if attempt.previous().len() > REDIRECTS_MAX || private_literal(attempt.url()).is_some() {
            attempt.error("redirect refused")
        } else {
            attempt.follow()
        }
    })
}

const PRIVATE_NAME: &str = "private address behind ";

/// Resolves names and drops private addresses, so that a name cannot be
/// rebound to one between the check and the connection.
struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let all: Vec<_> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let public: Vec<_> = all
                .into_iter()
                .filter(|addr| is_public(addr.ip()))
                .collect();
            if public.is_empty() {
                return Err(format!("{PRIVATE_NAME}{host}").into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn code(url: &str) -> (i32, String) {
        let http = Http::new(Reach::default(), &Limits::default()).unwrap();
        let spec = HttpSpec {
            method: "GET".into(),
            url: url.into(),
            timeout_ms: 2_000,
            connect_timeout_ms: 1_000,
            ..HttpSpec::default()
        };
        let response = http.request(spec).await;
        (response.code, response.error.unwrap_or_default())
    }

    #[tokio::test]
    async fn private_addresses_are_refused_however_they_are_written() {
        for url in [
            "http://127.0.0.1:1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://localhost:1/",
            "http://10.0.0.1/",
            "http://0/",
        ] {
            let (code, error) = code(url).await;
            assert_eq!(code, -2, "{url}: {error}");
            assert!(error.contains("engine.allow_hosts"), "{url}: {error}");
        }
    }

    #[tokio::test]
    async fn other_schemes_are_not_urls_for_a_scenario() {
        for url in ["file:///etc/passwd", "gopher://x/", "nonsense"] {
            assert_eq!(code(url).await.0, -2, "{url}");
        }
    }

    #[tokio::test]
    async fn an_allowed_host_that_is_down_is_a_connect_error() {
        let http = Http::new(Reach::new(["127.0.0.1:1".into()]), &Limits::default()).unwrap();
        let spec = HttpSpec {
            method: "GET".into(),
            url: "http://127.0.0.1:1/".into(),
            timeout_ms: 2_000,
            connect_timeout_ms: 1_000,
            ..HttpSpec::default()
        };
        assert_eq!(http.request(spec).await.code, -4);
    }

    /// A server on loopback that answers every connection with these bytes, after so long.
    async fn serve(answer: Vec<u8>, after: Duration) -> std::net::SocketAddr {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 4_096];
                let _ = stream.read(&mut head).await;
                tokio::time::sleep(after).await;
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                    answer.len()
                );
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(&answer).await;
            }
        });
        address
    }

    async fn asked(address: std::net::SocketAddr, limits: &Limits) -> HttpResponse {
        let http = Http::new(Reach::new([address.to_string()]), limits).unwrap();
        let spec = HttpSpec {
            method: "GET".into(),
            url: format!("http://{address}/"),
            timeout_ms: 600_000,
            connect_timeout_ms: 6_000,
            ..HttpSpec::default()
        };
        http.request(spec).await
    }

    #[tokio::test]
    async fn limit_http_response_bytes() {
        let limits = Limits {
            http_response_bytes: 2_000,
            ..Limits::default()
        };
        let fits = serve(vec![b'x'; 2_000], Duration::ZERO).await;
        assert_eq!(asked(fits, &limits).await.code, 200);
        let above = serve(vec![b'x'; 2_001], Duration::ZERO).await;
        assert_eq!(asked(above, &limits).await.code, -9);
        let cloud = serve(vec![b'x'; (2 << 20) + 1], Duration::ZERO).await;
        assert_eq!(asked(cloud, &Limits::default()).await.code, -9);
    }

    #[tokio::test]
    async fn limit_http_timeout_s() {
        let limits = Limits {
            http_timeout_s: 1,
            ..Limits::default()
        };
        let silent = serve(Vec::new(), Duration::from_secs(60)).await;
        assert_eq!(asked(silent, &limits).await.code, -7);
    }

    #[tokio::test]
    async fn limit_audio_bytes() {
        let limits = Limits {
            audio_bytes: 2_000,
            ..Limits::default()
        };
        let address = serve(vec![b'x'; 2_001], Duration::ZERO).await;
        let http = Http::new(Reach::new([address.to_string()]), &limits).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let tunes = crate::tune_cache::TuneCache::new(http, folder.path().to_owned(), &limits);
        let error = tunes.get(&format!("http://{address}/")).await.unwrap_err();
        assert!(error.contains("too large"), "{error}");
    }

    #[tokio::test]
    async fn limit_audio_fetch_s() {
        let limits = Limits {
            audio_fetch_s: 1,
            ..Limits::default()
        };
        let address = serve(Vec::new(), Duration::from_secs(60)).await;
        let http = Http::new(Reach::new([address.to_string()]), &limits).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let tunes = crate::tune_cache::TuneCache::new(http, folder.path().to_owned(), &limits);
        let error = tunes.get(&format!("http://{address}/")).await.unwrap_err();
        assert!(error.contains("in time"), "{error}");
    }
}
