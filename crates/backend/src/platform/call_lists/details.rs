//! `GetCallListDetails`: the tasks of a list with what came of them, as JSON or as
//! the file that was sent with more columns.

use super::super::Platform;
use super::super::catalogue::date;
use super::super::commands::Answer;
use super::super::failure::Failure;
use super::super::parameters::Parameters;
use super::{character, list_id};
use outbound::{List, ListError, ListId, Task, TaskId};
use serde_json::{Map, Value, json};

/// Tasks of one answer in JSON, as on the cloud.
const COUNT_MAX: usize = 1_000;

/// Columns after those of the file. One is spelt as the cloud spells it: programs
/// read it so.
const COLUMNS: [&str; 10] = [
    "__start_execution_time",
    "__end_execution_time",
    "result_data",
    "last_attempt",
    "attmepts_left",
    "status_id",
    "status",
    "task_id",
    "task_uuid",
    "batch_id",
];

/// `GetCallListDetails`
pub(super) async fn answer(platform: &Platform, sent: &Parameters) -> Result<Answer, Failure> {
    if sent.flag("is_async")? == Some(true) {
        return Err(Failure::argument("is_async", "is not served here"));
    }
    let list = list_id(sent)?;
    let skipped = size(sent, "offset")?.unwrap_or(0);
    let count = size(sent, "count")?;
    let batch = sent.text("batch_id");
    let tasks = |core: &outbound::Outbound, take: usize| {
        let own = core.list(list).ok_or(ListError::UnknownList)?;
        let fits = |(_, task): &(TaskId, &Task)| batch.is_none_or(|batch| task.batch == batch);
        let shown = own.tasks().filter(fits).skip(skipped).take(take);
        let rows = shown.map(|(id, task)| Row::of(list, own, id, task));
        let columns = own.settings().columns.clone();
        Ok::<_, ListError>((columns, rows.collect::<Vec<Row>>()))
    };
    match sent.text("output").unwrap_or("csv") {
        "json" => {
            let take = count.unwrap_or(COUNT_MAX).min(COUNT_MAX);
            let look = platform.call_lists.look(|core, _| tasks(core, take));
            let (_, rows) = look.await??;
            let rows: Vec<Value> = rows.into_iter().map(Row::json).collect();
            Ok(Answer::Json(json!({"count": rows.len(), "result": rows})))
        }
        "csv" => {
            let take = count.unwrap_or(usize::MAX);
            let look = platform.call_lists.look(|core, _| tasks(core, take));
            let (columns, rows) = look.await??;
            let delimiter = character(sent, "delimiter")?.unwrap_or(b';');
            let text = csv_of(&columns, &rows, delimiter)?;
            encoded(&text, sent.text("encoding").unwrap_or("utf-8")).map(Answer::File)
        }
        "xls" => Err(Failure::argument(
            "output",
            "is served as csv and json only",
        )),
        _ => Err(Failure::argument("output", "is neither csv nor json")),
    }
}

fn size(sent: &Parameters, name: &'static str) -> Result<Option<usize>, Failure> {
    let wide = sent.number(name)?;
    Ok(wide.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
}

/// One task as it is shown.
struct Row {
    list: ListId,
    id: TaskId,
    task: Task,
    is_stopped: bool,
}

impl Row {
    fn of(list: ListId, own: &List, id: TaskId, task: &Task) -> Self {
        Self {
            list,
            id,
            task: task.clone(),
            is_stopped: own.settings().is_stopped,
        }
    }

    fn last_attempt(&self) -> String {
        match self.task.last_attempt_ms {
            0 => String::new(),
            at_ms => date(at_ms),
        }
    }

    fn json(self) -> Value {
        let last_attempt = self.last_attempt();
        let status = self.task.status(self.is_stopped);
        let mut row = json!({
            "list_id": self.list, "task_id": self.id, "task_uuid": self.task.uuid,
            "batch_id": self.task.batch, "custom_data": self.task.custom_data,
            "result_data": self.task.result_data, "last_attempt": last_attempt,
            "attempts_left": self.task.attempts_left, "task_priority": self.task.priority,
            "status_id": status.number(), "status": status.as_str(),
        });
        if let Some(window) = self.task.hours.daily {
            let (start, end) = window.words();
            row["start_execution_time"] = start.into();
            row["finish_execution_time"] = end.into();
        }
        if let Some(schedule) = self.task.hours.schedule_words() {
            row["call_schedule"] = schedule.into();
        }
        if self.task.not_before_ms > 0 && !self.task.is_over() {
            row["next_attempt_time"] = date(self.task.not_before_ms).into();
        }
        row
    }

    /// The cells of [`COLUMNS`].
    fn cells(&self) -> [String; COLUMNS.len()] {
        let task = &self.task;
        let status = task.status(self.is_stopped);
        let daily = task.hours.daily.map(outbound::Window::words);
        let (start, end) = daily.unwrap_or_default();
        [
            start,
            end,
            task.result_data.clone(),
            self.last_attempt(),
            task.attempts_left.to_string(),
            status.number().to_string(),
            status.as_str().to_owned(),
            self.id.to_string(),
            task.uuid.clone(),
            task.batch.clone(),
        ]
    }
}

fn csv_of(columns: &[String], rows: &[Row], delimiter: u8) -> Result<String, Failure> {
    let broken = |error: csv::Error| Failure::internal(error.to_string());
    let own = |column: &&String| !COLUMNS.contains(&column.as_str());
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    let head = columns.iter().filter(own).map(String::as_str);
    writer.write_record(head.chain(COLUMNS)).map_err(broken)?;
    for row in rows {
        let fields: Map<String, Value> =
            serde_json::from_str(&row.task.custom_data).unwrap_or_default();
        let cell = |column: &String| match fields.get(column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let cells = columns.iter().filter(own).map(cell);
        writer
            .write_record(cells.chain(row.cells()))
            .map_err(broken)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Failure::internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Failure::internal(error.to_string()))
}

fn encoded(text: &str, label: &str) -> Result<Vec<u8>, Failure> {
    let unknown = || Failure::argument("encoding", "is unknown");
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).ok_or_else(unknown)?;
    Ok(encoding.encode(text).0.into_owned())
}
