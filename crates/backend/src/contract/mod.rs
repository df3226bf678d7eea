//! The contract's JSON (docs: `openapi.json`): reading what clients send, and
//! naming the field at fault; writing what they get.

mod agent_state;
mod binding;
mod call;
mod callback;
mod event;
mod fields;
mod intent;
mod live_call;
mod order;
mod reserve;
mod session_command;
mod shift;
mod shift_file;
mod table;
mod transfer;

pub(crate) use agent_state::{AgentJson, CallJson, OverviewFrame, QueueJson, StateFrame};
pub(crate) use binding::{
    BindingJson, LastAskedJson, export_csv, import_csv, read_absences, read_binding,
};
pub(crate) use call::read_call;
pub(crate) use callback::{CallbackJson, read_callback_request};
pub(crate) use event::read_event;
pub(crate) use fields::{FieldError, Fields, Problem};
pub(crate) use intent::{read_devices, read_intent, read_intent_fields, read_sign_in};
pub(crate) use live_call::LiveCallJson;
pub(crate) use order::{read_after_call, read_after_call_fields, read_ban, read_forced_intent};
pub(crate) use reserve::ReserveJson;
pub(crate) use session_command::{SessionCommand, read_status};
pub(crate) use shift::{Known, ShiftJson, changes_of, read_shifts, zone_of};
pub(crate) use shift_file::{export_shifts, import_shifts};
pub(crate) use transfer::{TransferCommand, read_transfer, refusal_message, targets_json};
