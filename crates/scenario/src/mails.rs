//! Mails of one session: two are sent at once, others wait.

use crate::core::{Core, Life};
use crate::host::{Effect, Input, MailSpec, RequestId};
use crate::requests::Submitted;

impl Core {
    /// `Net.sendMail`; its answer comes as [`Input::MailAnswer`].
    pub(crate) fn mail(&mut self, spec: MailSpec) -> RequestId {
        let id = self.mails.next_id(false);
        let submitted = match self.life {
            Life::Running | Life::Asked(_) => self.mails.submit(id, spec),
            Life::Closing { .. } | Life::Closed | Life::Ended => Submitted::Queued,
        };
        match submitted {
            Submitted::Start(spec) => self.push(Effect::SendMail { request: id, spec }),
            Submitted::Queued => {}
            Submitted::Refused => self.refuse(Input::MailAnswer {
                request: id,
                code: 0,
                error: Some("too many mails".to_owned()),
            }),
        }
        id
    }

    /// A mail is sent or not. False for one that nobody waits for.
    pub(crate) fn mail_answered(&mut self, request: RequestId) -> bool {
        let known = self.mails.finish(request).is_some();
        while let Some((request, spec)) = self.mails.take_startable() {
            self.push(Effect::SendMail { request, spec });
        }
        known
    }

    /// Whether something outside is waited for at the end of a session.
    pub(crate) fn anything_running(&self) -> bool {
        self.requests.any_running() || self.mails.any_running()
    }
}
