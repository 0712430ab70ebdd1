//! The query protocols: a form in, XML out. EC2's differs in how it names things, numbers lists
//! and wraps answers.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Map, Value};

use super::form::{self, Node};
use super::xml::Writer;
use super::{Decoded, Reply, Request, Route, scalar};
use crate::fault::Fault;
use crate::tables::{Operation, Protocol, Ref, Service, Shape, Type};

/// Parameters that are the protocol's, not the operation's.
const PROTOCOL_PARAMETERS: [&str; 2] = ["Action", "Version"];

/// Reads the input from the form.
///
/// # Errors
/// A form that is none.
pub fn decode(
    service: &Service,
    operation: &Operation,
    protocol: Protocol,
    request: &Request,
) -> Result<Decoded, Fault> {
    let form = form::parse(&request.query, &request.body)?;
    let mut decoder = Decoder { service, ec2: protocol == Protocol::Ec2, unknown: Vec::new() };
    let mut form = form;
    form.children
        .retain(|name, _| !PROTOCOL_PARAMETERS.contains(&name.as_str()) && !name.starts_with("X-Amz-"));
    let input = match &operation.input {
        Some(shape) => decoder.structure(service.shape(shape), &form, ""),
        None => Value::Object(Map::new()),
    };
    Ok(Decoded { input, unknown: decoder.unknown })
}

struct Decoder<'t> {
    service: &'t Service,
    ec2: bool,
    unknown: Vec<String>,
}

impl Decoder<'_> {
    fn structure(&mut self, shape: &Shape, node: &Node, path: &str) -> Value {
        if let Some(text) = node.value.as_ref().filter(|text| !text.is_empty()) {
            return Value::String(text.clone());
        }
        let mut members = Map::new();
        let mut known = Vec::new();
        for (name, member) in &shape.members {
            let wire = if self.ec2 { ec2_name(member, name) } else { member.wire_name(name).into() };
            if let Some(child) = node.children.get(&*wire) {
                members.insert(name.clone(), self.value(member, child, &join(path, &wire)));
            }
            known.push(wire);
        }
        self.only(node, &known, path);
        Value::Object(members)
    }

    fn value(&mut self, member: &Ref, node: &Node, path: &str) -> Value {
        let shape = self.service.shape(&member.shape);
        match shape.kind {
            Type::Structure => self.structure(shape, node, path),
            Type::List => self.list(shape, node, path),
            Type::Map => self.map(shape, node, path),
            _ => {
                self.only(node, &[], path);
                node.value.as_deref().map_or(Value::Null, |text| scalar::read(shape, text))
            }
        }
    }

    fn list(&mut self, shape: &Shape, node: &Node, path: &str) -> Value {
        if let Some(text) = node.value.as_ref().filter(|text| !text.is_empty()) {
            return Value::String(text.clone());
        }
        let Some(member) = &shape.member else { return Value::Null };
        let wrapper = member.wire_name("member");
        let (node, path) = match node.children.get(wrapper) {
            Some(inner) if !self.ec2 && !shape.flattened => {
                self.only(node, &[wrapper.into()], path);
                (inner, join(path, wrapper))
            }
            _ => (node, path.to_owned()),
        };
        let elements = node.elements();
        let known: Vec<Cow<'_, str>> = elements.iter().map(|(number, _)| number.to_string().into()).collect();
        self.only(node, &known, &path);
        let read =
            |(number, child): (u32, &Node)| self.value(member, child, &join(&path, &number.to_string()));
        Value::Array(elements.into_iter().map(read).collect())
    }

    fn map(&mut self, shape: &Shape, node: &Node, path: &str) -> Value {
        let (Some(key), Some(value)) = (&shape.key, &shape.value) else { return Value::Null };
        let (key, value_name) = (key.wire_name("key"), value.wire_name("value"));
        let (node, path) = match node.children.get("entry") {
            Some(inner) if !shape.flattened => (inner, join(path, "entry")),
            _ => (node, path.to_owned()),
        };
        let mut entries = Map::new();
        for (number, entry) in node.elements() {
            let path = join(&path, &number.to_string());
            self.only(entry, &[key.into(), value_name.into()], &path);
            if let (Some(key), Some(child)) = (entry.text(key), entry.children.get(value_name)) {
                entries.insert(key.to_owned(), self.value(value, child, &join(&path, value_name)));
            }
        }
        Value::Object(entries)
    }

    /// Notes every child whose name is not among `known`.
    fn only(&mut self, node: &Node, known: &[Cow<'_, str>], path: &str) {
        if node.children.is_empty() {
            return;
        }
        // A set: lists may be long.
        let known: HashSet<&str> = known.iter().map(|name| &**name).collect();
        let strange = node.children.keys().filter(|name| !known.contains(name.as_str()));
        self.unknown.extend(strange.map(|name| join(path, name)));
    }
}

/// A member's name in an EC2 request: its query name, else its name in answers with a capital.
pub fn ec2_name<'a>(member: &'a Ref, name: &'a str) -> Cow<'a, str> {
    if let Some(query_name) = &member.query_name {
        return query_name.into();
    }
    let wire = member.wire_name(name);
    let mut letters = wire.chars();
    match letters.next() {
        Some(first) if !first.is_uppercase() => first.to_uppercase().chain(letters).collect(),
        _ => wire.into(),
    }
}

fn join(path: &str, part: &str) -> String {
    if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") }
}

/// The answer of a call that succeeded.
pub fn encode(
    service: &Service,
    operation: &Operation,
    route: &Route,
    output: &Value,
    request_id: &str,
) -> Reply {
    let mut xml = Writer::new(service);
    let name = format!("{}Response", route.operation);
    let shape = operation.output.as_deref().map(|name| service.shape(name));
    if route.protocol == Protocol::Ec2 {
        xml.open(&name, Some(&service.xml_namespace));
        xml.text("requestId", request_id);
        match shape {
            Some(shape) => xml.members(shape, output),
            // EC2 says so where an operation has nothing else to say.
            None => xml.text("return", "true"),
        }
    } else {
        xml.open(&name, Some(&service.xml_namespace));
        let wrapper = operation.result_wrapper.as_deref();
        if let Some(wrapper) = wrapper {
            xml.open(wrapper, None);
        }
        if let Some(shape) = shape {
            xml.members(shape, output);
        }
        if let Some(wrapper) = wrapper {
            xml.close(wrapper);
        }
        xml.open("ResponseMetadata", None);
        xml.text("RequestId", request_id);
        xml.close("ResponseMetadata");
    }
    xml.close(&name);
    reply(route.protocol, operation.status, request_id, xml)
}

/// The answer of a call that failed.
pub fn fault(service: &Service, protocol: Protocol, fault: &Fault, request_id: &str) -> Reply {
    let mut xml = Writer::new(service);
    if protocol == Protocol::Ec2 {
        xml.open("Response", None);
        xml.open("Errors", None);
        xml.open("Error", None);
        xml.text("Code", &fault.code);
        xml.text("Message", &fault.message);
        xml.close("Error");
        xml.close("Errors");
        xml.text("RequestID", request_id);
        xml.close("Response");
    } else {
        xml.open("ErrorResponse", Some(&service.xml_namespace));
        xml.open("Error", None);
        xml.text("Type", if fault.status < 500 { "Sender" } else { "Receiver" });
        xml.text("Code", &fault.code);
        xml.text("Message", &fault.message);
        if let Some(shape) = service.error(&fault.code) {
            xml.members(shape, &Value::Object(fault.members.clone()));
        }
        xml.close("Error");
        xml.text("RequestId", request_id);
        xml.close("ErrorResponse");
    }
    reply(protocol, fault.status, request_id, xml)
}

fn reply(protocol: Protocol, status: u16, request_id: &str, xml: Writer<'_>) -> Reply {
    let content_type = if protocol == Protocol::Ec2 { "text/xml;charset=UTF-8" } else { "text/xml" };
    let headers =
        vec![("content-type", content_type.to_owned()), ("x-amzn-requestid", request_id.to_owned())];
    Reply { status, headers, body: xml.finish() }
}
