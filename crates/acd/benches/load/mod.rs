//! A centre in which every agent talks and callers wait: each call's arrival,
//! its five reports and the ticks between are counted. Under `cargo bench -p acd`
//! and under `make bench`.

use acd::{
    Actor, AgentConfig, AgentId, CallId, Center, Configuration, Contact, Effect, EndedBy, Input,
    Intent, Millis, NewCall, OfferId, QueueConfig, SessionEvent, Skills,
};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

const QUEUES: usize = 20;
const MORNING: Millis = 20_000 * 86_400_000 + 9 * 3_600_000;
/// How busy the centre is: 50,000 inputs a second of its own time.
const INPUTS_A_MS: usize = 50;
const BATCH: usize = 250;

/// Sizes that are measured: agents and callers who wait.
pub(crate) const SIZES: [(usize, usize); 3] = [(100, 500), (1_000, 5_000), (10_000, 100_000)];

/// What one size costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// Nanoseconds an input by the median batch. Other work on the machine takes
    /// whole batches away: the median tells what the core itself costs.
    pub(crate) median_ns: f64,
    /// Nanoseconds an input in the mean, other work included.
    pub(crate) mean_ns: f64,
    /// Microseconds from an input to its offer, half and 99 of 100 of them.
    pub(crate) decision_us: [f64; 2],
}

/// Measures one size with so many inputs.
pub(crate) fn measure(agents: usize, waiting: usize, inputs: usize) -> Figures {
    let mut bench = Bench::new(agents, waiting);
    // Twice round the line, so that memory and caches are those of a day.
    bench.run(waiting * 12);
    let mut batches = bench.run(inputs);
    batches.sort_unstable();
    let taken: Duration = batches.iter().sum();
    let mut decisions = bench.decisions(inputs / 4);
    decisions.sort_unstable();
    let decision_us = |part: usize| {
        let at = (decisions.len() * part / 100).min(decisions.len() - 1);
        decisions[at].as_nanos() as f64 / 1_000.0
    };
    Figures {
        median_ns: batches[batches.len() / 2].as_nanos() as f64 / BATCH as f64,
        mean_ns: taken.as_nanos() as f64 / inputs as f64,
        decision_us: [50, 99].map(decision_us),
    }
}

/// A centre under load.
struct Bench {
    center: Center,
    now: Millis,
    arrived: usize,
    given: usize,
    /// Inputs to come, in order.
    next: VecDeque<Input>,
    offers: usize,
}

impl Bench {
    fn new(agents: usize, waiting: usize) -> Self {
        let mut bench = Self {
            center: Center::new(),
            now: MORNING,
            arrived: 0,
            given: 0,
            next: VecDeque::new(),
            offers: 0,
        };
        let configuration = configuration(agents, waiting);
        let names: Vec<AgentId> = configuration
            .agents
            .iter()
            .map(|agent| agent.name.clone())
            .collect();
        bench.give(Input::Configure { configuration });
        for _ in 0..waiting {
            bench.arrive();
        }
        for agent in names {
            bench.give(Input::SetIntent {
                agent,
                intent: Intent::Ready,
                by: Actor::Agent,
                why: String::new(),
            });
        }
        bench
    }

    /// Takes that many inputs one by one; returns how long each took that made
    /// an offer.
    fn decisions(&mut self, inputs: usize) -> Vec<Duration> {
        let mut taken = Vec::new();
        for _ in 0..inputs {
            let input = self.next_input();
            self.given += 1;
            self.now += Millis::from(self.given.is_multiple_of(INPUTS_A_MS));
            let start = Instant::now();
            let effects = self.center.handle(self.now, input);
            let took = start.elapsed();
            let before = self.offers;
            for effect in effects {
                self.answer(&effect);
            }
            if self.offers > before {
                taken.push(took);
            }
        }
        taken
    }

    /// Takes that many inputs; returns the time that each batch spent in the
    /// centre.
    fn run(&mut self, inputs: usize) -> Vec<Duration> {
        let mut taken = Vec::with_capacity(inputs / BATCH);
        for _ in 0..inputs / BATCH {
            // A batch is made first and then given, so that the making of
            // inputs is not measured.
            let batch: Vec<Input> = (0..BATCH).map(|_| self.next_input()).collect();
            let mut effects = Vec::with_capacity(batch.len());
            let start = Instant::now();
            for input in batch {
                self.given += 1;
                self.now += Millis::from(self.given.is_multiple_of(INPUTS_A_MS));
                effects.push(self.center.handle(self.now, input));
            }
            taken.push(start.elapsed());
            for effect in effects.into_iter().flatten() {
                self.answer(&effect);
            }
        }
        taken
    }

    fn next_input(&mut self) -> Input {
        self.next.pop_front().unwrap_or(Input::Tick)
    }

    fn give(&mut self, input: Input) {
        for effect in self.center.handle(self.now, input) {
            self.answer(&effect);
        }
    }

    fn arrive(&mut self) {
        let call = self.call();
        self.give(Input::CallArrived { call });
    }

    fn call(&mut self) -> NewCall {
        self.arrived += 1;
        NewCall {
            session_id: format!("session-{:012}", self.arrived),
            caller_number: "+79001234567".to_owned(),
            dialed_number: "100".to_owned(),
            display_name: None,
            queue: Some(format!("queue-{}", self.arrived % QUEUES).as_str().into()),
            language: None,
            priority: i32::from(self.arrived.is_multiple_of(50)),
            skills: Vec::new(),
            custom_data: None,
            wanted: None,
        }
    }

    /// An offer leads to the whole life of its call, and a new caller takes
    /// the place in line.
    fn answer(&mut self, effect: &Effect) {
        let Effect::Connect { call, offer, .. } = effect else {
            return;
        };
        self.offers += 1;
        let reports = life(*offer);
        for (seq, event) in reports.into_iter().enumerate() {
            self.next
                .push_back(report(*call, seq as u64 + 1, self.now, event));
        }
        let call = self.call();
        self.next.push_back(Input::CallArrived { call });
    }
}

fn report(call: CallId, seq: u64, at: Millis, event: SessionEvent) -> Input {
    Input::CallEvent {
        call,
        seq,
        at,
        event,
    }
}

fn life(offer_id: OfferId) -> [SessionEvent; 5] {
    [
        SessionEvent::OfferRinging { offer_id },
        SessionEvent::OfferAnswered { offer_id },
        SessionEvent::TalkStarted { offer_id },
        SessionEvent::TalkEnded {
            offer_id,
            ended_by: EndedBy::Caller,
            talk_ms: 1_000,
        },
        SessionEvent::SessionEnded { why: String::new() },
    ]
}

/// Every agent serves two of the queues, and one queue in ten is everybody's.
fn configuration(agents: usize, waiting: usize) -> Configuration {
    let name = |at: usize| AgentId::from(format!("agent-{at:05}").as_str());
    let queues = (0..QUEUES)
        .map(|queue| QueueConfig {
            agents: (queue % 10 != 0).then(|| {
                (0..agents)
                    .filter(|at| at % QUEUES == queue || at % QUEUES == (queue + 7) % QUEUES)
                    .map(name)
                    .collect()
            }),
            wrap_up_ms: 0,
            waiting_max: waiting * 2,
            announce_every_ms: 30_000,
            ..QueueConfig::named(format!("queue-{queue}").as_str())
        })
        .collect();
    let agents = (0..agents)
        .map(|at| AgentConfig {
            name: name(at),
            display_name: String::new(),
            skills: Skills::new(),
            contact: Contact::User {
                user: name(at).to_string(),
            },
        })
        .collect();
    Configuration {
        queues,
        agents,
        ..Configuration::default()
    }
}
