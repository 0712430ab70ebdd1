//! Calls in little room: the names that come again and again are kept once, an input as its text.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Entry, Outcome};
use crate::clock::SimTime;

/// How many different names are kept once, and how many bytes the longest of them has. Of a client that
/// sends ever new or long ones (of itself, of keys) the others are kept with each call.
const NAMES: usize = 10_000;
const LONGEST: usize = 256;

/// Texts that are kept once.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashSet<Arc<str>>,
}

impl Names {
    fn keep(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        if self.known.len() < NAMES && text.len() <= LONGEST {
            self.known.insert(text.clone());
        }
        text
    }
}

/// An [`Entry`], packed; [`Packed::entry`] gives it back. The number is the recorder's to know.
#[derive(Debug)]
pub(super) struct Packed {
    at: SimTime,
    service: Arc<str>,
    operation: Arc<str>,
    account: Arc<str>,
    region: Arc<str>,
    access_key: Arc<str>,
    user_agent: Arc<str>,
    input: Box<str>,
    status: u16,
    code: Option<Arc<str>>,
    message: Option<Box<str>>,
    delivered: bool,
    request_id: Box<str>,
    micros: u64,
}

impl Packed {
    pub(super) fn of(entry: Entry, names: &mut Names) -> Packed {
        let Entry { number: _, at, service, operation, account, region, access_key, user_agent, .. } = entry;
        let Outcome { status, code, message, delivered } = entry.outcome;
        Packed {
            at,
            service: names.keep(&service),
            operation: names.keep(&operation),
            account: names.keep(&account),
            region: names.keep(&region),
            access_key: names.keep(&access_key),
            user_agent: names.keep(&user_agent),
            input: entry.input.to_string().into(),
            status,
            code: code.map(|code| names.keep(&code)),
            message: message.map(Into::into),
            delivered,
            request_id: entry.request_id.into(),
            micros: entry.micros,
        }
    }

    /// The bytes that it holds, names included although it mostly shares them.
    pub(super) fn size(&self) -> usize {
        let message = self.message.as_ref().map_or(0, |message| message.len());
        let names = [&self.operation, &self.account, &self.region, &self.access_key, &self.user_agent];
        let names: usize = names.into_iter().map(|name| name.len()).sum();
        size_of::<Packed>() + self.input.len() + message + self.request_id.len() + names
    }

    pub(super) fn service(&self) -> &str {
        &self.service
    }

    pub(super) fn operation(&self) -> &str {
        &self.operation
    }

    pub(super) fn entry(&self, number: u64) -> Entry {
        Entry {
            number,
            at: self.at,
            service: (*self.service).to_owned(),
            operation: (*self.operation).to_owned(),
            account: (*self.account).to_owned(),
            region: (*self.region).to_owned(),
            access_key: (*self.access_key).to_owned(),
            user_agent: (*self.user_agent).to_owned(),
            // It was written from a value, so it can be read as one.
            input: serde_json::from_str(&self.input).unwrap_or_default(),
            outcome: Outcome {
                status: self.status,
                code: self.code.as_deref().map(str::to_owned),
                message: self.message.as_deref().map(str::to_owned),
                delivered: self.delivered,
            },
            request_id: (*self.request_id).to_owned(),
            micros: self.micros,
        }
    }
}
