//! Days in virtual time through the real routing core.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use acd::QueueConfig;
use policy::Policy;
use simulate::{Day, DayError, Language, Outcome, Rules, html};

fn run(day: &Day, queues: &[QueueConfig], policy: Option<&Policy>) -> Result<Outcome, DayError> {
    let rules = Rules {
        queues,
        policy,
        ..Rules::default()
    };
    simulate::run(day, rules)
}

fn day(text: &str) -> Day {
    toml::from_str(text).unwrap()
}

/// Eight hours of 200 calls an hour for 12 agents, as memoryless as Erlang
/// takes them.
fn erlang_day(seed: u64) -> Day {
    let calls = vec!["100.0"; 16].join(", ");
    day(&format!(
        "seed = {seed}\n\
         [[arrivals]]\nqueue = \"support\"\nfrom = \"08:00\"\ncalls = [{calls}]\n\
         talk_s = 180.0\npatience_s = 120.0\n\
         [[shifts]]\nname = \"day\"\nagents = 12\nfrom = \"08:00\"\nto = \"16:00\"\n\
         answer_s = {{ mean = 0.2, shape = \"fixed\" }}\n"
    ))
}

fn support() -> QueueConfig {
    QueueConfig {
        wrap_up_ms: 0,
        ring_timeout_ms: 20_000,
        retry_delay_ms: 5_000,
        ..QueueConfig::named("support")
    }
}

/// Two queues, mixed skills, breaks, misses: nothing is left out.
const BUSY: &str = r#"
seed = 5
zone = "Europe/Moscow"
[[arrivals]]
queue = "support"
from = "08:00"
every_minutes = 60
calls = [120.0, 240.0, 300.0, 240.0, 180.0, 240.0, 200.0, 100.0]
talk_s = { mean = 170.0, shape = "lognormal" }
patience_s = 90.0
[[arrivals]]
queue = "sales"
from = "09:00"
every_minutes = 60
calls = [60.0, 60.0, 60.0, 60.0]
talk_s = { mean = 240.0, shape = "lognormal", spread = 0.5 }
patience_s = { mean = 60.0, shape = "fixed" }
priority = 1
[[shifts]]
name = "early"
agents = 12
queues = ["support"]
from = "08:00"
to = "14:00"
miss = 0.05
reject = 0.02
unreachable = 0.01
[[shifts.breaks]]
from = "11:00"
minutes = 15
[[shifts]]
name = "late"
agents = 10
from = "10:00"
to = "17:00"
"#;

fn busy_queues() -> Vec<QueueConfig> {
    let wrap_up = |name: &str| QueueConfig {
        wrap_up_ms: 10_000,
        ..QueueConfig::named(name)
    };
    vec![wrap_up("support"), wrap_up("sales")]
}

fn json(outcome: &Outcome) -> String {
    serde_json::to_string(outcome).unwrap()
}

#[test]
fn a_memoryless_day_is_as_erlang_a_says() {
    let (mut offered, mut abandoned, mut wait_ms) = (0, 0, 0.0);
    for seed in 0..8 {
        let callers = run(&erlang_day(seed), &[support()], None)
            .unwrap()
            .totals
            .callers;
        offered += callers.offered;
        abandoned += callers.abandoned;
        let sums = [&callers.wait_answered, &callers.wait_abandoned];
        wait_ms += sums
            .iter()
            .map(|waits| waits.mean_ms.numerator as f64)
            .sum::<f64>();
    }
    let model = report::erlang::abandoning(200.0 / 3600.0, 180.2, 120.0, 12).unwrap();
    let (part, mean_s) = (
        abandoned as f64 / offered as f64,
        wait_ms / offered as f64 / 1_000.0,
    );
    assert!(offered > 12_000, "{offered}");
    let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 0.15;
    assert!(
        near(part, model.abandon_probability),
        "{part} of {}",
        model.abandon_probability
    );
    assert!(
        near(mean_s, model.mean_wait_s),
        "{mean_s} s of {} s",
        model.mean_wait_s
    );
}

#[test]
fn the_same_seed_is_the_same_day_and_another_is_another() {
    let one = json(&run(&erlang_day(1), &[support()], None).unwrap());
    assert_eq!(one, json(&run(&erlang_day(1), &[support()], None).unwrap()));
    assert_ne!(one, json(&run(&erlang_day(2), &[support()], None).unwrap()));
}

#[test]
fn every_call_has_one_outcome_and_every_millisecond_one_state() {
    let outcome = run(&day(BUSY), &busy_queues(), None).unwrap();
    assert!(outcome.totals.conserves);
    assert!(outcome.queues.iter().all(|row| row.measures.conserves()));
    let callers = &outcome.totals.callers;
    assert_eq!(callers.waiting, 0, "somebody waits after the last shift");
    assert!(callers.answered > 1_000 && callers.abandoned > 10);
    assert!(callers.no_answer.numerator > 10);
    let sum: u64 = outcome
        .intervals
        .iter()
        .map(|row| row.callers.offered)
        .sum();
    assert_eq!(sum, callers.offered);
    for row in &outcome.agents {
        let states = row.offline_ms
            + row.not_ready_ms
            + row.idle_ms
            + row.ringing_ms
            + row.talking_ms
            + row.held_ms
            + row.wrap_up_ms
            + row.banned_ms
            + row.unreachable_ms;
        assert_eq!(states, row.observed_ms, "{}", row.agent);
    }
    let early = outcome
        .agents
        .iter()
        .find(|row| row.agent == "early-001")
        .unwrap();
    assert!(early.not_ready_ms >= 8 * 60_000, "no break: {early:?}");
}

#[test]
fn two_configurations_meet_the_same_callers() {
    let short = run(&day(BUSY), &busy_queues(), None).unwrap();
    let long: Vec<QueueConfig> = busy_queues()
        .into_iter()
        .map(|queue| QueueConfig {
            wrap_up_ms: 120_000,
            ..queue
        })
        .collect();
    let long = run(&day(BUSY), &long, None).unwrap();
    assert_eq!(short.totals.callers.offered, long.totals.callers.offered);
    let (a, b) = (&short.totals.callers, &long.totals.callers);
    assert!(a.abandoned < b.abandoned, "{} {}", a.abandoned, b.abandoned);
    assert!(a.service_level.default.value > b.service_level.default.value);
}

#[test]
fn the_report_has_its_plots_in_both_languages() {
    let outcome = run(&day(BUSY), &busy_queues(), None).unwrap();
    for (language, title) in [
        (Language::English, "A simulated day"),
        (Language::Russian, "Смоделированный день"),
    ] {
        let one = html(&[("today", &outcome)], 30, 20, language);
        assert!(one.contains(title) && one.contains("early-001"));
        assert_eq!(one.matches("<svg").count(), 5);
        let two = html(&[("a<b", &outcome), ("next", &outcome)], 30, 20, language);
        assert!(two.contains("a&lt;b") && !two.contains("a<b"));
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table of wrong keys")]
fn a_wrong_day_is_told_by_key() {
    let wrong = |text: &str| {
        run(&day(&text.replace('\'', "\"")), &[support()], None)
            .unwrap_err()
            .field
    };
    let arrivals =
        "[[arrivals]]\nqueue = 'support'\ncalls = [1.0]\ntalk_s = 1.0\npatience_s = 1.0\n";
    let shift = "[[shifts]]\nname = 'a'\nagents = 1\nfrom = '08:00'\nto = '09:00'\n";
    let both = |head: &str, arrivals: &str, shift: &str| wrong(&format!("{head}{arrivals}{shift}"));
    assert_eq!(
        both("", &arrivals.replace("support", "other"), shift),
        "arrivals[0].queue"
    );
    assert_eq!(
        both("", &arrivals.replace("talk_s = 1.0", "talk_s = 0.0"), shift),
        "arrivals[0].talk_s"
    );
    assert_eq!(
        both("", &arrivals.replace("[1.0]", "[2e6]"), shift),
        "arrivals"
    );
    assert_eq!(
        both("", arrivals, &shift.replace("09:00", "25:00")),
        "shifts[0].to"
    );
    assert_eq!(
        both("", arrivals, &format!("{shift}miss = 0.7\nreject = 0.7\n")),
        "shifts[0].miss"
    );
    assert_eq!(
        both("", arrivals, &format!("{shift}{shift}")),
        "shifts[1].name"
    );
    assert_eq!(
        both("interval_minutes = 7\n", arrivals, shift),
        "interval_minutes"
    );
    let reserves = "[reserves]\nmiss = 0.7\nbusy = 0.4\n";
    assert_eq!(
        both("", arrivals, &format!("{shift}{reserves}")),
        "reserves.miss"
    );
    for (wrong, field) in [
        (
            "[transfers]\nagent = 0.7\nconsult = 0.4\n",
            "transfers.agent",
        ),
        (
            "[transfers]\nconsult = 0.7\nconsult_number = 0.4\n",
            "transfers.agent",
        ),
        ("[transfers]\nnumber = 0.1\n", "transfers.number"),
        (
            "[transfers]\nconsult_number = 0.1\n",
            "transfers.consult_number",
        ),
        ("[outside]\nbusy = 1.1\n", "outside.miss"),
        ("[questions]\nagent_ends = 1.1\n", "questions.agent_ends"),
        ("[questions]\nyes = 0.8\nno = 0.3\n", "questions.yes"),
        ("[questions]\nanswer_s = 0.0\n", "questions.answer_s"),
        ("[transfers]\nconsult_s = 0.0\n", "transfers.consult_s"),
        ("[transfers]\ncomplete = 1.1\n", "transfers.complete"),
        (
            "[[absences]]\nagent = 'a-002'\nkind = 'ill'\n",
            "absences[0].agent",
        ),
        (
            "[[absences]]\nagent = 'a-001'\nkind = 'ill'\ndeputy = 'b-001'\n",
            "absences[0].deputy",
        ),
    ] {
        assert_eq!(both("", arrivals, &format!("{shift}{wrong}")), field);
    }
    let bound = format!("{arrivals}own_manager = 2.0\n");
    assert_eq!(both("", &bound, shift), "arrivals[0].own_manager");
    let again = format!("{arrivals}again = 1.5\n");
    assert_eq!(both("", &again, shift), "arrivals[0].again");
    assert_eq!(both("date = 'today'\n", arrivals, shift), "date");
    assert_eq!(both("zone = 'Mars'\n", arrivals, shift), "zone");
}

#[test]
fn a_policy_decides_in_a_simulated_day_as_in_a_backend() {
    let limits = script::Limits {
        memory_bytes: 32 << 20,
        stack_bytes: 512 << 10,
        callback_ms: 2_000,
    };
    let policy = |source: &str| Policy::load("p.js", source, limits).unwrap();
    let plain = run(&day(BUSY), &busy_queues(), None).unwrap();
    let sent_on = policy(
        "const waitSteps = [45];\n\
         function onCall(call) { return { queue: 'support' }; }\n\
         function rank(agent) { return agent.agent === 'late-001' ? 1 : 0; }\n\
         function onMiss() { return 20; }\n\
         function onWait() { return { hang_up: true }; }",
    );
    let outcome = run(&day(BUSY), &busy_queues(), Some(&sent_on)).unwrap();
    assert!(outcome.totals.conserves);
    let queues: Vec<_> = outcome
        .queues
        .iter()
        .filter_map(|row| row.queue.as_deref())
        .collect();
    assert_eq!(queues, ["support"]);
    let let_go = outcome.totals.callers.overflowed;
    assert!(let_go > 10, "{let_go}");
    let answered = |outcome: &Outcome, name: &str| {
        let row = outcome.agents.iter().find(|row| row.agent == name).unwrap();
        (row.answered, row.banned_ms)
    };
    let (favourite, colleague) = (
        answered(&outcome, "late-001").0,
        answered(&outcome, "late-002").0,
    );
    let before = answered(&plain, "late-001").0;
    assert!(
        favourite > before || favourite > colleague,
        "{favourite} {colleague} {before}"
    );
    let banned: u64 = outcome.agents.iter().map(|row| row.banned_ms).sum();
    assert!(banned > 3_600_000, "{banned}");
    // One that fails changes nothing.
    let broken = policy("function onCall() { throw 1; }\nfunction rank() { return 'x'; }");
    let outcome = run(&day(BUSY), &busy_queues(), Some(&broken)).unwrap();
    assert_eq!(json(&outcome), json(&plain));
}

/// Who says yes and calls again is offered to the manager.
#[test]
fn bindings_grow_through_the_day_and_count_when_callers_call_again() {
    let own = |ask: bool, yes: &str| {
        let day = day(&format!(
            "seed = 3\n[[arrivals]]\nqueue = \"support\"\nfrom = \"08:00\"\n\
             calls = [60.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0]\ntalk_s = 90.0\n\
             patience_s = 600.0\nagain = 0.5\nagain_after_s = 3600.0\n\
             [[shifts]]\nname = \"day\"\nagents = 12\nfrom = \"08:00\"\nto = \"14:00\"\n\
             [questions]\nagent_ends = 0.8\nyes = {yes}\nno = 0.1\nunclear = 0.1\n"
        ));
        let queues = [support()];
        let own_manager = acd::OwnManagerRule {
            ask,
            ask_talk_ms_min: 30_000,
            ..acd::OwnManagerRule::default()
        };
        let rules = Rules {
            queues: &queues,
            own_manager: Some(&own_manager),
            ..Rules::default()
        };
        let mut to_own = 0_u64;
        simulate::watch(&day, rules, &mut |step| {
            to_own += step.effects.iter().map(own_manager_found).sum::<u64>();
        })
        .unwrap();
        let outcome = simulate::run(&day, rules).unwrap();
        assert!(outcome.totals.conserves);
        let recalled = outcome.totals.callers.recalled;
        assert!(recalled.denominator == 0, "the day after is not known");
        (outcome.totals.questions, to_own)
    };
    let (asked, to_own) = own(true, "0.6");
    let answers = asked.yes + asked.no + asked.unclear + asked.hung_up;
    assert_eq!((asked.asked, asked.bound_before), (answers, 0));
    assert_eq!(asked.bound_after, asked.yes, "one binding for each yes");
    assert!(asked.asked > 100 && asked.no > 5 && asked.unclear > 5 && asked.hung_up > 5);
    assert!(to_own > 20, "{to_own} went to their managers");
    let (refused, to_own) = own(true, "0.0");
    assert!(refused.asked > 100);
    assert_eq!((refused.bound_after, to_own), (0, 0));
    let (nobody, _) = own(false, "0.6");
    assert_eq!((nobody.asked, nobody.bound_after), (0, 0));
}

/// Whether a caller is led to the own manager.
fn own_manager_found(effect: &acd::Effect) -> u64 {
    let acd::Effect::Record { fact } = effect else {
        return 0;
    };
    let is_found = matches!(fact, acd::Fact::OwnManager { manager, wanted: Some(wanted), .. } if manager == wanted);
    u64::from(is_found)
}
