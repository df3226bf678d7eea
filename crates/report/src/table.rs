//! Rows as a table for spreadsheets (RFC 4180).

use serde::Serialize;
use serde_json::Value;

/// A table: every row of a report with its nested measures spread over columns
/// named like `service_level.default.numerator`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub header: Vec<String>,
    /// One line of cells for each row.
    pub lines: Vec<Vec<String>>,
}

impl Table {
    /// The table of a report's rows. Rows of one report have the same columns.
    pub fn of<Row: Serialize>(rows: &[Row]) -> Self {
        let mut table = Self::default();
        for row in rows {
            let mut cells = Vec::new();
            if let Ok(value) = serde_json::to_value(row) {
                spread(String::new(), &value, &mut cells);
            }
            if table.header.is_empty() {
                table.header = cells.iter().map(|(name, _)| name.clone()).collect();
            }
            table
                .lines
                .push(cells.into_iter().map(|(_, cell)| cell).collect());
        }
        table
    }

    /// The table as text of RFC 4180: commas, CRLF, quotes where needed.
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        for line in std::iter::once(&self.header).chain(&self.lines) {
            let cells: Vec<String> = line.iter().map(|cell| quoted(cell)).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
        text
    }
}

fn spread(name: String, value: &Value, cells: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (field, inner) in fields {
                let name = if name.is_empty() {
                    field.clone()
                } else {
                    format!("{name}.{field}")
                };
                spread(name, inner, cells);
            }
        }
        Value::Null => cells.push((name, String::new())),
        Value::String(text) => cells.push((name, harmless(text))),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            cells.push((name, value.to_string()))
        }
    }
}

/// A text that a spreadsheet would take for a formula gets an apostrophe: the
/// caller chose it, not we.
fn harmless(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_cannot_write_a_formula_into_a_spreadsheet() {
        let table = Table::of(&[serde_json::json!({"number": "=1+1", "name": "a \"b\", c"})]);
        assert_eq!(
            table.to_csv(),
            "number,name\r\n'=1+1,\"a \"\"b\"\", c\"\r\n"
        );
    }
}
