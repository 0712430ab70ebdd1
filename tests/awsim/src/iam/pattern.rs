//! Texts of a policy with wildcards and variables in them (IAM User Guide, "IAM JSON policy elements:
//! Resource" and "Variables and tags").

use super::context::Facts;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// This character. A variable's value is of these only: a `*` in it is a star.
    Char(char),
    /// `?`
    One,
    /// `*`
    Many,
}

/// The pieces of a policy's text. `wild`: `*` and `?` are wildcards. `variables`: `${key}`,
/// `${key, 'default'}`, `${*}`, `${?}` and `${$}` are replaced; without them they are plain text, as
/// in documents of version 2008-10-17.
///
/// `None` for a variable whose key is absent, or has several values, and that has no default: the
/// statement then does not apply.
pub fn expand(text: &str, wild: bool, variables: Option<&Facts<'_>>) -> Option<Vec<Part>> {
    let mut parts = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let (Some(facts), Some((variable, after))) = (variables, variable(rest)) {
            parts.extend(value(variable, facts)?.chars().map(Part::Char));
            rest = after;
            continue;
        }
        parts.push(match first {
            '*' if wild => Part::Many,
            '?' if wild => Part::One,
            other => Part::Char(other),
        });
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    Some(parts)
}

/// What stands in `${…}` at the beginning, and what follows.
fn variable(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.split_once('}')
}

fn value(variable: &str, facts: &Facts<'_>) -> Option<String> {
    if matches!(variable, "*" | "?" | "$") {
        return Some(variable.to_owned());
    }
    let (key, default) = match variable.split_once(',') {
        None => (variable, None),
        Some((key, default)) => (key, Some(default.trim().trim_matches('\''))),
    };
    match facts.get(key.trim())[..] {
        [value] => Some(value.to_owned()),
        _ => default.map(str::to_owned),
    }
}

/// Whether the whole of `text` is of this form; `fold`: without regard to the case of ASCII letters.
///
/// A `*` passes colons too. AWS says so of one at the end of an ARN's segment and advises against
/// others.
pub fn matches(parts: &[Part], text: &str, fold: bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and how far the text is that it takes.
    let mut star: Option<(usize, usize)> = None;
    while let Some(&c) = text.get(t) {
        match parts.get(p) {
            Some(Part::Many) => {
                star = Some((p, t));
                p += 1;
            }
            Some(&part) if fits(part, c, fold) => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    parts.iter().skip(p).all(|part| *part == Part::Many)
}

fn fits(part: Part, c: char, fold: bool) -> bool {
    match part {
        Part::Char(wanted) => wanted == c || fold && wanted.eq_ignore_ascii_case(&c),
        Part::One => true,
        Part::Many => false,
    }
}

/// Whether `text` matches `pattern`, without variables and without regard to case: names of actions.
pub fn like_action(pattern: &str, text: &str) -> bool {
    expand(pattern, true, None).is_some_and(|parts| matches(&parts, text, true))
}
