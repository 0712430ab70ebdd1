//! Reading documents (IAM User Guide, "Grammar of the IAM JSON policy language").

use serde_json::{Value, json};

use super::OPERATOR;
use crate::iam::policy::{Effect, Names, Policy};

fn error(document: Value) -> String {
    Policy::read(&document).expect_err(&document.to_string()).to_string()
}

#[test]
fn one_statement_and_single_names_are_as_good_as_lists() {
    let one = json!({"Version": "2012-10-17", "Statement":
        {"Sid": "Read", "Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}});
    let many = json!({"Version": "2012-10-17", "Statement":
        [{"Sid": "Read", "Effect": "Allow", "Action": ["ec2:Describe*"], "Resource": ["*"]}]});
    let read = Policy::read(&one).unwrap();
    assert_eq!(read, Policy::read(&many).unwrap());
    assert_eq!(read.statements[0].effect, Effect::Allow);
    assert_eq!(read.statements[0].actions, Names::In(vec!["ec2:Describe*".into()]));
}

#[test]
fn a_document_without_a_version_is_of_2008_and_has_no_variables() {
    let statement = json!({"Effect": "Deny", "NotAction": "*", "NotResource": "*"});
    assert!(!Policy::read(&json!({"Statement": statement})).unwrap().variables);
    assert!(Policy::read(&json!({"Version": "2012-10-17", "Statement": statement})).unwrap().variables);
}

#[test]
fn an_error_names_the_statement_and_the_member() {
    let good = json!({"Sid": "A", "Effect": "Allow", "Action": "ec2:*", "Resource": "*"});
    let with = |member: &str, value: Value| {
        let mut bad = good.clone();
        bad["Sid"] = "B".into();
        bad[member] = value;
        json!({"Version": "2012-10-17", "Statement": [good, bad]})
    };
    for (member, value, at) in [
        ("Effect", json!("allow"), "Statement[1] (B).Effect: "),
        ("Action", json!("DescribeVpcs"), "Statement[1] (B).Action: DescribeVpcs: "),
        ("Action", json!("e*:DescribeVpcs"), "Statement[1] (B).Action: e*:DescribeVpcs: "),
        ("Action", json!([]), "Statement[1] (B).Action: "),
        ("NotAction", json!("ec2:*"), "Statement[1] (B).NotAction: "),
        ("Resource", json!("sg-1"), "Statement[1] (B).Resource: sg-1: "),
        ("Resource", json!(["*", 1]), "Statement[1] (B).Resource: "),
        ("Sid", json!("a b"), "Statement[1].Sid: "),
        ("Sid", json!("A"), "Statement[1] (A).Sid: must be unique"),
        ("Principal", json!("*"), "Statement[1] (B).Principal: an identity policy has no principal"),
        ("Conditions", json!({}), "Statement[1] (B).Conditions: is not known"),
        ("Condition", json!({"StringEqual": {"a:b": "c"}}), "Statement[1] (B).Condition.StringEqual: "),
        ("Condition", json!({"NullIfExists": {"a:b": "true"}}), "Statement[1] (B).Condition.NullIfExists: "),
        ("Condition", json!({"Bool": {"a:b": "yes"}}), "Statement[1] (B).Condition.Bool.a:b: yes "),
        (
            "Condition",
            json!({"IpAddress": {"a:b": "10.0.0.0/33"}}),
            "Statement[1] (B).Condition.IpAddress.a:b: ",
        ),
        (
            "Condition",
            json!({"DateLessThan": {"a:b": "now"}}),
            "Statement[1] (B).Condition.DateLessThan.a:b: ",
        ),
        ("Condition", json!({"StringLike": {"a": "b"}}), "Statement[1] (B).Condition.StringLike.a: "),
        ("Condition", json!([]), "Statement[1] (B).Condition: "),
    ] {
        let text = error(with(member, value));
        assert!(text.starts_with(at), "{text}\n{at}");
    }
    assert!(error(json!({"Version": "2012", "Statement": good})).starts_with("Version: "));
    assert!(error(json!({"Version": "2012-10-17"})).starts_with("Statement: "));
    assert!(error(json!({"version": "2012-10-17", "Statement": good})).contains("version: is not known"));
    assert!(Policy::parse("{").unwrap_err().to_string().starts_with("the document: is not JSON"));
}

#[test]
fn a_real_policy_of_an_operator_is_read_whole() {
    let policy = Policy::parse(OPERATOR).unwrap();
    assert_eq!(policy.statements.len(), OPERATOR.matches("\"Sid\"").count());
}
