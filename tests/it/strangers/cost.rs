//! What a drift pass costs: pages, not objects.

use std::collections::BTreeMap;

use super::SECTION;
use crate::support::figures::figure;
use crate::support::operator::{Place, World, until};
use crate::support::stock;

/// What reads one object or one group of targets, and so grows with them.
const PER_OBJECT: [&str; 3] = [
    "elbv2:DescribeTargetHealth",
    "elbv2:DescribeTargetGroupAttributes",
    "elbv2:DescribeLoadBalancerAttributes",
];

/// Makes services up to `count`, and waits until all are ready and nothing is asked but in passes.
async fn services(place: &Place, from: usize, count: usize) {
    for n in from..count {
        place.service(&format!("app-{n}"), |service| service["spec"]["replicas"] = 1.into()).await;
    }
    for n in from..count {
        place.ready(&format!("app-{n}")).await;
    }
}

/// The calls of one pass by operation: those that list, and those that read one object.
async fn pass(world: &World) -> (BTreeMap<String, usize>, usize) {
    let links = |since| {
        let calls = world.calls_since(since);
        calls.iter().filter(|call| call.operation == "GetVpcLinks").count()
    };
    let passed = |since| async move {
        until("there was a pass", || async {
            match links(since) {
                0 => Err("none".to_owned()),
                _ => Ok(()),
            }
        })
        .await;
    };
    passed(world.aws().recorder().latest()).await;
    // Its other lists are under way: from the next one on it is counted.
    world.pass(std::time::Duration::from_secs(120)).await;
    let since = world.aws().recorder().latest();
    passed(since).await;
    world.pass(std::time::Duration::from_secs(120)).await;
    let mut calls = world.aws().recorder().count_since(since);
    let each = PER_OBJECT.iter().filter_map(|operation| calls.remove(*operation)).sum();
    (calls, each)
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_pass_costs_pages_and_not_objects() {
    let world = World::start(&["--drift-interval", "10m"]).await;
    world.aws().with_world(|w| w.options.consistency = false);
    let place = world.class("cost", |_| ()).await;
    let mut lists = Vec::new();
    for (from, count) in [(0, 10), (10, 40)] {
        services(&place, from, count).await;
        let (calls, each) = pass(&world).await;
        let objects = stock::of_class(world.aws(), &place.class).len();
        let sum: usize = calls.values().sum();
        println!("{count} services, {objects} objects: {calls:#?}");
        let of_100 = |calls: usize| format!("{:.1}", calls as f64 * 100.0 / objects as f64);
        let what = format!("list calls of a pass per 100 objects, 1 class, {count} services");
        figure(SECTION, &what, of_100(sum));
        let what = format!("reads of attributes and targets per 100 objects, {count} services");
        figure(SECTION, &what, of_100(each));
        lists.push(sum);
    }
    // Tags of target groups and of listeners are read 20 a call: one call more for 30 more of each, and one
    // where they do not fill a call.
    assert!(lists[1] <= lists[0] + 4, "{lists:?}");
    for n in 0..40 {
        place.services().delete(&format!("app-{n}"), &Default::default()).await.expect("deleted");
    }
    for n in 0..40 {
        crate::support::operator::gone(&place.services(), &format!("app-{n}")).await;
    }
    place.delete_class().await;
}
