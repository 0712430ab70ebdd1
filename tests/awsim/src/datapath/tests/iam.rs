//! Routes with AWS_IAM: AGD, "Control access to HTTP APIs with IAM authorization".

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use serde_json::{Value, json};

use super::access_log::{last, log};
use super::lab::{Answer, Lab, said};
use crate::iam::policy::Policy;
use crate::seed::{ACCOUNT, REGION};
use crate::{signature, sts, wire};

const SECRET: &str = "wJalrXUtnFEMI";

async fn lab() -> Lab {
    let lab = Lab::with_routes(&[]).await;
    lab.route("POST /iam/{id}", json!({"AuthorizationType": "AWS_IAM"}));
    lab.advance(1);
    lab.server.with_world(|w| w.options.secret = Some(SECRET.to_owned()));
    lab
}

/// Who signs, for what and when.
struct Signer<'a> {
    key: &'a str,
    secret: &'a str,
    token: Option<&'a str>,
    scope: (&'a str, &'a str),
    now: SystemTime,
}

fn signer<'a>() -> Signer<'a> {
    let scope = (REGION, "execute-api");
    Signer { key: "AKIAEXAMPLE", secret: SECRET, token: None, scope, now: SystemTime::now() }
}

impl Signer<'_> {
    async fn send(&self, lab: &Lab) -> Answer {
        let body = Bytes::from_static(b"{}");
        let mut signed = wire::Request {
            method: Method::POST,
            path: "/iam/a%20b".to_owned(),
            query: "q=1&p=%2F".to_owned(),
            headers: HeaderMap::from_iter([(http::header::HOST, lab.host().parse().unwrap())]),
            body: body.clone(),
        };
        signature::sign(&mut signed, self.key, self.secret, self.scope, self.now);
        let mut request = Request::post("/iam/a%20b?q=1&p=%2F");
        for (name, value) in &signed.headers {
            request = request.header(name, value);
        }
        if let Some(token) = self.token {
            request = request.header("x-amz-security-token", token);
        }
        lab.send_body(request, body).await
    }

    /// Expects 403 and gives the trace's reason.
    async fn refused(&self, lab: &Lab) -> String {
        assert_eq!(self.send(lab).await.refusal(), said(403, "Forbidden"));
        lab.trace().why.unwrap()
    }
}

/// The variables: AGD, logging variables.
#[tokio::test]
async fn a_well_signed_request_passes_and_its_sender_is_known() {
    let lab = lab().await;
    log(&lab, &["status", "identity.accountId", "identity.userArn", "identity.accessKey"]);
    assert_eq!(signer().send(&lab).await.status, 200);
    assert_eq!(last(&lab), format!("200|{ACCOUNT}|arn:aws:iam::{ACCOUNT}:user/awsim|AKIAEXAMPLE"));
}

#[tokio::test]
async fn every_flaw_of_a_signature_is_forbidden() {
    let lab = lab().await;
    let wrong = Signer { secret: "other", ..signer() }.refused(&lab).await;
    assert_eq!(wrong, "'POST /iam/{id}': the signature of AKIAEXAMPLE: Mismatch");
    let late = Signer { now: SystemTime::now() - Duration::from_secs(600), ..signer() }.refused(&lab).await;
    assert!(late.contains("Signature expired"), "{late}");
    let service = Signer { scope: (REGION, "apigateway"), ..signer() }.refused(&lab).await;
    assert!(service.ends_with("signed for eu-central-1/apigateway, not for eu-central-1/execute-api"));
    let region = Signer { scope: ("eu-west-1", "execute-api"), ..signer() }.refused(&lab).await;
    assert!(region.ends_with("signed for eu-west-1/execute-api, not for eu-central-1/execute-api"));
    assert_eq!(lab.send(Request::post("/iam/1")).await.refusal(), said(403, "Forbidden"));
    assert!(lab.trace().why.unwrap().ends_with("Request is missing Authentication Token"));
    let half = Request::post("/iam/1").header("authorization", "AWS4-HMAC-SHA256 Credential=AKIA/x");
    assert_eq!(lab.send(half).await.refusal(), said(403, "Forbidden"));
    let presigned = Request::post("/iam/1?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0");
    assert_eq!(lab.send(presigned).await.refusal(), said(403, "Forbidden"));
    assert!(lab.trace().why.unwrap().ends_with("awsim does not read presigned URLs of APIs"));
}

/// HTTP APIs have no resource policies: another account's callers assume a role of the API's.
#[tokio::test]
async fn callers_of_another_account_are_forbidden() {
    let lab = lab().await;
    let other = Signer { key: "AKIA111122223333TEST", ..signer() }.refused(&lab).await;
    assert!(other.ends_with("AKIA111122223333TEST is of account 111122223333, the API of 123456789012"));
}

#[tokio::test]
async fn a_roles_session_may_call_until_it_ends() {
    let lab = lab().await;
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/caller");
    let input = json!({"RoleArn": arn, "RoleSessionName": "s", "DurationSeconds": 900});
    let given: Value = lab
        .server
        .with_world(|w| sts::handler("AssumeRole").unwrap()(&mut w.call(ACCOUNT, REGION), &input).unwrap());
    let part = |name: &str| given["Credentials"][name].as_str().unwrap();
    let (key, secret, token) = (part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken"));
    let session = || Signer { key, secret, token: Some(token), ..signer() };
    log(&lab, &["status", "identity.userArn"]);
    assert_eq!(session().send(&lab).await.status, 200);
    assert_eq!(last(&lab), format!("200|arn:aws:sts::{ACCOUNT}:assumed-role/caller/s"));
    let without = Signer { token: None, ..session() }.refused(&lab).await;
    assert!(without.ends_with("UnknownKey"), "{without}");
    lab.advance(900);
    assert!(session().refused(&lab).await.contains("expired"));
}

/// As with calls of AWS: without a secret any well formed signature of a long-term key will do.
#[tokio::test]
async fn without_a_known_secret_any_signature_of_the_form_passes() {
    let lab = lab().await;
    lab.server.with_world(|w| w.options.secret = None);
    assert_eq!(Signer { secret: "any", ..signer() }.send(&lab).await.status, 200);
}

/// AGD, IAM authorization: the caller's policy must allow `execute-api:Invoke` on the API's ARN.
#[tokio::test]
async fn who_signs_well_needs_a_policy_that_allows_the_request() {
    let lab = lab().await;
    let attach = |resource: &str| {
        let resource = format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{resource}");
        let allow = json!({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource});
        let policy = Policy::read(&json!({"Version": "2012-10-17", "Statement": allow})).unwrap();
        lab.server.with_world(|w| w.iam.attach("AKIAEXAMPLE", policy));
    };
    attach("*/*/GET/iam/*");
    let why = signer().refused(&lab).await;
    assert!(why.contains("is not authorized to perform: execute-api:Invoke on resource: arn:aws:"), "{why}");
    attach("*/$default/POST/iam/*");
    assert_eq!(signer().send(&lab).await.status, 200);
}
