//! Scenario files, compiled once and shared by the sessions of a rule.

use crate::limits::{Limits, count};
use crate::parts;
use script::Bytecode;
use std::collections::HashSet;
use std::sync::Arc;

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
    /// Names of the API that the files may use, each with its part: a session makes
    /// only those.
    globals: Arc<[(&'static str, &'static str)]>,
    may_use_typed_arrays: bool,
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
        let indirect = [
            "eval",
            "Function",
            "constructor",
            "globalThis",
            "getOwnPropertyNames",
            "getOwnPropertyDescriptors",
            "ownKeys",
        ];
        // A name may also be spelt with escapes, or read from `this` by a text.
        self.any |= indirect.iter().any(|word| self.seen.contains(*word))
            || text.contains("\\u")
            || text.contains("this[");
    }

    /// Whether the files may use a global name.
    fn may_mean(&self, name: &str) -> bool {
        self.any || self.seen.contains(name)
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
            globals: parts::globals()
                .filter(|(name, _)| words.may_mean(name))
                .collect(),
            may_use_typed_arrays: TYPED_ARRAYS.iter().any(|name| words.may_mean(name)),
        })
    }

    /// The names of the API that the files may use and that are not always there, each
    /// with its part.
    pub(crate) fn globals(&self) -> &[(&'static str, &'static str)] {
        &self.globals
    }

    /// Whether the files may use `ArrayBuffer` or one of its kin.
    pub(crate) fn may_use_typed_arrays(&self) -> bool {
        self.may_use_typed_arrays
    }

    pub(crate) fn files(&self) -> &[Bytecode] {
        &self.files
    }
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
