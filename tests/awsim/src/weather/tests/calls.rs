//! What becomes of calls, as the pipeline serves them.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};

use crate::clock::{Clock, SimTime};
use crate::pipeline::{Pipeline, Served};
use crate::recorder::{self, Entry};
use crate::reset::{Seed, Start};
use crate::tables;
use crate::weather::answer::{action, server_error};
use crate::weather::exhausted;
use crate::weather::{Effect, Forecast, Hang, Rule, Slow, Stale};
use crate::wire::Request;
use crate::world::Options;

const VPC: &str = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.1.0.0/16";

fn pipeline() -> Pipeline {
    let start =
        Start { id_seed: 1, options: Options::default(), seed: Seed::Nothing, weather: Forecast::default() };
    Pipeline::new(Clock::manual(SimTime(1_800_000_000_000)), start).unwrap()
}

fn post(pipeline: &Pipeline, service: &str, form: &str) -> Served {
    let signature = format!(
        "AWS4-HMAC-SHA256 Credential=test/20261121/eu-central-1/{service}/aws4_request, SignedHeaders=host, \
         Signature=00"
    );
    let headers =
        HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_str(&signature).unwrap())]);
    let (path, query, body) = ("/".to_owned(), String::new(), Bytes::copy_from_slice(form.as_bytes()));
    pipeline.call(&Request { method: Method::POST, path, query, headers, body })
}

/// Makes a VPC in weather of one effect: what is served, what is recorded, how many VPCs there are.
fn vpc_in(effect: Effect) -> (Served, Entry, usize) {
    let pipeline = pipeline();
    pipeline.weather.inject(Rule::all(effect));
    let served = post(&pipeline, "ec2", VPC);
    let mut world = pipeline.world.lock().unwrap();
    let vpcs = world.call("123456789012", "eu-central-1").region.ec2.vpcs.len();
    (served, pipeline.recorder.since(0).remove(0), vpcs)
}

#[test]
fn a_call_that_is_refused_takes_no_effect_and_the_recorder_says_why() {
    for (effect, name, status, code) in [
        (Effect::Throttle, "throttle", 503, "RequestLimitExceeded"),
        (Effect::Unavailable, "unavailable", 503, "503"),
        (Effect::AccessDenied, "access_denied", 403, "UnauthorizedOperation"),
        (Effect::QuotaExhausted, "quota_exhausted", 400, "VpcLimitExceeded"),
        (Effect::refuse(418, "Teapot", "no"), "refuse", 418, "Teapot"),
    ] {
        let (served, entry, vpcs) = vpc_in(effect);
        assert_eq!((served.reply.unwrap().status, vpcs), (status, 0), "{name}");
        assert_eq!((entry.outcome.code.as_deref(), entry.outcome.delivered), (Some(code), true), "{name}");
        assert_eq!(entry.weather, Some(name));
    }
    let (served, entry, vpcs) = vpc_in(Effect::ServerError);
    assert!(served.reply.unwrap().status >= 500 && vpcs == 0 && entry.weather == Some("server_error"));
}

#[test]
fn a_call_without_an_answer_took_effect_or_not() {
    let hang = |committed| Effect::Hang(Hang { seconds: 7.0, committed });
    for (effect, name, code, vpcs, wait) in [
        (Effect::Reset, "reset", Some("ConnectionReset"), 0, 0),
        (Effect::LoseReply, "lose_reply", None, 1, 0),
        (hang(false), "hang", Some("Unanswered"), 0, 7),
        (hang(true), "hang", None, 1, 7),
    ] {
        let (served, entry, made) = vpc_in(effect);
        assert_eq!((served.reply, served.wait, made), (None, Duration::from_secs(wait), vpcs), "{name}");
        assert_eq!((entry.outcome.code.as_deref(), entry.outcome.delivered), (code, false), "{name}");
        assert_eq!(entry.weather, Some(name));
    }
}

#[test]
fn an_error_gets_lost_like_any_other_answer() {
    let pipeline = pipeline();
    pipeline.weather.inject(Rule::all(Effect::LoseReply));
    let served = post(&pipeline, "ec2", "Action=DeleteVpc&Version=2016-11-15&VpcId=vpc-00000000000000000");
    let entry = pipeline.recorder.since(0).remove(0);
    assert_eq!((served.reply, entry.outcome.code.as_deref()), (None, Some("InvalidVpcID.NotFound")));
}

#[test]
fn a_slow_answer_waits_and_is_otherwise_as_it_would_be() {
    let (served, entry, vpcs) = vpc_in(Effect::Slow(Slow { min_ms: 20, max_ms: 20 }));
    assert_eq!((served.reply.unwrap().status, served.wait, vpcs), (200, Duration::from_millis(20), 1));
    assert_eq!((entry.weather, entry.outcome.code), (Some("slow"), None));
}

#[test]
fn a_stale_call_sees_what_was_whether_or_not_consistency_is_on() {
    let pipeline = pipeline();
    let vpcs = || {
        let served = post(&pipeline, "ec2", "Action=DescribeVpcs&Version=2016-11-15");
        String::from_utf8(served.reply.unwrap().body).unwrap().matches("<vpcId>").count()
    };
    let stale = |seconds| Effect::Stale(Stale { seconds });
    pipeline.weather.inject(Rule::of("ec2", "DescribeVpcs", stale(5.0)).skip(1).times(2));
    post(&pipeline, "ec2", VPC);
    pipeline.clock.advance(Duration::from_secs(3));
    assert_eq!(vpcs(), 1);
    assert_eq!(vpcs(), 0);
    assert_eq!(pipeline.recorder.since(0).pop().unwrap().weather, Some("stale"));
    pipeline.clock.advance(Duration::from_secs(3));
    assert_eq!(vpcs(), 1);
    assert_eq!(pipeline.weather.rules(), []);
}

#[test]
fn a_stale_change_does_not_find_what_is_new() {
    let pipeline = pipeline();
    pipeline.weather.inject(Rule::of("ec2", "CreateSubnet", Effect::Stale(Stale { seconds: 5.0 })).times(1));
    let made = String::from_utf8(post(&pipeline, "ec2", VPC).reply.unwrap().body).unwrap();
    let vpc = made.split("<vpcId>").nth(1).unwrap().split('<').next().unwrap();
    pipeline.clock.advance(Duration::from_secs(1));
    let subnet = format!("Action=CreateSubnet&Version=2016-11-15&CidrBlock=10.1.1.0/24&VpcId={vpc}");
    post(&pipeline, "ec2", &subnet);
    let call = pipeline.recorder.since(0).pop().unwrap();
    assert_eq!((call.outcome.code.as_deref(), call.weather), (Some("InvalidVpcID.NotFound"), Some("stale")));
    assert_eq!(post(&pipeline, "ec2", &subnet).reply.unwrap().status, 200);
}

#[test]
fn fair_weather_is_not_recorded_and_a_real_throttle_is_told_from_a_simulated_one() {
    let pipeline = pipeline();
    let burst = (0..60).map(|_| post(&pipeline, "ec2", "Action=CreateVpc&Version=2016-11-15"));
    assert_eq!(burst.last().unwrap().reply.unwrap().status, 503);
    let last = pipeline.recorder.since(0).pop().unwrap();
    assert_eq!((last.outcome.code.as_deref(), last.weather), (Some("RequestLimitExceeded"), None));
}

/// Elastic Load Balancing API reference, Common Errors, and botocore's models; see [`server_error`].
#[test]
fn every_service_has_errors_of_its_own_that_are_5xx() {
    let codes = |service| [0.0, 0.9].map(|drawn| server_error(service, drawn).code);
    assert_eq!(codes("ec2"), ["InternalError", "Unavailable"]);
    assert_eq!(codes("elbv2"), ["InternalFailure", "ServiceUnavailable"]);
    assert_eq!(codes("apigatewayv2"), ["InternalFailure", "ServiceUnavailableException"]);
    assert_eq!(codes("secretsmanager"), ["InternalServiceError"; 2]);
    for service in tables::services() {
        for drawn in [0.0, 0.9] {
            let fault = server_error(&service.name, drawn);
            assert!(fault.status >= 500 && !fault.message.is_empty(), "{}: {fault}", service.name);
        }
    }
}

#[test]
fn exhausted_quotas_spare_what_uses_up_none_and_are_whole_again_for_the_next_call() {
    let pipeline = pipeline();
    pipeline.weather.inject(Rule::all(Effect::QuotaExhausted).times(1));
    post(&pipeline, "ec2", "Action=DescribeVpcs&Version=2016-11-15");
    for (code, weather) in [(Some("VpcLimitExceeded"), Some("quota_exhausted")), (None, None)] {
        post(&pipeline, "ec2", VPC);
        let call = pipeline.recorder.since(0).pop().unwrap();
        assert_eq!((call.outcome.code.as_deref(), call.weather), (code, weather));
    }
}

#[test]
fn no_read_uses_up_a_quota() {
    let of = |service: &tables::Service| {
        let names =
            service.operations.keys().filter(|name| !exhausted::quotas(&service.name, name).is_empty());
        names.cloned().collect::<Vec<_>>()
    };
    let all: Vec<String> = tables::services().iter().flat_map(of).collect();
    // As many as there are names in the tables there: each of them is served.
    assert_eq!(all.len(), 37, "{all:?}");
    assert!(all.iter().all(|name| recorder::mutating(name)), "{all:?}");
}

/// Service authorization reference: the prefixes of actions.
#[test]
fn a_denial_names_the_action() {
    for (service, operation, expected) in [
        ("ec2", "CreateVpc", "ec2:CreateVpc"),
        ("elbv2", "CreateRule", "elasticloadbalancing:CreateRule"),
        ("apigatewayv2", "CreateApi", "apigateway:POST"),
        ("resourcegroupstaggingapi", "GetResources", "tag:GetResources"),
        ("cloudwatch", "PutMetricAlarm", "cloudwatch:PutMetricAlarm"),
        ("secretsmanager", "GetSecretValue", "secretsmanager:GetSecretValue"),
    ] {
        let table = tables::service(service).unwrap();
        assert_eq!(action(table, operation, &table.operations[operation]), expected);
    }
}
