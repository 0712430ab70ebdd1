//! Requests as a client sends them, in every protocol: the other end of what [`crate::wire`] decodes,
//! written apart from it.

use std::fmt::Write;

use http::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::tables::{Location, Operation, Protocol, Ref, Service, Shape};
use crate::wire::Request;

/// The request of one call, with an `authorization` of no real signature.
pub fn request(service: &Service, protocol: Protocol, name: &str, input: &Value) -> Request {
    let operation = &service.operations[name];
    let mut headers = HeaderMap::new();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=test/20261121/eu-central-1/{}/aws4_request, SignedHeaders=host, Signature=00",
        service.signing_name
    );
    headers.insert("authorization", HeaderValue::try_from(authorization).unwrap());
    headers.insert("host", HeaderValue::from_static("127.0.0.1"));
    let mut request = Request {
        method: http::Method::POST,
        path: "/".to_owned(),
        query: String::new(),
        headers,
        body: bytes::Bytes::new(),
    };
    let shape = operation.input.as_deref().map(|shape| service.shape(shape));
    match protocol {
        Protocol::Ec2 | Protocol::Query => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair("Action", name).append_pair("Version", &service.api_version);
            let ec2 = protocol == Protocol::Ec2;
            shape.into_iter().for_each(|shape| members(&mut form, service, ec2, shape, "", input));
            request.body = form.finish().into();
        }
        Protocol::Json => {
            let target = format!("{}.{name}", service.target_prefix);
            request.headers.insert("x-amz-target", HeaderValue::try_from(target).unwrap());
            request.body = input.to_string().into();
        }
        Protocol::Cbor => {
            request.path = format!("/service/{}/operation/{name}", service.target_prefix);
            let mut body = Vec::new();
            ciborium::into_writer(input, &mut body).unwrap();
            request.body = body.into();
        }
        Protocol::RestJson | Protocol::RestXml => {
            if let Some(shape) = shape {
                rest(&mut request, service, (operation, shape), protocol, input);
            }
        }
    }
    request
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

type Form<'a> = form_urlencoded::Serializer<'a, String>;

fn members(form: &mut Form<'_>, service: &Service, ec2: bool, shape: &Shape, path: &str, input: &Value) {
    for (name, value) in input.as_object().into_iter().flatten() {
        let member = shape.members.get(name);
        let mut wire = member.map_or(name.as_str(), |member| member.wire_name(name)).to_owned();
        if ec2 {
            wire = match member.and_then(|member| member.query_name.clone()) {
                Some(query_name) => query_name,
                None => wire[..1].to_uppercase() + &wire[1..],
            };
        }
        form_value(form, service, ec2, member, &format!("{path}{wire}"), value);
    }
}

fn form_value(
    form: &mut Form<'_>,
    service: &Service,
    ec2: bool,
    of: Option<&Ref>,
    path: &str,
    value: &Value,
) {
    let shape = of.map(|of| service.shape(&of.shape));
    match value {
        Value::Object(_) if shape.is_some_and(|shape| !shape.members.is_empty()) => {
            shape
                .into_iter()
                .for_each(|shape| members(form, service, ec2, shape, &format!("{path}."), value));
        }
        Value::Object(entries) => {
            for (n, (key, value)) in entries.iter().enumerate() {
                form.append_pair(&format!("{path}.entry.{}.key", n + 1), key);
                form_value(form, service, ec2, None, &format!("{path}.entry.{}.value", n + 1), value);
            }
        }
        Value::Array(elements) => {
            let member = shape.and_then(|shape| shape.member.as_ref());
            let wrapped = !ec2 && shape.is_some_and(|shape| !shape.flattened);
            let wrapper = if wrapped { ".member" } else { "" };
            for (n, element) in elements.iter().enumerate() {
                form_value(form, service, ec2, member, &format!("{path}{wrapper}.{}", n + 1), element);
            }
        }
        scalar => drop(form.append_pair(path, &text(scalar))),
    }
}

fn rest(
    request: &mut Request,
    service: &Service,
    (operation, shape): (&Operation, &Shape),
    protocol: Protocol,
    input: &Value,
) {
    request.method = operation.method.parse().unwrap();
    let mut path = operation.uri.split('?').next().unwrap_or_default().to_owned();
    let mut body = Map::new();
    for (name, value) in input.as_object().into_iter().flatten() {
        let member = shape.members.get(name);
        let wire = member.map_or(name.as_str(), |member| member.wire_name(name));
        let encoded = utf8_percent_encode(&text(value), NON_ALPHANUMERIC).to_string();
        match member.and_then(|member| member.location) {
            Some(Location::Uri) => {
                path =
                    path.replace(&format!("{{{wire}}}"), &encoded).replace(&format!("{{{wire}+}}"), &encoded);
            }
            Some(Location::Querystring) => {
                let and = if request.query.is_empty() { "" } else { "&" };
                let _ = write!(request.query, "{and}{wire}={encoded}");
            }
            Some(Location::Header) => {}
            None => drop(body.insert(wire.to_owned(), value.clone())),
        }
    }
    request.path = path;
    request.body = match (protocol, &operation.input_name) {
        _ if body.is_empty() => bytes::Bytes::new(),
        (Protocol::RestXml, Some(root)) => {
            let mut xml = format!("<{root} xmlns=\"{}\">", service.xml_namespace);
            body.iter().for_each(|(name, value)| element(&mut xml, service, Some(shape), name, value));
            format!("{xml}</{root}>").into()
        }
        _ => Value::Object(body).to_string().into(),
    };
}

fn element(xml: &mut String, service: &Service, parent: Option<&Shape>, name: &str, value: &Value) {
    let by_wire = |shape: &Shape| {
        shape.members.iter().find(|(n, m)| m.wire_name(n) == name).map(|(_, m)| m.shape.clone())
    };
    let shape = parent.and_then(by_wire).map(|shape| service.shape(&shape));
    let _ = write!(xml, "<{name}>");
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| element(xml, service, shape, name, value));
        }
        Value::Array(elements) => {
            let member = shape.and_then(|shape| shape.member.as_ref());
            let wrapper = member.map_or("member", |member| member.wire_name("member"));
            let of = member.map(|member| service.shape(&member.shape));
            for value in elements {
                match value {
                    Value::Object(members) => {
                        let _ = write!(xml, "<{wrapper}>");
                        members.iter().for_each(|(name, value)| element(xml, service, of, name, value));
                        let _ = write!(xml, "</{wrapper}>");
                    }
                    other => element(xml, service, None, wrapper, other),
                }
            }
        }
        scalar => xml.push_str(&quick_xml::escape::escape(text(scalar))),
    }
    let _ = write!(xml, "</{name}>");
}
