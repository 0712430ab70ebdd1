//! Writes values as XML, by their shapes.

use std::borrow::Cow;

use quick_xml::escape::escape;
use serde_json::Value;

use super::scalar;
use crate::tables::{Ref, Service, Shape, Type};

/// An XML document in the making.
pub struct Writer<'t> {
    service: &'t Service,
    out: String,
}

impl<'t> Writer<'t> {
    /// Begins a document.
    pub fn new(service: &'t Service) -> Writer<'t> {
        Writer { service, out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") }
    }

    /// The finished document.
    pub fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    /// Opens an element, with a namespace where one is given.
    pub fn open(&mut self, name: &str, namespace: Option<&str>) {
        match namespace.filter(|namespace| !namespace.is_empty()) {
            Some(namespace) => self.push(&["<", name, " xmlns=\"", &escape(namespace), "\">"]),
            None => self.push(&["<", name, ">"]),
        }
    }

    /// Closes an element.
    pub fn close(&mut self, name: &str) {
        self.push(&["</", name, ">"]);
    }

    /// An element that holds text. Characters that XML cannot hold are replaced.
    pub fn text(&mut self, name: &str, text: &str) {
        let text = match text.chars().all(legal) {
            true => Cow::Borrowed(text),
            false => Cow::Owned(text.chars().map(|c| if legal(c) { c } else { '\u{fffd}' }).collect()),
        };
        self.push(&["<", name, ">", &escape(text), "</", name, ">"]);
    }

    /// Answers are made of little else: no text is made for each part.
    fn push(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.out.push_str(part));
    }

    /// The members of a structure that have a value and stand in the body.
    pub fn members(&mut self, shape: &Shape, value: &Value) {
        for (name, member) in &shape.members {
            let value = &value[name];
            if !value.is_null() && member.location.is_none() {
                self.value(member.wire_name(name), member, value);
            }
        }
    }

    fn value(&mut self, name: &str, member: &Ref, value: &Value) {
        let shape = self.service.shape(&member.shape);
        match shape.kind {
            Type::Structure => {
                self.open(name, None);
                self.members(shape, value);
                self.close(name);
            }
            Type::List => self.list(name, shape, value),
            Type::Map => self.map(name, shape, value),
            _ => self.text(name, &scalar::write(shape, value)),
        }
    }

    fn list(&mut self, name: &str, shape: &Shape, value: &Value) {
        let (Some(member), Some(elements)) = (&shape.member, value.as_array()) else { return };
        if shape.flattened {
            return elements.iter().for_each(|element| self.value(name, member, element));
        }
        if elements.is_empty() {
            return self.push(&["<", name, "/>"]);
        }
        self.open(name, None);
        for element in elements {
            self.value(member.wire_name("member"), member, element);
        }
        self.close(name);
    }

    fn map(&mut self, name: &str, shape: &Shape, value: &Value) {
        let (Some(key), Some(of), Some(entries)) = (&shape.key, &shape.value, value.as_object()) else {
            return;
        };
        self.open(name, None);
        for (entry, value) in entries {
            self.open("entry", None);
            self.text(key.wire_name("key"), entry);
            self.value(of.wire_name("value"), of, value);
            self.close("entry");
        }
        self.close(name);
    }
}

/// XML 1.0's `Char`.
pub fn legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
