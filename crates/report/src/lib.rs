//! PURE. What the centre's record says in numbers: every measure is a function
//! of the facts of [`acd::Fact`] and the plan of shifts ([`PlannedShift`]), and
//! of nothing else, and comes with its numerator and denominator (metrics.md).
//! Beside it what theory expects: [`erlang`].
//!
//! [`Ledger`] reads facts in order and keeps one [`Segment`] for each stay of a
//! call in a queue and one [`Span`] for each state of an agent. The reports
//! ([`queue_rows`], [`agent_rows`], [`reserve_rows`]) count segments and spans.
//! [`outbound_rows`] counts the attempts of call lists.
#![forbid(unsafe_code)]

mod adherence;
mod agents;
mod callbacks;
mod contacts;
mod distribution;
pub mod erlang;
mod ledger;
mod outbound;
mod plan;
mod queues;
mod ratio;
mod reserves;
mod segment;
mod service_level;
mod span;
mod table;

pub use agents::{AgentRow, agent_rows};
pub use callbacks::Callback;
pub use distribution::Distribution;
pub use ledger::{Blocked, Ledger};
pub use outbound::{
    AGENT_SOUGHT_WITHIN_MS, AnsweredBy, Attempt, DropRule, DropStart, OutboundGrouping,
    OutboundRow, outbound_rows,
};
pub use plan::{MINUTE_MS, PlannedActivity, PlannedShift};
pub use queues::{CallbackMeasures, Grouping, QueueMeasures, QueueRow, queue_rows};
pub use ratio::Ratio;
pub use reserves::{ReserveRow, reserve_rows};
pub use segment::{Offer, OfferOutcome, Outcome, Segment};
pub use service_level::{RECALL_WITHIN_MS, ServiceLevels, ServiceRule};
pub use span::{Activity, Span};
pub use table::Table;
