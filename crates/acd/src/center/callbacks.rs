//! Call-backs are taken, kept in line, and ended without being called.

use super::Center;
use super::calling_back::Miss;
use super::mutation::Mutation;
use super::skills::place;
use crate::call::{Call, Stage};
use crate::callback::{
    CallFirst, Callback, CallbackOutcome, CallbackRefusal, CallbackView, NamedBy, StandIn, Step,
};
use crate::deadline::Deadline;
use crate::effect::{Effect, Fact};
use crate::id::{CallId, CallbackId, QueueId};
use crate::input::{Actor, NewCall};
use crate::leave::LeaveReason;
use crate::limits::{CALLBACK_ANSWER_MS, CALLBACK_IDLE_MS, CALLBACK_LOOK_MS};
use crate::queue::QueueIx;
use crate::target::Target;
use std::sync::Arc;

/// How a call-back ended, for the record.
pub(super) struct End {
    pub(super) outcome: CallbackOutcome,
    pub(super) why: String,
}

impl Center {
    /// A caller who waits takes a call-back: by a key, or after having been
    /// asked. Without a number that can be dialled the caller is asked for one.
    pub(super) fn take_callback(&mut self, id: CallId, number: Option<&str>) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        if !call.is_in_line() || call.stand_in.is_some() {
            return;
        }
        let named_by = match number {
            None => NamedBy::Network,
            Some(_) => NamedBy::Caller,
        };
        let number = number.unwrap_or(&call.details.caller_number).to_owned();
        let other_numbers = self.queues[call.queue_ix.at()]
            .config
            .callback
            .takes_others();
        match self.may_keep(call.queue_ix, &number, named_by) {
            Ok(key) => self.keep_place(id, number, key),
            Err(CallbackRefusal::BadNumber) if named_by == NamedBy::Network && other_numbers => {
                self.put(Effect::OfferCallback {
                    call: id,
                    number: None,
                    other_numbers,
                });
            }
            Err(refusal) => {
                let (text, language) = refusal.said(call.details.language.as_deref());
                self.put(Effect::Say {
                    call: id,
                    text: text.to_owned(),
                    language: language.to_owned(),
                });
            }
        }
    }

    /// Whether a caller of this number could take a call-back.
    pub(super) fn may_ask(&self, ix: QueueIx, caller_number: &str) -> bool {
        let queue = &self.queues[ix.at()];
        let rule = &queue.config.callback;
        // Who is asked stands in the line until there is an answer.
        let has_room = queue.line.len() < queue.config.waiting_max + rule.placeholders_max();
        has_room && self.question(ix, caller_number).is_some()
    }

    /// What a caller of this number would be asked: whether to be called there,
    /// or for a number; `None` where there is nothing to ask.
    fn question(&self, ix: QueueIx, caller_number: &str) -> Option<Option<String>> {
        match self.may_keep(ix, caller_number, NamedBy::Network) {
            Ok(_) => Some(Some(caller_number.to_owned())),
            Err(CallbackRefusal::BadNumber) => {
                let rule = &self.queues[ix.at()].config.callback;
                rule.takes_others().then_some(None)
            }
            Err(
                CallbackRefusal::NotOffered
                | CallbackRefusal::Duplicate
                | CallbackRefusal::TooMany
                | CallbackRefusal::UnknownQueue,
            ) => None,
        }
    }

    /// The queue does not keep a caller: he is asked once whether to be called
    /// back, and let go if he does not answer. Whoever becomes free meanwhile
    /// takes the call.
    pub(super) fn ask_before_leaving(&mut self, id: CallId, reason: LeaveReason) {
        let was_asked = match self.calls.get(&id) {
            Some(call) if call.is_in_line() => call.last_word.is_some(),
            Some(_) | None => return,
        };
        let asks = !was_asked && self.ask_for_callback(id);
        if reason == LeaveReason::Policy {
            // That was an offer, and no dismissal.
            return;
        }
        if !asks {
            return self.hang_up(id, reason);
        }
        let until = self.now + CALLBACK_ANSWER_MS;
        let until = (!self.broken(Mutation::AskForEver)).then_some(until);
        if let Some(call) = self.calls.get_mut(&id) {
            call.last_word = Some(reason);
            call.offer_callback_at = Deadline::NEVER;
            call.overdue = false;
            call.leave_at = until.into();
        }
        self.settle_turn(id);
        self.arm_call(id);
    }

    /// Asks a caller who waits whether to be called back. Says whether that can be.
    pub(super) fn ask_for_callback(&mut self, id: CallId) -> bool {
        let Some(call) = self.calls.get(&id) else {
            return false;
        };
        if !call.is_in_line() || call.stand_in.is_some() {
            return false;
        }
        let ix = call.queue_ix;
        let Some(number) = self.question(ix, &call.details.caller_number) else {
            return false;
        };
        let other_numbers = self.queues[ix.at()].config.callback.takes_others();
        self.put(Effect::OfferCallback {
            call: id,
            number,
            other_numbers,
        });
        true
    }

    /// Whether a queue keeps one more for this number; its one form.
    fn may_keep(
        &self,
        ix: QueueIx,
        number: &str,
        named_by: NamedBy,
    ) -> Result<String, CallbackRefusal> {
        let queue = &self.queues[ix.at()];
        let (rule, name) = (&queue.config.callback, &queue.config.name);
        if !rule.enabled {
            return Err(CallbackRefusal::NotOffered);
        }
        let named_by = match self.broken(Mutation::CallAnything) {
            true => NamedBy::Person,
            false => named_by,
        };
        let key = rule
            .key(&self.own_rule().numbers, number, named_by)
            .ok_or(CallbackRefusal::BadNumber)?;
        if self.callbacks.of_number(name, &key).is_some() && !self.broken(Mutation::KeepTwoPlaces) {
            return Err(CallbackRefusal::Duplicate);
        }
        if self.callbacks.of_queue(name).count() >= rule.placeholders_max() {
            return Err(CallbackRefusal::TooMany);
        }
        Ok(key)
    }

    /// The caller's segment of waiting ends, the place goes to a placeholder.
    fn keep_place(&mut self, id: CallId, number: String, key: String) {
        let Some(call) = self.calls.get(&id).cloned() else {
            return;
        };
        let mut next = self.next_stand_in(&call);
        Arc::make_mut(&mut next.details).caller_number = number;
        self.hang_up(id, LeaveReason::Callback);
        self.keep(next, key, Some(id), "caller".to_owned());
    }

    /// Somebody asks to be called, without a call.
    pub(super) fn request_callback(
        &mut self,
        queue: Option<&QueueId>,
        details: NewCall,
        by: &Actor,
    ) {
        let ix = match queue {
            Some(name) => self.find_queue(name),
            None => self
                .queues
                .first()
                .filter(|queue| !queue.removed)
                .map(|_| QueueIx(0)),
        };
        let kept = ix.ok_or(CallbackRefusal::UnknownQueue).and_then(|ix| {
            Ok((
                ix,
                self.may_keep(ix, &details.caller_number, NamedBy::Person)?,
            ))
        });
        let (ix, key) = match kept {
            Ok(kept) => kept,
            Err(refusal) => return self.put(Effect::CallbackRefused { refusal }),
        };
        self.last_call += 1;
        let config = &self.queues[ix.at()].config;
        let place = place(
            config,
            details.priority,
            self.now,
            self.now,
            CallId(self.last_call),
        );
        let call = Call::new(Arc::new(details), config.name.clone(), ix, place);
        let callback = self.keep(call, key, None, super::agents::person(by));
        self.put(Effect::CallbackAccepted { callback });
    }

    /// A new call at the place of another one, without what is under way.
    pub(super) fn next_stand_in(&mut self, old: &Call) -> Call {
        self.last_call += 1;
        let mut place = old.place;
        place.call = CallId(self.last_call);
        if self.broken(Mutation::LosePlace) {
            place.turn = i64::try_from(self.now).unwrap_or(i64::MAX);
        }
        let mut details = Arc::clone(&old.details);
        Arc::make_mut(&mut details).session_id = String::new();
        let mut next = Call::new(details, old.queue.clone(), old.queue_ix, place);
        next.came = old.came;
        next.moves = old.moves;
        next.eased = old.eased;
        next.eased_at = old.eased_at;
        next.manager = old.manager.clone();
        next.ranks = old.ranks.clone();
        next.stand_in = old.stand_in.clone();
        next.recounted = old.recounted;
        next
    }

    /// Puts a placeholder into the line.
    fn keep(
        &mut self,
        mut call: Call,
        key: String,
        from: Option<CallId>,
        by: String,
    ) -> CallbackId {
        let id = call.id();
        let rule = &self.queues[call.queue_ix.at()].config.callback;
        let expires_at = self.now.saturating_add(rule.age_max_ms);
        let callback = self.callbacks.add(Callback {
            queue: call.queue.clone(),
            number: call.details.caller_number.clone(),
            key,
            call: id,
            came: call.came,
            taken_at: self.now,
            first_dialled_at: None,
            reached_at: None,
            attempts: 0,
            starts: 0,
            trouble: None,
        });
        // The caller was counted when this one was taken, or never called.
        call.recounted = true;
        call.stand_in = Some(Box::new(StandIn {
            callback,
            step: Step::Waiting,
            first: rule.first,
            is_closed: false,
            expires_at,
            look_at: None,
        }));
        self.record(Fact::CallbackTaken {
            callback,
            call: id,
            from,
            queue: call.queue.clone(),
            details: Arc::clone(&call.details),
            by,
        });
        self.stand_in_line(call);
        callback
    }

    /// A placeholder takes its place.
    pub(super) fn stand_in_line(&mut self, mut call: Call) {
        let (id, ix) = (call.id(), call.queue_ix);
        // No session to be told anything.
        call.closed = true;
        call.heard(self.now);
        call.width = self.queues[ix.at()].config.width();
        self.queues[ix.at()].line.insert(call.place);
        self.calls.insert(id, Box::new(call));
        self.hold_stand_in(id);
        self.place_by_need(id);
        // The demands may have fallen in the meantime.
        self.easing_due(id);
        self.settle_turn(id);
        self.review_manager(id);
        self.touch_queue(ix);
        self.arm_call(id);
    }

    /// What the rules and hours of the queue say of a placeholder now.
    pub(super) fn hold_stand_in(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let queue = &self.queues[call.queue_ix.at()];
        let looks = queue.config.callback.lead_ms > 0;
        if let Some(own) = &mut call.stand_in {
            own.is_closed = !queue.is_open();
            if own.step == Step::Waiting {
                own.first = queue.config.callback.first;
                let is_early = own.first == CallFirst::Caller && looks && !own.is_closed;
                own.look_at = is_early.then_some(now + CALLBACK_LOOK_MS);
            }
        }
    }

    /// The queue has opened or closed.
    pub(super) fn hold_callbacks(&mut self, ix: QueueIx) {
        let name = self.queues[ix.at()].config.name.clone();
        let calls: Vec<CallId> = self
            .callbacks
            .of_queue(&name)
            .map(|(_, own)| own.call)
            .collect();
        for id in calls {
            self.hold_stand_in(id);
            self.settle_turn(id);
            self.review_manager(id);
            self.arm_call(id);
        }
    }

    /// How many of a line are placeholders: nobody waits on the telephone.
    pub(super) fn placeholders(&self, ix: QueueIx) -> usize {
        let stands_in = |id: &CallId| {
            let call = self.calls.get(id);
            call.is_some_and(|call| {
                let on_line = call
                    .stand_in
                    .as_ref()
                    .is_some_and(|own| own.step == Step::OnLine);
                call.is_in_line() && !on_line
            })
        };
        let of_queue = self.callbacks.of_queue(&self.queues[ix.at()].config.name);
        of_queue.filter(|(_, own)| stands_in(&own.call)).count()
    }

    /// Somebody whose place is kept calls again in the meantime: the place
    /// goes to this call, and the placeholder is over. Not when the caller has
    /// been reached on another line.
    pub(super) fn call_in(&mut self, ix: QueueIx, details: &NewCall) -> Option<Box<Call>> {
        if self.callbacks.is_empty() {
            return None;
        }
        let key = self.own_rule().numbers.normalise(&details.caller_number)?;
        let name = &self.queues[ix.at()].config.name;
        let callback = self.callbacks.of_number(name, &key)?;
        let old = self.callbacks.get(callback)?.call;
        let call = self.calls.get(&old)?;
        if self.is_reached(call) {
            return None;
        }
        let kept = call.clone();
        if !self.broken(Mutation::WaitTwice) {
            self.end_callback(
                callback,
                End {
                    outcome: CallbackOutcome::CalledIn,
                    why: "called again".to_owned(),
                },
            );
        }
        Some(kept)
    }

    /// Whether the caller of a call-back is on the line.
    pub(super) fn is_reached(&self, call: &Call) -> bool {
        let talks = matches!(&call.stage, Stage::Talking(talk) if talk.joined);
        talks
            || call
                .stand_in
                .as_ref()
                .is_some_and(|own| own.step == Step::OnLine)
    }

    /// Somebody cancels it.
    pub(super) fn cancel_callback(&mut self, callback: CallbackId, by: &Actor) {
        let call = self
            .callbacks
            .get(callback)
            .and_then(|own| self.calls.get(&own.call));
        if call.is_some_and(|call| !self.is_reached(call)) {
            self.end_callback(
                callback,
                End {
                    outcome: CallbackOutcome::Cancelled,
                    why: super::agents::person(by),
                },
            );
        }
    }

    /// Cancels all of a person who is to be forgotten.
    pub(super) fn erase_callbacks(&mut self, key: &str, by: &Actor) {
        let of_person: Vec<CallbackId> = self
            .callbacks
            .all()
            .filter(|(_, own)| own.key == key)
            .map(|(id, _)| id)
            .collect();
        for callback in of_person {
            self.cancel_callback(callback, by);
        }
    }

    /// A placeholder's time: it is too old, no session came, or the wait has
    /// become short.
    pub(super) fn stand_in_due(&mut self, id: CallId) {
        let now = self.now;
        let ages = !self.broken(Mutation::NeverExpire);
        let Some(call) = self.calls.get_mut(&id).filter(|call| !call.has_ended()) else {
            return;
        };
        let is_idle = call.stage == Stage::Waiting;
        let Some(own) = call.stand_in.as_mut() else {
            return;
        };
        let callback = own.callback;
        match own.step {
            Step::Waiting if own.expires_at <= now && ages => {
                self.end_callback(
                    callback,
                    End {
                        outcome: CallbackOutcome::Expired,
                        why: "too old".to_owned(),
                    },
                );
            }
            Step::Waiting if own.look_at.is_some_and(|at| at <= now) => {
                own.look_at = Some(now + CALLBACK_LOOK_MS);
                self.start_if_near(id);
            }
            Step::Starting { start, until } if until <= now => {
                self.callback_not_started(callback, start, "no session announced itself");
            }
            Step::Joined { idle_until } if idle_until <= now => {
                own.step = Step::Joined {
                    idle_until: now + CALLBACK_IDLE_MS,
                };
                if is_idle {
                    self.miss(id, Miss::NobodyFree);
                    self.tell_hang_up(id);
                }
            }
            Step::Waiting
            | Step::Starting { .. }
            | Step::Joined { .. }
            | Step::Dialling
            | Step::OnLine => {}
        }
    }

    /// A caller who waits is offered a call-back once.
    pub(super) fn callback_offer_due(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if !call.offer_callback_at.is_due(now) {
            return;
        }
        call.offer_callback_at = Deadline::NEVER;
        if !call.is_in_line() || call.stand_in.is_some() {
            return;
        }
        let (ix, place) = (call.queue_ix, call.place);
        let is_waiting = call.stage == Stage::Waiting;
        let call = self.calls.get(&id);
        let expected_ms = call.and_then(|call| self.expected_wait_ms(call));
        let rule = &self.queues[ix.at()].config.callback;
        if !rule.enabled {
            return;
        }
        let (after_ms, above_ms) = (rule.offer_after_ms, rule.offer_above_ms);
        let waited_ms = now.saturating_sub(place.since);
        let is_long = above_ms > 0 && expected_ms.is_some_and(|expected_ms| expected_ms > above_ms);
        let is_due = after_ms > 0 && waited_ms >= after_ms || is_long;
        if is_due && is_waiting {
            self.ask_for_callback(id);
            return;
        }
        self.plan_callback_offer(id, is_due);
    }

    /// Sets when a caller who waits is to be offered a call-back, if ever.
    pub(super) fn plan_callback_offer(&mut self, id: CallId, is_due: bool) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let rule = &self.queues[call.queue_ix.at()].config.callback;
        if !rule.enabled {
            return;
        }
        let after = (rule.offer_after_ms > 0).then(|| {
            call.place
                .since
                .saturating_add(rule.offer_after_ms)
                .max(now + 1)
        });
        let looks = is_due || rule.offer_above_ms > 0;
        let look = looks.then_some(now + CALLBACK_LOOK_MS);
        call.offer_callback_at = match (after, look) {
            (Some(after), Some(look)) if is_due => Deadline::at(after.max(look)),
            (after, look) => Deadline::from(after).or_earlier(look.into()),
        };
    }

    /// Ends a call-back whose caller is not reached, whatever is under way.
    pub(super) fn end_callback(&mut self, callback: CallbackId, end: End) {
        if let Some(id) = self.callbacks.get(callback).map(|own| own.call) {
            self.leave_attempt(id);
            self.tell_hang_up(id);
            self.record_callback_end(id, end, 0, None, None);
        }
    }

    /// What waits to be called back, oldest first.
    pub fn callbacks(&self) -> Vec<CallbackView> {
        self.callbacks
            .all()
            .filter_map(|(id, own)| self.view_callback(id, own))
            .collect()
    }

    /// One call-back that has not ended.
    pub fn callback(&self, callback: CallbackId) -> Option<CallbackView> {
        self.view_callback(callback, self.callbacks.get(callback)?)
    }

    fn view_callback(&self, callback: CallbackId, own: &Callback) -> Option<CallbackView> {
        let call = self.calls.get(&own.call)?;
        let stand_in = call.stand_in.as_ref()?;
        let state = match (&call.stage, stand_in.step) {
            (Stage::Talking(talk), _) if talk.joined => "talking",
            (_, Step::OnLine) => "on_line",
            (Stage::Talking(_), _) | (_, Step::Dialling) => "dialling",
            (_, Step::Joined { .. }) => "ringing_agent",
            (_, Step::Starting { .. }) => "starting",
            (_, Step::Waiting) if stand_in.is_closed => "closed",
            (_, Step::Waiting) if call.ready_at.is_set() => "retrying",
            (_, Step::Waiting) => "waiting",
        };
        let line = &self.queues[call.queue_ix.at()].line;
        let target = call.target().and_then(Target::agent);
        let agent = target.map(|ix| self.agents[ix.at()].config.name.clone());
        Some(CallbackView {
            callback,
            queue: own.queue.clone(),
            number: own.number.clone(),
            state: state.to_owned(),
            taken_at: own.taken_at,
            came_at: own.came,
            position: line.position(&call.place).unwrap_or(0),
            attempts: own.attempts,
            next_at: call.ready_at.moment(),
            expires_at: stand_in.expires_at,
            trouble: own.trouble.clone(),
            agent,
        })
    }
}

/// The details of somebody who asked without a call.
pub(super) fn requested(
    number: String,
    language: Option<String>,
    custom_data: Option<String>,
) -> NewCall {
    NewCall {
        session_id: String::new(),
        caller_number: number,
        dialed_number: String::new(),
        display_name: None,
        queue: None,
        language,
        priority: 0,
        skills: Vec::new(),
        custom_data,
        wanted: None,
    }
}
