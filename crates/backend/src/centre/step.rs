//! One input on its way through journal and core, and whoever waits for it.

use super::{Accepted, Rejection, Reply, Request};
use crate::session::Delivery;
use acd::{Input, Millis};
use store::AccessUrl;

/// One turn of the owner: what came in together and is committed together.
pub(super) struct Turn {
    /// The time of all its inputs.
    pub(super) now: Millis,
    /// Inputs, in order.
    pub(super) steps: Vec<Step>,
    /// Requests that only look: answered when the inputs have been decided.
    pub(super) readings: Vec<Request>,
}

/// One input.
pub(super) struct Step {
    pub(super) input: Input,
    /// The access URL that came with it.
    pub(super) access: Option<AccessUrl>,
    pub(super) reply: StepReply,
}

/// Whom to answer when the input is durable and decided.
pub(super) enum StepReply {
    Nobody,
    Accepted(Reply<Accepted>),
    Done(Reply<()>),
    Callback(Reply<acd::CallbackId>),
}

impl Step {
    /// An input of the owner's own: nobody waits, and nobody repeats it.
    pub(super) fn own(input: Input) -> Self {
        Self {
            input,
            access: None,
            reply: StepReply::Nobody,
        }
    }

    /// An input whose sender waits until it is done.
    pub(super) fn answered(input: Input, reply: Reply<()>) -> Self {
        Self {
            input,
            access: None,
            reply: StepReply::Done(reply),
        }
    }

    /// Somebody wants to be called, and waits for the word that it is kept.
    pub(super) fn callback(input: Input, reply: Reply<acd::CallbackId>) -> Self {
        Self {
            input,
            access: None,
            reply: StepReply::Callback(reply),
        }
    }
}

/// What a lane reported, as an input.
pub(super) fn delivery_input(delivery: Delivery) -> Input {
    match delivery {
        Delivery::SessionLost { call, why } => Input::SessionLost { call, why },
        Delivery::ConnectNotDelivered { offer, why } => Input::ConnectNotDelivered { offer, why },
        Delivery::Status { call, doing } => Input::SessionStatus { call, doing },
    }
}

/// Answers whoever waits.
pub(super) fn answer<T>(reply: Reply<T>, result: Result<T, Rejection>) {
    // The asker may have gone; what was done stays done.
    let _ = reply.send(result);
}

/// Answers an agent who wants a transfer that is refused; one that is done is
/// answered like any other input.
pub(super) fn answer_transfer(
    reply: StepReply,
    refusal: Option<acd::TransferRefusal>,
) -> StepReply {
    match (reply, refusal) {
        (StepReply::Done(reply), Some(refusal)) => {
            answer(reply, Err(Rejection::TransferRefused(refusal)));
            StepReply::Nobody
        }
        (reply, _) => reply,
    }
}

/// Answers whoever waits for a call-back to be kept.
pub(super) fn answer_callback(
    reply: StepReply,
    result: Result<acd::CallbackId, Rejection>,
) -> StepReply {
    match reply {
        StepReply::Callback(reply) => {
            answer(reply, result);
            StepReply::Nobody
        }
        StepReply::Nobody | StepReply::Done(_) | StepReply::Accepted(_) => reply,
    }
}

/// Answers whoever waits for a call to be taken.
pub(super) fn answer_accepted(reply: StepReply, result: Result<Accepted, Rejection>) -> StepReply {
    match reply {
        StepReply::Accepted(reply) => {
            answer(reply, result);
            StepReply::Nobody
        }
        StepReply::Nobody | StepReply::Done(_) | StepReply::Callback(_) => reply,
    }
}
