//! What became of the person's call of an attempt (metrics.md §3.7): answered, by
//! whom, and when somebody else was heard. Pure: it is told what the scenario is told
//! and asks for.

use scenario::host::{AmdResult, CallId, DialTarget, Effect, Input, Unit, UnitId};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Calls that are followed of one attempt; a conference may have more.
const CALLS_MAX: usize = 50;
/// Paths of audio that are followed of one attempt.
const PATHS_MAX: usize = 500;
/// Longest number that is told, characters.
const NUMBER_CHARS_MAX: usize = 255;
/// Where a scenario asks a queue for an agent, by the contract.
const QUEUE_PATH: &str = "/api/v1/calls";

/// As the backend is told. Times are milliseconds since 1970 UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Told {
    to_number: String,
    from_number: String,
    dialled_at_ms: Option<u64>,
    answered_at_ms: Option<u64>,
    ended_at_ms: Option<u64>,
    answered_by: Option<&'static str>,
    greeting_started_at_ms: Option<u64>,
    greeting_ended_at_ms: Option<u64>,
    agent_sought_at_ms: Option<u64>,
    agent_at_ms: Option<u64>,
}

/// One call.
#[derive(Debug)]
struct Call {
    id: CallId,
    /// Whom it calls, if it is a call of ours.
    to: Option<String>,
    from: String,
    /// Whether the row of the list names that number.
    is_in_row: bool,
    began_ms: u64,
    answered_ms: Option<u64>,
    ended_ms: Option<u64>,
}

/// Who has answered, and when the first words began and ended.
type Heard = (&'static str, Option<(u64, u64)>);

/// How long ago the first words of an answered call began and ended when its detector
/// was done, milliseconds.
pub(crate) type GreetingAges = (u64, u64);

/// What has happened so far.
#[derive(Debug, Default)]
pub(crate) struct Contact {
    /// Values of the row.
    row: BTreeSet<String>,
    calls: Vec<Call>,
    /// Source and sink of audio.
    paths: BTreeSet<(Unit, Unit)>,
    /// What detectors have heard, by the call that they listened to.
    heard: BTreeMap<CallId, Heard>,
    listens_to: BTreeMap<UnitId, CallId>,
    queue_asked_ms: Option<u64>,
    /// When each call first heard another that talks.
    joined_ms: BTreeMap<CallId, u64>,
}

impl Contact {
    /// `row` is the custom data of the session.
    pub(crate) fn new(row: &str) -> Self {
        let fields: Value = serde_json::from_str(row).unwrap_or_default();
        let values = fields.as_object().into_iter().flat_map(|row| row.values());
        let texts = values.filter_map(|value| match value {
            Value::String(text) => Some(plain(text)),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        });
        Self {
            row: texts.filter(|text| !text.is_empty()).collect(),
            ..Self::default()
        }
    }

    /// Something that the scenario is told.
    pub(crate) fn input(&mut self, now_ms: u64, input: &Input) {
        match input {
            Input::CallAlerting { call, .. } => self.add(now_ms, *call, None, String::new()),
            Input::CallConnected { call, .. } => {
                if let Some(call) = self.call(*call) {
                    call.answered_ms = Some(now_ms);
                }
                self.join(now_ms);
            }
            Input::CallFailed { call, .. } | Input::CallDisconnected { call, .. } => {
                if let Some(call) = self.call(*call) {
                    call.ended_ms = Some(now_ms);
                }
                let gone = Unit::Call(*call);
                self.paths.retain(|(from, to)| *from != gone && *to != gone);
            }
            Input::AmdResult { detector, result } => {
                let who = match result {
                    AmdResult::Human { .. } => "human",
                    AmdResult::Voicemail { .. } => "machine",
                    AmdResult::Timeout => "unknown",
                };
                if let Some(call) = self.listens_to.get(detector) {
                    self.heard.entry(*call).or_insert((who, None)).0 = who;
                }
            }
            _ => {}
        }
    }

    /// When the first words began and ended that a detector has heard: comes before
    /// what it makes of them.
    pub(crate) fn greeting(&mut self, now_ms: u64, detector: UnitId, ages: GreetingAges) {
        if let Some(call) = self.listens_to.get(&detector) {
            let at = (now_ms.saturating_sub(ages.0), now_ms.saturating_sub(ages.1));
            self.heard.entry(*call).or_insert(("unknown", None)).1 = Some(at);
        }
    }

    /// Something that it asks for.
    pub(crate) fn effect(&mut self, now_ms: u64, effect: &Effect) {
        match effect {
            Effect::Dial {
                call,
                target,
                callerid,
                ..
            } => {
                let to = match target {
                    DialTarget::User { user } => user,
                    DialTarget::Sip { uri, .. } => uri,
                    DialTarget::Pstn { number } => number,
                    DialTarget::Conference { conference } => conference,
                };
                self.add(now_ms, *call, Some(short(to)), short(callerid));
            }
            Effect::HttpRequest { spec, .. } => {
                let asks = spec.method == "POST" && is_queue(&spec.url);
                if asks && self.queue_asked_ms.is_none() {
                    self.queue_asked_ms = Some(now_ms);
                }
            }
            Effect::SendMedia { from, to } => self.send_media(now_ms, *from, *to),
            Effect::StopMedia { from, to } => {
                self.paths.remove(&(*from, *to));
            }
            _ => {}
        }
    }

    /// What is known now.
    pub(crate) fn told(&self) -> Told {
        let sought = self.agent_sought_ms();
        let Some(person) = self.person().and_then(|at| self.calls.get(at)) else {
            return Told {
                agent_sought_at_ms: sought,
                ..Told::default()
            };
        };
        let (who, greeting) = self.heard.get(&person.id).copied().unzip();
        let greeting = greeting.flatten();
        let joined = self.joined_ms.get(&person.id).copied();
        Told {
            to_number: person.to.clone().unwrap_or_default(),
            from_number: person.from.clone(),
            dialled_at_ms: Some(person.began_ms),
            answered_at_ms: person.answered_ms,
            ended_at_ms: person.ended_ms,
            answered_by: who,
            greeting_started_at_ms: greeting.map(|(began_ms, _)| began_ms),
            greeting_ended_at_ms: greeting.map(|(_, ended_ms)| ended_ms),
            agent_sought_at_ms: sought,
            agent_at_ms: joined,
        }
    }

    fn add(&mut self, now_ms: u64, id: CallId, to: Option<String>, from: String) {
        if self.calls.len() < CALLS_MAX {
            let is_in_row = to.as_deref().is_some_and(|to| self.is_in_row(to));
            self.calls.push(Call {
                id,
                to,
                from,
                is_in_row,
                began_ms: now_ms,
                answered_ms: None,
                ended_ms: None,
            });
        }
    }

    fn is_in_row(&self, to: &str) -> bool {
        let name = to
            .trim_start_matches("sips:")
            .trim_start_matches("sip:")
            .split('@')
            .next();
        self.row.contains(&plain(to)) || name.is_some_and(|name| self.row.contains(&plain(name)))
    }

    /// The person's call: the first that is dialled to a number of the row, or the
    /// first at all; the next one where it was not answered.
    fn person(&self) -> Option<usize> {
        let mut person: Option<(usize, &Call)> = None;
        for (at, call) in self.calls.iter().enumerate() {
            let takes_over = match person {
                None => call.to.is_some(),
                Some((_, so_far)) if so_far.is_in_row == call.is_in_row => {
                    call.to.is_some() && so_far.has_failed_before(call)
                }
                Some(_) => call.is_in_row,
            };
            if takes_over {
                person = Some((at, call));
            }
        }
        person.map(|(at, _)| at)
    }

    /// When a queue was first asked, or a call made or taken that is none of the
    /// attempts to reach the person.
    fn agent_sought_ms(&self) -> Option<u64> {
        let person = self.person();
        let other = |(at, call): (usize, &Call)| {
            let is_try = person.and_then(|at| self.calls.get(at)).is_some_and(|own| {
                Some(at) == person
                    || (call.to.is_some()
                        && own.is_in_row == call.is_in_row
                        && call.has_failed_before(own))
            });
            (!is_try).then_some(call.began_ms)
        };
        let called = self.calls.iter().enumerate().filter_map(other).min();
        called.into_iter().chain(self.queue_asked_ms).min()
    }

    fn send_media(&mut self, now_ms: u64, from: Unit, to: Unit) {
        if let (Unit::Call(call), Unit::Amd(detector)) = (from, to) {
            self.listens_to.insert(detector, call);
            return;
        }
        let counts = |unit| matches!(unit, Unit::Call(_) | Unit::Conference(_));
        if !to.mixes() {
            self.paths.retain(|(_, sink)| *sink != to);
        }
        if counts(from) && counts(to) && self.paths.len() < PATHS_MAX {
            self.paths.insert((from, to));
            self.join(now_ms);
        }
    }

    /// Notes who hears whom for the first time, directly or in a conference.
    fn join(&mut self, now_ms: u64) {
        let talks = |id: CallId| {
            let call = self.calls.iter().find(|call| call.id == id);
            call.is_some_and(|call| call.answered_ms.is_some() && call.ended_ms.is_none())
        };
        let mut joined = Vec::new();
        for (source, sink) in &self.paths {
            let Unit::Call(listener) = *sink else {
                continue;
            };
            if self.joined_ms.contains_key(&listener) || !talks(listener) {
                continue;
            }
            let others = match source {
                Unit::Conference(_) => {
                    let into = self.paths.iter().filter(|(_, to)| to == source);
                    into.map(|(from, _)| *from).collect()
                }
                other => vec![*other],
            };
            let is_heard = |other: &Unit| match other {
                Unit::Call(id) => *id != listener && talks(*id),
                _ => false,
            };
            if others.iter().any(is_heard) {
                joined.push(listener);
            }
        }
        for call in joined {
            self.joined_ms.entry(call).or_insert(now_ms);
        }
    }

    fn call(&mut self, call: CallId) -> Option<&mut Call> {
        self.calls.iter_mut().find(|own| own.id == call)
    }
}

impl Call {
    /// Whether it was over without an answer when the other began.
    fn has_failed_before(&self, other: &Call) -> bool {
        self.answered_ms.is_none() && self.ended_ms.is_some_and(|at_ms| at_ms <= other.began_ms)
    }
}

/// A number as it is compared: without the plus and what people write between digits.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')'))
        .take(NUMBER_CHARS_MAX)
        .collect()
}

fn short(text: &str) -> String {
    text.chars().take(NUMBER_CHARS_MAX).collect()
}

/// Whether the address is one where calls are told to a queue.
fn is_queue(address: &str) -> bool {
    let url = url::Url::parse(address).ok();
    url.is_some_and(|url| url.path().trim_end_matches('/').ends_with(QUEUE_PATH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenario::host::HttpSpec;

    const ROW: &str = r#"{"number":"+7 (916) 000-00-01","second":"79160000002","age":30}"#;

    fn dial(call: CallId, target: DialTarget) -> Effect {
        Effect::Dial {
            call,
            target,
            callerid: "7495".into(),
            display_name: String::new(),
            headers: Vec::new(),
            timeout_ms: 60_000,
        }
    }

    fn number(number: &str) -> DialTarget {
        DialTarget::Pstn {
            number: number.into(),
        }
    }

    fn user(user: &str) -> DialTarget {
        DialTarget::User { user: user.into() }
    }

    fn connected(call: CallId) -> Input {
        Input::CallConnected {
            call,
            headers: Vec::new(),
        }
    }

    fn failed(call: CallId) -> Input {
        Input::CallFailed {
            call,
            code: 486,
            reason: String::new(),
            headers: Vec::new(),
        }
    }

    fn media(from: Unit, to: Unit) -> Effect {
        Effect::SendMedia { from, to }
    }

    /// The person is called at 1,000 and answers at 5,000.
    fn answered() -> Contact {
        let mut contact = Contact::new(ROW);
        contact.effect(1_000, &dial(1, number("79160000001")));
        contact.input(5_000, &connected(1));
        contact
    }

    #[test]
    fn a_reminder_answers_and_looks_for_nobody() {
        let mut contact = answered();
        let player = media(Unit::Player(9), Unit::Call(1));
        contact.effect(5_000, &player);
        let told = contact.told();
        assert_eq!(told.to_number, "79160000001");
        assert_eq!(told.from_number, "7495");
        assert_eq!(
            (told.dialled_at_ms, told.answered_at_ms),
            (Some(1_000), Some(5_000))
        );
        assert_eq!((told.agent_sought_at_ms, told.agent_at_ms), (None, None));
        assert_eq!(told.answered_by, None);
    }

    #[test]
    fn an_agent_is_there_when_the_person_hears_somebody_who_talks() {
        let mut contact = answered();
        contact.effect(5_100, &dial(2, user("anna")));
        // Early media of a phone that rings is nobody.
        contact.effect(5_200, &media(Unit::Call(2), Unit::Call(1)));
        assert_eq!(contact.told().agent_at_ms, None);
        contact.input(6_900, &connected(2));
        let told = contact.told();
        assert_eq!(told.agent_sought_at_ms, Some(5_100));
        assert_eq!(told.agent_at_ms, Some(6_900));
        // The first time counts.
        let stop = Effect::StopMedia {
            from: Unit::Call(2),
            to: Unit::Call(1),
        };
        contact.effect(7_000, &stop);
        contact.effect(8_000, &media(Unit::Call(2), Unit::Call(1)));
        assert_eq!(contact.told().agent_at_ms, Some(6_900));
    }

    #[test]
    fn who_only_hears_the_person_is_not_there_yet() {
        let mut contact = answered();
        contact.effect(5_100, &dial(2, user("anna")));
        contact.input(6_000, &connected(2));
        contact.effect(6_100, &media(Unit::Call(1), Unit::Call(2)));
        assert_eq!(contact.told().agent_at_ms, None);
        // Another source takes the place of the agent's before anybody talks.
        contact.effect(6_200, &media(Unit::Player(9), Unit::Call(1)));
        assert_eq!(contact.told().agent_at_ms, None);
        contact.effect(6_300, &media(Unit::Call(2), Unit::Call(1)));
        assert_eq!(contact.told().agent_at_ms, Some(6_300));
    }

    #[test]
    fn a_conference_joins_whoever_is_in_it() {
        let mut contact = answered();
        let room = Unit::Conference(7);
        contact.effect(5_100, &media(Unit::Call(1), room));
        contact.effect(5_100, &media(room, Unit::Call(1)));
        assert_eq!(contact.told().agent_at_ms, None, "alone in it");
        contact.effect(5_200, &dial(2, user("anna")));
        contact.input(6_000, &connected(2));
        contact.effect(6_400, &media(Unit::Call(2), room));
        assert_eq!(contact.told().agent_at_ms, Some(6_400));
    }

    #[test]
    fn the_next_number_of_a_row_is_another_try_and_no_agent() {
        let mut contact = Contact::new(ROW);
        contact.effect(1_000, &dial(1, number("79160000001")));
        contact.input(4_000, &failed(1));
        contact.effect(4_000, &dial(2, number("+79160000002")));
        contact.input(6_000, &connected(2));
        let told = contact.told();
        assert_eq!(told.to_number, "+79160000002");
        assert_eq!(told.answered_at_ms, Some(6_000));
        assert_eq!(told.agent_sought_at_ms, None);
    }

    #[test]
    fn an_agent_who_is_called_first_is_not_the_person() {
        let mut contact = Contact::new(ROW);
        contact.effect(1_000, &dial(1, user("anna")));
        contact.input(2_000, &connected(1));
        contact.effect(2_000, &dial(2, number("79160000001")));
        contact.effect(2_000, &media(Unit::Call(1), Unit::Call(2)));
        contact.input(7_000, &connected(2));
        let told = contact.told();
        assert_eq!(told.to_number, "79160000001");
        assert_eq!(told.agent_sought_at_ms, Some(1_000));
        assert_eq!(told.agent_at_ms, Some(7_000));
    }

    #[test]
    fn a_queue_that_is_asked_is_a_search_for_an_agent() {
        let mut contact = answered();
        let ask = |method: &str, url: &str| Effect::HttpRequest {
            request: 1,
            spec: HttpSpec {
                method: method.into(),
                url: url.into(),
                headers: Vec::new(),
                body: Vec::new(),
                timeout_ms: 1_000,
                connect_timeout_ms: 1_000,
            },
        };
        contact.effect(5_100, &ask("GET", "http://b/api/v1/calls"));
        contact.effect(5_200, &ask("POST", "http://b/api/v1/calls/c1/events"));
        contact.effect(5_300, &ask("POST", "http://crm/orders"));
        assert_eq!(contact.told().agent_sought_at_ms, None);
        contact.effect(5_400, &ask("POST", "http://b/api/v1/calls"));
        contact.effect(5_500, &ask("POST", "http://b/api/v1/calls"));
        assert_eq!(contact.told().agent_sought_at_ms, Some(5_400));
    }

    #[test]
    fn a_detector_says_who_answered_and_when_they_spoke() {
        for (result, who) in [
            (AmdResult::Human { confidence: 80 }, "human"),
            (
                AmdResult::Voicemail {
                    confidence: 80,
                    beep: false,
                },
                "machine",
            ),
            (AmdResult::Timeout, "unknown"),
        ] {
            let mut contact = answered();
            contact.effect(5_000, &media(Unit::Call(1), Unit::Amd(4)));
            assert_eq!(contact.told().answered_by, None);
            contact.greeting(7_000, 4, (1_500, 800));
            contact.input(
                7_000,
                &Input::AmdResult {
                    detector: 4,
                    result,
                },
            );
            let told = contact.told();
            assert_eq!(told.answered_by, Some(who));
            let greeting = (told.greeting_started_at_ms, told.greeting_ended_at_ms);
            assert_eq!(greeting, (Some(5_500), Some(6_200)));
        }
    }

    #[test]
    fn very_many_calls_are_cut() {
        let mut contact = Contact::new("no JSON");
        for call in 1..1_000 {
            contact.effect(1_000, &dial(call, number("1")));
            contact.effect(1_000, &media(Unit::Call(call), Unit::Conference(1)));
        }
        assert_eq!(contact.calls.len(), CALLS_MAX);
        assert_eq!(contact.paths.len(), PATHS_MAX);
        assert_eq!(contact.told().to_number, "1");
    }
}
