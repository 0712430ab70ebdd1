//! Issuers of tokens: their discovery document and keys, when a request needs them and when an
//! authorizer is made.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::Value;

use super::Question;
use super::fetch::{self, Limits};
use super::keys::KeySet;
use crate::clock::Clock;
use crate::datapath::outside::Outside;
use crate::datapath::with;
use crate::wire::Request;
use crate::world::SharedWorld;

/// An issuer has 1,500 ms for each of both documents, and 150,000 bytes for the keys (HQ); that the
/// size holds for the discovery document, too, is an assumption.
const LIMITS: Limits = Limits { time: Duration::from_millis(1500), size: 150_000 };

/// Why there are no keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// As the client is told (authorizer errors in an Okta sample's issue, and in vitur's client,
    /// which looks for both).
    pub description: &'static str,
    /// What went wrong.
    pub why: String,
}

impl Unknown {
    fn discovery(why: impl Into<String>) -> Unknown {
        Unknown { description: "OIDC discovery endpoint communication error", why: why.into() }
    }

    fn keys(why: impl Into<String>) -> Unknown {
        Unknown { description: "JWKS communication error", why: why.into() }
    }
}

/// The keys of an issuer: those that are kept, or what it says now.
pub(super) async fn keys(question: &Question<'_>, issuer: &str) -> Result<Arc<KeySet>, Unknown> {
    let now = question.clock.now();
    if let Some(keys) = question.api(|api| api.kept.keys(issuer, now)).flatten() {
        return Ok(keys);
    }
    let outside = with(question.world, |w| w.outside.clone());
    let keys = Arc::new(ask(&outside, &question.clock, issuer).await?);
    question.api(|api| api.kept.keep_keys(issuer, keys.clone(), question.clock.now()));
    Ok(keys)
}

/// Asks for the discovery document, and where that says for the keys.
async fn ask(outside: &Outside, clock: &Clock, issuer: &str) -> Result<KeySet, Unknown> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let place = outside.of_url(&url).ok_or_else(|| {
        Unknown::discovery(format!("no issuer {issuer} here: add it to apiGateway.issuers"))
    })?;
    let document = fetch::fetch(clock, &place, None, LIMITS).await.map_err(Unknown::discovery)?;
    let document: Value = serde_json::from_slice(&document)
        .map_err(|e| Unknown::discovery(format!("{url} is no discovery document: {e}")))?;
    let url = document["jwks_uri"]
        .as_str()
        .ok_or_else(|| Unknown::discovery(format!("the discovery document {url} has no jwks_uri")))?;
    let place = outside
        .of_url(url)
        .ok_or_else(|| Unknown::keys(format!("nothing serves {url} here: add it to apiGateway.issuers")))?;
    let keys = fetch::fetch(clock, &place, None, LIMITS).await.map_err(Unknown::keys)?;
    KeySet::read(&keys).map_err(|why| Unknown::keys(format!("{url}: {why}")))
}

/// Asks the issuers that a call of API Gateway speaks of, and notes which of them do not answer:
/// CreateAuthorizer asks for both documents before it is done (design notes of webbpulse: AWS's
/// requests came in the seconds before the answer). Handlers do no IO, so this comes before them.
pub async fn visit(world: &SharedWorld, request: &Request) {
    let changes = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
    if !changes || !request.path.starts_with("/v2/apis") {
        return;
    }
    let (outside, clock) = with(world, |w| match w.outside.issuers.is_empty() {
        true => (Outside::default(), w.clock.clone()),
        false => (w.outside.clone(), w.clock.clone()),
    });
    let text = String::from_utf8_lossy(&request.body);
    for issuer in outside.issuers.keys().filter(|issuer| text.contains(issuer.trim_end_matches('/'))) {
        let answer = ask(&outside, &clock, issuer).await;
        let issuer = issuer.trim_end_matches('/').to_owned();
        with(world, |w| match answer {
            Ok(_) => w.outside.silent.remove(&issuer),
            Err(unknown) => w.outside.silent.insert(issuer, unknown.why),
        });
    }
}

/// Why no authorizer can be made of an issuer, in AWS's words (as webbpulse's Terraform was refused).
/// Without any issuer configured, every one may be real.
pub fn refused(outside: &Outside, issuer: &str) -> Option<String> {
    if outside.issuers.is_empty() {
        return None;
    }
    let bare = issuer.trim_end_matches('/');
    let known = outside.issuers.keys().any(|key| key.trim_end_matches('/') == bare);
    if known && !outside.silent.contains_key(bare) {
        return None;
    }
    const PATH: &str = "/.well-known/openid-configuration";
    Some(format!(
        "Caught exception when connecting to {bare}{PATH} for issuer {issuer}. Please try again later. \
         Error: Invalid issuer: {issuer}. Issuer must have a valid discovery endpoint ended with '{PATH}'"
    ))
}
