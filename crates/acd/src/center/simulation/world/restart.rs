//! Restarts at any moment, through the whole journal and through a snapshot.

use super::Happening;
use super::World;
use crate::center::Center;

impl World {
    /// Keeps the state as a start would read it.
    pub(super) fn keep_snapshot(&mut self) {
        let kept = serde_json::to_string(&self.center).unwrap();
        self.snapshot = Some((self.journal.len(), kept));
    }

    /// The state of the journal, from its beginning or after a snapshot.
    fn replayed(&self, snapshot: Option<&(usize, String)>) -> Center {
        let (mut center, from) = match snapshot {
            Some((from, kept)) => (serde_json::from_str(kept).unwrap(), *from),
            None => (Center::new(), 0),
        };
        center.mutation = self.center.mutation;
        for (at, input) in &self.journal[from..] {
            center.handle(*at, input.clone());
        }
        center
    }

    /// The process dies and comes back: commands under way are lost, the
    /// state is that of the last snapshot and the journal after it, which is
    /// that of the whole journal, and all live sessions are asked.
    pub(super) fn restart(&mut self) {
        self.tally.restarts += 1;
        let again = self.replayed(None);
        assert!(
            again == self.center,
            "seed {}: the journal gives another state",
            self.seed
        );
        if let Some(snapshot) = &self.snapshot {
            let again = self.replayed(Some(snapshot));
            assert!(
                again == self.center,
                "seed {}: the snapshot after input {} gives another state",
                self.seed,
                snapshot.0
            );
            self.center = again;
        } else {
            self.center = again;
        }
        self.agenda
            .retain(|_, happening| !matches!(happening, Happening::Command { .. }));
        let down_ms = self.dice.between(0, 20_000);
        self.sleep(down_ms);
        for effect in self.center.reconcile(self.now) {
            self.carry_out(effect);
        }
    }
}
