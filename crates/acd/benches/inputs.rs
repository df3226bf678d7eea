//! Inputs a second of the routing core: `cargo bench -p acd`.
//!
//! A centre in which every agent talks and callers wait: each call's six
//! reports, its arrival and the ticks between are counted, at a size of 100
//! agents and 500 waiting, and of 10,000 and 100,000.
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use acd::{
    Actor, AgentConfig, AgentId, CallId, Center, Configuration, Contact, Effect, EndedBy, Input,
    Intent, Millis, NewCall, OfferId, QueueConfig, SessionEvent, Skills,
};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const QUEUES: usize = 20;
const MORNING: Millis = 20_000 * 86_400_000 + 9 * 3_600_000;
/// How busy the centre is: 50,000 inputs a second of its own time.
const INPUTS_A_MS: usize = 50;
const MEASURED: usize = 2_000_000;
const BATCH: usize = 250;

fn main() {
    for (agents, waiting) in [(100, 500), (10_000, 100_000)] {
        let mut bench = Bench::new(agents, waiting);
        // Once round the line, so that memory and caches are those of a day.
        bench.run(waiting * 2);
        let mut batches = bench.run(MEASURED);
        batches.sort_unstable();
        let taken: Duration = batches.iter().sum();
        let mean_ns = taken.as_nanos() as f64 / MEASURED as f64;
        // Other work on the machine takes whole batches away: the median tells
        // what the core itself costs.
        let median_ns = batches[batches.len() / 2].as_nanos() as f64 / BATCH as f64;
        println!(
            "{agents} agents, {waiting} waiting, {QUEUES} queues: {:.0} inputs/s by the mean ({mean_ns:.0} ns), \
             {:.0} by the median batch ({median_ns:.0} ns), {} offers",
            1e9 / mean_ns,
            1e9 / median_ns,
            bench.offers
        );
    }
}

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
