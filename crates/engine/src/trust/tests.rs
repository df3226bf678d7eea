//! Servers with certificates of an authority made here: believed when
//! `engine.ca_file` names it, and for nothing but what the certificate says.

use super::*;
use crate::http::Http;
use crate::reach::Reach;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use scenario::Limits;
use scenario::host::{HttpSpec, MailSpec};
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// An authority, and what it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            folder,
        }
    }

    fn trust(&self) -> Trust {
        Trust::new(Some(&self.folder.path().join("ca.pem"))).unwrap()
    }

    /// For a server of that name, until the end of a year.
    fn acceptor(&self, name: &str, until_year: i32) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(until_year, 12, 31);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// What a server speaks behind its certificate.
#[derive(Clone, Copy, Debug)]
enum Speaks {
    Https,
    Wss,
    /// SMTP with STARTTLS.
    Mail,
}

async fn serve(speaks: Speaks, acceptor: TlsAcceptor) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                match speaks {
                    Speaks::Https => https(stream, acceptor).await,
                    Speaks::Wss => wss(stream, acceptor).await,
                    Speaks::Mail => mail(stream, acceptor).await,
                }
            });
        }
    });
    address
}

async fn https(stream: TcpStream, acceptor: TlsAcceptor) -> Option<()> {
    let mut stream = acceptor.accept(stream).await.ok()?;
    let mut head = [0; 4_096];
    let _ = stream.read(&mut head).await.ok()?;
    let answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    stream.write_all(answer).await.ok()?;
    stream.shutdown().await.ok()
}

async fn wss(stream: TcpStream, acceptor: TlsAcceptor) -> Option<()> {
    let stream = acceptor.accept(stream).await.ok()?;
    let line = tokio_tungstenite::accept_async(stream).await.ok()?;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    drop(line);
    Some(())
}

/// Takes one mail, and none without TLS.
async fn mail(stream: TcpStream, acceptor: TlsAcceptor) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 here\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        if line.starts_with("EHLO") {
            stream
                .write_all(b"250-here\r\n250 STARTTLS\r\n")
                .await
                .ok()?;
        } else if line.starts_with("STARTTLS") {
            stream.write_all(b"220 go\r\n").await.ok()?;
            break;
        } else if line.is_empty() {
            return None;
        } else {
            stream.write_all(b"530 TLS first\r\n").await.ok()?;
        }
    }
    let stream = acceptor.accept(stream.into_inner()).await.ok()?;
    let mut stream = BufReader::new(stream);
    let mut in_text = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let answer: &[u8] = match line.trim_end() {
            "." => b"250 taken\r\n",
            _ if in_text => b"",
            "DATA" => b"354 go\r\n",
            _ => b"250 ok\r\n",
        };
        in_text = match line.trim_end() {
            "." => false,
            "DATA" => true,
            _ => in_text,
        };
        stream.write_all(answer).await.ok()?;
    }
}

/// Whether a scenario gets through, and what it is told if not.
async fn asked(speaks: Speaks, at: SocketAddr, trust: &Trust) -> Result<(), String> {
    let host = format!("localhost:{}", at.port());
    let reach = Reach::new([host.clone()]);
    match speaks {
        Speaks::Https => {
            let http = Http::new(reach, trust.clone(), &Limits::default(), 1 << 20).unwrap();
            let spec = HttpSpec {
                method: "GET".into(),
                url: format!("https://{host}/"),
                timeout_ms: 10_000,
                connect_timeout_ms: 5_000,
                ..HttpSpec::default()
            };
            let response = http.request(spec).await;
            match response.code {
                200 => Ok(()),
                -4 => Err(response.error.unwrap_or_default()),
                other => panic!("{other}: {response:?}"),
            }
        }
        Speaks::Wss => {
            let url = format!("wss://{host}/");
            let line = crate::socket::dial(&reach, trust, &url, &[], &Vec::new()).await;
            line.map(drop).map_err(|error| error.to_string())
        }
        Speaks::Mail => {
            let spec = MailSpec {
                server: "localhost".into(),
                port: at.port(),
                from: "a@example.com".into(),
                to: vec!["b@example.com".into()],
                title: "t".into(),
                body: "b".into(),
                ..MailSpec::default()
            };
            let (code, error) = crate::mail::send(&reach, trust, spec).await;
            match code {
                250 => Ok(()),
                -4 => Err(error.unwrap_or_default()),
                other => panic!("{other}: {error:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_named_authority_is_believed_for_the_right_name_and_time_only() {
    let authority = Authority::new();
    let trust = authority.trust();
    let system = Trust::new(None).unwrap();
    for speaks in [Speaks::Https, Speaks::Wss, Speaks::Mail] {
        let right = serve(speaks, authority.acceptor("localhost", 2100)).await;
        let told = asked(speaks, right, &trust).await;
        assert_eq!(told, Ok(()), "{speaks:?}");
        let told = asked(speaks, right, &system).await.unwrap_err();
        assert!(told.contains("UnknownIssuer"), "{speaks:?}: {told}");

        let other = serve(speaks, authority.acceptor("other.test", 2100)).await;
        let told = asked(speaks, other, &trust).await.unwrap_err();
        assert!(told.contains("not valid for name"), "{speaks:?}: {told}");

        let expired = serve(speaks, authority.acceptor("localhost", 2020)).await;
        let told = asked(speaks, expired, &trust).await.unwrap_err();
        assert!(told.contains("expired"), "{speaks:?}: {told}");

        let stranger = serve(speaks, Authority::new().acceptor("localhost", 2100)).await;
        let told = asked(speaks, stranger, &trust).await.unwrap_err();
        assert!(
            told.contains("UnknownIssuer") || told.contains("BadSignature"),
            "{speaks:?}: {told}"
        );
    }
}

#[test]
fn a_file_of_authorities_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.pem");
    let told = Trust::new(Some(&missing)).err().unwrap().to_string();
    assert!(
        told.contains("engine.ca_file") && told.contains("none.pem"),
        "{told}"
    );
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let told = Trust::new(Some(&empty)).err().unwrap().to_string();
    assert!(told.contains("no certificate in PEM form"), "{told}");
}
