//! Statements that hold together or not at all.
//!
//! A server is sent them in a transaction, many rows in a statement, for each statement
//! is a journey there and back. A SQLite file is written by a connection of the writer's
//! own thread, row by row with statements that stay prepared, see [`crate::file`].

use crate::history::list;
use crate::writer::WriterConnection;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Connection, Transaction};
use std::borrow::Cow;
use std::fmt::Write;

/// Rows in one statement: so many, so many, or all that are left. Few sizes, so that
/// every one of them stays prepared at the server.
const CHUNKS: [usize; 2] = [64, 8];

/// A value of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Value<'v> {
    Number(i64),
    Text(&'v str),
    Owned(String),
    Maybe(Option<&'v str>),
    /// Numbers between and among semicolons, see [`list`].
    List(&'v [String]),
}

/// A statement, with `?` where a value belongs. It writes one row, and the same for many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    /// Up to the values of a row.
    pub(crate) head: &'static str,
    /// The values of a row, which are repeated for more. Empty: it takes one row only.
    pub(crate) row: &'static str,
    /// After the last row.
    pub(crate) tail: &'static str,
}

impl Sql {
    /// A statement for one row.
    pub(crate) const fn single(head: &'static str) -> Self {
        Self {
            head,
            row: "",
            tail: "",
        }
    }

    /// The text for one row, for SQLite.
    pub(crate) fn text(&self) -> Cow<'static, str> {
        if self.row.is_empty() {
            return Cow::Borrowed(self.head);
        }
        Cow::Owned(format!("{} {} {}", self.head, self.row, self.tail))
    }

    /// The text for so many rows, for a server.
    fn numbered(&self, rows: usize) -> String {
        let mut sql = String::with_capacity(
            self.head.len() + rows * (self.row.len() * 3 + 2) + self.tail.len() + 2,
        );
        let mut values = number(&mut sql, self.head, 0);
        if !self.row.is_empty() {
            for row in 0..rows {
                sql.push_str(if row == 0 { " " } else { ", " });
                values = number(&mut sql, self.row, values);
            }
            sql.push(' ');
            sql.push_str(self.tail);
        }
        sql
    }
}

/// Statements in order, with their values.
#[derive(Debug, Default)]
pub(crate) struct Batch<'v> {
    statements: Vec<Statement<'v>>,
}

/// A statement with the values of one row after the other.
#[derive(Debug)]
pub(crate) struct Statement<'v> {
    pub(crate) sql: Sql,
    pub(crate) values: Vec<Value<'v>>,
    /// Values of a row.
    pub(crate) columns: usize,
}

impl<'v> Batch<'v> {
    /// Adds a statement for a row.
    pub(crate) fn add<const N: usize>(&mut self, sql: Sql, values: [Value<'v>; N]) {
        self.rows(sql, [values]);
    }

    /// Adds a statement for rows; none if there are none.
    pub(crate) fn rows<const N: usize>(
        &mut self,
        sql: Sql,
        rows: impl IntoIterator<Item = [Value<'v>; N]>,
    ) {
        let values: Vec<Value<'v>> = rows.into_iter().flatten().collect();
        if !values.is_empty() {
            self.statements.push(Statement {
                sql,
                values,
                columns: N,
            });
        }
    }

    /// What there is.
    pub(crate) fn statements(&self) -> &[Statement<'v>] {
        &self.statements
    }

    /// Carries all out, or nothing, at a server.
    pub(crate) async fn run(self, connection: &mut WriterConnection) -> Result<(), sqlx::Error> {
        let mut transaction = connection.begin().await?;
        self.run_in(&mut transaction).await?;
        transaction.commit().await
    }

    /// Carries all out as a part of a transaction.
    pub(crate) async fn run_in(
        self,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<(), sqlx::Error> {
        for statement in &self.statements {
            for chunk in statement.chunks() {
                let sql = statement.sql.numbered(chunk.len() / statement.columns);
                bind(sqlx::query(AssertSqlSafe(sql)), chunk)
                    .execute(&mut **transaction)
                    .await?;
            }
        }
        Ok(())
    }
}

impl<'v> Statement<'v> {
    /// The values in pieces, each for one journey.
    fn chunks(&self) -> impl Iterator<Item = &[Value<'v>]> {
        let mut rest = self.values.as_slice();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let rows = rest.len() / self.columns;
            let rows = if self.sql.row.is_empty() {
                1
            } else {
                let fits = CHUNKS.into_iter().find(|size| *size <= rows);
                fits.unwrap_or(rows)
            };
            let (chunk, after) = rest.split_at(rows * self.columns);
            rest = after;
            Some(chunk)
        })
    }
}

/// Appends a part of a statement to `to`, its values numbered from after `values`;
/// returns the number of the last one.
fn number(to: &mut String, sql: &str, mut values: usize) -> usize {
    let mut parts = sql.split('?');
    to.push_str(parts.next().unwrap_or_default());
    for part in parts {
        values += 1;
        // Writing to a String cannot fail.
        let _ = write!(to, "${values}{part}");
    }
    values
}

fn bind<'q>(
    mut query: Query<'q, Any, AnyArguments>,
    values: &[Value<'q>],
) -> Query<'q, Any, AnyArguments> {
    for value in values {
        query = match value {
            Value::Number(number) => query.bind(*number),
            Value::Text(text) => query.bind(*text),
            Value::Owned(text) => query.bind(text.clone()),
            Value::Maybe(text) => query.bind(*text),
            Value::List(numbers) => query.bind(list(numbers)),
        };
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: Sql = Sql {
        head: "V",
        row: "(?, ?)",
        tail: "T",
    };

    #[test]
    fn every_row_has_its_values() {
        assert_eq!(SQL.numbered(2), "V ($1, $2), ($3, $4) T");
        assert_eq!(SQL.text(), "V (?, ?) T");
        assert_eq!(Sql::single("A ? B ?").numbered(1), "A $1 B $2");
    }

    #[test]
    fn rows_go_in_few_sizes_of_statement_and_none_is_left() {
        let mut batch = Batch::default();
        batch.rows(SQL, (0..150).map(|n| [Value::Number(n), Value::Number(-n)]));
        let [statement] = batch.statements() else {
            panic!("one statement");
        };
        let sizes: Vec<usize> = statement.chunks().map(|chunk| chunk.len() / 2).collect();
        assert_eq!(sizes, [64, 64, 8, 8, 6]);
        let seen: Vec<i64> = statement
            .chunks()
            .flatten()
            .map(|value| match value {
                Value::Number(number) => *number,
                other => panic!("{other:?}"),
            })
            .collect();
        let all: Vec<i64> = (0..150).flat_map(|n| [n, -n]).collect();
        assert_eq!(seen, all);
    }

    #[test]
    fn what_takes_one_row_only_is_repeated() {
        let mut batch = Batch::default();
        batch.rows(Sql::single("D ?"), [[Value::Number(1)], [Value::Number(2)]]);
        assert_eq!(batch.statements()[0].chunks().count(), 2);
    }
}
