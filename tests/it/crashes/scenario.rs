//! What is done while the operator is killed, and undone. Together they bring about every kind of
//! replacement that an edit can bring about today: a route (its key is its identity), rules of security
//! groups (all of a rule is), a listener (its port), a VPC link (its subnets). The names of load balancers,
//! target groups and security groups hold nothing that can change, an API is never replaced, and the
//! operator has no authorizers yet.

use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::support::etcd;
use crate::support::operator::{Place, World};

/// What is done, and undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// A class with a service.
    Everything,
    /// A service of a class that stays.
    Service,
    /// A second route, with a throttle of its own.
    Route,
    /// Another path of a route: its route is replaced.
    Path,
    /// Another image: its pods are replaced.
    Image,
    /// A third pod.
    Scale,
    /// Another port of the pods: their rules in two security groups are replaced, and the targets.
    PodPort,
    /// Another range of listener ports: the service's listener moves, and two rules are replaced. The API
    /// server lets a range only grow; this is what a restored backup may do.
    Listener,
    /// Other subnets: the VPC link is replaced, the integrations move, the load balancer follows. The spec
    /// cannot change them for a class that has them, so the status is edited.
    VpcLink,
}

/// Whether it is done or undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    There,
    Back,
}

/// Where it is done.
pub struct Stage {
    pub world: World,
    pub place: Place,
    /// The class, as applied.
    class: Value,
    /// The subnets of the class, as status records them.
    subnets: Value,
    pub scenario: Scenario,
}

impl Stage {
    /// A world in which the scenario can begin.
    pub async fn start(scenario: Scenario) -> Stage {
        // What a crash leaves is to be found by what an operator does when it starts, not by a later pass.
        let world = World::behind_proxy(&["--drift-interval", "24h"]).await;
        let mut class = Value::Null;
        let place = world.class("crash", |made| class = made.clone()).await;
        if !matches!(scenario, Scenario::Everything | Scenario::Service) {
            place.service("app", |_| ()).await;
            place.ready("app").await;
        }
        let ready = place.class_ready().await;
        let subnets = json!(ready.status.and_then(|status| status.network).expect("a network").subnets);
        if scenario == Scenario::Everything {
            place.delete_class().await;
        }
        Stage { world, place, class, subnets, scenario }
    }

    /// Does it, or undoes it, as people do.
    pub async fn go(&self, way: Way) {
        match (self.scenario, way) {
            (Scenario::Everything, Way::There) => {
                self.place.apply_class(&self.class).await;
                self.service(|_| ()).await;
            }
            (Scenario::Everything, Way::Back) => {
                self.delete_service().await;
                let classes = self.place.classes();
                classes.delete(&self.place.class, &DeleteParams::default()).await.expect("deleted");
            }
            (Scenario::Service, Way::There) => self.service(|_| ()).await,
            (Scenario::Service, Way::Back) => self.delete_service().await,
            (Scenario::Listener, Way::There) => self.ports(json!({"from": 20000, "to": 20049})).await,
            (Scenario::Listener, Way::Back) => self.ports(json!({"from": 10000, "to": 10049})).await,
            (Scenario::VpcLink, Way::There) => {
                let some = self.subnets.as_array().expect("subnets")[..2].to_vec();
                self.subnets(json!(some)).await;
            }
            (Scenario::VpcLink, Way::Back) => self.subnets(self.subnets.clone()).await,
            (_, Way::Back) => self.service(|_| ()).await,
            (Scenario::Route, Way::There) => {
                let two = json!({"name": "two", "path": "/app/two/{id}", "methods": ["GET"],
                    "anonymous": true, "throttling": {"rate": 5, "burst": 5}});
                self.service(|spec| spec["routes"].as_array_mut().expect("routes").push(two)).await;
            }
            (Scenario::Path, Way::There) => {
                self.service(|spec| spec["routes"][0]["path"] = json!("/app/two/{id}")).await;
            }
            (Scenario::Image, Way::There) => {
                self.service(|spec| spec["image"] = json!("registry.example.com/app:v2")).await;
            }
            (Scenario::Scale, Way::There) => self.service(|spec| spec["replicas"] = json!(3)).await,
            (Scenario::PodPort, Way::There) => self.service(|spec| spec["port"] = json!(4000)).await,
        }
    }

    /// Whether class and service are there in the end.
    pub fn leaves(&self, way: Way) -> (bool, bool) {
        match (self.scenario, way) {
            (Scenario::Everything, Way::Back) => (false, false),
            (Scenario::Service, Way::Back) => (true, false),
            _ => (true, true),
        }
    }

    async fn service(&self, edit: impl FnOnce(&mut Value)) {
        self.place.service("app", |service| edit(&mut service["spec"])).await;
    }

    async fn delete_service(&self) {
        self.place.services().delete("app", &DeleteParams::default()).await.expect("deleted");
    }

    /// Behind the API server's back.
    async fn ports(&self, ports: Value) {
        let class = self.place.classes().get(&self.place.class).await.expect("the class");
        let mut class = serde_json::to_value(class).expect("JSON");
        class["spec"]["loadBalancer"]["network"]["listenerPorts"] = ports;
        let generation = class["metadata"]["generation"].as_i64().expect("a generation");
        class["metadata"]["generation"] = json!(generation + 1);
        etcd::put(&self.world.lab, "gatewayedserviceclasses", "", &self.place.class, &class).await;
    }

    /// While the operator is away: it would hold what it looked up against them.
    async fn subnets(&self, subnets: Value) {
        self.world.kill();
        let patch = json!({"status": {"network": {"subnets": subnets}}});
        let classes = self.place.classes();
        let patched =
            classes.patch_status(&self.place.class, &PatchParams::default(), &Patch::Merge(patch)).await;
        patched.expect("the status is accepted");
        self.world.launch();
    }
}
