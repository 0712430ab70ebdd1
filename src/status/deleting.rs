//! What an object that is being deleted waits for.

use super::verdict::{Failure, Weight};
use super::words::{self, sentence, subject, time};
use super::{errors, told, trouble};
use crate::api::{Reason, marks};
use crate::model::{Kind, Time};
use crate::plan::{Act, Blocker, Op, Plan, Unproven, Why};

/// What a person may do who cannot do what the message asks for.
fn last_resort() -> String {
    format!(
        "As a last resort the annotation {}=true lets the object go: what is left of it in AWS is then nobody's, \
         and gatewayed sweep lists it.",
        marks::GIVE_UP
    )
}

/// What `whose` deletion waits for. `settled`: the lists of AWS that the plan rests on are late enough to
/// tell whose a thing is.
pub fn why(plan: Option<&Plan>, now: Time, whose: &str, settled: bool) -> Failure {
    let Some(plan) = plan else {
        return Failure::new(Reason::Deleting, format!("{whose} is being deleted."));
    };
    let unread = plan.unproven.iter().filter_map(|unproven| unread(unproven, now));
    let refused = plan.ops.iter().filter_map(|op| refused(op, now)).chain(unread);
    let waits =
        plan.ops.iter().filter_map(|op| blocked(op, settled).or_else(|| going(op)).or_else(|| unmarked(op)));
    // AWS's own words first: what is blocked by something waits for the same.
    let answers: Vec<Failure> = refused.chain(waits).collect();
    let stuck = answers.iter().find(|failure| failure.weight == Weight::Stuck);
    let told = stuck.or(answers.first()).cloned();
    stalled(told.unwrap_or_else(|| {
        Failure::new(Reason::Deleting, format!("{whose} is being deleted: what it has in AWS goes first."))
    }))
}

/// `whose` class is not there: AWS cannot even be asked.
pub fn without_class(whose: &str, class: &str) -> Failure {
    let message = format!(
        "{whose} is being deleted, and its class {class} is not in the cluster or cannot be read: what the service has \
         in AWS is neither found nor deleted without it. Create the class again."
    );
    stalled(Failure::new(Reason::UnknownClass, message))
}

/// Someone must act: with what is left if they cannot.
fn stalled(failure: Failure) -> Failure {
    match failure.weight {
        Weight::Stuck => Failure { message: format!("{} {}", failure.message, last_resort()), ..failure },
        Weight::Progress | Weight::Settled => failure,
    }
}

/// A list that would show whether anything is left, and cannot be read.
fn unread(unproven: &Unproven, now: Time) -> Option<Failure> {
    let trouble = unproven.trouble.as_ref().filter(|trouble| told(trouble, now))?;
    let what = format!("the list of every {}", unproven.of.kind.words());
    let failure = errors::failure(trouble, &what, Some(unproven.of.kind), false);
    let reason = if failure.weight == Weight::Stuck { failure.reason } else { Reason::Deleting };
    Some(Failure { reason, ..failure })
}

/// What AWS refuses of one operation, once a person should know.
fn refused(op: &Op, now: Time) -> Option<Failure> {
    let trouble = trouble(&op.act).filter(|trouble| told(trouble, now))?;
    let failure = errors::failure(trouble, &subject(&op.key), Some(op.key.kind), true);
    let message = format!("{} It has been refused since {}.", failure.message, time(trouble.since));
    // Progress is told by the one reason that fits an object that goes.
    let reason = if failure.weight == Weight::Stuck { failure.reason } else { Reason::Deleting };
    Some(Failure { reason, message, ..failure })
}

/// What must go before an object.
fn blocked(op: &Op, settled: bool) -> Option<Failure> {
    let Act::Blocked { by, deleting: Some(id) } = &op.act else { return None };
    let what = sentence(op.key.kind.words());
    let message = format!("{what} {id} cannot be deleted yet: it is still used by {}", users(by));
    if by.iter().any(|by| stranger(by, settled)) {
        let message =
            format!("{message}. What is not ours is never touched: whoever owns it has to take it away.");
        return Some(Failure::new(Reason::NotOurs, message));
    }
    // A class goes only once its services are gone.
    let left = by.iter().filter_map(|by| by.key.as_ref()?.owner.service());
    match left.into_iter().next().filter(|_| settled && op.key.owner.service().is_none()) {
        Some(service) => {
            let message = format!(
                "{message}, which is not in the cluster any more. Run gatewayed sweep --delete, or apply {service} \
                 again and delete it."
            );
            Some(Failure::new(Reason::ServicesLeft, message))
        }
        None => Some(Failure::new(Reason::Deleting, format!("{message}."))),
    }
}

/// Not ours, as far as can be told: whose a route is, other lists tell.
fn stranger(by: &Blocker, settled: bool) -> bool {
    by.key.is_none() && (settled || !matches!(by.kind, Kind::Route | Kind::RouteSettings))
}

/// What AWS is at work on.
fn going(op: &Op) -> Option<Failure> {
    let Act::Wait(Why::Deleting { id, since }) = &op.act else { return None };
    let message = format!("AWS is deleting {} {id} since {}.", op.key.kind.words(), time(*since));
    Some(Failure::new(Reason::Deleting, message))
}

/// What lost its mark: it may be anybody's by now.
fn unmarked(op: &Op) -> Option<Failure> {
    let Act::Refuse(id) = &op.act else { return None };
    Some(Failure::new(Reason::NotOurs, words::unmarked(&op.key, id)))
}

/// Who uses what should go.
fn users(by: &[Blocker]) -> String {
    let name = |blocker: &Blocker| {
        let id = blocker.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        let whose = match blocker.key.as_ref().map(|key| &key.owner) {
            Some(owner) => owner.service().map(|service| format!(" of {service}")).unwrap_or_default(),
            None => " that is not ours".to_owned(),
        };
        format!("{}{id}{whose}", blocker.kind.words())
    };
    words::list(&by.iter().map(name).collect::<Vec<_>>(), 3)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::ErrorClass;
    use crate::model::index::Collection;
    use crate::status::testing::{NOW, error, troubled};

    #[test]
    fn a_list_that_cannot_be_read_keeps_the_object_and_says_so() {
        let denied =
            error(ErrorClass::Permission, "ec2:DescribeSecurityGroups", "UnauthorizedOperation", "no");
        let Act::Wait(Why::Trouble(trouble)) = troubled(denied, Duration::from_secs(120), true) else {
            panic!()
        };
        let unproven = Unproven { of: Collection::region(Kind::SecurityGroup), trouble: Some(trouble) };
        let plan = Plan { unproven: vec![unproven], ..Plan::default() };
        let failure = why(Some(&plan), NOW, "Class public", true);
        assert_eq!(failure.reason, Reason::AccessDenied);
        let named =
            ["ec2:DescribeSecurityGroups", "the list of every security group", "UnauthorizedOperation"];
        assert!(named.iter().all(|word| failure.message.contains(word)), "{}", failure.message);
        assert!(failure.message.ends_with(&last_resort()), "{}", failure.message);
    }
}
