//! The proxy itself, with a client of its own before the real API server.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ObjectMeta, PostParams, WatchEvent, WatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client};
use tokio::time::timeout;

use super::{Effect, Proxy, Reach, Rule};
use crate::support::operator::until;
use crate::support::{lab, namespace};

const MAPS: &str = "/api/v1/namespaces/*/configmaps";
const SHORT: Duration = Duration::from_millis(300);

/// A proxy, what is seen through it, and what is there.
async fn through() -> (Proxy, Api<ConfigMap>, Api<ConfigMap>) {
    let direct = crate::support::client().await;
    let namespace = namespace(&direct, "proxy").await;
    let proxy = Proxy::start(lab().await).await;
    let read = Kubeconfig::read_from(proxy.kubeconfig()).expect("a kubeconfig");
    let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await;
    let mut config = config.expect("a configuration");
    config.default_retry = false;
    let client = Client::try_from(config).expect("a client");
    (proxy, Api::namespaced(client, &namespace), Api::namespaced(direct, &namespace))
}

async fn create(api: &Api<ConfigMap>, name: &str) -> kube::Result<ConfigMap> {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    api.create(&PostParams::default(), &ConfigMap { metadata, ..ConfigMap::default() }).await
}

async fn exists(api: &Api<ConfigMap>, name: &str) -> bool {
    api.get_opt(name).await.expect("an answer").is_some()
}

#[tokio::test]
async fn a_request_is_refused_or_its_reply_lost_or_late_as_the_rules_say() {
    let (proxy, api, direct) = through().await;
    let refusals = [
        (Effect::conflict(), 409),
        (Effect::expired(), 410),
        (Effect::too_many_requests(1), 429),
        (Effect::internal_error(), 500),
        (Effect::unavailable(), 503),
    ];
    for (effect, code) in refusals {
        proxy.set(0, vec![Rule::of("POST", MAPS, effect).times(1)]);
        let refused = create(&api, "a").await.expect_err("a refusal");
        assert!(matches!(&refused, kube::Error::Api(status) if status.code == code), "{refused:?}");
    }
    for (effect, done) in [(Effect::Reset, false), (Effect::LoseReply, true)] {
        proxy.set(0, vec![Rule::writes(effect).times(1)]);
        let error = create(&api, "b").await.expect_err("no answer");
        assert!(!matches!(error, kube::Error::Api(_)), "{error:?}");
        assert_eq!(exists(&direct, "b").await, done);
    }
    for (name, committed) in [("c", false), ("d", true)] {
        proxy.set(0, vec![Rule::writes(Effect::Hang { committed }).times(1)]);
        let asked = tokio::spawn({
            let api = api.clone();
            async move { create(&api, name).await }
        });
        until("it hangs", || async { if proxy.hanging() == 1 { Ok(()) } else { Err(String::new()) } }).await;
        assert_eq!(exists(&direct, name).await, committed);
        proxy.cut();
        asked.await.expect("it ended").expect_err("no answer");
        assert_eq!(proxy.hanging(), 0);
    }
    proxy.set(0, vec![Rule::reads(Effect::Delay(SHORT)).but("*/d")]);
    let begin = std::time::Instant::now();
    assert!(exists(&api, "b").await && begin.elapsed() >= SHORT);
    proxy.clear();
    assert_eq!(proxy.rules(), []);

    let since = proxy.latest();
    create(&api, "e").await.expect("handed on");
    let seen = proxy.seen_since(since).pop().expect("a request");
    assert_eq!((seen.number, &*seen.asked.method, seen.status), (since + 1, "POST", Some(201)));
}

#[tokio::test]
async fn a_watch_ends_or_is_too_old_or_freezes_as_the_rules_say() {
    let (proxy, api, direct) = through().await;
    let params = WatchParams::default().disable_bookmarks().fields("metadata.name=w");
    let watch = async || api.watch(&params, "0").await.expect("a watch").boxed();
    let mut plain = watch().await;
    proxy.set(0, vec![Rule::watches(Effect::Freeze)]);
    let mut frozen = watch().await;
    proxy.set(0, vec![Rule::watches(Effect::EndWatch(SHORT))]);
    let mut ends = watch().await;
    proxy.set(0, vec![Rule::watches(Effect::Gone)]);
    let mut old = watch().await;
    proxy.clear();

    create(&direct, "w").await.expect("made");
    let event = plain.try_next().await.expect("an event");
    assert!(matches!(event, Some(WatchEvent::Added(_))), "{event:?}");
    timeout(SHORT, frozen.try_next()).await.expect_err("nothing comes");
    while ends.try_next().await.expect("an end in order").is_some() {}
    let event = old.try_next().await.expect("an event");
    assert!(matches!(&event, Some(WatchEvent::Error(status)) if status.code == 410), "{event:?}");

    proxy.cut();
    for cut in [&mut plain, &mut frozen] {
        assert!(!matches!(timeout(SHORT, cut.try_next()).await.expect("it ended"), Ok(Some(_))));
    }
}

#[tokio::test]
async fn the_api_server_is_away_and_comes_back() {
    let (proxy, api, direct) = through().await;
    let params = WatchParams::default().disable_bookmarks().fields("metadata.name=s");
    let mut watch = api.watch(&params, "0").await.expect("a watch").boxed();
    proxy.reach(Reach::Silent);
    create(&direct, "s").await.expect("made");
    timeout(SHORT, watch.try_next()).await.expect_err("nothing comes");
    timeout(SHORT, create(&api, "t")).await.expect_err("no answer");
    assert!(!exists(&direct, "t").await);
    proxy.reach(Reach::Open);
    let event = watch.try_next().await.expect("what happened meanwhile");
    assert!(matches!(event, Some(WatchEvent::Added(_))), "{event:?}");

    proxy.reach(Reach::Refused);
    let error = create(&api, "u").await.expect_err("no connection");
    assert!(!matches!(error, kube::Error::Api(_)), "{error:?}");
    proxy.reach(Reach::Open);
    create(&api, "u").await.expect("handed on");
    assert!(exists(&direct, "u").await);
}
