//! Restarts at any moment, through the whole journal and through a snapshot.

use super::Happening;
use super::World;
use crate::center::Center;
use crate::effect::Effect;

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

    /// The day's first inputs and the facts of them, a JSON line each.
    pub(in crate::center::simulation) fn written_down(&self, inputs: usize) -> [String; 2] {
        let mut center = Center::new();
        let [mut journal, mut facts] = [String::new(), String::new()];
        for (at_ms, input) in self.journal.iter().take(inputs) {
            let line = serde_json::json!({"at_ms": at_ms, "input": input});
            journal.push_str(&format!("{line}\n"));
            for effect in center.handle(*at_ms, input.clone()) {
                if let Effect::Record { fact } = effect {
                    facts.push_str(&serde_json::to_string(&fact).unwrap());
                    facts.push('\n');
                }
            }
        }
        [journal, facts]
    }
}
