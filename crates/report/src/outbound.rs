//! What became of the attempts of call lists (metrics.md §3.7): answered, by whom,
//! the right party, and how many people were answered too late by an agent.

use crate::Ratio;
use crate::queues::interval_of;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A scenario that begins to look for an agent within this time of the answer, or
/// before it, calls on behalf of agents; later somebody has pressed a key. Longer
/// than a detector of machines takes, milliseconds.
pub const AGENT_SOUGHT_WITHIN_MS: u64 = 10_000;

/// One attempt that is over. Times are milliseconds since 1970 UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// Its list.
    pub list: u64,
    /// The list's name when it was called.
    pub list_name: String,
    /// When it began. It is booked then.
    pub began_at: u64,
    /// The number that the called person saw.
    pub from_number: String,
    /// The number that was called; empty when nobody was.
    pub to_number: String,
    /// Its session was cut off, and what its calls did may be unknown.
    pub is_lost: bool,
    /// When a person or a machine answered.
    pub answered_at: Option<u64>,
    /// Who that was, if a detector listened.
    pub answered_by: Option<AnsweredBy>,
    /// When the first words after the answer began and ended, if a detector listened.
    pub greeting: Option<(u64, u64)>,
    /// When the scenario first looked for an agent.
    pub agent_sought_at: Option<u64>,
    /// When somebody else was first heard by the person.
    pub agent_at: Option<u64>,
    /// Whether it was the right person, if the scenario has said.
    pub right_party: Option<bool>,
}

/// Who has answered, as a detector of answering machines heard it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// A machine.
    Machine,
    /// It could not tell: counts as a person.
    Unknown,
}

/// From which moment an agent must be there in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DropStart {
    /// The answer.
    Connected,
    /// The first word of whoever answered; the answer where nobody listened.
    GreetingStart,
    /// The end of those words, as US law has it; the answer where nobody listened.
    #[default]
    GreetingEnd,
}

/// What a dropped call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DropRule {
    /// From when.
    pub start: DropStart,
    /// Longest time until the agent is there; exactly so long is in time, milliseconds.
    pub threshold_ms: u64,
    /// How far back [`OutboundRow::drop_rate_window`] looks from the end of its
    /// interval, milliseconds.
    pub window_ms: u64,
}

impl Default for DropRule {
    /// US TSR and TCPA: 2 s from the end of the greeting, 30 days.
    fn default() -> Self {
        Self {
            start: DropStart::default(),
            threshold_ms: 2_000,
            window_ms: 30 * 24 * 60 * 60 * 1_000,
        }
    }
}

/// What rows stand for; neither is all in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboundGrouping {
    /// A row for each list.
    pub by_list: bool,
    /// A row for each number that called people see.
    pub by_from_number: bool,
    /// A row for each called number.
    pub by_to_number: bool,
}

/// The attempts of one group in one interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutboundRow {
    /// Start of the interval, milliseconds since 1970 UTC.
    pub from: u64,
    /// Its end, exclusive.
    pub to: u64,
    /// The list; `None` is all.
    pub list: Option<u64>,
    /// Its name, as it was last.
    pub list_name: Option<String>,
    /// The number that called people see; `None` is all.
    pub from_number: Option<String>,
    /// The called number; `None` is all.
    pub to_number: Option<String>,
    /// Attempts that began in the interval and are over.
    pub attempts: u64,
    /// Of these, those whose session was cut off.
    pub lost: u64,
    /// Answered, by anybody or anything.
    pub answered: u64,
    /// Of the answered, those that a detector heard to be machines.
    pub machines: u64,
    /// The other answered ones: by people, as far as is known.
    pub answered_live: u64,
    /// Of the live ones, who heard an agent or anybody else, however late.
    pub connected: u64,
    /// Answered over attempts.
    pub answer_rate: Ratio,
    /// Answered live over attempts.
    pub contact_rate: Ratio,
    /// The right party, as the scenario says, over answered live. Lists whose scenario
    /// never says so are in neither.
    pub right_party: Ratio,
    /// No agent in time over answered live. Lists without agents are in neither.
    pub drop_rate: Ratio,
    /// The same over the window that ends with the interval.
    pub drop_rate_window: Ratio,
    /// Of those that `drop_rate` is over, those counted from the answer because nobody
    /// listened for the greeting.
    pub greeting_unknown: u64,
    /// From the answer until somebody else was heard, over `connected`, milliseconds.
    pub agent_wait_ms: Ratio,
}

impl Attempt {
    /// Whether a person answered, as far as is known. What the scenario says of the
    /// person outweighs what a detector heard.
    pub fn is_answered_live(&self) -> bool {
        let is_machine = self.answered_by == Some(AnsweredBy::Machine);
        self.answered_at.is_some() && (!is_machine || self.right_party == Some(true))
    }

    /// Whether the person was not connected to an agent in time.
    fn is_dropped(&self, rule: &DropRule) -> bool {
        let Some(start) = self.start(rule) else {
            return false;
        };
        self.agent_at
            .is_none_or(|at| at > start.saturating_add(rule.threshold_ms))
    }

    /// From when the agent's time is counted.
    fn start(&self, rule: &DropRule) -> Option<u64> {
        let answered_at = self.answered_at?;
        let greeting = self.greeting.unwrap_or((answered_at, answered_at));
        Some(match rule.start {
            DropStart::Connected => answered_at,
            DropStart::GreetingStart => greeting.0.max(answered_at),
            DropStart::GreetingEnd => greeting.1.max(answered_at),
        })
    }

    /// Whether its scenario looked for an agent from the start.
    fn seeks_agent(&self) -> bool {
        match (self.answered_at, self.agent_sought_at) {
            (Some(answered), Some(sought)) => sought <= answered + AGENT_SOUGHT_WITHIN_MS,
            (Some(_) | None, None) | (None, Some(_)) => false,
        }
    }
}

/// Which lists can have which measures.
#[derive(Default)]
struct Lists {
    /// They call on behalf of agents: for at least half of the people who answered the
    /// scenario looked for one from the start.
    with_agents: BTreeSet<u64>,
    /// Their scenario says whether it was the right party.
    with_right_party: BTreeSet<u64>,
    names: BTreeMap<u64, String>,
}

impl Lists {
    fn of(attempts: &[Attempt]) -> Self {
        let mut lists = Self::default();
        let mut agents: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        for attempt in attempts {
            lists.names.insert(attempt.list, attempt.list_name.clone());
            if attempt.right_party.is_some() {
                lists.with_right_party.insert(attempt.list);
            }
            if attempt.is_answered_live() {
                let (sought, live) = agents.entry(attempt.list).or_default();
                *sought += u64::from(attempt.seeks_agent());
                *live += 1;
            }
        }
        let has_agents =
            |(_, (sought, live)): &(u64, (u64, u64))| *sought > 0 && sought * 2 >= *live;
        let with_agents = agents.into_iter().filter(has_agents);
        lists.with_agents = with_agents.map(|(list, _)| list).collect();
        lists
    }
}

/// Sums of one group up to each of its attempts, in order of their time.
#[derive(Default)]
struct Drops {
    /// Time, dropped so far, answered live so far.
    sums: Vec<(u64, u64, u64)>,
}

impl Drops {
    fn add(&mut self, at: u64, is_dropped: bool) {
        let (_, dropped, live) = self.sums.last().copied().unwrap_or_default();
        self.sums
            .push((at, dropped + u64::from(is_dropped), live + 1));
    }

    /// Before the time.
    fn before(&self, at: u64) -> (u64, u64) {
        let count = self.sums.partition_point(|(own, _, _)| *own < at);
        let last = count.checked_sub(1).and_then(|last| self.sums.get(last));
        last.map_or((0, 0), |(_, dropped, live)| (*dropped, *live))
    }

    fn within(&self, from: u64, to: u64) -> Ratio {
        let ((dropped_to, live_to), (dropped, live)) = (self.before(to), self.before(from));
        Ratio::of(dropped_to - dropped, live_to - live)
    }
}

/// List, number that people see, called number.
type Group = (Option<u64>, Option<String>, Option<String>);

/// The report of call lists over the intervals between `cuts` (as for
/// [`crate::queue_rows`]), in the order of interval, list and numbers. `attempts` come
/// in order of their beginning, those of [`DropRule::window_ms`] before the first cut
/// among them. Without grouping there is a row for each interval.
pub fn outbound_rows(
    attempts: &[Attempt],
    cuts: &[u64],
    grouping: OutboundGrouping,
    rule: &DropRule,
) -> Vec<OutboundRow> {
    let lists = Lists::of(attempts);
    let group_of = |attempt: &Attempt| -> Group {
        (
            grouping.by_list.then_some(attempt.list),
            grouping.by_from_number.then(|| attempt.from_number.clone()),
            grouping.by_to_number.then(|| attempt.to_number.clone()),
        )
    };
    let mut drops: BTreeMap<Group, Drops> = BTreeMap::new();
    let mut rows: BTreeMap<(usize, Group), OutboundRow> = BTreeMap::new();
    if grouping == OutboundGrouping::default() {
        for interval in 0..cuts.len().saturating_sub(1) {
            rows.entry((interval, (None, None, None))).or_default();
        }
    }
    for attempt in attempts {
        let group = group_of(attempt);
        let can_drop = attempt.is_answered_live() && lists.with_agents.contains(&attempt.list);
        let drop = can_drop.then(|| attempt.is_dropped(rule));
        if let Some(is_dropped) = drop {
            let own = drops.entry(group.clone()).or_default();
            own.add(attempt.began_at, is_dropped);
        }
        if let Some(interval) = interval_of(attempt.began_at, cuts) {
            let row = rows.entry((interval, group)).or_default();
            let tells = lists.with_right_party.contains(&attempt.list);
            row.add(attempt, tells, drop.is_some(), rule);
        }
    }
    let finish = |((interval, group), mut row): ((usize, Group), OutboundRow)| {
        (row.from, row.to) = (cuts[interval], cuts[interval + 1]);
        row.answer_rate = Ratio::of(row.answered, row.attempts);
        row.contact_rate = Ratio::of(row.answered_live, row.attempts);
        if let Some(own) = drops.get(&group) {
            row.drop_rate = own.within(row.from, row.to);
            let window_from = row.to.saturating_sub(rule.window_ms);
            row.drop_rate_window = own.within(window_from, row.to);
        }
        (row.list, row.from_number, row.to_number) = group;
        row.list_name = row.list.and_then(|list| lists.names.get(&list).cloned());
        row
    };
    rows.into_iter().map(finish).collect()
}

impl OutboundRow {
    fn add(&mut self, attempt: &Attempt, tells_right_party: bool, can_drop: bool, rule: &DropRule) {
        self.attempts += 1;
        self.lost += u64::from(attempt.is_lost);
        let Some(answered_at) = attempt.answered_at else {
            return;
        };
        self.answered += 1;
        if !attempt.is_answered_live() {
            self.machines += 1;
            return;
        }
        self.answered_live += 1;
        if let Some(agent_at) = attempt.agent_at {
            self.connected += 1;
            let wait_ms = agent_at.saturating_sub(answered_at);
            self.agent_wait_ms = self.agent_wait_ms.with(wait_ms);
        }
        if tells_right_party {
            let is_right = u64::from(attempt.right_party == Some(true));
            self.right_party = self.right_party.with(is_right);
        }
        let is_unknown = attempt.greeting.is_none() && rule.start != DropStart::Connected;
        self.greeting_unknown += u64::from(can_drop && is_unknown);
    }
}
