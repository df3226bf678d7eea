//! The certificate of the HTTPS port: the operator's, or one made at the first
//! start, for a demo and for closed networks. What clients then trust is a
//! certificate authority of its own, whose key is thrown away after that one use.

use crate::config::Http;
use backend::TlsConfig;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::net::SocketAddr;
use std::path::Path;

/// Whom clients trust, in the data folder.
const AUTHORITY: &str = "tls/ca.pem";
const CERTIFICATE: &str = "tls/certificate.pem";
const KEY: &str = "tls/key.pem";

/// How HTTPS is served, if it is; makes a certificate when none is configured.
///
/// # Errors
/// A sentence for the user, naming the key.
pub(crate) fn tls(http: &Http, data: &Path) -> Result<Option<TlsConfig>, String> {
    if http.tls_bind.is_empty() {
        return Ok(None);
    }
    let bind: SocketAddr = http
        .tls_bind
        .parse()
        .map_err(|_| "`http.tls_bind` must be an address and a port".to_owned())?;
    let (certificate, key) = if http.tls_certificate.is_empty() {
        let (certificate, key) = (data.join(CERTIFICATE), data.join(KEY));
        if !key.exists() || !certificate.exists() {
            make(bind, data).map_err(|why| format!("no certificate for HTTPS: {why}"))?;
        }
        (certificate, key)
    } else {
        ((&http.tls_certificate).into(), (&http.tls_key).into())
    };
    Ok(Some(TlsConfig {
        bind,
        certificate,
        key,
    }))
}

fn make(bind: SocketAddr, data: &Path) -> Result<(), String> {
    let text = |error: rcgen::Error| error.to_string();
    let mut params = CertificateParams::new(Vec::<String>::new()).map_err(text)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let name = "Cordboard, made by this installation";
    params.distinguished_name.push(DnType::CommonName, name);
    let authority_key = KeyPair::generate().map_err(text)?;
    let authority = CertifiedIssuer::self_signed(params, authority_key).map_err(text)?;

    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    let own = bind.ip().to_string();
    if !bind.ip().is_unspecified() && !names.contains(&own) {
        names.push(own);
    }
    let mut params = CertificateParams::new(names).map_err(text)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Cordboard");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(text)?;
    let certificate = params.signed_by(&key, &authority).map_err(text)?;

    let disk = |error: std::io::Error| error.to_string();
    std::fs::create_dir_all(data.join("tls")).map_err(disk)?;
    std::fs::write(data.join(AUTHORITY), authority.pem()).map_err(disk)?;
    let chain = format!("{}{}", certificate.pem(), authority.pem());
    std::fs::write(data.join(CERTIFICATE), chain).map_err(disk)?;
    // Last: when it is there, the others are.
    let path = data.join(KEY);
    crate::demo::write_private(&path, &key.serialize_pem()).map_err(disk)
}
