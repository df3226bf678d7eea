//! `Net.sendMail`: one mail by SMTP (RFC 5321), over TLS where the server offers it.

use crate::outward::{self, OutwardError};
use crate::reach::Reach;
use crate::trust::Trust;
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::Tls;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use scenario::host::MailSpec;
use std::time::Duration;

/// TLS from the first byte (RFC 8314 §3.3).
const SMTPS_PORT: u16 = 465;
/// Each answer of the server is waited for so long.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The whole mail, as an HTTP request (voxengine.md §1.1).
const SEND_WITHIN: Duration = Duration::from_secs(90);

/// Why a mail was not sent. The scenario's author can fix most of them.
#[derive(Debug, thiserror::Error)]
enum MailError {
    #[error("{field}: {why}")]
    Field { field: &'static str, why: String },
    #[error(transparent)]
    Outward(#[from] OutwardError),
    #[error("no user and password without TLS: {0} does not offer it")]
    Plain(String),
    #[error("{0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    #[error("no answer in time")]
    Timeout,
}

impl MailError {
    /// The server's reply code, or one of `Net`'s (voxengine.md §8).
    fn code(&self) -> i32 {
        match self {
            Self::Field { .. } => -1,
            Self::Outward(OutwardError::Private(_)) => -2,
            Self::Outward(OutwardError::NoAddress { .. }) => -3,
            Self::Outward(OutwardError::Connect(_) | OutwardError::Tls(_)) | Self::Plain(_) => -4,
            Self::Outward(OutwardError::Timeout) | Self::Timeout => -7,
            Self::Smtp(error) => match error.status() {
                Some(status) => i32::from(u16::from(status)),
                None if error.is_timeout() => -7,
                None if error.is_tls() || is_about_trust(error) => -4,
                None => -6,
            },
        }
    }
}

/// Whether TLS failed, for a certificate mostly: some libraries say so only deep
/// inside of an error of the connection.
fn is_about_trust(error: &(dyn std::error::Error + 'static)) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    let inner = io.and_then(std::io::Error::get_ref);
    inner.is_some_and(|inner| inner.is::<rustls::Error>())
        || error.is::<rustls::Error>()
        || error.source().is_some_and(is_about_trust)
}

/// Sends a mail: the server's last reply code, and what went wrong.
pub(crate) async fn send(reach: &Reach, trust: &Trust, spec: MailSpec) -> (i32, Option<String>) {
    let sending = tokio::time::timeout(SEND_WITHIN, try_send(reach, trust, spec)).await;
    match sending.unwrap_or(Err(MailError::Timeout)) {
        Ok(code) => (code, None),
        Err(error) => (error.code(), Some(error.to_string())),
    }
}

async fn try_send(reach: &Reach, trust: &Trust, spec: MailSpec) -> Result<i32, MailError> {
    let message = message(&spec)?;
    let addresses = outward::addresses(reach, &spec.server, spec.port).await?;
    // Whether somebody listens is found out apart: the address that answers is the
    // one that is spoken to, so that the name cannot be rebound.
    let probe = outward::connect(&addresses).await?;
    let address = probe.peer_addr().map_err(OutwardError::Connect)?;
    drop(probe);
    let tls = trust.for_mail(spec.server.clone())?;
    let tls = if spec.port == SMTPS_PORT {
        Tls::Wrapper(tls)
    } else if spec.login.is_some() && !reach.allows_host(&spec.server, spec.port) {
        Tls::Required(tls)
    } else {
        Tls::Opportunistic(tls)
    };
    let needs_tls = matches!(tls, Tls::Required(_));
    let mut transport =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string())
            .port(spec.port)
            .timeout(Some(ANSWER_WITHIN))
            .tls(tls);
    if let Some(login) = spec.login.clone() {
        let password = spec.password.clone().unwrap_or_default();
        transport = transport.credentials(Credentials::new(login, password));
    }
    match transport.build().send(message).await {
        Ok(response) => Ok(i32::from(u16::from(response.code()))),
        Err(error) if needs_tls && error.is_client() => Err(MailError::Plain(spec.server)),
        Err(error) => Err(error.into()),
    }
}

fn message(spec: &MailSpec) -> Result<Message, MailError> {
    let wrong = |field| move |why: String| MailError::Field { field, why };
    let mailbox = |field, text: &str| {
        text.parse::<Mailbox>()
            .map_err(|error| wrong(field)(format!("{text}: {error}")))
    };
    let mut builder = Message::builder()
        .from(mailbox("from", &spec.from)?)
        .subject(&spec.title);
    if spec.to.is_empty() {
        return Err(wrong("to")("nobody".to_owned()));
    }
    for to in &spec.to {
        builder = builder.to(mailbox("to", to)?);
    }
    for cc in &spec.cc {
        builder = builder.cc(mailbox("cc", cc)?);
    }
    for bcc in &spec.bcc {
        builder = builder.bcc(mailbox("bcc", bcc)?);
    }
    let body = spec.body.clone();
    let built = match &spec.html {
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(body, html.clone())),
        None => builder
            .header(lettre::message::header::ContentType::TEXT_PLAIN)
            .body(body),
    };
    built.map_err(|error| wrong("mail")(error.to_string()))
}
