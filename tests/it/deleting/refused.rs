//! AWS refuses a step of a deletion: the object stays, says what is in the way in AWS's words, and goes once
//! AWS lets it.

use std::time::Duration;

use awsim::weather::{Effect, Rule};
use gatewayed::api::{ConditionType, GatewayedService, GatewayedServiceClass, marks};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{delete, delete_class, nothing_left, turn};
use crate::support::figures::figure;
use crate::support::operator::{Place, World, eventually, gone, message, until};
use crate::support::stock;

/// A refusal as AWS words it, and what the condition must say of it.
struct Refusal {
    service: &'static str,
    operation: &'static str,
    status: u16,
    code: &'static str,
    words: &'static str,
    /// What it is, as the condition calls it.
    subject: &'static str,
}

const OF_SERVICE: Refusal = Refusal {
    service: "elbv2",
    operation: "DeleteTargetGroup",
    status: 400,
    code: "ResourceInUse",
    words: "Target group is currently in use by a listener or a rule",
    subject: "The target group",
};

/// In the order in which they are told; a group goes last, since what is refused uses it.
const OF_CLASS: [Refusal; 3] = [
    Refusal {
        service: "apigatewayv2",
        operation: "DeleteVpcLink",
        status: 409,
        code: "ConflictException",
        words: "VPC link is still being used",
        subject: "The VPC link",
    },
    Refusal {
        service: "apigatewayv2",
        operation: "DeleteApi",
        status: 409,
        code: "ConflictException",
        words: "Unable to complete operation due to concurrent modification. Please try again later",
        subject: "The HTTP API",
    },
    Refusal {
        service: "ec2",
        operation: "DeleteSecurityGroup",
        status: 400,
        code: "DependencyViolation",
        words: "resource sg-0 has a dependent object",
        subject: "security group",
    },
];

impl Refusal {
    fn rule(&self) -> Rule {
        Rule::of(self.service, self.operation, Effect::refuse(self.status, self.code, self.words))
    }

    /// The condition has AWS's words, its code and request, and the thing.
    fn is_told(&self, said: &str) -> Result<(), String> {
        let wanted = [self.subject, self.words, self.code, "request ", "refused since"];
        match wanted.iter().find(|word| !said.contains(*word)) {
            None => Ok(()),
            Some(missing) => Err(format!("no \"{missing}\" in: {said}")),
        }
    }
}

async fn ready_of_service(place: &Place, service: &str) -> String {
    let status = place.services().get(service).await.expect("the service").status.unwrap_or_default();
    message(&status.conditions, ConditionType::Ready)
}

async fn ready_of_class(place: &Place) -> String {
    let status = place.classes().get(&place.class).await.expect("the class").status.unwrap_or_default();
    message(&status.conditions, ConditionType::Ready)
}

#[tokio::test]
async fn what_aws_refuses_to_delete_is_told_in_its_words_and_goes_once_it_is_let() {
    let (world, _turn) = turn().await;
    let weather = world.aws().weather();
    let place = world.class("refused", |_| ()).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;

    weather.set(0, vec![OF_SERVICE.rule()]);
    delete(&place, "app").await;
    delete_class(&place).await;
    until("the service says what is in the way", || async {
        OF_SERVICE.is_told(&ready_of_service(&place, "app").await)
    })
    .await;
    let said = place.class_says(ConditionType::Ready, "ServicesLeft").await;
    assert!(said.contains(&format!("{}/app", place.namespace)), "{said}");

    weather.set(0, OF_CLASS.iter().map(Refusal::rule).collect());
    gone(&place.services(), "app").await;
    for (at, refusal) in OF_CLASS.iter().enumerate() {
        until("the class says what is in the way", || async {
            refusal.is_told(&ready_of_class(&place).await)
        })
        .await;
        weather.set(0, OF_CLASS[at + 1..].iter().map(Refusal::rule).collect());
    }
    gone(&place.classes(), &place.class).await;
    nothing_left(world, &place);
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_denied_delete_stalls_names_the_action_and_the_last_resort() {
    let (world, _turn) = turn().await;
    let place = world.class("denied-delete", |_| ()).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;
    world.aws().weather().set(0, vec![Rule::of("elbv2", "DeleteListener", Effect::AccessDenied)]);
    delete(&place, "app").await;
    let said = place.service_says("app", ConditionType::Ready, "AccessDenied").await;
    for word in ["elasticloadbalancing:DeleteListener", "the listener", "Add the action", marks::GIVE_UP] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
    world.aws().weather().clear();
    gone(&place.services(), "app").await;
    place.delete_class().await;
    nothing_left(world, &place);
}

#[tokio::test]
async fn an_error_that_nobody_knows_never_drops_a_finalizer() {
    let (world, _turn) = turn().await;
    let place = world.class("unknown", |_| ()).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;
    let since = world.aws().recorder().latest();
    let unknown = |operation: &str| {
        Rule::of("*", operation, Effect::refuse(400, "NeverHeardOf", "Something is the matter"))
    };
    let rules =
        ["DeleteTargetGroup", "DeleteRoute"].map(|operation| Rule { service: None, ..unknown(operation) });
    world.aws().weather().set(0, rules.into());
    delete(&place, "app").await;
    delete_class(&place).await;
    let stalled = eventually(&place.services(), "app", "it is stalled", |s: &GatewayedService| {
        let conditions = s.status.as_ref().map(|s| &s.conditions[..]).unwrap_or_default();
        message(conditions, ConditionType::Stalled).contains("NeverHeardOf")
    })
    .await;
    let said = message(&stalled.status.expect("a status").conditions, ConditionType::Stalled);
    for word in ["Something is the matter", "(NeverHeardOf, request ", marks::GIVE_UP] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
    let tried = world.calls_since(since).iter().filter(|c| c.operation == "DeleteRoute").count();
    assert!(tried >= 5, "{tried}");
    assert!(place.services().get("app").await.expect("the service").finalizers().len() == 1);
    assert!(place.classes().get(&place.class).await.expect("the class").finalizers().len() == 1);
    let things = stock::of_class(world.aws(), &place.class);
    assert_eq!(stock::ids(&things, "route").len(), 1);
    world.aws().weather().clear();
    gone(&place.services(), "app").await;
    gone(&place.classes(), &place.class).await;
    nothing_left(world, &place);
}

/// A stranger's listener lives in our load balancer: AWS would delete it along.
#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_strangers_part_of_ours_keeps_a_class_and_is_named_until_its_owner_takes_it_away() {
    let (world, _turn) = turn().await;
    // Under Repair it would be removed: it is in what is ours.
    let report = |class: &mut Value| class["spec"]["drift"] = json!({"security": "Report"});
    let place = world.class("lodger", report).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;
    let things = stock::of_class(world.aws(), &place.class);
    let balancer = stock::ids(&things, "load balancer")[0].to_owned();
    let group = json!({"Name": "somebodys", "Protocol": "TCP", "Port": 80, "VpcId": awsim::seed::VPC,
        "TargetType": "ip"});
    let group = world.by_hand("elbv2", "CreateTargetGroup", &group).expect("a target group");
    let group = group["TargetGroups"][0]["TargetGroupArn"].as_str().expect("an ARN").to_owned();
    let listener = json!({"LoadBalancerArn": balancer, "Protocol": "TCP", "Port": 9999,
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]});
    let listener = world.by_hand("elbv2", "CreateListener", &listener).expect("a listener");
    let listener = listener["Listeners"][0]["ListenerArn"].as_str().expect("an ARN").to_owned();

    delete(&place, "app").await;
    delete_class(&place).await;
    let said = place.class_says(ConditionType::Ready, "NotOurs").await;
    for word in [listener.as_str(), balancer.as_str(), "not ours", marks::GIVE_UP] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
    assert!(stock::region(world.aws(), |r| r.elbv2.listeners.contains_key(&listener)), "never touched");
    world.by_hand("elbv2", "DeleteListener", &json!({"ListenerArn": listener})).expect("deleted");
    gone(&place.classes(), &place.class).await;
    nothing_left(world, &place);
    world.by_hand("elbv2", "DeleteTargetGroup", &json!({"TargetGroupArn": group})).expect("deleted");
}

/// Every refusal at once, for an hour of simulated time.
#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn after_an_hour_of_refusals_all_of_it_goes() {
    let (world, _turn) = turn().await;
    let place = world.class("hour", |_| ()).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;
    let other = world.class("hour-empty", |_| ()).await;
    other.class_ready().await;
    let since = world.aws().recorder().latest();
    let all = || OF_CLASS.iter().chain([&OF_SERVICE]);
    world.aws().weather().set(0, all().map(Refusal::rule).collect());
    delete(&place, "app").await;
    delete_class(&place).await;
    delete_class(&other).await;
    world.pass(Duration::from_secs(3600)).await;
    OF_SERVICE.is_told(&ready_of_service(&place, "app").await).unwrap();
    // Several refuse: the first of them is told.
    let said = ready_of_class(&other).await;
    assert!(OF_CLASS.iter().any(|refusal| refusal.is_told(&said).is_ok()), "{said:?}");
    let tries = |refusal: &Refusal| refused(world, since, refusal);
    let counts: Vec<String> = all().map(|r| format!("{} {}", r.operation, tries(r))).collect();
    figure("Deleting", "Tries in an hour of refusals", counts.join(", "));
    // Each object is tried about 35 times an hour; a class has one of each, but two security groups.
    assert!(all().all(|refusal| tries(refusal) <= 160), "{counts:?}");
    world.aws().weather().clear();
    let since = std::time::Instant::now();
    gone::<GatewayedService>(&place.services(), "app").await;
    gone::<GatewayedServiceClass>(&place.classes(), &place.class).await;
    gone::<GatewayedServiceClass>(&other.classes(), &other.class).await;
    figure(
        "Deleting",
        "From the end of the refusals to nothing left",
        format!("{:?}, 60 times as fast", since.elapsed()),
    );
    nothing_left(world, &place);
    nothing_left(world, &other);
}

fn refused(world: &World, since: u64, refusal: &Refusal) -> usize {
    world.calls_since(since).iter().filter(|c| c.operation == refusal.operation && !c.succeeded()).count()
}
