//! What a dozen inputs need, whole, as golden files: `stack/*.json`, `kube/*.yaml`.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::ResourceExt;
use serde_json::Value;

use super::fold::{Fold, Past, Pool, fold};
use super::{Desired, class, need, owner, service};
use crate::api::class_status::{NetworkStatus, SubnetStatus};
use crate::api::{ClassStatus, GatewayedService, GatewayedServiceClass};
use crate::golden;
use crate::model::{Body, Ref, Stack, Time};
use crate::validate::{self, Classes, Namespace, ValidClass, ValidService};

/// A class of three zones, and every service of it.
struct World {
    class: ValidClass,
    network: NetworkStatus,
    services: Vec<ValidService>,
    fold: Fold,
}

fn network() -> NetworkStatus {
    let subnet = |zone: &str, n: u8| SubnetStatus {
        id: format!("subnet-0{zone}"),
        zone: format!("eu-central-1{zone}"),
        zone_id: format!("euc1-az{n}"),
        cidr: format!("10.0.{}.0/20", u32::from(n) * 16),
    };
    NetworkStatus {
        vpc: "vpc-0a1b2c3d".to_owned(),
        subnets: vec![subnet("a", 2), subnet("b", 3), subnet("c", 1)],
    }
}

fn world(input: &str) -> World {
    let mut documents = input.split("\n---\n");
    let mut object: GatewayedServiceClass = serde_saphyr::from_str(documents.next().unwrap()).unwrap();
    object.status = Some(ClassStatus { network: Some(network()), ..ClassStatus::default() });
    let classes = Classes::new([&object]);
    let mut services = Vec::new();
    let mut needs = Vec::new();
    for document in documents {
        let object: GatewayedService = serde_saphyr::from_str(document).unwrap();
        let namespace = Namespace { name: object.namespace().unwrap(), labels: BTreeMap::new() };
        let valid = validate::service(&object, &classes, &namespace).unwrap();
        let created = object.creation_timestamp().unwrap().0.as_millisecond();
        needs.push(need(&valid, Time(created.try_into().unwrap()), false));
        services.push(valid);
    }
    let class = validate::class(&object, None).unwrap();
    let pool = Pool::from(&class.pool);
    World { fold: fold(&pool, &needs, &Past::default(), Time(0)), class, network: network(), services }
}

impl World {
    fn class(&self) -> Stack {
        class(&self.class, &self.network, &self.fold, "demo")
    }

    fn service(&self, valid: &ValidService) -> Desired {
        service(valid, &self.fold.slice(&valid.name), &self.network, "demo")
    }
}

#[test]
fn stacks_are_as_recorded() {
    for (name, input) in golden::inputs() {
        let world = world(&input);
        let mut stacks: BTreeMap<String, Stack> = BTreeMap::new();
        stacks.insert(format!("class {}", world.class.name), world.class());
        for valid in &world.services {
            stacks.insert(owner(valid).to_string(), world.service(valid).stack);
        }
        let text = serde_json::to_string_pretty(&stacks).unwrap();
        golden::check(&format!("stack/{name}.json"), &format!("{text}\n"));
    }
}

#[test]
fn kubernetes_objects_are_as_recorded() {
    for (name, input) in golden::inputs() {
        let world = world(&input);
        let mut documents = Vec::new();
        for valid in &world.services {
            let Value::Object(objects) = serde_json::to_value(world.service(valid).kube).unwrap() else {
                panic!("objects are no map")
            };
            for object in objects.into_values().filter(|object| !object.is_null()) {
                documents.push(serde_saphyr::to_string(&object).unwrap());
            }
        }
        golden::check(&format!("kube/{name}.yaml"), &documents.join("---\n"));
    }
}

#[test]
fn every_reference_leads_to_something_wanted_of_the_class_or_the_service() {
    for (name, input) in golden::inputs() {
        let world = world(&input);
        let class = world.class();
        let mut stacks = vec![class.clone()];
        stacks.extend(world.services.iter().map(|valid| world.service(valid).stack));
        for stack in &stacks {
            for (key, body) in &stack.0 {
                assert_eq!(key.kind, body.kind());
                for reference in body.refs() {
                    if let Ref::To(to) = reference {
                        assert!(class.0.contains_key(to) || stack.0.contains_key(to), "{name}: {key} → {to}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_service_without_a_place_has_nothing_in_aws_and_runs() {
    let input = golden::inputs().into_iter().find(|(name, _)| name == "minimal").unwrap().1;
    let mut world = world(&input);
    let pool = Pool { load_balancers: 0, ..Pool::from(&world.class.pool) };
    world.fold = fold(&pool, &[need(&world.services[0], Time(0), false)], &Past::default(), Time(0));
    let desired = world.service(&world.services[0]);
    assert_eq!(desired.stack, Stack::default());
    assert!(desired.kube.deployment.spec.is_some());
}

#[test]
fn an_owner_reference_is_on_every_object() {
    let input = golden::inputs().into_iter().find(|(name, _)| name == "autoscaling").unwrap().1;
    let world = world(&input);
    let owner = OwnerReference { name: "orders".into(), uid: "u1".into(), ..OwnerReference::default() };
    let owned = world.service(&world.services[0]).kube.owned_by(&owner);
    let Value::Object(objects) = serde_json::to_value(owned).unwrap() else { panic!("objects are no map") };
    assert_eq!(objects.len(), 5);
    for object in objects.values() {
        assert_eq!(object["metadata"]["ownerReferences"][0]["uid"], "u1");
    }
}

#[test]
fn a_losers_route_is_not_wanted_and_its_other_routes_are() {
    let input = golden::inputs().into_iter().find(|(name, _)| name == "conflict").unwrap().1;
    let world = world(&input);
    let carts = world.services.iter().find(|valid| valid.name.name == "carts").unwrap();
    let routes: Vec<String> = world
        .service(carts)
        .stack
        .0
        .into_values()
        .filter_map(|body| match body {
            Body::Route(route) => Some(route.route_key),
            _ => None,
        })
        .collect();
    assert_eq!(routes, ["ANY /carts"]);
}
