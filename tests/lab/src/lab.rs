//! All of it together: started, reached, stopped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use awsim::clock::Clock;
use awsim::server::Server;
use tokio::runtime::Runtime;

use crate::aws::{self, Aws};
use crate::kubelet::{self, Controls, Kubelet};
use crate::metrics::Metrics;
use crate::plane::{Folders, Plane};
use crate::{LabError, build};

/// What a lab is started with. The default is everything, in a folder of its own that goes away,
/// with time as fast as it is.
#[derive(Clone, Debug)]
pub struct LabConfig {
    /// Where the kubeconfig and the logs go. `None`: a new temporary folder, which is removed at
    /// the end unless the control plane failed to start.
    pub dir: Option<PathBuf>,
    /// Simulated time, for the fake kubelet and awsim alike.
    pub clock: Clock,
    /// Whether there are nodes that run pods, and the metrics API.
    pub nodes: bool,
    /// The simulated AWS, its clock being the one above; `None`: there is none.
    pub aws: Option<aws::Config>,
}

impl Default for LabConfig {
    fn default() -> LabConfig {
        LabConfig { dir: None, clock: Clock::scaled(1.0), nodes: true, aws: Some(aws::config()) }
    }
}

impl LabConfig {
    /// The control plane alone: no nodes, no AWS.
    pub fn plane_only() -> LabConfig {
        LabConfig { nodes: false, aws: None, ..LabConfig::default() }
    }
}

/// A running lab. It lives on threads of its own, so that tests with a runtime each can share one:
///
/// ```no_run
/// static LAB: tokio::sync::OnceCell<lab::Lab> = tokio::sync::OnceCell::const_new();
///
/// async fn lab() -> &'static lab::Lab {
///     LAB.get_or_init(|| async { lab::Lab::start(lab::LabConfig::default()).await.unwrap() }).await
/// }
/// ```
///
/// Dropping it stops it; so does the end of the process, whatever kind of end that is.
#[derive(Debug)]
pub struct Lab {
    parts: Parts,
    clock: Clock,
    /// Last, so that it outlives what runs on it.
    _background: Background,
}

/// In the order in which they end: what uses a part ends before it.
#[derive(Debug)]
struct Parts {
    _metrics: Option<Metrics>,
    kubelet: Option<Kubelet>,
    aws: Option<Aws>,
    plane: Plane,
    folder: PathBuf,
}

impl Lab {
    /// Starts everything and waits until it is ready. The first time on a machine this builds the
    /// control plane, which takes minutes and is told on stderr.
    ///
    /// # Errors
    /// If something cannot be built or does not start. Logs are kept then, and named.
    pub async fn start(config: LabConfig) -> Result<Lab, LabError> {
        let background = Background::new()?;
        let clock = config.clock.clone();
        let starting = background.handle()?.spawn(start(config));
        let parts = starting.await.map_err(|e| LabError::io("start the lab")(e.into()))??;
        Ok(Lab { parts, clock, _background: background })
    }

    /// Where the kubeconfig and the logs (in `log`) are.
    pub fn folder(&self) -> &Path {
        &self.parts.folder
    }

    /// The admin's kubeconfig file.
    pub fn kubeconfig(&self) -> &Path {
        &self.parts.plane.kubeconfig
    }

    /// A new client with an admin's rights. It belongs to the runtime it is called in.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn client(&self) -> Result<kube::Client, LabError> {
        kube::Client::try_from(self.client_config()).map_err(LabError::kube("make a client"))
    }

    /// The settings of such a client.
    pub fn client_config(&self) -> kube::Config {
        self.parts.plane.config.clone()
    }

    /// Simulated time: tests may freeze, speed up and advance it.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How tests change what pods do; `None` without nodes.
    pub fn pods(&self) -> Option<&Controls> {
        self.parts.kubelet.as_ref().map(Kubelet::controls)
    }

    /// The simulated AWS; `None` if there is none.
    pub fn awsim(&self) -> Option<&Server> {
        self.parts.aws.as_ref().map(Aws::server)
    }

    /// The simulated network that pods live in; `None` without a simulated AWS.
    pub fn network(&self) -> Option<&aws::Network> {
        self.parts.aws.as_ref().map(Aws::network)
    }

    /// The environment of a program that uses this lab: `KUBECONFIG`, and with a simulated AWS
    /// what [`Aws::env`] names.
    pub fn env(&self) -> BTreeMap<String, String> {
        let mut env = self.parts.aws.as_ref().map(Aws::env).unwrap_or_default();
        env.insert("KUBECONFIG".to_owned(), self.kubeconfig().display().to_string());
        env
    }

    /// The ids of the control plane's processes that run.
    pub fn process_ids(&self) -> Vec<u32> {
        self.parts.plane.process_ids()
    }

    /// Kills the API server, to see what others do without it. Its objects stay.
    pub fn stop_apiserver(&self) {
        self.parts.plane.stop_apiserver();
    }

    /// Starts it again at the same address, and waits until it is ready.
    ///
    /// # Errors
    /// If it ends or is not ready in time.
    pub async fn start_apiserver(&self) -> Result<(), LabError> {
        self.parts.plane.start_apiserver().await
    }

    /// Whether all processes that should run do.
    ///
    /// # Errors
    /// About the first that is gone, with the end of its log.
    pub fn check(&self) -> Result<(), LabError> {
        self.parts.plane.check()
    }

    /// Stops everything and removes what is not to stay. Takes a fraction of a second.
    pub fn stop(self) {
        drop(self);
    }
}

async fn start(config: LabConfig) -> Result<Parts, LabError> {
    let LabConfig { dir, clock, nodes, aws } = config;
    let binaries = tokio::task::spawn_blocking(build::binaries)
        .await
        .map_err(|e| LabError::io("build the control plane")(e.into()))??;
    let folders = folders(dir)?;
    let plane = Plane::start(&binaries, &folders).await?;
    let aws = match aws {
        Some(config) => Some(Aws::start(config, clock.clone()).await?),
        None => None,
    };
    let mut parts = Parts { _metrics: None, kubelet: None, aws, plane, folder: folders.root };
    if nodes {
        let client =
            kube::Client::try_from(parts.plane.config.clone()).map_err(LabError::kube("make a client"))?;
        let zones = match &parts.aws {
            Some(aws) => aws.network().zones(),
            None => aws::default_zones()?,
        };
        let kubelet = Kubelet::start(client.clone(), kubelet::Config { zones, clock }).await?;
        let metrics = Metrics::start(client, &parts.plane.pki, kubelet.controls().clone()).await?;
        (parts.kubelet, parts._metrics) = (Some(kubelet), Some(metrics));
    }
    Ok(parts)
}

/// A given folder keeps its logs; a temporary one is removed whole.
fn folders(dir: Option<PathBuf>) -> Result<Folders, LabError> {
    match dir {
        Some(dir) => {
            std::fs::create_dir_all(&dir).map_err(LabError::file("create", &dir))?;
            let root = std::path::absolute(&dir).map_err(LabError::file("resolve", &dir))?;
            Ok(Folders { root, temporary: false })
        }
        None => {
            let made = tempfile::Builder::new().prefix("gatewayed-lab-").tempdir();
            let root = made.map_err(LabError::io("create a temporary folder"))?.keep();
            Ok(Folders { root, temporary: true })
        }
    }
}

/// A runtime that may be dropped in an async context.
#[derive(Debug)]
struct Background(Option<Runtime>);

impl Background {
    fn new() -> Result<Background, LabError> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).thread_name("lab").enable_all().build();
        Ok(Background(Some(runtime.map_err(LabError::io("start threads"))?)))
    }

    fn handle(&self) -> Result<&tokio::runtime::Handle, LabError> {
        let gone = || LabError::Config { field: "runtime", why: "the lab is stopped".to_owned() };
        self.0.as_ref().map(Runtime::handle).ok_or_else(gone)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
