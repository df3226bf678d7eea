//! Sessions that are over, for the management API.

use crate::{Store, StoreError, from_sql, to_sql};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row};
use std::borrow::Cow;

/// One session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id, which no other session ever has.
    pub session_id: u64,
    /// When it began, milliseconds since 1970 UTC.
    pub started_at_ms: u64,
    /// How long it lived, milliseconds.
    pub duration_ms: u64,
    /// The application of its rule.
    pub application_id: u64,
    /// Its rule.
    pub rule_name: String,
    /// What it was started with, or set itself.
    pub custom_data: String,
    /// Numbers of the far ends of its calls.
    pub remote_numbers: Vec<String>,
    /// Numbers on this side.
    pub local_numbers: Vec<String>,
    /// All of it.
    pub body_json: String,
}

/// Which sessions are wanted: those that everything given fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Begun then or later, milliseconds since 1970 UTC.
    pub from_ms: u64,
    /// Begun before.
    pub to_ms: u64,
    /// One of these; all if there are none.
    pub session_ids: Vec<u64>,
    /// Of this application.
    pub application_id: Option<u64>,
    /// Under this rule.
    pub rule_name: Option<String>,
    /// With exactly this custom data.
    pub custom_data: Option<String>,
    /// With a call to or from one of these; any if there are none.
    pub remote_numbers: Vec<String>,
    /// The same on this side.
    pub local_numbers: Vec<String>,
    /// At least so long, milliseconds.
    pub min_duration_ms: Option<u64>,
    /// At most so long, milliseconds.
    pub max_duration_ms: Option<u64>,
}

/// A value of a statement.
enum Value<'f> {
    Number(u64),
    Text(Cow<'f, str>),
}

/// A condition that grows, and the values in it.
struct Condition<'f> {
    sql: String,
    values: Vec<Value<'f>>,
}

impl<'f> Condition<'f> {
    fn of(filter: &'f SessionFilter) -> Self {
        let mut condition = Self {
            sql: String::new(),
            values: Vec::new(),
        };
        let number = |value: u64| vec![Value::Number(value)];
        let text = |value: &'f String| vec![Value::Text(Cow::Borrowed(value.as_str()))];
        condition.any("started_at >= ?", number(filter.from_ms));
        condition.any("started_at < ?", number(filter.to_ms));
        let ids = filter.session_ids.iter().copied().map(Value::Number);
        condition.any("session_id = ?", ids.collect());
        let application = filter.application_id.map(number);
        condition.any("application_id = ?", application.unwrap_or_default());
        let rule = filter.rule_name.as_ref().map(text);
        condition.any("rule_name = ?", rule.unwrap_or_default());
        let custom_data = filter.custom_data.as_ref().map(text);
        condition.any("custom_data = ?", custom_data.unwrap_or_default());
        let least = filter.min_duration_ms.map(number);
        condition.any("duration_ms >= ?", least.unwrap_or_default());
        let most = filter.max_duration_ms.map(number);
        condition.any("duration_ms <= ?", most.unwrap_or_default());
        let remote = filter.remote_numbers.iter().map(|number| among(number));
        condition.any("remote_numbers LIKE ? ESCAPE '!'", remote.collect());
        let local = filter.local_numbers.iter().map(|number| among(number));
        condition.any("local_numbers LIKE ? ESCAPE '!'", local.collect());
        condition
    }

    /// One of these must hold, if there are any. `?` stands for the value.
    fn any(&mut self, words: &str, values: Vec<Value<'f>>) {
        if values.is_empty() {
            return;
        }
        let mut parts = Vec::with_capacity(values.len());
        for value in values {
            self.values.push(value);
            parts.push(words.replace('?', &format!("${}", self.values.len())));
        }
        let head = if self.sql.is_empty() { "" } else { " AND " };
        self.sql += &format!("{head}({})", parts.join(" OR "));
    }

    /// The place of the next value.
    fn next(&self) -> usize {
        self.values.len() + 1
    }

    fn bind<'q>(&'q self, mut query: Query<'q, Any, AnyArguments>) -> Query<'q, Any, AnyArguments> {
        for value in &self.values {
            query = match value {
                Value::Number(number) => query.bind(to_sql(*number)),
                Value::Text(text) => query.bind(text.as_ref()),
            };
        }
        query
    }
}

/// A pattern for one number of a list.
fn among<'f>(number: &str) -> Value<'f> {
    let mut pattern = String::from("%;");
    for c in number.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push_str(";%");
    Value::Text(Cow::Owned(pattern))
}

/// `;a;b;`, so that each number is between semicolons.
pub(crate) fn list(numbers: &[String]) -> String {
    let mut text = String::from(";");
    for number in numbers {
        text.push_str(&number.replace(';', ","));
        text.push(';');
    }
    text
}

impl Store {
    /// Keeps sessions; one that is there already stays as it is. All or none, durable
    /// when this returns. They are in no hurry and go with whatever else is written.
    pub async fn keep_sessions(&self, rows: Vec<SessionRow>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.writer.keep_sessions(rows).await
    }

    /// `count` sessions after the first `offset` of those that fit, by their start; the
    /// newest first if `newest_first`. Each as it was given in `body_json`.
    pub async fn sessions(
        &self,
        filter: &SessionFilter,
        newest_first: bool,
        offset: u64,
        count: u64,
    ) -> Result<Vec<String>, StoreError> {
        let condition = Condition::of(filter);
        let order = if newest_first { "DESC" } else { "ASC" };
        let limit = condition.next();
        let sql = format!(
            "SELECT body_json FROM session_history WHERE {} \
             ORDER BY started_at {order}, session_id {order} LIMIT ${limit} OFFSET ${}",
            condition.sql,
            limit + 1,
        );
        // The text is ours; what was asked for is bound.
        let query = condition
            .bind(sqlx::query(AssertSqlSafe(sql)))
            .bind(to_sql(count))
            .bind(to_sql(offset));
        let rows: Vec<AnyRow> = query.fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| Ok(row.try_get("body_json")?))
            .collect()
    }

    /// How many sessions fit.
    pub async fn count_sessions(&self, filter: &SessionFilter) -> Result<u64, StoreError> {
        let condition = Condition::of(filter);
        let sql = format!(
            "SELECT COUNT(*) AS found FROM session_history WHERE {}",
            condition.sql
        );
        let query = condition.bind(sqlx::query(AssertSqlSafe(sql)));
        let row = query.fetch_one(&self.pool).await?;
        Ok(from_sql(row.try_get("found")?))
    }

    /// Removes sessions that began before; says how many there were.
    pub async fn forget_sessions(&self, before_ms: u64) -> Result<u64, StoreError> {
        let gone = sqlx::query("DELETE FROM session_history WHERE started_at < $1")
            .bind(to_sql(before_ms))
            .execute(&self.pool)
            .await?;
        Ok(gone.rows_affected())
    }
}
