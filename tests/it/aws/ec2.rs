//! Security groups, their rules, and what a class's selectors find.

use std::collections::BTreeMap;

use awsim::seed::{ACCOUNT, CLUSTER_GROUP, POD_CIDRS, SUBNETS, VPC, ZONES};
use gatewayed::executor::Call;
use gatewayed::executor::conclude::Reply;
use gatewayed::model::network::{NetworkFacts, NetworkQuery, Selector};
use gatewayed::model::security_group::{Direction, SecurityGroup, SecurityGroupRule};
use gatewayed::model::{Body, ErrorClass, Id, Kind, Seen};

use super::{NOW, Sim, assert_only, create, key, region};

fn group(name: &str) -> SecurityGroup {
    SecurityGroup {
        name: name.into(),
        description: "Made by gatewayed".into(),
        vpc: VPC.into(),
        open_egress: false,
    }
}

fn rule(group: &Id, direction: Direction, port: u16, peer: &str) -> Body<Id> {
    let (group, peer) = (group.clone(), Id::from(peer));
    Body::SecurityGroupRule(SecurityGroupRule { group, direction, from_port: port, to_port: port + 9, peer })
}

async fn made_group(sim: &Sim, name: &str) -> Seen {
    sim.create(&key(Kind::SecurityGroup, name), &Body::SecurityGroup(group(name))).await
}

#[tokio::test]
async fn a_new_group_is_open_to_the_outside_until_an_update_closes_it() {
    let sim = Sim::start().await;
    let key = key(Kind::SecurityGroup, "main");
    let wanted = Body::SecurityGroup(group("gw-a"));
    let open = Body::SecurityGroup(SecurityGroup { open_egress: true, ..group("gw-a") });

    let made = sim.create(&key, &wanted).await;
    assert_eq!((&made.key, &made.body), (&Some(key.clone()), &open));
    assert_only(&sim.list_region(Kind::SecurityGroup).await, Some(&key), &made.id, &open);

    sim.update(&made, &key, &wanted).await;
    assert_only(&sim.list_region(Kind::SecurityGroup).await, Some(&key), &made.id, &wanted);
    sim.update(&made, &key, &wanted).await;

    assert_eq!(sim.delete(&made).await, Ok(Reply::Deleted));
    assert_eq!(sim.list_region(Kind::SecurityGroup).await, []);
    assert_eq!(sim.delete(&made).await.unwrap_err().class, ErrorClass::Gone);
}

#[tokio::test]
async fn a_group_carries_the_classs_tags_beside_the_marks() {
    let sim = Sim::start().await;
    let made = made_group(&sim, "gw-a").await;
    let tags = sim.server.with_world(|world| {
        world.call(ACCOUNT, awsim::seed::REGION).region.ec2.security_groups[&made.id.0].tags.clone()
    });
    let wanted = [
        ("gatewayed.io/class", "public"),
        ("gatewayed.io/cluster", "cluster-1"),
        ("gatewayed.io/service", "shop/orders"),
        ("gatewayed.io/slot", "gw-a"),
        ("team", "shop"),
    ];
    assert_eq!(tags, wanted.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
}

#[tokio::test]
async fn a_strangers_group_of_our_name_is_found_without_a_key() {
    let sim = Sim::start().await;
    let stranger = region(&sim.server.url(), "cluster-2");
    let (key, body) = (key(Kind::SecurityGroup, "main"), Body::SecurityGroup(group("gw-a")));
    let Ok(Reply::Written(theirs)) = stranger.run(&[create(&key, &body)], NOW).await else { panic!() };

    let taken = sim.run(create(&key, &body)).await.unwrap_err();
    assert_eq!((taken.class, taken.code.as_str()), (ErrorClass::Exists, "InvalidGroup.Duplicate"));
    assert!(taken.request_id.is_some() && taken.action == "ec2:CreateSecurityGroup", "{taken:?}");
    let Ok(Reply::Found(found)) = sim.run(Call::Find(body)).await else { panic!() };
    assert_only(&found, None, &theirs[0].id, &theirs[0].body);
    assert_only(&sim.list_region(Kind::SecurityGroup).await, None, &theirs[0].id, &theirs[0].body);
}

#[tokio::test]
async fn rules_of_both_directions_read_back_and_several_are_revoked_in_one_call() {
    let sim = Sim::start().await;
    let (a, b) = (made_group(&sim, "gw-a").await, made_group(&sim, "gw-b").await);
    let into = rule(&a.id, Direction::Ingress, 80, &b.id.0);
    let also = rule(&a.id, Direction::Ingress, 90, &b.id.0);
    let out = rule(&b.id, Direction::Egress, 80, &a.id.0);
    let mut made = Vec::new();
    for (slot, body) in [("in", &into), ("also", &also), ("out", &out)] {
        made.push(sim.create(&key(Kind::SecurityGroupRule, slot), body).await);
    }
    let ours = |listed: Vec<Seen>| listed.into_iter().filter(|s| s.key.is_some()).collect::<Vec<_>>();
    let listed = ours(sim.list_region(Kind::SecurityGroupRule).await);
    for seen in &made {
        assert!(listed.contains(seen), "{seen:?} in {listed:#?}");
    }

    let deletes: Vec<Call> = made[..2]
        .iter()
        .map(|s| Call::Delete { key: s.key.clone().unwrap(), id: s.id.clone(), seen: s.body.clone() })
        .collect();
    let before = sim.server.recorder().latest();
    assert_eq!(sim.region.run(&deletes, NOW).await, Ok(Reply::Deleted));
    let calls = sim.server.recorder().count_since(before);
    assert_eq!(calls.values().sum::<usize>(), 1, "{calls:?}");
    let kept = |seen: &Seen| made[2] == *seen;
    let listed = ours(sim.list_region(Kind::SecurityGroupRule).await);
    assert!(listed.iter().any(kept) && !listed.contains(&made[0]) && !listed.contains(&made[1]));
}

#[tokio::test]
async fn a_strangers_rule_in_our_group_is_listed_without_a_key_and_never_equals_ours() {
    let sim = Sim::start().await;
    let made = made_group(&sim, "gw-a").await;
    let strangers: Vec<Seen> = sim.list_region(Kind::SecurityGroupRule).await;
    let [open] = &strangers[..] else { panic!("{strangers:#?}") };
    assert_eq!(open.key, None);
    let Body::SecurityGroupRule(rule) = &open.body else { panic!() };
    assert_eq!((&rule.group, &rule.peer), (&made.id, &Id::from("-1/0.0.0.0/0")));
}

#[tokio::test]
async fn an_equal_rule_that_a_stranger_made_is_found() {
    let sim = Sim::start().await;
    let made = made_group(&sim, "gw-a").await;
    let body = rule(&Id::from(CLUSTER_GROUP), Direction::Ingress, 80, &made.id.0);
    let stranger = region(&sim.server.url(), "cluster-2");
    let key = key(Kind::SecurityGroupRule, "main");
    stranger.run(&[create(&key, &body)], NOW).await.unwrap();
    assert_eq!(sim.run(create(&key, &body)).await.unwrap_err().class, ErrorClass::Exists);
    let Ok(Reply::Found(found)) = sim.run(Call::Find(body.clone())).await else { panic!() };
    assert_only(&found, None, &found[0].id.clone(), &body);
}

#[tokio::test]
async fn a_group_that_another_groups_rule_names_cannot_go_yet() {
    let sim = Sim::start().await;
    let (a, b) = (made_group(&sim, "gw-a").await, made_group(&sim, "gw-b").await);
    let into = rule(&a.id, Direction::Ingress, 80, &b.id.0);
    let made = sim.create(&key(Kind::SecurityGroupRule, "in"), &into).await;
    let refused = sim.delete(&b).await.unwrap_err();
    assert_eq!((refused.class, refused.code.as_str()), (ErrorClass::Race, "DependencyViolation"));
    sim.delete(&made).await.unwrap();
    assert_eq!(sim.delete(&b).await, Ok(Reply::Deleted));
}

async fn facts(sim: &Sim, vpc: Selector, subnets: Selector, groups: &[&str]) -> NetworkFacts {
    let security_groups = groups.iter().map(|g| (*g).to_owned()).collect();
    match sim.run(Call::Network(NetworkQuery { vpc, subnets, security_groups })).await {
        Ok(Reply::Network(facts)) => facts,
        other => panic!("{other:?}"),
    }
}

fn tag(key: &str, value: &str) -> Selector {
    Selector::Tags(BTreeMap::from([(key.to_owned(), value.to_owned())]))
}

#[tokio::test]
async fn selectors_by_tag_and_by_id_find_the_network() {
    let sim = Sim::start().await;
    let by_tag = facts(&sim, tag("Name", "lab"), tag("tier", "private"), &[CLUSTER_GROUP]).await;
    assert_eq!(by_tag.account, ACCOUNT);
    assert_eq!(by_tag.vpcs.iter().map(|v| v.id.as_str()).collect::<Vec<_>>(), [VPC]);
    assert_eq!(by_tag.vpcs[0].cidrs, ["10.0.0.0/16"]);
    assert_eq!(by_tag.subnets.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), SUBNETS);
    assert_eq!(by_tag.subnets.iter().map(|s| s.zone.as_str()).collect::<Vec<_>>(), ZONES);
    assert!(by_tag.subnets.iter().all(|s| s.vpc == VPC && !s.zone_id.is_empty()));
    assert_eq!(by_tag.security_groups[0].vpc, VPC);
    assert!(!POD_CIDRS.contains(&by_tag.subnets[0].cidr.as_str()));

    let ids = |ids: &[&str]| Selector::Ids(ids.iter().map(|s| (*s).to_owned()).collect());
    let by_id = facts(&sim, ids(&[VPC]), ids(&SUBNETS), &[CLUSTER_GROUP]).await;
    assert_eq!(by_id, by_tag);
}

#[tokio::test]
async fn what_does_not_exist_is_absent_instead_of_an_error() {
    let sim = Sim::start().await;
    let ids = |id: &str| Selector::Ids(vec![id.to_owned()]);
    let none =
        facts(&sim, ids("vpc-0123456789abcdef0"), ids("subnet-0123456789abcdef0"), &["sg-0123456789abcdef0"])
            .await;
    assert_eq!((none.vpcs, none.subnets, none.security_groups), (vec![], vec![], vec![]));
}
