//! What every reconcile shares.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::PartialObjectMeta;
use kube::runtime::reflector::ObjectRef;
use kube::{Client, ResourceExt};

use super::cache::Cache;
use super::folds::Folds;
use super::guard::Failures;
use super::networks::Networks;
use super::patch::Writes;
use super::regions::Regions;
use super::wakes::Wakes;
use super::workload::Workloads;
use super::{ClassObject, ServiceObject};
use crate::api::{DeletionPolicy, GatewayedService, GatewayedServiceClass};
use crate::cluster::events::Events;
use crate::executor::{Executor, Fence};
use crate::model::NsName;
use crate::model::orphans::Live;
use crate::model::shard::Shard;
use crate::runtime::clock::Clock;
use crate::runtime::metrics::Metrics;
use crate::targets::lane::{self, Targets};
use crate::validate::{self, Classes};

/// Caches, clients and what the reconcilers tell each other.
pub struct Context {
    /// The API server.
    pub client: Client,
    /// The cluster's id, in all marks.
    pub cluster: String,
    /// What our own waits are measured by.
    pub clock: Clock,
    /// Counted into.
    pub metrics: Metrics,
    /// Kubernetes events.
    pub events: Events,
    /// Wakes owners.
    pub wakes: Wakes,
    /// The classes that are ours to reconcile; of the others nothing is done.
    pub shard: Shard,
    /// What may be written only while we lead stops at it.
    pub fence: Fence,
    /// The executors.
    pub regions: Regions,
    /// Every class.
    pub classes: Cache<ClassObject>,
    /// Every service.
    pub services: Cache<ServiceObject>,
    /// Every namespace's labels.
    pub namespaces: Cache<PartialObjectMeta<Namespace>>,
    /// The EndpointSlices of our Services.
    pub slices: Cache<EndpointSlice>,
    /// What each class gives its services.
    pub folds: Folds,
    /// What the classes' selectors found in EC2.
    pub networks: Networks,
    /// What was applied to the cluster last.
    pub workloads: Workloads,
    /// The pods' fast lane.
    pub targets: Targets,
    /// Failures of classes in a row.
    pub class_failures: Failures<String>,
    /// Failures of services in a row.
    pub service_failures: Failures<NsName>,
    /// When the classes' statuses were written.
    pub class_writes: Writes<String>,
    /// When the services' statuses were written.
    pub service_writes: Writes<NsName>,
}

impl Context {
    /// Waits until every cache is filled.
    pub async fn ready(&self) {
        self.classes.filled().await;
        self.services.filled().await;
        self.namespaces.filled().await;
        self.slices.filled().await;
    }

    /// Every class, as services see them. One that does not parse does not exist.
    pub fn all_classes(&self) -> Classes {
        let objects = self.classes.store().state();
        Classes::new(objects.iter().filter_map(|o| o.0.as_ref().ok()))
    }

    /// A class as the cache has it.
    pub fn class(&self, name: &str) -> Option<GatewayedServiceClass> {
        self.classes.store().get(&ObjectRef::new(name))?.0.clone().ok()
    }

    /// What `class` and its services have in AWS stays when they are deleted.
    pub fn retains(&self, class: &str) -> bool {
        self.class(class).is_some_and(|class| class.spec.deletion_policy == DeletionPolicy::Retain)
    }

    /// Every service that has `class` in its status, or names it.
    pub fn services_of(&self, class: &str) -> Vec<GatewayedService> {
        let classes = self.all_classes();
        let mine = |service: &GatewayedService| self.class_of(service, &classes).as_deref() == Some(class);
        self.parsed_services().filter(mine).collect()
    }

    /// Every service that parses.
    pub fn parsed_services(&self) -> impl Iterator<Item = GatewayedService> {
        self.services.store().state().into_iter().filter_map(|o| o.0.clone().ok())
    }

    /// The name of the class that serves `service`, accepted or not; `None` if it is not known.
    pub fn class_of(&self, service: &GatewayedService, classes: &Classes) -> Option<String> {
        let latched = service.status.as_ref().and_then(|s| s.class_name.clone());
        latched.or_else(|| classes.name(service, &self.namespace(service)))
    }

    /// The services that do not parse: what they want is not known, only that they are there.
    pub fn unreadable_services(&self) -> Vec<NsName> {
        let all = self.services.store().state();
        let unreadable = all.iter().filter(|object| object.0.is_err());
        unreadable.map(|o| NsName::new(o.namespace().unwrap_or_default(), o.name_any())).collect()
    }

    /// Which owners the cluster has, as the caches know it.
    pub fn live(&self) -> Live {
        let classes = self.classes.store().state().iter().map(|class| class.name_any()).collect();
        let services = self.services.store().state();
        let services = services.iter().map(|object| {
            let name = NsName::new(object.namespace().unwrap_or_default(), object.name_any());
            let status = object.0.as_ref().ok().and_then(|service| service.status.as_ref());
            (name, status.and_then(|status| status.class_name.clone()))
        });
        Live { classes, services: services.collect() }
    }

    /// A service is gone from the cluster, or from our care.
    pub fn forget_service(&self, name: &NsName) {
        self.targets.forget(name);
        self.workloads.forget(name);
        self.service_writes.forget(name);
        self.service_failures.succeeded(name);
    }

    /// Likewise a class.
    pub fn forget_class(&self, name: &str) {
        self.folds.forget(name);
        self.networks.forget(name);
        self.class_writes.forget(&name.to_owned());
        self.class_failures.succeeded(&name.to_owned());
    }

    /// Wakes the class that served `service`, which the cache no longer has, or has without our finalizer.
    pub fn class_lost(&self, service: &GatewayedService) {
        if let Some(class) = self.class_of(service, &self.all_classes()) {
            self.wakes.class(&class);
        }
    }

    /// How much of what is held in memory.
    pub fn sizes(&self) -> Vec<(&'static str, usize)> {
        let executors = self.regions.all();
        let sum = |of: &dyn Fn(&Executor) -> usize| executors.iter().map(of).sum();
        vec![
            ("classes", self.classes.store().len()),
            ("services", self.services.store().len()),
            ("endpoint_slices", self.slices.store().len()),
            ("folds", self.folds.count()),
            ("networks", self.networks.count()),
            ("workloads", self.workloads.count()),
            ("targets", self.targets.count()),
            ("failures", self.class_failures.count() + self.service_failures.count()),
            ("writes", self.class_writes.count() + self.service_writes.count()),
            ("aws_objects", sum(&|e| e.with_index(|index| index.sizes().0))),
            ("aws_notes", sum(&|e| e.with_index(|index| index.sizes().1))),
            ("calls_waiting", sum(&|e| e.load().0)),
            ("calls_running", sum(&|e| e.load().1)),
            ("tasks", tokio::runtime::Handle::current().metrics().num_alive_tasks()),
        ]
    }

    /// The namespace of `service`, as access is decided by it.
    pub fn namespace(&self, service: &GatewayedService) -> validate::Namespace {
        let name = service.namespace().unwrap_or_default();
        let found = self.namespaces.store().get(&ObjectRef::new(&name));
        let labels: BTreeMap<String, String> = found.map(|n| n.labels().clone()).unwrap_or_default();
        validate::Namespace { name, labels }
    }

    /// The EndpointSlices of the Kubernetes Service that belongs to `service`.
    pub fn slices_of(&self, service: &NsName) -> Vec<Arc<EndpointSlice>> {
        self.slices.store().state_filter(|slice| lane::owner_of(slice).as_ref() == Some(service))
    }
}
