//! What the demo stands on: the lab, the operator beside it, kubectl, and how a step waits.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use awsim::clock::Clock;
use awsim::server::Server;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use kube::api::ListParams;
use kube::{Api, Client};
use lab::operator::Operator;
use lab::{Lab, LabConfig, LabError, aws};
use tempfile::TempDir;

use super::error::DemoError;
use super::kubectl::Kubectl;
use super::screen::Screen;
use super::{CLUSTER, Options, inventory};

/// How long a step may wait for anything, at sixty times AWS's pace or faster.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at the same thing.
const PAUSE: Duration = Duration::from_millis(100);
/// Where the operator's Lease is.
const OPERATORS_NAMESPACE: &str = "gatewayed-system";
/// How often the operator looks for what others changed in AWS, in AWS's time: the least it takes.
pub const DRIFT_INTERVAL: &str = "1m";
/// The name of that Lease.
const LEASE: &str = "gatewayed";

/// What a look found.
pub enum Look<T> {
    /// What was waited for.
    There(T),
    /// Not yet; what there is instead.
    NotYet(String),
}

/// Everything that runs. Dropping it ends all of it.
pub struct Demo<'a> {
    /// What a person sees.
    pub screen: &'a Screen,
    /// With an admin's rights.
    pub client: Client,
    /// Likewise.
    pub kubectl: Kubectl,
    /// What was in AWS before anything was asked for.
    pub at_first: BTreeSet<String>,
    /// The folder of the manifests.
    pub examples: PathBuf,
    /// Ends before the lab.
    pub operator: Operator,
    /// Ends before its folder goes.
    pub lab: Lab,
    /// Removed at the end unless something failed.
    pub folder: TempDir,
    binary: PathBuf,
    patience: Duration,
    began: Instant,
}

impl<'a> Demo<'a> {
    /// Starts the lab and the operator, with its definitions and its namespace there.
    ///
    /// # Errors
    /// If something does not start; logs are kept then.
    pub async fn start(options: &Options, screen: &'a Screen) -> Result<Demo<'a>, DemoError> {
        let binary = match &options.operator {
            Some(binary) => std::path::absolute(binary).map_err(LabError::file("find", binary))?,
            None => Operator::beside_us()?,
        };
        manifest(&options.examples, "class.yaml")?;
        let began = Instant::now();
        let made = tempfile::Builder::new().prefix("gatewayed-demo-").tempdir();
        let mut folder = made.map_err(LabError::io("create a temporary folder"))?;
        match Demo::start_in(folder.path(), &binary, options, screen).await {
            Ok((lab, kubectl, operator)) => Ok(Demo {
                screen,
                client: lab.client()?,
                kubectl,
                at_first: inventory::in_aws(lab.awsim().ok_or_else(no_aws)?),
                examples: options.examples.clone(),
                operator,
                lab,
                folder,
                binary,
                patience: PATIENCE.mul_f64((60.0 / options.time_scale).max(1.0)),
                began,
            }),
            Err(e) => {
                folder.disable_cleanup(true);
                screen.complain(&format!("logs are kept in {}", folder.path().join("log").display()));
                Err(e)
            }
        }
    }

    async fn start_in(
        folder: &Path,
        binary: &Path,
        options: &Options,
        screen: &Screen,
    ) -> Result<(Lab, Kubectl, Operator), DemoError> {
        screen.waiting("control plane", "starting");
        let clock = Clock::scaled(options.time_scale);
        let aws = Some(aws::config());
        let lab = Lab::start(LabConfig { dir: Some(folder.to_owned()), clock, nodes: true, aws }).await?;
        let kubectl = Kubectl::find(lab.kubeconfig(), folder.join("kubectl")).await?;
        screen.waiting("operator", "starting");
        let definitions = folder.join("crds.yaml");
        let text = Operator::ask(binary, &["crd"])?;
        std::fs::write(&definitions, text).map_err(LabError::file("write", &definitions))?;
        let definitions = definitions.display().to_string();
        kubectl.run(&["apply", "--server-side", "-f", &definitions]).await?;
        kubectl.run(&["wait", "--for=condition=Established", "--timeout=60s", "-f", &definitions]).await?;
        kubectl.run(&["create", "namespace", OPERATORS_NAMESPACE]).await?;
        let args = ["run", "--cluster-id", CLUSTER, "--namespace", OPERATORS_NAMESPACE, "--lease", LEASE]
            .into_iter()
            .chain(["--listen", "127.0.0.1:0", "--log-format", "text", "--drift-interval", DRIFT_INTERVAL]);
        let args: Vec<String> = args.map(str::to_owned).collect();
        let operator = Operator::start(&lab, binary, &args)?;
        Ok((lab, kubectl, operator))
    }

    /// Shows what runs, once the operator leads; makes the services' namespace.
    ///
    /// # Errors
    /// If the operator does not come to lead.
    pub async fn prepare(&self) -> Result<(), DemoError> {
        let version = self.client.apiserver_version().await.map_err(DemoError::kube("ask the version"))?;
        let nodes = Api::<Node>::all(self.client.clone()).list(&ListParams::default()).await;
        let nodes = nodes.map_err(DemoError::kube("list nodes"))?.items.len();
        let ready = format!("ready in {:.1} s", self.began.elapsed().as_secs_f64());
        self.screen.part(
            "control plane",
            &format!("Kubernetes {}, {nodes} nodes", version.git_version),
            &ready,
        );
        let region = self.lab.network().map(|n| n.region.clone()).unwrap_or_default();
        let aws = format!("awsim, {region}, clock {}x", self.lab.clock().scale());
        self.screen.part("aws", &aws, "ready");
        let leases: Api<Lease> = Api::namespaced(self.client.clone(), OPERATORS_NAMESPACE);
        self.until("the operator to lead", async || {
            let lease = leases.get_opt(LEASE).await.map_err(DemoError::kube("read the operator's Lease"))?;
            let holder = lease.and_then(|lease| lease.spec?.holder_identity).unwrap_or_default();
            Ok(match holder.is_empty() {
                true => Look::NotYet(format!("nobody holds Lease {OPERATORS_NAMESPACE}/{LEASE}")),
                false => Look::There(()),
            })
        })
        .await?;
        self.screen.part("operator", Operator::ask(&self.binary, &["--version"])?.trim(), "leading");
        self.kubectl.run(&["apply", "-f", &manifest(&self.examples, "namespace.yaml")?]).await?;
        Ok(())
    }

    /// Looks until it is there, and gives up after two minutes (more where time runs slowly).
    ///
    /// # Errors
    /// [`DemoError::Late`]; what `look` says; a process that has ended.
    pub async fn until<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> Result<Look<T>, DemoError>,
    ) -> Result<T, DemoError> {
        let begin = Instant::now();
        loop {
            self.check()?;
            let seen = match look().await? {
                Look::There(found) => return Ok(found),
                Look::NotYet(seen) => seen,
            };
            if begin.elapsed() > self.patience {
                return Err(DemoError::Late { what: what.to_owned(), limit: self.patience, seen });
            }
            self.screen.waiting(what, &seen);
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Ends when a process has ended by itself, and says which.
    pub async fn watch(&self) -> DemoError {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if let Err(e) = self.check() {
                return e;
            }
        }
    }

    fn check(&self) -> Result<(), DemoError> {
        self.operator.check()?;
        Ok(self.lab.check()?)
    }

    /// The simulated AWS.
    ///
    /// # Errors
    /// Never, as the demo's lab has one.
    pub fn awsim(&self) -> Result<&Server, DemoError> {
        Ok(self.lab.awsim().ok_or_else(no_aws)?)
    }

    /// The access key that the operator calls AWS with.
    ///
    /// # Errors
    /// Never, as the demo's lab has one.
    pub fn operator_key(&self) -> Result<String, DemoError> {
        Ok(self.lab.env().remove("AWS_ACCESS_KEY_ID").ok_or_else(no_aws)?)
    }

    /// A manifest, by the path that kubectl is given.
    ///
    /// # Errors
    /// If it is not there.
    pub fn manifest(&self, name: &str) -> Result<String, DemoError> {
        manifest(&self.examples, name)
    }
}

fn no_aws() -> LabError {
    LabError::Config { field: "aws", why: "the lab runs without a simulated AWS".to_owned() }
}

fn manifest(examples: &Path, name: &str) -> Result<String, DemoError> {
    let path = examples.join(name);
    match path.is_file() {
        true => Ok(path.display().to_string()),
        false => Err(DemoError::Broken(format!(
            "there is no {}: run this in the checkout's root, or say where the manifests are with --examples",
            path.display()
        ))),
    }
}
