//! Objects that are deleted before AWS has heard of them.

use awsim::weather::Rule;
use awsim::weather::effect::Effect;
use kube::api::DeleteParams;

use crate::support::operator::{World, gone, until};
use crate::support::stock;

/// More than may wait for one answer of AWS: the others wait in the queue.
const MANY: usize = 12;

#[tokio::test]
async fn what_a_service_had_waiting_when_it_was_deleted_never_comes() {
    // No pass meanwhile, so that AWS falls quiet.
    let world = World::start(&["--drift-interval", "24h"]).await;
    let place = world.class("early", |_| ()).await;
    place.service("first", |_| ()).await;
    place.ready("first").await;
    let before = stock::of_class(world.aws(), &place.class);
    // Throttled, so that the bucket is empty and all but one wait for it.
    world.aws().weather().inject(Rule::of("elbv2", "CreateTargetGroup", Effect::Throttle));
    let from = world.aws().recorder().latest();
    let names: Vec<String> = (0..MANY).map(|n| format!("early-{n}")).collect();
    for name in &names {
        place.service(name, |_| ()).await;
    }
    until("a target group is asked for", || async {
        let asked = world.aws().recorder().count_since(from);
        if asked.contains_key("elbv2:CreateTargetGroup") { Ok(()) } else { Err(format!("{asked:?}")) }
    })
    .await;
    for name in &names {
        place.services().delete(name, &DeleteParams::default()).await.expect("deleted");
    }
    for name in &names {
        gone(&place.services(), name).await;
    }
    world.aws().weather().clear();
    world.quiet().await;
    assert_eq!(stock::of_class(world.aws(), &place.class), before);
}
