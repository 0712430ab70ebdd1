//! What carries our cluster's mark in AWS and belongs to no object in the cluster. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::index::{Index, Known};
use super::{Id, Kind, NsName, Owner, Time};

/// The classes and services that the cluster has; one that is being deleted is among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Classes by name.
    pub classes: BTreeSet<String>,
    /// Services, and the class that their status names; `None`: none yet, or the object does not parse, and it
    /// may be any.
    pub services: BTreeMap<NsName, Option<String>>,
}

impl Live {
    /// Whether `owner` has an object in the cluster. A class that still serves one has: what it keeps is
    /// in use.
    pub fn has(&self, owner: &Owner) -> bool {
        match owner {
            Owner::Class(class) => self.classes.contains(class) || self.has_services(class),
            Owner::Service { class, name } => {
                self.services.get(name).is_some_and(|of| of.as_ref().is_none_or(|of| of == class))
            }
        }
    }

    /// Whether the status of a service names `class`.
    pub fn has_services(&self, class: &str) -> bool {
        self.services.values().flatten().any(|of| of == class)
    }
}

/// What is seen of owners that have no object in the cluster.
pub fn orphans<'a>(index: &'a Index, live: &Live) -> BTreeMap<Owner, Vec<&'a Known>> {
    let owners = index.owners().into_iter().filter(|owner| !live.has(owner));
    owners
        .map(|owner| {
            let objects =
                index.keys(&owner).into_iter().flat_map(|key| index.under(&key).collect::<Vec<_>>());
            (owner.clone(), objects.collect())
        })
        .collect()
}

/// When the youngest of an owner's objects was made, given when some objects were. If none of them tells, the
/// youngest of its class's stands for it; `None`: nothing tells.
pub fn youngest(index: &Index, owner: &Owner, created: &BTreeMap<(Kind, Id), Time>) -> Option<Time> {
    let of = |owner: &Owner| {
        let keys = index.keys(owner);
        let objects = keys.iter().flat_map(|key| index.under(key));
        objects
            .filter_map(|known| created.get(&(known.seen.body.kind(), known.seen.id.clone())))
            .max()
            .copied()
    };
    of(owner).or_else(|| of(&Owner::Class(owner.class().to_owned())))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::absorb::absorb;
    use crate::model::api::Api;
    use crate::model::event::Event;
    use crate::model::index::Collection;
    use crate::model::target_group::{HealthCheck, TargetGroup};
    use crate::model::{Body, ResourceKey, Seen, State};

    fn service(class: &str, name: &str) -> Owner {
        Owner::Service { class: class.into(), name: NsName::new("shop", name) }
    }

    #[test]
    fn what_belongs_to_no_object_of_its_name_and_class_is_an_orphan() {
        let live = Live {
            classes: BTreeSet::from(["public".to_owned()]),
            services: BTreeMap::from([
                (NsName::new("shop", "orders"), Some("public".to_owned())),
                (NsName::new("shop", "moved"), Some("gone".to_owned())),
                (NsName::new("shop", "unreadable"), None),
            ]),
        };
        assert!(live.has(&Owner::Class("public".into())));
        assert!(live.has(&Owner::Class("gone".into())), "a service is served by it still");
        assert!(!live.has(&Owner::Class("other".into())));
        assert!(live.has(&service("public", "orders")) && !live.has(&service("other", "orders")));
        assert!(live.has(&service("public", "unreadable")) && live.has(&service("other", "unreadable")));
        assert!(!live.has(&service("public", "carts")));

        let mut index = Index::takeover(Time(0), Duration::from_secs(30));
        let seen = |id: &str, owner: &Owner| Seen {
            id: Id::from(id),
            key: Some(ResourceKey::new(Kind::Api, owner, "main")),
            body: Body::Api(Api { name: id.into(), description: String::new() }),
            at: Time(1),
            state: State::Usable,
        };
        let (mine, lost) = (Owner::Class("public".into()), Owner::Class("lost".into()));
        let items = vec![seen("a", &mine), seen("b", &lost), seen("c", &lost)];
        absorb(&mut index, Event::Listed { of: Collection::region(Kind::Api), started: Time(1), items });
        let found = orphans(&index, &live);
        let ids: Vec<&str> = found[&lost].iter().map(|known| known.seen.id.0.as_str()).collect();
        assert_eq!((found.len(), ids), (1, vec!["b", "c"]));
    }

    #[test]
    fn an_owner_is_as_old_as_its_youngest_thing_that_tells_else_as_its_class() {
        let mut index = Index::takeover(Time(0), Duration::from_secs(30));
        let (class, service) = (Owner::Class("public".into()), service("public", "orders"));
        let health = HealthCheck {
            path: "/".into(),
            port: None,
            interval_seconds: 10,
            timeout_seconds: 2,
            healthy_threshold: 2,
            unhealthy_threshold: 2,
        };
        let group = TargetGroup { name: "g".into(), vpc: "vpc-1".into(), health, attributes: None };
        let seen = |id: &str, owner: &Owner, body: Body<Id>| Seen {
            id: Id::from(id),
            key: Some(ResourceKey::new(body.kind(), owner, "main")),
            body,
            at: Time(1),
            state: State::Usable,
        };
        let api = |id: &str| seen(id, &class, Body::Api(Api { name: id.into(), description: String::new() }));
        let groups = vec![seen("tg", &service, Body::TargetGroup(group))];
        for (kind, items) in [(Kind::Api, vec![api("a"), api("b")]), (Kind::TargetGroup, groups)] {
            absorb(&mut index, Event::Listed { of: Collection::region(kind), started: Time(1), items });
        }
        let created = |all: &[(&str, u64)]| {
            all.iter().map(|(id, at)| ((Kind::Api, Id::from(*id)), Time(*at))).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(youngest(&index, &class, &created(&[("a", 5), ("b", 9)])), Some(Time(9)));
        assert_eq!(youngest(&index, &service, &created(&[("a", 5), ("b", 9)])), Some(Time(9)), "its class's");
        assert_eq!(youngest(&index, &service, &created(&[("theirs", 5)])), None);
    }
}
