//! The operator dies, and the same container is started again. (Another replica: `leadership`.)

use crate::support::operator::{World, until};
use crate::support::stock;

#[tokio::test]
async fn an_operator_killed_again_and_again_while_it_creates_makes_everything_once() {
    let world = World::start(&[]).await;
    let place = world.class("killed", |_| ()).await;
    place.service("orders", |_| ()).await;
    // Each time a few calls further: before the API, between its parts, while AWS is at work.
    for calls in [1, 3, 6, 9, 12, 15, 18] {
        until(&format!("{calls} calls have changed something"), || async {
            let made = world.calls_since(0).iter().filter(|c| c.mutating() && c.succeeded()).count();
            if made >= calls { Ok(()) } else { Err(format!("{made}")) }
        })
        .await;
        world.kill();
        world.launch();
    }
    let url = place.ready("orders").await.status.unwrap().url.unwrap();
    let (status, answer) = world.get(&url, "/orders/1").await;
    assert_eq!(status, 200, "{answer}");

    let counts = stock::count(&stock::of_class(world.aws(), &place.class));
    let once = [
        "HTTP API",
        "stage",
        "VPC link",
        "load balancer",
        "target group",
        "listener",
        "integration",
        "route",
    ];
    assert_eq!(once.map(|kind| counts.get(kind).copied()), [Some(1); 8], "{counts:?}");
    let (apis, links, balancers) = stock::region(world.aws(), |region| {
        let api = &region.apigatewayv2;
        (api.apis.len(), api.vpc_links.len(), region.elbv2.load_balancers.len())
    });
    assert_eq!((apis, links, balancers), (1, 1, 1), "nor is there anything without marks");

    world.kill();
    world.launch();
    place.delete_service("orders").await;
    place.delete_class().await;
    let left = stock::of_class(world.aws(), &place.class);
    assert!(left.is_empty(), "{left:#?}");
}
