//! Names of scenario files and what their values may be. All files share one
//! global scope. A variable is what everything that is ever put into it is; where
//! one of those is not known, nothing is known of the variable.

use super::vocabulary::{Kind, event_of_property, member, method_result, result_of};
use std::collections::{HashMap, HashSet};
use tree_sitter::Node;

/// The scope of all files.
pub(super) const GLOBAL: usize = 0;
/// So far is a value followed from variable to variable.
const DEPTH_MAX: u32 = 12;
/// Names of the API have at most so many parts.
const PATH_STEPS_MAX: usize = 4;

/// Where the value of a variable comes from.
#[derive(Clone)]
pub(super) enum Source<'t> {
    /// An expression, seen from a scope.
    Expression(Node<'t>, usize),
    /// A field of something else.
    Field(Box<Source<'t>>, &'t str),
    /// What a promise is resolved with.
    Resolved(Node<'t>, usize),
    /// What the handler of a property, such as `onmessage`, of this object is told.
    Told(Node<'t>, usize, &'t str),
    /// This, whatever else.
    Is(Kind),
}

/// A declared name.
#[derive(Default)]
pub(super) struct Binding<'t> {
    pub(super) sources: Vec<Source<'t>>,
    /// The function that it names for good.
    pub(super) function: Option<Node<'t>>,
}

#[derive(Default)]
struct Scope<'t> {
    parent: Option<usize>,
    of_function: bool,
    names: HashMap<&'t str, usize>,
}

/// All scopes of all files.
pub(super) struct Scopes<'t> {
    scopes: Vec<Scope<'t>>,
    /// Scope-opening nodes by their ids.
    opened: HashMap<usize, usize>,
    pub(super) bindings: Vec<Binding<'t>>,
    texts: HashMap<usize, &'t str>,
    /// Names of all scopes.
    declared: HashSet<&'t str>,
}

impl<'t> Scopes<'t> {
    pub(super) fn new() -> Self {
        let global = Scope {
            parent: None,
            of_function: true,
            names: HashMap::new(),
        };
        Self {
            scopes: vec![global],
            opened: HashMap::new(),
            bindings: Vec::new(),
            texts: HashMap::new(),
            declared: HashSet::new(),
        }
    }

    /// The text of a node of a file.
    pub(super) fn text(&self, node: Node<'t>, text: &'t str) -> &'t str {
        text.get(node.byte_range()).unwrap_or_default()
    }

    /// The scope inside of a node, which is the outer one for most.
    pub(super) fn inside(&self, node: Node<'t>, scope: usize) -> usize {
        self.opened.get(&node.id()).copied().unwrap_or(scope)
    }

    pub(super) fn open(&mut self, node: Node<'t>, parent: usize, of_function: bool) -> usize {
        let scope = Scope {
            parent: Some(parent),
            of_function,
            names: HashMap::new(),
        };
        self.scopes.push(scope);
        let at = self.scopes.len() - 1;
        self.opened.insert(node.id(), at);
        at
    }

    /// Declares a name; `hoisted` into the function around.
    pub(super) fn declare(&mut self, name: &'t str, mut scope: usize, hoisted: bool) -> usize {
        while hoisted
            && let Some(at) = self.scopes.get(scope)
            && !at.of_function
            && let Some(parent) = at.parent
        {
            scope = parent;
        }
        let Some(at) = self.scopes.get_mut(scope) else {
            return 0;
        };
        self.declared.insert(name);
        let new = self.bindings.len();
        let binding = *at.names.entry(name).or_insert(new);
        if binding == new {
            self.bindings.push(Binding::default());
        }
        binding
    }

    /// The binding that a name means, if the files declare it.
    pub(super) fn resolve(&self, name: &str, scope: usize) -> Option<usize> {
        let mut next = Some(scope);
        while let Some(at) = next.and_then(|at| self.scopes.get(at)) {
            if let Some(binding) = at.names.get(name) {
                return Some(*binding);
            }
            next = at.parent;
        }
        None
    }

    /// Whether the files declare a name, in whatever scope.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        self.declared.contains(name)
    }

    pub(super) fn feed(&mut self, binding: usize, source: Source<'t>) {
        if let Some(binding) = self.bindings.get_mut(binding) {
            binding.sources.push(source);
        }
    }

    /// What a variable is.
    fn kind_of_binding(&self, binding: usize, depth: u32) -> Kind {
        let Some(binding) = self.bindings.get(binding) else {
            return Kind::Unknown;
        };
        let mut all: Option<Kind> = None;
        for source in &binding.sources {
            let kind = self.kind_of_source(source, depth);
            all = match (all, kind) {
                (all, Kind::Nothing) => all,
                (_, Kind::Unknown) => return Kind::Unknown,
                (None, kind) => Some(kind),
                (Some(known), kind) => match both(known, kind) {
                    Kind::Unknown => return Kind::Unknown,
                    kind => Some(kind),
                },
            };
        }
        all.unwrap_or(Kind::Unknown)
    }

    fn kind_of_source(&self, source: &Source<'t>, depth: u32) -> Kind {
        match source {
            Source::Expression(node, scope) => self.kind(*node, *scope, depth),
            Source::Field(of, name) => member(&self.kind_of_source(of, depth), name),
            Source::Resolved(node, scope) => match self.kind(*node, *scope, depth) {
                Kind::Promise(kind) => *kind,
                Kind::Object(_) | Kind::Event(_) | Kind::Nothing | Kind::Unknown => Kind::Unknown,
            },
            Source::Told(node, scope, property) => match self.kind(*node, *scope, depth) {
                Kind::Object("WebSocket") => event_of_property(property),
                Kind::Object(_)
                | Kind::Event(_)
                | Kind::Promise(_)
                | Kind::Nothing
                | Kind::Unknown => Kind::Unknown,
            },
            Source::Is(kind) => kind.clone(),
        }
    }

    /// What the source of a pattern is.
    pub(super) fn kind_from(&self, source: &Source<'t>) -> Kind {
        self.kind_of_source(source, 0)
    }

    /// What an expression is.
    pub(super) fn kind_of(&self, node: Node<'t>, scope: usize) -> Kind {
        self.kind(node, scope, 0)
    }

    fn kind(&self, node: Node<'t>, scope: usize, depth: u32) -> Kind {
        if depth > DEPTH_MAX {
            return Kind::Unknown;
        }
        let depth = depth + 1;
        let part = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "null" | "undefined" => Kind::Nothing,
            "identifier" => match self.resolve(self.word(node), scope) {
                Some(binding) => self.kind_of_binding(binding, depth),
                None => Kind::Unknown,
            },
            "parenthesized_expression" => node
                .named_child(0)
                .map_or(Kind::Unknown, |inner| self.kind(inner, scope, depth)),
            "await_expression" => match node.named_child(0).map(|n| self.kind(n, scope, depth)) {
                Some(Kind::Promise(kind)) => *kind,
                Some(kind) => kind,
                None => Kind::Unknown,
            },
            "assignment_expression" => {
                part("right").map_or(Kind::Unknown, |right| self.kind(right, scope, depth))
            }
            "ternary_expression" => {
                self.either([part("consequence"), part("alternative")], scope, depth)
            }
            "binary_expression" => {
                let sign = part("operator").map_or("", |sign| sign.kind());
                match sign {
                    "||" | "??" => self.either([part("left"), part("right")], scope, depth),
                    _ => Kind::Unknown,
                }
            }
            "new_expression" => match part("constructor").map(|class| self.path(class, scope)) {
                Some(Some(path)) if path == "IVRState" => Kind::Object("IVRState"),
                Some(Some(path)) if path == "WebSocket" => Kind::Object("WebSocket"),
                _ => Kind::Unknown,
            },
            "member_expression" => match (part("object"), part("property")) {
                (Some(object), Some(property)) => {
                    member(&self.kind(object, scope, depth), self.word(property))
                }
                _ => Kind::Unknown,
            },
            "call_expression" => part("function").map_or(Kind::Unknown, |function| {
                self.called(function, scope, depth)
            }),
            _ => Kind::Unknown,
        }
    }

    fn called(&self, function: Node<'t>, scope: usize, depth: u32) -> Kind {
        if let Some(path) = self.path(function, scope) {
            return result_of(&path);
        }
        let object = function.child_by_field_name("object");
        let property = function.child_by_field_name("property");
        match (object.map(|o| self.kind(o, scope, depth)), property) {
            (Some(Kind::Object(class)), Some(method)) => method_result(class, self.word(method)),
            _ => Kind::Unknown,
        }
    }

    fn either(&self, both_of: [Option<Node<'t>>; 2], scope: usize, depth: u32) -> Kind {
        let [first, second] =
            both_of.map(|node| node.map_or(Kind::Unknown, |node| self.kind(node, scope, depth)));
        match (first, second) {
            (Kind::Nothing, kind) | (kind, Kind::Nothing) => kind,
            (first, second) => both(first, second),
        }
    }

    /// `VoxEngine.callUser`: names of the API with dots, not of the files' own.
    pub(super) fn path(&self, node: Node<'t>, scope: usize) -> Option<String> {
        let mut path = String::new();
        let mut at = node;
        for _ in 0..PATH_STEPS_MAX {
            match at.kind() {
                "identifier" => {
                    let name = self.word(at);
                    return match self.resolve(name, scope) {
                        Some(_) => None,
                        None => Some(format!("{name}{path}")),
                    };
                }
                "member_expression" => {
                    let property = at.child_by_field_name("property")?;
                    path = format!(".{}{path}", self.word(property));
                    at = at.child_by_field_name("object")?;
                }
                _ => return None,
            }
        }
        None
    }

    /// The text of an identifier, remembered by [`Scopes::know`].
    pub(super) fn word(&self, node: Node<'t>) -> &'t str {
        self.texts.get(&node.id()).copied().unwrap_or_default()
    }

    /// Remembers the text of a node.
    pub(super) fn know(&mut self, node: Node<'t>, text: &'t str) {
        let word = self.text(node, text);
        self.texts.insert(node.id(), word);
    }
}

fn both(first: Kind, second: Kind) -> Kind {
    match (first, second) {
        (Kind::Event(mut first), Kind::Event(second)) => {
            first.extend(second);
            Kind::Event(first)
        }
        (first, second) if first == second => first,
        _ => Kind::Unknown,
    }
}
