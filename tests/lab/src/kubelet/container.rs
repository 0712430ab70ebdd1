//! One container: what state it is in, and its present run.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use awsim::clock::{Clock, SimTime};
use k8s_openapi::api::core::v1::{Container as Spec, Probe};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::app::{self, App, Ending};
use super::backoff::Backoff;
use super::behaviour::{self, Behaviour, Listens};
use super::probe::{self, Check, Kind};
use super::status::now;
use super::worker::{Event, Events};

/// A container of a pod.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) spec: Spec,
    pub(super) image: String,
    pub(super) behaviour: Behaviour,
    pub(super) state: State,
    /// How the run before ended.
    pub(super) last: Option<Ended>,
    pub(super) restarts: u32,
    pub(super) started: bool,
    pub(super) ready: bool,
    /// When to try (again) to start it.
    pub(super) due: Option<SimTime>,
    pub(super) backoff: Backoff,
    pub(super) run: Option<Run>,
    /// How many runs there were.
    pub(super) runs: u64,
}

/// As in a container status.
#[derive(Clone, Debug)]
pub(super) enum State {
    Waiting { reason: &'static str, message: String },
    Running { since: String },
    Terminated(Ended),
}

/// How a run ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) message: String,
    pub(super) started: String,
    pub(super) finished: String,
}

/// The present run. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) number: u64,
    pub(super) began: SimTime,
    pub(super) ending: Ending,
    /// The server's tasks; empty when it answers no more.
    pub(super) tasks: TaskTracker,
    /// Ends the startup probe.
    pub(super) startup: CancellationToken,
    /// Ends the liveness probe.
    pub(super) supervision: CancellationToken,
    /// It is being stopped, with this grace.
    pub(super) stopping: Option<Duration>,
    _kill: DropGuard,
}

impl Container {
    /// A container that is to start now.
    pub(super) fn new(spec: &Spec, now: SimTime) -> Container {
        let image = spec.image.clone().unwrap_or_default();
        Container {
            spec: spec.clone(),
            behaviour: behaviour::of_image(&image),
            image,
            state: State::Waiting { reason: "ContainerCreating", message: String::new() },
            last: None,
            restarts: 0,
            started: false,
            ready: false,
            due: Some(now),
            backoff: Backoff::default(),
            run: None,
            runs: 0,
        }
    }

    /// Waits for a reason; tries again at `due`, or when told.
    pub(super) fn wait(&mut self, reason: &'static str, message: impl Into<String>, due: Option<SimTime>) {
        self.state = State::Waiting { reason, message: message.into() };
        self.due = due;
    }

    /// Starts a run at `ip`. What happens in it is told to `events` with the container's `index`.
    pub(super) fn start(&mut self, index: usize, app: App, ip: Ipv4Addr, events: &Events) {
        let now_sim = app.clock.now();
        self.runs += 1;
        if self.runs > 1 {
            self.restarts += 1;
        }
        let ending = Ending::default();
        let run = Run {
            number: self.runs,
            began: now_sim,
            tasks: TaskTracker::new(),
            startup: ending.kill.child_token(),
            supervision: ending.kill.child_token(),
            stopping: None,
            _kill: ending.kill.clone().drop_guard(),
            ending,
        };
        let teller = Teller { events: events.clone(), container: index, run: run.number };
        self.state = State::Running { since: now() };
        self.due = None;
        self.started = self.spec.startup_probe.is_none();
        self.ready = self.started && self.spec.readiness_probe.is_none();
        let clock = app.clock.clone();
        let life =
            live(Arc::new(app), self.ports(), ip, run.ending.clone(), run.tasks.clone(), teller.clone());
        tokio::spawn(run.ending.kill.clone().run_until_cancelled_owned(life));
        self.run = Some(run);
        match self.started {
            true => self.supervise(ip, &clock, &teller),
            false => self.probe(Kind::Startup, &self.spec.startup_probe, ip, &clock, &teller),
        }
    }

    /// Begins the probes that wait for the container to be started.
    pub(super) fn supervise(&self, ip: Ipv4Addr, clock: &Clock, teller: &Teller) {
        self.probe(Kind::Liveness, &self.spec.liveness_probe, ip, clock, teller);
        self.probe(Kind::Readiness, &self.spec.readiness_probe, ip, clock, teller);
    }

    fn probe(&self, kind: Kind, probe: &Option<Probe>, ip: Ipv4Addr, clock: &Clock, teller: &Teller) {
        let (Some(probe), Some(run)) = (probe, &self.run) else { return };
        let until = match kind {
            Kind::Startup => run.startup.clone(),
            Kind::Liveness => run.supervision.clone(),
            // While a pod ends it is still asked whether it is ready.
            Kind::Readiness => run.ending.kill.clone(),
        };
        let check = Check::new(kind, probe, &self.spec);
        let (clock, teller, began) = (clock.clone(), teller.clone(), run.began);
        let probing = async move {
            let tell = |verdict| teller.tell(|container, run| Event::Verdict { container, run, verdict });
            check.run(ip, &clock, began, tell).await;
        };
        tokio::spawn(until.run_until_cancelled_owned(probing));
    }

    /// Takes note that the run ended.
    pub(super) fn ended(&mut self, code: i32, message: String) -> Option<Ended> {
        self.run = None;
        (self.started, self.ready) = (false, false);
        let State::Running { since } = &self.state else { return None };
        let ended = Ended { code, message, started: since.clone(), finished: now() };
        self.state = State::Terminated(ended.clone());
        Some(ended)
    }

    /// The ports that it listens on.
    fn ports(&self) -> BTreeSet<u16> {
        match self.behaviour.listens {
            Listens::Nowhere => BTreeSet::new(),
            Listens::On(port) => BTreeSet::from([port]),
            Listens::AsDeclared => self.declared_ports(),
        }
    }

    fn declared_ports(&self) -> BTreeSet<u16> {
        let spec = &self.spec;
        let tcp = spec.ports.iter().flatten().filter(|p| p.protocol.as_deref().is_none_or(|p| p == "TCP"));
        let mut ports: BTreeSet<u16> = tcp.filter_map(|p| u16::try_from(p.container_port).ok()).collect();
        for probe in [&spec.startup_probe, &spec.liveness_probe, &spec.readiness_probe].into_iter().flatten()
        {
            let http = probe.http_get.as_ref().map(|get| &get.port);
            let port = http.or_else(|| probe.tcp_socket.as_ref().map(|tcp| &tcp.port));
            ports.extend(port.and_then(|port| probe::port(port, spec).ok()));
        }
        ports
    }
}

/// Tells a pod's worker what happened in one run of one container.
#[derive(Clone, Debug)]
pub(super) struct Teller {
    pub(super) events: Events,
    pub(super) container: usize,
    pub(super) run: u64,
}

impl Teller {
    pub(super) fn tell(&self, event: impl FnOnce(usize, u64) -> Event) {
        // A worker that is gone needs no news.
        let _ = self.events.send(event(self.container, self.run));
    }

    pub(super) fn exited(&self, code: i32, message: impl Into<String>) {
        let message = message.into();
        self.tell(|container, run| Event::Exited { container, run, code, message });
    }
}

/// A run from its start to the end that its image gives it, if any.
async fn live(
    app: Arc<App>,
    ports: BTreeSet<u16>,
    ip: Ipv4Addr,
    ending: Ending,
    tasks: TaskTracker,
    teller: Teller,
) {
    let clock = app.clock.clone();
    let (began, behaviour) = (clock.now(), app.behaviour.clone());
    let listening = async {
        if behaviour.slow_start > Duration::ZERO {
            clock.sleep(behaviour.slow_start).await;
        }
        for port in ports {
            if let Err(e) = app::serve(app.clone(), ip, port, ending.clone(), tasks.clone()).await {
                teller.exited(1, format!("listen tcp {ip}:{port}: {e}"));
            }
        }
        std::future::pending::<()>().await;
    };
    let exiting = async {
        match behaviour.exit {
            Some(exit) => {
                clock.sleep_until(began + exit.after).await;
                exit.code
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = listening => {}
        code = exiting => teller.exited(code, ""),
    }
}
