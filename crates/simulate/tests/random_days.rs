//! Days of chance, with reserve numbers, skills, limits, own managers, absences,
//! transfers to colleagues and outside numbers, questions after the talk, callers who
//! call again and people who miss calls: whatever happens on them, these hold. Their
//! seeds are 0 and up; a failure names its own.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use acd::{
    BanRule, CallFirst, CallId, CallbackOutcome, CallbackRule, Center, Contact, Effect, EndedBy,
    Fact, Input, Leave, LeaveRules, ManagerAnswer, Millis, NamedNumber, NewCall, OwnManagerRule,
    QueueConfig, QueueId, ReserveConfig, RetryRule, SessionEvent, SkillRule, TransferKind,
    TransferRule,
};
use report::{AgentRow, Grouping, Ledger, ServiceRule, agent_rows, queue_rows, reserve_rows};
use simulate::{Day, Rules, Step, watch};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

/// Days of each test, or as many as `SIMULATE_DAYS` says.
fn seeds() -> std::ops::Range<u64> {
    let asked = std::env::var("SIMULATE_DAYS").ok();
    0..asked.and_then(|days| days.parse().ok()).unwrap_or(8)
}

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// Numbers from a seed, without a pattern that a day could follow (SplitMix64,
/// Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// A day, and the centre that it is run over.
struct Chance {
    day: Day,
    queues: Vec<QueueConfig>,
    reserves: Vec<ReserveConfig>,
    own_manager: OwnManagerRule,
    transfers: TransferRule,
}

impl Chance {
    fn of(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let text = story(seed, &mut dice);
        Self {
            day: toml::from_str(&text).unwrap(),
            queues: ["support", "sales"]
                .map(|name| queue(name, &mut dice))
                .into(),
            reserves: ["first", "second"]
                .map(|name| reserve(name, &mut dice))
                .into(),
            own_manager: OwnManagerRule {
                sticky_wait_ms: dice.below(3) * 20_000,
                ask: dice.below(4) > 0,
                ask_talk_ms_min: dice.below(3) * 20_000,
                ask_again_ms: 1 + dice.below(2) * 86_400_000,
                ..OwnManagerRule::default()
            },
            transfers: TransferRule {
                agent_wait_ms: dice.below(3) * 20_000,
                outside_prefixes: vec!["7123".to_owned()],
                numbers: vec![NamedNumber {
                    name: "Pharmacy".to_owned(),
                    number: "79990000001".to_owned(),
                }],
                // Others are refused.
                outside_agents: vec!["early-001".into(), "early-002".into(), "late-001".into()],
            },
        }
    }

    fn rules(&self) -> Rules<'_> {
        Rules {
            queues: &self.queues,
            reserves: &self.reserves,
            own_manager: Some(&self.own_manager),
            transfers: Some(&self.transfers),
            policy: None,
        }
    }

    fn steps(&self) -> (Vec<Step>, Ledger) {
        let mut steps = Vec::new();
        let ledger = watch(&self.day, self.rules(), &mut |step| steps.push(step)).unwrap();
        (steps, ledger)
    }
}

/// Who calls and who works.
fn story(seed: u64, dice: &mut Dice) -> String {
    let mut text = format!("seed = {seed}\n");
    for queue in ["support", "sales"] {
        let skills = ["", "skills = ['english']\n", "skills = ['russian:2']\n"];
        for skill in skills.iter().take(1 + dice.below(3) as usize) {
            let calls: Vec<String> = (0..4)
                .map(|_| format!("{}.0", 20 + dice.below(160)))
                .collect();
            let _ = write!(
                text,
                "[[arrivals]]\nqueue = '{queue}'\nfrom = '08:00'\nevery_minutes = 60\n\
                     calls = [{}]\ntalk_s = {{ mean = {}.0, shape = 'lognormal' }}\n\
                     patience_s = {}.0\npriority = {}\nown_manager = 0.{}\n\
                     again = 0.{}\nagain_after_s = 1200.0\n{skill}",
                calls.join(", "),
                60 + dice.below(200),
                20 + dice.below(200),
                dice.below(3),
                dice.below(5),
                dice.below(6),
            );
        }
    }
    for shift in ["early", "late"] {
        let hour = 8 + dice.below(3);
        let _ = write!(
            text,
            "[[shifts]]\nname = '{shift}'\nagents = {}\nfrom = '{hour:02}:00'\nto = '{:02}:30'\n\
                 miss = 0.{}\nreject = 0.0{}\nunreachable = 0.0{}\n\
                 skills = {{ english = {}, russian = {} }}\n\
                 [[shifts.breaks]]\nfrom = '{:02}:10'\nminutes = 15\n",
            3 + dice.below(20),
            hour + 1 + dice.below(4),
            dice.below(3),
            dice.below(9),
            dice.below(9),
            1 + dice.below(3),
            1 + dice.below(3),
            hour + 1,
        );
    }
    let _ = write!(
        text,
        "[reserves]\nmiss = 0.2\nreject = 0.1\nbusy = 0.1\nunreachable = 0.05\n\
         [outside]\nmiss = 0.2\nreject = 0.1\nbusy = 0.1\nunreachable = 0.05\n\
         [questions]\nagent_ends = 0.{}\nyes = 0.4\nno = 0.2\nunclear = 0.2\n\
         [transfers]\nagent = 0.{}\nqueue = 0.{}\nconsult = 0.{}\ncomplete = 0.7\n\
         number = 0.1{}\nconsult_number = 0.1{}\n\
         [[absences]]\nagent = 'early-001'\nkind = 'vacation'\ndeputy = 'late-001'\n\
         [[absences]]\nagent = 'late-002'\nkind = 'ill'\ndeputy = 'early-003'\n",
        1 + dice.below(9),
        dice.below(3),
        dice.below(2),
        1 + dice.below(2),
        dice.below(9),
        dice.below(9),
    );
    let _ = write!(
        text,
        "[callbacks]\ntake = 0.{}\nmiss = 0.2\nreject = 0.1\nbusy = 0.1\nunreachable = 0.05\n",
        1 + dice.below(9),
    );
    text
}

fn queue(name: &str, dice: &mut Dice) -> QueueConfig {
    let nowhere = [Leave::Stay, Leave::HangUp];
    QueueConfig {
        wrap_up_ms: dice.below(20_000),
        ring_timeout_ms: 12_000,
        retry_delay_ms: 5_000 + dice.below(30_000),
        waiting_max: 3 + dice.below(40) as usize,
        skills: (dice.below(2) == 0).then_some(SkillRule {
            ease_every_ms: 20_000,
        }),
        ring_at_once: 1 + dice.below(2) as usize,
        priority_step_ms: dice.below(2) * 30_000,
        leave: LeaveRules {
            wait_max_ms: 60_000 + dice.below(240_000),
            too_long: if name == "sales" && dice.below(2) == 0 {
                Leave::Queue {
                    queue: "support".into(),
                }
            } else {
                nowhere[dice.below(2) as usize].clone()
            },
            ..LeaveRules::default()
        },
        callback: CallbackRule {
            enabled: dice.below(4) > 0,
            offer_after_ms: 5_000 + dice.below(60_000),
            first: [CallFirst::Agent, CallFirst::Caller][dice.below(2) as usize],
            lead_ms: dice.below(2) * 60_000,
            retry: RetryRule {
                no_answer_ms: 120_000,
                busy_ms: 60_000,
                rejected_ms: 300_000,
                ..RetryRule::default()
            },
            age_max_ms: 1_800_000 + dice.below(7_200_000),
            ..CallbackRule::default()
        },
        ..QueueConfig::named(name)
    }
}

fn reserve(name: &str, dice: &mut Dice) -> ReserveConfig {
    ReserveConfig {
        threshold_ms: 10_000 + dice.below(60_000),
        calls_at_once: 1 + dice.below(3) as usize,
        calls_per_hour: 5 + dice.below(20) as usize,
        calls_per_day: 20 + dice.below(60) as usize,
        ban: BanRule {
            after_misses: 3,
            first_ms: 60_000,
            max_ms: 600_000,
            agent_may_lift: false,
        },
        ..ReserveConfig::named(
            name,
            Contact::Phone {
                number: "70000000001".into(),
            },
        )
    }
}

/// What a caller is to the record: in which queue, with which priority and
/// skills, since when.
struct Waiting {
    queue: QueueId,
    details: NewCall,
    since: Millis,
    rings: usize,
    talks: bool,
    /// Waits for somebody by name, or was handed on: served out of turn.
    apart: bool,
    /// Called in, and has the place of the call-back.
    has_place: bool,
}

/// What of transfers and own managers happened on a day.
fn count_facts(steps: &[Step], counts: &mut BTreeMap<&str, u64>) {
    let effects = steps.iter().flat_map(|step| &step.effects);
    for effect in effects {
        let Effect::Record { fact } = effect else {
            continue;
        };
        let name = match fact {
            Fact::CallTransferred {
                kind, to_number, ..
            } => match (kind, to_number) {
                (TransferKind::Blind, None) => "to a colleague or queue",
                (TransferKind::Attended, None) => "after a word",
                (TransferKind::Blind, Some(_)) => "to a number",
                (TransferKind::Attended, Some(_)) => "to a number after a word",
            },
            Fact::BindingsChanged { change, .. } if change == "bound" => "bound",
            Fact::ConsultEnded { .. } => "words in vain",
            Fact::TransferGivenUp { .. } => "given up",
            Fact::CallbackUnreached { .. } => "call-backs in vain",
            Fact::CallbackEnded(end) => end.outcome.word(),
            Fact::OwnManager {
                manager, wanted, ..
            } => match wanted {
                Some(wanted) if wanted == manager => "to the own manager",
                Some(_) => "to the deputy",
                None => "to anybody instead",
            },
            _ => continue,
        };
        *counts.entry(name).or_default() += 1;
    }
}

/// What callers said who were asked for a manager; every question has an end, and
/// whoever says yes has a manager.
fn count_answers(steps: &[Step], counts: &mut BTreeMap<&str, u64>) {
    let mut asks: HashSet<CallId> = HashSet::new();
    let mut open: HashSet<CallId> = HashSet::new();
    for step in steps {
        for effect in &step.effects {
            if let Effect::AskManager { call, .. } = effect {
                asks.insert(*call);
            }
        }
        let Input::CallEvent { call, event, .. } = &step.input else {
            continue;
        };
        let answer = match event {
            SessionEvent::TalkEnded {
                ended_by: EndedBy::Agent,
                ..
            } if asks.contains(call) => {
                open.insert(*call);
                continue;
            }
            SessionEvent::ManagerChoice { answer } => {
                assert!(open.remove(call), "{call} answered without a question");
                match answer {
                    ManagerAnswer::Yes => "yes",
                    ManagerAnswer::No => "no",
                    ManagerAnswer::Unclear => "unclear",
                }
            }
            SessionEvent::SessionEnded { .. } if open.remove(call) => "hung up",
            _ => continue,
        };
        *counts.entry("asked").or_default() += 1;
        *counts.entry(answer).or_default() += 1;
    }
    assert!(open.is_empty(), "questions without an end: {open:?}");
}

/// What agents did.
fn agents_of(ledger: &Ledger, cuts: &[u64]) -> Vec<AgentRow> {
    agent_rows(ledger, cuts, &[], report::RECALL_WITHIN_MS)
}

/// Every millisecond of an agent has one state.
fn states_add_up(ledger: &Ledger, rows: &[AgentRow], seed: u64) {
    for row in rows {
        let states = [
            row.offline_ms,
            row.not_ready_ms,
            row.idle_ms,
            row.ringing_ms,
            row.talking_ms,
            row.consulting_ms,
            row.held_ms,
            row.wrap_up_ms,
            row.banned_ms,
            row.unreachable_ms,
        ];
        assert_eq!(states.iter().sum::<u64>(), row.observed_ms, "day {seed}");
    }
    // From the first state of the day to the end of it, without a gap.
    let closed = ledger.spans().iter().map(|span| span.to).max().unwrap();
    for row in agents_of(ledger, &[0, closed + 1]) {
        let spans = ledger.spans().iter();
        let own = spans.filter(|span| span.agent.to_string() == row.agent);
        let first = own.map(|span| span.from).min().unwrap();
        assert_eq!(row.observed_ms, closed - first, "day {seed}: {}", row.agent);
    }
}

/// Callers are conserved, however they are grouped and cut.
fn callers_are_conserved(ledger: &Ledger, (start, end): (u64, u64), seed: u64) {
    let rule = ServiceRule::default();
    let hours = hours_of(start, end);
    let groupings = [(false, false), (true, false), (false, true), (true, true)];
    for (by_queue, by_number) in groupings {
        let grouping = Grouping {
            by_queue,
            by_number,
        };
        for cuts in [&[start, end][..], &hours] {
            let rows = queue_rows(ledger, cuts, grouping, &rule);
            for row in &rows {
                assert!(row.measures.conserves(), "day {seed}: {row:?}");
                let own = &row.measures.callbacks;
                assert!(own.conserves(), "day {seed}: {row:?}");
            }
            let offered: u64 = rows.iter().map(|row| row.measures.offered).sum();
            let counted = ledger.segments().iter().filter(|own| !own.is_continued);
            assert_eq!(offered, counted.count() as u64, "day {seed}");
        }
    }
}

/// What happens on these days, often enough to prove something.
const SEEN: [&str; 24] = [
    "answered",
    "on reserve",
    "abandoned",
    "overflowed",
    "blocked",
    "took a call-back",
    "call-backs in vain",
    "reached",
    "to a colleague or queue",
    "after a word",
    "words in vain",
    "given up",
    "to the own manager",
    "to the deputy",
    "to anybody instead",
    "outside",
    "to a number",
    "to a number after a word",
    "asked",
    "yes",
    "no",
    "unclear",
    "hung up",
    "bound",
];

/// Where the hours of a day are cut.
fn hours_of(start: u64, end: u64) -> Vec<u64> {
    (0..)
        .map(|hour| start + hour * HOUR_MS)
        .take_while(|at| *at < end)
        .chain([end])
        .collect()
}

#[test]
fn every_caller_has_one_outcome_and_every_millisecond_of_an_agent_one_state() {
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in seeds() {
        let chance = Chance::of(seed);
        let (steps, ledger) = chance.steps();
        let rule = ServiceRule::default();
        let (start, end) = (steps[0].at, steps.last().unwrap().at + 1);
        let hours = hours_of(start, end);
        callers_are_conserved(&ledger, (start, end), seed);
        let whole = queue_rows(&ledger, &[start, end], Grouping::default(), &rule);
        let own = &whole[0].measures;
        assert_eq!(own.waiting, 0, "day {seed}: the evening is long enough");
        assert_eq!(own.callback_taken, own.callbacks.taken, "day {seed}");
        for (name, count) in [
            ("answered", own.answered - own.answered_on_reserve),
            ("on reserve", own.answered_on_reserve),
            ("abandoned", own.abandoned),
            ("overflowed", own.overflowed),
            ("blocked", own.blocked),
            ("took a call-back", own.callback_taken),
        ] {
            *outcomes.entry(name).or_default() += count;
        }
        // What callers were told and what reserves and agents did is the same: who
        // was handed on had several talks, each of them counted once.
        let by_reserve = reserve_rows(&ledger, &[start, end]);
        let talked: u64 = by_reserve.iter().map(|row| row.talk_ms.denominator).sum();
        assert_eq!(talked, own.answered_on_reserve, "day {seed}");
        let agents = agents_of(&ledger, &[start, end]);
        let answered: u64 = agents.iter().map(|row| row.handling_ms.denominator).sum();
        let outside = ledger.segments().iter();
        let outside = outside.filter(|own| own.number.is_some() && own.left_at.is_some());
        let outside = outside.count() as u64;
        *outcomes.entry("outside").or_default() += outside;
        assert_eq!(
            answered + talked + outside,
            own.talk_ms.denominator,
            "day {seed}"
        );
        count_answers(&steps, &mut outcomes);
        count_facts(&steps, &mut outcomes);
        states_add_up(&ledger, &agents, seed);
        states_add_up(&ledger, &agents_of(&ledger, &hours), seed);
    }
    assert!(outcomes["bound"] >= outcomes["yes"], "{outcomes:?}");
    for name in SEEN {
        assert!(outcomes[name] > 20, "the days are too quiet: {outcomes:?}");
    }
}

#[test]
fn the_journal_of_a_day_gives_the_same_decisions_to_the_byte() {
    for seed in seeds() {
        let (steps, ledger) = Chance::of(seed).steps();
        assert!(steps.len() > 1_000, "day {seed}: {} steps", steps.len());
        let mut again = Center::new();
        let mut is_counted = false;
        for (number, step) in steps.iter().enumerate() {
            // At midnight the core's day begins anew.
            if step.at / (24 * HOUR_MS) > steps[0].at / (24 * HOUR_MS) && !is_counted {
                levels_agree(&again, &ledger, seed);
                is_counted = true;
            }
            // As a journal holds it: read back from its bytes.
            let kept = serde_json::to_vec(&step.input).unwrap();
            let input: Input = serde_json::from_slice(&kept).unwrap();
            let effects = again.handle(step.at, input);
            assert_eq!(
                serde_json::to_string(&effects).unwrap(),
                serde_json::to_string(&step.effects).unwrap(),
                "day {seed}, step {number}: {:?}",
                step.input
            );
        }
        assert!(is_counted, "day {seed} has no midnight");
    }
}

/// What the core counted as it happened is what the report counts afterwards.
fn levels_agree(center: &Center, ledger: &Ledger, seed: u64) {
    let by_queue = Grouping {
        by_queue: true,
        by_number: false,
    };
    let rows = queue_rows(ledger, &[0, u64::MAX], by_queue, &ServiceRule::default());
    for queue in center.queues() {
        let name = queue.queue.to_string();
        let row = rows.iter().find(|row| row.queue.as_ref() == Some(&name));
        let level = row.unwrap().measures.service_level.default;
        let counted = (queue.level_today.in_time, queue.level_today.of);
        assert_eq!(
            counted,
            (level.numerator, level.denominator),
            "day {seed}, {name}"
        );
    }
}

/// Nobody is offered before somebody of the same queue, priority and skills who
/// came earlier and for whom no phone rings (promise P8).
#[allow(clippy::too_many_lines, reason = "a table of facts")]
fn overtaken(steps: &[Step]) -> Option<String> {
    let mut line: HashMap<CallId, Waiting> = HashMap::new();
    let mut placeholders: HashSet<CallId> = HashSet::new();
    let mut called_in = None;
    let facts = steps.iter().flat_map(|step| {
        let facts = step.effects.iter().filter_map(|effect| match effect {
            Effect::Record { fact } => Some(fact),
            _ => None,
        });
        facts.map(|fact| (step.at, fact))
    });
    for (at, fact) in facts {
        match fact {
            Fact::CallQueued {
                call,
                queue,
                details,
            } => {
                let caller = Waiting {
                    queue: queue.clone(),
                    details: NewCall::clone(details),
                    since: at,
                    rings: 0,
                    talks: false,
                    apart: false,
                    has_place: called_in.take() == Some(at),
                };
                line.insert(*call, caller);
            }
            Fact::CallbackEnded(end) if end.outcome == CallbackOutcome::CalledIn => {
                called_in = Some(at);
            }
            // They have their places, and pauses between two attempts.
            Fact::CallbackTaken { call, .. } | Fact::CallbackUnreached { next: call, .. } => {
                placeholders.insert(*call);
            }
            Fact::OfferMade { call, .. }
            | Fact::OfferEnded { call, .. }
            | Fact::OwnManager { call, .. }
            | Fact::CallTransferred { call, .. }
            | Fact::CallMoved { call, .. }
                if placeholders.contains(call) => {}
            Fact::OfferMade { call, party, .. } => {
                let own = &line[call];
                let is_before = |(other, theirs): &(&CallId, &Waiting)| {
                    *other != call
                        && theirs.rings == 0
                        && !theirs.talks
                        && !theirs.apart
                        && !theirs.has_place
                        && theirs.queue == own.queue
                        && theirs.details.priority == own.details.priority
                        && theirs.details.skills == own.details.skills
                        && theirs.since < own.since
                };
                let first_phone = own.rings == 0 && !own.apart && !own.has_place;
                if first_phone && let Some((other, _)) = line.iter().find(is_before) {
                    return Some(format!("{call} before {other} at {at}: {party}"));
                }
                line.get_mut(call).unwrap().rings += 1;
            }
            Fact::OfferEnded { call, outcome, .. } => {
                let own = line.get_mut(call).unwrap();
                own.rings = own.rings.saturating_sub(1);
                own.talks |= outcome == "answered";
            }
            Fact::OwnManager { call, wanted, .. } => {
                line.get_mut(call).unwrap().apart = wanted.is_some();
            }
            Fact::CallTransferred { call, .. } => line.get_mut(call).unwrap().apart = true,
            Fact::CallMoved { call, to, .. } => {
                let own = line.get_mut(call).unwrap();
                own.queue = to.clone();
            }
            Fact::CallEnded { call, .. } => {
                line.remove(call);
            }
            _ => {}
        }
    }
    None
}

#[test]
fn nobody_is_overtaken_by_an_equal() {
    for seed in seeds() {
        let (steps, _) = Chance::of(seed).steps();
        assert_eq!(overtaken(&steps), None, "day {seed}");
    }
}

#[test]
fn the_checker_of_overtaking_bites() {
    // The same day, but the first two callers have changed places in the story.
    let (mut steps, _) = Chance::of(1).steps();
    let first = steps.iter().position(|step| {
        let made = |effect: &Effect| {
            matches!(
                effect,
                Effect::Record {
                    fact: Fact::OfferMade { .. }
                }
            )
        };
        step.effects.iter().any(made)
    });
    let at = first.unwrap();
    let Some(Effect::Record {
        fact: Fact::CallQueued { queue, details, .. },
    }) = steps[..=at]
        .iter()
        .flat_map(|step| &step.effects)
        .find(|effect| {
            matches!(
                effect,
                Effect::Record {
                    fact: Fact::CallQueued { .. }
                }
            )
        })
    else {
        panic!("nobody was offered to anybody");
    };
    let earlier = Step {
        at: steps[0].at,
        input: Input::Tick,
        effects: ["1", "2"]
            .map(|number| Effect::Record {
                fact: Fact::CallQueued {
                    call: CallId(1_000_000 + number.parse::<u64>().unwrap()),
                    queue: queue.clone(),
                    details: details.clone(),
                },
            })
            .into(),
    };
    steps.insert(1, earlier);
    assert!(overtaken(&steps).is_some());
}
