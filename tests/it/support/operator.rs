//! The operator as people run it: the binary, as a process, against a lab of its own whose clock runs
//! 60 times as fast. Tests share one ([`world`]) and keep apart by class and namespace; a test that
//! kills, starves or confuses the operator starts a world of its own ([`World::start`]).

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use awsim::recorder::Entry;
use gatewayed::api::condition::find;
use gatewayed::api::{Condition, ConditionType, GatewayedService, GatewayedServiceClass};
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use kube::{Client, Resource};
use lab::{Lab, LabConfig};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::process::Process;
use super::proxy::Proxy;
use super::stock::CLUSTER;

/// Simulated seconds a second.
pub const SCALE: f64 = 60.0;
/// How long a test waits for anything. Real time, generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// See [`World::quiet`].
const QUIET: Duration = Duration::from_secs(120);

static WORLD: OnceCell<World> = OnceCell::const_new();

/// A lab with an operator in it.
#[derive(Debug)]
pub struct World {
    /// Control plane, fake kubelet, awsim.
    pub lab: Lab,
    operator: std::sync::Mutex<Option<Process>>,
    /// The operator's log.
    pub log: PathBuf,
    flags: Vec<String>,
    proxy: Option<Proxy>,
    /// What the operator's environment has besides, or instead of, the lab's.
    pub env: BTreeMap<String, String>,
}

/// The shared world. It ends with the process.
pub async fn world() -> &'static World {
    WORLD.get_or_init(|| World::start(&[])).await
}

impl World {
    /// A world of one's own; `flags` are further ones of `gatewayed run`.
    pub async fn start(flags: &[&str]) -> World {
        let world = World::without_operator(flags).await;
        world.launch();
        world
    }

    /// A world of one's own whose operator reaches the API server through a proxy ([`World::proxy`]).
    pub async fn behind_proxy(flags: &[&str]) -> World {
        let mut world = World::without_operator(flags).await;
        world.proxy = Some(Proxy::start(&world.lab).await);
        world.launch();
        world
    }

    /// A world of one's own in which no operator runs yet.
    pub async fn without_operator(flags: &[&str]) -> World {
        World::prepare(flags, None).await
    }

    /// As [`World::without_operator`]; `secret` is what requests to AWS must be signed with, unless it is
    /// the lab's own.
    pub async fn prepare(flags: &[&str], secret: Option<&str>) -> World {
        let clock = awsim::clock::Clock::scaled(SCALE);
        let mut config = LabConfig { clock, ..LabConfig::default() };
        if let Some(aws) = &mut config.aws {
            aws.options.consistency = true;
            aws.options.secret = secret.map(str::to_owned).or(aws.options.secret.take());
        }
        let lab = Lab::start(config).await.expect("the lab starts");
        super::install_definitions(&lab.client().expect("a client")).await;
        let log = lab.folder().join("log").join("operator.log");
        let flags = flags.iter().map(|f| (*f).to_owned()).collect();
        World { lab, operator: Default::default(), log, flags, proxy: None, env: BTreeMap::new() }
    }

    /// The proxy between the operator and the API server, of a world that was started behind one.
    pub fn proxy(&self) -> &Proxy {
        self.proxy.as_ref().expect("the world is behind a proxy")
    }

    /// Starts the operator's process, or starts it again: as a container that is restarted in its
    /// pod it keeps its name, so a lease that it held is its own. Its log goes on.
    pub fn launch(&self) {
        let process = Process::start(&mut self.command("gatewayed-0", &self.flags));
        *self.operator.lock().unwrap() = Some(process);
    }

    /// As [`World::launch`], from now on with other flags.
    pub fn launch_with(&mut self, flags: &[&str]) {
        self.flags = flags.iter().map(|f| (*f).to_owned()).collect();
        self.launch();
    }

    /// Another replica of the operator, in a pod of that name and with an access key of its own; behind
    /// `proxy`, if one is given, whatever the world's own operator is behind.
    pub fn replica(&self, pod: &str, access_key: &str, proxy: Option<&Proxy>) -> Process {
        self.replica_with(pod, access_key, proxy, &self.flags)
    }

    /// As [`World::replica`], with flags of its own instead of the world's.
    pub fn replica_with(
        &self,
        pod: &str,
        access_key: &str,
        proxy: Option<&Proxy>,
        flags: &[String],
    ) -> Process {
        let mut command = self.command(pod, flags);
        if let Some(proxy) = proxy {
            command.env("KUBECONFIG", proxy.kubeconfig());
        }
        Process::start(command.env("AWS_ACCESS_KEY_ID", access_key))
    }

    /// How the operator is run in a pod of that name.
    pub fn command(&self, pod: &str, flags: &[String]) -> Command {
        let log = std::fs::File::options().create(true).append(true).open(&self.log).expect("a log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatewayed"));
        if !flags.iter().any(|flag| flag == "--log") {
            command.env("GATEWAYED_LOG", "info,gatewayed=debug");
        }
        command
            .args(["run", "--cluster-id", CLUSTER, "--namespace", "default", "--listen", "127.0.0.1:0"])
            .args(["--log-format", "text"])
            .args(flags)
            .env("GATEWAYED_DRIFT_INTERVAL", "2m")
            .env("GATEWAYED_TIME_SCALE", SCALE.to_string())
            .env("POD_NAME", pod)
            .envs(self.lab.env())
            .envs(&self.env)
            .stdout(Stdio::null())
            .stderr(log);
        if let Some(proxy) = &self.proxy {
            command.env("KUBECONFIG", proxy.kubeconfig());
        }
        command
    }

    /// The id of the operator's process, which must run.
    pub fn process_id(&self) -> u32 {
        self.operator.lock().unwrap().as_ref().expect("the operator was started").id()
    }

    /// Where the operator's own HTTP listens: it was told any port, and its log says which.
    pub async fn address(&self) -> SocketAddr {
        until("the log has the operator's address", || async {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let start = log.lines().rev().find(|line| line.contains("gatewayed starts"));
            let address = start.and_then(|line| line.split("address=").nth(1)?.split_whitespace().next());
            address.and_then(|address| address.parse().ok()).ok_or_else(|| "no address".to_owned())
        })
        .await
    }

    /// Kills the operator at once, as a node that loses power does.
    pub fn kill(&self) {
        if let Some(process) = self.operator.lock().unwrap().take() {
            process.kill();
        }
    }

    /// Starts the operator again if it ended by itself, as its Deployment would.
    pub fn restart_if_ended(&self) {
        let ended = match self.operator.lock().unwrap().as_mut() {
            Some(process) => process.ended().is_some(),
            None => true,
        };
        if ended {
            self.launch();
        }
    }

    /// Does in AWS what somebody else might: `input` by member names, as the API reference has them. It
    /// is not recorded. Returns the output, or the error's code.
    pub fn by_hand(&self, service: &str, operation: &str, input: &Value) -> Result<Value, String> {
        let handler = match service {
            "ec2" => awsim::ec2::handler(operation),
            "elbv2" => awsim::elbv2::handler(operation),
            _ => awsim::apigatewayv2::handler(operation),
        };
        let handler = handler.expect("awsim serves the operation");
        loop {
            let done = self.aws().with_world(|world| {
                handler(&mut world.call(awsim::seed::ACCOUNT, awsim::seed::REGION), input)
            });
            match done {
                // The operator changes the same API just now. (In use is a conflict, too.)
                Err(fault) if fault.message.contains("concurrent modification") => std::thread::yield_now(),
                done => return done.map_err(|fault| fault.code),
            }
        }
    }

    /// Looks at the simulated region.
    pub fn region<T>(&self, look: impl FnOnce(&awsim::world::Region) -> T) -> T {
        self.aws().with_world(|world| look(world.call(awsim::seed::ACCOUNT, awsim::seed::REGION).region))
    }

    /// Waits until `passed` has gone by on the simulated clock.
    pub async fn pass(&self, passed: Duration) {
        let clock = self.lab.clock();
        let end = clock.now() + passed;
        until("the simulated time has passed", || async {
            if clock.now() >= end { Ok(()) } else { Err(format!("{:?} to go", end.since(clock.now()))) }
        })
        .await;
    }

    /// Waits until AWS has got no call for two simulated minutes: longer than the operator waits
    /// between two looks at what changes.
    pub async fn quiet(&self) {
        let clock = self.lab.clock();
        let last = std::sync::Mutex::new((self.aws().recorder().latest(), clock.now()));
        until("AWS gets no more calls", || async {
            let (latest, now) = (self.aws().recorder().latest(), clock.now());
            let mut last = last.lock().unwrap();
            if last.0 != latest {
                *last = (latest, now);
            }
            let calls = || self.aws().recorder().count_since(latest.saturating_sub(10));
            if now.since(last.1) >= QUIET { Ok(()) } else { Err(format!("the last: {:?}", calls())) }
        })
        .await;
    }

    /// A client with an admin's rights, for the runtime of one test.
    pub fn client(&self) -> Client {
        self.lab.client().expect("a client")
    }

    /// The simulated AWS.
    pub fn aws(&self) -> &awsim::server::Server {
        self.lab.awsim().expect("awsim")
    }

    /// Calls that AWS got since `since` ([`awsim::recorder::Recorder::latest`]).
    pub fn calls_since(&self, since: u64) -> Vec<Entry> {
        self.aws().recorder().since(since)
    }

    /// A class and a namespace of their own, both named after `prefix`; the class admits the
    /// namespace with every path, anonymous routes too. `edit` changes the class before it is made.
    pub async fn class(&self, prefix: &str, edit: impl FnOnce(&mut Value)) -> Place {
        let namespace = super::namespace(&self.client(), prefix).await;
        self.class_in(&namespace, edit).await
    }

    /// As [`World::class`], named after a namespace that is there already.
    pub async fn class_in(&self, namespace: &str, edit: impl FnOnce(&mut Value)) -> Place {
        let mut class = json!({
            "apiVersion": "gatewayed.io/v1alpha1",
            "kind": "GatewayedServiceClass",
            "metadata": {"name": namespace},
            "spec": {
                "region": "eu-central-1",
                "network": {
                    "vpc": {"tags": {"Name": "lab"}},
                    "subnets": {"tags": {"tier": "private"}},
                    "pods": {"shared": {"securityGroup": {"id": self.lab.env()["POD_SECURITY_GROUP_IDS"]}}},
                },
                "api": {"stage": "$default"},
                // Pods here go within seconds, not within the five minutes that AWS may need.
                "loadBalancer": {"network": {"crossZone": true, "drain": "5s"}},
                "access": [{"name": "all", "namespaces": {"names": [namespace]}, "paths": ["/"], "anonymous": true}],
            },
        });
        edit(&mut class);
        let (class_name, namespace) = (namespace.to_owned(), namespace.to_owned());
        let place = Place { class: class_name, namespace, client: self.client() };
        place.apply_class(&class).await;
        place
    }

    /// One request from outside, at the host name of `url`; returns status and body.
    pub async fn get(&self, url: &str, path: &str) -> (u16, Value) {
        let host = url.trim_start_matches("https://").to_owned();
        super::http::get(self.aws().addr(), &host, path).await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where a test's objects are: a class, and a namespace of the same name.
#[derive(Clone)]
pub struct Place {
    /// The class's name.
    pub class: String,
    /// The namespace.
    pub namespace: String,
    /// An admin's client.
    pub client: Client,
}

impl Place {
    /// All classes.
    pub fn classes(&self) -> Api<GatewayedServiceClass> {
        Api::all(self.client.clone())
    }

    /// The services of the namespace.
    pub fn services(&self) -> Api<GatewayedService> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Any kind in the namespace.
    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Applies a class, as kubectl does.
    pub async fn apply_class(&self, class: &Value) {
        let name = class["metadata"]["name"].as_str().expect("a name");
        let params = PatchParams::apply("test").force();
        self.classes().patch(name, &params, &Patch::Apply(class)).await.expect("the class is accepted");
    }

    /// A service with one anonymous route `GET /{name}/{id}` and two pods; `edit` changes it before
    /// it is made.
    pub async fn service(&self, name: &str, edit: impl FnOnce(&mut Value)) -> Value {
        let service = self.described(name, edit);
        self.apply_service(&service).await;
        service
    }

    /// The same, not made yet.
    pub fn described(&self, name: &str, edit: impl FnOnce(&mut Value)) -> Value {
        let mut service = json!({
            "apiVersion": "gatewayed.io/v1alpha1",
            "kind": "GatewayedService",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {
                "className": self.class,
                "image": format!("registry.example.com/{name}:v1"),
                "port": 3000,
                "replicas": 2,
                "health": {"path": "/healthz", "interval": "5s", "timeout": "2s"},
                "shutdown": {"stop": "5s"},
                "routes": [{"name": "one", "path": format!("/{name}/{{id}}"), "methods": ["GET"], "anonymous": true}],
            },
        });
        edit(&mut service);
        service
    }

    /// Applies a service, as kubectl does; returns its generation.
    pub async fn apply_service(&self, service: &Value) -> i64 {
        let name = service["metadata"]["name"].as_str().expect("a name");
        let params = PatchParams::apply("test").force();
        let applied = self.services().patch(name, &params, &Patch::Apply(service)).await;
        applied.expect("the service is accepted").metadata.generation.unwrap_or_default()
    }

    /// Waits until the service's `Ready` is true for its present generation.
    pub async fn ready(&self, name: &str) -> GatewayedService {
        eventually(&self.services(), name, "it is Ready", |s: &GatewayedService| {
            let status = s.status.as_ref();
            holds(status.map(|s| &s.conditions[..]), s.metadata.generation, ConditionType::Ready)
        })
        .await
    }

    /// Whether the service's `Ready` is true for its present generation by now.
    pub async fn is_ready(&self, name: &str) -> bool {
        let service = self.services().get(name).await.expect("the service");
        let status = service.status.as_ref();
        holds(status.map(|s| &s.conditions[..]), service.metadata.generation, ConditionType::Ready)
    }

    /// Waits until the class's `Ready` is true for its present generation.
    pub async fn class_ready(&self) -> GatewayedServiceClass {
        eventually(&self.classes(), &self.class, "it is Ready", |c: &GatewayedServiceClass| {
            let status = c.status.as_ref();
            holds(status.map(|s| &s.conditions[..]), c.metadata.generation, ConditionType::Ready)
        })
        .await
    }

    /// Waits until the service's condition `type_` is not true and has `reason`; returns its message.
    pub async fn service_says(&self, name: &str, type_: ConditionType, reason: &str) -> String {
        let what = format!("{} has reason {reason}", type_.as_str());
        let found = eventually(&self.services(), name, &what, |s: &GatewayedService| {
            s.status.as_ref().is_some_and(|s| says(&s.conditions, type_, reason))
        })
        .await;
        message(&found.status.expect("a status").conditions, type_)
    }

    /// Waits until the class's condition `type_` is not true and has `reason`; returns its message.
    pub async fn class_says(&self, type_: ConditionType, reason: &str) -> String {
        let what = format!("{} has reason {reason}", type_.as_str());
        let found = eventually(&self.classes(), &self.class, &what, |c: &GatewayedServiceClass| {
            c.status.as_ref().is_some_and(|s| says(&s.conditions, type_, reason))
        })
        .await;
        message(&found.status.expect("a status").conditions, type_)
    }

    /// Deletes the service and waits until it is gone.
    pub async fn delete_service(&self, name: &str) {
        self.services().delete(name, &DeleteParams::default()).await.expect("deleted");
        gone(&self.services(), name).await;
    }

    /// Deletes the class and waits until it is gone.
    pub async fn delete_class(&self) {
        self.classes().delete(&self.class, &DeleteParams::default()).await.expect("deleted");
        gone(&self.classes(), &self.class).await;
    }
}

/// Waits until `holds` of the object; on time-out fails with what was waited for and the object.
pub async fn eventually<K>(api: &Api<K>, name: &str, what: &str, holds: impl Fn(&K) -> bool) -> K
where
    K: Resource + Clone + Debug + DeserializeOwned,
{
    until(what, || async {
        let found = api.get_opt(name).await.expect("the API server answers");
        match found {
            Some(object) if holds(&object) => Ok(object),
            other => Err(format!("{name}: {other:#?}")),
        }
    })
    .await
}

/// Waits until the object is gone.
pub async fn gone<K>(api: &Api<K>, name: &str)
where
    K: Resource + Clone + Debug + DeserializeOwned,
{
    until("it is gone", || async {
        match api.get_opt(name).await.expect("the API server answers") {
            None => Ok(()),
            Some(object) => Err(format!("{name}: {object:#?}")),
        }
    })
    .await;
}

/// Asks `probe` again and again until it is Ok; on time-out fails with its last word.
pub async fn until<T, F>(what: &str, mut probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let start = Instant::now();
    loop {
        match probe().await {
            Ok(value) => return value,
            Err(last) if start.elapsed() > PATIENCE => {
                panic!("waited {PATIENCE:?} until {what}; last: {last}")
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn holds(conditions: Option<&[Condition]>, generation: Option<i64>, type_: ConditionType) -> bool {
    let found = conditions.and_then(|c| find(c, type_));
    found.is_some_and(|c| {
        c.status == gatewayed::api::ConditionStatus::True && c.observed_generation == generation
    })
}

fn says(conditions: &[Condition], type_: ConditionType, reason: &str) -> bool {
    find(conditions, type_)
        .is_some_and(|c| c.status != gatewayed::api::ConditionStatus::True && c.reason == reason)
}

pub fn message(conditions: &[Condition], type_: ConditionType) -> String {
    find(conditions, type_).map(|c| c.message.clone()).unwrap_or_default()
}
