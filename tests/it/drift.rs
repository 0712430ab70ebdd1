//! What someone deletes in AWS by hand is made again.

use std::collections::BTreeSet;

use gatewayed::model::marks;
use serde_json::json;

use crate::support::operator::{until, world};
use crate::support::stock;

#[tokio::test]
async fn a_route_a_listener_and_a_rule_deleted_by_hand_are_made_again() {
    let world = world().await;
    let place = world.class("by-hand", |_| ()).await;
    place.service("orders", |_| ()).await;
    let status = place.ready("orders").await.status.unwrap();
    let (url, api) = (status.url.unwrap(), status.api.unwrap());
    let before = stock::of_class(world.aws(), &place.class);
    let route = stock::ids(&before, "route")[0];
    let listener = stock::ids(&before, "listener")[0];
    let (rule, group, egress) = stock::region(world.aws(), |region| {
        let mut rules = region.ec2.rules.values();
        let rule = rules.find(|r| r.tags.get(marks::CLASS) == Some(&place.class)).expect("a rule");
        (rule.id.clone(), rule.group.clone(), rule.egress)
    });

    let aws = world.aws();
    stock::by_hand(aws, "apigatewayv2", "DeleteRoute", &json!({"ApiId": api, "RouteId": route}));
    stock::by_hand(aws, "elbv2", "DeleteListener", &json!({"ListenerArn": listener}));
    let revoke = if egress { "RevokeSecurityGroupEgress" } else { "RevokeSecurityGroupIngress" };
    stock::by_hand(aws, "ec2", revoke, &json!({"GroupId": group, "SecurityGroupRuleIds": [rule]}));

    let lost: BTreeSet<&str> = BTreeSet::from([route, listener, rule.as_str()]);
    until("all three are there again, under other ids", || async {
        let after = stock::of_class(aws, &place.class);
        let same = after.iter().any(|thing| lost.contains(thing.id.as_str()));
        let whole = stock::count(&after) == stock::count(&before) && !same;
        if whole { Ok(()) } else { Err(format!("{:?} of {:?}", stock::count(&after), stock::count(&before))) }
    })
    .await;
    until("requests pass again", || async {
        let (status, body) = world.get(&url, "/orders/1").await;
        if status == 200 { Ok(()) } else { Err(format!("{status} {body}")) }
    })
    .await;
    place.ready("orders").await;
    place.class_ready().await;
    place.delete_service("orders").await;
    place.delete_class().await;
}
