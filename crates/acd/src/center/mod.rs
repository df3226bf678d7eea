//! The centre itself: takes an input, lets time pass, decides, tells.

mod agents;
mod arrival;
mod bans;
mod bindings;
mod callbacks;
mod calling_back;
mod configure;
mod consults;
mod decision;
mod ending;
mod events;
mod expected_wait;
mod leaving;
mod mutation;
mod offers;
mod own_manager;
mod pages;
mod ranks;
mod reserves;
#[cfg(test)]
mod simulation;
mod skills;
mod status;
mod targets;
mod time;
mod transfers;
mod views;

use crate::agent::Agent;
use crate::agent::AgentIx;
use crate::binding::Bindings;
use crate::call::{Call, Ranks, Stage};
use crate::callback::Callbacks;
use crate::config::Configuration;
use crate::dealt::DealtTable;
use crate::effect::{Effect, Fact};
use crate::id::{AgentId, CallId, Millis, OfferId, QueueId};
use crate::input::Input;
use crate::name_map::NameMap;
use crate::need::Need;
use crate::own_manager::Absence;
use crate::pool::{Pool, PoolIx};
use crate::queue::{Queue, QueueIx};
use crate::session_name::SessionName;
use crate::timers::Timers;
use reserves::Reserves;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// The single owner of a centre's routing state: a deterministic state
/// machine. The same inputs at the same times give the same effects and the
/// same state.
///
/// One turn of [`Center::handle`]:
/// 1. the input is taken by its meaning;
/// 2. deadlines that are due are acted on;
/// 3. every caller who may be offered and every agent who is free are brought
///    together, so that no such pair is left when the turn ends (promise P2);
///    then every caller who may be given to a reserve number and every number
///    that is free;
/// 4. what changed is told once.
///
/// Serialised between two turns it can be kept and restored
/// ([`crate::STATE_VERSION`]); the restored one goes on as this one would.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Center {
    now: Millis,
    /// Days since the epoch, of `now`.
    day: u64,
    /// Something is counted for the day, so midnight matters.
    day_counts: bool,
    configuration: Option<Configuration>,
    agents: Vec<Agent>,
    agent_names: BTreeMap<AgentId, AgentIx>,
    queues: Vec<Queue>,
    queue_names: NameMap<QueueId, QueueIx>,
    numbers: NameMap<String, QueueIx>,
    pools: Vec<Pool>,
    /// Pools of those with certain skills, made when first needed.
    #[serde(with = "crate::snapshot::pairs")]
    need_pools: HashMap<(QueueIx, Need), PoolIx>,
    /// Pools of one agent, made when a caller first waits for just that agent.
    #[serde(with = "crate::snapshot::pairs")]
    manager_pools: HashMap<AgentIx, PoolIx>,
    bindings: Bindings,
    absences: BTreeMap<AgentId, Vec<Absence>>,
    reserves: Reserves,
    callbacks: Callbacks,
    calls: DealtTable<CallId, Box<Call>>,
    sessions: NameMap<SessionName, CallId>,
    /// Offers that are live, to find their call by.
    offers: DealtTable<OfferId, CallId>,
    /// Ended calls and when they are forgotten, in that order.
    ended: VecDeque<(Millis, CallId)>,
    timers: Timers,
    /// Ranks of agents for calls that have not arrived yet.
    #[serde(default)]
    announced_ranks: VecDeque<(String, Ranks)>,
    last_call: u64,
    last_offer: u64,
    refused_transitions: u64,
    // Below: empty between two turns.
    outbox: Vec<Effect>,
    dirty_pools: Vec<PoolIx>,
    touched_agents: Vec<AgentIx>,
    touched_queues: Vec<QueueIx>,
    managers_gone: Vec<AgentIx>,
    #[cfg(test)]
    #[serde(skip)]
    mutation: Option<mutation::Mutation>,
}

/// Most inputs have no more effects.
const EFFECTS_USUAL: usize = 8;
// Allocators are quick up to a kibibyte: effects are kept small.
const _: () = assert!(EFFECTS_USUAL * size_of::<Effect>() <= 1_024);

impl Center {
    /// An empty centre; give it [`Input::Configure`] first.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one input at `now` and returns what must be done, in order.
    /// `now` never goes back: an earlier time than the last is read as the last.
    pub fn handle(&mut self, now: Millis, input: Input) -> Vec<Effect> {
        self.now = self.now.max(now);
        self.turn_day();
        self.take(input);
        self.act_on_deadlines();
        self.leave_the_deserted();
        self.forget_ended();
        self.review_managers();
        while {
            self.refuse_for_full_reserves();
            self.decide();
            self.decide_reserves()
        } {}
        self.tell_changes();
        std::mem::take(&mut self.outbox)
    }

    /// What to send after a restart, when the journal has been replayed: the
    /// status of every call that has not ended is asked, oldest first; and a
    /// session whose call ended or is talked is told once more to cancel the
    /// other offers, since that command may have died with the process. Changes nothing;
    /// the answers come back as [`Input::SessionStatus`] or
    /// [`Input::SessionLost`]. An answer that contradicts the centre may have
    /// been overtaken by a newer command, so the centre then asks once more
    /// before it believes it.
    pub fn reconcile(&self, _now: Millis) -> Vec<Effect> {
        let mut open: Vec<&Call> = self
            .calls
            .values()
            .map(Box::as_ref)
            .filter(|call| !call.closed || self.start_of(call.id()).is_some())
            .collect();
        open.sort_unstable_by_key(|call| call.id());
        let effects = |call: &Call| {
            let call_id = call.id();
            // The one that was asked for may never have been started; of two
            // the second is sent away.
            let start = self.start_of(call_id);
            let cancel = move |offer| Effect::CancelOffer {
                call: call_id,
                offer,
            };
            let cancels = match call.stage {
                // Sessions that wait tell by their status which phones ring.
                Stage::Waiting | Stage::Offering(_) => Vec::new(),
                Stage::Talking(_) | Stage::Ended => call.past_offers(),
            };
            let hang_up = self.hang_up_of(call_id);
            let asks = !call.has_ended() && !call.closed;
            cancels
                .into_iter()
                .map(cancel)
                .chain(hang_up)
                .chain(start)
                .chain(asks.then_some(Effect::AskStatus { call: call_id }))
        };
        open.into_iter().flat_map(effects).collect()
    }

    /// How many changes of an agent's activity were refused because the table
    /// of docs/agent-states.md has no such pair. Anything but 0 is a defect of
    /// this crate.
    pub fn refused_transitions(&self) -> u64 {
        self.refused_transitions
    }

    #[allow(clippy::too_many_lines, reason = "a table of inputs")]
    fn take(&mut self, input: Input) {
        match input {
            Input::Configure { configuration } => self.configure(configuration),
            Input::CallArrived { call } => self.call_arrived(call),
            Input::CallEvent {
                call,
                seq,
                at,
                event,
            } => self.call_event(call, seq, (at, event)),
            Input::SessionLost { call, why: _ } => self.session_lost(call),
            Input::ConnectNotDelivered { offer, why: _ } => self.connect_not_delivered(offer),
            Input::SessionStatus { call, doing } => self.session_status(call, doing),
            Input::SetIntent {
                agent,
                intent,
                by,
                why,
            } => self.set_intent(&agent, intent, by, why),
            Input::EndWrapUp { agent, by } => self.end_wrap_up(&agent, &by),
            Input::ExtendWrapUp { agent, by } => self.extend_wrap_up(&agent, &by),
            Input::SetAfterCall {
                agent,
                intent,
                by: _,
            } => self.set_after_call(&agent, intent),
            Input::LiftBan { agent, by } => self.lift_ban(&agent, &by),
            Input::ChangeWaiting {
                call,
                priority,
                leave,
            } => self.change_waiting(call, priority, &leave),
            Input::AgentsRanked { session_id, ranks } => self.rank_agents(session_id, ranks),
            Input::BanAgent {
                agent,
                ban_ms,
                by,
                reason,
            } => self.ban_agent(&agent, ban_ms, &by, reason),
            Input::PagePresence { agent, present } => self.page_presence(&agent, present),
            Input::DevicePresence { agent, presence } => self.device_presence(&agent, presence),
            Input::Bind { bindings, by } => self.bind(bindings, &by),
            Input::Unbind { number, by } => self.unbind(&number, &by),
            Input::ErasePerson { number, by } => self.erase_person(&number, &by),
            Input::SetAbsences {
                agent,
                absences,
                by: _,
            } => self.set_absences(agent, absences),
            Input::LiftReserveBan { reserve, by } => self.lift_reserve_ban(&reserve, &by),
            Input::Transfer { agent, request } => self.transfer(agent, &request),
            Input::CallbackJoined {
                callback,
                start,
                session_id,
            } => self.callback_joined(callback, start, session_id),
            Input::CallbackNotStarted {
                callback,
                start,
                why,
            } => self.callback_not_started(callback, start, &why),
            Input::RequestCallback {
                number,
                queue,
                language,
                custom_data,
                by,
            } => {
                let details = callbacks::requested(number, language, custom_data);
                self.request_callback(queue.as_ref(), details, &by);
            }
            Input::CancelCallback { callback, by } => self.cancel_callback(callback, &by),
            Input::Tick => {}
        }
    }

    #[inline]
    fn put(&mut self, effect: Effect) {
        if self.outbox.capacity() == 0 {
            // Growing means copying.
            self.outbox = Vec::with_capacity(EFFECTS_USUAL);
        }
        self.outbox.push(effect);
    }

    #[inline]
    fn record(&mut self, fact: Fact) {
        self.put(Effect::Record { fact });
    }

    fn touch_queue(&mut self, queue: QueueIx) {
        let state = &mut self.queues[queue.at()];
        if !state.touched {
            state.touched = true;
            self.touched_queues.push(queue);
        }
    }

    fn touch_pool(&mut self, pool: PoolIx) {
        let state = &mut self.pools[pool.at()];
        if !state.dirty {
            state.dirty = true;
            self.dirty_pools.push(pool);
        }
    }

    fn tell_changes(&mut self) {
        // The lists keep their memory for the next turn.
        let changed_agents = self.touched_agents.drain(..).map(|ix| {
            let agent = &mut self.agents[ix.at()];
            agent.touched = false;
            let agent = agent.config.name.clone();
            Effect::AgentChanged { agent }
        });
        self.outbox.extend(changed_agents);
        let changed_queues = self.touched_queues.drain(..).map(|ix| {
            let queue = &mut self.queues[ix.at()];
            queue.touched = false;
            let queue = queue.config.name.clone();
            Effect::QueueChanged { queue }
        });
        self.outbox.extend(changed_queues);
    }
}
