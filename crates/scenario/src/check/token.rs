//! Tokens of a JavaScript file that is known to compile: names, texts and signs
//! with their places. Comments are left out, expressions inside of templates are
//! not looked at.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier or a keyword.
    Name,
    /// A string or a template.
    Text,
    /// A number.
    Number,
    /// A regular expression.
    Pattern,
    /// Anything else; `?.`, `=>` and comparisons are one token each.
    Sign,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// Signs of several characters that must not be taken for `=` or `.`.
const LONG_SIGNS: [&str; 8] = ["===", "!==", "...", "==", "!=", "=>", "<=", ">="];
/// After these words a `/` starts a regular expression.
const WORDS_BEFORE_PATTERN: [&str; 9] = [
    "return", "typeof", "case", "in", "of", "delete", "void", "throw", "else",
];

pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut all: Vec<Token<'_>> = Vec::new();
    let mut rest = text;
    let (mut line, mut column) = (1, 1);
    while let Some(first) = rest.chars().next() {
        let (kind, length) = next(rest, first, all.last());
        let (taken, after) = rest.split_at(length.clamp(first.len_utf8(), rest.len()));
        if let Some(kind) = kind {
            all.push(Token {
                kind,
                text: taken,
                line,
                column,
            });
        }
        for c in taken.chars() {
            if c == '\n' {
                line += 1;
                column = 1;
            } else {
                column += 1;
            }
        }
        rest = after;
    }
    all
}

/// The kind (`None` for blanks and comments) and the bytes of the next token.
fn next(rest: &str, first: char, before: Option<&Token<'_>>) -> (Option<Kind>, usize) {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || c == '#';
    let while_true = |test: &dyn Fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
    match first {
        c if c.is_whitespace() => (None, while_true(&char::is_whitespace)),
        '/' if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => (None, rest.find("*/").map_or(rest.len(), |at| at + 2)),
        '/' if starts_pattern(before) => (Some(Kind::Pattern), pattern_length(rest)),
        '"' | '\'' => (Some(Kind::Text), quoted_length(rest, first)),
        '`' => (Some(Kind::Text), template_length(rest)),
        c if c.is_ascii_digit() => {
            let number = |c: char| is_name(c) || c == '.';
            (Some(Kind::Number), while_true(&number))
        }
        c if is_name(c) => (Some(Kind::Name), while_true(&is_name)),
        _ => {
            let long = LONG_SIGNS.iter().find(|sign| rest.starts_with(**sign));
            // `a?.5:b` is a condition with a number.
            let optional =
                rest.starts_with("?.") && !rest.chars().nth(2).is_some_and(|c| c.is_ascii_digit());
            let length = match long {
                Some(sign) => sign.len(),
                None if optional => 2,
                None => first.len_utf8(),
            };
            (Some(Kind::Sign), length)
        }
    }
}

fn starts_pattern(before: Option<&Token<'_>>) -> bool {
    match before {
        None => true,
        Some(token) => match token.kind {
            Kind::Name => WORDS_BEFORE_PATTERN.contains(&token.text),
            Kind::Text | Kind::Number | Kind::Pattern => false,
            Kind::Sign => !matches!(token.text, ")" | "]" | "}"),
        },
    }
}

fn pattern_length(rest: &str) -> usize {
    let (mut escaped, mut in_class) = (false, false);
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return at + 1,
            '\n' => return at,
            _ => {}
        }
    }
    rest.len()
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A template with what stands in its `${}`: braces and inner quotes are counted.
fn template_length(rest: &str) -> usize {
    let mut at = 1;
    let mut braces = 0_u32;
    while let Some(c) = rest.get(at..).and_then(|part| part.chars().next()) {
        let part = rest.get(at..).unwrap_or_default();
        let step = match c {
            '\\' => 1 + part.chars().nth(1).map_or(0, char::len_utf8),
            '`' if braces == 0 => return at + 1,
            '`' => template_length(part),
            '$' if braces == 0 && part.starts_with("${") => {
                braces = 1;
                2
            }
            '{' if braces > 0 => {
                braces += 1;
                1
            }
            '}' if braces > 0 => {
                braces -= 1;
                1
            }
            '"' | '\'' if braces > 0 => quoted_length(part, c),
            c => c.len_utf8(),
        };
        at += step.max(1);
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        let all = tokens(text);
        let names = all.iter().filter(|t| t.kind == Kind::Name);
        names.map(|t| t.text).collect()
    }

    #[test]
    fn names_in_texts_comments_and_patterns_are_not_names() {
        assert_eq!(names("a /* b */ // c\n d"), ["a", "d"]);
        assert_eq!(
            names(r#"x = "b \" c" + 'd' + `e ${f + `g`} h`; i"#),
            ["x", "i"]
        );
        assert_eq!(names(r"y = /b[/]c\/d/; z / e / f"), ["y", "z", "e", "f"]);
        assert_eq!(names("return /b/.test(c)"), ["return", "test", "c"]);
        assert_eq!(names("`${'}`'}` + a"), ["a"]);
    }

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        let all = tokens("é\n  b = 1");
        let places: Vec<_> = all.iter().map(|t| (t.text, t.line, t.column)).collect();
        assert_eq!(places, [("é", 1, 1), ("b", 2, 3), ("=", 2, 5), ("1", 2, 7)]);
    }

    #[test]
    fn no_text_makes_it_hang_or_panic() {
        for text in [
            "`", "`${", "'", "\"\\", "/", "/[", "/*", "`${`${`", "\\", "`\\",
        ] {
            tokens(text);
        }
    }
}
