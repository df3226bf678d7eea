//! Keys about callers whom a queue lets go: limits, hours, exits and texts.

use super::{Config, Queue};
use acd::calendar::Schedule;
use acd::{Leave, LeaveReason, LeaveRules};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Texts that a queue may have.
pub(super) const TEXT_KEYS: &[&str] = &["full", "too_long", "nobody", "closed", "key", "callback"];

/// `[calendars.NAME]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    /// IANA time zone.
    pub zone: String,
    /// `mon-fri 09:00-18:00`.
    #[serde(default)]
    pub weekly: Vec<String>,
    /// `2026-12-31 09:00-14:00 short day`.
    #[serde(default)]
    pub special: Vec<String>,
}

impl Calendar {
    /// As the core reads it.
    pub(crate) fn for_core(&self) -> acd::calendar::Calendar {
        acd::calendar::Calendar {
            zone: self.zone.clone(),
            weekly: self.weekly.clone(),
            special: self.special.clone(),
        }
    }
}

/// What the file says of one kind of leaving: `stay`, `hang_up`, `queue:NAME`,
/// `reserves`, or `reserves,` and what becomes of whom no reserve takes.
fn leave(text: &str) -> Option<Leave> {
    if let Some(otherwise) = text.strip_prefix("reserves,") {
        let otherwise =
            leave(otherwise).filter(|leave| !matches!(leave, Leave::Reserves { .. }))?;
        return Some(Leave::Reserves {
            otherwise: Box::new(otherwise),
        });
    }
    match text {
        "reserves" => Some(Leave::Reserves {
            otherwise: Box::new(Leave::Stay),
        }),
        "stay" => Some(Leave::Stay),
        "hang_up" => Some(Leave::HangUp),
        "callback" => Some(Leave::Callback),
        other => other
            .strip_prefix("queue:")
            .map(|name| Leave::Queue { queue: name.into() }),
    }
}

/// The rules of one queue.
///
/// # Errors
/// A sentence that names the key, without the queue.
pub(crate) fn rules(config: &Config, queue: &Queue) -> Result<LeaveRules, String> {
    let read = |key: &str, text: &str| {
        let leave = leave(text).ok_or_else(|| {
            format!("`{key}`: `{text}` is none of `stay`, `hang_up`, `queue:NAME`, `callback`, `reserves`, `reserves,OTHERWISE`")
        })?;
        let goes_to = match &leave {
            Leave::Reserves { otherwise } => otherwise,
            Leave::Stay | Leave::HangUp | Leave::Callback | Leave::Queue { .. } => &leave,
        };
        if let Leave::Queue { queue: name } = goes_to
            && !config.queues.iter().any(|queue| queue.name == *name.0)
        {
            return Err(format!("`{key}`: there is no queue `{name}`"));
        }
        if *goes_to == Leave::Callback && !queue.callback.enabled {
            return Err(format!(
                "`{key}`: `callback` needs `enabled = true` in `[queues.callback]`"
            ));
        }
        Ok(leave)
    };
    let calendar = match &queue.calendar {
        None => None,
        Some(name) => {
            let calendar = config.calendars.get(name);
            let calendar =
                calendar.ok_or_else(|| format!("`calendar`: there is no `[calendars.{name}]`"))?;
            Some(calendar.for_core())
        }
    };
    let mut exits = BTreeMap::new();
    for (digit, text) in &queue.exits {
        if !matches!(digit.as_bytes(), [b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D']) {
            return Err(format!("`exits`: `{digit}` is none of 0-9, *, #, A-D"));
        }
        exits.insert(digit.clone(), read(&format!("exits.{digit}"), text)?);
    }
    Ok(LeaveRules {
        full: read("on_full", &queue.on_full)?,
        wait_max_ms: queue.wait_max_s * 1_000,
        too_long: read("on_wait_max", &queue.on_wait_max)?,
        nobody: read("on_nobody", &queue.on_nobody)?,
        calendar,
        closed: read("on_closed", &queue.on_closed)?,
        closing: read("on_closing", &queue.on_closing)?,
        exits,
        texts: queue.texts.clone(),
    })
}

/// What is wrong with calendars and rules of leaving.
///
/// # Errors
/// A sentence that names the key.
pub(super) fn check(config: &Config) -> Result<(), String> {
    for (name, calendar) in &config.calendars {
        Schedule::new(&calendar.for_core())
            .map_err(|error| format!("`calendars.{name}`: {error}"))?;
    }
    for (index, queue) in config.queues.iter().enumerate() {
        rules(config, queue).map_err(|problem| format!("`queues[{index}]`: {problem}"))?;
    }
    Ok(())
}

/// Texts by reason and language.
pub(crate) type Texts = BTreeMap<LeaveReason, BTreeMap<String, String>>;
