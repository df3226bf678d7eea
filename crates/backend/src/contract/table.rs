//! Files of spreadsheets: CSV in UTF-8 with a heading.

use super::{FieldError, Problem};
use csv::{Reader, StringRecord};
use serde::de::DeserializeOwned;

/// A file whose first line was understood.
pub(crate) struct Table<'f> {
    reader: Reader<&'f [u8]>,
    headings: StringRecord,
}

impl<'f> Table<'f> {
    /// Reads the first line; `columns` must be in it.
    pub(crate) fn read(bytes: &'f [u8], columns: &[&'static str]) -> Result<Self, FieldError> {
        // Spreadsheets begin UTF-8 files so.
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(bytes);
        let headings = reader
            .headers()
            .map_err(|_| FieldError::new("body", "CSV in UTF-8").of(Problem::Unreadable))?
            .clone();
        for column in columns {
            if !headings.iter().any(|heading| heading == *column) {
                let missing = FieldError::new(*column, "a column of this name in the first line");
                return Err(missing.of(Problem::NoColumns));
            }
        }
        Ok(Self { reader, headings })
    }

    /// The other lines with their numbers.
    pub(crate) fn rows<T: DeserializeOwned>(
        &mut self,
    ) -> impl Iterator<Item = (u64, Result<T, FieldError>)> {
        let headings = &self.headings;
        self.reader.records().map(|record| {
            let line = match &record {
                Ok(record) => record.position().map_or(0, csv::Position::line),
                Err(error) => error.position().map_or(0, csv::Position::line),
            };
            let row = record
                .and_then(|mut record| {
                    // A spreadsheet leaves empty cells at the end out.
                    while record.len() < headings.len() {
                        record.push_field("");
                    }
                    record.deserialize(Some(headings))
                })
                .map_err(|_| {
                    let wrong = FieldError::new("line", "the columns of the first line, in UTF-8");
                    wrong.of(Problem::Unreadable)
                });
            (line, row)
        })
    }
}
