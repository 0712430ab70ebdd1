//! The class reconciler: what all services of a class share, in one hand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kube::runtime::controller::Action;
use kube::{Api, Resource, ResourceExt};

use super::ClassObject;
use super::context::Context;
use super::guard::{Error, Outcome, guarded};
use super::networks::{AGAIN, Lookup};
use super::patch::Written;
use super::{entries, leave, past, patch, round};
use crate::api::{ClassStatus, DeletionPolicy, GatewayedService, GatewayedServiceClass};
use crate::cluster::finalizer;
use crate::desire;
use crate::desire::fold::{Fold, Need, Pool, fold};
use crate::executor::{Call, Executor};
use crate::model::index::Index;
use crate::model::{Id, Kind, NsName, Owner, Stack, Time};
use crate::plan::Plan;
use crate::status;
use crate::validate::{self, ValidClass, Violation};

const KIND: &str = "GatewayedServiceClass";
/// Until the next look at lists that were not there.
const UNLISTED: Duration = Duration::from_secs(1);

/// Reconciles one class.
///
/// # Errors
/// The API server's, a time-out or a panic: tried again with a pause of the class's own.
pub async fn reconcile(object: Arc<ClassObject>, context: Arc<Context>) -> Result<Action, Error> {
    context.ready().await;
    if !context.shard.has(Some(&object.name_any())) {
        return Ok(Action::await_change());
    }
    let started = Instant::now();
    let action = guarded(KIND, &context.metrics, &context.fence, step(&object, &context)).await?;
    tracing::debug!(class = object.name_any(), took = ?started.elapsed(), "reconciled");
    context.class_failures.succeeded(&object.name_any());
    Ok(action)
}

/// When to try again after a failure.
pub fn failed(object: Arc<ClassObject>, error: &Error, context: Arc<Context>) -> Action {
    let name = object.name_any();
    tracing::warn!(class = name, %error, "the reconcile failed; it will be tried again");
    Action::requeue(context.class_failures.failed(name))
}

async fn step(object: &ClassObject, context: &Context) -> Result<(Outcome, Action), Error> {
    let given_up = finalizer::held(object) && status::is_given_up(object);
    if given_up && !context.live().has_services(&object.name_any()) {
        return leave::give_up_class(object, context).await;
    }
    let class = match &object.0 {
        Ok(class) => class,
        Err(invalid) => {
            context.events.unparsable(&object.object_ref(&()), &invalid.error);
            return Ok((Outcome::Refused, Action::await_change()));
        }
    };
    let api = Api::<GatewayedServiceClass>::all(context.client.clone());
    let deleting = class.meta().deletion_timestamp.is_some();
    if !finalizer::held(class) {
        if !deleting {
            finalizer::add(&api, class).await.map_err(Error::kubernetes("to add the finalizer"))?;
        }
        return Ok((Outcome::Nothing, Action::await_change()));
    }
    let run = Reconcile::new(class, context, deleting);
    if status::is_paused(class) { run.paused(&api).await } else { run.run(&api).await }
}

/// One run over one class.
struct Reconcile<'a> {
    class: &'a GatewayedServiceClass,
    context: &'a Context,
    name: String,
    owner: Owner,
    executor: Executor,
    deleting: bool,
    services: Vec<GatewayedService>,
    now: Time,
}

/// What the status is made from, beside the plan and the index.
struct Seen<'a> {
    valid: &'a Result<ValidClass, Vec<Violation>>,
    lookup: Option<&'a Lookup>,
    fold: Option<&'a Fold>,
    services: &'a [NsName],
}

impl<'a> Reconcile<'a> {
    fn new(class: &'a GatewayedServiceClass, context: &'a Context, deleting: bool) -> Reconcile<'a> {
        let name = class.name_any();
        let mut services = context.services_of(&name);
        services.retain(|s| s.meta().deletion_timestamp.is_none() || finalizer::held(s));
        Reconcile {
            class,
            context,
            owner: Owner::Class(name.clone()),
            executor: context.regions.executor(&class.spec.region),
            deleting,
            services,
            now: context.clock.now(),
            name,
        }
    }

    /// Configuration stops, for whatever reason the annotation was set.
    async fn paused(self, api: &Api<GatewayedServiceClass>) -> Result<(Outcome, Action), Error> {
        round::post_read(&self.executor, &self.owner, None);
        let old = self.class.status.clone().unwrap_or_default();
        let later = self.patch(api, &old, &status::paused_class(self.class, self.now)).await?;
        Ok((Outcome::Refused, round::again(&self.context.clock, [later])))
    }

    async fn run(self, api: &Api<GatewayedServiceClass>) -> Result<(Outcome, Action), Error> {
        let lookup = self.context.networks.get(&self.name, &validate::network_query(&self.class.spec));
        let facts = lookup.as_ref().and_then(|l| l.answer.as_ref().ok());
        let valid = validate::class(self.class, facts);
        let listed = self.is_listed();
        let fold = valid.as_ref().ok().map(|valid| self.fold(valid, listed));

        let names = self.names();
        let leaving = self.deleting && names.is_empty();
        if leaving && self.class.spec.deletion_policy == DeletionPolicy::Retain {
            return self.retain(api).await;
        }
        let stack = self.stack(leaving, valid.as_ref().ok(), fold.as_deref());
        let old = self.class.status.clone().unwrap_or_default();
        let recorded = entries::of(&self.owner, &old.resources);
        let seen = Seen { valid: &valid, lookup: lookup.as_ref(), fold: fold.as_deref(), services: &names };
        let Some(stack) = stack else {
            let status = self.executor.with_index(|index| status::class(&self.input(&seen, None, index)));
            let later = self.patch(api, &old, &status).await?;
            let (call, again) = self.lookup(lookup.as_ref().map(|l| l.at), valid.is_err());
            round::post_read(&self.executor, &self.owner, call);
            return Ok((Outcome::Refused, round::again(&self.context.clock, [again, later])));
        };
        let drift = validate::drift(&self.class.spec);
        self.executor.look_for_drift(&self.name, drift.interval);
        let ids = self.recorded_ids(&old);
        let basis = round::Basis { entries: &recorded, recorded: &ids, drift };
        let (round, status) =
            round::plan(&self.executor, &self.owner, &stack, basis, self.now, |plan, index| {
                status::class(&self.input(&seen, Some(plan), index))
            });
        if leaving && round.plan.is_clean() && round.retire(&self.executor, &self.owner) {
            finalizer::remove(api, self.class).await.map_err(Error::kubernetes("to remove the finalizer"))?;
            self.executor.forget_class(&self.name);
            self.context.forget_class(&self.name);
            return Ok((Outcome::Settled, Action::await_change()));
        }
        let later = self.patch(api, &old, &status).await?;
        let (call, again) = self.lookup(lookup.as_ref().map(|l| l.at), false);
        let never_ready = !status::was_ready(&old.conditions);
        for event in status::repairs(&round.plan) {
            tracing::warn!(owner = %self.owner, note = event.note, "puts right what others changed in AWS");
            self.context.events.publish(&self.class.object_ref(&()), &event);
        }
        round.post(&self.executor, &self.owner, &self.class.spec.tags, never_ready, call);
        let outcome = if round.plan.is_settled() { Outcome::Settled } else { Outcome::Waiting };
        let wake = if listed { fold.as_ref().and_then(|f| f.wake) } else { Some(self.now + UNLISTED) };
        Ok((
            outcome,
            round::again(
                &self.context.clock,
                [later, round.plan.next, wake, again, status::next(&round.plan, self.now)],
            ),
        ))
    }
}

impl Reconcile<'_> {
    /// What it has in AWS stays.
    async fn retain(self, api: &Api<GatewayedServiceClass>) -> Result<(Outcome, Action), Error> {
        let old = self.class.status.clone().unwrap_or_default();
        let Some(mut left) = leave::quiet(&self.executor, &self.owner) else {
            let later = self.patch(api, &old, &status::retaining_class(self.class, self.now)).await?;
            return Ok((Outcome::Waiting, round::again(&self.context.clock, [later])));
        };
        left.recorded(&old.resources);
        let event = status::retained(&format!("Class {}", self.name), &left, &self.context.cluster);
        tracing::info!(class = self.name, left = left.log(), "deleted; what it has in AWS stays");
        self.context.events.publish(&self.class.object_ref(&()), &event);
        finalizer::remove(api, self.class).await.map_err(Error::kubernetes("to remove the finalizer"))?;
        self.context.forget_class(&self.name);
        Ok((Outcome::Settled, Action::await_change()))
    }

    /// Its services; also those that do not parse, if something of theirs is seen in AWS.
    fn names(&self) -> Vec<NsName> {
        let mut names: Vec<NsName> = self.services.iter().map(name_of).collect();
        let unreadable = self.context.unreadable_services();
        if !unreadable.is_empty() {
            let owners = self.executor.with_index(|index| index.owners());
            let owner = |name: &NsName| Owner::Service { class: self.name.clone(), name: name.clone() };
            names.extend(unreadable.into_iter().filter(|name| owners.contains(&owner(name))));
        }
        names
    }

    fn input<'i>(
        &'i self,
        seen: &Seen<'i>,
        plan: Option<&'i Plan>,
        index: &'i Index,
    ) -> status::ClassInput<'i> {
        status::ClassInput {
            object: self.class,
            valid: seen.valid.as_ref().map_err(Vec::as_slice),
            network: seen.lookup.map(|l| &l.answer),
            fold: seen.fold,
            services: seen.services,
            deleting: self.deleting,
            plan,
            index,
            now: self.now,
        }
    }

    /// Whether all is listed by which a service's place and routes are known again. What cannot be listed
    /// holds nobody up: what needs it says so.
    fn is_listed(&self) -> bool {
        self.executor.with_index(|index| {
            let kinds = [Kind::Listener, Kind::Integration, Kind::Route].into_iter();
            let mut places = kinds.flat_map(|kind| index.places(kind, &self.name));
            places.all(|of| index.listed(&of).is_some() || index.list_trouble(&of).is_some())
        })
    }

    /// Every id that the class's status `own`, or that of one of its services, records.
    fn recorded_ids(&self, own: &ClassStatus) -> BTreeSet<Id> {
        let services = self.services.iter().filter_map(|service| service.status.as_ref());
        let entries = services.flat_map(|status| &status.resources).chain(&own.resources);
        entries.filter_map(|entry| entry.id.clone().map(Id)).collect()
    }

    /// Shares the class's things out among its services and wakes those whose part changed. Until it is
    /// `listed` what there is, only services whose place is known get any: in a cluster that was rebuilt,
    /// status has forgotten who had which listener and which route.
    fn fold(&self, valid: &ValidClass, listed: bool) -> Arc<Fold> {
        let mut needs = self.needs();
        let ports = self.context.targets.ports(&self.name);
        let past = self.executor.with_index(|index| {
            let used = past::places(index, &self.name, &self.services);
            let released = self.context.folds.released(&self.name, &used, self.now);
            let mut past = past::past(index, &self.name, &self.services, released, ports);
            let retain = self.class.spec.deletion_policy == DeletionPolicy::Retain;
            if past::keeps_ports(index, &self.name, &self.services, &needs, retain) {
                past.ports.extend(past::chain_ports(index, &self.owner));
            }
            past
        });
        needs.retain(|need| listed || past.places.contains_key(&need.service));
        let pool = Pool {
            first_port: valid.pool.first_port,
            last_port: valid.pool.last_port,
            load_balancers: valid.pool.max,
        };
        let fold = Arc::new(fold(&pool, &needs, &past, self.now));
        for service in self.context.folds.publish(&self.name, &fold, &needs) {
            self.context.wakes.service(&service);
        }
        fold
    }

    /// What each service asks for. One whose spec is refused asks for what it last had.
    fn needs(&self) -> Vec<Need> {
        let classes = self.context.all_classes();
        let need = |service: &GatewayedService| {
            let name = name_of(service);
            let deleting = service.meta().deletion_timestamp.is_some();
            match validate::service(service, &classes, &self.context.namespace(service)) {
                Ok(valid) => Some(desire::need(&valid, created(service), deleting)),
                Err(_) => self.context.folds.need(&self.name, &name).map(|need| Need { deleting, ..need }),
            }
        };
        self.services.iter().filter_map(need).collect()
    }

    /// What should exist; `None` if nothing may be decided: the spec is refused or its network is not
    /// known.
    fn stack(&self, leaving: bool, valid: Option<&ValidClass>, fold: Option<&Fold>) -> Option<Stack> {
        if leaving {
            return Some(Stack::default());
        }
        let (valid, fold) = (valid?, fold?);
        Some(desire::class(valid, valid.network.as_ref()?, fold, &self.context.cluster))
    }

    /// Whether to look the network up, and when to think about it again. A class whose network is
    /// recorded is looked up only when its spec changed.
    fn lookup(&self, last: Option<Time>, refused: bool) -> (Option<Call>, Option<Time>) {
        let status = self.class.status.as_ref();
        let known = status
            .is_some_and(|s| s.network.is_some() && s.observed_generation == self.class.metadata.generation);
        let due = match last {
            None => (!known).then_some(self.now),
            Some(at) => (refused || status.is_none_or(|s| s.network.is_none())).then(|| at + AGAIN),
        };
        match due {
            Some(due) if due <= self.now => {
                (Some(Call::Network(validate::network_query(&self.class.spec))), None)
            }
            due => (None, due),
        }
    }

    /// Writes the status, and tells whom it concerns; or says when to come back for that.
    async fn patch(
        &self,
        api: &Api<GatewayedServiceClass>,
        old: &ClassStatus,
        new: &ClassStatus,
    ) -> Result<Option<Time>, Error> {
        let pace = (&self.context.class_writes, self.name.clone());
        let written = patch::status(api, self.class, (old, new), pace, false, self.now).await?;
        if written == Written::Now {
            // Services tell of the class's conditions and refer to its resources.
            self.services.iter().for_each(|s| self.context.wakes.service(&name_of(s)));
            for event in status::class_events(old, new) {
                self.context.events.publish(&self.class.object_ref(&()), &event);
            }
        }
        Ok(written.later())
    }
}

/// `namespace/name` of a service.
pub fn name_of(service: &GatewayedService) -> NsName {
    NsName::new(service.namespace().unwrap_or_default(), service.name_any())
}

/// When a service was created.
pub fn created(service: &GatewayedService) -> Time {
    let at = service.meta().creation_timestamp.as_ref().map_or(0, |t| t.0.as_millisecond());
    Time(u64::try_from(at).unwrap_or(0))
}
