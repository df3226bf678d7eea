//! Scenario files, compiled once and shared by the sessions of a rule.

use crate::limits::{Limits, count};
use script::Bytecode;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

/// The prelude: classes, enums and events of the API in JavaScript. One function
/// that takes the host operations and returns the function that takes inputs.
const PRELUDE: &str = concat!(
    "(function (host) { 'use strict';\n",
    include_str!("prelude/emitter.js"),
    include_str!("prelude/events.js"),
    include_str!("prelude/playback.js"),
    include_str!("prelude/player.js"),
    include_str!("prelude/call.js"),
    include_str!("prelude/dial.js"),
    include_str!("prelude/net.js"),
    include_str!("prelude/timers.js"),
    include_str!("prelude/encoding.js"),
    include_str!("prelude/voxengine.js"),
    include_str!("prelude/parts.js"),
    include_str!("prelude/globals.js"),
    "return deliver; })",
);

/// Parts of the API that are loaded when a scenario first names them. Each is a
/// function of the host operations and of what the prelude shares.
const ENUMERATIONS: &str = concat!(
    "(function (host, own) { 'use strict'; const { names } = own;\n",
    include_str!("prelude/enumerations.js"),
    "return { enumeration }; })",
);
const EXTRAS: &str = concat!(
    "(function (host, own) { 'use strict';\n",
    "const { Emitter, Playback, SessionDate, CallEvents, MARKERS_MAX, units, hearing, fire, emit, ",
    "asText, isObject, stringify, names, bindOnRead, sendMedia, stopMedia, forgetUnit, urlSource, speechSource, ",
    "markerTimer, clearMarker, parse } = own;\n",
    include_str!("prelude/sequence.js"),
    include_str!("prelude/ivr.js"),
    include_str!("prelude/services.js"),
    "return { CallList, ApplicationStorage, IVRState, IVR, getLocalTime, PhoneNumber, createSequencePlayer, ",
    "storageAnswer }; })",
);

const UNITS: &str = concat!(
    "(function (host, own) { 'use strict';\n",
    "const { Emitter, CallEvents, units, fire, emit, asText, isObject, names, bindOnRead, ",
    "sendMedia, stopMedia, forgetUnit, whenCallEnds, whenSessionEnds, onUnit, later } = own;\n",
    include_str!("prelude/conference.js"),
    include_str!("prelude/recorder.js"),
    "return { createConference, destroyConference, createRecorder, recordCall }; })",
);

const SPEECH: &str = concat!(
    "(function (host, own) { 'use strict';\n",
    "const { Emitter, units, fire, emit, asText, isObject, names, bindOnRead, forgetUnit } = own;\n",
    include_str!("prelude/speech.js"),
    "return { createASR, onAsr }; })",
);

const QUEUES: &str = concat!(
    "(function (host, own) { 'use strict';\n",
    "const { Emitter, CallEvents, SessionDate, units, fire, asText, isObject, stringify, parse, names, ",
    "bindOnRead, markerTimer, clearMarker, calls, callUser, callSIP, callPSTN, watch, note, ",
    "backendAsked, started } = own;\n",
    include_str!("prelude/placement.js"),
    include_str!("prelude/queues.js"),
    "return { enqueueACDRequest, enqueueTask, onCommand, closePlacements }; })",
);

const SOCKETS: &str = concat!(
    "(function (host, own) { 'use strict';\n",
    "const { Emitter, AppEvents, app, units, fire, emit, note, asText, isObject, stringify, parse, ",
    "names, bindOnRead, sendMedia, stopMedia, forgetUnit, keyValues, sessionURL } = own;\n",
    include_str!("prelude/socket.js"),
    "return { WebSocket, createWebSocket, traceIncomingSockets, openStream, openStreams, endStream, onSocket, ",
    "onArrived, closeSockets }; })",
);

const MAIL: &str = concat!(
    "(function (host, own) { 'use strict'; const { asText, isObject, stringify } = own;\n",
    include_str!("prelude/mail.js"),
    "return { sendMail, mailAnswer }; })",
);

const AMD: &str = concat!(
    "(function (host, own) { 'use strict';\n",
    "const { Emitter, units, fire, emit, note, asText, isObject, names, bindOnRead, sendMedia, ",
    "forgetUnit, callStateOf, callOfUnit } = own;\n",
    include_str!("prelude/amd.js"),
    "return { create, AI, belongTo, callConnected, callEnded, heardBy, onResult }; })",
);

const LISTENING: &str = concat!(
    "(function (host, own) { 'use strict';\n",
    "const { CallEvents, fire, emit, isObject, later, onUnit, calls, whenCallEnds } = own;\n",
    include_str!("prelude/listening.js"),
    "return { vad, handleMicStatus, enableBeepDetection, disableBeepDetection, monitorMediaStatistics }; })",
);

/// Globals of ECMAScript that a session has only if a file names one of them.
const TYPED_ARRAYS: [&str; 16] = [
    "ArrayBuffer",
    "SharedArrayBuffer",
    "DataView",
    "Atomics",
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
];

/// One scenario file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// File name, shown in stack traces.
    pub name: String,
    /// JavaScript text.
    pub text: String,
}

/// A compiled set of scenario files: bytecode shared by the sessions of one
/// rule. `Send + Sync`, cheap to clone.
#[derive(Clone, Debug)]
pub struct Program {
    files: Arc<[Bytecode]>,
    /// Words of the files, so that a session makes only the names it may use.
    words: Arc<Words>,
}

/// Words of scenario files.
#[derive(Debug, Default)]
struct Words {
    seen: HashSet<String>,
    /// Names may be put together at run time: any name may be meant.
    any: bool,
}

impl Words {
    fn add(&mut self, text: &str) {
        let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
        self.seen.extend(parts.map(str::to_owned));
        let indirect = ["eval", "Function", "constructor", "globalThis"];
        // A name may also be spelt with escapes, or read from `this` by a text.
        self.any |= indirect.iter().any(|word| self.seen.contains(*word))
            || text.contains("\\u")
            || text.contains("this[");
    }
}

impl Program {
    /// Compiles files in the order in which they are loaded.
    ///
    /// # Errors
    /// A syntax error, with file, line and column; or files that are together
    /// longer than 262,144 characters.
    pub fn compile(sources: Vec<Source>) -> Result<Self, CompileError> {
        Self::compile_within(sources, &Limits::default())
    }

    /// The same with other limits, of which [`Limits::source_chars`] counts.
    ///
    /// # Errors
    /// As [`Program::compile`].
    pub fn compile_within(sources: Vec<Source>, limits: &Limits) -> Result<Self, CompileError> {
        let source_chars = limits.source_chars;
        let mut chars_left = count(source_chars);
        let mut files = Vec::with_capacity(sources.len());
        let mut words = Words::default();
        for source in &sources {
            let chars = source.text.chars().count();
            let Some(left) = chars_left.checked_sub(chars) else {
                return Err(CompileError {
                    file: source.name.clone(),
                    line: 0,
                    column: 0,
                    message: format!(
                        "the files of a rule may have {source_chars} characters together"
                    ),
                });
            };
            chars_left = left;
            words.add(&source.text);
            files.push(script::compile(&source.name, &source.text)?);
        }
        if words.seen.contains("PhoneNumber") {
            crate::phone_number::prepare();
        }
        Ok(Self {
            files: files.into(),
            words: Arc::new(words),
        })
    }

    /// Whether the files may use a global name.
    pub(crate) fn may_use(&self, name: &str) -> bool {
        self.words.any || self.words.seen.contains(name)
    }

    /// Whether the files may use `ArrayBuffer` or one of its kin.
    pub(crate) fn may_use_typed_arrays(&self) -> bool {
        TYPED_ARRAYS.iter().any(|name| self.may_use(name))
    }

    pub(crate) fn files(&self) -> &[Bytecode] {
        &self.files
    }
}

/// The prelude's bytecode, compiled by the first session of the process.
pub(crate) fn prelude() -> &'static Bytecode {
    static COMPILED: OnceLock<Bytecode> = OnceLock::new();
    COMPILED.get_or_init(|| {
        #[allow(clippy::expect_used)] // the text is ours and every test compiles it
        script::compile_compact("prelude", PRELUDE).expect("the built-in prelude compiles")
    })
}

/// The bytecode of a part by its name in parts.js, compiled when first needed.
pub(crate) fn part(name: &str) -> Option<&'static Bytecode> {
    static ENUMERATIONS_CODE: OnceLock<Bytecode> = OnceLock::new();
    static EXTRAS_CODE: OnceLock<Bytecode> = OnceLock::new();
    static UNITS_CODE: OnceLock<Bytecode> = OnceLock::new();
    static SPEECH_CODE: OnceLock<Bytecode> = OnceLock::new();
    static QUEUES_CODE: OnceLock<Bytecode> = OnceLock::new();
    static SOCKETS_CODE: OnceLock<Bytecode> = OnceLock::new();
    static MAIL_CODE: OnceLock<Bytecode> = OnceLock::new();
    static AMD_CODE: OnceLock<Bytecode> = OnceLock::new();
    static LISTENING_CODE: OnceLock<Bytecode> = OnceLock::new();
    let (code, text) = match name {
        "enumerations" => (&ENUMERATIONS_CODE, ENUMERATIONS),
        "extras" => (&EXTRAS_CODE, EXTRAS),
        "units" => (&UNITS_CODE, UNITS),
        "speech" => (&SPEECH_CODE, SPEECH),
        "queues" => (&QUEUES_CODE, QUEUES),
        "sockets" => (&SOCKETS_CODE, SOCKETS),
        "mail" => (&MAIL_CODE, MAIL),
        "amd" => (&AMD_CODE, AMD),
        "listening" => (&LISTENING_CODE, LISTENING),
        _ => return None,
    };
    Some(code.get_or_init(|| {
        #[allow(clippy::expect_used)] // the text is ours and a test loads every part
        script::compile_compact("prelude", text).expect("the built-in part compiles")
    }))
}

/// A scenario that does not compile. The author of the scenario can fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct CompileError {
    /// File name.
    pub file: String,
    /// Line from 1; 0 when unknown.
    pub line: u32,
    /// Column from 1; 0 when unknown.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

impl From<script::SyntaxError> for CompileError {
    fn from(error: script::SyntaxError) -> Self {
        Self {
            file: error.file,
            line: error.line,
            column: error.column,
            message: error.message,
        }
    }
}
