//! AWS_IAM: the request carries a signature for the service `execute-api`. Every refusal of an HTTP
//! API reads `Forbidden`; the trace tells them apart. Presigned URLs are not read here.
//!
//! Whoever signs well, belongs to the API's account and is allowed `execute-api:Invoke` on what the request
//! asks for may call it. Others may not: HTTP APIs have no resource policies, so that callers from other accounts must
//! assume a role of the API's (AGD, "Control access to HTTP APIs with IAM authorization").

use serde_json::json;

use super::{Identity, event};
use crate::apigatewayv2::Route;
use crate::caller::Caller;
use crate::datapath::plan::{Asked, Found};
use crate::datapath::refusal::Refusal;
use crate::iam::action::Need;
use crate::pipeline;
use crate::sts;
use crate::wire::Request;
use crate::world::World;

/// The service that requests to APIs are signed for.
const SERVICE: &str = "execute-api";

/// Lets a well signed request pass; who signed becomes context variables (AGD, logging variables).
pub fn check(world: &mut World, asked: &Asked, found: &Found, route: &Route) -> Result<Identity, Refusal> {
    let refuse = |why: String| Refusal::forbidden(format!("'{}': {why}", route.route_key));
    let request = Request {
        method: asked.method.clone(),
        path: asked.path.clone(),
        query: asked.query.clone().unwrap_or_default(),
        headers: asked.headers.clone(),
        body: asked.body.clone(),
    };
    if request.query.contains("X-Amz-Signature=") {
        return Err(refuse("awsim does not read presigned URLs of APIs".to_owned()));
    }
    let caller = Caller::of(&request).map_err(|fault| refuse(format!("AWS_IAM: {}", fault.message)))?;
    let region = &found.way.region;
    if (caller.signing_name.as_str(), &caller.region) != (SERVICE, region) {
        let scope = format!("{}/{}", caller.region, caller.signing_name);
        return Err(refuse(format!("signed for {scope}, not for {region}/{SERVICE}")));
    }
    pipeline::signed(world, &request, &caller)
        .map_err(|refused| refuse(format!("the signature of {}: {refused:?}", caller.access_key)))?;
    let now = world.clock.now();
    world.sts.check(&caller.access_key, now).map_err(|fault| refuse(fault.message))?;
    if caller.account != found.way.account {
        let why = format!(
            "{} is of account {}, the API of {}",
            caller.access_key, caller.account, found.way.account
        );
        return Err(refuse(why));
    }
    let principal = world.sts.principal(&caller.access_key, &caller.account);
    let grants = world.iam.of(&principal, region, now);
    let need = Need::new("execute-api:Invoke", event::arn(asked, found));
    grants.ask("apigatewayv2", &need, &|| None, &mut Vec::new()).map_err(|denied| refuse(denied.message))?;
    Ok(identity(world, &caller))
}

fn identity(world: &mut World, caller: &Caller) -> Identity {
    let mut call = world.call(&caller.account, &caller.region);
    call.access_key = &caller.access_key;
    let known = sts::handler("GetCallerIdentity").and_then(|who| who(&mut call, &json!({})).ok());
    let part = |name: &str| known.as_ref().and_then(|k| k[name].as_str()).unwrap_or_default().to_owned();
    [
        ("identity.accessKey", caller.access_key.clone()),
        ("identity.accountId", part("Account")),
        ("identity.caller", part("UserId")),
        ("identity.user", part("UserId")),
        ("identity.userArn", part("Arn")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
