//! What a policy may answer, read field by field.

use acd::Leave;
use serde_json::{Map, Value};

/// Skills that one call may ask for, as for a scenario.
const SKILLS_MAX: usize = 32;
/// Longest text of an answer, bytes.
const TEXT_BYTES_MAX: usize = 256;
/// Longest custom data, bytes.
const CUSTOM_DATA_BYTES_MAX: usize = 8_192;
/// The longest ban that a policy may give: a week.
const BAN_MINUTES_MAX: f64 = 7.0 * 24.0 * 60.0;

/// What `onCall` changes; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallChange {
    /// Another queue.
    pub queue: Option<String>,
    /// Another priority.
    pub priority: Option<i32>,
    /// Other skills.
    pub skills: Option<Vec<String>>,
    /// Another language.
    pub language: Option<String>,
    /// Another text for the agent.
    pub custom_data: Option<String>,
}

/// What `onMiss` makes of a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BanChange {
    /// The built-in rule stands.
    AsUsual,
    /// No ban, whatever the built-in rule says.
    None,
    /// A ban of so long, milliseconds.
    For {
        /// How long.
        ban_ms: u64,
    },
}

/// What `onWait` makes of a caller who waits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaitChange {
    /// Where the caller goes.
    pub leave: Leave,
    /// Another priority from now on.
    pub priority: Option<i32>,
}

/// What is wrong with an answer: the field, and what it should be.
pub(crate) type Wrong = String;

/// The fields of an answer. Nothing, `null` and `undefined` have none.
struct Fields<'a>(Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    fn of(answer: &'a Value, known: &[&str]) -> Result<Self, Wrong> {
        let object = match answer {
            Value::Null => return Ok(Self(None)),
            Value::Object(object) => object,
            _ => return Err(format!("expected an object with {}", known.join(", "))),
        };
        for field in object.keys() {
            if !known.contains(&field.as_str()) {
                return Err(format!(
                    "`{field}`: no such field; known: {}",
                    known.join(", ")
                ));
            }
        }
        Ok(Self(Some(object)))
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str, max: usize) -> Result<Option<String>, Wrong> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let text = value.as_str().filter(|text| text.len() <= max);
        text.map(|text| Some(text.to_owned()))
            .ok_or_else(|| format!("`{name}`: expected text of at most {max} bytes"))
    }

    fn queue(&self, queues: &[String]) -> Result<Option<String>, Wrong> {
        let queue = self.text("queue", TEXT_BYTES_MAX)?;
        match &queue {
            Some(name) if !queues.contains(name) => Err(format!(
                "`queue`: no queue `{name}`; there is {}",
                queues.join(", ")
            )),
            Some(_) | None => Ok(queue),
        }
    }

    fn priority(&self) -> Result<Option<i32>, Wrong> {
        let Some(value) = self.value("priority") else {
            return Ok(None);
        };
        let whole = value.as_i64().and_then(|number| i32::try_from(number).ok());
        whole
            .map(Some)
            .ok_or_else(|| "`priority`: expected a whole number of 32 bits".to_owned())
    }

    fn is_set(&self, name: &str) -> Result<bool, Wrong> {
        self.value(name).map_or(Ok(false), |value| {
            value
                .as_bool()
                .ok_or_else(|| format!("`{name}`: expected true or false"))
        })
    }

    fn skills(&self) -> Result<Option<Vec<String>>, Wrong> {
        let Some(value) = self.value("skills") else {
            return Ok(None);
        };
        let wrong = || format!("`skills`: expected at most {SKILLS_MAX} texts");
        let list = value.as_array().filter(|list| list.len() <= SKILLS_MAX);
        let text = |one: &Value| {
            let text = one.as_str().filter(|text| text.len() <= TEXT_BYTES_MAX);
            text.map(str::to_owned)
        };
        let skills: Option<Vec<String>> = list.ok_or_else(wrong)?.iter().map(text).collect();
        skills.map(Some).ok_or_else(wrong)
    }
}

/// Reads what `onCall` returned.
pub(crate) fn call_change(answer: &Value, queues: &[String]) -> Result<CallChange, Wrong> {
    let known = ["queue", "priority", "skills", "language", "custom_data"];
    let fields = Fields::of(answer, &known)?;
    Ok(CallChange {
        queue: fields.queue(queues)?,
        priority: fields.priority()?,
        skills: fields.skills()?,
        language: fields.text("language", TEXT_BYTES_MAX)?,
        custom_data: fields.text("custom_data", CUSTOM_DATA_BYTES_MAX)?,
    })
}

/// Reads the ranks of agents, in thousandths so that they are whole: `null`
/// and nothing are 0.
#[allow(clippy::cast_possible_truncation)] // Held within 53 bits just before.
pub(crate) fn ranks(answer: &Value) -> Result<Vec<i64>, Wrong> {
    const RANK_MAX: f64 = 1e12;
    let wrong = || "expected a number, -1e12 to 1e12".to_owned();
    let rank = |one: &Value| match one {
        Value::Null => Ok(0),
        one => {
            let rank = one.as_f64().filter(|rank| rank.abs() <= RANK_MAX);
            rank.map(|rank| (rank * 1_000.0).round() as i64)
                .ok_or_else(wrong)
        }
    };
    answer
        .as_array()
        .ok_or_else(wrong)?
        .iter()
        .map(rank)
        .collect()
}

/// Reads what `onMiss` returned: minutes, or nothing.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Held within a week just before.
pub(crate) fn ban_change(answer: &Value) -> Result<BanChange, Wrong> {
    if answer.is_null() {
        return Ok(BanChange::AsUsual);
    }
    let minutes = answer
        .as_f64()
        .filter(|minutes| (0.0..=BAN_MINUTES_MAX).contains(minutes))
        .ok_or_else(|| format!("expected minutes, 0 to {BAN_MINUTES_MAX}, or nothing"))?;
    let ban_ms = (minutes * 60_000.0).round() as u64;
    Ok(if ban_ms == 0 {
        BanChange::None
    } else {
        BanChange::For { ban_ms }
    })
}

/// Reads what `onWait` returned.
pub(crate) fn wait_change(answer: &Value, queues: &[String]) -> Result<WaitChange, Wrong> {
    let known = ["queue", "hang_up", "callback", "reserves", "priority"];
    let fields = Fields::of(answer, &known)?;
    let queue = fields.queue(queues)?;
    let leave = match (queue, fields.is_set("hang_up")?, fields.is_set("callback")?) {
        (None, false, false) => Leave::Stay,
        (None, true, false) => Leave::HangUp,
        (None, false, true) => Leave::Callback,
        (Some(queue), false, false) => Leave::Queue {
            queue: queue.as_str().into(),
        },
        (Some(_), true, _) | (Some(_), _, true) | (None, true, true) => {
            return Err("`queue`, `hang_up` and `callback`: expected one of them".to_owned());
        }
    };
    let leave = if fields.is_set("reserves")? {
        Leave::Reserves {
            otherwise: Box::new(leave),
        }
    } else {
        leave
    };
    Ok(WaitChange {
        leave,
        priority: fields.priority()?,
    })
}
