//! The control plane: etcd, kube-apiserver, kube-controller-manager and kube-scheduler as plain
//! processes on loopback, with RBAC, fresh certificates and free ports. They end with this
//! process, also when it is killed. IO: files in one folder, processes.

mod flags;
mod kubeconfig;
pub mod pki;
mod ports;
mod process;

use std::path::{Path, PathBuf};
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
    processes: Vec<Process>,
    guard: Guard,
}

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
        let config = client_config(&admin).await?;
        let mut guard = Guard::start()?;
        guard.remove(&data)?;
        guard.remove(&pki.folder)?;
        let mut start =
            |name, binary: &Path, args: Vec<String>| Process::start(name, binary, &args, &logs, &mut guard);
        let mut processes = vec![
            start("etcd", &binaries.etcd, flags::etcd(&data, &ports))?,
            start("kube-apiserver", &binaries.apiserver, flags::apiserver(&pki, &ports))?,
        ];
        // Without a subscriber: the client logs each attempt before the server is up as an error.
        wait_ready(&mut processes, &config, "/readyz").with_subscriber(NoSubscriber::new()).await?;
        let args = flags::controller_manager(&pki, &ports, &of_manager, root);
        processes.push(start("kube-controller-manager", &binaries.controller_manager, args)?);
        let args = flags::scheduler(&pki, &ports, &of_scheduler);
        processes.push(start("kube-scheduler", &binaries.scheduler, args)?);
        for port in [ports.controller_manager, ports.scheduler] {
            let config = at_port(&config, port)?;
            wait_ready(&mut processes, &config, "/healthz").with_subscriber(NoSubscriber::new()).await?;
        }
        if folders.temporary {
            // Only now: the logs of a failed start are kept.
            guard.remove(root)?;
        }
        Ok(Plane { pki, kubeconfig: admin, config, processes, guard })
    }

    /// The ids of the processes: etcd, kube-apiserver, kube-controller-manager, kube-scheduler.
    pub fn process_ids(&self) -> Vec<u32> {
        self.processes.iter().map(Process::id).collect()
    }

    /// An error if a process has ended by itself.
    ///
    /// # Errors
    /// [`LabError::Process`] about the first that is gone.
    pub fn check(&mut self) -> Result<(), LabError> {
        check(&mut self.processes)
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        // The data goes last, when no process writes any more.
        self.processes.clear();
        self.guard.finish();
    }
}

fn clear(data: &Path) -> Result<(), LabError> {
    match std::fs::remove_dir_all(data) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(LabError::file("remove", data)(e)),
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

/// Waits until `path` answers 200. Blames the last process for not being ready in time.
async fn wait_ready(processes: &mut [Process], config: &kube::Config, path: &str) -> Result<(), LabError> {
    let client = kube::Client::try_from(config.clone()).map_err(LabError::kube("make a client"))?;
    let begin = Instant::now();
    loop {
        let request = http::Request::get(path)
            .body(Vec::new())
            .map_err(|e| LabError::Config { field: "path", why: e.to_string() })?;
        let answer = tokio::time::timeout(Duration::from_secs(5), client.request_text(request)).await;
        let said = match answer {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(e)) => e.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        check(processes)?;
        if begin.elapsed() > READY_WITHIN {
            let how = format!("was not ready after {} s ({path}: {said})", READY_WITHIN.as_secs());
            return Err(match processes.last() {
                Some(process) => process.error(how),
                None => LabError::Config { field: "processes", why: how },
            });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn check(processes: &mut [Process]) -> Result<(), LabError> {
    for process in processes {
        if let Some(status) = process.ended() {
            return Err(process.error(format!("ended with {status}")));
        }
    }
    Ok(())
}
