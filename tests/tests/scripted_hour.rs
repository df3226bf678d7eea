//! An hour of calls in which everything that can be killed is killed, at random
//! moments, again and again: nothing is lost, nothing doubled. `make soak-calls` runs
//! the hour (`MINUTES` makes it longer or shorter); a few rounds of it run always.
//! `KILL_SEED` repeats the moments of a failed run.
//!
//! Callers come in waves. What a kill may cost them is counted by what was killed:
//! the backend's death or sleep costs nobody anything; with the engine its calls die,
//! and only they.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::journal::JournalledCall;
use cordboard_tests::moments::Moments;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use serde_json::Value;

/// Agents who answer.
const AGENTS: usize = 4;
/// Callers of a wave who stay until they are served, and how many come each second.
const PATIENT: u32 = 8;
const PATIENT_EACH_S: u32 = 2;
/// Callers of a wave who hang up when they have heard enough.
const IMPATIENT: u32 = 4;
/// Longest that one of them listens.
const IMPATIENT_MS: u64 = 9_000;
/// Most kills in a wave.
const KILLS_MAX: u64 = 3;
/// Longest time between two kills, that a victim is away, and that one is asleep.
const BETWEEN_MS: u64 = 2_500;
const AWAY_MS: u64 = 1_500;
const ASLEEP_MS: u64 = 3_000;
/// A session whose engine is gone is given up by then, and every patient caller of a
/// wave is served.
const SETTLED_S: u64 = 90;

/// What happens to the centre in a wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Blow {
    /// `kill -9` of the backend.
    Backend,
    /// The backend is stopped for a while, as a frozen machine is.
    Sleep,
    /// `kill -9` of the engine.
    Engine,
    /// Both at once, as by a power cut.
    Both,
}

impl Blow {
    const ALL: [Self; 4] = [Self::Backend, Self::Sleep, Self::Engine, Self::Both];

    /// Whether the calls of the wave die of it.
    fn ends_calls(self) -> bool {
        match self {
            Self::Backend | Self::Sleep => false,
            Self::Engine | Self::Both => true,
        }
    }
}

/// What the hour has seen so far.
#[derive(Debug, Default)]
struct Tally {
    blows: BTreeMap<Blow, u64>,
    /// Callers who must have been served exactly once.
    to_be_served: BTreeSet<String>,
    /// Callers who must be known, whether they were served or had left.
    to_be_known: BTreeSet<String>,
    /// Callers whose engine died: known and served once or not at all.
    others: BTreeSet<String>,
}

impl Tally {
    fn knows(&self, caller: &str) -> bool {
        let called = [&self.to_be_served, &self.to_be_known, &self.others];
        called.iter().any(|names| names.contains(caller))
    }
}

struct Hour {
    centre: Centre,
    moments: Moments,
    phones: Sipp,
    _deaf: Sipp,
    _busy: Sipp,
    _spare: Sipp,
    tally: Tally,
    waves: u64,
}

impl Hour {
    async fn begin() -> Self {
        let nobody: SocketAddr = port::free_address();
        let talk = SippPlan::new().quiet().pause(Duration::from_millis(1_500));
        let phones = Sipp::serve("agent", nobody, &talk).await;
        let quiet = SippPlan::new().quiet();
        let deaf = Sipp::serve("agent_never_answers", nobody, &quiet).await;
        let busy = Sipp::serve("agent_is_busy", nobody, &quiet).await;
        let spare = Sipp::serve("agent", nobody, &talk).await;
        let mut plan = CentrePlan::new()
            .apart()
            .direct()
            .queue("ring_timeout_s", 2)
            .queue("wrap_up_s", 1)
            .queue("ban_after_misses", 1)
            .queue("ban_first_s", 30)
            .queue("ban_max_s", 120)
            .agent_at("clara", &deaf.contact("clara"))
            .agent_at("boris", &busy.contact("boris"))
            .agent("dora")
            .more(&format!(
                "\n[[reserves]]\nname = \"duty\"\ncontact = \"{}\"\nthreshold_s = 12\n",
                spare.contact("duty")
            ));
        for n in 0..AGENTS {
            let name = format!("agent{n}");
            plan = plan.agent_at(&name, &phones.contact(&name));
        }
        let centre = Centre::start(plan).await;
        centre.sign_in("dora").await.press_not_ready("lunch").await;
        centre.ready_agent("clara").await;
        centre.ready_agent("boris").await;
        for n in 0..AGENTS {
            centre.ready_agent(&format!("agent{n}")).await;
        }
        Self {
            centre,
            moments: Moments::seeded(),
            phones,
            _deaf: deaf,
            _busy: busy,
            _spare: spare,
            tally: Tally::default(),
            waves: 0,
        }
    }

    /// A wave of callers, and blows of one kind while they wait and talk.
    async fn wave(&mut self, blow: Blow) {
        let wave = self.waves;
        self.waves += 1;
        let name = |kind: &str| format!("{kind}{wave}x");
        let patient = SippPlan::new().quiet().key("caller", name("p"));
        let patient = patient.dials("100").calls(PATIENT, PATIENT_EACH_S);
        let impatient = SippPlan::new().quiet().key("caller", name("i"));
        let listens = self.moments.within(IMPATIENT_MS);
        let impatient = impatient
            .dials("100")
            .calls(IMPATIENT, 1)
            .with("-recv_timeout", listens.as_millis() + 1)
            // A BYE that crosses the caller's own is sent again, and answered then.
            .with("-default_behaviors", "all,-abortunexp");
        let mut patient = Sipp::call("caller", self.centre.sip(), &patient);
        let mut impatient = Sipp::call("caller_in_a_hurry", self.centre.sip(), &impatient);
        let names = |kind: &str, count: u32| {
            let kind = name(kind);
            (1..=count).map(move |n| format!("{kind}{n}"))
        };
        let kills = 1 + self.moments.below(KILLS_MAX);
        if blow.ends_calls() {
            self.tally.others.extend(names("p", PATIENT));
            self.tally.others.extend(names("i", IMPATIENT));
            tokio::time::sleep(self.moments.within(3 * BETWEEN_MS)).await;
            self.strike(blow, &mut [&mut patient, &mut impatient]).await;
        } else {
            self.tally.to_be_served.extend(names("p", PATIENT));
            self.tally.to_be_known.extend(names("i", IMPATIENT));
            for _ in 0..kills {
                tokio::time::sleep(self.moments.within(BETWEEN_MS)).await;
                self.strike(blow, &mut []).await;
            }
            patient.succeeds(seconds(SETTLED_S)).await;
            impatient.succeeds(seconds(SETTLED_S)).await;
        }
        self.settles().await;
        if !blow.ends_calls() {
            // Here and not at the end alone: the logs of the wave are at hand.
            let served: Vec<String> = names("p", PATIENT).collect();
            self.were_answered(&self.centre.journalled_calls(), served.iter());
        }
    }

    /// One blow, and the centre is up again. The phones of those whose calls died are
    /// unplugged, so that they do not come again.
    async fn strike(&mut self, blow: Blow, dying: &mut [&mut Sipp]) {
        *self.tally.blows.entry(blow).or_default() += 1;
        match blow {
            Blow::Sleep => self.centre.signal_role("backend", "STOP"),
            Blow::Backend => self.centre.kill_role("backend"),
            Blow::Engine => self.centre.kill_role("engine"),
            Blow::Both => {
                self.centre.kill_role("engine");
                self.centre.kill_role("backend");
            }
        }
        for phone in dying {
            phone.pull_the_plug();
        }
        if blow == Blow::Sleep {
            tokio::time::sleep(self.moments.within(ASLEEP_MS)).await;
            self.centre.signal_role("backend", "CONT");
            return;
        }
        tokio::time::sleep(self.moments.within(AWAY_MS)).await;
        let mut back = match blow {
            Blow::Sleep => Vec::new(),
            Blow::Backend => vec!["backend"],
            Blow::Engine => vec!["engine"],
            Blow::Both => vec!["backend", "engine"],
        };
        if self.moments.below(2) == 0 {
            back.reverse();
        }
        for role in back {
            self.centre.start_role(role).await;
        }
    }

    /// Every call has come to its end, and every agent to what the person had chosen.
    async fn settles(&self) {
        eventually("every call to end", seconds(SETTLED_S), || async {
            let calls = self.centre.journalled_calls();
            calls.iter().all(JournalledCall::has_ended).then_some(())
        })
        .await;
        for n in 0..AGENTS {
            let agent = self.centre.sign_in(&format!("agent{n}")).await;
            let state = agent.becomes("idle", seconds(30)).await;
            assert_eq!(state["agent"]["intent"], "ready", "{state:#}");
        }
        let dora = self.centre.sign_in("dora").await.state().await;
        assert_eq!(dora["agent"]["intent"], "not_ready", "{dora:#}");
        assert_eq!(dora["agent"]["reason"], "lunch", "{dora:#}");
        self.centre.is_empty_again().await;
    }

    /// What must hold of everything that happened.
    async fn is_accounted_for(&self) {
        let mut served: BTreeMap<String, u32> = BTreeMap::new();
        let answers = [self.phones.seen_of("ACK"), self._spare.seen_of("ACK")];
        for ack in answers.into_iter().flatten() {
            *served.entry(ack.from).or_default() += 1;
        }
        let twice: Vec<_> = served.iter().filter(|(_, n)| **n > 1).collect();
        assert!(twice.is_empty(), "served twice: {twice:?}");
        let missing: Vec<_> = self
            .tally
            .to_be_served
            .iter()
            .filter(|caller| !served.contains_key(*caller))
            .collect();
        assert!(missing.is_empty(), "never served: {missing:?}");

        let calls = self.centre.journalled_calls();
        let mut entries: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for call in &calls {
            let ends = entries.entry(&call.caller).or_default();
            ends.push(&call.outcome);
        }
        for (caller, ends) in &entries {
            assert!(self.tally.knows(caller), "nobody called as {caller}");
            assert_eq!(ends.len(), 1, "{caller} is in the journal as {ends:?}");
        }
        self.were_answered(&calls, self.tally.to_be_served.iter());
        let unknown: Vec<_> = self
            .tally
            .to_be_known
            .iter()
            .filter(|caller| !entries.contains_key(caller.as_str()))
            .collect();
        assert!(unknown.is_empty(), "called, but nobody knows: {unknown:?}");
        let unserved = served.keys().filter(|caller| {
            let ends = entries.get(caller.as_str());
            !ends.is_some_and(|ends| ends[0].starts_with("answered"))
        });
        let unserved: Vec<_> = unserved.collect();
        println!("served, but their engine died before it was told: {unserved:?}");
        self.reports_agree(calls.len()).await;
        let (same, text) = self.centre.journal(&["replay"]);
        assert!(same, "the journal decides otherwise: {text}");
        println!(
            "{} waves, {:?}, {} calls in the journal, {} callers served",
            self.waves,
            self.tally.blows,
            calls.len(),
            served.len()
        );
    }

    /// The journal has these callers as answered; if it does not, it tells why.
    fn were_answered<'c>(
        &self,
        calls: &[JournalledCall],
        callers: impl Iterator<Item = &'c String>,
    ) {
        let calls: BTreeMap<&str, &JournalledCall> = calls
            .iter()
            .map(|call| (call.caller.as_str(), call))
            .collect();
        for caller in callers {
            let Some(call) = calls.get(caller.as_str()) else {
                panic!("{caller} is not in the journal");
            };
            if !call.outcome.starts_with("answered") {
                let (_, story) = self
                    .centre
                    .journal(&["show", &call.call, "--language", "en"]);
                panic!("{caller} ended as {:?}:\n{story}", call.outcome);
            }
        }
    }

    /// The reports count each call of the journal once, and each agent's every
    /// millisecond.
    async fn reports_agree(&self, calls: usize) {
        let olga = self.centre.sign_in("olga").await;
        let yesterday = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
        let day = format!("from={yesterday:.0}");
        let path = format!("/api/v1/reports/queues?by=all&{day}");
        let queues = olga.client().get(&path).await.ok();
        let row = &queues["rows"][0];
        let count = |field: &str| row[field].as_u64().expect("a count");
        assert_eq!(count("offered"), calls as u64, "{row:#}");
        let ends = [
            "answered",
            "abandoned",
            "overflowed",
            "callback_taken",
            "exited_by_key",
            "system_failed",
            "waiting",
        ];
        let sum: u64 = ends.into_iter().map(count).sum();
        assert_eq!(sum, calls as u64, "{row:#}");
        assert_eq!(count("waiting"), 0, "{row:#}");
        let path = format!("/api/v1/reports/agents?{day}");
        let agents = olga.client().get(&path).await.ok();
        for row in agents["rows"].as_array().expect("rows") {
            let fields = row.as_object().expect("an object");
            let ms = |field: &str, value: &Value| {
                let is_state = field.ends_with("_ms") && value.is_u64();
                (is_state && field != "observed_ms").then(|| value.as_u64().unwrap_or(0))
            };
            let sum: u64 = fields.iter().filter_map(|(f, v)| ms(f, v)).sum();
            assert_eq!(row["observed_ms"], sum, "{row:#}");
        }
    }
}

/// Waves until the time is over, each kind of blow as often as the others.
async fn waves_for(time: Duration) {
    let began = Instant::now();
    let mut hour = Hour::begin().await;
    loop {
        let blow = Blow::ALL[hour.waves as usize % Blow::ALL.len()];
        hour.wave(blow).await;
        let elapsed = began.elapsed();
        println!("{:4} s: wave {}, {blow:?}", elapsed.as_secs(), hour.waves);
        let is_round_over = (hour.waves as usize).is_multiple_of(Blow::ALL.len());
        if is_round_over && elapsed >= time {
            break;
        }
    }
    hour.is_accounted_for().await;
}

#[tokio::test]
async fn each_kind_of_blow_loses_nobody_and_doubles_nothing() {
    waves_for(seconds(1)).await;
}

#[tokio::test]
#[ignore = "takes an hour: make soak-calls"]
async fn an_hour_of_blows_loses_nobody_and_doubles_nothing() {
    let minutes = std::env::var("MINUTES").ok();
    let minutes = minutes.and_then(|text| text.parse().ok()).unwrap_or(60);
    waves_for(seconds(60 * minutes)).await;
}
