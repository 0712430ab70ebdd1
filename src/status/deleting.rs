//! What an object that is being deleted waits for.

use super::verdict::{Failure, Weight};
use super::words::{self, sentence, subject, time, unmarked};
use super::{errors, told, trouble};
use crate::api::Reason;
use crate::model::Time;
use crate::plan::{Act, Blocker, Op, Plan, Unproven, Why};

/// What `whose` deletion waits for.
pub fn why(plan: Option<&Plan>, now: Time, whose: &str) -> Failure {
    let Some(plan) = plan else {
        return Failure::new(Reason::Deleting, format!("{whose} is being deleted."));
    };
    let unread = plan.unproven.iter().filter_map(|unproven| unread(unproven, now));
    let answers: Vec<Failure> = plan.ops.iter().filter_map(|op| waits(op, now)).chain(unread).collect();
    let stuck = answers.iter().find(|failure| failure.weight == Weight::Stuck);
    let told = stuck.or(answers.first()).cloned();
    told.unwrap_or_else(|| {
        Failure::new(Reason::Deleting, format!("{whose} is being deleted: what it has in AWS goes first."))
    })
}

/// A list that would show whether anything is left, and cannot be read.
fn unread(unproven: &Unproven, now: Time) -> Option<Failure> {
    let trouble = unproven.trouble.as_ref().filter(|trouble| told(trouble, now))?;
    let what = format!("the list of every {}", unproven.of.kind.words());
    let failure = errors::failure(trouble, &what, Some(unproven.of.kind), false);
    let reason = if failure.weight == Weight::Stuck { failure.reason } else { Reason::Deleting };
    Some(Failure { reason, ..failure })
}

/// What one operation waits for that a person should know of.
fn waits(op: &Op, now: Time) -> Option<Failure> {
    if let Some(trouble) = trouble(&op.act) {
        if !told(trouble, now) {
            return None;
        }
        let failure = errors::failure(trouble, &subject(&op.key), Some(op.key.kind), true);
        let message = format!("{} It has been refused since {}.", failure.message, time(trouble.since));
        // Progress is told by the one reason that fits an object that goes.
        let reason = if failure.weight == Weight::Stuck { failure.reason } else { Reason::Deleting };
        return Some(Failure { reason, message, ..failure });
    }
    let message = match &op.act {
        Act::Blocked { by, deleting: Some(id) } => {
            format!(
                "{} {id} cannot be deleted yet: it is still used by {}.",
                sentence(op.key.kind.words()),
                users(by)
            )
        }
        Act::Refuse(id) => return Some(Failure::new(Reason::NotOurs, unmarked(&op.key, id))),
        Act::Wait(Why::Deleting { id, since }) => {
            format!("AWS is deleting {} {id} since {}.", op.key.kind.words(), time(*since))
        }
        _ => return None,
    };
    Some(Failure::new(Reason::Deleting, message))
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
    use crate::model::index::Collection;
    use crate::model::{ErrorClass, Kind};
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
        let failure = why(Some(&plan), NOW, "Class public");
        assert_eq!(failure.reason, Reason::AccessDenied);
        let named =
            ["ec2:DescribeSecurityGroups", "the list of every security group", "UnauthorizedOperation"];
        assert!(named.iter().all(|word| failure.message.contains(word)), "{}", failure.message);
    }
}
