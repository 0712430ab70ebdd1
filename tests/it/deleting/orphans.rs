//! The operator counts what belongs to no object in the cluster, tells of it once, and leaves it alone.

use std::net::SocketAddr;

use gatewayed::model::marks;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::operator::{World, until};
use crate::support::stock::CLUSTER;

/// What the operator's /metrics says now.
async fn metrics(world: &World) -> String {
    let log = std::fs::read_to_string(&world.log).expect("a log");
    let line = log.lines().rev().find(|line| line.contains("gatewayed starts")).expect("it starts");
    let address = line.split("address=").nth(1).and_then(|rest| rest.split_whitespace().next());
    let address: SocketAddr = address.expect("an address").parse().expect("an address");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    let request = "GET /metrics HTTP/1.1\r\nhost: operator\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");
    text
}

async fn orphans_are(world: &World, count: usize) {
    let line = format!("gatewayed_orphans{{shard=\"0\",kind=\"TargetGroup\"}} {count}");
    until(&line, || async {
        let text = metrics(world).await;
        let found: Vec<&str> = text.lines().filter(|line| line.starts_with("gatewayed_orphans")).collect();
        if found.contains(&line.as_str()) { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn what_belongs_to_no_object_is_counted_told_once_and_left_alone() {
    let world = World::start(&[]).await;
    // A class starts the region's executor.
    let place = world.class("counted", |_| ()).await;
    place.class_ready().await;
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let input = json!({"Name": "gw-shop-lost-0123456789", "Protocol": "TCP", "Port": 80,
        "VpcId": awsim::seed::VPC, "TargetType": "ip", "Tags": [tag(marks::CLUSTER, CLUSTER),
        tag(marks::CLASS, "lost"), tag(marks::SERVICE, "shop/lost"), tag(marks::SLOT, "main")]});
    let group = world.by_hand("elbv2", "CreateTargetGroup", &input).expect("a target group");
    let arn = group["TargetGroups"][0]["TargetGroupArn"].as_str().expect("an ARN").to_owned();
    orphans_are(&world, 1).await;
    let log = std::fs::read_to_string(&world.log).expect("a log");
    let told: Vec<&str> = log.lines().filter(|l| l.contains("belong to no object in the cluster")).collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains("service lost shop/lost") && told[0].contains("gatewayed sweep"), "{told:?}");

    world.by_hand("elbv2", "DeleteTargetGroup", &json!({"TargetGroupArn": arn})).expect("it is there still");
    orphans_are(&world, 0).await;
    place.delete_class().await;
}
