//! The journal for people: how a call went and why, and the proof that the
//! same inputs decide the same again.

use crate::StartError;
use crate::centre::replay::{Base, PAGE_ROWS, base_before, base_of_all, facts_of, input_of};
use acd::{AgentView, CallId, Center, Effect, Fact, Input, Millis, OfferId};
use std::collections::{HashSet, VecDeque};
use store::{RecordRow, Store};

/// Facts of one call that are looked at for its beginning and end.
const FACTS_OF_CALL_MAX: u32 = 10_000;

/// How long after its last fact a call's session may still report: longer than
/// the core remembers a call that ended.
const LATE_MS: Millis = 600_000;

/// One input and what it led to.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number in the journal.
    pub seq: u64,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: Millis,
    /// What happened.
    pub input: Input,
    /// What the core recorded of it, about this call and its agents.
    pub facts: Vec<Fact>,
    /// When an agent was chosen: how every agent stood at that moment.
    pub agents: Vec<AgentView>,
}

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The state that it began with is the one after this row; 0 is the empty one.
    pub began_after: u64,
    /// The last row that was replayed.
    pub last: u64,
    /// Inputs decided again.
    pub inputs: u64,
    /// Recorded facts that came out the same, to the byte.
    pub facts: u64,
    /// The first that did not.
    pub difference: Option<Difference>,
}

/// A fact that was recorded in one way and decided in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The input that led to it.
    pub seq: u64,
    /// Which of its facts, from 0.
    pub ordinal: u32,
    /// What was recorded; `None` is nothing.
    pub recorded: Option<String>,
    /// What was decided now; `None` is nothing.
    pub decided: Option<String>,
}

/// Tells how one call went; empty when nothing is known of it.
///
/// # Errors
/// When the database does not answer, or the journal before the call is gone.
pub async fn story(store: &Store, call: CallId) -> Result<Vec<Line>, StartError> {
    let facts = store
        .records_of_call(&call.to_string(), FACTS_OF_CALL_MAX)
        .await?;
    let (Some(first), Some(last)) = (facts.first(), facts.last()) else {
        return Ok(Vec::new());
    };
    let Base {
        mut center,
        seq: mut done,
        ..
    } = base_before(store, first.seq).await?;
    let until_ms = last.at_ms.saturating_add(LATE_MS);
    let mut about = About::new(call);
    let mut lines = Vec::new();
    loop {
        let rows = store.journal_after(done, PAGE_ROWS).await?;
        if rows.is_empty() {
            return Ok(lines);
        }
        for row in rows {
            if row.seq > last.seq && row.at_ms > until_ms {
                return Ok(lines);
            }
            let input = input_of(&row, done)?;
            done = row.seq;
            let effects = center.handle(row.at_ms, input.clone());
            let facts = about.facts(effects);
            if facts.is_empty() && !about.concerns(&input) {
                continue;
            }
            let chosen = |fact: &Fact| matches!(fact, Fact::OfferMade { .. });
            let agents = if facts.iter().any(chosen) {
                center.agents()
            } else {
                Vec::new()
            };
            lines.push(Line {
                seq: row.seq,
                at_ms: row.at_ms,
                input,
                facts,
                agents,
            });
        }
    }
}

/// What belongs to one call.
struct About {
    call: CallId,
    session_id: Option<String>,
    offers: HashSet<OfferId>,
}

impl About {
    fn new(call: CallId) -> Self {
        Self {
            call,
            session_id: None,
            offers: HashSet::new(),
        }
    }

    /// The facts about the call, and what its agents do in the same breath.
    fn facts(&mut self, effects: Vec<Effect>) -> Vec<Fact> {
        let mut kept = Vec::new();
        let mut is_ours = false;
        for effect in effects {
            let Effect::Record { fact } = effect else {
                continue;
            };
            let call = match &fact {
                Fact::CallQueued { call, details, .. } => {
                    if *call == self.call {
                        self.session_id = Some(details.session_id.clone());
                    }
                    Some(*call)
                }
                Fact::OfferMade { call, offer, .. } => {
                    if *call == self.call {
                        self.offers.insert(*offer);
                    }
                    Some(*call)
                }
                Fact::ConsultMade { call, offer, .. } => {
                    if *call == self.call {
                        self.offers.insert(*offer);
                    }
                    Some(*call)
                }
                Fact::OfferEnded { call, .. }
                | Fact::CallTransferred { call, .. }
                | Fact::TransferGivenUp { call, .. }
                | Fact::ConsultBecameOffer { call, .. }
                | Fact::ConsultEnded { call, .. }
                | Fact::CallEnded { call, .. }
                | Fact::CallMoved { call, .. }
                | Fact::OwnManager { call, .. }
                | Fact::NoReserve { call, .. }
                | Fact::CallbackNotStarted { call, .. }
                | Fact::CallbackDialled { call, .. } => Some(*call),
                Fact::CallbackEnded(end) => Some(end.call),
                // Two calls of one caller: told with both.
                Fact::CallbackTaken { call, from, .. } => {
                    let of_both = [Some(*call), *from];
                    of_both
                        .contains(&Some(self.call))
                        .then_some(self.call)
                        .or(Some(*call))
                }
                Fact::CallbackUnreached { call, next, .. } => {
                    let of_both = [*call, *next];
                    Some(if of_both.contains(&self.call) {
                        self.call
                    } else {
                        *call
                    })
                }
                Fact::AgentState { .. } => None,
                Fact::CallBlocked { .. }
                | Fact::BindingsChanged { .. }
                | Fact::ReserveState { .. } => continue,
            };
            // An agent's change of state follows the fact that it belongs to.
            is_ours = call.map_or(is_ours, |call| call == self.call);
            if is_ours {
                kept.push(fact);
            }
        }
        kept
    }

    fn concerns(&self, input: &Input) -> bool {
        match input {
            Input::CallArrived { call } => self.session_id.as_ref() == Some(&call.session_id),
            Input::CallEvent { call, .. }
            | Input::SessionLost { call, .. }
            | Input::SessionStatus { call, .. }
            | Input::ChangeWaiting { call, .. } => *call == self.call,
            Input::ConnectNotDelivered { offer, .. } => self.offers.contains(offer),
            _ => false,
        }
    }
}

/// Runs the journal through the core again and compares what it decides with
/// what was recorded. `from` leaves out what is before that row, as far as a
/// kept state allows.
///
/// # Errors
/// When the database does not answer, or a row cannot be read.
pub async fn replay(store: &Store, from: Option<u64>) -> Result<Verdict, StartError> {
    let base = match from {
        Some(from) => base_before(store, from).await?,
        None => base_of_all(store).await?,
    };
    let mut center: Center = base.center;
    let mut verdict = Verdict {
        began_after: base.seq,
        last: base.seq,
        inputs: 0,
        facts: 0,
        difference: None,
    };
    let mut recorded = Recorded::after(base.seq);
    loop {
        // Read before the rows: later facts of a running backend may be missing.
        let recorded_to = store.last_recorded_seq().await?;
        let rows = store.journal_after(verdict.last, PAGE_ROWS).await?;
        if rows.is_empty() {
            return Ok(verdict);
        }
        for row in rows {
            if row.seq > recorded_to {
                return Ok(verdict);
            }
            let input = input_of(&row, verdict.last)?;
            let decided = facts_of(&mut center, &row, input);
            verdict.last = row.seq;
            verdict.inputs += 1;
            let known = recorded.of(store, row.seq).await?;
            verdict.difference = difference(row.seq, &known, &decided);
            if verdict.difference.is_some() {
                return Ok(verdict);
            }
            verdict.facts += known.len() as u64;
        }
    }
}

fn difference(seq: u64, recorded: &[RecordRow], decided: &[RecordRow]) -> Option<Difference> {
    let count = recorded.len().max(decided.len());
    (0..count).find_map(|at| {
        let (known, now) = (recorded.get(at), decided.get(at));
        (known != now).then(|| Difference {
            seq,
            ordinal: u32::try_from(at).unwrap_or(u32::MAX),
            recorded: known.map(|row| row.fact_json.clone()),
            decided: now.map(|row| row.fact_json.clone()),
        })
    })
}

/// Recorded facts, read on as they are needed.
struct Recorded {
    rows: VecDeque<RecordRow>,
    /// Read up to here, whole rows of the journal only.
    read_to: u64,
}

impl Recorded {
    fn after(seq: u64) -> Self {
        Self {
            rows: VecDeque::new(),
            read_to: seq,
        }
    }

    async fn of(&mut self, store: &Store, seq: u64) -> Result<Vec<RecordRow>, StartError> {
        if self.rows.back().is_none_or(|row| row.seq <= seq) && self.read_to < seq {
            self.read(store, seq).await?;
        }
        let mut found = Vec::new();
        while let Some(row) = self.rows.front()
            && row.seq <= seq
        {
            found.extend(self.rows.pop_front());
        }
        Ok(found)
    }

    async fn read(&mut self, store: &Store, seq: u64) -> Result<(), StartError> {
        let after = self.rows.back().map_or(self.read_to, |row| row.seq);
        let mut limit = PAGE_ROWS;
        loop {
            let mut page = store.records_after(after, limit).await?;
            let is_last = page.len() < limit as usize;
            if !is_last {
                // The last journal row's facts may go on behind the page.
                let cut = page.last().map_or(0, |row| row.seq);
                page.retain(|row| row.seq < cut);
                if page.is_empty() {
                    limit = limit.saturating_mul(2);
                    continue;
                }
            }
            self.read_to = match page.last() {
                Some(row) if !is_last => row.seq,
                _ => seq,
            };
            self.rows.extend(page);
            return Ok(());
        }
    }
}
