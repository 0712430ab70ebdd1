//! The API server is as bad as it gets: away, slow, refusing, its watches cut, too old or frozen. What
//! people and pods do meanwhile is done in the end, once.

use crate::support::operator::{World, gone};
use crate::support::proxy::{Effect, Rule};
use crate::support::stock;

#[tokio::test]
async fn of_ten_writes_three_are_refused_and_everything_is_made_and_deleted_once() {
    let world = World::behind_proxy(&[]).await;
    let refuse = |effect| Rule::writes(effect).but_leases().rate(0.1);
    let refusals = [Effect::conflict(), Effect::too_many_requests(1), Effect::internal_error()];
    world.proxy().set(7, refusals.map(refuse).to_vec());
    let place = world.class("refused", |_| ()).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;
    let things = stock::of_class(world.aws(), &place.class);
    place.delete_service("app").await;
    place.delete_class().await;
    gone(&place.classes(), &place.class).await;
    assert!(stock::of_class(world.aws(), &place.class).is_empty(), "{things:?}");
}
