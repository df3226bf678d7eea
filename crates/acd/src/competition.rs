//! How long a caller waits among callers who need other agents, of whom some
//! are the same.
//!
//! A caller waits for certain agents. Those ahead who wait for others matter as
//! far as they take these: callers for fewer agents take what they can of them,
//! callers for more take them only when the rest does not suffice. A wait is
//! long enough when the agents can have taken, within it, everybody ahead whom
//! they would take first. Callers are counted as a flow, so that a wait is the
//! solution of an equation; it is found by halving.
//!
//! Only the four basic operations are used, as in `wait_estimate.rs`.

/// Callers ahead who wait for other agents.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rival {
    /// How many of them are ahead.
    pub(crate) ahead: f64,
    /// Their agents who can take this caller too.
    pub(crate) inside: f64,
    /// Their agents who cannot.
    pub(crate) outside: f64,
    /// For each rival before this one, the part of its agents who are among the
    /// agents of this one, from 0 to 1.
    pub(crate) shared: Vec<f64>,
}

/// What a caller is up against.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Competition {
    /// Callers whom one agent takes in a millisecond.
    pub(crate) rate: f64,
    /// The agents who can take this caller.
    pub(crate) agents: f64,
    /// The caller's position among those who wait for just these agents, from 1.
    pub(crate) position: f64,
    /// Callers who give up in a millisecond of one caller's waiting.
    pub(crate) giving_up: f64,
    /// Those with the fewest agents first.
    pub(crate) rivals: Vec<Rival>,
}

/// Halvings of the interval in which the wait lies: to a millionth of it, far
/// below what is said.
const HALVINGS: usize = 20;

impl Competition {
    /// How long until the caller's turn, milliseconds; not finite when nobody
    /// takes anybody.
    pub(crate) fn wait_ms(&self) -> f64 {
        let rate = self.agents * self.rate;
        let alone_ms = self.position / (rate + self.giving_up * (self.position - 1.0) / 2.0);
        if self.rivals.is_empty() || self.suffices(alone_ms) {
            return alone_ms;
        }
        let ahead: f64 = self.rivals.iter().map(|rival| rival.ahead).sum();
        let (mut short_ms, mut long_ms) = (alone_ms, (self.position + ahead) / rate);
        for _ in 0..HALVINGS {
            let middle_ms = (short_ms + long_ms) / 2.0;
            if self.suffices(middle_ms) {
                long_ms = middle_ms;
            } else {
                short_ms = middle_ms;
            }
        }
        long_ms
    }

    /// Whether the caller's turn comes within a wait.
    fn suffices(&self, wait_ms: f64) -> bool {
        // Those ahead leave over the whole wait: half of it in the mean.
        let patient = (1.0 - self.giving_up * wait_ms / 2.0).max(0.0);
        let one_takes = self.rate * wait_ms;
        let own = 1.0 + (self.position - 1.0) * patient;
        own + self.taken_by_rivals(one_takes, patient) <= self.agents * one_takes
    }

    /// Callers of rivals whom the caller's agents take when each agent takes so
    /// many. Rivals with few agents cannot go elsewhere: they are counted first.
    fn taken_by_rivals(&self, one_takes: f64, patient: f64) -> f64 {
        let mut taken: Vec<(f64, f64)> = Vec::with_capacity(self.rivals.len());
        for rival in &self.rivals {
            let (mut inside, mut outside) = (rival.inside * one_takes, rival.outside * one_takes);
            for ((of_inside, of_outside), shared) in taken.iter().zip(&rival.shared) {
                inside -= of_inside * shared;
                outside -= of_outside * shared;
            }
            let ahead = rival.ahead * patient;
            let of_outside = ahead.min(outside.max(0.0));
            let of_inside = (ahead - of_outside).min(inside.max(0.0));
            taken.push((of_inside, of_outside));
        }
        taken.iter().map(|(of_inside, _)| of_inside).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each agent takes a caller in 100 s; nobody gives up.
    fn against(agents: f64, position: f64, rivals: Vec<Rival>) -> Competition {
        Competition {
            rate: 1.0 / 100_000.0,
            agents,
            position,
            giving_up: 0.0,
            rivals,
        }
    }

    fn rival(ahead: f64, inside: f64, outside: f64, shared: &[f64]) -> Rival {
        Rival {
            ahead,
            inside,
            outside,
            shared: shared.to_vec(),
        }
    }

    /// In whole seconds.
    fn wait_s(competition: &Competition) -> f64 {
        (competition.wait_ms() / 1_000.0).round()
    }

    #[test]
    fn without_rivals_it_is_position_over_rate() {
        assert_eq!(wait_s(&against(4.0, 8.0, vec![])), 200.0);
    }

    #[test]
    fn one_of_ten_agents_speaks_german_and_many_wait_for_it() {
        // Thirty for anybody are ahead; the nine others have taken them by then.
        let anybody = rival(30.0, 1.0, 9.0, &[]);
        assert_eq!(wait_s(&against(1.0, 4.0, vec![anybody])), 400.0);
    }

    #[test]
    fn the_only_german_of_the_line_moves_at_the_pace_of_all() {
        // The agent takes others who came before as well.
        let anybody = rival(29.0, 1.0, 9.0, &[]);
        assert_eq!(wait_s(&against(1.0, 1.0, vec![anybody])), 300.0);
    }

    #[test]
    fn those_who_wait_for_one_agent_alone_hold_up_one_agent_of_all() {
        // Twenty for the one; nine for anybody ahead, of nine agents.
        let german = rival(20.0, 1.0, 0.0, &[]);
        assert_eq!(wait_s(&against(10.0, 9.0, vec![german.clone()])), 100.0);
        // If there are few of them, they are served within the wait.
        let few = Rival {
            ahead: 1.0,
            ..german
        };
        assert_eq!(wait_s(&against(10.0, 19.0, vec![few])), 200.0);
    }

    #[test]
    fn rivals_within_rivals_do_not_take_the_same_agent_twice() {
        // Five speak German, two of them well; ten agents in all.
        let well = rival(50.0, 2.0, 0.0, &[]);
        let german = rival(50.0, 5.0, 0.0, &[1.0]);
        let all = against(10.0, 10.0, vec![well, german]);
        assert_eq!(wait_s(&all), 200.0, "five are left for anybody");
    }

    #[test]
    fn agents_outside_are_no_help_when_others_keep_them_busy() {
        // Five speak German, five English: fifty wait for English.
        let english = rival(50.0, 0.0, 5.0, &[]);
        let anybody = rival(20.0, 5.0, 5.0, &[1.0]);
        let german = against(5.0, 11.0, vec![english, anybody]);
        assert_eq!(wait_s(&german), 620.0);
    }

    #[test]
    fn callers_ahead_who_give_up_make_room_among_rivals_too() {
        let with = |giving_up| Competition {
            giving_up,
            ..against(1.0, 1.0, vec![rival(29.0, 1.0, 9.0, &[])])
        };
        let patient = with(0.0).wait_ms();
        let impatient = with(1.0 / 1_000_000.0).wait_ms();
        assert!(impatient < patient * 0.9, "{impatient} {patient}");
        assert!(impatient > patient * 0.8, "{impatient} {patient}");
    }

    #[test]
    fn nobody_who_takes_anybody_is_no_number() {
        let mut dead = against(1.0, 1.0, vec![rival(1.0, 1.0, 0.0, &[])]);
        dead.rate = 0.0;
        assert!(!dead.wait_ms().is_finite());
    }
}
