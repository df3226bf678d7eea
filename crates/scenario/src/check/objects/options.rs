//! Keys of the objects that functions of the API take. A key that nobody knows is
//! ignored when the scenario runs, so that a slip in one goes unnoticed.

use super::{Look, Severity, alike, children};
use crate::check::vocabulary::{Kind, names_of};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use tree_sitter::Node;

/// See the head of the file.
const OPTIONS: &str = include_str!("../options.txt");

type Keys = BTreeMap<(&'static str, usize), Vec<&'static str>>;

/// Keys by the function, `VoxEngine.callUser` or `Call#say`, and the position.
fn keys() -> &'static Keys {
    static READ: OnceLock<Keys> = OnceLock::new();
    READ.get_or_init(|| {
        let lines = OPTIONS.lines().filter(|line| !line.starts_with('#'));
        let row = |line: &'static str| {
            let (taker, keys) = line.split_once(": ")?;
            let (function, position) = taker.split_once(' ')?;
            let keys = keys.split(' ').map(|key| key.trim_start_matches('~'));
            Some(((function, position.parse().ok()?), keys.collect()))
        };
        lines.filter_map(row).collect()
    })
}

impl<'t> Look<'t> {
    /// A call of a function, or `new` of a class.
    pub(super) fn judge_options(&mut self, call: Node<'t>, scope: usize) {
        let part = |name: &str| call.child_by_field_name(name);
        let Some(callee) = part("function").or_else(|| part("constructor")) else {
            return;
        };
        let Some(function) = self.taker(callee, scope) else {
            return;
        };
        let given = part("arguments").map(children).unwrap_or_default();
        for (at, object) in given.into_iter().enumerate() {
            if object.kind() == "spread_element" {
                return;
            }
            let Some(known) = keys().get(&(function.as_str(), at)) else {
                continue;
            };
            if object.kind() == "object" {
                self.judge_keys(object, &function, known);
            }
        }
    }

    /// `socket.onmesage = ...`: a handler put where nobody looks.
    pub(super) fn judge_handler(&mut self, assignment: Node<'t>, scope: usize) {
        let left = assignment.child_by_field_name("left");
        let Some(left) = left.filter(|left| left.kind() == "member_expression") else {
            return;
        };
        let (Some(object), Some(property)) = (
            left.child_by_field_name("object"),
            left.child_by_field_name("property"),
        ) else {
            return;
        };
        let name = self.scopes.word(property);
        let kind = self.scopes.kind_of(object, scope);
        if kind != Kind::Object("WebSocket") || !name.starts_with("on") {
            return;
        }
        let handlers: Vec<&str> = names_of(&kind)
            .into_iter()
            .filter(|known| known.starts_with("on"))
            .collect();
        if handlers.contains(&name) {
            return;
        }
        if let Some(best) = alike(name, &handlers) {
            let message = format!("`WebSocket` has no `{name}`: did you mean `{best}`?");
            self.find(Severity::Error, property, message);
        }
    }

    fn judge_keys(&mut self, object: Node<'t>, function: &str, known: &[&'static str]) {
        for child in children(object) {
            let key = match child.kind() {
                "pair" => match child.child_by_field_name("key") {
                    Some(key) if key.kind() == "property_identifier" => key,
                    _ => continue,
                },
                "shorthand_property_identifier" => child,
                _ => continue,
            };
            let name = self.scopes.word(key);
            if known.contains(&name) {
                continue;
            }
            // Without something alike it may be of a release that we do not know.
            if let Some(best) = alike(name, known) {
                let function = function.rsplit(['.', '#']).next().unwrap_or(function);
                let message = format!("`{function}` takes no `{name}`: did you mean `{best}`?");
                self.find(Severity::Error, key, message);
            }
        }
    }

    /// `VoxEngine.callUser`, `Call#say` or `IVRState`.
    fn taker(&self, callee: Node<'t>, scope: usize) -> Option<String> {
        if let Some(path) = self.scopes.path(callee, scope) {
            return Some(path);
        }
        let object = callee.child_by_field_name("object")?;
        let method = callee.child_by_field_name("property")?;
        match self.scopes.kind_of(object, scope) {
            Kind::Object(class) => Some(format!("{class}#{}", self.scopes.word(method))),
            Kind::Event(_) | Kind::Promise(_) | Kind::Nothing | Kind::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OPTIONS, keys};

    #[test]
    fn every_row_is_read() {
        let rows = OPTIONS.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(keys().len(), rows.count());
    }
}
