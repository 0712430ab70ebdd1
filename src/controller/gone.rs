//! What follows when the cache loses a service.

use kube::ResourceExt;
use kube::runtime::watcher::Event;

use super::ServiceObject;
use super::context::Context;
use crate::api::GatewayedService;
use crate::model::NsName;

/// Takes in an event that the cache of services knows by now.
pub fn told(context: &Context, event: &Event<ServiceObject>) {
    if let Event::Delete(service) = event {
        // A reconcile that ran on an older cache may have kept what was forgotten with the finalizer.
        context.forget_service(&NsName::new(service.namespace().unwrap_or_default(), service.name_any()));
    }
    let every = || context.classes.store().state().iter().map(|class| class.name_any()).collect();
    let class_of = |service: &GatewayedService| context.class_of(service, &context.all_classes());
    concerned(event, every, class_of).iter().for_each(|class| context.wakes.class(class));
}

/// The classes to wake: a class that shares out ports and route keys, or is being deleted, waits until its
/// service is gone. It must not be woken before the cache knows: when the finalizer is removed, the class
/// might still see the service, and nothing would wake it again. After a new list, which does not tell what is
/// gone, and after a service that does not parse, `every` class looks.
fn concerned(
    event: &Event<ServiceObject>,
    every: impl FnOnce() -> Vec<String>,
    class_of: impl FnOnce(&GatewayedService) -> Option<String>,
) -> Vec<String> {
    match event {
        Event::Delete(service) => match &service.0 {
            Ok(service) => class_of(service).into_iter().collect(),
            Err(_) => every(),
        },
        Event::InitDone => every(),
        Event::Apply(_) | Event::Init | Event::InitApply(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, TryStreamExt, pin_mut, stream};
    use kube::core::DeserializeGuard;
    use serde_json::{Value, json};

    use super::super::cache::kept;
    use super::*;
    use crate::api::marks;

    fn service(metadata: Value, spec: Value) -> ServiceObject {
        let object = json!({"apiVersion": "gatewayed.io/v1alpha1", "kind": "GatewayedService",
            "metadata": metadata, "spec": spec, "status": {"className": "public"}});
        serde_json::from_value::<DeserializeGuard<GatewayedService>>(object).unwrap()
    }

    fn spec() -> Value {
        json!({"image": "registry.example.com/orders:v1", "port": 3000, "health": {"path": "/"}, "routes": []})
    }

    /// What each event wakes, and how many services the cache has at that moment.
    async fn woken(events: Vec<Event<ServiceObject>>) -> Vec<(Vec<String>, usize)> {
        let (cache, events) = kept(stream::iter(events.into_iter().map(Ok)));
        let store = cache.store().clone();
        let classes = || vec!["public".to_owned(), "other".to_owned()];
        let class_of = |s: &GatewayedService| s.status.as_ref()?.class_name.clone();
        let seen = events.map_ok(move |event| (concerned(&event, classes, class_of), store.len()));
        pin_mut!(seen);
        let mut all = Vec::new();
        while let Some(Ok(one)) = seen.next().await {
            all.push(one);
        }
        all
    }

    #[tokio::test]
    async fn a_class_is_woken_once_the_cache_has_lost_its_service_and_not_when_the_finalizer_goes() {
        let going = json!({"name": "orders", "namespace": "shop", "deletionTimestamp": "2026-11-21T10:00:00Z",
            "finalizers": [marks::FINALIZER]});
        let mut released = going.clone();
        released["finalizers"] = json!([]);
        let of_class = vec!["public".to_owned()];
        let events = vec![
            Event::Init,
            Event::InitApply(service(going, spec())),
            Event::InitDone,
            Event::Apply(service(released.clone(), spec())),
            Event::Delete(service(released, spec())),
        ];
        let every = vec!["public".to_owned(), "other".to_owned()];
        let none = Vec::new();
        let seen = woken(events).await;
        assert_eq!(
            seen[1..],
            [(none.clone(), 0), (every, 1), (none, 1), (of_class, 0)],
            "the class looks when there is nothing left to see"
        );
    }

    #[tokio::test]
    async fn a_service_that_does_not_parse_wakes_every_class_when_it_goes() {
        let metadata = json!({"name": "broken", "namespace": "shop"});
        let broken = || service(metadata.clone(), json!({"port": "not a number"}));
        assert!(broken().0.is_err());
        let seen = woken(vec![Event::Apply(broken()), Event::Delete(broken())]).await;
        assert_eq!(seen[1].0.len(), 2);
    }
}
