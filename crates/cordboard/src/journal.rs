//! `cordboard journal`: what happened, what was decided, and why.

mod desk_words;
mod words;

use crate::command::{JournalCommand, ListCalls, ReplayJournal, ShowCall};
use crate::language::Language;
use crate::user;
use acd::{CallId, Fact};
use store::{RecordRow, Store};

/// Runs one of its commands.
///
/// # Errors
/// A sentence for the user, also when a replay decides otherwise.
pub(crate) async fn run(command: JournalCommand) -> Result<(), String> {
    match command {
        JournalCommand::List(options) => list(options).await,
        JournalCommand::Show(options) => show(options).await,
        JournalCommand::Replay(options) => replay(options).await,
    }
}

async fn list(options: ListCalls) -> Result<(), String> {
    let language = options.language.unwrap_or_else(Language::of_environment);
    let config = user::load(&options.files)?;
    let store = user::open_to_read(&options.files.data, &config).await?;
    let facts = store.newest_records("call_queued", options.limit).await;
    for row in facts.map_err(|error| error.to_string())?.iter().rev() {
        if let Some(line) = listed(&store, row, language).await? {
            println!("{line}");
        }
    }
    Ok(())
}

/// `c17  2026-11-24 09:00:00.000  +7900...  support  answered`.
async fn listed(
    store: &Store,
    row: &RecordRow,
    language: Language,
) -> Result<Option<String>, String> {
    let Ok(Fact::CallQueued {
        call,
        queue,
        details,
    }) = serde_json::from_str(&row.fact_json)
    else {
        return Ok(None);
    };
    let facts = store
        .last_record_of_call(&call.to_string(), "call_ended")
        .await;
    let ended = facts.map_err(|error| error.to_string())?;
    let outcome = match ended.map(|row| serde_json::from_str(&row.fact_json)) {
        Some(Ok(Fact::CallEnded { outcome, .. })) => words::outcome(&outcome, language),
        _ => language.pick("in progress", "идёт").to_owned(),
    };
    let when = words::moment(row.at_ms);
    let caller = match details.caller_number.as_str() {
        "" => "-",
        number => number,
    };
    Ok(Some(format!(
        "{call}  {when}  {caller}  {queue}  {outcome}"
    )))
}

async fn show(options: ShowCall) -> Result<(), String> {
    let language = options.language.unwrap_or_else(Language::of_environment);
    let Some(call) = CallId::parse(&options.call) else {
        return Err(format!(
            "`{}` is no call: use c17 and the like",
            options.call
        ));
    };
    let config = user::load(&options.files)?;
    let store = user::open_to_read(&options.files.data, &config).await?;
    let story = backend::journal::story(&store, call).await;
    let story = story.map_err(|error| error.to_string())?;
    if story.is_empty() {
        return Err(format!("nothing is known of {call}"));
    }
    for line in &story {
        println!("{}", words::line(line, language));
    }
    Ok(())
}

async fn replay(options: ReplayJournal) -> Result<(), String> {
    let config = user::load(&options.files)?;
    let store = user::open_to_read(&options.files.data, &config).await?;
    let verdict = backend::journal::replay(&store, options.from).await;
    let verdict = verdict.map_err(|error| error.to_string())?;
    println!(
        "{} inputs after row {} up to row {}: {} facts are the same.",
        verdict.inputs, verdict.began_after, verdict.last, verdict.facts
    );
    let Some(difference) = verdict.difference else {
        return Ok(());
    };
    let text = |fact: &Option<String>| fact.clone().unwrap_or_else(|| "nothing".to_owned());
    Err(format!(
        "row {}, fact {} differs\n  recorded: {}\n  decided:  {}",
        difference.seq,
        difference.ordinal,
        text(&difference.recorded),
        text(&difference.decided)
    ))
}
