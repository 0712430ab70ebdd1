//! One pod from its binding to its end. IO: its containers' servers and probes, its status.

use std::sync::Arc;
use std::time::Duration;

use awsim::clock::SimTime;
use k8s_openapi::api::core::v1::{Pod, PodSpec};
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;

use super::Shared;
use super::addresses::Address;
use super::app::App;
use super::behaviour;
use super::configuration::{self, Env, Lack};
use super::container::{Container, Ended, State, Teller};
use super::controls::PodName;
use super::node::Node;
use super::probe::{Kind, Verdict};
use super::status::{self, Conditions, Place, now};
use super::termination::Stop;

/// How long, in real time since it waits for Kubernetes, until a missing Secret, ConfigMap or
/// address is looked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long until another attempt to pull an image.
const PULL_AGAIN: Duration = Duration::from_secs(20);
/// How long, in real time, until another attempt to write a status.
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// The API's default, in seconds.
const DEFAULT_GRACE: i64 = 30;

/// What happens to a pod.
#[derive(Debug)]
pub(super) enum Event {
    /// A probe of a container's run has a verdict.
    Verdict { container: usize, run: u64, verdict: Verdict },
    /// A container's run ended.
    Exited { container: usize, run: u64, code: i32, message: String },
    /// It is time to look again for what a container lacked.
    Look { container: usize },
    /// A test has all containers crash.
    Crash,
}

/// Where a pod's events go.
pub(super) type Events = UnboundedSender<Event>;

/// What keeps one pod.
pub(super) struct Worker {
    shared: Arc<Shared>,
    node: Arc<Node>,
    name: PodName,
    pod: Arc<Pod>,
    updates: watch::Receiver<Arc<Pod>>,
    events: (Events, UnboundedReceiver<Event>),
    containers: Vec<Container>,
    /// Held as long as the pod lives.
    address: Address,
    place: Place,
    conditions: Conditions,
    /// What was written last.
    written: Value,
    deleted: bool,
}

/// Keeps a pod until its object is gone, which `updates` tells by its end.
pub(super) async fn run(shared: Arc<Shared>, node: Arc<Node>, updates: watch::Receiver<Arc<Pod>>) {
    let address = loop {
        match node.pods.take() {
            Some(address) => break address,
            None => tokio::time::sleep(LOOK_AGAIN).await,
        }
    };
    let pod = updates.borrow().clone();
    let name = (pod.namespace().unwrap_or_default(), pod.name_any());
    let events = mpsc::unbounded_channel();
    shared.controls.enter(name.clone(), events.0.clone());
    let start = shared.clock.now();
    let containers = pod.spec.iter().flat_map(|s| &s.containers).map(|c| Container::new(c, start)).collect();
    let place = Place { ip: address.ip, host_ip: node.ip(), since: now() };
    let mut worker = Worker {
        shared,
        node,
        name,
        pod,
        updates,
        events,
        containers,
        address,
        place,
        conditions: Conditions::default(),
        written: Value::Null,
        deleted: false,
    };
    worker.keep().await;
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.controls.leave(&self.name, &self.events.0);
    }
}

impl Worker {
    async fn keep(&mut self) {
        loop {
            let stopping = self.pod.metadata.deletion_timestamp.is_some();
            if stopping {
                self.stop_all();
            } else {
                self.start_due().await;
            }
            let written = self.write().await;
            let over = stopping && written && self.containers.iter().all(|c| c.run.is_none());
            if over && !self.deleted {
                self.delete().await;
            }
            let due = self.containers.iter().filter_map(|c| c.due).min();
            let due = async {
                match due {
                    Some(due) => self.shared.clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            let again = async {
                match !written || (over && !self.deleted) {
                    true => tokio::time::sleep(WRITE_AGAIN).await,
                    false => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = self.updates.changed() => match changed {
                    Ok(()) => self.update(),
                    Err(_) => return,
                },
                Some(event) = self.events.1.recv() => self.hear(event),
                () = due => {}
                () = again => {}
            }
            while let Ok(event) = self.events.1.try_recv() {
                self.hear(event);
            }
        }
    }

    /// Takes the pod as it is now; a container whose image was changed starts anew.
    fn update(&mut self) {
        self.pod = self.updates.borrow_and_update().clone();
        let now = self.shared.clock.now();
        let specs: Vec<_> = self.pod.spec.iter().flat_map(|s| s.containers.clone()).collect();
        for (index, spec) in specs.into_iter().enumerate().take(self.containers.len()) {
            let container = &mut self.containers[index];
            let image = spec.image.clone().unwrap_or_default();
            if container.image == image {
                continue;
            }
            container.behaviour = behaviour::of_image(&image);
            container.image = image;
            container.spec = spec;
            match container.run {
                Some(_) => self.stop(index, None),
                None => container.due = Some(now),
            }
        }
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Verdict { container, run, verdict } if self.runs(container, run) => {
                self.judge(container, run, verdict);
            }
            Event::Exited { container, run, code, message } if self.runs(container, run) => {
                self.exited(container, code, message);
            }
            // Of a run that is over.
            Event::Verdict { .. } | Event::Exited { .. } => {}
            Event::Look { container } => {
                if let Some(container) = self.containers.get_mut(container).filter(|c| c.run.is_none()) {
                    container.due = Some(self.shared.clock.now());
                }
            }
            Event::Crash => {
                for index in 0..self.containers.len() {
                    if self.containers[index].run.is_some() {
                        self.exited(index, 1, String::new());
                    }
                }
            }
        }
    }

    fn runs(&self, container: usize, run: u64) -> bool {
        self.containers.get(container).and_then(|c| c.run.as_ref()).is_some_and(|r| r.number == run)
    }

    fn judge(&mut self, index: usize, run: u64, verdict: Verdict) {
        let container = &mut self.containers[index];
        if let Some(failure) = &verdict.failure {
            let note = format!("{:?} probe failed: {failure}", verdict.kind);
            self.shared.events.warning(&self.pod, "Unhealthy", note);
        }
        match (verdict.kind, verdict.failure) {
            (Kind::Readiness, failure) => container.ready = failure.is_none(),
            (Kind::Liveness, None) => {}
            (Kind::Startup, None) => {
                container.started = true;
                container.ready = container.spec.readiness_probe.is_none();
                let teller = Teller { events: self.events.0.clone(), container: index, run };
                container.supervise(self.address.ip, &self.shared.clock, &teller);
                if let Some(run) = &container.run {
                    run.startup.cancel();
                }
            }
            (kind, Some(_)) => {
                let spec = &container.spec;
                let probe = if kind == Kind::Startup { &spec.startup_probe } else { &spec.liveness_probe };
                let grace = probe.as_ref().and_then(|probe| probe.termination_grace_period_seconds);
                self.stop(index, grace);
            }
        }
    }

    /// A run is over: the restart policy says whether another follows, the back-off when.
    fn exited(&mut self, index: usize, code: i32, message: String) {
        let now = self.shared.clock.now();
        let container = &mut self.containers[index];
        let ran = container.run.as_ref().map(|run| now.since(run.began)).unwrap_or_default();
        let Some(ended) = container.ended(code, message) else { return };
        let spec = self.pod.spec.as_ref();
        let restart = match spec.and_then(|s| s.restart_policy.as_deref()).unwrap_or("Always") {
            "Never" => false,
            "OnFailure" => code != 0,
            _ => true,
        };
        if !restart || self.pod.metadata.deletion_timestamp.is_some() {
            return;
        }
        self.restart(index, ended, ran, now);
    }

    fn restart(&mut self, index: usize, ended: Ended, ran: Duration, now: SimTime) {
        let container = &mut self.containers[index];
        let wait = container.backoff.next(ran);
        container.last = Some(ended);
        container.due = Some(now + wait);
        if wait > Duration::ZERO {
            let uid = self.pod.metadata.uid.as_deref().unwrap_or_default();
            let message = format!(
                "back-off {}s restarting failed container={} pod={}_{}({uid})",
                wait.as_secs(),
                container.spec.name,
                self.name.1,
                self.name.0,
            );
            self.shared.events.warning(&self.pod, "BackOff", &message);
            container.state = State::Waiting { reason: "CrashLoopBackOff", message };
        }
    }

    /// Starts every container whose time has come.
    async fn start_due(&mut self) {
        let now = self.shared.clock.now();
        for index in 0..self.containers.len() {
            if self.containers[index].due.is_some_and(|due| due <= now) {
                self.start(index, now).await;
            }
        }
    }

    async fn start(&mut self, index: usize, now: SimTime) {
        let container = &mut self.containers[index];
        if container.behaviour.missing {
            let image = &container.image;
            let why = format!("failed to resolve reference \"{image}\": {image}: not found");
            let (reason, message) = match &container.state {
                State::Waiting { reason: "ErrImagePull", .. } => {
                    ("ImagePullBackOff", format!("Back-off pulling image \"{image}\": ErrImagePull: {why}"))
                }
                _ => ("ErrImagePull", why),
            };
            self.shared.events.warning(&self.pod, "Failed", &message);
            return container.wait(reason, message, Some(now + PULL_AGAIN));
        }
        if container.behaviour.as_root && must_not_be_root(&self.pod, container) {
            let message = "container has runAsNonRoot and image will run as root";
            return container.wait("CreateContainerConfigError", message, None);
        }
        let (reason, message) =
            match configuration::resolve(&self.shared.client, &self.pod, &container.spec).await {
                Ok(env) => return self.run(index, env),
                Err(Lack::Environment(message)) => ("CreateContainerConfigError", message),
                Err(Lack::Volume(message)) => {
                    tracing::debug!(pod = ?self.name, message, "volume not mounted");
                    ("ContainerCreating", String::new())
                }
                Err(Lack::Unknown(e)) => {
                    tracing::debug!(pod = ?self.name, error = %e, "configuration not read");
                    ("ContainerCreating", String::new())
                }
            };
        if reason != "ContainerCreating"
            && !matches!(&container.state, State::Waiting { message: m, .. } if *m == message)
        {
            self.shared.events.warning(&self.pod, "Failed", format!("Error: {message}"));
        }
        container.wait(reason, message, None);
        let events = self.events.0.clone();
        tokio::spawn(async move {
            tokio::time::sleep(LOOK_AGAIN).await;
            // A worker that is gone looks no more.
            let _ = events.send(Event::Look { container: index });
        });
    }

    fn run(&mut self, index: usize, env: Env) {
        let container = &mut self.containers[index];
        let app = App {
            pod: self.name.clone(),
            container: container.spec.name.clone(),
            image: container.image.clone(),
            node: self.node.name.clone(),
            zone: self.node.zone.clone(),
            env,
            behaviour: container.behaviour.clone(),
            controls: self.shared.controls.clone(),
            clock: self.shared.clock.clone(),
        };
        container.start(index, app, self.address.ip, &self.events.0);
        let note = format!("Started container {}", container.spec.name);
        self.shared.events.normal(&self.pod, "Started", note);
    }

    /// The pod is being deleted: what runs stops, what waits starts no more.
    fn stop_all(&mut self) {
        for index in 0..self.containers.len() {
            self.containers[index].due = None;
            self.stop(index, self.pod.metadata.deletion_grace_period_seconds);
        }
    }

    /// Begins to stop a container, once; a shorter grace later counts from then. `grace` in
    /// seconds, else the pod's.
    fn stop(&mut self, index: usize, grace: Option<i64>) {
        let of_pod = self.pod.spec.as_ref().and_then(|s| s.termination_grace_period_seconds);
        let grace = u64::try_from(grace.or(of_pod).unwrap_or(DEFAULT_GRACE)).unwrap_or(0);
        let (grace, begin, clock) =
            (Duration::from_secs(grace), self.shared.clock.now(), self.shared.clock.clone());
        let container = &mut self.containers[index];
        let Some(run) = &mut container.run else { return };
        let before = run.stopping;
        if before.is_some_and(|before| before <= grace) {
            return;
        }
        run.stopping = Some(grace);
        let teller = Teller { events: self.events.0.clone(), container: index, run: run.number };
        let kill = run.ending.kill.clone();
        if before.is_some() {
            let killing = async move {
                clock.sleep_until(begin + grace).await;
                teller.exited(137, "");
            };
            tokio::spawn(kill.run_until_cancelled_owned(killing));
            return;
        }
        let note = format!("Stopping container {}", container.spec.name);
        self.shared.events.normal(&self.pod, "Killing", note);
        run.startup.cancel();
        run.supervision.cancel();
        let stop = Stop {
            spec: container.spec.clone(),
            ip: self.address.ip,
            ending: run.ending.clone(),
            tasks: run.tasks.clone(),
            ignores_sigterm: container.behaviour.ignores_sigterm,
            begin,
            grace,
            clock,
            teller,
        };
        tokio::spawn(kill.run_until_cancelled_owned(stop.run()));
    }

    /// Writes the status if it differs from what was written last. False if that failed.
    async fn write(&mut self) -> bool {
        let status = status::of_pod(&self.pod, &self.containers, &self.place, &mut self.conditions);
        if status == self.written || self.deleted {
            return true;
        }
        // With the uid, so that a successor of the same name is never meant.
        let patch = json!({"metadata": {"uid": self.pod.metadata.uid}, "status": status});
        let params = PatchParams::default();
        match self.api().patch_status(&self.name.1, &params, &Patch::Strategic(patch)).await {
            Ok(_) => {
                self.written = status;
                true
            }
            Err(e) => {
                tracing::debug!(pod = ?self.name, error = %e, "status not written");
                false
            }
        }
    }

    /// Nothing runs any more: the object goes.
    async fn delete(&mut self) {
        let params = DeleteParams {
            grace_period_seconds: Some(0),
            preconditions: Some(Preconditions { uid: self.pod.metadata.uid.clone(), resource_version: None }),
            ..DeleteParams::default()
        };
        match self.api().delete(&self.name.1, &params).await {
            Ok(_) => self.deleted = true,
            Err(e) => tracing::debug!(pod = ?self.name, error = %e, "pod not deleted"),
        }
    }

    fn api(&self) -> Api<Pod> {
        Api::namespaced(self.shared.client.clone(), &self.name.0)
    }
}

/// Whether the pod or the container asks for a user that is not root, and names none.
fn must_not_be_root(pod: &Pod, container: &Container) -> bool {
    let of_pod = pod.spec.as_ref().and_then(|PodSpec { security_context, .. }| security_context.as_ref());
    let own = container.spec.security_context.as_ref();
    let non_root = own.and_then(|c| c.run_as_non_root).or(of_pod.and_then(|c| c.run_as_non_root));
    let user = own.and_then(|c| c.run_as_user).or(of_pod.and_then(|c| c.run_as_user));
    non_root == Some(true) && user.is_none()
}
