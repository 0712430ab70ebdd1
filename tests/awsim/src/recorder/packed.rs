//! Calls in little room: the names that come again and again are kept once, an input as its text.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::{Entry, Outcome};
use crate::clock::SimTime;
use crate::iam::used::Used;

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
    behind: Duration,
    status: u16,
    code: Option<Arc<str>>,
    message: Option<Box<str>>,
    delivered: bool,
    weather: Option<&'static str>,
    request_id: Box<str>,
    actions: Box<[Asked]>,
    micros: u64,
}

/// A [`Used`], packed.
#[derive(Debug)]
struct Asked {
    action: Arc<str>,
    resource: Arc<str>,
    allowed: bool,
}

impl Packed {
    pub(super) fn of(entry: Entry, names: &mut Names) -> Packed {
        let Entry { number: _, at, service, operation, account, region, access_key, user_agent, .. } = entry;
        let Outcome { status, code, message, delivered } = entry.outcome;
        let asked = |used: Used| Asked {
            action: names.keep(&used.action),
            resource: names.keep(&used.resource),
            allowed: used.allowed,
        };
        let actions = entry.actions.into_iter().map(asked).collect();
        Packed {
            at,
            service: names.keep(&service),
            operation: names.keep(&operation),
            account: names.keep(&account),
            region: names.keep(&region),
            access_key: names.keep(&access_key),
            user_agent: names.keep(&user_agent),
            input: entry.input.to_string().into(),
            behind: entry.behind,
            status,
            code: code.map(|code| names.keep(&code)),
            message: message.map(Into::into),
            delivered,
            weather: entry.weather,
            request_id: entry.request_id.into(),
            actions,
            micros: entry.micros,
        }
    }

    /// The bytes that it holds, names included although it mostly shares them.
    pub(super) fn size(&self) -> usize {
        let message = self.message.as_ref().map_or(0, |message| message.len());
        let names = [&self.operation, &self.account, &self.region, &self.access_key, &self.user_agent];
        let names: usize = names.into_iter().map(|name| name.len()).sum();
        let actions: usize = self.actions.iter().map(Asked::size).sum();
        size_of::<Packed>() + self.input.len() + message + self.request_id.len() + names + actions
    }

    pub(super) fn service(&self) -> &str {
        &self.service
    }

    pub(super) fn operation(&self) -> &str {
        &self.operation
    }

    pub(super) fn actions(&self) -> impl Iterator<Item = Used> {
        self.actions.iter().map(Asked::used)
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
            behind: self.behind,
            outcome: Outcome {
                status: self.status,
                code: self.code.as_deref().map(str::to_owned),
                message: self.message.as_deref().map(str::to_owned),
                delivered: self.delivered,
            },
            weather: self.weather,
            request_id: (*self.request_id).to_owned(),
            actions: self.actions().collect(),
            micros: self.micros,
        }
    }
}

impl Asked {
    fn size(&self) -> usize {
        size_of::<Asked>() + self.resource.len()
    }

    fn used(&self) -> Used {
        Used {
            action: (*self.action).to_owned(),
            resource: (*self.resource).to_owned(),
            allowed: self.allowed,
        }
    }
}
