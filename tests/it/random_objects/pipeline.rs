//! What the operator makes of an object, without a cluster and without AWS: validate, share out, desire, plan,
//! tell. A panic anywhere is an answer too.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use gatewayed::api::{GatewayedService, GatewayedServiceClass};
use gatewayed::controller::{entries, past};
use gatewayed::desire;
use gatewayed::desire::fold::{Fold, Pool, fold};
use gatewayed::model::index::Index;
use gatewayed::model::network::{Group, NetworkFacts, Subnet, Vpc};
use gatewayed::model::{NsName, Owner, Stack, Time};
use gatewayed::plan::{self, DriftPolicies, Plan, View};
use gatewayed::status;
use gatewayed::validate::{self, Classes, Namespace, ValidClass, Violation};
use serde::Serialize;
use serde_json::{Value, json};

const NOW: Time = Time(1_700_000_000_000);
const CLUSTER: &str = "test";

/// What became of an object.
#[derive(Debug)]
pub enum Outcome {
    /// It does not parse: it is left as it is and an event tells why.
    Unparsable(String),
    /// It is refused.
    Refused(Vec<Violation>, Value),
    /// It needs so many AWS resources, and has this status.
    Accepted(usize, Value),
}

/// Takes `object` through everything. Err: the panic.
pub fn run(object: &Value) -> Result<Outcome, String> {
    let run = || if object["kind"] == "GatewayedService" { service(object) } else { class(object) };
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        words.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default()
    })
}

fn service(object: &Value) -> Outcome {
    let object: GatewayedService = match serde_json::from_value(object.clone()) {
        Ok(object) => object,
        Err(error) => return Outcome::Unparsable(error.to_string()),
    };
    let class = generous();
    let mut object = object;
    object.metadata.namespace = Some("shop".to_owned());
    // Which class serves it is another question.
    object.spec.class_name = Some("public".to_owned());
    let classes = Classes::new([&class]);
    let namespace = Namespace { name: "shop".to_owned(), ..Namespace::default() };
    let valid = validate::service(&object, &classes, &namespace);
    let class_status = class.status.clone().unwrap_or_default();
    let valid_class = validate::class(&class, None).expect("the class is valid");
    let needs: Vec<_> = valid.iter().map(|valid| desire::need(valid, NOW, false)).collect();
    let fold = folded(&valid_class, &needs, std::slice::from_ref(&object));
    let name = NsName::new("shop", object.metadata.name.clone().unwrap_or_default());
    let slice = fold.slice(&name);
    let owner = Owner::Service { class: "public".to_owned(), name };
    let network = class_status.network.clone().expect("a network");
    let desired = valid.as_ref().ok().map(|valid| desire::service(valid, &slice, &network, CLUSTER));
    let resources = object.status.as_ref().map(|s| s.resources.clone()).unwrap_or_default();
    let recorded = entries::of(&owner, &resources);
    let plan = desired.as_ref().map(|desired| planned(&owner, &desired.stack, &recorded));
    let status = status::service(&status::ServiceInput {
        object: &object,
        valid: valid.as_ref(),
        slice: &slice,
        workload: None,
        not_applied: None,
        health: None,
        deleting: false,
        class: Some(&class_status),
        plan: plan.as_ref(),
        now: NOW,
    });
    let status = serde_json::to_value(&status).expect("a status is JSON");
    match (valid, desired) {
        (Err(refused), _) => Outcome::Refused(refused.violations, status),
        (Ok(_), desired) => {
            let desired = desired.expect("a valid service is desired");
            serde_json::to_value(&desired).expect("what is desired is JSON");
            Outcome::Accepted(desired.stack.0.len(), status)
        }
    }
}

fn class(object: &Value) -> Outcome {
    let object: GatewayedServiceClass = match serde_json::from_value(object.clone()) {
        Ok(object) => object,
        Err(error) => return Outcome::Unparsable(error.to_string()),
    };
    let query = validate::network_query(&object.spec);
    let facts = found(&object, &query);
    let valid = validate::class(&object, Some(&facts));
    let owner = Owner::Class(object.metadata.name.clone().unwrap_or_default());
    let fold = valid.as_ref().ok().map(|valid| folded(valid, &[], &[]));
    let network = valid.as_ref().ok().and_then(|valid| valid.network.clone());
    let desired = valid.as_ref().ok().zip(fold.as_ref()).zip(network);
    let stack = desired.map(|((valid, fold), network)| desire::class(valid, &network, fold, CLUSTER));
    let resources = object.status.as_ref().map(|s| s.resources.clone()).unwrap_or_default();
    let plan = stack.as_ref().map(|stack| planned(&owner, stack, &entries::of(&owner, &resources)));
    let status = status::class(&status::ClassInput {
        object: &object,
        valid: valid.as_ref().map_err(Vec::as_slice),
        network: Some(&Ok(facts)),
        fold: fold.as_ref(),
        services: &[],
        deleting: false,
        plan: plan.as_ref(),
        index: &nothing(),
        now: NOW,
    });
    let status = serde_json::to_value(&status).expect("a status is JSON");
    match valid {
        Err(violations) => Outcome::Refused(violations, status),
        Ok(_) => Outcome::Accepted(stack.map_or(0, |stack| stack.0.len()), status),
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("it is JSON")
}

fn nothing() -> Index {
    Index::takeover(NOW, Duration::from_secs(30))
}

fn folded(class: &ValidClass, needs: &[desire::fold::Need], services: &[GatewayedService]) -> Fold {
    let past = past::past(&nothing(), &class.name, services, BTreeMap::new(), Default::default());
    fold(&Pool::from(&class.pool), needs, &past, NOW)
}

fn planned(
    owner: &Owner,
    stack: &Stack,
    entries: &BTreeMap<gatewayed::model::ResourceKey, gatewayed::model::Entry>,
) -> Plan {
    let view = View {
        index: &nothing(),
        entries,
        running: &BTreeMap::new(),
        recorded: &BTreeSet::new(),
        drift: DriftPolicies::default(),
    };
    let plan = plan::plan(owner, stack, view, NOW);
    json(&plan);
    plan
}

/// A class that grants everything, its network found.
fn generous() -> GatewayedServiceClass {
    let subnet = |zone: char, n: u8| {
        json!({"id": format!("subnet-{zone}"), "zone": format!("eu-central-1{zone}"),
        "zoneId": format!("euc1-az{n}"), "cidr": format!("10.0.{n}.0/24")})
    };
    let object = json!({
        "apiVersion": "gatewayed.io/v1alpha1", "kind": "GatewayedServiceClass", "metadata": {"name": "public"},
        "spec": {
            "region": "eu-central-1",
            "network": {"vpc": {"id": "vpc-1"}, "subnets": {"tags": {"tier": "private"}},
                "pods": {"shared": {"securityGroup": {"id": "sg-1"}}}},
            "api": {"throttling": {"max": {"rate": 100_000, "burst": 100_000}}},
            "loadBalancer": {"network": {"drain": "1s"}},
            "access": [{"name": "all", "namespaces": {"selector": {}}, "paths": ["/"], "anonymous": true}],
        },
        "status": {"network": {"vpc": "vpc-1", "subnets": [subnet('a', 1), subnet('b', 2)]}},
    });
    serde_json::from_value(object).expect("a class")
}

/// What EC2 would answer if everything that the class names were there.
fn found(object: &GatewayedServiceClass, query: &gatewayed::model::network::NetworkQuery) -> NetworkFacts {
    let vpc = object.spec.network.vpc.id.clone().unwrap_or_else(|| "vpc-1".to_owned());
    let ids = object.spec.network.subnets.ids.clone();
    let ids = ids.unwrap_or_else(|| vec!["subnet-a".to_owned(), "subnet-b".to_owned()]);
    let subnet = |(n, id): (usize, String)| Subnet {
        id,
        vpc: vpc.clone(),
        zone: format!("eu-central-1{n}"),
        zone_id: format!("euc1-az{n}"),
        cidr: format!("10.0.{}.0/24", n % 256),
    };
    NetworkFacts {
        account: object.spec.account.clone().unwrap_or_else(|| "123456789012".to_owned()),
        security_groups: query
            .security_groups
            .iter()
            .map(|id| Group { id: id.clone(), vpc: vpc.clone() })
            .collect(),
        subnets: ids.into_iter().enumerate().map(subnet).collect(),
        vpcs: vec![Vpc { id: vpc.clone(), cidrs: vec!["10.0.0.0/16".to_owned()] }],
    }
}
