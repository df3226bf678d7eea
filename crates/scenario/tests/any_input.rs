//! Whatever comes in whatever order, a session neither panics nor speaks after
//! its end, and asks for nothing impossible.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::{Effect, HttpResponse, Input, LogKind};
use scenario::{Program, Session, Source};
use script_log::{START_MS, access, alerting, answer, connected, disconnected, failed, finished};
use std::collections::BTreeSet;

const SESSIONS: u64 = 100;
const INPUTS: u32 = 120;

/// Uses much of the API on every event, at random.
const BUSY: &str = "
    const units = []; const any = list => list[Math.floor(Math.random() * list.length)];
    const act = () => { try { any([
        () => units.push(VoxEngine.callUser('a')), () => any(units).hangup(), () => any(units).answer(),
        () => VoxEngine.sendMediaBetween(any(units), any(units)), () => any(units).startPlayback('http://a.example/'),
        () => units.push(VoxEngine.createURLPlayer('http://a.example/', true)), () => any(units).stop(),
        () => Net.httpRequestAsync('http://a.example/').then(act), () => setTimeout(act, Math.random() * 3000),
        () => any(units).reject(486), () => any(units).stopPlayback(), () => any(units).pause(),
        () => { if (Math.random() < 0.02) VoxEngine.terminate(); }])(); } catch (e) { Logger.write(e); } };
    for (const n in AppEvents) VoxEngine.addEventListener(AppEvents[n], e => {
        if (e.call) { units.push(e.call); for (const k in CallEvents) e.call.addEventListener(CallEvents[k], act); }
        act(); return any([undefined, 7, 'text', {a: 1}, Promise.resolve(1), Promise.reject(new Error('no'))]); });";

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn id(&mut self) -> u32 {
        u32::try_from(self.below(6)).unwrap()
    }

    fn input(&mut self, token: u64) -> Input {
        let id = self.id();
        match self.below(14) {
            0 => alerting(),
            1 => script_log::ringing(id),
            2 => script_log::progress(id),
            3 | 4 => connected(id),
            5 => failed(id, 486),
            6 => disconnected(id),
            7 => finished(id),
            8 => Input::PlayerStarted {
                player: id,
                duration_ms: 5,
            },
            9 => answer(id, 200, r#"{"call_id": "c1"}"#),
            10 => Input::HttpResponse {
                request: id,
                response: HttpResponse::default(),
            },
            11 => access(
                token,
                "",
                r#"{"command": "connect", "offer_id": "o1", "contact": {"type": "user", "user": "a"}}"#,
            ),
            12 if self.below(40) == 0 => Input::Terminate { why: String::new() },
            12 | 13 => Input::Tick,
            _ => unreachable!(),
        }
    }
}

fn check(text: &str, seed: u64, may_throw: bool) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut spec = script_log::spec(&[]);
    let name = "any.js".to_owned();
    let text = text.to_owned();
    spec.program = Program::compile(vec![Source { name, text }]).unwrap();
    let (mut session, effects) = Session::start(spec, START_MS, Some(alerting()));
    let mut now_ms = START_MS;
    let mut open = BTreeSet::new();
    let mut ended = false;
    let mut judge = |effects: Vec<Effect>, open: &mut BTreeSet<u64>| {
        for effect in effects {
            let late_answer = matches!(effect, Effect::AccessResponse { status: 404, .. });
            assert!(
                !ended || late_answer,
                "seed {seed}: after the end: {effect:?}"
            );
            let error = matches!(
                &effect,
                Effect::Log {
                    kind: LogKind::Error,
                    ..
                }
            );
            assert!(may_throw || !error, "seed {seed}: {effect:?}");
            match effect {
                Effect::Ended { .. } => ended = true,
                Effect::AccessResponse { token, .. } => {
                    assert!(open.remove(&token), "seed {seed}: answered twice: {token}");
                }
                _ => {}
            }
        }
        ended
    };
    judge(effects, &mut open);
    for token in 0..u64::from(INPUTS) {
        now_ms += dice.below(2_000);
        let input = dice.input(token);
        if matches!(input, Input::AccessRequest { .. }) {
            open.insert(token);
        }
        let over = judge(session.handle(now_ms, input), &mut open);
        if over {
            assert!(open.is_empty(), "seed {seed}: never answered: {open:?}");
            assert_eq!(session.next_deadline_ms(), None, "seed {seed}");
        }
    }
}

#[test]
fn busy_scenario_survives_any_order_of_inputs() {
    (1..=SESSIONS).for_each(|seed| check(BUSY, seed, true));
}

#[test]
fn call_centre_takes_any_order_of_inputs_without_an_exception() {
    let text = include_str!("../../../scenarios/call-centre.js");
    (1..=SESSIONS).for_each(|seed| check(text, seed, false));
}
