//! Calls that the scenario makes.

use super::{Control, Told, params};
use crate::codecs::with_first;
use crate::leg::{Direction, Leg, MediaLeg, Stage};
use crate::outside::{ConferenceCall, Outside};
use scenario::host::{CallId, DialTarget, Input};
use sip::{DialRequest, Headers, Target, TrunkCredentials};
use voice::Codec;
use voice::sdp;

/// What the scenario asked for.
pub(super) struct Wish {
    pub(super) target: DialTarget,
    pub(super) callerid: String,
    pub(super) display_name: String,
    pub(super) headers: Headers,
    pub(super) timeout_ms: u64,
}

impl Control {
    pub(super) fn dial(&mut self, call: CallId, wish: Wish, out: &mut dyn Outside) -> Told {
        let target = target(wish.target);
        let local_ip = match &target {
            Callee::Phone(target) => out.local_ip_for(target),
            Callee::Conference(_) => out.inner_ip(),
        };
        let (media, port) = match out.open_media() {
            Ok(opened) => opened,
            Err(why) => {
                let reason = "Server Error".to_owned();
                let mut told = Told::one(Input::CallFailed {
                    call,
                    code: 500,
                    reason,
                    headers: Vec::new(),
                });
                told.log.push(format!("call {call} cannot be made: {why}"));
                return told;
            }
        };
        let codecs = self.codecs_with(&target);
        let sdp = sdp::offer(local_ip, port, &codecs, self.session, 1);
        let our_sdp = Some(sdp.clone());
        let signalling = match target {
            Callee::Phone(target) => out.dial(DialRequest {
                target,
                caller: wish.callerid,
                display_name: wish.display_name,
                headers: wish.headers,
                sdp,
                timeout_ms: wish.timeout_ms,
            }),
            Callee::Conference(conference) => out.dial_conference(ConferenceCall {
                conference,
                caller: wish.callerid,
                display_name: wish.display_name,
                headers: wish.headers,
                sdp,
                timeout_ms: wish.timeout_ms,
            }),
        };
        let mut leg = Leg::new(
            signalling,
            Direction::Outgoing,
            Stage::Dialing,
            local_ip,
            codecs,
        );
        leg.our_sdp = our_sdp;
        leg.media = Some(MediaLeg {
            id: media,
            port,
            agreed: None,
        });
        self.legs.insert(call, leg);
        self.media_opened(call, out);
        Told::default()
    }

    /// The codecs for a call to `target`. That of a call that is there already comes
    /// first: a bridge of equal codecs is relayed without decoding.
    fn codecs_with(&self, target: &Callee) -> Vec<Codec> {
        let first = self.legs.values().find_map(Leg::codec);
        let codecs = match target {
            Callee::Phone(target) => self.codecs.of_target(target),
            Callee::Conference(_) => self.codecs.usual.clone(),
        };
        with_first(codecs, first)
    }

    /// 180 and 183. `AudioStarted` is told once, when there is media to hear:
    /// easyProcess answers it with early media towards the caller, who would
    /// hear silence instead of ringing after a plain 180.
    pub(super) fn progress(
        &mut self,
        call: CallId,
        code: u16,
        headers: Headers,
        answer: &[u8],
        out: &mut dyn Outside,
    ) -> Told {
        let Some(leg) = self.legs.get(&call) else {
            return Told::default();
        };
        if leg.stage != Stage::Dialing {
            return Told::default();
        }
        let mut told = Told::default();
        if !answer.is_empty() {
            if let Err(why) = self.take_answer(call, answer, out) {
                return Told::log(format!(
                    "call {call}: its early media cannot be used: {why}"
                ));
            }
            if let Some(leg) = self.legs.get_mut(&call)
                && !leg.audio_started
            {
                leg.audio_started = true;
                told.inputs.push(Input::CallAudioStarted {
                    call,
                    code,
                    headers: headers.clone(),
                });
            }
        }
        if code == 180 {
            told.inputs.insert(0, Input::CallRinging { call, headers });
        }
        told
    }

    /// What the far end's SDP answer means for our media.
    pub(super) fn take_answer(
        &mut self,
        call: CallId,
        answer: &[u8],
        out: &mut dyn Outside,
    ) -> Result<(), String> {
        let Some(leg) = self.legs.get_mut(&call) else {
            return Err("the call is gone".into());
        };
        let Some(media) = leg.media.as_mut() else {
            return Err("it has no media".into());
        };
        if answer.is_empty() {
            // A 200 without SDP after a 183 with it: the early answer stands.
            return if media.agreed.is_some() {
                Ok(())
            } else {
                Err("it has no SDP".into())
            };
        }
        let agreed = sdp::accept(answer, &leg.codecs).map_err(|error| error.to_string())?;
        out.configure(media.id, params(&agreed));
        media.agreed = Some(agreed);
        self.listen_for_tones(call, out);
        Ok(())
    }
}

/// Who is called.
enum Callee {
    Phone(Target),
    /// The session of a conference here, by its id.
    Conference(String),
}

fn target(wish: DialTarget) -> Callee {
    let phone = match wish {
        DialTarget::Conference { conference } => return Callee::Conference(conference),
        DialTarget::User { user } => {
            // The cloud's form user@app.account.voximplant.com means the user.
            let name = user.split('@').next().unwrap_or_default();
            Target::User(name.trim_start_matches("sip:").to_owned())
        }
        DialTarget::Sip {
            uri,
            auth_user,
            password,
            out_proxy,
        } => {
            let auth = password.map(|password| TrunkCredentials {
                user: auth_user.unwrap_or_default(),
                password,
                realm: None,
            });
            Target::Uri {
                uri,
                auth,
                proxy: out_proxy,
            }
        }
        DialTarget::Pstn { number } => Target::Trunk {
            trunk: None,
            number,
        },
    };
    Callee::Phone(phone)
}
