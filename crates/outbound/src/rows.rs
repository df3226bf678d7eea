//! The file of a list: CSV whose first row names the columns. Some columns are
//! read as orders (voxengine.md §10.2); all of them go to the scenario.

use crate::hours::{Hours, HoursError, Window};
use crate::limits::{
    AHEAD_MS_MAX, COLUMNS_MAX, CUSTOM_DATA_BYTES_MAX, FILE_BYTES_MAX, ROWS_MAX, UUID_CHARS_MAX,
};
use crate::task::PRIORITY_DEFAULT;
use crate::when::instant_ms;
use serde_json::{Map, Value};

/// How a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// A name of the WHATWG encoding standard, such as `windows-1251`.
    pub encoding: String,
    /// Between cells.
    pub delimiter: u8,
    /// Around cells.
    pub quote: u8,
    /// Before a quote that is part of a cell; without it such a quote is doubled.
    pub escape: Option<u8>,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            encoding: "utf-8".into(),
            delimiter: b';',
            quote: b'"',
            escape: None,
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Names of the columns, in order.
    pub columns: Vec<String>,
    /// The rows under them.
    pub rows: Vec<Row>,
}

/// One row: a task to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its cells by column as a JSON object.
    pub custom_data: String,
    /// When it may be called.
    pub hours: Hours,
    /// Not before that, milliseconds since 1970 UTC.
    pub not_before_ms: u64,
    /// 0 goes first.
    pub priority: u32,
    /// `__task_uuid`, if it has one.
    pub uuid: Option<String>,
}

/// What is wrong with a file: whoever sent it can fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// More than is taken at once.
    #[error("has more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// The name of the encoding is unknown.
    #[error("is in an unknown encoding")]
    Encoding,
    /// The bytes are not text in that encoding.
    #[error("is not text in the encoding {0}")]
    Text(String),
    /// No first row, or a column without a name of its own.
    #[error("needs a first row with the names of the columns, each once")]
    Columns,
    /// Nothing under the first row.
    #[error("has no rows")]
    Empty,
    /// A row has other columns than the first.
    #[error("has a row with other columns than the first: line {0}")]
    Shape(u64),
    /// A row is too long.
    #[error("has a row of more than {CUSTOM_DATA_BYTES_MAX} bytes: line {0}")]
    Long(u64),
    /// A column that is read as an order says something else.
    #[error("line {line}: the '{column}' parameter is invalid: {why}")]
    Cell {
        /// From 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is wrong.
        why: String,
    },
}

const STARTS: &str = "__start_execution_time";
const ENDS: &str = "__end_execution_time";
const START_AT: &str = "__start_at";
const UUID: &str = "__task_uuid";
const SCHEDULE: &str = "call_schedule";
const PRIORITY: &str = "task_priority";
const NEXT_ATTEMPT: &str = "next_attempt_time";

impl File {
    /// Reads a whole file. All of it is right, or nothing is taken.
    pub fn read(bytes: &[u8], format: &Format, now_ms: u64) -> Result<Self, RowError> {
        let too_many = |what, most| RowError::TooMany { what, most };
        if bytes.len() > FILE_BYTES_MAX {
            return Err(too_many("bytes", FILE_BYTES_MAX));
        }
        let text = decode(bytes, &format.encoding)?;
        let mut reader = csv::ReaderBuilder::new();
        reader
            .delimiter(format.delimiter)
            .quote(format.quote)
            .escape(format.escape)
            .double_quote(format.escape.is_none())
            .flexible(false);
        let mut reader = reader.from_reader(text.as_bytes());
        let columns = columns(reader.headers().map_err(shape)?)?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(shape)?;
            if rows.len() >= ROWS_MAX {
                return Err(too_many("rows", ROWS_MAX));
            }
            let line = record.position().map_or(0, csv::Position::line);
            rows.push(row(&columns, &record, line, now_ms)?);
        }
        if rows.is_empty() {
            return Err(RowError::Empty);
        }
        Ok(Self { columns, rows })
    }
}

fn decode(bytes: &[u8], label: &str) -> Result<String, RowError> {
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).ok_or(RowError::Encoding)?;
    let (text, used, has_errors) = encoding.decode(bytes);
    if has_errors {
        return Err(RowError::Text(used.name().to_owned()));
    }
    Ok(text.into_owned())
}

fn shape(error: csv::Error) -> RowError {
    RowError::Shape(error.position().map_or(0, csv::Position::line))
}

fn columns(record: &csv::StringRecord) -> Result<Vec<String>, RowError> {
    let columns: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
    if columns.len() > COLUMNS_MAX {
        return Err(RowError::TooMany {
            what: "columns",
            most: COLUMNS_MAX,
        });
    }
    let mut sorted: Vec<&str> = columns.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let twice = sorted.windows(2).any(|pair| pair[0] == pair[1]);
    if sorted.first().is_none_or(|name| name.is_empty()) || twice {
        return Err(RowError::Columns);
    }
    Ok(columns)
}

fn row(
    columns: &[String],
    record: &csv::StringRecord,
    line: u64,
    now_ms: u64,
) -> Result<Row, RowError> {
    let mut fields = Map::with_capacity(columns.len());
    for (name, cell) in columns.iter().zip(record) {
        fields.insert(name.clone(), Value::String(cell.to_owned()));
    }
    let cells = Cells {
        fields: &fields,
        line,
    };
    let hours = cells.hours()?;
    let not_before_ms = cells.instant(START_AT, now_ms)?;
    let next_ms = cells.instant(NEXT_ATTEMPT, now_ms)?;
    let (priority, uuid) = (cells.priority()?, cells.uuid()?);
    let custom_data = Value::Object(fields).to_string();
    if custom_data.len() > CUSTOM_DATA_BYTES_MAX {
        return Err(RowError::Long(line));
    }
    Ok(Row {
        custom_data,
        hours,
        not_before_ms: not_before_ms.max(next_ms),
        priority,
        uuid,
    })
}

/// The cells of a row that are read as orders.
struct Cells<'r> {
    fields: &'r Map<String, Value>,
    line: u64,
}

impl Cells<'_> {
    /// A cell that is not empty.
    fn text(&self, column: &str) -> Option<&str> {
        let cell = self.fields.get(column).and_then(Value::as_str);
        cell.map(str::trim).filter(|cell| !cell.is_empty())
    }

    fn wrong(&self, column: &'static str, why: impl ToString) -> RowError {
        RowError::Cell {
            line: self.line,
            column,
            why: why.to_string(),
        }
    }

    fn hours(&self) -> Result<Hours, RowError> {
        let daily = match (self.text(STARTS), self.text(ENDS)) {
            (None, None) => None,
            (Some(start), Some(end)) => {
                Some(Window::parse(start, end).map_err(|why| self.wrong(STARTS, why))?)
            }
            (Some(_), None) | (None, Some(_)) => {
                return Err(self.wrong(STARTS, HoursError::OneEnd));
            }
        };
        let schedule = match self.text(SCHEDULE) {
            None => Vec::new(),
            Some(text) => Hours::parse_schedule(text).map_err(|why| self.wrong(SCHEDULE, why))?,
        };
        let hours = Hours { daily, schedule };
        hours.check().map_err(|why| self.wrong(STARTS, why))?;
        Ok(hours)
    }

    fn instant(&self, column: &'static str, now_ms: u64) -> Result<u64, RowError> {
        let Some(text) = self.text(column) else {
            return Ok(0);
        };
        match instant_ms(text) {
            Some(at_ms) if at_ms.saturating_sub(now_ms) <= AHEAD_MS_MAX => Ok(at_ms),
            Some(_) => Err(self.wrong(column, "is more than nine months ahead")),
            None => Err(self.wrong(column, "is not a time")),
        }
    }

    fn priority(&self) -> Result<u32, RowError> {
        let Some(text) = self.text(PRIORITY) else {
            return Ok(PRIORITY_DEFAULT);
        };
        let wrong = |_| self.wrong(PRIORITY, "is not a number");
        text.parse().map_err(wrong)
    }

    fn uuid(&self) -> Result<Option<String>, RowError> {
        let Some(text) = self.text(UUID) else {
            return Ok(None);
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ':';
        if text.len() > UUID_CHARS_MAX || !text.chars().all(plain) {
            let why = format!("letters, digits, - and :, at most {UUID_CHARS_MAX}");
            return Err(self.wrong(UUID, why));
        }
        Ok(Some(text.to_owned()))
    }
}
