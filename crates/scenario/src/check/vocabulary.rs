//! What the API gives: which object a function returns, what an event tells, what
//! an object can do.

use super::listed;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// What events tell, see the head of the file.
const PAYLOADS: &str = include_str!("payloads.txt");
/// Every object of JavaScript has these.
const OF_EVERY_OBJECT: [&str; 10] = [
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "__proto__",
    "then",
    "toJSON",
];
/// Members that stand in no list of the cloud.
const MORE_MEMBERS: [(&str, &str); 5] = [
    ("IVRState", "name onInputComplete onInputTimeout"),
    (
        "Endpoint",
        "id getCall getMode getDirection setDisplayName manageEndpoint",
    ),
    ("Net.result", "code text data headers raw_headers error"),
    ("ApplicationStorage.item", "key value expireAt"),
    ("Recorder", "setConference setPriority getPriority update"),
];

/// What a value is, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An object of this class.
    Object(&'static str),
    /// What one of these events tells.
    Event(BTreeSet<&'static str>),
    /// A promise of something.
    Promise(Box<Kind>),
    /// `null` or `undefined`.
    Nothing,
    /// Anything.
    Unknown,
}

/// Whether a kind has a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Has {
    Yes,
    /// On the cloud, not here.
    OnTheCloud,
    No,
}

/// What `Namespace.function(...)` gives.
pub(super) fn result_of(path: &str) -> Kind {
    match path {
        "VoxEngine.callUser"
        | "VoxEngine.callPSTN"
        | "VoxEngine.callSIP"
        | "VoxEngine.callConference"
        | "VoxEngine.callUserDirect"
        | "VoxEngine.callWhatsappUser" => Kind::Object("Call"),
        "VoxEngine.createURLPlayer"
        | "VoxEngine.createTTSPlayer"
        | "VoxEngine.createToneScriptPlayer"
        | "VoxEngine.createToneScript" => Kind::Object("Player"),
        "VoxEngine.createSequencePlayer" => Kind::Object("SequencePlayer"),
        "VoxEngine.createASR" => Kind::Object("ASR"),
        "VoxEngine.createRecorder" => Kind::Object("Recorder"),
        "VoxEngine.createConference" => Kind::Object("Conference"),
        "VoxEngine.createWebSocket" => Kind::Object("WebSocket"),
        "VoxEngine.enqueueACDRequest" => Kind::Object("ACDRequest"),
        "VoxEngine.enqueueTask" => Kind::Object("SmartQueueTask"),
        "AMD.create" => Kind::Object("AMD.AnsweringMachineDetector"),
        "Net.httpRequestAsync" => promise(Kind::Object("Net.result")),
        "ApplicationStorage.get" | "ApplicationStorage.put" | "ApplicationStorage.remove" => {
            promise(Kind::Object("ApplicationStorage.item"))
        }
        _ => Kind::Unknown,
    }
}

/// What a method of an object gives.
pub(super) fn method_result(class: &str, method: &str) -> Kind {
    match (class, method) {
        ("Conference", "add" | "get") => Kind::Object("Endpoint"),
        ("Endpoint", "getCall") => Kind::Object("Call"),
        ("AMD.AnsweringMachineDetector", "detect") => {
            promise(event("AMD.Events.DetectionComplete"))
        }
        _ => Kind::Unknown,
    }
}

/// What a property is.
pub(super) fn member(kind: &Kind, name: &str) -> Kind {
    match kind {
        Kind::Object("SmartQueueTask") if matches!(name, "agentCall" | "clientCall") => {
            Kind::Object("Call")
        }
        Kind::Event(names) => {
            let mut found: Option<Kind> = None;
            for name_of_event in names {
                let Some(field) = payload(name_of_event).and_then(|fields| fields.get(name)) else {
                    continue;
                };
                let kind = field.class.map_or(Kind::Unknown, Kind::Object);
                match &found {
                    Some(other) if *other != kind => return Kind::Unknown,
                    _ => found = Some(kind),
                }
            }
            found.unwrap_or(Kind::Unknown)
        }
        Kind::Object(_) | Kind::Promise(_) | Kind::Nothing | Kind::Unknown => Kind::Unknown,
    }
}

/// Whether something of this kind has a member with this name.
pub(super) fn has(kind: &Kind, name: &str) -> Has {
    if OF_EVERY_OBJECT.contains(&name) {
        return Has::Yes;
    }
    match kind {
        Kind::Object(class) => match members(class).contains(name) {
            true => Has::Yes,
            false => Has::No,
        },
        Kind::Event(names) => {
            let mut answer = Has::No;
            for fields in names.iter().map(|name| payload(name)) {
                match fields.map(|fields| fields.get(name)) {
                    // An event of which nothing is known.
                    None => return Has::Yes,
                    Some(Some(field)) if field.here => return Has::Yes,
                    Some(Some(_)) => answer = Has::OnTheCloud,
                    Some(None) => {}
                }
            }
            answer
        }
        Kind::Promise(_) | Kind::Nothing | Kind::Unknown => Has::Yes,
    }
}

/// Names of all members, for suggestions.
pub(super) fn names_of(kind: &Kind) -> Vec<&'static str> {
    match kind {
        Kind::Object(class) => members(class).iter().copied().collect(),
        Kind::Event(names) => {
            let fields = names.iter().filter_map(|name| payload(name));
            let here = fields.flat_map(|fields| fields.iter().filter(|(_, field)| field.here));
            here.map(|(name, _)| *name).collect()
        }
        Kind::Promise(_) | Kind::Nothing | Kind::Unknown => Vec::new(),
    }
}

/// For messages.
pub(super) fn title(kind: &Kind) -> String {
    match kind {
        Kind::Object("Net.result") => "the result of a request".to_owned(),
        Kind::Object("ApplicationStorage.item") => "an item of ApplicationStorage".to_owned(),
        Kind::Object(class) => {
            let class = class.rsplit('.').next().unwrap_or(class);
            format!("`{class}`")
        }
        Kind::Event(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("the event {}", names.join(" or "))
        }
        Kind::Promise(_) | Kind::Nothing | Kind::Unknown => "a value".to_owned(),
    }
}

/// The kind of what an event tells, by `CallEvents.Connected` or the like.
pub(super) fn event(path: &str) -> Kind {
    match payloads().get_key_value(path) {
        Some((path, _)) => Kind::Event(BTreeSet::from([*path])),
        None => Kind::Unknown,
    }
}

/// What the handler of an `on...` property of a WebSocket is told.
pub(super) fn event_of_property(name: &str) -> Kind {
    match name {
        "onopen" => event("WebSocketEvents.OPEN"),
        "onmessage" => event("WebSocketEvents.MESSAGE"),
        "onerror" => event("WebSocketEvents.ERROR"),
        "onclose" => event("WebSocketEvents.CLOSE"),
        "oncreated" => event("WebSocketEvents.CREATED"),
        "onmediastarted" => event("WebSocketEvents.MEDIA_STARTED"),
        "onmediaended" => event("WebSocketEvents.MEDIA_ENDED"),
        _ => Kind::Unknown,
    }
}

pub(super) fn promise(kind: Kind) -> Kind {
    Kind::Promise(Box::new(kind))
}

struct Field {
    class: Option<&'static str>,
    here: bool,
}

type Fields = BTreeMap<&'static str, Field>;

fn payload(event: &str) -> Option<&'static Fields> {
    payloads().get(event)
}

fn payloads() -> &'static BTreeMap<&'static str, Fields> {
    static READ: OnceLock<BTreeMap<&'static str, Fields>> = OnceLock::new();
    READ.get_or_init(|| {
        let lines = PAYLOADS.lines().filter(|line| !line.starts_with('#'));
        let event = |line: &'static str| {
            let (name, fields) = line.split_once(": ")?;
            Some((name, fields.split(' ').map(field).collect()))
        };
        lines.filter_map(event).collect()
    })
}

fn field(text: &'static str) -> (&'static str, Field) {
    let (text, here) = match text.strip_prefix('~') {
        Some(text) => (text, false),
        None => (text, true),
    };
    let (name, class) = match text.split_once(':') {
        Some((name, class)) => (name, Some(class)),
        None => (text, None),
    };
    (name, Field { class, here })
}

fn members(class: &str) -> &'static BTreeSet<&'static str> {
    static READ: OnceLock<BTreeMap<&'static str, BTreeSet<&'static str>>> = OnceLock::new();
    static NONE: BTreeSet<&'static str> = BTreeSet::new();
    let all = READ.get_or_init(|| {
        let mut all: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
        for (class, member) in listed().filter_map(|name| name.split_once('#')) {
            all.entry(class).or_default().insert(member);
        }
        for (class, more) in MORE_MEMBERS {
            all.entry(class).or_default().extend(more.split(' '));
        }
        all
    });
    all.get(class).unwrap_or(&NONE)
}
