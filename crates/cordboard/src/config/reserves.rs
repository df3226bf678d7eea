//! `[[reserves]]`: numbers that take callers whom nobody can serve.

use super::Config;
use acd::{BanRule, Contact, ReserveConfig, ReserveOrder, ReserveRule};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The keys of one of `[[reserves]]`.
pub(super) const KEYS: &[&str] = &[
    "name",
    "contact",
    "queues",
    "threshold_s",
    "calendar",
    "calls_at_once",
    "calls_per_hour",
    "calls_per_day",
    "weight",
    "ring_timeout_s",
    "retry_delay_s",
    "ban_after_failures",
    "ban_first_s",
    "ban_max_s",
    "caller_id",
];

/// Longest times of a reserve, seconds: a day.
const SECONDS_MAX: u64 = 86_400;
/// Greatest share of one reserve.
const WEIGHT_MAX: u32 = 1_000;

/// One of `[[reserves]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reserve {
    /// Name, unique.
    pub name: String,
    /// A telephone number, or a URI that begins with `sip:` or `sips:`.
    pub contact: String,
    /// Queues by name; absent is all.
    #[serde(default)]
    pub queues: Option<Vec<String>>,
    /// Takes callers who have waited for so long.
    #[serde(default = "threshold_s")]
    pub threshold_s: u64,
    /// One of `[calendars.NAME]`; absent is always.
    #[serde(default)]
    pub calendar: Option<String>,
    /// Calls at once.
    #[serde(default = "one")]
    pub calls_at_once: usize,
    /// In any 60 minutes; 0 is no limit.
    #[serde(default)]
    pub calls_per_hour: usize,
    /// In a day of the calendar's zone, or of UTC; 0 is no limit.
    #[serde(default)]
    pub calls_per_day: usize,
    /// Its share in queues that go by weights.
    #[serde(default = "one_share")]
    pub weight: u32,
    /// How long it rings.
    #[serde(default = "half_a_minute")]
    pub ring_timeout_s: u64,
    /// How long it is passed over when it did not take a call.
    #[serde(default = "half_a_minute")]
    pub retry_delay_s: u64,
    /// Failures in a row that earn a ban; 0 is never.
    #[serde(default)]
    pub ban_after_failures: u64,
    /// The first ban; each next one is twice as long.
    #[serde(default = "ban_first_s")]
    pub ban_first_s: u64,
    /// The longest ban.
    #[serde(default = "ban_max_s")]
    pub ban_max_s: u64,
    /// What it shows as the caller; absent is the caller's number.
    #[serde(default)]
    pub caller_id: Option<String>,
}

fn threshold_s() -> u64 {
    60
}

fn one() -> usize {
    1
}

fn one_share() -> u32 {
    1
}

fn half_a_minute() -> u64 {
    30
}

fn ban_first_s() -> u64 {
    300
}

fn ban_max_s() -> u64 {
    3_600
}

/// How a queue uses reserves, by its keys.
///
/// # Errors
/// What the key must be.
pub(super) fn rule(queue: &super::Queue) -> Result<ReserveRule, String> {
    let order = match queue.reserve_order.as_str() {
        "listed" => ReserveOrder::Listed,
        "weights" => ReserveOrder::Weights,
        other => {
            return Err(format!(
                "`reserve_order` must be \"listed\" or \"weights\", not \"{other}\""
            ));
        }
    };
    Ok(ReserveRule {
        order,
        agents_ring_too: !queue.reserves_ring_alone,
    })
}

/// How a queue uses reserves; the keys were checked when the file was read.
pub(crate) fn rule_for_core(queue: &super::Queue) -> ReserveRule {
    rule(queue).unwrap_or_default()
}

/// The reserves for the routing core.
pub(crate) fn reserves(config: &Config) -> Vec<ReserveConfig> {
    let reserves = config.reserves.iter();
    reserves.map(|reserve| for_core(config, reserve)).collect()
}

fn for_core(config: &Config, reserve: &Reserve) -> ReserveConfig {
    let text = reserve.contact.as_str();
    let contact = if text.starts_with("sip:") || text.starts_with("sips:") {
        Contact::Sip { uri: text.into() }
    } else {
        Contact::Phone {
            number: text.into(),
        }
    };
    let calendar = reserve.calendar.as_ref();
    let queues = reserve.queues.as_ref();
    ReserveConfig {
        queues: queues.map(|names| names.iter().map(|name| name.as_str().into()).collect()),
        threshold_ms: reserve.threshold_s * 1_000,
        // Checked when the file was read.
        calendar: calendar
            .and_then(|name| config.calendars.get(name))
            .map(super::leaving::Calendar::for_core),
        calls_at_once: reserve.calls_at_once,
        calls_per_hour: reserve.calls_per_hour,
        calls_per_day: reserve.calls_per_day,
        weight: reserve.weight,
        ring_timeout_ms: reserve.ring_timeout_s * 1_000,
        retry_delay_ms: reserve.retry_delay_s * 1_000,
        ban: BanRule {
            after_misses: reserve.ban_after_failures,
            first_ms: reserve.ban_first_s * 1_000,
            max_ms: reserve.ban_max_s * 1_000,
            agent_may_lift: false,
        },
        caller_id: reserve.caller_id.clone(),
        ..ReserveConfig::named(reserve.name.as_str(), contact)
    }
}

/// What is wrong with reserves.
///
/// # Errors
/// A sentence that names the key.
pub(super) fn check(config: &Config) -> Result<(), String> {
    for (index, queue) in config.queues.iter().enumerate() {
        rule(queue).map_err(|problem| format!("`queues[{index}]`: {problem}"))?;
    }
    let mut names = BTreeSet::new();
    for (index, reserve) in config.reserves.iter().enumerate() {
        let wrong =
            |key: &str, problem: String| Err(format!("`reserves[{index}].{key}`: {problem}"));
        if reserve.name.is_empty() || !names.insert(reserve.name.as_str()) {
            return wrong("name", "must be there, once for each reserve".into());
        }
        let number = reserve
            .contact
            .strip_prefix('+')
            .unwrap_or(&reserve.contact);
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_uri = ["sip:", "sips:"].iter().any(|scheme| {
            reserve
                .contact
                .strip_prefix(scheme)
                .is_some_and(|rest| !rest.is_empty())
        });
        if !is_number && !is_uri {
            return wrong(
                "contact",
                "must be digits with an optional `+`, or a SIP URI".into(),
            );
        }
        for name in reserve.queues.iter().flatten() {
            if !config.queues.iter().any(|queue| queue.name == *name) {
                return wrong("queues", format!("there is no queue `{name}`"));
            }
        }
        if let Some(name) = &reserve.calendar
            && !config.calendars.contains_key(name)
        {
            return wrong("calendar", format!("there is no `[calendars.{name}]`"));
        }
        for (key, seconds) in [
            ("threshold_s", reserve.threshold_s),
            ("ring_timeout_s", reserve.ring_timeout_s),
            ("retry_delay_s", reserve.retry_delay_s),
            ("ban_first_s", reserve.ban_first_s),
            ("ban_max_s", reserve.ban_max_s),
        ] {
            if seconds > SECONDS_MAX {
                return wrong(key, format!("must be at most {SECONDS_MAX}"));
            }
        }
        if !(1..=WEIGHT_MAX).contains(&reserve.weight) {
            return wrong("weight", format!("must be from 1 to {WEIGHT_MAX}"));
        }
        if reserve.ring_timeout_s == 0 {
            return wrong("ring_timeout_s", "must be at least 1".into());
        }
    }
    Ok(())
}
