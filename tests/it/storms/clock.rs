//! The operator's clock is an hour off AWS's. The wall clock of this machine cannot be set here, so it is
//! AWS's that is stepped: its signatures' bounds and the date of its replies.

use serde_json::{Value, json};

use crate::support::operator::{Place, World};

/// Codes of signatures that were made too long ago or in the future.
const SKEWED: [&str; 3] = ["InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired"];

#[tokio::test]
async fn an_hour_between_our_clock_and_awss_is_corrected_by_the_first_refusal() {
    let world = World::start(&[]).await;
    let place = world.class("clock", |_| ()).await;
    let mut service = place.service("app", |_| ()).await;
    place.ready("app").await;
    for (n, ahead) in [3600, -3600, 0].into_iter().enumerate() {
        let from = world.aws().recorder().latest();
        world.aws().with_world(|w| w.options.clock_ahead = ahead);
        with_one_more_route(&place, &mut service, n).await;
        let calls = world.calls_since(from);
        let refused: Vec<_> =
            calls.iter().filter_map(|c| c.outcome.code.as_deref()).filter(|c| SKEWED.contains(c)).collect();
        // Each client learns it once: API Gateway's, Elastic Load Balancing's, EC2's. Calls that ran side
        // by side are refused together.
        assert!((1..=12).contains(&refused.len()), "{ahead} s ahead: {refused:?}");
    }
    place.delete_service("app").await;
    place.delete_class().await;
}

async fn with_one_more_route(place: &Place, service: &mut Value, n: usize) {
    let path = format!("/app/more/{n}");
    let more = json!({"name": format!("more-{n}"), "path": path, "methods": ["GET"], "anonymous": true});
    service["spec"]["routes"].as_array_mut().expect("routes").push(more);
    service["spec"]["image"] = json!(format!("registry.example.com/app:v{n}-later"));
    place.apply_service(service).await;
    place.ready("app").await;
}
