//! Who has which policies, over the network and by the Rust API.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{allow, policy};
use crate::iam::grants::EVERYONE;
use crate::iam::policy::Policy;
use crate::seed::VPC;
use crate::server::{Config, Seed, Server};
use crate::world::Options;

const EC2: &str = "Version=2016-11-15&Action";
const DENIED: &str = "<Code>UnauthorizedOperation</Code>";

async fn start(policies: Vec<(&str, Policy)>) -> Server {
    let policies = policies.into_iter().map(|(who, policy)| (who.to_owned(), policy)).collect();
    let options = Options { throttling: false, policies, ..Options::default() };
    Server::start(Config { options, ..Config::default() }).await.unwrap()
}

/// Sends a form and gives the whole answer. `key` may carry a token: `KEY TOKEN`.
async fn send(server: &Server, key: &str, service: &str, form: &str) -> String {
    let (key, token) = key.split_once(' ').unwrap_or((key, ""));
    let token = if token.is_empty() { String::new() } else { format!("x-amz-security-token: {token}\r\n") };
    let request = format!(
        "POST / HTTP/1.1\r\nhost: aws\r\nconnection: close\r\n{token}content-length: {}\r\nauthorization: \
         AWS4-HMAC-SHA256 Credential={key}/20261121/eu-central-1/{service}/aws4_request, SignedHeaders=host, \
         Signature=00\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn without_policies_everyone_may_do_everything_and_it_is_noted() {
    let server = start(vec![]).await;
    let answer =
        send(&server, "AKIATEST", "ec2", &format!("{EC2}=DeleteVpc&VpcId=vpc-0123456789abcdef0")).await;
    assert!(answer.contains("InvalidVpcID.NotFound"), "{answer}");
    let actions = server.recorder().since(0).pop().unwrap().actions;
    assert_eq!(actions.len(), 1);
    assert_eq!((&*actions[0].action, actions[0].allowed), ("ec2:DeleteVpc", true));
    assert!(actions[0].resource.ends_with(":vpc/vpc-0123456789abcdef0"));
    server.stop().await;
}

#[tokio::test]
async fn a_key_has_its_own_policy_and_the_others_that_of_everyone() {
    let read = allow(json!("ec2:Describe*"), json!("*"));
    let write = allow(json!("ec2:*"), json!("*"));
    let server = start(vec![(EVERYONE, read), ("AKIAWRITER", write)]).await;
    let delete = format!("{EC2}=DeleteVpc&VpcId=vpc-0123456789abcdef0");
    assert!(send(&server, "AKIATEST", "ec2", &format!("{EC2}=DescribeVpcs")).await.contains(VPC));
    let denied = send(&server, "AKIATEST", "ec2", &delete).await;
    assert!(denied.starts_with("HTTP/1.1 403") && denied.contains(DENIED), "{denied}");
    // Whether the thing exists is not told.
    assert!(denied.contains("because no identity-based policy allows the ec2:DeleteVpc action"), "{denied}");
    assert!(send(&server, "AKIAWRITER", "ec2", &delete).await.contains("InvalidVpcID.NotFound"));
    let last = server.recorder().since(1)[0].clone();
    assert!(!last.actions[0].allowed && last.outcome.code.as_deref() == Some("UnauthorizedOperation"));
    server.with_world(|world| {
        world.iam.attach("AKIAOTHER", policy(json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}])))
    });
    let denied = send(&server, "AKIAOTHER", "ec2", &format!("{EC2}=DescribeVpcs")).await;
    assert!(denied.contains("with an explicit deny in an identity-based policy"), "{denied}");
    server.with_world(|world| world.iam.detach("AKIAOTHER"));
    assert!(send(&server, "AKIAOTHER", "ec2", &format!("{EC2}=DescribeVpcs")).await.contains(VPC));
    server.stop().await;
}

/// EC2 User Guide, DryRun: the permissions are checked first.
#[tokio::test]
async fn a_dry_run_tells_whether_the_call_is_allowed() {
    let server = start(vec![(EVERYONE, allow(json!("ec2:DeleteSubnet"), json!("*")))]).await;
    let (may, may_not) = (
        format!("{EC2}=DeleteSubnet&DryRun=true&SubnetId=subnet-0a000000000000001"),
        format!("{EC2}=DeleteVpc&DryRun=true&VpcId={VPC}"),
    );
    let answer = send(&server, "AKIATEST", "ec2", &may).await;
    assert!(
        answer.contains("<Code>DryRunOperation</Code>") || answer.contains("DependencyViolation"),
        "{answer}"
    );
    assert!(send(&server, "AKIATEST", "ec2", &may_not).await.contains(DENIED));
    server.stop().await;
}

/// IAM user guide, "Session policies".
#[tokio::test]
async fn sessions_have_their_roles_policy_cut_down_to_their_own() {
    let role = "arn:aws:iam::123456789012:role/team/entry";
    let server = start(vec![(role, allow(json!("ec2:Describe*"), json!("*")))]).await;
    let assume = |more: &str| {
        format!("Action=AssumeRole&Version=2011-06-15&RoleSessionName=session&RoleArn={role}{more}")
    };
    let session = |answer: String| {
        let part = |name: &str| {
            let from =
                answer.split(&format!("<{name}>")).nth(1).unwrap_or_else(|| panic!("{name} of {answer}"));
            from.split('<').next().unwrap().to_owned()
        };
        format!("{} {}", part("AccessKeyId"), part("SessionToken"))
    };
    let key = session(send(&server, "AKIATEST", "sts", &assume("")).await);
    // Sessions' signatures are checked, and these requests have none: the world itself is asked.
    let grants = |key: &str| {
        let id = key.split(' ').next().unwrap().to_owned();
        server.with_world(|world| {
            let principal = world.sts.principal(&id, "123456789012");
            let who = principal.arn.clone();
            (who, world.iam.of(&principal, "eu-central-1", world.clock.now()))
        })
    };
    let ask = |key: &str, action: &str| {
        let need = crate::iam::action::Need::new(action, "*");
        grants(key).1.ask("ec2", &need, &|| None, &mut Vec::new()).map_err(|fault| fault.message)
    };
    assert_eq!(grants(&key).0, "arn:aws:sts::123456789012:assumed-role/entry/session");
    assert!(ask(&key, "ec2:DescribeVpcs").is_ok());
    let refused = ask(&key, "ec2:CreateVpc").unwrap_err();
    assert!(
        refused.contains("User: arn:aws:sts::123456789012:assumed-role/entry/session is not"),
        "{refused}"
    );
    let own = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22ec2%3ADescribeVpcs%22%2C%22Resource%22%3A%22*%22%7D%7D";
    let less = session(send(&server, "AKIATEST", "sts", &assume(&format!("&Policy={own}"))).await);
    assert!(ask(&less, "ec2:DescribeVpcs").is_ok());
    let refused = ask(&less, "ec2:DescribeSubnets").unwrap_err();
    assert!(refused.contains("because no session policy allows the ec2:DescribeSubnets action"), "{refused}");
    let malformed = send(&server, "AKIATEST", "sts", &assume("&Policy=%7B%7D")).await;
    assert!(malformed.contains("<Code>MalformedPolicyDocument</Code>"), "{malformed}");
    let arns =
        send(&server, "AKIATEST", "sts", &assume("&PolicyArns.member.1.arn=arn:aws:iam::aws:policy/x")).await;
    assert!(arns.starts_with("HTTP/1.1 501"), "{arns}");
    server.stop().await;
}

#[tokio::test]
async fn tags_of_a_session_and_the_clock_are_conditions() {
    let role = "arn:aws:iam::123456789012:role/entry";
    let conditions = json!({
        "StringEquals": {"aws:PrincipalTag/team": "${aws:PrincipalTag/wanted, 'blue'}", "aws:PrincipalAccount": "123456789012"},
        "ArnEquals": {"aws:PrincipalArn": role},
        "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
        "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
        "Bool": {"aws:SecureTransport": "true"},
    });
    let only = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": conditions}]));
    let server = start(vec![(role, only)]).await;
    for (tag, expected) in [("blue", true), ("red", false)] {
        let form = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleSessionName=session&RoleArn={role}&Tags.member.1.Key=team&Tags.member.1.Value={tag}"
        );
        let answer = send(&server, "AKIATEST", "sts", &form).await;
        let key = answer.split("<AccessKeyId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let allowed = server.with_world(|world| {
            let grants =
                world.iam.of(&world.sts.principal(&key, "123456789012"), "eu-central-1", world.clock.now());
            let need = crate::iam::action::Need::new("ec2:DescribeVpcs", "*");
            grants.ask("ec2", &need, &|| None, &mut Vec::new()).is_ok()
        });
        assert_eq!(allowed, expected, "{tag}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_seed_attaches_policies_and_names_what_is_wrong_with_one() {
    let seed = |effect: &str| {
        Seed::Text(format!(
            "{{account: '123456789012', region: eu-central-1, policies: [{{principal: '*', policy: \
             {{Version: 2012-10-17, Statement: {{Effect: {effect}, Action: 'ec2:DescribeVpcs', Resource: '*'}}}}}}]}}"
        ))
    };
    let server = Server::start(Config { seed: seed("Allow"), ..Config::default() }).await.unwrap();
    assert!(send(&server, "AKIATEST", "ec2", &format!("{EC2}=DescribeSubnets")).await.contains(DENIED));
    server.stop().await;
    let wrong = Server::start(Config { seed: seed("Permit"), ..Config::default() }).await.unwrap_err();
    assert!(wrong.to_string().contains("Statement[0].Effect"), "{wrong}");
}

#[tokio::test]
async fn the_door_tells_each_action_once_with_its_count() {
    let server = start(vec![(EVERYONE, allow(json!("ec2:DescribeVpcs"), json!("*")))]).await;
    for operation in ["DescribeVpcs", "DescribeSubnets", "DescribeVpcs"] {
        send(&server, "AKIATEST", "ec2", &format!("{EC2}={operation}")).await;
    }
    let door = |since: u64| {
        let request =
            format!("GET /_awsim/actions?since={since} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let addr = server.addr();
        async move {
            let mut stream = TcpStream::connect(addr).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            let body = answer.split("\r\n\r\n").nth(1).unwrap().to_owned();
            serde_json::from_str::<serde_json::Value>(&body).unwrap()
        }
    };
    assert_eq!(
        door(0).await,
        json!([
            {"action": "ec2:DescribeSubnets", "resource": "*", "allowed": false, "count": 1},
            {"action": "ec2:DescribeVpcs", "resource": "*", "allowed": true, "count": 2},
        ])
    );
    assert_eq!(door(2).await.as_array().unwrap().len(), 1);
    server.stop().await;
}
