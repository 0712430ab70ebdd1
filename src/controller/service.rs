//! The service reconciler: one app, its Kubernetes objects, its listener and routes.

use std::collections::BTreeSet;
use std::sync::Arc;

use kube::runtime::controller::Action;
use kube::{Api, Resource, ResourceExt};

use super::class::{created, name_of};
use super::context::Context;
use super::guard::{Error, Outcome, guarded};
use super::leave::Absent;
use super::patch::Written;
use super::{ServiceObject, entries, leave, patch, round, workload};
use crate::api::{ClassStatus, GatewayedService, ServiceStatus};
use crate::cluster::finalizer;
use crate::desire::fold::FoldSlice;
use crate::desire::kubernetes::labels;
use crate::desire::{self, keys};
use crate::executor::Executor;
use crate::model::shard::Shard;
use crate::model::{Id, NsName, Owner, ResourceKey, Stack, State, Time};
use crate::plan::Plan;
use crate::status::{self, Workload};
use crate::targets::lane::{self, Recorded};
use crate::validate::{self, Refused, ValidDrift, ValidService};

const KIND: &str = "GatewayedService";

/// Reconciles one service.
///
/// # Errors
/// The API server's, a time-out or a panic: tried again with a pause of the service's own.
pub async fn reconcile(object: Arc<ServiceObject>, context: Arc<Context>) -> Result<Action, Error> {
    context.ready().await;
    if !is_ours(&object, &context) {
        return Ok(Action::await_change());
    }
    let action = guarded(KIND, &context.metrics, &context.fence, step(&object, &context)).await?;
    context.service_failures.succeeded(&object_name(&object));
    Ok(action)
}

/// When to try again after a failure.
pub fn failed(object: Arc<ServiceObject>, error: &Error, context: Arc<Context>) -> Action {
    let name = object_name(&object);
    tracing::warn!(service = %name, %error, "the reconcile failed; it will be tried again");
    Action::requeue(context.service_failures.failed(name))
}

/// Whether the service's class is of our shard. A service that does not parse has none.
fn is_ours(object: &ServiceObject, context: &Context) -> bool {
    if context.shard == Shard::ONLY {
        return true;
    }
    let class = object.0.as_ref().ok().and_then(|s| context.class_of(s, &context.all_classes()));
    context.shard.has(class.as_deref())
}

fn object_name(object: &ServiceObject) -> NsName {
    NsName::new(object.namespace().unwrap_or_default(), object.name_any())
}

async fn step(object: &ServiceObject, context: &Context) -> Result<(Outcome, Action), Error> {
    if finalizer::held(object) && status::is_given_up(object) {
        return leave::give_up_service(object, &object_name(object), context).await;
    }
    let service = match &object.0 {
        Ok(service) => service,
        Err(invalid) => {
            context.events.unparsable(&object.object_ref(&()), &invalid.error);
            return Ok((Outcome::Refused, Action::await_change()));
        }
    };
    let name = name_of(service);
    let api = Api::<GatewayedService>::namespaced(context.client.clone(), &name.namespace);
    let deleting = service.meta().deletion_timestamp.is_some();
    if !finalizer::held(service) {
        context.targets.forget(&name);
        if deleting {
            // Somebody else holds it still; to its class it is gone.
            context.class_lost(service);
        } else {
            finalizer::add(&api, service).await.map_err(Error::kubernetes("to add the finalizer"))?;
        }
        return Ok((Outcome::Nothing, Action::await_change()));
    }
    if status::is_paused(service) {
        return Reconcile::new(service, context, &api).paused().await;
    }
    let classes = context.all_classes();
    let valid = validate::service(service, &classes, &context.namespace(service));
    let class = match &valid {
        Ok(valid) => Some(valid.class.name.clone()),
        Err(Refused { class_name, .. }) => class_name.clone(),
    };
    let latched = service.status.as_ref().and_then(|s| s.class_name.clone());
    let run = Reconcile::new(service, context, &api);
    match latched.or(class) {
        Some(class) => match context.class(&class) {
            Some(object) => run.with_class(&class, &object.spec.region, valid).await,
            None => run.without_class(valid).await,
        },
        None => run.without_class(valid).await,
    }
}

/// One run over one service.
struct Reconcile<'a> {
    service: &'a GatewayedService,
    context: &'a Context,
    api: &'a Api<GatewayedService>,
    name: NsName,
    deleting: bool,
    now: Time,
}

/// What the status is made from, beside the plan and the index.
struct Seen<'a> {
    valid: &'a Result<ValidService, Refused>,
    slice: &'a FoldSlice,
    workload: Option<&'a Workload>,
    not_applied: Option<&'a str>,
    targets: Option<status::Targets>,
    class: &'a ClassStatus,
}

impl<'a> Reconcile<'a> {
    fn new(service: &'a GatewayedService, context: &'a Context, api: &'a Api<GatewayedService>) -> Self {
        let deleting = service.meta().deletion_timestamp.is_some();
        Reconcile { service, context, api, name: name_of(service), deleting, now: context.clock.now() }
    }
}

impl Reconcile<'_> {
    /// Configuration stops, for whatever reason the annotation was set; the pods' lane goes on.
    async fn paused(self) -> Result<(Outcome, Action), Error> {
        let old = self.service.status.clone().unwrap_or_default();
        let class = old.class_name.as_ref().and_then(|class| self.context.class(class));
        let targets = class.and_then(|class| {
            let owner = Owner::Service { class: class.name_any(), name: self.name.clone() };
            let executor = self.context.regions.executor(&class.spec.region);
            round::post_read(&executor, &owner, None);
            self.targets(&executor, &owner, &old, validate::drift(&class.spec))
        });
        self.open_gates().await?;
        let status = status::paused_service(self.service, targets.as_ref(), self.now);
        let later = self.patch(&old, &status).await?;
        Ok((Outcome::Refused, round::again(&self.context.clock, [later])))
    }

    /// No class is known, or it is gone: nothing can be looked up or changed in AWS. Before its status
    /// names a class, nothing was made for a service.
    async fn without_class(self, valid: Result<ValidService, Refused>) -> Result<(Outcome, Action), Error> {
        let old = self.service.status.clone().unwrap_or_default();
        if self.deleting && old.resources.is_empty() && old.class_name.is_none() {
            return self.release().await;
        }
        let input = status::ServiceInput {
            object: self.service,
            valid: valid.as_ref(),
            slice: &FoldSlice::default(),
            workload: None,
            not_applied: None,
            health: None,
            deleting: self.deleting,
            class: None,
            plan: None,
            now: self.now,
        };
        let later = self.patch(&old, &status::service(&input)).await?;
        Ok((Outcome::Refused, round::again(&self.context.clock, [later])))
    }

    async fn with_class(
        self,
        class: &str,
        region: &str,
        valid: Result<ValidService, Refused>,
    ) -> Result<(Outcome, Action), Error> {
        let executor = self.context.regions.executor(region);
        let owner = Owner::Service { class: class.to_owned(), name: self.name.clone() };
        if self.deleting && self.context.retains(class) {
            return self.retain(&executor, &owner).await;
        }
        let slice = self.slice(class, valid.as_ref().ok());
        let (workload, not_applied) = self.workload(valid.as_ref().ok()).await?;
        let old = self.service.status.clone().unwrap_or_default();
        let class_object = self.context.class(class);
        let class_status = class_object.as_ref().and_then(|c| c.status.clone()).unwrap_or_default();
        let drift = class_object.as_ref().map(|c| validate::drift(&c.spec)).unwrap_or_default();
        let targets = self.targets(&executor, &owner, &old, drift);
        self.open_gates().await?;

        let seen = Seen {
            valid: &valid,
            slice: &slice,
            workload: workload.as_ref(),
            not_applied: not_applied.as_deref(),
            targets,
            class: &class_status,
        };
        let Some(stack) = self.stack(valid.as_ref().ok(), &slice) else {
            let status = status::service(&self.input(&seen, None));
            let later = self.patch(&old, &status).await?;
            let outcome = if valid.is_err() { Outcome::Refused } else { Outcome::Waiting };
            return Ok((outcome, round::again(&self.context.clock, [later])));
        };
        let mut recorded = entries::of(&owner, &old.resources);
        recorded.extend(entries::of(&Owner::Class(class.to_owned()), &class_status.resources));
        let basis = round::Basis { entries: &recorded, recorded: &BTreeSet::new(), drift };
        let (round, status) = round::plan(&executor, &owner, &stack, basis, self.now, |plan, _| {
            status::service(&self.input(&seen, Some(plan)))
        });
        if self.deleting && round.plan.is_clean() && round.retire(&executor, &owner) {
            return self.release().await;
        }
        let later = self.patch(&old, &status).await?;
        let tags = self.context.class(class).map(|c| c.spec.tags).unwrap_or_default();
        for event in status::repairs(&round.plan) {
            tracing::warn!(owner = %owner, note = event.note, "puts right what others changed in AWS");
            self.context.events.publish(&self.service.object_ref(&()), &event);
        }
        round.post(&executor, &owner, &tags, !status::was_ready(&old.conditions), None);
        let outcome = if round.plan.is_settled() { Outcome::Settled } else { Outcome::Waiting };
        Ok((
            outcome,
            round::again(&self.context.clock, [later, round.plan.next, status::next(&round.plan, self.now)]),
        ))
    }

    fn input<'i>(&'i self, seen: &Seen<'i>, plan: Option<&'i Plan>) -> status::ServiceInput<'i> {
        status::ServiceInput {
            object: self.service,
            valid: seen.valid.as_ref(),
            slice: seen.slice,
            workload: seen.workload,
            not_applied: seen.not_applied,
            health: seen.targets.clone(),
            deleting: self.deleting,
            class: Some(seen.class),
            plan,
            now: self.now,
        }
    }

    /// What it has in AWS stays, but for its targets: another's pod may get a pod's address.
    async fn retain(self, executor: &Executor, owner: &Owner) -> Result<(Outcome, Action), Error> {
        let old = self.service.status.clone().unwrap_or_default();
        let left = leave::quiet(executor, owner);
        let (emptied, (read, again)) = match self.target_group(executor, owner, &old) {
            Some(group) => {
                let never_ready = !status::was_ready(&old.conditions);
                (self.context.targets.leave(executor, owner, &group, never_ready, self.now), (None, None))
            }
            None => {
                let absent = executor.with_index(|index| leave::no_target_group(index, owner, self.now));
                (absent == Absent::Proven, absent.next())
            }
        };
        if let Some(mut left) = left.filter(|_| emptied) {
            left.recorded(&old.resources);
            let event = status::retained(&format!("Service {}", self.name), &left, &self.context.cluster);
            tracing::info!(service = %self.name, left = left.log(), "deleted; what it has in AWS stays");
            self.context.events.publish(&self.service.object_ref(&()), &event);
            return self.release().await;
        }
        let targets = self.context.targets.view(&self.name);
        let status = status::retaining_service(self.service, targets.as_ref(), self.now);
        let later = self.patch(&old, &status).await?;
        round::post_read(executor, owner, read);
        Ok((Outcome::Waiting, round::again(&self.context.clock, [later, again])))
    }

    /// Its target group, as seen, else as recorded; `None` too if that has lost its mark.
    fn target_group(&self, executor: &Executor, owner: &Owner, old: &ServiceStatus) -> Option<Id> {
        let key = keys::target_group(owner);
        let seen = executor.with_index(|index| {
            let live = index.under(&key).find(|known| known.seen.state == State::Usable);
            live.map(|known| known.seen.id.clone())
        });
        let recorded = || {
            let kind = key.kind.as_str();
            old.resources.iter().find(|r| r.kind == kind && r.slot == key.slot.0)?.id.clone().map(Id)
        };
        seen.or_else(recorded).filter(|group| !unmarked(executor, &key, group))
    }

    /// Keeps the pods' lane running, whatever else is wrong, and says how the targets are.
    fn targets(
        &self,
        executor: &Executor,
        owner: &Owner,
        old: &ServiceStatus,
        drift: ValidDrift,
    ) -> Option<status::Targets> {
        let Some(group) = self.target_group(executor, owner, old) else {
            self.context.targets.forget(&self.name);
            return None;
        };
        let slices = lane::slices(&self.context.slices_of(&self.name));
        let targets = old.targets.as_ref();
        let recorded = Recorded {
            checkpoint: targets.and_then(|t| t.checkpoint.clone()),
            all_healthy: targets.is_some_and(|t| t.healthy == t.registered),
            never_ready: !status::was_ready(&old.conditions),
        };
        let looks = self.context.targets.looks(drift.interval, drift.security);
        self.context.targets.keep(executor, (owner, &group), slices, (recorded, looks), self.now);
        self.context.targets.view(&self.name)
    }

    /// Lets rollouts go on past the pods that the load balancer has found healthy.
    async fn open_gates(&self) -> Result<(), Error> {
        for pod in self.context.targets.gates(&self.name) {
            workload::open_gate(&self.context.client, &self.name.namespace, &pod).await?;
            self.context.targets.opened(&self.name, pod);
        }
        Ok(())
    }

    /// Our part of the class's fold; the class is woken when what it was folded from has changed.
    fn slice(&self, class: &str, valid: Option<&ValidService>) -> FoldSlice {
        let (slice, folded) = self.context.folds.slice(class, &self.name);
        let need = valid.map(|v| desire::need(v, created(self.service), self.deleting));
        if need.is_some() && need != folded {
            self.context.wakes.class(class);
        }
        slice
    }

    /// What should exist in AWS. `None`: nothing may be decided, because the spec is refused, or
    /// because the class has not folded our need in yet; what exists stays as it is.
    fn stack(&self, valid: Option<&ValidService>, slice: &FoldSlice) -> Option<Stack> {
        if self.deleting {
            return Some(Stack::default());
        }
        let valid = valid?;
        slice.place?;
        let network = valid.class.network.as_ref()?;
        Some(desire::service(valid, slice, network, &self.context.cluster).stack)
    }

    /// Applies the Kubernetes objects and reads back how they fare; or why they cannot be applied.
    async fn workload(
        &self,
        valid: Option<&ValidService>,
    ) -> Result<(Option<Workload>, Option<String>), Error> {
        let Some(valid) = valid.filter(|_| !self.deleting) else { return Ok((None, None)) };
        let Some(network) = &valid.class.network else { return Ok((None, None)) };
        let Some(owner) = self.service.controller_owner_ref(&()) else { return Ok((None, None)) };
        let sources: Vec<String> = network.subnets.iter().map(|s| s.cidr.clone()).collect();
        let objects = desire::kubernetes::objects(valid, &sources).owned_by(&owner);
        let client = &self.context.client;
        let deployment = match self.context.workloads.keep(client, &self.name, &owner, objects).await {
            Ok(deployment) => deployment,
            Err(error) => match error.refused() {
                Some(why) => return Ok((None, Some(why))),
                None => return Err(Error::Apply(error)),
            },
        };
        let pods = if workload::settled(&deployment) {
            Vec::new()
        } else {
            workload::pods(client, &self.name.namespace, &labels::selector_text(&self.name.name)).await?
        };
        Ok((Some(Workload { deployment, pods }), None))
    }

    /// Nothing of ours is left: the object may go.
    async fn release(&self) -> Result<(Outcome, Action), Error> {
        finalizer::remove(self.api, self.service)
            .await
            .map_err(Error::kubernetes("to remove the finalizer"))?;
        self.context.forget_service(&self.name);
        Ok((Outcome::Settled, Action::await_change()))
    }

    /// Writes the status, and tells the events of what changed; or says when to come back for that.
    async fn patch(&self, old: &ServiceStatus, new: &ServiceStatus) -> Result<Option<Time>, Error> {
        let pace = (&self.context.service_writes, self.name.clone());
        // Without a class it belongs to the first shard; with its class it moves to that of the class.
        let contested = self.context.shard != Shard::ONLY && old.class_name.is_none();
        let written = patch::status(self.api, self.service, (old, new), pace, contested, self.now).await?;
        if written == Written::Now {
            for event in status::service_events(old, new) {
                self.context.events.publish(&self.service.object_ref(&()), &event);
            }
        }
        Ok(written.later())
    }
}

/// Whether the target group is seen without the mark of `key`: it is not provably ours.
fn unmarked(executor: &Executor, key: &ResourceKey, group: &Id) -> bool {
    executor.with_index(|index| {
        index.get(key.kind, group).is_some_and(|known| known.seen.key.as_ref() != Some(key))
    })
}
