//! Statements that hold together or not at all.
//!
//! A server is sent them one by one in a transaction. A SQLite connection is a thread of
//! its own, and every statement a journey there and back, which costs more than the
//! statement: it is sent all of them as one text with its own BEGIN and COMMIT.

use crate::database::DatabaseKind;
use crate::history::list;
use crate::writer::WriterConnection;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Connection, Transaction};
use std::fmt::Write;

/// Texts with more values than this are not kept prepared: the next one is as long as
/// that only by chance, and it would drive out many short ones.
const KEPT_VALUES_MAX: usize = 120;

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

/// Statements in order, with their values.
#[derive(Debug)]
pub(crate) struct Batch<'v> {
    kind: DatabaseKind,
    statements: Vec<Statement<'v>>,
}

#[derive(Debug)]
struct Statement<'v> {
    /// With `?` where a value belongs.
    sql: String,
    values: Vec<Value<'v>>,
}

impl<'v> Batch<'v> {
    /// Nothing yet.
    pub(crate) fn new(kind: DatabaseKind) -> Self {
        Self {
            kind,
            statements: Vec::new(),
        }
    }

    /// Adds a statement; `?` stands for each of its values.
    pub(crate) fn add(&mut self, sql: impl Into<String>, values: Vec<Value<'v>>) {
        let sql = sql.into();
        self.statements.push(Statement { sql, values });
    }

    /// Carries all out, or nothing.
    pub(crate) async fn run(self, connection: &mut WriterConnection) -> Result<(), sqlx::Error> {
        match self.kind {
            DatabaseKind::Sqlite => self.run_as_one(connection).await,
            DatabaseKind::Postgres => self.run_one_by_one(connection).await,
        }
    }

    async fn run_as_one(self, connection: &mut WriterConnection) -> Result<(), sqlx::Error> {
        // At once the writer: with a lock for reading first it could not wait for another.
        let mut sql = String::from("BEGIN IMMEDIATE;");
        let mut values = 0;
        for statement in &self.statements {
            values = number(&mut sql, &statement.sql, values);
            sql.push(';');
        }
        sql.push_str("COMMIT");
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(values <= KEPT_VALUES_MAX);
        for statement in &self.statements {
            query = bind(query, &statement.values);
        }
        let done = query.execute(&mut **connection).await;
        if done.is_err() {
            // Some failures have ended the transaction already: then this is refused.
            let _ = sqlx::query("ROLLBACK").execute(&mut **connection).await;
        }
        done.map(drop)
    }

    async fn run_one_by_one(self, connection: &mut WriterConnection) -> Result<(), sqlx::Error> {
        let mut transaction = connection.begin().await?;
        self.run_in(&mut transaction).await?;
        transaction.commit().await
    }

    /// Carries all out as a part of a transaction.
    pub(crate) async fn run_in(
        self,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<(), sqlx::Error> {
        for statement in self.statements {
            let mut sql = String::with_capacity(statement.sql.len() + 2 * statement.values.len());
            number(&mut sql, &statement.sql, 0);
            bind(sqlx::query(AssertSqlSafe(sql)), &statement.values)
                .execute(&mut **transaction)
                .await?;
        }
        Ok(())
    }
}

/// Appends a statement to `to`, its values numbered from after `values`; returns the
/// number of the last one.
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

    #[test]
    fn values_are_numbered_through_all_statements() {
        let mut text = String::new();
        let values = number(&mut text, "A (?, ?)", 0);
        assert_eq!(number(&mut text, " B ?", values), 3);
        assert_eq!(text, "A ($1, $2) B $3");
    }
}
