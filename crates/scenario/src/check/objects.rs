//! Members of values that are evidently objects of the API: what functions of the
//! API give, and what the handlers of its events are told.

mod free_names;
mod options;

use super::scopes::{GLOBAL, Scopes, Source};
use super::vocabulary::{Has, Kind, event, has, names_of, title};
use super::{Finding, Severity, likeness};
use std::collections::{BTreeSet, HashMap, HashSet};
use tree_sitter::{Node, Parser, Tree};

/// A suggestion has at least this likeness (0 to 1) to what was written.
const LIKENESS_MIN: f64 = 0.7;
/// Nesting of one file that is followed; deeper code is not looked at.
const DEPTH_MAX: u32 = 200;

/// The findings in files that are loaded together: name and text of each.
pub(super) fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let trees: Vec<Option<Tree>> = files.iter().map(|(_, text)| parse(text)).collect();
    let mut look = Look::new();
    let roots: Vec<(usize, Node<'_>)> = trees
        .iter()
        .enumerate()
        .filter_map(|(at, tree)| Some((at, tree.as_ref()?.root_node())))
        .collect();
    for (file, root) in &roots {
        let text = files.get(*file).map_or("", |(_, text)| *text);
        look.declare(*root, text, GLOBAL, 0);
    }
    for (_, root) in &roots {
        look.link(*root, GLOBAL, 0);
        look.know_names(*root, 0);
    }
    for (file, root) in &roots {
        look.file = files.get(*file).map_or("", |(name, _)| *name);
        look.text = files.get(*file).map_or("", |(_, text)| *text);
        look.judge(*root, GLOBAL, 0);
        look.judge_names(*root);
    }
    look.findings
}

fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    let language = tree_sitter_javascript::LANGUAGE.into();
    parser.set_language(&language).ok()?;
    parser.parse(text, None)
}

struct Look<'t> {
    scopes: Scopes<'t>,
    /// Patterns such as `{ call }` with what is taken apart.
    patterns: HashMap<usize, Vec<Source<'t>>>,
    /// Names that the files put on objects themselves.
    own_members: BTreeSet<&'t str>,
    /// Identifiers that name a function where it is called or made a handler.
    plain_uses: HashSet<usize>,
    known: free_names::Known<'t>,
    findings: Vec<Finding>,
    file: &'t str,
    text: &'t str,
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

fn is_function(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "arrow_function"
            | "function_expression"
            | "function_declaration"
            | "generator_function"
            | "generator_function_declaration"
            | "method_definition"
    )
}

/// The patterns of the parameters.
fn parameters(function: Node<'_>) -> Vec<Node<'_>> {
    if let Some(one) = function.child_by_field_name("parameter") {
        return vec![one];
    }
    function
        .child_by_field_name("parameters")
        .map(children)
        .unwrap_or_default()
}

impl<'t> Look<'t> {
    fn new() -> Self {
        Self {
            scopes: Scopes::new(),
            patterns: HashMap::new(),
            own_members: BTreeSet::new(),
            plain_uses: HashSet::new(),
            known: free_names::Known::default(),
            findings: Vec::new(),
            file: "",
            text: "",
        }
    }

    // --- names ---------------------------------------------------------------------

    /// Opens scopes and declares names.
    fn declare(&mut self, node: Node<'t>, text: &'t str, scope: usize, depth: u32) {
        if depth > DEPTH_MAX {
            return;
        }
        let mut inner = scope;
        match node.kind() {
            "identifier"
            | "property_identifier"
            | "private_property_identifier"
            | "shorthand_property_identifier"
            | "shorthand_property_identifier_pattern" => self.scopes.know(node, text),
            "class_declaration" | "function_declaration" | "generator_function_declaration" => {
                if let Some(name) = node.child_by_field_name("name") {
                    let name = self.scopes.text(name, text);
                    let binding = self.scopes.declare(name, scope, false);
                    if is_function(node) {
                        self.name_function(binding, node);
                    } else {
                        self.scopes.feed(binding, Source::Is(Kind::Unknown));
                    }
                }
            }
            "variable_declaration" | "lexical_declaration" => {
                let hoisted = node.kind() == "variable_declaration";
                for declarator in children(node) {
                    let Some(name) = declarator.child_by_field_name("name") else {
                        continue;
                    };
                    self.declare_pattern(name, text, scope, hoisted);
                    let value = declarator.child_by_field_name("value");
                    if name.kind() == "identifier"
                        && let Some(function) = value.filter(|value| is_function(*value))
                    {
                        let word = self.scopes.text(name, text);
                        let binding = self.scopes.declare(word, scope, hoisted);
                        self.name_function(binding, function);
                        self.plain_uses.insert(name.id());
                    }
                }
            }
            "statement_block" | "switch_body" | "for_statement" | "for_in_statement"
            | "catch_clause" => {
                inner = self.scopes.open(node, scope, false);
                let of = ["left", "parameter"];
                let declares =
                    node.kind() == "catch_clause" || node.child_by_field_name("kind").is_some();
                for pattern in of.iter().filter_map(|of| node.child_by_field_name(of)) {
                    if declares {
                        self.declare_pattern(pattern, text, inner, false);
                    }
                }
            }
            _ => {}
        }
        if is_function(node) {
            inner = self.scopes.open(node, scope, true);
            for parameter in parameters(node) {
                self.declare_pattern(parameter, text, inner, false);
            }
        }
        for child in children(node) {
            self.declare(child, text, inner, depth + 1);
        }
    }

    fn name_function(&mut self, binding: usize, function: Node<'t>) {
        if let Some(binding) = self.scopes.bindings.get_mut(binding) {
            // A second value of the same name: nothing is sure.
            let first = binding.function.is_none() && binding.sources.is_empty();
            binding.function = first.then_some(function);
            binding.sources.push(Source::Is(Kind::Unknown));
        }
    }

    fn declare_pattern(&mut self, node: Node<'t>, text: &'t str, scope: usize, hoisted: bool) {
        match node.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => {
                self.scopes.know(node, text);
                let name = self.scopes.text(node, text);
                self.scopes.declare(name, scope, hoisted);
            }
            "pair_pattern" => {
                if let Some(value) = node.child_by_field_name("value") {
                    self.declare_pattern(value, text, scope, hoisted);
                }
            }
            "assignment_pattern" | "object_assignment_pattern" => {
                if let Some(left) = node.child_by_field_name("left") {
                    self.declare_pattern(left, text, scope, hoisted);
                }
            }
            "object_pattern" | "array_pattern" | "rest_pattern" => {
                for child in children(node) {
                    self.declare_pattern(child, text, scope, hoisted);
                }
            }
            _ => {}
        }
    }

    // --- values --------------------------------------------------------------------

    /// Notes what is put into which variable.
    fn link(&mut self, node: Node<'t>, scope: usize, depth: u32) {
        if depth > DEPTH_MAX {
            return;
        }
        let scope = self.scopes.inside(node, scope);
        let part = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "variable_declarator" => {
                if let (Some(name), Some(value)) = (part("name"), part("value"))
                    && !self.plain_uses.contains(&name.id())
                {
                    self.assign(name, value, scope);
                }
            }
            "assignment_expression" => {
                if let (Some(left), Some(right)) = (part("left"), part("right")) {
                    self.assign(left, right, scope);
                }
            }
            "augmented_assignment_expression" | "for_in_statement" => {
                if let Some(left) = part("left") {
                    self.fill(left, &Source::Is(Kind::Unknown), scope);
                }
            }
            "update_expression" => {
                if let Some(changed) = part("argument") {
                    self.fill(changed, &Source::Is(Kind::Unknown), scope);
                }
            }
            "call_expression" => self.link_call(node, scope),
            "identifier" | "shorthand_property_identifier" => self.link_use(node, scope),
            _ => {}
        }
        for child in children(node) {
            self.link(child, scope, depth + 1);
        }
    }

    fn assign(&mut self, left: Node<'t>, right: Node<'t>, scope: usize) {
        if left.kind() == "identifier" && is_function(right) {
            let name = self.scopes.word(left);
            let binding = match self.scopes.resolve(name, scope) {
                Some(binding) => binding,
                None => self.scopes.declare(name, GLOBAL, false),
            };
            self.plain_uses.insert(left.id());
            self.name_function(binding, right);
            return;
        }
        self.fill(left, &Source::Expression(right, scope), scope);
        if left.kind() == "member_expression"
            && let (Some(object), Some(property)) = (
                left.child_by_field_name("object"),
                left.child_by_field_name("property"),
            )
        {
            let name = self.scopes.word(property);
            self.own_members.insert(name);
            if is_function(right) {
                self.tell(right, 0, &Source::Told(object, scope, name), scope);
            }
        }
    }

    /// Puts a value into what a pattern names.
    fn fill(&mut self, pattern: Node<'t>, source: &Source<'t>, scope: usize) {
        match pattern.kind() {
            "identifier" => {
                let name = self.scopes.word(pattern);
                let binding = match self.scopes.resolve(name, scope) {
                    Some(binding) => binding,
                    // A sloppy global.
                    None => self.scopes.declare(name, GLOBAL, false),
                };
                self.plain_uses.insert(pattern.id());
                self.scopes.feed(binding, source.clone());
            }
            "assignment_pattern" => {
                if let Some(left) = pattern.child_by_field_name("left") {
                    self.fill(left, source, scope);
                }
                if let (Some(left), Some(right)) = (
                    pattern.child_by_field_name("left"),
                    pattern.child_by_field_name("right"),
                ) {
                    self.fill(left, &Source::Expression(right, scope), scope);
                }
            }
            "object_pattern" => {
                let known = self.patterns.entry(pattern.id()).or_default();
                known.push(source.clone());
                for child in children(pattern) {
                    self.fill_field(child, source, scope);
                }
            }
            "array_pattern" | "rest_pattern" => {
                for child in children(pattern) {
                    self.fill(child, &Source::Is(Kind::Unknown), scope);
                }
            }
            _ => {}
        }
    }

    fn fill_field(&mut self, child: Node<'t>, source: &Source<'t>, scope: usize) {
        let unknown = Source::Is(Kind::Unknown);
        match child.kind() {
            "shorthand_property_identifier_pattern" => {
                let name = self.scopes.word(child);
                let field = Source::Field(Box::new(source.clone()), name);
                if let Some(binding) = self.scopes.resolve(name, scope) {
                    self.scopes.feed(binding, field);
                }
            }
            "pair_pattern" => {
                let key = child.child_by_field_name("key");
                let value = child.child_by_field_name("value");
                if let (Some(key), Some(value)) = (key, value) {
                    let field = match key.kind() {
                        "property_identifier" => {
                            Source::Field(Box::new(source.clone()), self.scopes.word(key))
                        }
                        _ => unknown,
                    };
                    self.fill(value, &field, scope);
                }
            }
            // With a default there may be anything.
            "object_assignment_pattern" => {
                if let Some(left) = child.child_by_field_name("left") {
                    let name = self.scopes.word(left);
                    if let Some(binding) = self.scopes.resolve(name, scope) {
                        self.scopes.feed(binding, unknown);
                    }
                }
            }
            _ => self.fill(child, &unknown, scope),
        }
    }

    /// A function is told something as one of its arguments.
    fn tell(&mut self, function: Node<'t>, at: usize, source: &Source<'t>, outer: usize) {
        let scope = self.scopes.inside(function, outer);
        if let Some(pattern) = parameters(function).get(at) {
            self.fill(*pattern, source, scope);
        }
    }

    /// The function that an argument is or names; its use is accounted for then.
    fn function_of(&mut self, node: Node<'t>, scope: usize) -> Option<Node<'t>> {
        if is_function(node) {
            return Some(node);
        }
        if node.kind() != "identifier" {
            return None;
        }
        let binding = self.scopes.resolve(self.scopes.word(node), scope)?;
        let function = self.scopes.bindings.get(binding)?.function?;
        self.plain_uses.insert(node.id());
        Some(function)
    }

    fn link_call(&mut self, call: Node<'t>, scope: usize) {
        let Some(callee) = call.child_by_field_name("function") else {
            return;
        };
        let given = call
            .child_by_field_name("arguments")
            .map(children)
            .unwrap_or_default();
        if callee.kind() == "identifier" {
            if let Some(function) = self.function_of(callee, scope) {
                for (at, argument) in given.iter().enumerate() {
                    let source = match argument.kind() {
                        "spread_element" => Source::Is(Kind::Unknown),
                        _ => Source::Expression(*argument, scope),
                    };
                    self.tell(function, at, &source, GLOBAL);
                }
            }
            return;
        }
        let method = callee
            .child_by_field_name("property")
            .map_or("", |property| self.scopes.word(property));
        let path = self.scopes.path(callee, scope).unwrap_or_default();
        let second = given.get(1).copied();
        match (method, path.as_str()) {
            ("addEventListener", _) => {
                let (Some(name), Some(handler)) = (given.first(), second) else {
                    return;
                };
                let kind = self.scopes.path(*name, scope);
                let kind = kind.map_or(Kind::Unknown, |name| event(&name));
                if let Some(function) = self.function_of(handler, scope) {
                    self.tell(function, 0, &Source::Is(kind), GLOBAL);
                }
            }
            ("removeEventListener", _) => {
                if let Some(handler) = second {
                    self.function_of(handler, scope);
                }
            }
            ("then", _) => {
                let object = callee.child_by_field_name("object");
                if let (Some(object), Some(then)) = (object, given.first())
                    && let Some(function) = self.function_of(*then, scope)
                {
                    self.tell(function, 0, &Source::Resolved(object, scope), GLOBAL);
                }
            }
            (_, "Net.httpRequest") => {
                if let Some(function) = second.and_then(|node| self.function_of(node, scope)) {
                    let result = Source::Is(Kind::Object("Net.result"));
                    self.tell(function, 0, &result, GLOBAL);
                }
            }
            (_, "VoxEngine.easyProcess" | "VoxEngine.forwardCallToUser") => {
                for argument in given {
                    let Some(function) = self.function_of(argument, scope) else {
                        continue;
                    };
                    for at in [0, 1] {
                        self.tell(function, at, &Source::Is(Kind::Object("Call")), GLOBAL);
                    }
                }
            }
            _ => {}
        }
    }

    /// A function that is used in a way that is not followed may be told anything.
    fn link_use(&mut self, node: Node<'t>, scope: usize) {
        if self.plain_uses.contains(&node.id()) {
            return;
        }
        let Some(binding) = self.scopes.resolve(self.scopes.word(node), scope) else {
            return;
        };
        let function = self.scopes.bindings.get(binding).and_then(|b| b.function);
        let Some(function) = function else { return };
        let named = function.child_by_field_name("name");
        if named.is_some_and(|name| name.id() == node.id()) {
            return;
        }
        for at in 0..parameters(function).len() {
            self.tell(function, at, &Source::Is(Kind::Unknown), GLOBAL);
        }
    }

    // --- findings ------------------------------------------------------------------

    fn judge(&mut self, node: Node<'t>, scope: usize, depth: u32) {
        if depth > DEPTH_MAX {
            return;
        }
        let scope = self.scopes.inside(node, scope);
        match node.kind() {
            "call_expression" => {
                self.judge_form(node, scope);
                self.judge_options(node, scope);
                let callee = node.child_by_field_name("function");
                if let Some(callee) = callee.filter(|node| node.kind() == "member_expression") {
                    self.judge_member(callee, scope, true);
                    // Its parts are looked at, itself not once more.
                    for child in children(callee)
                        .into_iter()
                        .chain(children(node).into_iter().skip(1))
                    {
                        self.judge(child, scope, depth + 1);
                    }
                    return;
                }
            }
            "new_expression" => self.judge_options(node, scope),
            "assignment_expression" => self.judge_handler(node, scope),
            "member_expression" => self.judge_member(node, scope, false),
            "object_pattern" => self.judge_pattern(node),
            _ => {}
        }
        for child in children(node) {
            self.judge(child, scope, depth + 1);
        }
    }

    fn judge_member(&mut self, node: Node<'t>, scope: usize, called: bool) {
        let object = node.child_by_field_name("object");
        let property = node.child_by_field_name("property");
        if let (Some(object), Some(property)) = (object, property) {
            let kind = self.scopes.kind_of(object, scope);
            self.judge_name(&kind, property, called);
        }
    }

    /// Positions where objects stand today.
    fn judge_form(&mut self, call: Node<'t>, scope: usize) {
        let callee = call.child_by_field_name("function");
        let Some(callee) = callee.filter(|node| node.kind() == "member_expression") else {
            return;
        };
        let given = call.child_by_field_name("arguments").map(children);
        let second = given.unwrap_or_default().get(1).map(|node| node.kind());
        let is_bool = matches!(second, Some("true" | "false"));
        let is_text = matches!(second, Some("string" | "template_string"));
        let Some(property) = callee.child_by_field_name("property") else {
            return;
        };
        let path = self.scopes.path(callee, scope).unwrap_or_default();
        let today = match (path.as_str(), self.scopes.word(property)) {
            ("VoxEngine.createURLPlayer", _) if is_bool => "createURLPlayer(url, {loop, onPause})",
            ("VoxEngine.createTTSPlayer", _) if is_text => "createTTSPlayer(text, {voice})",
            ("VoxEngine.callSIP", _) if is_text => "callSIP(to, {callerid, displayName, ...})",
            (_, "startPlayback") if is_bool => "startPlayback(url, {loop})",
            _ => return,
        };
        let message = format!("the positional form is old: {today}");
        self.find(Severity::Note, property, message);
    }

    fn judge_pattern(&mut self, pattern: Node<'t>) {
        let Some(sources) = self.patterns.get(&pattern.id()).cloned() else {
            return;
        };
        for child in children(pattern) {
            let key = match child.kind() {
                "shorthand_property_identifier_pattern" => child,
                "pair_pattern" => match child.child_by_field_name("key") {
                    Some(key) if key.kind() == "property_identifier" => key,
                    _ => continue,
                },
                _ => continue,
            };
            let name = self.scopes.word(key);
            let kinds: Vec<Kind> = sources.iter().map(|s| self.scopes.kind_from(s)).collect();
            // Where it may be one of several things, one that has it is enough.
            if kinds.iter().all(|kind| has(kind, name) != Has::Yes)
                && let Some(kind) = kinds.first()
            {
                self.judge_name(kind, key, false);
            }
        }
    }

    fn judge_name(&mut self, kind: &Kind, property: Node<'t>, called: bool) {
        let name = self.scopes.word(property);
        if name.is_empty() || name.starts_with('#') || self.own_members.contains(name) {
            return;
        }
        let (of, best) = (title(kind), alike(name, &names_of(kind)));
        let (severity, message) = match has(kind, name) {
            Has::Yes => return,
            Has::OnTheCloud => (
                Severity::Missing,
                format!("`{name}` of {of} is not in Cordboard yet"),
            ),
            Has::No => match best {
                Some(best) => (
                    Severity::Error,
                    format!("{of} has no `{name}`: did you mean `{best}`?"),
                ),
                None if called => (Severity::Error, format!("{of} has no `{name}`")),
                None => (
                    Severity::Note,
                    format!("{of} has no `{name}`: it is undefined"),
                ),
            },
        };
        self.find(severity, property, message);
    }

    fn find(&mut self, severity: Severity, at: Node<'t>, message: String) {
        let place = at.start_position();
        let line = self.text.lines().nth(place.row).unwrap_or_default();
        let before = line.get(..place.column).unwrap_or_default();
        let number = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        self.findings.push(Finding {
            severity,
            file: self.file.to_owned(),
            line: number(place.row),
            column: number(before.chars().count()),
            message,
        });
    }
}

/// The most alike of some names, if one is alike enough.
fn alike(name: &str, names: &[&'static str]) -> Option<&'static str> {
    let rated = names.iter().map(|other| (likeness(other, name), *other));
    // One slip in a short name is much of it.
    let one_slip = |other: &str| strsim::damerau_levenshtein(other, name) == 1;
    rated
        .filter(|(likeness, other)| *likeness >= LIKENESS_MIN || one_slip(other))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
