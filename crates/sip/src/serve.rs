//! Everything that arrives: through the gate, then to whom it belongs.

use crate::auth::{self, Proof};
use crate::call::actor::{InDialog, Mail};
use crate::call::dialog::{DialogKey, Flow};
use crate::call::input::ReofferId;
use crate::call::server::{Invite, serve, serve_invite};
use crate::call::uas;
use crate::event::Source;
use crate::listen::TcpAcceptor;
use crate::message::{Extra, call_id, from_party, to_tag};
use crate::policy::{Facts, Passage, gate};
use crate::registrar;
use crate::stack::Core;
use rsipstack::sip::{Header, Method};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::SipConnection;
use rsipstack::transport::tcp::TcpConnection;
use std::sync::Arc;
use std::time::Instant;

/// Finished transactions that the library may hold (for 32 s each, 2-4 KiB)
/// before strangers are left unanswered: 200 MiB, reached by 500 calls/s or by
/// a flood.
const TRANSACTIONS_KEPT_MAX: usize = 50_000;

/// Reads requests until the stack stops. Requests inside dialogs are posted
/// here and now, so that their order stays; the rest runs in tasks.
pub(crate) async fn dispatch(core: Arc<Core>, mut incoming: TransactionReceiver) {
    loop {
        let transaction = tokio::select! {
            () = core.stop.cancelled() => return,
            transaction = incoming.recv() => transaction,
        };
        let Some(transaction) = transaction else {
            return;
        };
        let passage = passage(&core, &transaction);
        if is_overloaded(&core, &passage) {
            continue;
        }
        match passage {
            Passage::Dialog => in_dialog(&core, transaction),
            Passage::Capabilities => {
                let headers = vec![Header::Accept("application/sdp".into())];
                let extra = Extra {
                    headers,
                    ..Extra::default()
                };
                serve(&core, transaction).send(200, extra);
            }
            Passage::Register => {
                tokio::spawn(registrar::serve::register(core.clone(), transaction));
            }
            Passage::Call(source) => {
                tokio::spawn(call(core.clone(), transaction, Some(source)));
            }
            Passage::UserCall => {
                tokio::spawn(call(core.clone(), transaction, None));
            }
            Passage::Refused(code) => serve(&core, transaction).status(code),
        }
    }
}

/// Whether a request is left unanswered because too much is going on. Dialogs
/// and trunks go first: they are never left out.
fn is_overloaded(core: &Core, passage: &Passage) -> bool {
    match passage {
        Passage::Dialog | Passage::Call(Source::Trunk(_)) => false,
        Passage::Capabilities
        | Passage::Register
        | Passage::Call(Source::User(_) | Source::Open)
        | Passage::UserCall
        | Passage::Refused(_) => {
            let kept = core.endpoint.finished_transactions.len();
            if kept > TRANSACTIONS_KEPT_MAX {
                tracing::debug!(kept, "request left unanswered");
            }
            kept > TRANSACTIONS_KEPT_MAX
        }
    }
}

fn passage(core: &Core, transaction: &Transaction) -> Passage {
    let request = &transaction.original;
    let flow = Flow::of(transaction.connection.as_ref());
    let from = flow.source.map(|source| source.ip());
    let trunk = core
        .config
        .trunks
        .iter()
        .find(|trunk| from.is_some_and(|from| trunk.sources.contains(&from)))
        .map(|trunk| trunk.name.as_str());
    let listener = transaction
        .connection
        .as_ref()
        .and_then(|c| core.listeners.of(c));
    let claims_user = || {
        let party = from_party(request);
        party.is_some_and(|party| {
            let host = party.uri.host_with_port.host.to_string();
            let bound = from.is_some_and(|from| {
                core.registrar
                    .lock()
                    .is_at(Instant::now(), &party.user, from)
            });
            bound || host.eq_ignore_ascii_case(&core.config.realm)
        }) || auth::brings_credentials(core, request)
    };
    gate(Facts {
        method: request.method,
        in_dialog: to_tag(request).is_some(),
        trunk,
        open: listener.is_some_and(|listener| listener.open),
        claims_user: request.method == Method::Invite && claims_user(),
    })
}

/// A call from outside a dialog; `None` must prove which user it is.
async fn call(core: Arc<Core>, transaction: Transaction, source: Option<Source>) {
    if let Some(extra) = uas::is_full(&core) {
        return uas::refuse(&core, transaction, 503, extra).await;
    }
    let source = match source {
        Some(source) => source,
        None => match auth::prove(
            &core,
            &transaction.original,
            transaction.connection.as_ref(),
        )
        .await
        {
            // A user calls as himself only.
            Proof::User(user)
                if from_party(&transaction.original).is_some_and(|from| from.user == user) =>
            {
                Source::User(user)
            }
            Proof::User(_) | Proof::Wrong => {
                return uas::refuse(&core, transaction, 403, Vec::new()).await;
            }
            Proof::Missing { stale } => {
                let challenge = auth::challenge(&core, stale);
                return uas::refuse(&core, transaction, 401, challenge).await;
            }
        },
    };
    uas::offer(core, transaction, source).await;
}

fn in_dialog(core: &Arc<Core>, transaction: Transaction) {
    let request = &transaction.original;
    let key = DialogKey {
        call_id: call_id(request),
        local_tag: to_tag(request).unwrap_or_default(),
    };
    let mailbox = core.dialogs.lock().get(&key).cloned();
    let Some(mailbox) = mailbox else {
        return serve(core, transaction).status(481);
    };
    let flow = Flow::of(transaction.connection.as_ref());
    let reoffer = ReofferId(core.next_number());
    let reply = if request.method == Method::Invite {
        serve_invite(core, transaction, mailbox.clone(), Invite::Again(reoffer))
    } else {
        serve(core, transaction)
    };
    let request = Mail::Request(Box::new(InDialog {
        reply,
        flow,
        reoffer,
    }));
    if let Err(Mail::Request(request)) = mailbox.post(request) {
        request.reply.status(481);
    }
}

/// Accepts TCP connections until the stack stops.
pub(crate) async fn accept(core: Arc<Core>, acceptor: TcpAcceptor) {
    let TcpAcceptor {
        listener,
        wire_address,
    } = acceptor;
    loop {
        let accepted = tokio::select! {
            () = core.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, source) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "connection not accepted");
                // Out of descriptors, most likely: give the others time to close.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        if !core.connections.open(source.ip()) {
            tracing::info!(%source, "too many connections");
            continue;
        }
        let token = Some(core.stop.child_token());
        match TcpConnection::from_stream(stream, wire_address.clone(), token) {
            Ok(connection) => {
                let connection = SipConnection::Tcp(connection);
                core.endpoint.transport_layer.add_connection(connection);
            }
            Err(error) => {
                core.connections.close(source.ip());
                tracing::info!(%source, %error, "connection not taken");
            }
        }
    }
}
