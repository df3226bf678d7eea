//! Mails of scenarios to a real mail server with accounts: the password goes over TLS
//! only, and what the server answers is what the scenario is told.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::program::Program;
use cordboard_tests::sipp::{Sipp, SippPlan};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::path::Path;
use std::process::Command;

/// Writes `ca.pem`, and `cert.pem` with `key.pem` for 127.0.0.1.
fn write_certificates(folder: &Path) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let its_key = KeyPair::generate().unwrap();
    let ca = authority.self_signed(&its_key).unwrap();
    let issuer = Issuer::new(authority, its_key);
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = server.signed_by(&key, &issuer).unwrap();
    for (file, text) in [
        ("ca.pem", ca.pem()),
        ("cert.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
    ] {
        std::fs::write(folder.join(file), text).unwrap();
    }
}

/// aiosmtpd on a free port; `tls` for STARTTLS.
async fn server(folder: &Path, name: &str, tls: bool) -> (Program, u16) {
    let port = port::free();
    let mut command = Command::new("aiosmtpd");
    command
        .args(["-n", "-l", &format!("127.0.0.1:{port}")])
        .args(["-c", "accounts.Accounts", "stdout"])
        .env(
            "PYTHONPATH",
            concat!(env!("CARGO_MANIFEST_DIR"), "/clients/mail"),
        )
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUNBUFFERED", "1");
    if tls {
        let pem = |file: &str| folder.join(file).display().to_string();
        command.args(["--tlscert", &pem("cert.pem"), "--tlskey", &pem("key.pem")]);
    }
    let program = Program::start(name, &folder.join(format!("{name}.log")), &command);
    eventually("the mail server", seconds(10), || async {
        let connecting = tokio::net::TcpStream::connect(("127.0.0.1", port));
        connecting.await.ok()
    })
    .await;
    (program, port)
}

fn scenario(with_tls: u16, without: u16) -> String {
    format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, async (e) => {{
  e.call.answer();
  e.call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  const send = async (word, server, port, to, options) => {{
    const r = await Net.sendMailAsync(server, 'centre@example.com', to, word, 'A body', {{ port, ...options }});
    Logger.write(`${{word}} ${{r.code}}${{r.error ? ' ' + r.error : ''}};`);
  }};
  const login = 'centre', password = 'the right one';
  await send('RIGHT', '127.0.0.1', {with_tls}, 'olga@example.com', {{ login, password }});
  await send('WRONG', '127.0.0.1', {with_tls}, 'olga@example.com', {{ login, password: 'a wrong one' }});
  await send('NOBODY', '127.0.0.1', {with_tls}, 'unknown@example.com', {{ login, password }});
  await send('WITHOUT', '127.0.0.1', {with_tls}, 'olga@example.com', {{}});
  await send('NAMED', 'localhost', {with_tls}, 'olga@example.com', {{ login, password }});
  await send('OPEN', '127.0.0.1', {without}, 'olga@example.com', {{ login, password }});
}});"
    )
}

#[tokio::test]
async fn a_password_is_sent_over_starttls_and_the_servers_answers_are_told() {
    let folder = tempfile::tempdir().unwrap();
    write_certificates(folder.path());
    let (accounts, with_tls) = server(folder.path(), "accounts", true).await;
    let (open, without) = server(folder.path(), "open", false).await;
    let ca = folder.path().join("ca.pem").display().to_string();
    let plan = CentrePlan::new()
        .setting("CORDBOARD__ENGINE__CA_FILE", &ca)
        .setting(
            "CORDBOARD__ENGINE__ALLOW_HOSTS",
            r#"["127.0.0.1", "localhost"]"#,
        )
        .scenario("200", "mails.js", &scenario(with_tls, without));
    let centre = Centre::start(plan).await;
    let dials = SippPlan::new().dials("200").calls(1, 1).pause(seconds(10));
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &dials);
    eventually("the last mail", seconds(20), || async {
        centre.session_logs().contains("OPEN ").then_some(())
    })
    .await;
    let log = centre.session_logs();
    for told in [
        "RIGHT 250;",
        "WRONG 535 ",
        "NOBODY 550 ",
        "WITHOUT 530 ",
        // The certificate is that of another name.
        "NAMED -4 ",
    ] {
        assert!(log.contains(told), "{told}: {log}");
    }
    let received = accounts.log();
    assert_eq!(
        received.matches("SIGNED IN centre").count(),
        2,
        "{received}"
    );
    assert_eq!(received.matches("REFUSED centre").count(), 1, "{received}");
    assert_eq!(received.matches("Subject: ").count(), 1, "{received}");
    assert!(received.contains("Subject: RIGHT"), "{received}");
    assert!(!log.contains("the right one"), "{log}");
    assert!(log.contains("OPEN -"), "{log}");
    assert!(!open.log().contains("WITHOUT TLS"), "{}", open.log());
    caller.succeeds(seconds(15)).await;
    centre.is_empty_again().await;
}
