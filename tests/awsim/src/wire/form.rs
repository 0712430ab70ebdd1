//! Forms whose names are paths, `IpPermissions.1.FromPort`, as the query protocols send them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::fault::Fault;

/// Deeper than any served operation's input; what is deeper is refused before it can do harm.
const MAX_DEPTH: usize = 16;

/// A form's values by the parts of their names.
#[derive(Debug, Default, PartialEq)]
pub struct Node {
    /// The value at this very name.
    pub value: Option<String>,
    /// What lies below, by the next part.
    pub children: BTreeMap<String, Node>,
}

impl Node {
    /// The value of a direct child.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.children.get(name)?.value.as_deref()
    }

    /// The children that are a list's elements, in the order of their numbers.
    pub fn elements(&self) -> Vec<(u32, &Node)> {
        let numbered =
            self.children.iter().filter_map(|(name, node)| Some((name.parse::<u32>().ok()?, node)));
        let mut elements: Vec<(u32, &Node)> = numbered.collect();
        elements.sort_by_key(|(number, _)| *number);
        elements
    }
}

/// The values of single names, without reading the rest; the body's win, and of several the last.
pub fn texts<const N: usize>(query: &str, body: &[u8], names: [&str; N]) -> [Option<String>; N] {
    let mut found = [const { None }; N];
    for (name, value) in pairs(query, body) {
        if let Some(at) = names.iter().position(|wanted| *wanted == name) {
            found[at] = Some(value.into_owned());
        }
    }
    found
}

fn pairs<'a>(query: &'a str, body: &'a [u8]) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(body))
}

/// Reads the query string and the body, both as forms; the body's values win.
///
/// # Errors
/// `MalformedQueryString` for a name of too many parts.
pub fn parse(query: &str, body: &[u8]) -> Result<Node, Fault> {
    let mut root = Node::default();
    for (name, value) in pairs(query, body) {
        let mut node = &mut root;
        for (depth, part) in name.split('.').enumerate() {
            if depth == MAX_DEPTH {
                return Err(Fault::bad("MalformedQueryString", "The query string contains a syntax error"));
            }
            node = node.children.entry(part.to_owned()).or_default();
        }
        node.value = Some(value.into_owned());
    }
    Ok(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_in_the_order_of_their_numbers_not_of_their_digits() {
        let form = parse("", b"Id.10=c&Id.9=b&Id.1=a").unwrap();
        let ids: Vec<_> = form.children["Id"].elements().into_iter().map(|(_, n)| n.value.clone()).collect();
        assert_eq!(ids, [Some("a".into()), Some("b".into()), Some("c".into())]);
    }

    #[test]
    fn single_values_are_those_that_the_whole_form_has() {
        let (query, body) = ("Action=A&Version=1", &b"Action=B&Action.1=D&Action=C&Other=1"[..]);
        let [action, version, none] = texts(query, body, ["Action", "Version", "None"]);
        let form = parse(query, body).unwrap();
        assert_eq!((action.as_deref(), version.as_deref()), (form.text("Action"), form.text("Version")));
        assert_eq!((action.as_deref(), none), (Some("C"), None));
    }

    #[test]
    fn a_name_of_endless_parts_is_refused() {
        let fault = parse("", "a.".repeat(100_000).as_bytes()).unwrap_err();
        assert_eq!(fault.code, "MalformedQueryString");
    }
}
