//! Session timers of one leg (RFC 4028): when the session is refreshed, and by what.

use super::{Actor, Reply};
use crate::call::input::{Input, Timer};
use crate::call::session_timer::{self, SessionTimer};
use crate::call::uac;
use crate::message::value;
use rsipstack::sip::{Header, Method, Response};
use tokio::time::Instant;

impl Actor {
    /// From now on this is the timer of the session, or there is none.
    pub(super) fn time_session(&mut self, timer: Option<SessionTimer>) {
        self.state.session = timer;
        let is_old = |timer: &Timer| matches!(timer, Timer::Refresh | Timer::SessionEnd);
        self.state.timers.retain(|(_, timer)| !is_old(timer));
        let Some(timer) = timer else { return };
        let (now, second) = (Instant::now(), self.core.timing.session_second);
        let end = now + second * timer.ends_after_s();
        self.state.timers.push((end, Timer::SessionEnd));
        if let Some(after_s) = timer.refresh_after_s() {
            let refresh = now + second * after_s;
            self.state.timers.push((refresh, Timer::Refresh));
        }
    }

    /// By UPDATE without an offer: nothing of the audio is asked again (RFC 3311).
    pub(super) fn refresh_session(&mut self) {
        let (Some(dialog), Some(timer)) = (&mut self.dialog, self.state.session) else {
            return;
        };
        let mut extra = vec![
            Header::Allow(crate::message::ALLOW.into()),
            Header::Supported(crate::message::SUPPORTED.into()),
        ];
        extra.extend(timer.in_request());
        let outgoing = dialog.request(&self.core, Method::Update, extra, Vec::new());
        uac::refresh(&self.core, outgoing, self.mailbox.clone());
    }

    pub(super) fn refreshed(&mut self, response: Option<Box<Response>>) {
        let code = response.as_ref().map_or(408, |r| r.status_code.code());
        match (response, code) {
            (Some(response), 200..300) => {
                if let Some(dialog) = &mut self.dialog {
                    dialog.refresh_by(&response);
                }
                self.time_session(session_timer::of_answer(&response.headers));
            }
            // The dialog is gone, or nobody is there (RFC 4028 §10).
            (_, 408 | 481) => self.leg.handle(Input::Probed { alive: false }),
            (response, _) => self.refresh_longer(response.as_deref()),
        }
    }

    /// Asks again for as long as the far end wants it (422). What else it refuses
    /// is its own: the session then runs out, unless it is refreshed otherwise.
    fn refresh_longer(&mut self, response: Option<&Response>) {
        let least = response.and_then(|response| value(&response.headers, "Min-SE"));
        let least = least.and_then(|text| text.trim().parse::<u32>().ok());
        if let (Some(least_s), Some(timer)) = (least, &mut self.state.session)
            && least_s > timer.interval_s
            && least_s <= session_timer::LONGEST_S
        {
            timer.interval_s = least_s;
            self.refresh_session();
        }
    }
}

/// The session timer that a 2xx to this request agrees to.
pub(super) fn timer_for(code: u16, reply: &Reply) -> Option<SessionTimer> {
    if !(200..300).contains(&code) {
        return None;
    }
    session_timer::of_request(&reply.request.headers)
        .ok()
        .flatten()
}
