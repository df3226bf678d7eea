//! Start: the journal is run through an empty core, whose effects are dropped.

use super::effects::fact_row;
use super::owner::JOURNAL_VERSION;
use crate::StartError;
use acd::{AgentId, Center, Configuration, DevicePresence, Effect, Input, Millis};
use std::collections::{HashMap, HashSet};
use store::{JournalRow, RecordRow, Store};

/// Rows read at once: large enough that reading is not the cost, small enough
/// to need no memory to speak of.
const PAGE_ROWS: u32 = 5_000;

/// What a replay leaves.
pub(crate) struct Replayed {
    pub(crate) center: Center,
    /// The configuration in force; `None` for an empty journal.
    pub(crate) configuration: Option<Configuration>,
    /// The journal's last number and time.
    pub(crate) last_seq: u64,
    pub(crate) last_at: Millis,
    /// What the core was told last of phones and pages.
    pub(crate) phones: HashMap<AgentId, DevicePresence>,
    pub(crate) pages: HashSet<AgentId>,
}

impl Replayed {
    fn new() -> Self {
        Self {
            center: Center::new(),
            configuration: None,
            last_seq: 0,
            last_at: 0,
            phones: HashMap::new(),
            pages: HashSet::new(),
        }
    }
}

/// Replays the whole journal. Facts that a crash kept from being written are
/// written now.
pub(crate) async fn replay(store: &Store) -> Result<Replayed, StartError> {
    let recorded = store.last_recorded_seq().await?;
    let mut replayed = Replayed::new();
    loop {
        let rows = store.journal_after(replayed.last_seq, PAGE_ROWS).await?;
        if rows.is_empty() {
            return Ok(replayed);
        }
        let mut missing = Vec::new();
        for row in rows {
            missing.extend(replay_row(&mut replayed, row, recorded)?);
        }
        store.record(missing).await?;
    }
}

/// Replays one row; gives back its facts unless they are recorded. The last
/// recorded row's are given too, for it may have been recorded in part.
fn replay_row(
    replayed: &mut Replayed,
    row: JournalRow,
    recorded: u64,
) -> Result<Vec<RecordRow>, StartError> {
    let unreadable = |why: String| StartError::Journal { seq: row.seq, why };
    if row.version != JOURNAL_VERSION {
        return Err(unreadable(format!(
            "version {} is not known to this program",
            row.version
        )));
    }
    if row.seq != replayed.last_seq + 1 {
        return Err(unreadable(format!(
            "the row after {} is missing",
            replayed.last_seq
        )));
    }
    let input: Input =
        serde_json::from_str(&row.input_json).map_err(|e| unreadable(e.to_string()))?;
    replayed.last_seq = row.seq;
    replayed.last_at = row.at_ms;
    match &input {
        Input::Configure { configuration } => replayed.configuration = Some(configuration.clone()),
        Input::DevicePresence { agent, presence } => {
            replayed.phones.insert(agent.clone(), *presence);
        }
        Input::PagePresence {
            agent,
            present: true,
        } => {
            replayed.pages.insert(agent.clone());
        }
        Input::PagePresence {
            agent,
            present: false,
        } => {
            replayed.pages.remove(agent);
        }
        Input::CallArrived { .. }
        | Input::CallEvent { .. }
        | Input::SessionLost { .. }
        | Input::ConnectNotDelivered { .. }
        | Input::SessionStatus { .. }
        | Input::SetIntent { .. }
        | Input::EndWrapUp { .. }
        | Input::ExtendWrapUp { .. }
        | Input::SetAfterCall { .. }
        | Input::LiftBan { .. }
        | Input::Bind { .. }
        | Input::Unbind { .. }
        | Input::ErasePerson { .. }
        | Input::SetAbsences { .. }
        | Input::Tick => {}
    }
    let effects = replayed.center.handle(row.at_ms, input);
    let mut facts = Vec::new();
    for effect in effects {
        if let Effect::Record { fact } = effect
            && row.seq >= recorded
        {
            facts.push(fact_row(row.seq, facts.len(), row.at_ms, &fact));
        }
    }
    Ok(facts)
}
