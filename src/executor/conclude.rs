//! What an answer of AWS means: for the index, for those who asked, and for the run itself. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use super::call::{Call, Target, TargetHealth};
use super::queue::Ended;
use crate::model::event::Event;
use crate::model::index::Collection;
use crate::model::network::NetworkFacts;
use crate::model::{AwsError, Body, ErrorClass, Id, Kind, Seen, Time};

/// Attempts without an answer before giving up.
const TRIES: u8 = 3;
/// Throttled attempts before the trouble is told: each waited for ever slower buckets.
const THROTTLES: u8 = 8;

/// What AWS answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The objects made or changed, in the order of the calls. Without a key: AWS gave us a
    /// stranger's object with equal settings instead of a new one.
    Written(Vec<Seen>),
    /// The objects are gone.
    Deleted,
    /// The object goes away by and by.
    Deleting,
    /// A page of a collection (a page of stages with their route settings), and the next one's token.
    Page(Vec<Seen>, Option<String>),
    /// Whoever holds a taken name or key.
    Found(Vec<Seen>),
    /// What a class's selectors match.
    Network(NetworkFacts),
    /// An object's settings, with those that no list shows.
    Attributes(Body<Id>),
    /// Registering or deregistering was accepted.
    Targets,
    /// The targets of a group.
    Health(Vec<TargetHealth>),
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// AWS refused, could not be reached or did not answer in time.
    Aws(AwsError),
    /// Our own code panicked; whether AWS was asked is unknown.
    Panic(AwsError),
}

/// What an earlier step of a run leaves for the next.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// When the first page was asked for.
    started: Option<Time>,
    /// The pages so far.
    items: Vec<Seen>,
    /// The create that found its name or key taken.
    taken: Option<(Call, AwsError)>,
}

/// One attempt: what was asked and when.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The joined calls.
    pub calls: &'a [Call],
    /// Attempts before it without an answer.
    pub tries: u8,
    /// Attempts before it that were throttled.
    pub throttles: u8,
    /// When it started.
    pub started: Time,
    /// Now.
    pub now: Time,
}

/// An answer for one who waits for something that the index does not hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To a network query.
    Network(NetworkFacts),
    /// These targets were registered.
    Registered(Id, Vec<Target>),
    /// These targets were deregistered.
    Deregistered(Id, Vec<Target>),
    /// The targets of a group.
    Health(Id, Vec<TargetHealth>),
    /// It failed.
    Failed(AwsError),
}

/// What follows from an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion {
    /// For the index, in order.
    pub events: Vec<Event>,
    /// One a call that asked for something outside the index, when the run is over.
    pub answers: Vec<(Call, Answer)>,
    /// For the queue.
    pub ended: Ended,
}

impl Conclusion {
    fn over(events: Vec<Event>) -> Conclusion {
        Conclusion { events, answers: Vec::new(), ended: Ended::Over }
    }

    fn goes_on(ended: Ended) -> Conclusion {
        Conclusion { events: Vec::new(), answers: Vec::new(), ended }
    }
}

/// What follows from `result`. `gathered` is what earlier steps of the same run left.
pub fn conclude(attempt: Attempt<'_>, gathered: &mut Gathered, result: Result<Reply, Failure>) -> Conclusion {
    match result {
        Ok(reply) => replied(attempt, gathered, reply),
        Err(Failure::Panic(error)) => {
            let lost = |call: &Call| match call {
                Call::Create { key, .. } => vec![Event::Lost { key: key.clone(), at: attempt.now }],
                _ => failure(call, error.clone(), attempt.now),
            };
            gave_up(attempt, gathered, &error, lost)
        }
        Err(Failure::Aws(error)) => refused(attempt, gathered, error),
    }
}

fn replied(attempt: Attempt<'_>, gathered: &mut Gathered, reply: Reply) -> Conclusion {
    let Attempt { calls, started, now, .. } = attempt;
    let answers = |answer: &dyn Fn(&Call) -> Option<Answer>| Conclusion {
        events: Vec::new(),
        answers: distinct(calls).iter().filter_map(|c| Some((c.clone(), answer(c)?))).collect(),
        ended: Ended::Over,
    };
    match reply {
        Reply::Written(seen) => {
            Conclusion::over(calls.iter().zip(seen).map(|(call, seen)| written(call, seen)).collect())
        }
        Reply::Deleted | Reply::Deleting => {
            let event = |call: &Call| match call {
                Call::Delete { key, id, .. } => Some((key.kind, id.clone())),
                _ => None,
            };
            let events = calls.iter().filter_map(event).map(|(kind, id)| match reply {
                Reply::Deleting => Event::Going { kind, id, at: started },
                _ => Event::Gone { kind, id, at: started },
            });
            Conclusion::over(events.collect())
        }
        Reply::Page(items, next) => page(calls, gathered, items, next, started, now),
        Reply::Found(items) => {
            let taken = gathered.taken.take();
            if items.is_empty() {
                return Conclusion::over(not_found(taken, now));
            }
            let found = |seen| Event::Replied { seen, written: None, created: false };
            Conclusion::over(items.into_iter().map(found).collect())
        }
        Reply::Attributes(body) => {
            let event = |id: &Id| Event::Attributes {
                kind: body.kind(),
                id: id.clone(),
                body: Some(body.clone()),
                at: started,
            };
            let id = calls.iter().find_map(|call| match call {
                Call::Attributes { id, .. } => Some(id),
                _ => None,
            });
            Conclusion::over(id.map(event).into_iter().collect())
        }
        Reply::Network(facts) => answers(&|_| Some(Answer::Network(facts.clone()))),
        Reply::Targets => answers(&|call| match call.clone() {
            Call::RegisterTargets { target_group, targets } => {
                Some(Answer::Registered(target_group, targets))
            }
            Call::DeregisterTargets { target_group, targets } => {
                Some(Answer::Deregistered(target_group, targets))
            }
            _ => None,
        }),
        Reply::Health(health) => answers(&|call| match call {
            Call::DescribeTargetHealth { target_group } => {
                Some(Answer::Health(target_group.clone(), health.clone()))
            }
            _ => None,
        }),
    }
}

fn written(call: &Call, seen: Seen) -> Event {
    let (created, body) = match call {
        Call::Create { body, .. } => (seen.key.is_some(), Some(body)),
        Call::Update { wanted, .. } => (false, Some(wanted)),
        _ => (false, None),
    };
    // A create sets neither what no list shows nor a new group's lack of rules: an update does.
    let complete = !created
        || body.is_some_and(|b| !b.kind().has_unlisted_settings() && b.kind() != Kind::SecurityGroup);
    let hash = body.filter(|_| complete && seen.key.is_some()).map(Body::hash);
    Event::Replied { seen, written: hash, created }
}

fn page(
    calls: &[Call],
    gathered: &mut Gathered,
    items: Vec<Seen>,
    next: Option<String>,
    started: Time,
    now: Time,
) -> Conclusion {
    let Some(Call::List { of, .. }) = calls.first() else { return Conclusion::over(Vec::new()) };
    let started = *gathered.started.get_or_insert(started);
    gathered.items.extend(items);
    if next.is_some() {
        return Conclusion::goes_on(Ended::Next(Box::new(Call::List { of: of.clone(), page: next })));
    }
    let mut ids = BTreeSet::new();
    let mut items = std::mem::take(&mut gathered.items);
    items.retain(|seen| ids.insert((seen.body.kind(), seen.id.clone())));
    let mut events = Vec::new();
    if let Some((Call::Create { body, .. }, _)) = &gathered.taken
        && !items.iter().any(|seen| seen.body.same_immutables(body))
    {
        events = not_found(gathered.taken.take(), now);
    }
    let listed = collections(of).into_iter().map(|of| {
        let items = items.iter().filter(|seen| seen.body.kind() == of.kind).cloned().collect();
        Event::Listed { of, started, items }
    });
    Conclusion::over(listed.chain(events).collect())
}

/// What one list pass shows.
fn collections(of: &Collection) -> Vec<Collection> {
    match of.kind {
        Kind::Stage => vec![of.clone(), Collection { kind: Kind::RouteSettings, ..of.clone() }],
        _ => vec![of.clone()],
    }
}

/// Taken, but nobody has it: it is being made or deleted right now.
fn not_found(taken: Option<(Call, AwsError)>, now: Time) -> Vec<Event> {
    let Some((create, error)) = taken else { return Vec::new() };
    failure(&create, AwsError { class: ErrorClass::Race, ..error }, now)
}

fn refused(attempt: Attempt<'_>, gathered: &mut Gathered, error: AwsError) -> Conclusion {
    let Attempt { calls, tries, throttles, now, .. } = attempt;
    let token_less = |call: &Call| matches!(call, Call::Create { key, .. } if key.kind.token_less());
    match error.class {
        ErrorClass::Throttle if throttles + 1 < THROTTLES => {
            return Conclusion::goes_on(Ended::Throttled);
        }
        ErrorClass::Transient if calls.iter().any(token_less) => {
            let lost = |call: &Call| match call.key() {
                Some(key) => vec![Event::Lost { key: key.clone(), at: now }],
                None => Vec::new(),
            };
            return gave_up(attempt, gathered, &error, lost);
        }
        ErrorClass::Transient if tries + 1 < TRIES => {
            let pause = error.retry_after.unwrap_or(Duration::from_secs(1 << tries));
            return Conclusion::goes_on(Ended::Again(pause));
        }
        ErrorClass::Exists => {
            if let [create @ Call::Create { body, .. }] = calls {
                gathered.taken = Some((create.clone(), error));
                return Conclusion::goes_on(Ended::Next(Box::new(who_has(body))));
            }
        }
        _ => {}
    }
    // Equal reads fail alike; of joined writes one may be to blame.
    let ours_to_blame = !matches!(error.class, ErrorClass::Transient | ErrorClass::Throttle);
    if calls.len() > 1 && calls.iter().any(Call::mutates) && ours_to_blame {
        return Conclusion::goes_on(Ended::Split);
    }
    gave_up(attempt, gathered, &error, |call| failure(call, error.clone(), now))
}

/// The run is over without success.
fn gave_up(
    attempt: Attempt<'_>,
    gathered: &mut Gathered,
    error: &AwsError,
    failure_of: impl Fn(&Call) -> Vec<Event>,
) -> Conclusion {
    let Attempt { calls, now, .. } = attempt;
    let calls = distinct(calls);
    let mut events: Vec<Event> = calls.iter().flat_map(failure_of).collect();
    if let Some((create, error)) = gathered.taken.take() {
        events.extend(failure(&create, error, now));
    }
    let outside = |call: &&Call| {
        matches!(
            call,
            Call::Network(_)
                | Call::RegisterTargets { .. }
                | Call::DeregisterTargets { .. }
                | Call::DescribeTargetHealth { .. }
        )
    };
    let answers = calls.iter().filter(outside).map(|c| (c.clone(), Answer::Failed(error.clone()))).collect();
    Conclusion { events, answers, ended: Ended::Over }
}

/// Joined reads are equal: one of them stands for all.
fn distinct(calls: &[Call]) -> &[Call] {
    if calls.iter().any(Call::mutates) { calls } else { &calls[..calls.len().min(1)] }
}

/// The event of a call that failed for good.
fn failure(call: &Call, error: AwsError, at: Time) -> Vec<Event> {
    match call {
        Call::Create { key, body, .. } => {
            // What is not there is something that the new object refers to.
            let class = if error.class == ErrorClass::Gone { ErrorClass::Race } else { error.class };
            let error = AwsError { class, ..error };
            vec![Event::Failed { key: key.clone(), id: None, hash: Some(body.hash()), error, at }]
        }
        Call::Update { key, id, wanted, .. } => {
            let (id, hash) = (Some(id.clone()), Some(wanted.hash()));
            vec![Event::Failed { key: key.clone(), id, hash, error, at }]
        }
        Call::Delete { key, id, .. } => {
            vec![Event::Failed { key: key.clone(), id: Some(id.clone()), hash: None, error, at }]
        }
        Call::List { of, .. } => {
            let event = |of| Event::NotListed { of, error: error.clone(), at };
            collections(of).into_iter().map(event).collect()
        }
        Call::Attributes { id, seen } => {
            vec![Event::Attributes { kind: seen.kind(), id: id.clone(), body: None, at }]
        }
        _ => Vec::new(),
    }
}

/// The read that shows who has the name or key that `body` needs.
fn who_has(body: &Body<Id>) -> Call {
    match body {
        Body::SecurityGroup(_)
        | Body::SecurityGroupRule(_)
        | Body::LoadBalancer(_)
        | Body::TargetGroup(_) => Call::Find(body.clone()),
        _ => Call::list(Collection::of(body)),
    }
}
