//! Route keys: their grammar, and which of several a request goes to.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Methods that a key may name (AGD); `ANY` stands for those that no other key of the path names.
pub const METHODS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// A parsed route key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteKey {
    /// `$default`: whatever no other key takes.
    Default,
    /// `GET /orders/{id}`
    On {
        /// One of [`METHODS`].
        method: String,
        /// The path's segments; none is `/`.
        path: Vec<Segment>,
    },
}

/// One segment of a key's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Must be equal.
    Text(String),
    /// `{id}`: one segment, any text.
    Variable(String),
    /// `{proxy+}`, only at the end: one segment or more.
    Rest(String),
}

/// AWS's words for every key that is not of the form.
pub const MALFORMED: &str = "The provided route key is not formatted properly for HTTP protocol. \
     Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\"";

impl RouteKey {
    /// Parses a key; `None` if it is not of the form. An empty segment (`//`, a slash at the end)
    /// is not, nor is one variable name used twice.
    pub fn parse(key: &str) -> Option<RouteKey> {
        if key == "$default" {
            return Some(RouteKey::Default);
        }
        let (method, path) = key.split_once(' ')?;
        let path = path.strip_prefix('/')?;
        if !METHODS.contains(&method) {
            return None;
        }
        let path = match path {
            "" => Vec::new(),
            path => path.split('/').map(Segment::parse).collect::<Option<Vec<_>>>()?,
        };
        let names: Vec<&str> = path.iter().filter_map(Segment::variable).collect();
        let twice = names.iter().enumerate().any(|(i, name)| names[..i].contains(name));
        let rest_before_end = path.iter().rev().skip(1).any(|s| matches!(s, Segment::Rest(_)));
        (!twice && !rest_before_end).then(|| RouteKey::On { method: method.to_owned(), path })
    }

    /// Whether both name a variable at one place of one path differently, which AWS refuses
    /// (plutomi 271).
    pub fn clashes(&self, other: &RouteKey) -> bool {
        let (RouteKey::On { method, path }, RouteKey::On { method: other_method, path: other_path }) =
            (self, other)
        else {
            return false;
        };
        method == other_method
            && path.iter().zip(other_path).find(|(a, b)| a != b).is_some_and(|pair| {
                matches!(
                    pair,
                    (Segment::Variable(_), Segment::Variable(_)) | (Segment::Rest(_), Segment::Rest(_))
                )
            })
    }

    /// How well a request fits; `None` if it does not.
    pub fn fit(&self, method: &str, path: &str) -> Option<Fit> {
        let RouteKey::On { method: own, path: segments } = self else {
            return Some(Fit { rank: vec![Rank::Default], variables: BTreeMap::new() });
        };
        if own != method && own != "ANY" {
            return None;
        }
        let greedy = matches!(segments.last(), Some(Segment::Rest(_)));
        let mut rank = vec![if greedy { Rank::Greedy } else { Rank::Full }];
        let mut variables = BTreeMap::new();
        let mut left = path.strip_prefix('/').unwrap_or(path);
        let mut open = !left.is_empty();
        for segment in segments {
            if !open {
                return None;
            }
            let (head, tail) = match left.split_once('/') {
                Some((head, tail)) => (head, Some(tail)),
                None => (left, None),
            };
            match segment {
                Segment::Text(text) if text == head => rank.push(Rank::Text),
                Segment::Variable(name) if !head.is_empty() => {
                    variables.insert(name.clone(), head.to_owned());
                    rank.push(Rank::Variable);
                }
                Segment::Rest(name) if !left.is_empty() => {
                    variables.insert(name.clone(), left.to_owned());
                    rank.push(Rank::Rest);
                    left = "";
                    open = false;
                    continue;
                }
                _ => return None,
            }
            left = tail.unwrap_or_default();
            open = tail.is_some();
        }
        rank.push(if own == "ANY" { Rank::AnyMethod } else { Rank::Method });
        (!open).then_some(Fit { rank, variables })
    }
}

impl Segment {
    fn parse(text: &str) -> Option<Segment> {
        let name_of = |name: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            (!name.is_empty() && name.chars().all(plain)).then(|| name.to_owned())
        };
        if let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
            return match inner.strip_suffix('+') {
                Some(name) => name_of(name).map(Segment::Rest),
                None => name_of(inner).map(Segment::Variable),
            };
        }
        // The characters of a path segment (RFC 3986, pchar).
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%".contains(c);
        (!text.is_empty() && text.chars().all(plain)).then(|| Segment::Text(text.to_owned()))
    }

    fn variable(&self) -> Option<&str> {
        match self {
            Segment::Text(_) => None,
            Segment::Variable(name) | Segment::Rest(name) => Some(name),
        }
    }
}

/// How a request fits a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    rank: Vec<Rank>,
    /// Path variables by name, as they stand in the path.
    pub variables: BTreeMap<String, String>,
}

/// Better first (AGD): a full match before a greedy one before `$default`; from left to right text
/// before a variable; the method itself before `ANY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Full,
    Greedy,
    Default,
    Text,
    Variable,
    Rest,
    Method,
    AnyMethod,
}

impl Fit {
    /// Orders fits of one request, the best first.
    pub fn compare(&self, other: &Fit) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best<'a>(keys: &[&'a str], method: &str, path: &str) -> Option<&'a str> {
        let mut fits: Vec<(Fit, &str)> = keys
            .iter()
            .filter_map(|key| Some((RouteKey::parse(key).unwrap().fit(method, path)?, *key)))
            .collect();
        fits.sort_by(|a, b| a.0.compare(&b.0));
        fits.first().map(|(_, key)| *key)
    }

    /// The table of AGD's page on routes.
    #[test]
    fn requests_go_to_the_most_specific_route_as_in_the_developer_guide() {
        let keys =
            ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"];
        for (method, path, key) in [
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
            ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
            ("POST", "/test/5", "ANY /{proxy+}"),
            ("GET", "/", "$default"),
        ] {
            assert_eq!(best(&keys, method, path), Some(key), "{method} {path}");
        }
    }

    /// AGD: static beats variable, the method itself beats ANY, full beats greedy whatever the method.
    #[test]
    fn text_beats_variables_and_a_method_beats_any() {
        assert_eq!(best(&["GET /a/{x}", "GET /{y}/b"], "GET", "/a/b"), Some("GET /a/{x}"));
        assert_eq!(best(&["ANY /a", "GET /a"], "GET", "/a"), Some("GET /a"));
        assert_eq!(best(&["GET /{proxy+}", "ANY /a/{x}"], "GET", "/a/b"), Some("ANY /a/{x}"));
        assert_eq!(
            best(&["GET /a/{x}/{rest+}", "GET /{rest+}"], "GET", "/a/b/c"),
            Some("GET /a/{x}/{rest+}")
        );
    }

    /// AGD, routes: what no key of the table fits is not found. That a slash at the end counts is inferred.
    #[test]
    fn no_route_takes_another_method_a_missing_segment_or_a_slash_too_many() {
        let keys = ["GET /a", "POST /a/{x}", "PUT /p/{rest+}"];
        for (method, path) in [
            ("PUT", "/a"),
            ("GET", "/a/"),
            ("GET", "/a/b"),
            ("POST", "/a/"),
            ("PUT", "/p"),
            ("PUT", "/p/"),
            ("GET", "/"),
        ] {
            assert_eq!(best(&keys, method, path), None, "{method} {path}");
        }
        assert_eq!(best(&["GET /"], "GET", "/"), Some("GET /"));
    }

    /// AGD, routes: path variables, and the greedy one, which takes the rest.
    #[test]
    fn variables_carry_their_part_of_the_path() {
        let fit = RouteKey::parse("GET /a/{x}/{rest+}").unwrap().fit("GET", "/a/1/2/3").unwrap();
        assert_eq!(fit.variables, [("x".into(), "1".into()), ("rest".into(), "2/3".into())].into());
    }

    /// AGD, routes: a method or ANY, and a path; a greedy variable only at its end.
    #[test]
    fn keys_that_are_not_of_the_form_are_refused() {
        for key in [
            "",
            "GET",
            "GET/pets",
            "get /pets",
            "TRACE /pets",
            "GET pets",
            "GET  /pets",
            "GET /pets/",
            "GET /a//b",
            "GET /{a+}/b",
            "GET /{a}/{a}",
            "GET /a{b}",
            "GET /{}",
            "GET /{a b}",
            "GET /a b",
            "GET /a?b",
            "default",
            "$connect",
        ] {
            assert_eq!(RouteKey::parse(key), None, "{key}");
        }
    }

    /// plutomi 271: 409 for two names of one variable.
    #[test]
    fn two_names_for_the_variable_at_one_place_clash() {
        let clash = |a, b| RouteKey::parse(a).unwrap().clashes(&RouteKey::parse(b).unwrap());
        assert!(clash("GET /a/{x}", "GET /a/{y}"));
        assert!(clash("GET /a/{x}", "GET /a/{y}/b"));
        assert!(clash("GET /{p+}", "GET /{q+}"));
        assert!(!clash("GET /a/{x}", "POST /a/{y}"));
        assert!(!clash("GET /a/{x}/c", "GET /b/{y}/c"));
        assert!(!clash("GET /a/{x}", "GET /a/{x}/b"));
        assert!(!clash("GET /a/{x}", "GET /a/b"));
    }
}
