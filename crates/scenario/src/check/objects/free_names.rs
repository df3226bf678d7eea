//! Names that stand alone and that neither the files nor the API nor the language have:
//! `Loger.write`, `setTimout`. Reading one ends the session.

use super::{Look, Severity, alike, children, is_function};
use crate::check::{NAMES_PER_SESSION, lines_of};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::OnceLock;
use tree_sitter::Node;

/// Nesting of one file that is followed, as in the rest of the check.
const DEPTH_MAX: u32 = super::DEPTH_MAX;
/// Of the cloud: video, vendors' products, what needs its services.
const OF_THE_CLOUD: [&str; 19] = [
    "CCAI",
    "Cartesia",
    "Deepgram",
    "DialogflowLanguage",
    "DialogflowModel",
    "DialogflowModelVariant",
    "DialogflowSsmlVoiceGender",
    "ElevenLabs",
    "Gemini",
    "Grok",
    "MeasurementProtocol",
    "OpenAI",
    "PushServiceState",
    "StreamingAgentEvents",
    "Ultravox",
    "VoxTTS",
    "VoximplantAPI",
    "VoximplantAvatar",
    "Yandex",
];

/// What a name that stands alone may be.
#[derive(Default)]
pub(super) struct Known<'t> {
    /// Declared somewhere, in whatever scope.
    declared: BTreeSet<&'t str>,
    /// `typeof name`: the scenario knows that it may not be there.
    asked_for: BTreeSet<&'t str>,
    /// Names without a home that were told already.
    told: BTreeSet<&'t str>,
    /// A file makes names in a way that is not followed.
    is_opaque: bool,
}

/// The globals of a session.
fn globals() -> &'static BTreeSet<&'static str> {
    static READ: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    READ.get_or_init(|| {
        let text = "for (const k of Object.getOwnPropertyNames(globalThis)) Logger.write(k);";
        let names = lines_of(text.to_owned()).into_iter();
        names.map(|name| &*name.leak()).collect()
    })
}

/// Those of the names that a session has. Some are there only when a file names them.
fn existing(names: &BTreeSet<&str>) -> BTreeSet<String> {
    let names: Vec<&&str> = names.iter().collect();
    let mut there = BTreeSet::new();
    for part in names.chunks(NAMES_PER_SESSION) {
        let mut text = String::new();
        for name in part {
            // Identifiers of a file that compiles: nothing of it runs here.
            let _ = writeln!(
                text,
                "if (typeof {name} !== 'undefined') Logger.write('{name}');"
            );
        }
        there.extend(lines_of(text));
    }
    there
}

impl<'t> Look<'t> {
    /// Collects what the files declare, all of them before anything is judged.
    pub(super) fn know_names(&mut self, node: Node<'t>, depth: u32) {
        if depth > DEPTH_MAX {
            self.known.is_opaque = true;
            return;
        }
        match node.kind() {
            "with_statement" => self.known.is_opaque = true,
            "unary_expression" => {
                let operator = node.child_by_field_name("operator");
                let asked = node.child_by_field_name("argument");
                if let (Some("typeof"), Some(asked)) = (operator.map(|o| o.kind()), asked) {
                    self.known.asked_for.insert(self.scopes.word(asked));
                }
            }
            "call_expression" => {
                let callee = node.child_by_field_name("function");
                let callee = callee.map_or("", |callee| self.scopes.word(callee));
                self.known.is_opaque |= matches!(callee, "eval" | "Function");
            }
            // Sloppy globals too: `({ a } = b)`.
            "shorthand_property_identifier_pattern" => {
                self.known.declared.insert(self.scopes.word(node));
            }
            _ => {}
        }
        let names_itself = match node.kind() {
            "method_definition" => false,
            "class" | "class_declaration" => true,
            _ => is_function(node),
        };
        if let Some(name) = node.child_by_field_name("name").filter(|_| names_itself) {
            self.known.declared.insert(self.scopes.word(name));
        }
        for child in children(node) {
            self.know_names(child, depth + 1);
        }
    }

    /// What stands alone in a file and is nowhere.
    pub(super) fn judge_names(&mut self, root: Node<'t>) {
        if self.known.is_opaque {
            return;
        }
        let mut free = Vec::new();
        self.free_names(root, &mut free, 0);
        let names = free.iter().map(|(_, name)| *name).collect();
        let there = existing(&names);
        let candidates: Vec<&'static str> = globals().iter().copied().collect();
        for (node, name) in free {
            // A constant of another file may be spelt like a name of the API.
            let is_constant = !name.contains(char::is_lowercase);
            let best = alike(name, &candidates).filter(|_| !is_constant);
            let (severity, message) = match best {
                _ if there.contains(name) => continue,
                _ if OF_THE_CLOUD.contains(&name) => (
                    Severity::Missing,
                    format!("`{name}` of the cloud is not in Cordboard"),
                ),
                Some(best) => (
                    Severity::Error,
                    format!("`{name}` does not exist: did you mean `{best}`?"),
                ),
                // Told once: a file that is loaded before this one may have it.
                None if self.known.told.insert(name) => (
                    Severity::Note,
                    format!("`{name}` is not in these files: is one missing?"),
                ),
                None => continue,
            };
            self.find(severity, node, message);
        }
    }

    fn free_names(&self, node: Node<'t>, free: &mut Vec<(Node<'t>, &'t str)>, depth: u32) {
        if depth > DEPTH_MAX {
            return;
        }
        if matches!(node.kind(), "identifier" | "shorthand_property_identifier") {
            let name = self.scopes.word(node);
            let known = name.is_empty()
                || name == "arguments"
                || name.contains('\\')
                || self.scopes.is_declared(name)
                || self.known.declared.contains(name)
                || self.known.asked_for.contains(name)
                || self.own_members.contains(name);
            if !known {
                free.push((node, name));
            }
        }
        for child in children(node) {
            self.free_names(child, free, depth + 1);
        }
    }
}
