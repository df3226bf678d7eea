//! Bindings and absences in JSON and CSV.

use super::table::Table;
use super::{FieldError, Fields, Problem};
use crate::clock;
use acd::{
    Absence, AbsenceKind, Binding, BindingSource, LastAsked, ManagerAnswer, Millis, NewBinding,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

const NAME_BYTES_MAX: usize = 64;
const NOTE_BYTES_MAX: usize = 500;
/// Absences of one agent in one body.
const ABSENCES_MAX: usize = 100;
/// What a spreadsheet may take for a formula when a cell begins with it.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A binding as it is shown, and a line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BindingJson {
    pub(crate) number: String,
    pub(crate) agent: String,
    #[serde(default)]
    pub(crate) since: String,
    #[serde(default)]
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) consent_at: Option<String>,
    #[serde(default)]
    pub(crate) note: String,
}

impl BindingJson {
    pub(crate) fn of(number: &str, binding: &Binding) -> Self {
        Self {
            number: number.to_owned(),
            agent: binding.agent.to_string(),
            since: clock::to_rfc3339(binding.since),
            source: binding.source.word().to_owned(),
            consent_at: binding.consent_at.map(clock::to_rfc3339),
            note: binding.note.clone(),
        }
    }
}

/// When a caller was asked last.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LastAskedJson {
    at: String,
    answer: Option<&'static str>,
}

impl LastAskedJson {
    /// The answer in the word of the contract.
    pub(crate) fn answer(&self) -> Option<&'static str> {
        self.answer
    }

    pub(crate) fn of(asked: LastAsked) -> Self {
        let word = |answer| match answer {
            ManagerAnswer::Yes => "yes",
            ManagerAnswer::No => "no",
            ManagerAnswer::Unclear => "unclear",
        };
        Self {
            at: clock::to_rfc3339(asked.at),
            answer: asked.answer.map(word),
        }
    }
}

/// Reads `{agent, consent_at?, note?}`.
pub(crate) fn read_binding(body: &Value) -> Result<Binding, FieldError> {
    let fields = Fields::of(body)?;
    let consent_at = fields.optional_text("consent_at", NAME_BYTES_MAX)?;
    Ok(Binding {
        agent: fields.filled_text("agent", NAME_BYTES_MAX)?.into(),
        since: clock::now_ms(),
        source: BindingSource::Supervisor,
        consent_at: consent_at
            .map(|text| moment("consent_at", text))
            .transpose()?,
        note: fields
            .optional_text("note", NOTE_BYTES_MAX)?
            .unwrap_or_default()
            .to_owned(),
    })
}

fn moment(field: &str, text: &str) -> Result<Millis, FieldError> {
    let time: Option<jiff::Timestamp> = text.parse().ok();
    time.and_then(|time| u64::try_from(time.as_millisecond()).ok())
        .ok_or_else(|| FieldError::new(field, "RFC 3339 time").of(Problem::NotATime))
}

/// The file's lines that were understood, and those that were not.
pub(crate) struct ImportedFile {
    pub(crate) bindings: Vec<NewBinding>,
    /// Line and what is wrong with it.
    pub(crate) refused: Vec<(u64, FieldError)>,
}

/// Reads `number,agent,since,source,consent_at,note` with a heading; all but
/// the first two columns may be missing or empty.
pub(crate) fn import_csv(
    bytes: &[u8],
    agents: &BTreeSet<String>,
    now: Millis,
) -> Result<ImportedFile, FieldError> {
    let mut table = Table::read(bytes, &["number", "agent"])?;
    let mut file = ImportedFile {
        bindings: Vec::new(),
        refused: Vec::new(),
    };
    for (line, row) in table.rows::<BindingJson>() {
        match row.and_then(|row| binding_of(row, agents, now)) {
            Ok(binding) => file.bindings.push(binding),
            Err(why) => file.refused.push((line, why)),
        }
    }
    Ok(file)
}

fn binding_of(
    row: BindingJson,
    agents: &BTreeSet<String>,
    now: Millis,
) -> Result<NewBinding, FieldError> {
    if !row.number.chars().any(|c| c.is_alphanumeric()) || row.number.len() > 128 {
        return Err(FieldError::not_a_caller());
    }
    if !agents.contains(&row.agent) {
        return Err(FieldError::not_an_agent("agent"));
    }
    if row.note.len() > NOTE_BYTES_MAX {
        let long = FieldError::new("note", format!("at most {NOTE_BYTES_MAX} bytes"));
        return Err(long.of(Problem::TooLong));
    }
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let since = filled(Some(row.since)).map(|text| moment("since", &text));
    let consent = filled(row.consent_at).map(|text| moment("consent_at", &text));
    let source = match row.source.as_str() {
        "" => BindingSource::Import,
        word => BindingSource::parse(word)
            .ok_or_else(|| FieldError::new("source", "import, supervisor, caller or policy"))?,
    };
    let note = match row.note.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA_STARTS) => rest.to_owned(),
        _ => row.note,
    };
    Ok(NewBinding {
        number: row.number,
        binding: Binding {
            agent: row.agent.as_str().into(),
            since: since.transpose()?.unwrap_or(now),
            source,
            consent_at: consent.transpose()?,
            note,
        },
    })
}

/// Writes the file that [`import_csv`] reads.
pub(crate) fn export_csv(all: &[BindingJson]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if all.is_empty() {
        writer.write_record(["number", "agent", "since", "source", "consent_at", "note"])?;
    }
    for binding in all {
        let mut line = binding.clone();
        if line.note.starts_with(FORMULA_STARTS) {
            line.note.insert(0, '\'');
        }
        writer.serialize(line)?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
}

/// Reads `{absences: [{kind, from, until?, zone?, deputy?, note?}]}`. `from`
/// and `until` are days in `zone` (both belong to the absence) or RFC 3339
/// times (`until` does not); no `until` is for good.
pub(crate) fn read_absences(body: &Value) -> Result<Vec<Absence>, FieldError> {
    let list = Fields::of(body)?
        .value("absences")
        .and_then(Value::as_array)
        .filter(|list| list.len() <= ABSENCES_MAX)
        .ok_or_else(|| {
            let many = FieldError::new("absences", format!("list of at most {ABSENCES_MAX}"));
            many.of(Problem::TooMany)
        })?;
    let read = |(index, value): (usize, &Value)| {
        absence(value).map_err(|wrong| {
            let field = format!("absences[{index}].{}", wrong.field);
            FieldError::new(field, wrong.expected).of(wrong.problem)
        })
    };
    list.iter().enumerate().map(read).collect()
}

fn absence(value: &Value) -> Result<Absence, FieldError> {
    let fields = Fields::of(value)?;
    let zone = fields
        .optional_text("zone", NAME_BYTES_MAX)?
        .unwrap_or("UTC");
    let time_zone = TimeZone::get(zone).map_err(|_| {
        let wrong = FieldError::new("zone", "IANA time zone such as Europe/Moscow");
        wrong.of(Problem::NotAZone)
    })?;
    let kind = AbsenceKind::parse(fields.text("kind", NAME_BYTES_MAX)?)
        .ok_or_else(|| FieldError::new("kind", "vacation, ill, left or other"))?;
    let from = edge("from", fields.text("from", NAME_BYTES_MAX)?, &time_zone, 0)?;
    let until = fields
        .optional_text("until", NAME_BYTES_MAX)?
        .map(|text| edge("until", text, &time_zone, 1))
        .transpose()?;
    if until.is_some_and(|until| until <= from) {
        let wrong = FieldError::new("until", "a day or time after `from`");
        return Err(wrong.of(Problem::EndsTooEarly));
    }
    let deputy = fields.optional_text("deputy", NAME_BYTES_MAX)?;
    Ok(Absence {
        kind,
        from,
        until,
        zone: zone.to_owned(),
        deputy: deputy.map(Into::into),
        note: fields
            .optional_text("note", NOTE_BYTES_MAX)?
            .unwrap_or_default()
            .to_owned(),
    })
}

/// A day's first moment (of the day `days_later`) or a time as it is. Where a
/// zone skips midnight the day begins at its first moment that exists.
fn edge(field: &str, text: &str, zone: &TimeZone, days_later: i32) -> Result<Millis, FieldError> {
    let wrong =
        || FieldError::new(field, "day (2026-12-31) or RFC 3339 time").of(Problem::NotATime);
    let Ok(day) = text.parse::<Date>() else {
        return moment(field, text).map_err(|_| wrong());
    };
    // A time parses as its day too.
    if text.len() > "2026-12-31".len() {
        return moment(field, text).map_err(|_| wrong());
    }
    let begins = day
        .checked_add(jiff::Span::new().days(days_later))
        .and_then(|day| day.to_zoned(zone.clone()))
        .map_err(|_| wrong())?;
    u64::try_from(begins.timestamp().as_millisecond()).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn agents() -> BTreeSet<String> {
        BTreeSet::from(["anna".to_owned()])
    }

    #[test]
    fn a_file_that_was_written_is_read_the_same() {
        let binding = Binding {
            agent: "anna".into(),
            since: 1_700_000_000_000,
            source: BindingSource::Caller,
            consent_at: Some(1_700_000_000_000),
            note: "=1+1, \"quoted\"".into(),
        };
        let rows = [BindingJson::of("+79001234567", &binding)];
        let csv = export_csv(&rows).unwrap();
        assert!(
            String::from_utf8_lossy(&csv).contains("'=1+1"),
            "no formula"
        );
        let file = import_csv(&csv, &agents(), 5).unwrap();
        assert_eq!(file.bindings[0].binding, binding);
        assert_eq!(file.bindings[0].number, "+79001234567");
    }

    #[test]
    fn bad_lines_are_named_and_the_good_ones_taken() {
        let text =
            "\u{feff}number,agent,note\n8 900 000-00-01,anna,\n,anna,\n123,nobody,\n124,anna\n";
        let file = import_csv(text.as_bytes(), &agents(), 5).unwrap();
        let refused: Vec<_> = file
            .refused
            .iter()
            .map(|(line, why)| (*line, why.field.as_str()))
            .collect();
        assert_eq!(refused, [(3, "number"), (4, "agent")]);
        assert_eq!(file.bindings.len(), 2);
        assert_eq!(file.bindings[0].binding.source, BindingSource::Import);
        let no_heading = import_csv(b"123,anna\n", &agents(), 5);
        assert_eq!(no_heading.err().unwrap().field, "number");
    }

    #[test]
    fn days_are_those_of_the_zone_and_the_last_belongs_to_the_absence() {
        let body = json!({"absences": [{"kind": "vacation", "from": "2026-12-30",
            "until": "2026-12-31", "zone": "Europe/Moscow"}]});
        let absence = &read_absences(&body).unwrap()[0];
        assert_eq!(clock::to_rfc3339(absence.from), "2026-12-29T21:00:00.000Z");
        let until = absence.until.map(clock::to_rfc3339);
        assert_eq!(until.as_deref(), Some("2026-12-31T21:00:00.000Z"));
    }

    #[test]
    fn wrong_absences_are_named_by_field() {
        for (value, field) in [
            (
                json!({"kind": "bored", "from": "2026-12-30"}),
                "absences[0].kind",
            ),
            (json!({"kind": "ill", "from": "soon"}), "absences[0].from"),
            (
                json!({"kind": "ill", "from": "2026-12-30", "zone": "Moon"}),
                "absences[0].zone",
            ),
            (
                json!({"kind": "ill", "from": "2026-12-30", "until": "2026-12-01"}),
                "absences[0].until",
            ),
        ] {
            let wrong = read_absences(&json!({"absences": [value]})).unwrap_err();
            assert_eq!(wrong.field, field);
        }
    }
}
