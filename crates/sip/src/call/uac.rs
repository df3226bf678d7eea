//! What we send: the INVITE of one branch with its CANCEL, BYE, INFO.

use super::actor::{Mail, Mailbox};
use super::dialog::{Dialog, Flow, Outgoing};
use super::input::{BranchId, Input, Parting};
use crate::config::TrunkCredentials;
use crate::message::{phrase, sdp};
use crate::stack::Core;
use crate::{digest, headers};
use parking_lot::Mutex;
use rsipstack::sip::{Header, Method, Request, Response, SipMessage, Uri, Version};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::{SipAddr, SipConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// 2xx of forks further down that are ended for one INVITE; more is an attack.
const STRAY_ANSWERS_MAX: usize = 16;

/// One INVITE to send.
pub(crate) struct Branch {
    pub(crate) id: BranchId,
    pub(crate) outgoing: Outgoing,
    pub(crate) contact: Uri,
    pub(crate) flow: Flow,
    /// Challenges of this INVITE may be answered with these.
    pub(crate) credentials: Option<TrunkCredentials>,
    pub(crate) switch: Arc<CancelSwitch>,
}

/// Decides between the CANCEL of an INVITE and its answer.
#[derive(Default)]
pub(crate) struct CancelSwitch(Mutex<Switch>);

#[derive(Default)]
struct Switch {
    /// Set once the leg wants the INVITE cancelled; holds what to say.
    wanted: Option<Parting>,
    /// RFC 3261 §9.1: no CANCEL before a provisional response.
    provisional: bool,
    sent: bool,
    wire: Option<(Request, Option<SipConnection>, Option<SipAddr>)>,
}

impl CancelSwitch {
    /// Cancels now, or as soon as a provisional response allows it.
    pub(crate) fn cancel(&self, core: &Arc<Core>, parting: Parting) {
        let mut switch = self.0.lock();
        switch.wanted.get_or_insert(parting);
        switch.fire(core);
    }

    fn is_wanted(&self) -> bool {
        self.0.lock().wanted.is_some()
    }

    fn invite_sent(&self, transaction: &Transaction) {
        let mut switch = self.0.lock();
        switch.provisional = false;
        switch.wire = Some((
            transaction.original.clone(),
            transaction.connection.clone(),
            transaction.destination.clone(),
        ));
    }

    fn provisional_came(&self, core: &Arc<Core>) {
        let mut switch = self.0.lock();
        switch.provisional = true;
        switch.fire(core);
    }
}

impl Switch {
    fn fire(&mut self, core: &Arc<Core>) {
        if self.sent || !self.provisional {
            return;
        }
        if let (Some(parting), Some((invite, connection, destination))) = (&self.wanted, &self.wire)
        {
            self.sent = true;
            let request = cancel_of(invite, parting);
            let (connection, destination) = (connection.clone(), destination.clone());
            send(
                core,
                Outgoing {
                    request,
                    connection,
                    destination,
                },
                None,
            );
        }
    }
}

/// RFC 3261 §9.1.
fn cancel_of(invite: &Request, parting: &Parting) -> Request {
    let mut headers: Vec<Header> = Vec::new();
    for header in invite.headers.iter() {
        match header {
            Header::CSeq(cseq) => {
                let number = cseq.seq().unwrap_or(1);
                headers.push(Header::CSeq(format!("{number} CANCEL").into()));
            }
            Header::Via(_)
            | Header::From(_)
            | Header::To(_)
            | Header::CallId(_)
            | Header::Route(_)
            | Header::MaxForwards(_)
            | Header::UserAgent(_) => headers.push(header.clone()),
            _ => {}
        }
    }
    headers.extend(spoken(parting));
    headers.push(Header::ContentLength(0.into()));
    Request {
        method: Method::Cancel,
        uri: invite.uri.clone(),
        version: Version::V2,
        headers: headers.into(),
        body: Vec::new(),
    }
}

/// Runs the INVITE of one branch to its end and beyond: retransmitted answers
/// are acknowledged for 64*T1 by the library, stray ones ended by us.
pub(crate) async fn run(core: Arc<Core>, branch: Branch, leg: Mailbox) {
    let mut challenged = false;
    let mut request = branch.outgoing.request.clone();
    loop {
        // Given up before it was sent: then it is not sent at all.
        if branch.switch.is_wanted() {
            return refuse(&leg, branch.id, 487, "Request Terminated".into()).await;
        }
        let sent = start(&core, &branch, request.clone()).await;
        let Some(mut transaction) = sent else {
            return refuse(&leg, branch.id, 503, "the INVITE could not be sent".into()).await;
        };
        match first_final(&core, &branch, &leg, &mut transaction).await {
            None => return refuse(&leg, branch.id, 408, "Request Timeout".into()).await,
            Some(response) if is_success(&response) => {
                return accepted(&core, branch, leg, transaction, response).await;
            }
            Some(response) => {
                let again = (!challenged && !branch.switch.is_wanted())
                    .then(|| answer_challenge(&core, &branch, &request, &response))
                    .flatten();
                match again {
                    Some(next) => {
                        challenged = true;
                        request = next;
                    }
                    None => return refused(&leg, branch.id, &response).await,
                }
            }
        }
    }
}

async fn start(core: &Arc<Core>, branch: &Branch, request: Request) -> Option<Transaction> {
    let key = TransactionKey::from_request(&request, TransactionRole::Client).ok()?;
    let connection = branch.outgoing.connection.clone();
    let mut transaction = Transaction::new_client(key, request, core.endpoint.clone(), connection);
    transaction.destination = branch.outgoing.destination.clone();
    if let Err(error) = transaction.send().await {
        tracing::info!(%error, "INVITE not sent");
        return None;
    }
    branch.switch.invite_sent(&transaction);
    Some(transaction)
}

/// Reports provisional responses until a final one comes.
async fn first_final(
    core: &Arc<Core>,
    branch: &Branch,
    leg: &Mailbox,
    transaction: &mut Transaction,
) -> Option<Response> {
    while let Some(message) = transaction.receive().await {
        let SipMessage::Response(response) = message else {
            continue;
        };
        let code = response.status_code.code();
        if code >= 200 {
            return Some(response);
        }
        branch.switch.provisional_came(core);
        if code > 100 {
            let input = Input::Provisional {
                branch: branch.id,
                code,
                headers: headers::incoming(&response.headers),
                sdp: sdp(&response.headers, &response.body),
            };
            leg.deliver(Mail::Input(input)).await;
        }
    }
    None
}

async fn accepted(
    core: &Arc<Core>,
    branch: Branch,
    leg: Mailbox,
    mut transaction: Transaction,
    response: Response,
) {
    let invite = transaction.original.clone();
    let dialog = |answer: &Response| {
        Dialog::of_answer(&invite, answer, branch.contact.clone(), branch.flow.clone())
    };
    let mut ended = Vec::new();
    match dialog(&response) {
        Some(made) if branch.switch.is_wanted() => {
            bye(core, made, Parting::default(), None);
            refuse(&leg, branch.id, 487, "Request Terminated".into()).await;
        }
        Some(made) => {
            let won = Mail::Won {
                branch: branch.id,
                dialog: Box::new(made.clone()),
                headers: headers::incoming(&response.headers),
                sdp: sdp(&response.headers, &response.body),
            };
            if !leg.deliver(won).await {
                bye(core, made, Parting::default(), None);
            }
        }
        None => refuse(&leg, branch.id, 502, "the answer makes no dialog".into()).await,
    }
    drop(leg);
    ended.push(to_tag_of(&response));
    while let Some(message) = transaction.receive().await {
        let SipMessage::Response(stray) = message else {
            continue;
        };
        let tag = to_tag_of(&stray);
        if is_success(&stray) && !ended.contains(&tag) && ended.len() < STRAY_ANSWERS_MAX {
            ended.push(tag);
            if let Some(made) = dialog(&stray) {
                bye(core, made, Parting::default(), None);
            }
        }
    }
}

/// The INVITE once more with credentials, when the challenge may be answered.
fn answer_challenge(
    core: &Core,
    branch: &Branch,
    request: &Request,
    response: &Response,
) -> Option<Request> {
    let credentials = branch.credentials.as_ref()?;
    digest::client::answer(core, request, response, credentials)
}

async fn refused(leg: &Mailbox, branch: BranchId, response: &Response) {
    let input = Input::Refused {
        branch,
        code: response.status_code.code(),
        reason: phrase(response),
        headers: headers::incoming(&response.headers),
    };
    leg.deliver(Mail::Input(input)).await;
}

async fn refuse(leg: &Mailbox, branch: BranchId, code: u16, reason: String) {
    let headers = Vec::new();
    leg.deliver(Mail::Input(Input::Refused {
        branch,
        code,
        reason,
        headers,
    }))
    .await;
}

/// Sends BYE; `done` is told when it was answered.
pub(crate) fn bye(core: &Arc<Core>, mut dialog: Dialog, parting: Parting, done: Option<Mailbox>) {
    let outgoing = dialog.request(core, Method::Bye, spoken(&parting), Vec::new());
    send(core, outgoing, done);
}

/// The headers of what we say when we leave.
fn spoken(parting: &Parting) -> Vec<Header> {
    let mut spoken = headers::outgoing(&parting.headers);
    spoken.extend(parting.reason.as_deref().map(headers::reason));
    spoken
}

/// Sends a re-INVITE and posts its final response. The transaction lives on to
/// acknowledge what is retransmitted. Challenges are not answered, see [`send`].
pub(crate) fn reoffer(core: &Arc<Core>, outgoing: Outgoing, leg: Mailbox) {
    let core = core.clone();
    tokio::spawn(async move {
        let Outgoing {
            request,
            connection,
            destination,
        } = outgoing;
        let mut leg = Some(leg);
        if let Ok(key) = TransactionKey::from_request(&request, TransactionRole::Client) {
            let endpoint = core.endpoint.clone();
            let mut transaction = Transaction::new_client(key, request, endpoint, connection);
            transaction.destination = destination;
            match transaction.send().await {
                Ok(()) => {
                    while let Some(message) = transaction.receive().await {
                        if let SipMessage::Response(response) = message
                            && response.status_code.code() >= 200
                            && let Some(leg) = leg.take()
                        {
                            leg.deliver(Mail::Reoffered(Some(Box::new(response)))).await;
                        }
                    }
                }
                Err(error) => tracing::info!(%error, "re-INVITE not sent"),
            }
        }
        if let Some(leg) = leg {
            leg.deliver(Mail::Reoffered(None)).await;
        }
    });
}

/// Sends a REFER and posts its final response. Challenges are not answered, see [`send`].
pub(crate) fn refer(core: &Arc<Core>, outgoing: Outgoing, leg: Mailbox) {
    let core = core.clone();
    tokio::spawn(async move {
        let response = transact(&core, outgoing).await.map(Box::new);
        leg.deliver(Mail::Referred(response)).await;
    });
}

/// Sends the UPDATE that refreshes a session and posts its final response.
pub(crate) fn refresh(core: &Arc<Core>, outgoing: Outgoing, leg: Mailbox) {
    let core = core.clone();
    tokio::spawn(async move {
        let response = transact(&core, outgoing).await.map(Box::new);
        leg.deliver(Mail::Refreshed(response)).await;
    });
}

/// Sends a request in a transaction of its own. Challenges are not answered:
/// nothing here may leak a digest (a called party could ask for one).
pub(crate) fn send(core: &Arc<Core>, outgoing: Outgoing, done: Option<Mailbox>) {
    let core = core.clone();
    tokio::spawn(async move {
        transact(&core, outgoing).await;
        if let Some(done) = done {
            done.deliver(Mail::Input(Input::ByeDone)).await;
        }
    });
}

/// NOTIFYs of one leg that may wait: each transfer has two or three.
const NOTICES_MAX: usize = 32;
/// The 202 leaves by the task of its transaction; a NOTIFY that overtakes it
/// confuses phones.
const NOTICE_LEAD: Duration = Duration::from_millis(20);

/// Sends NOTIFYs in order, each when the one before was answered, until the
/// leg lets go of the sender and all are out.
pub(crate) fn notices(core: &Arc<Core>) -> mpsc::Sender<Outgoing> {
    let (sender, mut waiting) = mpsc::channel(NOTICES_MAX);
    let core = core.clone();
    tokio::spawn(async move {
        while let Some(outgoing) = waiting.recv().await {
            tokio::time::sleep(NOTICE_LEAD).await;
            transact(&core, outgoing).await;
        }
    });
    sender
}

/// Asks inside a dialog whether it is still there, by OPTIONS: every response
/// says yes, except 481 and 408 (RFC 3261 §12.2.1.2), and silence says no.
pub(crate) fn probe(core: &Arc<Core>, outgoing: Outgoing, leg: Mailbox) {
    let core = core.clone();
    tokio::spawn(async move {
        let answer = transact(&core, outgoing).await;
        let code = answer.map_or(408, |response| response.status_code.code());
        let alive = !matches!(code, 408 | 481);
        leg.deliver(Mail::Input(Input::Probed { alive })).await;
    });
}

/// Sends a request and waits for its final response; `None` without one.
pub(crate) async fn transact(core: &Arc<Core>, outgoing: Outgoing) -> Option<Response> {
    let Outgoing {
        request,
        connection,
        destination,
    } = outgoing;
    let method = request.method;
    let key = TransactionKey::from_request(&request, TransactionRole::Client).ok()?;
    let mut transaction = Transaction::new_client(key, request, core.endpoint.clone(), connection);
    transaction.destination = destination;
    if let Err(error) = transaction.send().await {
        tracing::info!(%method, %error, "request not sent");
        return None;
    }
    while let Some(message) = transaction.receive().await {
        if let SipMessage::Response(response) = message
            && response.status_code.code() >= 200
        {
            return Some(response);
        }
    }
    None
}

fn is_success(response: &Response) -> bool {
    (200..300).contains(&response.status_code.code())
}

fn to_tag_of(response: &Response) -> Option<String> {
    use rsipstack::sip::prelude::HeadersExt;
    let tag = response.to_header().ok()?.tag().ok()??;
    Some(tag.value().to_string())
}
