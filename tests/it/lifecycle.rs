//! One service and its class, from the first apply to nothing left.

use crate::support::operator::world;

#[tokio::test]
async fn a_service_becomes_ready_and_answers_through_api_link_and_load_balancer() {
    let world = world().await;
    let place = world.class("create", |_| ()).await;
    place.service("orders", |_| ()).await;
    let service = place.ready("orders").await;

    let url = service.status.expect("a status").url.expect("a URL");
    let (status, answer) = world.get(&url, "/orders/42").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["path"], "/orders/42");
    assert_eq!(answer["namespace"], place.namespace);
    let (status, _) = world.get(&url, "/elsewhere").await;
    assert_eq!(status, 404);

    place.delete_service("orders").await;
    place.delete_class().await;
}
