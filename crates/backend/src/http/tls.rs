//! The same pages and API by HTTPS: clients of the management API speak
//! nothing else. A renewed certificate is read from its file without a restart.

use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tracing::warn;

/// How often the files are read again, when somebody connects.
const READ_EVERY: Duration = Duration::from_secs(60);

/// How HTTPS is served.
#[derive(Clone, Debug)]
pub struct TlsConfig {
    /// Where; port 0 takes a free one.
    pub bind: SocketAddr,
    /// PEM file of the certificate and those that it was signed with.
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub key: PathBuf,
}

/// Why HTTPS cannot be served. The operator can fix it.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The address cannot be listened on.
    #[error("http.tls_bind: cannot listen on {bind}: {why}")]
    Bind {
        /// The configured address.
        bind: SocketAddr,
        /// What the system said.
        why: String,
    },
    /// A file cannot be read as PEM.
    #[error("{key}: {file} cannot be used: {why}")]
    File {
        /// The configuration key.
        key: &'static str,
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// Certificate and key do not belong together, or are of an unknown kind.
    #[error("http.tls_certificate and http.tls_key do not fit: {0}")]
    Pair(String),
}

/// A listening socket and what its connections are greeted with.
pub(crate) struct TlsListener {
    config: TlsConfig,
    listener: TcpListener,
    bound: SocketAddr,
    acceptor: Mutex<(TlsAcceptor, Instant)>,
}

impl TlsListener {
    /// Reads the files and listens.
    pub(crate) async fn open(config: TlsConfig) -> Result<Self, TlsError> {
        let acceptor = read(&config)?;
        let bind_error = |error: std::io::Error| TlsError::Bind {
            bind: config.bind,
            why: error.to_string(),
        };
        let listener = TcpListener::bind(config.bind).await.map_err(bind_error)?;
        let bound = listener.local_addr().map_err(bind_error)?;
        Ok(Self {
            config,
            listener,
            bound,
            acceptor: Mutex::new((acceptor, Instant::now())),
        })
    }

    pub(crate) fn bound(&self) -> SocketAddr {
        self.bound
    }

    pub(crate) fn listener(&self) -> &TcpListener {
        &self.listener
    }

    /// What a connection is greeted with now.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let mut acceptor = self.acceptor.lock();
        if acceptor.1.elapsed() >= READ_EVERY {
            acceptor.1 = Instant::now();
            match read(&self.config) {
                Ok(fresh) => acceptor.0 = fresh,
                Err(error) => warn!(%error, "the certificate stays as it was"),
            }
        }
        acceptor.0.clone()
    }
}

fn read(config: &TlsConfig) -> Result<TlsAcceptor, TlsError> {
    let wrong = |key: &'static str, file: &Path, why: String| TlsError::File {
        key,
        file: file.display().to_string(),
        why,
    };
    let certificate = &config.certificate;
    let bad_certificate = |why: String| wrong("http.tls_certificate", certificate, why);
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| bad_certificate(error.to_string()))?;
    if chain.is_empty() {
        return Err(bad_certificate("it has no certificate".into()));
    }
    let key = PrivateKeyDer::from_pem_file(&config.key)
        .map_err(|error| wrong("http.tls_key", &config.key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Pair(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| TlsError::Pair(error.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(server)))
}
