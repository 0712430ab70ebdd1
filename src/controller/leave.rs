//! How an object goes although something of it is left in AWS: its class says `Retain`, or an admin gives it
//! up by annotation.

use std::collections::BTreeSet;

use kube::runtime::controller::Action;
use kube::{Api, Resource, ResourceExt};

use super::context::Context;
use super::guard::{Error, Outcome};
use super::{ClassObject, ServiceObject, round};
use crate::cluster::finalizer;
use crate::executor::{Call, Executor};
use crate::model::index::{Await, Collection, Index};
use crate::model::{Kind, NsName, Owner, Time};
use crate::status::{self, Left};

/// A reconcile's result.
type Done = Result<(Outcome, Action), Error>;

/// Lets a service go as its annotation asks: whatever its class is, whatever AWS says, even if it cannot be
/// read.
pub async fn give_up_service(object: &ServiceObject, name: &NsName, context: &Context) -> Done {
    let status = object.0.as_ref().ok().and_then(|service| service.status.as_ref());
    let class = status.and_then(|status| status.class_name.clone());
    let owner = class.map(|class| Owner::Service { class, name: name.clone() });
    let Some(mut left) = stop(context, owner, |owner| owner.service() == Some(name)) else {
        return Ok((Outcome::Waiting, Action::await_change()));
    };
    left.recorded(status.map(|status| &status.resources[..]).unwrap_or_default());
    let event = status::given_up(&format!("Service {name}"), &left);
    tracing::warn!(service = %name, left = left.log(), "ownership is given up; gatewayed sweep lists what is left");
    context.events.publish(&object.object_ref(&()), &event);
    let api = Api::<ServiceObject>::namespaced(context.client.clone(), &name.namespace);
    finalizer::remove(&api, object).await.map_err(Error::kubernetes("to remove the finalizer"))?;
    context.forget_service(name);
    Ok((Outcome::Settled, Action::await_change()))
}

/// Lets a class go as its annotation asks, likewise. It must have no services left.
pub async fn give_up_class(object: &ClassObject, context: &Context) -> Done {
    let name = object.name_any();
    let owner = Owner::Class(name.clone());
    let Some(mut left) = stop(context, Some(owner.clone()), |other| *other == owner) else {
        return Ok((Outcome::Waiting, Action::await_change()));
    };
    let status = object.0.as_ref().ok().and_then(|class| class.status.as_ref());
    left.recorded(status.map(|status| &status.resources[..]).unwrap_or_default());
    let event = status::given_up(&format!("Class {name}"), &left);
    tracing::warn!(
        class = name,
        left = left.log(),
        "ownership is given up; gatewayed sweep lists what is left"
    );
    context.events.publish(&object.object_ref(&()), &event);
    let api = Api::<ClassObject>::all(context.client.clone());
    finalizer::remove(&api, object).await.map_err(Error::kubernetes("to remove the finalizer"))?;
    context.forget_class(&name);
    Ok((Outcome::Settled, Action::await_change()))
}

/// Takes back what waits to be done for `known` and the owners that `whose` picks, and says what is seen of them;
/// `None` while calls for one are under way. Those end soon, answered or not, and their end wakes the owner.
fn stop(context: &Context, known: Option<Owner>, whose: impl Fn(&Owner) -> bool) -> Option<Left> {
    let mut left = Some(Left::default());
    for executor in context.regions.all() {
        let seen = executor.with_index(|index| index.owners());
        let owners: BTreeSet<Owner> = seen.into_iter().filter(&whose).chain(known.clone()).collect();
        for owner in owners {
            left = quiet(&executor, &owner).and_then(|more| Some(left?.and(more)));
        }
    }
    left
}

/// What of an owner stays under `Retain`; `None` while calls for it are under way, which end first. Nothing
/// more is done for it.
pub fn quiet(executor: &Executor, owner: &Owner) -> Option<Left> {
    round::post_read(executor, owner, None);
    let (left, _) = executor.look(owner, |index, running| {
        let mut left = Left::default();
        left.seen(index, owner);
        running.is_empty().then_some(left)
    });
    left
}

/// Whether AWS is known to have no target group of `owner`, given that none is seen or recorded.
#[derive(Debug, PartialEq, Eq)]
pub enum Absent {
    /// A list shows it.
    Proven,
    /// List the target groups now.
    Read(Collection),
    /// A list will show it, then or when the owner is woken.
    Later(Option<Time>),
}

/// See [`Absent`]. What the owner waits for is noted in the index.
pub fn no_target_group(index: &mut Index, owner: &Owner, now: Time) -> Absent {
    let of = Collection::region(Kind::TargetGroup);
    let from = index.uncertain_owner_since(owner) + index.settle;
    if index.listed(&of).is_some_and(|started| started >= from) {
        return Absent::Proven;
    }
    index.wait(owner, BTreeSet::from([Await::List(of.clone())]));
    match index.list_trouble(&of) {
        Some(trouble) if trouble.holds(now) => Absent::Later(trouble.retry_at),
        _ if from > now => Absent::Later(Some(from)),
        _ => Absent::Read(of),
    }
}

impl Absent {
    /// The call to make and when to come back.
    pub fn next(self) -> (Option<Call>, Option<Time>) {
        match self {
            Absent::Proven => (None, None),
            Absent::Read(of) => (Some(Call::list(of)), None),
            Absent::Later(at) => (None, at),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::ResourceKey;
    use crate::model::absorb::absorb;
    use crate::model::event::Event;

    const START: Time = Time(1_000_000);

    fn at(seconds: u64) -> Time {
        START + Duration::from_secs(seconds)
    }

    #[test]
    fn a_service_has_no_target_group_only_once_a_list_shows_it_that_started_late_enough() {
        let owner = Owner::Service { class: "public".into(), name: NsName::new("shop", "orders") };
        let mut ix = Index::takeover(START, Duration::from_secs(30));
        let of = Collection::region(Kind::TargetGroup);
        let listed = |ix: &mut Index, started| {
            absorb(ix, Event::Listed { of: of.clone(), started, items: Vec::new() })
        };
        assert_eq!(no_target_group(&mut ix, &owner, at(1)), Absent::Later(Some(at(30))));
        assert!(listed(&mut ix, at(2)).contains(&owner), "it is woken by the list");
        assert_eq!(no_target_group(&mut ix, &owner, at(31)), Absent::Read(of.clone()));
        listed(&mut ix, at(31));
        assert_eq!(no_target_group(&mut ix, &owner, at(32)), Absent::Proven);
        let key = ResourceKey::new(Kind::Integration, &owner, "30s");
        absorb(&mut ix, Event::Lost { key, at: at(40) });
        assert_eq!(
            no_target_group(&mut ix, &owner, at(41)),
            Absent::Later(Some(at(70))),
            "a create was lost"
        );
    }
}
