//! Several INVITEs for one dialled leg: the first to answer wins, the others
//! are cancelled, and the leg fails once, with the response that says most.

use super::input::{BranchId, Parting};
use crate::event::Headers;

/// Told to the phones that rang in vain (RFC 3326).
pub(crate) const COMPLETED_ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// What the leg has to do after a step.
#[derive(Clone, Debug)]
pub(crate) enum ForkStep {
    /// Tell the owner of a provisional response.
    Progress {
        code: u16,
        headers: Headers,
        sdp: Vec<u8>,
    },
    /// CANCEL a branch.
    Cancel { branch: BranchId, parting: Parting },
    /// Wait a little for the cancelled branches.
    StartGrace,
    /// The leg failed; no step follows.
    Failed {
        code: u16,
        reason: String,
        headers: Headers,
    },
}

/// A final response that is not 2xx.
#[derive(Clone, Debug)]
struct Refusal {
    code: u16,
    reason: String,
    headers: Headers,
}

#[derive(Clone, Debug)]
enum Branch {
    Calling,
    Refused(Refusal),
}

/// The branches of a dialled leg, before one of them won.
#[derive(Clone, Debug)]
pub(crate) struct Fork {
    branches: Vec<Branch>,
    /// Set when the leg fails whatever the branches say now.
    ending: Option<Refusal>,
}

impl Fork {
    pub(crate) fn new(branches: usize) -> Self {
        Self {
            branches: vec![Branch::Calling; branches],
            ending: None,
        }
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    pub(crate) fn provisional(
        &mut self,
        branch: BranchId,
        code: u16,
        headers: Headers,
        sdp: Vec<u8>,
    ) -> Vec<ForkStep> {
        let calling = matches!(self.branches.get(branch.0), Some(Branch::Calling));
        if self.is_ending() || !calling || !(101..200).contains(&code) {
            return Vec::new();
        }
        // Two phones' early media cannot be heard at once.
        let sdp = if self.branches.len() == 1 {
            sdp
        } else {
            Vec::new()
        };
        vec![ForkStep::Progress { code, headers, sdp }]
    }

    pub(crate) fn refused(
        &mut self,
        branch: BranchId,
        code: u16,
        reason: String,
        headers: Headers,
    ) -> Vec<ForkStep> {
        let refusal = Refusal {
            code,
            reason,
            headers,
        };
        match self.branches.get_mut(branch.0) {
            Some(state @ Branch::Calling) => *state = Branch::Refused(refusal.clone()),
            Some(Branch::Refused(_)) | None => return Vec::new(),
        }
        // RFC 3261 §16.7 step 5: a 6xx speaks for all.
        if code >= 600 && !self.is_ending() {
            return self.end(refusal, Parting::default());
        }
        self.finished()
    }

    /// A 2xx that came after the leg was ended: the branch is over.
    pub(crate) fn accepted_too_late(&mut self, branch: BranchId) -> Vec<ForkStep> {
        self.refused(branch, 487, "Request Terminated".into(), Vec::new())
    }

    /// This branch won; returns which ones to cancel, and with what words.
    pub(crate) fn won(&mut self, winner: BranchId) -> Vec<(BranchId, Parting)> {
        let parting = Parting {
            headers: Vec::new(),
            reason: Some(COMPLETED_ELSEWHERE.to_string()),
        };
        self.calling()
            .filter(|branch| *branch != winner)
            .map(|branch| (branch, parting.clone()))
            .collect()
    }

    pub(crate) fn hangup(&mut self, parting: Parting) -> Vec<ForkStep> {
        let ending = Refusal {
            code: 487,
            reason: "Request Terminated".into(),
            headers: Vec::new(),
        };
        self.end(ending, parting)
    }

    pub(crate) fn timed_out(&mut self) -> Vec<ForkStep> {
        let ending = Refusal {
            code: 408,
            reason: "Request Timeout".into(),
            headers: Vec::new(),
        };
        self.end(ending, Parting::default())
    }

    /// The cancelled branches had their time.
    pub(crate) fn grace_over(&mut self) -> Vec<ForkStep> {
        match &self.ending {
            Some(ending) => vec![failed(ending.clone())],
            None => Vec::new(),
        }
    }

    fn end(&mut self, ending: Refusal, parting: Parting) -> Vec<ForkStep> {
        if self.is_ending() {
            return Vec::new();
        }
        self.ending = Some(ending);
        let mut steps: Vec<_> = self
            .calling()
            .map(|branch| ForkStep::Cancel {
                branch,
                parting: parting.clone(),
            })
            .collect();
        if steps.is_empty() {
            return self.grace_over();
        }
        steps.push(ForkStep::StartGrace);
        steps
    }

    fn finished(&self) -> Vec<ForkStep> {
        if self.calling().next().is_some() {
            return Vec::new();
        }
        let best = self.ending.clone().or_else(|| self.best());
        best.map(failed).into_iter().collect()
    }

    /// RFC 3261 §16.7 step 6, with what a person would tell the caller first:
    /// declined or busy says more than unreachable, which says more than a
    /// challenge.
    fn best(&self) -> Option<Refusal> {
        let rank = |code: u16| match code {
            600.. => 0,
            486 => 1,
            401 | 407 => 9,
            408 | 480 | 487 => 5,
            300..=399 => 4,
            400..=499 => 3,
            _ => 6,
        };
        self.branches
            .iter()
            .filter_map(|branch| match branch {
                Branch::Refused(refusal) => Some(refusal),
                Branch::Calling => None,
            })
            .min_by_key(|refusal| rank(refusal.code))
            .cloned()
    }

    fn calling(&self) -> impl Iterator<Item = BranchId> + '_ {
        self.branches
            .iter()
            .enumerate()
            .filter(|(_, branch)| matches!(branch, Branch::Calling))
            .map(|(index, _)| BranchId(index))
    }
}

fn failed(refusal: Refusal) -> ForkStep {
    let Refusal {
        code,
        reason,
        headers,
    } = refusal;
    ForkStep::Failed {
        code,
        reason,
        headers,
    }
}
