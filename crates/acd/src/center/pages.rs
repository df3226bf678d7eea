//! Pages come and go: an agent whose page is lost cannot be reached.

use super::Center;
use super::mutation::Mutation;
use crate::activity::Activity;
use crate::agent::AgentIx;
use crate::id::AgentId;
use crate::input::Intent;
use crate::page::{Missed, PagePresence};

impl Center {
    /// The first page of an agent came, or the last one went.
    pub(super) fn page_presence(&mut self, name: &AgentId, is_present: bool) {
        let Some(ix) = self.find_agent(name) else {
            return;
        };
        let page = &mut self.agents[ix.at()].page;
        let next = match (is_present, page.presence) {
            (true, _) => PagePresence::Here,
            (false, PagePresence::NotSeen) => PagePresence::NotSeen,
            (false, PagePresence::Here | PagePresence::Gone) => PagePresence::Gone,
        };
        if next == page.presence {
            return;
        }
        page.presence = next;
        self.follow_page(ix, "page is back");
    }

    /// The time of grace of a page that is missed may be over.
    pub(super) fn page_due(&mut self, ix: AgentIx) {
        let before = self.agents[ix.at()].shown();
        if self.broken(Mutation::IgnorePage) {
            self.agents[ix.at()].page.missed = Missed::No;
        }
        if self.agents[ix.at()].page.look_at_the_clock(self.now) {
            self.settle_agent(ix);
            self.record_if_shown_anew(ix, before, "page is gone");
        }
    }

    /// Looks anew at whether a page is needed, tells and records it.
    pub(super) fn follow_page(&mut self, ix: AgentIx, why: &'static str) {
        let before = self.agents[ix.at()].shown();
        self.review_page(ix);
        self.settle_agent(ix);
        self.record_if_shown_anew(ix, before, why);
    }

    /// Looks anew at whether a page is needed. Who can be reached again begins
    /// a new idle time; whoever calls this settles and records the agent.
    pub(super) fn review_page(&mut self, ix: AgentIx) {
        let now = self.now;
        let is_forgetful = self.broken(Mutation::KeepPageLost);
        let (need, grace_ms) = match &self.configuration {
            Some(all) => {
                let name = &self.agents[ix.at()].config.name;
                (all.pages.need_of(name), all.pages.grace_ms)
            }
            None => return,
        };
        let agent = &mut self.agents[ix.at()];
        let is_at_work = !agent.removed && agent.intent != Intent::Offline;
        if is_forgetful && agent.page.lost_since().is_some() {
            return;
        }
        let is_back = agent.page.review(is_at_work, need, grace_ms, now);
        if is_back && agent.activity == Activity::Idle {
            agent.idle_since = now;
        }
    }

    fn record_if_shown_anew(
        &mut self,
        ix: AgentIx,
        before: crate::activity::Shown,
        why: &'static str,
    ) {
        let agent = &self.agents[ix.at()];
        if agent.shown() != before && !agent.removed {
            self.record_agent(ix, why);
        }
    }
}
