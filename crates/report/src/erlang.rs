//! Erlang B, C and A: what theory expects of a queue (metrics.md §3.6).
//! Times in seconds, load in erlang. Each answers `None` where the model has
//! no answer, never a clamped number.

use serde::Serialize;

/// The most agents a model is computed for: beyond this the recursion says
/// nothing that a telephone centre needs.
pub const AGENTS_MAX: u32 = 100_000;

/// Blocking probability of `agents` trunks offered `load` erlang (Erlang B):
/// `B(0) = 1; B(n) = A·B(n−1) / (n + A·B(n−1))`. `None` for a load that is
/// negative or no number, or more than [`AGENTS_MAX`].
pub fn blocking(load: f64, agents: u32) -> Option<f64> {
    if !load.is_finite() || load < 0.0 || agents > AGENTS_MAX {
        return None;
    }
    let step = |blocking: f64, n: u32| load * blocking / (f64::from(n) + load * blocking);
    Some((1..=agents).fold(1.0, step))
}

/// What Erlang C says of a queue whose callers never hang up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Waiting {
    /// The part of callers who wait at all.
    pub wait_probability: f64,
    /// Mean wait over all callers, seconds.
    pub mean_wait_s: f64,
    /// The part of their time that agents talk.
    pub occupancy: f64,
    /// `N − A` over the handling time: how fast the queue drains, per second.
    drain_per_s: f64,
}

impl Waiting {
    /// The part of callers answered within `threshold_s`:
    /// `1 − C·e^(−(N−A)·T/AHT)`.
    pub fn service_level(&self, threshold_s: f64) -> f64 {
        1.0 - self.wait_probability * (-self.drain_per_s * threshold_s).exp()
    }
}

/// Erlang C for `load` erlang of `handling_s` long calls and `agents` agents:
/// `C = B / (1 − ρ(1 − B))`. `None` when the load is as large as the staff
/// (the wait is infinite) or an argument is no sensible number.
pub fn waiting(load: f64, handling_s: f64, agents: u32) -> Option<Waiting> {
    let staff = f64::from(agents);
    if !is_positive(handling_s) || load >= staff {
        return None;
    }
    let blocking = blocking(load, agents)?;
    let occupancy = load / staff;
    let wait_probability = blocking / (1.0 - occupancy * (1.0 - blocking));
    let drain_per_s = (staff - load) / handling_s;
    Some(Waiting {
        wait_probability,
        mean_wait_s: wait_probability / drain_per_s,
        occupancy,
        drain_per_s,
    })
}

/// What Erlang A says of a queue whose callers hang up after an exponential
/// patience.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Abandoning {
    /// The part of callers who wait at all.
    pub wait_probability: f64,
    /// The part of callers who hang up before an answer.
    pub abandon_probability: f64,
    /// Mean wait over all callers, those who hung up included, seconds.
    pub mean_wait_s: f64,
    /// Mean number of callers who wait.
    pub mean_waiting: f64,
    /// The part of their time that agents talk.
    pub occupancy: f64,
}

/// Erlang A (M/M/N+M) for calls coming at `arrivals_per_s`, handled in
/// `handling_s`, hanging up after `patience_s` in the mean: the birth and death
/// chain with death rate `min(k,N)·μ + max(0,k−N)·θ`. `None` when an argument
/// is no sensible number.
pub fn abandoning(
    arrivals_per_s: f64,
    handling_s: f64,
    patience_s: f64,
    agents: u32,
) -> Option<Abandoning> {
    let sensible = [arrivals_per_s, handling_s, patience_s]
        .into_iter()
        .all(is_positive);
    if !sensible || agents == 0 || agents > AGENTS_MAX {
        return None;
    }
    let (served, impatient) = (1.0 / handling_s, 1.0 / patience_s);
    let chain = Chain::settle(arrivals_per_s, served, impatient, agents);
    let abandon_probability = impatient * chain.waiting / arrivals_per_s;
    Some(Abandoning {
        wait_probability: chain.all_busy,
        abandon_probability,
        mean_wait_s: chain.waiting / arrivals_per_s,
        mean_waiting: chain.waiting,
        occupancy: arrivals_per_s * (1.0 - abandon_probability) / (served * f64::from(agents)),
    })
}

fn is_positive(number: f64) -> bool {
    number.is_finite() && number > 0.0
}

/// The settled chain, summed up.
struct Chain {
    /// Probability that a caller finds every agent busy.
    all_busy: f64,
    /// Mean number waiting.
    waiting: f64,
}

impl Chain {
    /// Sums the weights of all states relative to the first, rescaled before
    /// they overflow. Ends where what is left cannot be seen in the sum.
    fn settle(arrivals: f64, served: f64, impatient: f64, agents: u32) -> Self {
        const RESCALE_ABOVE: f64 = 1e200;
        const INVISIBLE: f64 = 1e-18;
        let staff = f64::from(agents);
        let (mut weight, mut total, mut busy, mut queue) = (1.0_f64, 1.0_f64, 0.0_f64, 0.0_f64);
        let mut inside = 0.0_f64;
        loop {
            inside += 1.0;
            let waiting = (inside - staff).max(0.0);
            let deaths = inside.min(staff) * served + waiting * impatient;
            weight *= arrivals / deaths;
            total += weight;
            if inside >= staff {
                busy += weight;
                queue += waiting * weight;
            }
            if total > RESCALE_ABOVE {
                weight /= RESCALE_ABOVE;
                total /= RESCALE_ABOVE;
                busy /= RESCALE_ABOVE;
                queue /= RESCALE_ABOVE;
            }
            // Past the peak each weight is less than the one before it.
            let falls = arrivals < deaths;
            if falls && inside > staff && weight * (waiting + 1.0) < total * INVISIBLE {
                break;
            }
        }
        Self {
            all_busy: busy / total,
            waiting: queue / total,
        }
    }
}
