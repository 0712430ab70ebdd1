//! REST-XML: method, path and query string, an XML document in the body, XML and headers out.
//!
//! The tables have no flattened list and no map in this protocol; a test watches over that.

use serde_json::{Map, Value};

use super::document::{self, Element};
use super::xml::Writer;
use super::{Decoded, Reply, Request, Route, rest, scalar};
use crate::fault::Fault;
use crate::tables::{Location, Operation, Ref, Service, Shape, Type};

/// Reads the input from labels, query string and body.
///
/// # Errors
/// `InvalidInput` for a body that is there and no XML document of the operation's name and the service's
/// namespace, and for a body where the operation has none.
pub fn decode(
    service: &Service,
    operation: &Operation,
    route: &Route,
    request: &Request,
) -> Result<Decoded, Fault> {
    let mut reader = Reader { service, unknown: Vec::new() };
    let mut input = match (&operation.input, &operation.input_name) {
        // botocore sends no body where no member of it is given (UpdateHostedZoneComment).
        (Some(shape), Some(name)) if !request.body.is_empty() => {
            let root = root(service, name, &request.body)?;
            reader.structure(service.shape(shape), &root, "")
        }
        _ if request.body.is_empty() => Value::Object(Map::new()),
        _ => return Err(invalid("Content is not allowed: the operation has no body.")),
    };
    if let Value::Object(input) = &mut input {
        input.extend(rest::bind(service, operation, &route.labels, request));
    }
    Ok(Decoded { input, unknown: reader.unknown })
}

/// The body's root, which has the operation's name and the service's namespace. The words are
/// those of Xerces, as Route 53 passes them on (pcorliss/ruby_route_53#35).
fn root(service: &Service, name: &str, body: &[u8]) -> Result<Element, Fault> {
    let Some(root) = document::parse(body) else {
        return Err(invalid("The document is not well-formed."));
    };
    if root.name != name || root.namespace.as_deref() != Some(service.xml_namespace.as_str()) {
        let said = format!("cvc-elt.1: Cannot find the declaration of element '{}'.", root.name);
        return Err(invalid(&said));
    }
    Ok(root)
}

fn invalid(said: &str) -> Fault {
    Fault::bad("InvalidInput", format!("Invalid XML ; {said}"))
}

/// Reads elements and keeps what no member has.
struct Reader<'t> {
    service: &'t Service,
    unknown: Vec<String>,
}

impl Reader<'_> {
    fn structure(&mut self, shape: &Shape, element: &Element, path: &str) -> Value {
        self.plain(element, path);
        if !element.text.trim().is_empty() {
            return Value::String(element.text.clone());
        }
        let mut members = Map::new();
        for child in &element.children {
            let path = join(path, &child.name);
            let named = |(name, member): &(&String, &Ref)| {
                member.location.is_none() && member.wire_name(name) == child.name
            };
            match shape.members.iter().find(named) {
                Some((name, member)) if !members.contains_key(name) => {
                    members.insert(name.clone(), self.value(member, child, &path));
                }
                // What no member has, and what comes a second time.
                _ => self.unknown.push(path),
            }
        }
        Value::Object(members)
    }

    fn value(&mut self, member: &Ref, element: &Element, path: &str) -> Value {
        let shape = self.service.shape(&member.shape);
        match shape.kind {
            Type::Structure => self.structure(shape, element, path),
            Type::List => self.list(shape, element, path),
            _ => {
                self.plain(element, path);
                self.unknown.extend(element.children.iter().map(|child| join(path, &child.name)));
                // White space around a number or a truth value means nothing in XML Schema.
                let text = match shape.kind {
                    Type::String | Type::Blob => element.text.as_str(),
                    _ => element.text.trim(),
                };
                scalar::read(shape, text)
            }
        }
    }

    fn list(&mut self, shape: &Shape, element: &Element, path: &str) -> Value {
        self.plain(element, path);
        if !element.text.trim().is_empty() {
            return Value::String(element.text.clone());
        }
        let Some(member) = &shape.member else { return Value::Null };
        let mut elements = Vec::new();
        for child in &element.children {
            let path = join(path, &child.name);
            if child.name == member.wire_name("member") {
                elements.push(self.value(member, child, &path));
            } else {
                self.unknown.push(path);
            }
        }
        Value::Array(elements)
    }

    /// Notes attributes, and a namespace that is another's: no member has them.
    fn plain(&mut self, element: &Element, path: &str) {
        let strange = element.attributes.iter().map(|name| join(path, &format!("@{name}")));
        self.unknown.extend(strange);
        let own = |namespace: &String| *namespace == self.service.xml_namespace;
        if element.namespace.as_ref().is_some_and(|namespace| !own(namespace)) {
            self.unknown.push(join(path, "@xmlns"));
        }
    }
}

fn join(path: &str, part: &str) -> String {
    if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") }
}

/// The answer of a call that succeeded: the members that are headers there, the others in a
/// document that is named as the output's shape.
pub fn encode(service: &Service, operation: &Operation, output: &Value, request_id: &str) -> Reply {
    let mut headers =
        vec![("content-type", "text/xml".to_owned()), ("x-amzn-requestid", request_id.to_owned())];
    let Some(name) = operation.output.as_deref() else {
        return Reply { status: operation.status, headers, body: Vec::new() };
    };
    let shape = service.shape(name);
    for (member, place) in &shape.members {
        let value = &output[member];
        if place.location == Some(Location::Header)
            && !value.is_null()
            && let Some(header) = HEADERS.into_iter().find(|header| *header == place.wire_name(member))
        {
            headers.push((header, scalar::write(service.shape(&place.shape), value).into_owned()));
        }
    }
    let mut xml = Writer::new(service);
    xml.open(name, Some(&service.xml_namespace));
    xml.members(shape, output);
    xml.close(name);
    Reply { status: operation.status, headers, body: xml.finish() }
}

/// Every header that an output of the tables has.
const HEADERS: [&str; 1] = ["Location"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{self, Protocol};

    #[test]
    fn the_tables_have_nothing_that_this_protocol_does_not_read() {
        let speakers = tables::services().iter().filter(|s| s.protocols.contains(&Protocol::RestXml));
        for service in speakers {
            for (name, shape) in &service.shapes {
                assert!(shape.kind != Type::Map && !shape.flattened, "{name}");
                for (member, place) in &shape.members {
                    let header = place.location == Some(Location::Header);
                    assert!(!header || HEADERS.contains(&place.wire_name(member)), "{name}.{member}");
                }
            }
        }
    }
}
