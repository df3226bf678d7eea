//! `[callbacks]` and `[queues.callback]`: call-back instead of waiting.

use acd::{CallFirst, CallbackRule, RetryRule};
use serde::Deserialize;

/// `[callbacks]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Callbacks {
    /// The rule whose scenario calls back.
    pub rule: String,
    /// Shown to who is called back, when the caller had not dialled a number.
    pub caller_id: String,
}

/// Keys of `[callbacks]`.
pub(crate) const CENTRE_KEYS: &[&str] = &["rule", "caller_id"];

/// The keys of one queue; see the sample configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Callback {
    /// Whether callers may take one.
    pub enabled: bool,
    /// Offered once after so much waiting; 0 is never.
    pub offer_after_s: u64,
    /// Offered once when the expected wait is longer; 0 is never.
    pub offer_above_s: u64,
    /// Whose phone rings first.
    pub first: CallFirst,
    /// With the caller first: called when the expected wait is down to this.
    pub lead_s: u64,
    /// Calls that did not reach the caller until it is given up.
    pub attempts_max: u32,
    /// Pauses by how the last call went.
    pub retry_no_answer_s: u64,
    /// After a busy phone.
    pub retry_busy_s: u64,
    /// After a declined call.
    pub retry_rejected_s: u64,
    /// After a number that could not be reached.
    pub retry_unreachable_s: u64,
    /// After an answering machine.
    pub retry_machine_s: u64,
    /// The oldest that one becomes.
    pub age_max_s: u64,
    /// How many the queue keeps.
    pub waiting_max: usize,
    /// How numbers begin that may be called; none is the caller's own only.
    pub prefixes: Vec<String>,
}

/// Names of the keys.
pub(crate) const KEYS: &[&str] = &[
    "enabled",
    "offer_after_s",
    "offer_above_s",
    "first",
    "lead_s",
    "attempts_max",
    "retry_no_answer_s",
    "retry_busy_s",
    "retry_rejected_s",
    "retry_unreachable_s",
    "retry_machine_s",
    "age_max_s",
    "waiting_max",
    "prefixes",
];

impl Default for Callback {
    fn default() -> Self {
        let rule = CallbackRule::default();
        let retry = rule.retry;
        Self {
            enabled: rule.enabled,
            offer_after_s: rule.offer_after_ms / 1_000,
            offer_above_s: rule.offer_above_ms / 1_000,
            first: rule.first,
            lead_s: rule.lead_ms / 1_000,
            attempts_max: rule.attempts_max,
            retry_no_answer_s: retry.no_answer_ms / 1_000,
            retry_busy_s: retry.busy_ms / 1_000,
            retry_rejected_s: retry.rejected_ms / 1_000,
            retry_unreachable_s: retry.unreachable_ms / 1_000,
            retry_machine_s: retry.machine_ms / 1_000,
            age_max_s: rule.age_max_ms / 1_000,
            waiting_max: rule.waiting_max,
            prefixes: rule.prefixes,
        }
    }
}

impl Callback {
    /// As the core reads it.
    pub(crate) fn rule(&self) -> CallbackRule {
        let ms = |seconds: u64| seconds.saturating_mul(1_000);
        CallbackRule {
            enabled: self.enabled,
            offer_after_ms: ms(self.offer_after_s),
            offer_above_ms: ms(self.offer_above_s),
            first: self.first,
            lead_ms: ms(self.lead_s),
            attempts_max: self.attempts_max,
            retry: RetryRule {
                no_answer_ms: ms(self.retry_no_answer_s),
                busy_ms: ms(self.retry_busy_s),
                rejected_ms: ms(self.retry_rejected_s),
                unreachable_ms: ms(self.retry_unreachable_s),
                machine_ms: ms(self.retry_machine_s),
            },
            age_max_ms: ms(self.age_max_s),
            waiting_max: self.waiting_max,
            prefixes: self.prefixes.clone(),
        }
    }
}
