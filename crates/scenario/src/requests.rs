//! What one session has under way outside: a few HTTP requests or mails run,
//! others wait, the rest are refused.

use crate::host::{HttpSpec, MailSpec, RequestId};
use crate::limits::count;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Requests of the API itself under way at once: two for each place in a queue,
/// and all that is unsent when the session ends.
const OWN_MAX: usize = 100;
/// Bytes of all waiting bodies together: 35 bodies of the size of a whole JS
/// heap must not fill the engine.
const WAITING_BYTES_MAX: usize = 16 << 20;

/// What is asked for.
pub(crate) trait Wish {
    /// Size while it waits.
    fn bytes(&self) -> usize;
}

impl Wish for HttpSpec {
    fn bytes(&self) -> usize {
        self.body.len()
    }
}

impl Wish for MailSpec {
    fn bytes(&self) -> usize {
        self.body.len() + self.html.as_ref().map_or(0, String::len)
    }
}

pub(crate) struct Requests<W> {
    running_max: usize,
    /// Running and waiting together.
    total_max: usize,
    last_id: RequestId,
    /// Value: whether the scenario wants bytes (`rawOutput`).
    raw: BTreeMap<RequestId, bool>,
    running: Vec<RequestId>,
    /// Requests of the API itself, which count to no limit of the scenario.
    own: BTreeSet<RequestId>,
    waiting: VecDeque<(RequestId, W)>,
    waiting_bytes: usize,
}

impl<W> Requests<W> {
    /// So many run at once, and so many run or wait.
    pub(crate) fn new(running_max: u64, total_max: u64) -> Self {
        Self {
            running_max: count(running_max),
            total_max: count(total_max),
            last_id: 0,
            raw: BTreeMap::new(),
            running: Vec::new(),
            own: BTreeSet::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
        }
    }
}

pub(crate) enum Submitted<W> {
    /// Send it now.
    Start(W),
    /// It waits for a running one to end.
    Queued,
    /// Over the limit: answer with code 0.
    Refused,
}

impl<W: Wish> Requests<W> {
    pub(crate) fn next_id(&mut self, raw: bool) -> RequestId {
        self.last_id = self.last_id.wrapping_add(1);
        self.raw.insert(self.last_id, raw);
        self.last_id
    }

    pub(crate) fn submit(&mut self, id: RequestId, spec: W) -> Submitted<W> {
        if self.running.len() < self.running_max {
            return self.start(id, spec);
        }
        let bytes = self.waiting_bytes.saturating_add(spec.bytes());
        if self.running.len() + self.waiting.len() >= self.total_max || bytes > WAITING_BYTES_MAX {
            return Submitted::Refused;
        }
        self.waiting_bytes = bytes;
        self.waiting.push_back((id, spec));
        Submitted::Queued
    }

    /// Runs a request whatever is running: the one of the Terminating handler.
    pub(crate) fn start(&mut self, id: RequestId, spec: W) -> Submitted<W> {
        self.running.push(id);
        Submitted::Start(spec)
    }

    /// Starts a request of the API itself; `None` when too many are under way.
    pub(crate) fn start_own(&mut self) -> Option<RequestId> {
        if self.own.len() >= OWN_MAX {
            return None;
        }
        let id = self.next_id(false);
        self.own.insert(id);
        Some(id)
    }

    /// A request ended. Returns whether its result is wanted as bytes, or `None`
    /// for a request that nobody waits for.
    pub(crate) fn finish(&mut self, id: RequestId) -> Option<bool> {
        self.running.retain(|running| *running != id);
        self.own.remove(&id);
        self.raw.remove(&id)
    }

    /// The next waiting request that may run now.
    pub(crate) fn take_startable(&mut self) -> Option<(RequestId, W)> {
        if self.running.len() >= self.running_max {
            return None;
        }
        let (id, spec) = self.waiting.pop_front()?;
        self.waiting_bytes = self.waiting_bytes.saturating_sub(spec.bytes());
        self.running.push(id);
        Some((id, spec))
    }

    pub(crate) fn drop_waiting(&mut self) {
        self.waiting.clear();
        self.waiting_bytes = 0;
    }

    pub(crate) fn any_running(&self) -> bool {
        !self.running.is_empty() || !self.own.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_bodies_are_limited_by_bytes_too() {
        let mut requests = Requests::<HttpSpec>::new(3, 35);
        let mut submit = |bytes: usize| {
            let id = requests.next_id(false);
            let body = vec![0; bytes];
            let spec = HttpSpec {
                body,
                ..HttpSpec::default()
            };
            requests.submit(id, spec)
        };
        for _ in 0..3 {
            assert!(matches!(submit(0), Submitted::Start(_)));
        }
        assert!(matches!(submit(WAITING_BYTES_MAX), Submitted::Queued));
        assert!(matches!(submit(1), Submitted::Refused));
        requests.finish(1);
        assert!(requests.take_startable().is_some());
        let id = requests.next_id(false);
        let queued = requests.submit(id, HttpSpec::default());
        assert!(matches!(queued, Submitted::Queued));
    }
}
