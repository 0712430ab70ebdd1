use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{Aws, id};
use crate::clock::SimTime;

const NO_ROUTES: &str = "Unable to deploy API because no routes exist in this API";

fn stage(aws: &mut Aws, api: &str, name: &str) -> Value {
    aws.ok("GetStage", json!({"ApiId": api, "StageName": name}))
}

/// Route keys that the stage serves.
fn served(aws: &mut Aws, api: &str, name: &str) -> Vec<String> {
    aws.region();
    let live = aws.state().apis[api].stages[name].live.clone();
    let mut keys: Vec<String> =
        live.map(|l| l.routes.iter().map(|r| r.route_key.clone()).collect()).unwrap_or_default();
    keys.sort();
    keys
}

/// mach-composer 42 has the words.
#[test]
fn an_api_without_routes_cannot_be_deployed() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.refuses("CreateDeployment", json!({"ApiId": api}), "BadRequestException", NO_ROUTES);
    let made = aws.ok("CreateStage", json!({"ApiId": api, "StageName": "$default", "AutoDeploy": true}));
    let message = format!("Deployment attempt failed: {NO_ROUTES}");
    assert_eq!(made["LastDeploymentStatusMessage"], message);
    assert_eq!(made.get("DeploymentId"), None);
}

/// BC: with AutoDeploy changes of an API trigger a deployment, which is PENDING at first. That every change
/// does, and the second, are assumed.
#[test]
fn a_stage_with_auto_deploy_serves_every_change_a_second_later() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "$default", "AutoDeploy": true}));
    let a = aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a"}));
    assert!(served(&mut aws, &api, "$default").is_empty());
    aws.advance(1);
    assert_eq!(served(&mut aws, &api, "$default"), ["GET /a"]);
    let deployed = stage(&mut aws, &api, "$default");
    let deployment = id(&deployed, "DeploymentId");
    assert_eq!(
        deployed["LastDeploymentStatusMessage"],
        format!("Successfully deployed stage with deployment ID '{deployment}'")
    );
    let deployment = aws.ok("GetDeployment", json!({"ApiId": api, "DeploymentId": deployment}));
    assert_eq!(
        (&deployment["DeploymentStatus"], &deployment["AutoDeployed"]),
        (&json!("DEPLOYED"), &json!(true))
    );
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /b"}));
    aws.ok("DeleteRoute", json!({"ApiId": api, "RouteId": a["RouteId"]}));
    aws.advance(1);
    assert_eq!(served(&mut aws, &api, "$default"), ["GET /b"]);
}

/// BC, Stage: the message describes the last deployment; the words are those of mach-composer 42. That the
/// stage goes on serving what it had is inferred.
#[test]
fn the_deletion_of_the_last_route_is_not_deployed_and_the_stage_says_why() {
    let mut aws = Aws::new();
    let api = aws.api();
    let route = aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a"}));
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "$default", "AutoDeploy": true}));
    aws.advance(1);
    let before = stage(&mut aws, &api, "$default")["DeploymentId"].clone();
    aws.ok("DeleteRoute", json!({"ApiId": api, "RouteId": route["RouteId"]}));
    aws.advance(1);
    let after = stage(&mut aws, &api, "$default");
    assert_eq!(after["LastDeploymentStatusMessage"], format!("Deployment attempt failed: {NO_ROUTES}"));
    assert_eq!(after["DeploymentId"], before);
    assert_eq!(served(&mut aws, &api, "$default"), ["GET /a"]);
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /b"}));
    aws.advance(1);
    assert_eq!(served(&mut aws, &api, "$default"), ["GET /b"]);
    let mended = stage(&mut aws, &api, "$default");
    assert!(id(&mended, "LastDeploymentStatusMessage").starts_with("Successfully deployed stage"));
}

/// BC, AutoDeploy: false by default, and then updates trigger no deployment.
#[test]
fn a_stage_without_auto_deploy_serves_what_it_was_given_last() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a"}));
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "s"}));
    aws.advance(10);
    assert!(served(&mut aws, &api, "s").is_empty());
    let first = aws.ok("CreateDeployment", json!({"ApiId": api, "StageName": "s", "Description": "one"}));
    assert_eq!((&first["DeploymentStatus"], &first["Description"]), (&json!("PENDING"), &json!("one")));
    let first = id(&first, "DeploymentId");
    assert_eq!(stage(&mut aws, &api, "s")["DeploymentId"], json!(first));
    aws.advance(1);
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /b"}));
    aws.advance(1);
    assert_eq!(served(&mut aws, &api, "s"), ["GET /a"]);
    aws.ok("CreateDeployment", json!({"ApiId": api, "StageName": "s"}));
    aws.advance(1);
    assert_eq!(served(&mut aws, &api, "s"), ["GET /a", "GET /b"]);
    assert_eq!(stage(&mut aws, &api, "s").get("LastDeploymentStatusMessage"), None);
    aws.ok("UpdateStage", json!({"ApiId": api, "StageName": "s", "DeploymentId": first}));
    assert_eq!(served(&mut aws, &api, "s"), ["GET /a"]);
}

/// TF api_gateway_deployment: AWS's words, of REST APIs. BC, UpdateDeployment: the description.
#[test]
fn deployments_that_a_stage_serves_cannot_be_deleted() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a"}));
    let made = id(&aws.ok("CreateDeployment", json!({"ApiId": api})), "DeploymentId");
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "s", "DeploymentId": made}));
    let key = json!({"ApiId": api, "DeploymentId": made});
    let message = "Active stages pointing to this deployment must be moved or deleted";
    aws.refuses("DeleteDeployment", key.clone(), "BadRequestException", message);
    let renamed = json!({"ApiId": api, "DeploymentId": made, "Description": "first"});
    assert_eq!(aws.ok("UpdateDeployment", renamed)["Description"], "first");
    aws.ok("DeleteStage", json!({"ApiId": api, "StageName": "s"}));
    aws.ok("DeleteDeployment", key.clone());
    let message = format!("Invalid Deployment identifier specified {made}");
    for operation in ["GetDeployment", "UpdateDeployment", "DeleteDeployment"] {
        aws.refuses(operation, key.clone(), "NotFoundException", &message);
    }
}

/// BC, CreateDeployment: `StageName` is a stage of the API. That AutoDeploy excludes deployments by hand is
/// inferred.
#[test]
fn a_deployment_id_must_exist_and_does_not_go_with_auto_deploy() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a"}));
    let unknown = json!({"ApiId": api, "StageName": "s", "DeploymentId": "none"});
    aws.refuses("CreateStage", unknown, "BadRequestException", "Deployment id does not exist");
    let made = id(&aws.ok("CreateDeployment", json!({"ApiId": api})), "DeploymentId");
    let both = json!({"ApiId": api, "StageName": "s", "DeploymentId": made, "AutoDeploy": true});
    assert_eq!(aws.refused("CreateStage", both).code, "BadRequestException");
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "s", "AutoDeploy": true}));
    let by_hand = json!({"ApiId": api, "StageName": "s"});
    assert_eq!(aws.refused("CreateDeployment", by_hand).code, "BadRequestException");
    let missing = json!({"ApiId": api, "StageName": "t"});
    let message = "Invalid stage identifier specified t";
    aws.refuses("CreateDeployment", missing, "NotFoundException", message);
}

/// BC: `LastDeploymentStatusMessage` is only of stages with AutoDeploy.
#[test]
fn the_message_of_the_last_deployment_goes_with_auto_deploy() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a"}));
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "s", "AutoDeploy": true}));
    aws.advance(1);
    assert!(id(&stage(&mut aws, &api, "s"), "LastDeploymentStatusMessage").starts_with("Successfully"));
    let off = aws.ok("UpdateStage", json!({"ApiId": api, "StageName": "s", "AutoDeploy": false}));
    assert_eq!(off.get("LastDeploymentStatusMessage"), None);
    assert_eq!(served(&mut aws, &api, "s"), ["GET /a"]);
    let on = aws.ok("UpdateStage", json!({"ApiId": api, "StageName": "s", "AutoDeploy": true}));
    assert_ne!(on["DeploymentId"], json!(null));
}

#[test]
fn old_automatic_deployments_are_forgotten() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "$default", "AutoDeploy": true}));
    for n in 0..30 {
        aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": format!("GET /{n}")}));
        aws.advance(1);
    }
    assert_eq!(aws.all("GetDeployments", &json!({"ApiId": api})).len(), 11);
    assert_eq!(served(&mut aws, &api, "$default").len(), 30);
}

/// One step: which call, and which of the stages, routes and deployments it is about; or time passes.
fn step(aws: &mut Aws, api: &str, (operation, n): (u8, u8)) {
    let state = &aws.state().apis[api];
    let pick = |keys: Vec<&String>| {
        keys.get(usize::from(n) % keys.len().max(1)).map_or("none", |key| key.as_str()).to_owned()
    };
    let (route, deployment) = (pick(state.routes.keys().collect()), pick(state.deployments.keys().collect()));
    let stage = format!("s{}", n % 3);
    let (name, input) = match operation % 9 {
        0 => ("CreateStage", json!({"ApiId": api, "StageName": stage, "AutoDeploy": n % 2 == 0})),
        1 => ("UpdateStage", json!({"ApiId": api, "StageName": stage, "AutoDeploy": n % 5 == 0})),
        2 => ("UpdateStage", json!({"ApiId": api, "StageName": stage, "DeploymentId": deployment})),
        3 => ("DeleteStage", json!({"ApiId": api, "StageName": stage})),
        4 => ("CreateDeployment", json!({"ApiId": api, "StageName": stage})),
        5 => ("DeleteDeployment", json!({"ApiId": api, "DeploymentId": deployment})),
        6 => ("CreateRoute", json!({"ApiId": api, "RouteKey": format!("GET /{n}")})),
        7 => ("DeleteRoute", json!({"ApiId": api, "RouteId": route})),
        _ => return aws.world.clock.advance(std::time::Duration::from_millis(u64::from(n) * 10)),
    };
    // Many are refused; what matters is what they leave behind.
    let _refused: Result<Value, _> = aws.call(name, input);
}

proptest! {
    /// Deployments are looked at when the next of them is due, and it is as if they always were: none that is
    /// done waits to serve, whatever comes in between.
    #[test]
    fn no_deployment_that_is_done_is_still_pending(steps in prop::collection::vec(any::<(u8, u8)>(), 1..60)) {
        let mut aws = Aws::new();
        let api = aws.api();
        aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /"}));
        for one in steps {
            step(&mut aws, &api, one);
            let now: SimTime = aws.world.clock.now();
            let waiting = aws.state().apis[&api].deployments.values().filter(|deployment| {
                deployment.done_at <= now
                    && (deployment.deployment_status == "PENDING" || !deployment.targets.is_empty())
            });
            prop_assert_eq!(waiting.count(), 0);
        }
    }
}
