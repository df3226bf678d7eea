//! Mail that a session sends (`Net.sendMail`).

use serde::{Deserialize, Serialize};

/// A mail, by SMTP.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSpec {
    /// Host name or address of the SMTP server.
    pub server: String,
    /// Its port; 465 speaks TLS from the start, others by STARTTLS.
    pub port: u16,
    /// Sender.
    pub from: String,
    /// Recipients, at least one.
    pub to: Vec<String>,
    /// Recipients of copies.
    pub cc: Vec<String>,
    /// Recipients of copies whom the others do not see.
    pub bcc: Vec<String>,
    /// Subject.
    pub title: String,
    /// Plain text.
    pub body: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// User at the server.
    pub login: Option<String>,
    /// Their password.
    pub password: Option<String>,
}

/// The password stays out of every log.
impl std::fmt::Debug for MailSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailSpec")
            .field("server", &self.server)
            .field("port", &self.port)
            .field("to", &self.to.len())
            .finish_non_exhaustive()
    }
}
