//! The control plane: etcd, kube-apiserver, kube-controller-manager and kube-scheduler as plain
//! processes on loopback, with RBAC, fresh certificates and free ports. They end with this
//! process, also when it is killed. IO: files in one folder, processes.

mod flags;
mod kubeconfig;
pub mod pki;
mod ports;
pub(crate) mod process;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kube::config::{KubeConfigOptions, Kubeconfig};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use self::pki::{Identity, Pki};
use self::ports::Ports;
use self::process::{Guard, Process};
use crate::LabError;
use crate::build::Binaries;

/// How long a process may take to become ready; it takes seconds on an idle machine.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// How often ports are drawn anew because someone else took one.
const ATTEMPTS: usize = 3;

/// A running control plane. Dropping it kills it.
#[derive(Debug)]
pub struct Plane {
    /// Certificates and identities.
    pub pki: Pki,
    /// The admin's kubeconfig file.
    pub kubeconfig: PathBuf,
    /// How to reach the API server as an admin.
    pub config: kube::Config,
    logs: PathBuf,
    /// To start it again.
    apiserver: Command,
    running: Mutex<Running>,
}

#[derive(Debug)]
struct Running {
    processes: Vec<Process>,
    guard: Guard,
}

/// What a process is started with.
#[derive(Clone, Debug)]
struct Command {
    name: &'static str,
    binary: PathBuf,
    args: Vec<String>,
}

const APISERVER: &str = "kube-apiserver";

/// The folders of a plane.
#[derive(Clone, Debug)]
pub struct Folders {
    /// Holds everything: `admin.kubeconfig`, `pki`, `etcd`, `log`.
    pub root: PathBuf,
    /// Whether all of it is removed at the end; else only `etcd` and `pki` are.
    pub temporary: bool,
}

impl Plane {
    /// Starts everything and waits until it is ready.
    ///
    /// # Errors
    /// If a process ends or is not ready in time; the error quotes its log, and the logs are kept.
    pub async fn start(binaries: &Binaries, folders: &Folders) -> Result<Plane, LabError> {
        let mut attempt = 1;
        loop {
            let result = Plane::start_once(binaries, folders).await;
            match &result {
                Err(LabError::Process { tail, .. })
                    if attempt < ATTEMPTS && tail.contains("address already in use") =>
                {
                    tracing::info!(attempt, "someone took one of our ports; drawing others");
                    attempt += 1;
                }
                _ => return result,
            }
        }
    }

    async fn start_once(binaries: &Binaries, folders: &Folders) -> Result<Plane, LabError> {
        let root = &folders.root;
        let (data, logs) = (root.join("etcd"), root.join("log"));
        clear(&data)?;
        clear(&logs)?;
        std::fs::create_dir_all(&logs).map_err(LabError::file("create", &logs))?;
        let pki = pki::make(&root.join("pki"))?;
        let ports = Ports::free()?;
        let kubeconfig = |name: &str, identity: &Identity| {
            let path = root.join(name);
            let text = kubeconfig::text(&pki, identity, ports.apiserver);
            std::fs::write(&path, text).map_err(LabError::file("write", &path)).map(|()| path)
        };
        let admin = kubeconfig("admin.kubeconfig", &pki.admin)?;
        let of_manager = kubeconfig("pki/controller-manager.kubeconfig", &pki.controller_manager)?;
        let of_scheduler = kubeconfig("pki/scheduler.kubeconfig", &pki.scheduler)?;
        let command = |name, binary: &Path, args| Command { name, binary: binary.to_owned(), args };
        let etcd = command("etcd", &binaries.etcd, flags::etcd(&data, &ports));
        let args = flags::controller_manager(&pki, &ports, &of_manager, root);
        let manager = command("kube-controller-manager", &binaries.controller_manager, args);
        let args = flags::scheduler(&pki, &ports, &of_scheduler);
        let scheduler = command("kube-scheduler", &binaries.scheduler, args);
        let mut guard = Guard::start()?;
        guard.remove(&data)?;
        guard.remove(&pki.folder)?;
        let plane = Plane {
            config: client_config(&admin).await?,
            apiserver: command(APISERVER, &binaries.apiserver, flags::apiserver(&pki, &ports)),
            pki,
            kubeconfig: admin,
            logs,
            running: Mutex::new(Running { processes: Vec::new(), guard }),
        };
        plane.launch(&etcd)?;
        plane.start_apiserver().await?;
        plane.launch(&manager)?;
        plane.launch(&scheduler)?;
        for port in [ports.controller_manager, ports.scheduler] {
            plane.wait_ready(&at_port(&plane.config, port)?, "/healthz").await?;
        }
        if folders.temporary {
            // Only now: the logs of a failed start are kept.
            plane.running().guard.remove(root)?;
        }
        Ok(plane)
    }

    /// Starts the API server and waits until it is ready; at the address it had before, if it was
    /// stopped by [`Plane::stop_apiserver`].
    ///
    /// # Errors
    /// If it ends or is not ready in time.
    pub async fn start_apiserver(&self) -> Result<(), LabError> {
        self.launch(&self.apiserver)?;
        self.wait_ready(&self.config, "/readyz").await
    }

    /// Kills the API server; what it stored stays.
    pub fn stop_apiserver(&self) {
        self.running().processes.retain(|process| process.name() != APISERVER);
    }

    /// The ids of the processes that run.
    pub fn process_ids(&self) -> Vec<u32> {
        self.running().processes.iter().map(Process::id).collect()
    }

    /// Whether all processes that should run do.
    ///
    /// # Errors
    /// [`LabError::Process`] about the first that has ended by itself.
    pub fn check(&self) -> Result<(), LabError> {
        for process in &mut self.running().processes {
            if let Some(status) = process.ended() {
                return Err(process.error(format!("ended with {status}")));
            }
        }
        Ok(())
    }

    fn launch(&self, command: &Command) -> Result<(), LabError> {
        let Command { name, binary, args } = command;
        let mut running = self.running();
        let process = Process::start(name, binary, args, &BTreeMap::new(), &self.logs)?;
        running.processes.push(process);
        let ids: Vec<_> = running.processes.iter().map(Process::id).collect();
        running.guard.watch(&ids)
    }

    /// Waits until `path` answers 200. Blames the last process for not being ready in time.
    async fn wait_ready(&self, config: &kube::Config, path: &str) -> Result<(), LabError> {
        let client = kube::Client::try_from(config.clone()).map_err(LabError::kube("make a client"))?;
        let begin = Instant::now();
        loop {
            // Without a subscriber: the client logs what fails before the server is up as an error.
            let asked = ask(&client, path).with_subscriber(NoSubscriber::new()).await;
            let Err(said) = asked else { return Ok(()) };
            self.check()?;
            if begin.elapsed() > READY_WITHIN {
                let how = format!("was not ready after {} s ({path}: {said})", READY_WITHIN.as_secs());
                return Err(match self.running().processes.last() {
                    Some(process) => process.error(how),
                    None => LabError::Config { field: "processes", why: how },
                });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        let mut running = self.running();
        // The data goes last, when no process writes any more.
        running.processes.clear();
        running.guard.finish();
    }
}

/// A GET that is to be answered with success within five seconds; else what came instead.
async fn ask(client: &kube::Client, path: &str) -> Result<(), String> {
    let request = http::Request::get(path).body(Vec::new()).map_err(|e| e.to_string())?;
    match tokio::time::timeout(Duration::from_secs(5), client.request_text(request)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(e)) => Err(e.to_string()),
        Err(_) => Err("no answer".to_owned()),
    }
}

fn clear(folder: &Path) -> Result<(), LabError> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(LabError::file("remove", folder)(e)),
        _ => Ok(()),
    }
}

async fn client_config(kubeconfig: &Path) -> Result<kube::Config, LabError> {
    let fail = |e: kube::config::KubeconfigError| LabError::Config {
        field: "kubeconfig",
        why: format!("{}: {e}", kubeconfig.display()),
    };
    let read = Kubeconfig::read_from(kubeconfig).map_err(fail)?;
    kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.map_err(fail)
}

/// The same client for another port of this machine.
fn at_port(config: &kube::Config, port: u16) -> Result<kube::Config, LabError> {
    let url = format!("https://127.0.0.1:{port}");
    let cluster_url = url
        .parse()
        .map_err(|e: http::uri::InvalidUri| LabError::Config { field: "port", why: format!("{url}: {e}") })?;
    let mut config = config.clone();
    config.cluster_url = cluster_url;
    Ok(config)
}
