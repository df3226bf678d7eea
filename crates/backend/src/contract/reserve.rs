//! Reserve numbers as supervisors and programs see them.

use super::session_command::contact_json;
use crate::clock;
use acd::{Marks, ReserveStanding, ReserveView};
use serde::Serialize;
use serde_json::Value;

/// One reserve number.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReserveJson {
    reserve: String,
    contact: Value,
    queues: Vec<String>,
    threshold_ms: u64,
    /// Whether it may be given a caller now, and if not, by which rule.
    standing: ReserveStanding,
    in_use: usize,
    talking: usize,
    calls_at_once: usize,
    used_hour: usize,
    calls_per_hour: usize,
    used_today: usize,
    calls_per_day: usize,
    retry_at: Option<String>,
    banned_until: Option<String>,
    ban_reason: Option<String>,
    opening_until: Option<String>,
    marks: Marks,
}

impl ReserveJson {
    pub(crate) fn of(view: ReserveView) -> Self {
        Self {
            reserve: view.reserve.to_string(),
            contact: contact_json(&view.contact),
            queues: view.queues.iter().map(ToString::to_string).collect(),
            threshold_ms: view.threshold_ms,
            standing: view.standing,
            in_use: view.in_use,
            talking: view.talking,
            calls_at_once: view.calls_at_once,
            used_hour: view.used_hour,
            calls_per_hour: view.calls_per_hour,
            used_today: view.used_today,
            calls_per_day: view.calls_per_day,
            retry_at: view.retry_at.map(clock::to_rfc3339),
            banned_until: view.ban.as_ref().map(|ban| clock::to_rfc3339(ban.until)),
            ban_reason: view.ban.map(|ban| ban.reason),
            opening_until: view.opening_until.map(clock::to_rfc3339),
            marks: view.marks,
        }
    }
}
