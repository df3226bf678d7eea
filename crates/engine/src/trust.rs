//! Whose certificates are believed when scenarios ask for TLS (`https`, `wss`,
//! mail): the system's authorities, and those of `engine.ca_file` besides.

use lettre::transport::smtp::client::{Certificate, TlsParameters, TlsParametersBuilder};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest file of authorities, bytes: all that browsers know fit in 1 MiB.
const CA_FILE_BYTES_MAX: u64 = 4 << 20;

/// Why TLS cannot be set up. The owner of the configuration can fix it.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("engine.ca_file: {file} cannot be read: {why}", file = file.display())]
    File {
        /// As configured.
        file: PathBuf,
        /// What the system said.
        why: String,
    },
    /// There is nothing in it.
    #[error("engine.ca_file: {file} has no certificate in PEM form", file = file.display())]
    Empty {
        /// As configured.
        file: PathBuf,
    },
    /// One of its certificates, or the system has none at all.
    #[error("no trusted certificates: {0}; name a file in engine.ca_file")]
    Certificates(String),
}

/// Whom to believe.
#[derive(Clone)]
pub(crate) struct Trust {
    config: Arc<rustls::ClientConfig>,
    /// Those of the file, for mail.
    extra: Arc<Vec<Certificate>>,
}

impl Trust {
    /// Reads the system's authorities and those of the file.
    pub(crate) fn new(ca_file: Option<&Path>) -> Result<Self, TrustError> {
        let pem = ca_file.map(read).transpose()?.unwrap_or_default();
        let extra = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
        let extra = extra.unwrap_or_default();
        if let (Some(file), true) = (ca_file, extra.is_empty()) {
            let file = file.to_owned();
            return Err(TrustError::Empty { file });
        }
        let wrong = |error: &dyn std::fmt::Display| TrustError::Certificates(error.to_string());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            rustls_platform_verifier::Verifier::new_with_extra_roots(extra, Arc::clone(&provider))
                .map_err(|error| wrong(&error))?;
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let extra = match ca_file {
            Some(_) => vec![Certificate::from_pem(&pem).map_err(|error| wrong(&error))?],
            None => Vec::new(),
        };
        Ok(Self {
            config: Arc::new(config),
            extra: Arc::new(extra),
        })
    }

    /// For connections that scenarios make.
    pub(crate) fn config(&self) -> rustls::ClientConfig {
        rustls::ClientConfig::clone(&self.config)
    }

    /// The same, shared.
    pub(crate) fn shared_config(&self) -> Arc<rustls::ClientConfig> {
        Arc::clone(&self.config)
    }

    /// For a mail server of that name.
    pub(crate) fn for_mail(
        &self,
        server: String,
    ) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let mut builder = TlsParametersBuilder::new(server);
        for certificate in self.extra.iter() {
            builder = builder.add_root_certificate(certificate.clone());
        }
        builder.build()
    }
}

fn read(file: &Path) -> Result<Vec<u8>, TrustError> {
    let wrong = |why: String| TrustError::File {
        file: file.to_owned(),
        why,
    };
    let about = std::fs::metadata(file).map_err(|error| wrong(error.to_string()))?;
    if about.len() > CA_FILE_BYTES_MAX {
        return Err(wrong(format!(
            "it is larger than {CA_FILE_BYTES_MAX} bytes"
        )));
    }
    std::fs::read(file).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests;
