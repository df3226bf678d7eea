//! Random days in virtual time: sessions that answer, refuse, fall silent and
//! die, a network that loses, doubles and reorders, agents who change their
//! minds, restarts at any moment. After every step everything is checked.
//!
//! `ACD_SIM_SEED` runs one seed, `ACD_SIM_DAYS` sets how many are run,
//! `ACD_SIM_TRACE` prints everything that happens.

mod agent_checker;
mod callbacks;
mod chaos;
mod checker;
mod dice;
mod own;
mod pages;
mod people;
mod reserves;
mod session;
mod transfer_checker;
mod transfers;
mod world;

use super::mutation::Mutation;
use world::World;

/// Inputs of one simulated day; a day is short so that many seeds are tried.
const STEPS_A_DAY: usize = 2_000;

/// So many days have a million steps and more.
const DAYS_OF_A_MILLION: u64 = 430;

/// Days on which a defect is looked for: some need what is rare in a day.
const SEEDS_OF_A_DEFECT: u64 = 60;

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
}

fn seeds(first: u64, days: u64) -> std::ops::Range<u64> {
    match number_from("ACD_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => first..first + number_from("ACD_SIM_DAYS").unwrap_or(days),
    }
}

#[test]
fn random_days_break_no_promise() {
    let mut steps = 0;
    let mut tally = world::Tally::default();
    // A day has some 2,400.
    let days = seeds(1, DAYS_OF_A_MILLION);
    let count = days.end - days.start;
    for seed in days {
        let mut world = World::new(seed, None);
        world.run(STEPS_A_DAY);
        world.close_down();
        steps += world.steps;
        tally.add(&world.tally);
    }
    println!("{steps} steps in {count} days: {tally:?}");
    assert!(count < DAYS_OF_A_MILLION || steps >= 1_000_000, "{steps}");
}

#[test]
fn inputs_without_any_sense_break_no_invariant() {
    for seed in seeds(1_000, 100) {
        chaos::run(seed, STEPS_A_DAY);
    }
}

#[test]
fn every_defect_put_in_on_purpose_is_found() {
    for mutation in Mutation::ALL {
        let found = (1..=SEEDS_OF_A_DEFECT).find_map(|seed| {
            let day = std::panic::AssertUnwindSafe(|| {
                let mut world = World::new(seed, Some(mutation));
                world.run(STEPS_A_DAY);
                world.close_down();
            });
            quietly(day).map(|message| (seed, message))
        });
        let (seed, message) = found.unwrap_or_else(|| panic!("{mutation:?} was not found"));
        println!("{mutation:?}: seed {seed}: {message}");
        assert!(
            message.contains("seed"),
            "{mutation:?} was found by a panic, not a checker: {message}"
        );
    }
}

/// Runs `day`; returns the message of its panic.
fn quietly(day: impl FnOnce() + std::panic::UnwindSafe) -> Option<String> {
    let payload = std::panic::catch_unwind(day).err()?;
    Some(match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(_) => "a panic without a text".to_owned(),
    })
}

/// Inputs of a kept journal: enough for every kind, little enough to keep.
const KEPT_INPUTS: usize = 900;

/// Writes a journal to be kept in `tests/journals`; run once when the kinds of
/// inputs have grown, with the name of the files in `KEEP_JOURNAL` and a day on which much
/// happens in `ACD_SIM_SEED`.
#[test]
#[ignore = "writes files"]
fn a_day_is_written_down_to_be_kept() {
    let path = std::env::var("KEEP_JOURNAL").unwrap();
    let mut world = World::new(number_from("ACD_SIM_SEED").unwrap_or(7), None);
    world.run(KEPT_INPUTS);
    let [journal, facts] = world.written_down(KEPT_INPUTS);
    std::fs::write(format!("{path}.jsonl"), journal).unwrap();
    std::fs::write(format!("{path}.facts.jsonl"), facts).unwrap();
}
