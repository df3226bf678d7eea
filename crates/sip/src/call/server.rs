//! Server transactions: one task drives each, whoever answers holds a [`Reply`].

use super::actor::{Mail, Mailbox};
use super::input::{Input, ReofferId};
use crate::message::{Extra, farewell, response, sdp};
use crate::{headers, stack::Core};
use rsipstack::sip::{Method, Request, SipMessage};
use rsipstack::transaction::transaction::{Transaction, TransactionEvent, TransactionEventSender};
use std::sync::Arc;
use std::time::Duration;

/// A transaction of ours that has no answer after this is a defect of ours; it
/// is dropped so that it cannot pile up. Longer than any of our timers.
const ANSWER_WITHIN: Duration = Duration::from_secs(40);

/// Answers one request.
pub(crate) struct Reply {
    pub(crate) request: Arc<Request>,
    transaction: TransactionEventSender,
    server: String,
}

impl Reply {
    fn new(core: &Core, transaction: &Transaction) -> Self {
        Self {
            request: Arc::new(transaction.original.clone()),
            transaction: transaction.tu_sender.clone(),
            server: core.config.user_agent.clone(),
        }
    }

    /// Sends a response; provisional ones may repeat.
    pub(crate) fn send(&self, code: u16, extra: Extra<'_>) {
        let response = response(&self.request, code, &self.server, extra);
        if self
            .transaction
            .send(TransactionEvent::Respond(response))
            .is_err()
        {
            tracing::debug!(code, "the transaction ended before its answer");
        }
    }

    /// Sends a response that carries nothing.
    pub(crate) fn status(&self, code: u16) {
        self.send(code, Extra::default());
    }
}

/// Which INVITE it is.
#[derive(Clone, Copy)]
pub(crate) enum Invite {
    /// The one that made the leg.
    First,
    /// A re-INVITE.
    Again(ReofferId),
}

/// Drives a request that is not an INVITE.
pub(crate) fn serve(core: &Core, mut transaction: Transaction) -> Reply {
    let reply = Reply::new(core, &transaction);
    tokio::spawn(async move {
        let over = async { while transaction.receive().await.is_some() {} };
        if tokio::time::timeout(ANSWER_WITHIN, over).await.is_err() {
            tracing::error!(method = %transaction.original.method, "a request was never answered");
        }
    });
    reply
}

/// Drives an INVITE: its ACK, its CANCEL and the lack of both go to the leg.
pub(crate) fn serve_invite(
    core: &Core,
    mut transaction: Transaction,
    mailbox: Mailbox,
    which: Invite,
) -> Reply {
    let reply = Reply::new(core, &transaction);
    tokio::spawn(async move {
        if let Err(error) = transaction.send_trying().await {
            tracing::debug!(%error, "100 not sent");
        }
        let mut acknowledged = false;
        while let Some(message) = transaction.receive().await {
            let SipMessage::Request(request) = message else {
                continue;
            };
            let input = match request.method {
                Method::Ack => {
                    acknowledged = true;
                    ack(&request, which)
                }
                Method::Cancel => Some(cancel(&request, which)),
                _ => None,
            };
            if let Some(input) = input {
                mailbox.deliver(Mail::Input(input)).await;
            }
        }
        let answered = transaction
            .last_response
            .as_ref()
            .is_some_and(|response| (200..300).contains(&response.status_code.code()));
        if answered && !acknowledged {
            mailbox.deliver(Mail::Input(Input::NoAck)).await;
        }
    });
    reply
}

fn ack(request: &Request, which: Invite) -> Option<Input> {
    match which {
        Invite::First => Some(Input::Ack {
            headers: headers::incoming(&request.headers),
            sdp: sdp(&request.headers, &request.body),
        }),
        Invite::Again(_) => None,
    }
}

fn cancel(request: &Request, which: Invite) -> Input {
    match which {
        Invite::First => Input::FarCancel {
            farewell: farewell(&request.headers, "cancelled by the caller"),
            headers: headers::incoming_with_reason(&request.headers),
        },
        Invite::Again(id) => Input::ReofferCancelled { id },
    }
}
