//! Step 4: a new version rolls out while a client sends requests all the time.

use std::time::Instant;

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::ListParams;
use serde_json::json;

use super::error::DemoError;
use super::load::{Load, Tally};
use super::object::SERVICE;
use super::outside::Outside;
use super::setup::{Demo, Look};
use super::{NAMESPACE, path};

/// What the client asks for.
pub const PATH: &str = "/orders/42";
/// The tag of the new image.
const NEW: &str = "1.5.0";
/// How many requests the client sends at least.
const REQUESTS: usize = 600;
/// So many are answered before anything is changed, and by the new version alone after it.
const CALM: usize = 50;

/// No request fails, and in the end the new version answers all of them.
pub async fn rolls(demo: &Demo<'_>, outside: &Outside) -> Result<(), DemoError> {
    let seen = SERVICE.get(&demo.client).await?;
    let old = seen.as_ref().map(|seen| seen.text("/spec/image")).unwrap_or_default();
    let new = retagged(old, NEW);
    let patch = json!({"spec": {"image": new}}).to_string();
    let args = ["patch", SERVICE.plural, SERVICE.name, "-n", NAMESPACE, "--type=merge", "-p", &patch];
    let command = format!("kubectl patch gws {} … image: {new}", SERVICE.name);
    demo.screen.step(4, "A release rolls while requests run", &command);
    let load = Load::start(outside, PATH);
    demo.until("requests to be answered", async || Ok(calm(&load.tally()))).await?;
    let since = Instant::now();
    demo.kubectl.run(&args).await?;
    let mut first = false;
    demo.until("the new version to answer all requests", async || {
        let tally = load.tally();
        unharmed(demo, &tally)?;
        if !first && tally.versions.contains_key(NEW) {
            first = true;
            demo.screen.fact(since.elapsed(), "First answer", &format!("from {NEW}"));
        }
        rolled(demo, &tally, &new).await
    })
    .await?;
    demo.screen.fact(since.elapsed(), "Ready", "the pods of the old version are gone");
    told(demo, since, &load.stop().await)
}

fn calm(tally: &Tally) -> Look<()> {
    match tally.requests >= CALM {
        true => Look::There(()),
        false => Look::NotYet(tally.words()),
    }
}

/// Whether nothing of the old version is left and the new one answers.
async fn rolled(demo: &Demo<'_>, tally: &Tally, image: &str) -> Result<Look<()>, DemoError> {
    let pods = pods(demo).await?;
    let old = pods.iter().filter(|pod| !runs(pod, image)).count();
    let seen = SERVICE.get(&demo.client).await?;
    let ready = seen.as_ref().is_some_and(|seen| seen.holds("Ready").is_some());
    let (version, streak) = &tally.streak;
    let answers = version == NEW && *streak >= CALM && tally.requests >= REQUESTS;
    Ok(match ready && old == 0 && answers {
        true => Look::There(()),
        false => Look::NotYet(format!(
            "{old} pods of the old version, {}, {}",
            tally.words(),
            seen.map(|seen| seen.ready_words()).unwrap_or_default()
        )),
    })
}

/// Shows how many requests there were; fails if any of them did.
pub fn told(demo: &Demo<'_>, since: Instant, tally: &Tally) -> Result<(), DemoError> {
    unharmed(demo, tally)?;
    let message = format!("{} ({})", tally.words(), tally.versions_words());
    demo.screen.fact(since.elapsed(), "The client", &message);
    Ok(())
}

/// Fails if a request did, with its way. To be asked often: awsim forgets the ways of old requests.
pub fn unharmed(demo: &Demo<'_>, tally: &Tally) -> Result<(), DemoError> {
    let Some(first) = &tally.first_failure else { return Ok(()) };
    let way = match &first.request_id {
        Some(id) => path::way(demo, id).unwrap_or_else(|e| e.to_string()),
        None => "it reached no API".to_owned(),
    };
    Err(DemoError::Broken(format!("no request may fail: {}; the first: {}, {way}", tally.words(), first.why)))
}

/// Every pod of the services' namespace, those that are going too.
pub async fn pods(demo: &Demo<'_>) -> Result<Vec<Pod>, DemoError> {
    let api: Api<Pod> = Api::namespaced(demo.client.clone(), NAMESPACE);
    Ok(api.list(&ListParams::default()).await.map_err(DemoError::kube("list pods"))?.items)
}

fn runs(pod: &Pod, image: &str) -> bool {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    pod.metadata.deletion_timestamp.is_none()
        && containers.into_iter().any(|c| c.image.as_deref() == Some(image))
}

/// The image with another tag.
fn retagged(image: &str, tag: &str) -> String {
    let name = image.rfind('/').map_or(0, |at| at + 1);
    let end = image[name..].find(':').map_or(image.len(), |at| name + at);
    format!("{}:{tag}", &image[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrys_port_is_no_tag() {
        assert_eq!(
            retagged("registry.example.com:5000/shop/orders:1.4.2", "2"),
            "registry.example.com:5000/shop/orders:2"
        );
        assert_eq!(retagged("orders", "2"), "orders:2");
    }
}
