//! Wiring: watches, the two reconcilers, the executors' notices. A reconcile computes, patches status
//! and posts; it never calls AWS and never waits for it.

pub mod cache;
pub mod class;
pub mod context;
pub mod entries;
pub mod folds;
pub mod gone;
pub mod guard;
pub mod leave;
pub mod networks;
pub mod orphans;
pub mod past;
pub mod patch;
pub mod regions;
pub mod round;
pub mod service;
pub mod sweep;
pub mod wakes;
pub mod workload;

#[cfg(test)]
mod guard_tests;

use std::fmt::Debug;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{ListParams, PartialObjectMeta};
use kube::core::DeserializeGuard;
use kube::runtime::controller::Config as ControllerConfig;
use kube::runtime::{Controller, WatchStreamExt, watcher};
use kube::{Api, Client, Resource, ResourceExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::api::{GatewayedService, GatewayedServiceClass, marks};
use crate::aws::Aws;
use crate::cluster::events::Events;
use crate::cluster::leader::LeaseEnd;
use crate::executor::{Answer, Answered, Call, Fence, Notice, Source};
use crate::model::shard::Shard;
use crate::runtime::clock::Clock;
use crate::runtime::http::Readiness;
use crate::runtime::metrics::Metrics;
use crate::runtime::vital::Vital;
use crate::settings::Settings;
use crate::targets::lane::{self, Targets};
use cache::{cached, watched};
use context::Context;
use networks::Lookup;
use regions::{Common, Regions};

/// How long reconciles may take to end once we are asked to stop: with the executors' last calls (10 s)
/// it stays within Kubernetes' usual grace of 30 s.
const LAST_RECONCILES: Duration = Duration::from_secs(15);

/// Between two measurements of what is held in memory; Prometheus asks at most as often.
const MEASURED: Duration = Duration::from_secs(5);

/// A class as it comes from the API server; one that does not parse fails alone.
pub type ClassObject = DeserializeGuard<GatewayedServiceClass>;
/// A service, likewise.
pub type ServiceObject = DeserializeGuard<GatewayedService>;

/// What leading needs.
pub struct Setup {
    /// The API server.
    pub client: Client,
    /// What the process was told.
    pub settings: Settings,
    /// Counted into.
    pub metrics: Metrics,
    /// Told when the caches are there.
    pub readiness: Readiness,
    /// Which classes we lead.
    pub shard: Shard,
    /// When our lease ends.
    pub lease_end: tokio::sync::watch::Receiver<LeaseEnd>,
    /// Watches over the executors.
    pub vital: Vital,
}

/// The controllers could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Our kinds are not there.
    #[error(
        "the API server does not list objects of kind {kind}: {}. Install the definitions first (gatewayed \
         crd | kubectl apply --server-side -f -), and see that the operator may list them", short(.source)
    )]
    NoDefinitions {
        /// Which kind.
        kind: &'static str,
        /// What the API server says.
        source: Box<kube::Error>,
    },
}

/// Reconciles the classes of one shard until `stop`, then lets what runs end. The caller holds the lease
/// all the while.
///
/// # Errors
/// The definitions of our kinds are not installed.
pub async fn lead(setup: Setup, stop: CancellationToken) -> Result<(), Error> {
    let Setup { client, settings, metrics, readiness, shard, lease_end, vital } = setup;
    let caches = readiness.waits_for("the caches");
    defined::<GatewayedServiceClass>(&client, "GatewayedServiceClass").await?;
    defined::<GatewayedService>(&client, "GatewayedService").await?;

    let aws = Aws::load(&settings.cluster_id, metrics.clone()).await;
    let clock = Clock::new(settings.time_scale);
    let (notices, told) = mpsc::unbounded_channel();
    let fence = Fence::new(lease_end);
    let regions = Regions::new(Common {
        aws,
        clock,
        fence: fence.clone(),
        shard,
        settings: settings.clone(),
        stop: stop.clone(),
        notices,
        vital: vital.clone(),
    });

    let all = watcher::Config::default;
    let (classes, class_events) = cached(Api::<ClassObject>::all(client.clone()), all());
    let (services, service_events) = cached(Api::<ServiceObject>::all(client.clone()), all());
    let (namespaces, namespace_events) =
        cached(Api::<PartialObjectMeta<Namespace>>::all(client.clone()), all());
    let (slices, slice_events) = cached(Api::<EndpointSlice>::all(client.clone()), ours());
    let (wakes, woken) = wakes::wakes();
    let context = Arc::new(Context {
        events: Events::new(client.clone(), &settings.identity, &vital),
        cluster: settings.cluster_id.clone(),
        client: client.clone(),
        clock,
        metrics,
        wakes,
        shard,
        fence,
        regions,
        classes,
        services,
        namespaces,
        slices,
        folds: Default::default(),
        networks: Default::default(),
        workloads: Default::default(),
        targets: Targets::new(settings.drift_interval),
        class_failures: Default::default(),
        service_failures: Default::default(),
        class_writes: Default::default(),
        service_writes: Default::default(),
    });

    let (woken_classes, woken_services) = woken.streams();
    let concurrency = ControllerConfig::default().concurrency(settings.concurrency);
    let told_of = context.clone();
    let classes = class_events.applied_objects().inspect_ok(move |class| class_changed(&told_of, class));
    let classes = Controller::for_stream(classes, context.classes.store().clone())
        .with_config(concurrency.clone())
        .reconcile_on(woken_classes)
        .graceful_shutdown_on(stop.clone().cancelled_owned())
        .run(class::reconcile, class::failed, context.clone());
    let told_of = context.clone();
    let services = service_events.inspect_ok(move |event| gone::told(&told_of, event)).applied_objects();
    let services = Controller::for_stream(services, context.services.store().clone())
        .with_config(concurrency)
        .reconcile_on(woken_services)
        .graceful_shutdown_on(stop.clone().cancelled_owned())
        .run(service::reconcile, service::failed, context.clone());
    let controllers =
        async { tokio::join!(classes.for_each(|_| ready(())), services.for_each(|_| ready(()))) };
    let around = async {
        tokio::join!(
            namespaces_changed(&context, namespace_events),
            slices_changed(&context, slice_events),
            children_touched(&context),
            listen(context.clone(), told),
            context.targets.run(clock),
            measured(&context),
            orphans::watch(&context),
            async {
                context.ready().await;
                drop(caches);
            },
        )
    };
    // The watches end when the controllers have; the executors' running calls end by their
    // time-outs, all of them within the lease.
    let overdue = async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_RECONCILES).await;
        tracing::warn!("reconciles did not end in time and are abandoned; the next leader does them again");
    };
    tokio::select! {
        _ = controllers => {}
        _ = around => {}
        () = overdue => {}
    }
    context.regions.ended().await;
    Ok(())
}

/// Tells now and then how much is held in memory.
async fn measured(context: &Context) {
    loop {
        let shard = context.shard.index;
        context.sizes().into_iter().for_each(|(what, count)| context.metrics.held(shard, what, count));
        tokio::time::sleep(MEASURED).await;
    }
}

/// Reconciles a service when one of its Kubernetes objects is touched, by whomever.
async fn children_touched(context: &Context) {
    tokio::join!(
        kind_touched::<Deployment>(context),
        kind_touched::<HorizontalPodAutoscaler>(context),
        kind_touched::<Service>(context),
        kind_touched::<PodDisruptionBudget>(context),
        kind_touched::<NetworkPolicy>(context),
    );
}

async fn kind_touched<K>(context: &Context)
where
    K: Resource<DynamicType = ()> + Clone + Debug + Send + Sync + 'static,
{
    let touched = watched(Api::<PartialObjectMeta<K>>::all(context.client.clone()), ours()).touched_objects();
    touched
        .for_each(|child| {
            if let Some(service) = child.ok().and_then(|child| workload::owner_of(&child)) {
                context.workloads.touched(&service);
                context.wakes.service(&service);
            }
            ready(())
        })
        .await;
}

/// What carries our label.
fn ours() -> watcher::Config {
    watcher::Config::default().labels(&format!("{}={}", marks::MANAGED_BY, marks::MANAGED_BY_US))
}

/// Wakes every service that a change of `class` may concern: those that it serves or that name it, and
/// those that no class serves yet, since the class may have become, or ceased to be, the default.
fn class_changed(context: &Context, class: &ClassObject) {
    let (name, classes) = (class.name_any(), context.all_classes());
    let concerned = |s: &GatewayedService| {
        let unserved = s.status.as_ref().is_none_or(|status| status.class_name.is_none());
        unserved || context.class_of(s, &classes).as_deref() == Some(&name)
    };
    let services = context.parsed_services().filter(concerned);
    services.for_each(|s| context.wakes.service(&class::name_of(&s)));
}

/// Keeps the namespaces' labels, by which classes grant access; a change wakes what is in the
/// namespace.
async fn namespaces_changed(
    context: &Context,
    events: impl Stream<Item = watcher::Result<watcher::Event<PartialObjectMeta<Namespace>>>> + Send,
) {
    events
        .applied_objects()
        .for_each(|namespace| {
            if let Ok(namespace) = namespace {
                let name = namespace.name_any();
                let inside = |s: &&GatewayedService| s.namespace().as_deref() == Some(&name);
                let services: Vec<GatewayedService> = context.parsed_services().collect();
                services.iter().filter(inside).for_each(|s| context.wakes.service(&class::name_of(s)));
            }
            ready(())
        })
        .await;
}

/// Keeps the EndpointSlices of our Services, and hands every change to the pods' lane at once.
async fn slices_changed(
    context: &Context,
    events: impl Stream<Item = watcher::Result<watcher::Event<EndpointSlice>>> + Send,
) {
    events
        .touched_objects()
        .for_each(|slice| {
            if let Some(service) = slice.ok().and_then(|slice| lane::owner_of(&slice)) {
                let slices = lane::slices(&context.slices_of(&service));
                context.targets.moved(&service, slices, context.clock.now());
            }
            ready(())
        })
        .await;
}

/// The API server's answer without its envelope.
fn short(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => format!("{} ({})", status.message.trim(), status.code),
        other => other.to_string(),
    }
}

/// Whether the API server serves our kind `K`.
async fn defined<K>(client: &Client, kind: &'static str) -> Result<(), Error>
where
    K: Resource<DynamicType = ()> + Clone + Debug + serde::de::DeserializeOwned,
{
    let one = Api::<DeserializeGuard<K>>::all(client.clone()).list(&ListParams::default().limit(1)).await;
    match one {
        Ok(_) => Ok(()),
        Err(source) => Err(Error::NoDefinitions { kind, source: Box::new(source) }),
    }
}

/// Takes in what the executors tell, for ever.
async fn listen(context: Arc<Context>, mut told: mpsc::UnboundedReceiver<Notice>) {
    while let Some(notice) = told.recv().await {
        match notice {
            Notice::Wake(owner) => context.wakes.owner(&owner),
            Notice::Answer(answer) => {
                let Answered { source, call, answer } = *answer;
                answered(&context, &source, call, answer);
            }
        }
    }
}

/// Takes in an answer that the index does not hold.
fn answered(context: &Context, source: &Source, call: Call, answer: Answer) {
    let now = context.clock.now();
    match (source, call) {
        (Source::Owner(owner), Call::Network(query)) => {
            let answer = match answer {
                Answer::Network(facts) => Ok(facts),
                Answer::Failed(error) => Err(error),
                Answer::Registered(..) | Answer::Deregistered(..) | Answer::Health(..) => return,
            };
            context.networks.put(owner.class(), Lookup { query, answer, at: now });
            context.wakes.owner(owner);
        }
        (Source::Targets(group), call) => {
            let concerned = context.targets.answer(group, &call, &answer, now);
            concerned.service.iter().for_each(|service| context.wakes.service(service));
            concerned.class.iter().for_each(|class| context.wakes.class(class));
        }
        (Source::Owner(_) | Source::Passes, _) => {}
    }
}
