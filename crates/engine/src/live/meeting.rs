//! A session that is a conference: further callers join it (voxengine.md §1.2).

use super::{Live, Mind, NOT_ACCEPTABLE, Opened, alerting, check_offer, refuse};
use crate::conferences::ConferenceKey;
use crate::worker::{Incoming, Mail, NO_SUCH_CALL, Succession};
use scenario::host::LogKind;
use std::collections::VecDeque;

/// SIP status for a caller for whom there is no room.
const BUSY: u16 = 486;

/// Which conference a session is.
pub(super) struct Meeting {
    pub(super) key: ConferenceKey,
    /// Where it is commanded; `None` when its scenario could not run.
    pub(super) opened: Option<Opened>,
}

impl Live {
    /// Whether a call that comes in now would be told to the scenario.
    pub(crate) fn takes_calls(&self) -> bool {
        match &self.mind {
            Mind::Script(js) => !self.over && js.takes_calls(),
            Mind::Care(_) => false,
        }
    }

    /// Where it is commanded, for as long as it may be joined.
    pub(crate) fn opened(&self) -> Option<Opened> {
        if !self.takes_calls() {
            return None;
        }
        self.meeting.as_ref()?.opened.clone()
    }

    /// One more caller. The session must [take calls](Self::takes_calls).
    pub(crate) fn join(&mut self, now_ms: u64, incoming: Incoming) {
        if let Err(error) = check_offer(&incoming.arrival) {
            let why = format!("a caller is refused: no common codec: {error}");
            self.note(now_ms, LogKind::Event, &why);
            self.flush_log();
            return refuse(&incoming.arrival, NOT_ACCEPTABLE, &self.shared);
        }
        let most = self.shared.config.limits.conference_calls;
        if self.control.calls() as u64 >= most {
            let why = format!("a caller is refused: {most} calls are in the conference");
            self.note(now_ms, LogKind::Event, &why);
            self.flush_log();
            return refuse(&incoming.arrival, BUSY, &self.shared);
        }
        let Mind::Script(js) = &mut self.mind else {
            return;
        };
        let (call, leg) = (js.next_call_id(), incoming.arrival.leg);
        self.control.alert(call, incoming.arrival.clone());
        // What came on this leg since the INVITE (a CANCEL) comes after this.
        for event in self.shared.sip_board.register(leg, self.owner) {
            let session = self.owner.session;
            let _ = self.mail.send(Mail::Sip { session, event });
        }
        let effects = self.think(now_ms, alerting(call, incoming));
        self.settle(now_ms, VecDeque::from(effects));
    }

    /// A new leg takes the place of a call's own.
    pub(crate) fn take_over(&mut self, now_ms: u64, successor: Succession) {
        let leg = successor.arrival.leg;
        let call = self.control.call_of(successor.of);
        let Some(call) = call.filter(|_| !self.over) else {
            return self.shared.reject(leg, NO_SUCH_CALL, Vec::new(), None);
        };
        let early = self.shared.sip_board.register(leg, self.owner);
        let told = self.outside(|control, out| {
            control.take_over(call, &successor.arrival, successor.headers, out)
        });
        if self.control.call_of(leg).is_none() {
            // Refused: what it still says is nobody's.
            self.shared.sip_board.forget(leg);
        }
        for event in early {
            let session = self.owner.session;
            let _ = self.mail.send(Mail::Sip { session, event });
        }
        self.tell(now_ms, told);
    }

    /// Nobody is sent here any more; whoever is on the way is sent on.
    pub(super) fn leave_meeting(&mut self) {
        if let Some(meeting) = self.meeting.take() {
            let session = self.owner.session;
            self.shared.conferences.ended(&meeting.key, session);
        }
    }
}
