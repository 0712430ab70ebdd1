//! Condition operators and policy variables, each as the IAM User Guide has it ("Condition
//! operators", "Single-valued vs. multivalued context keys", "Variables and tags").

use serde_json::json;

use crate::iam::condition::{Condition, Operator};
use crate::iam::context::{Context, Facts};
use crate::iam::evaluate::{Decision, decide};
use crate::iam::pattern;
use crate::iam::policy::Policy;
use crate::world::Tags;

/// Whether `{operator: {"k:x": wanted}}` holds where the key has these values.
fn holds(operator: &str, wanted: &[&str], given: &[&str]) -> bool {
    let condition = Condition {
        operator: Operator::parse(operator).unwrap(),
        key: "K:x".into(),
        values: wanted.iter().map(|value| (*value).to_owned()).collect(),
    };
    let action = Context::default().all("k:X", given.iter().map(|value| (*value).to_owned()));
    let caller = Context::default().set("aws:username", "anna");
    condition.holds(&Facts::new(&caller, &action, &|| None), true)
}

#[test]
fn every_operator_compares_in_its_own_way() {
    for (operator, wanted, given, expected) in [
        ("StringEquals", &["a", "b"][..], "b", true),
        ("StringEquals", &["a"], "A", false),
        ("StringEquals", &["a*"], "ab", false),
        ("StringEqualsIgnoreCase", &["a"], "A", true),
        ("StringNotEquals", &["a", "b"], "b", false),
        ("StringNotEquals", &["a", "b"], "c", true),
        ("StringNotEqualsIgnoreCase", &["a"], "A", false),
        ("StringLike", &["a*c?"], "abbcd", true),
        ("StringLike", &["a*c?"], "abbc", false),
        ("StringNotLike", &["a*"], "b", true),
        ("StringEquals", &["${aws:username}"], "anna", true),
        ("StringLike", &["${aws:username}-*"], "anna-1", true),
        ("NumericEquals", &["10"], "10.0", true),
        ("NumericNotEquals", &["10"], "11", true),
        ("NumericLessThan", &["10"], "9", true),
        ("NumericLessThan", &["10"], "10", false),
        ("NumericLessThanEquals", &["10"], "10", true),
        ("NumericGreaterThan", &["10"], "11", true),
        ("NumericGreaterThanEquals", &["10"], "9", false),
        ("NumericEquals", &["10"], "ten", false),
        ("DateLessThan", &["2026-11-22T00:00:00Z"], "2026-11-21T23:59:59Z", true),
        ("DateGreaterThan", &["2026-11-22"], "2026-11-21T23:59:59Z", false),
        ("DateEquals", &["1795219200"], "2026-11-21T00:00:00Z", true),
        ("Bool", &["true"], "true", true),
        ("Bool", &["true"], "false", false),
        ("BinaryEquals", &["QQ=="], "QQ==", true),
        ("IpAddress", &["10.0.0.0/8"], "10.1.2.3", true),
        ("IpAddress", &["10.1.2.4"], "10.1.2.3", false),
        ("IpAddress", &["2001:db8::/32"], "2001:db8::1", true),
        ("NotIpAddress", &["10.0.0.0/8"], "11.1.2.3", true),
        ("ArnLike", &["arn:aws:ec2:*:*:vpc/*"], "arn:aws:ec2:eu-central-1:1:vpc/vpc-1", true),
        ("ArnEquals", &["arn:aws:ec2:*:1:vpc/vpc-?"], "arn:aws:ec2:eu-central-1:1:vpc/vpc-1", true),
        // Each part by itself: a star does not reach over a colon.
        ("ArnLike", &["arn:aws:ec2:*:vpc/*:x"], "arn:aws:ec2:eu-central-1:1:vpc/vpc-1", false),
        ("ArnNotLike", &["arn:aws:ec2:*:*:vpc/*"], "arn:aws:ec2:eu-central-1:1:subnet/x", true),
        ("ArnLike", &["arn:aws:ec2:*:*:vpc/*"], "vpc-1", false),
    ] {
        assert_eq!(holds(operator, wanted, &[given]), expected, "{operator} {wanted:?} {given}");
    }
}

#[test]
fn a_key_that_is_absent_fails_but_for_negated_operators_if_exists_and_for_all_values() {
    for (operator, wanted, expected) in [
        ("StringEquals", "a", false),
        ("StringLike", "*", false),
        ("StringNotEquals", "a", true),
        ("StringNotLike", "*", true),
        ("ArnNotEquals", "arn:aws:a:b:c:d", true),
        ("NotIpAddress", "10.0.0.0/8", true),
        ("Bool", "false", false),
        ("NumericNotEquals", "1", true),
        ("StringEqualsIfExists", "a", true),
        ("BoolIfExists", "true", true),
        ("ForAllValues:StringEquals", "a", true),
        ("ForAllValues:StringEqualsIfExists", "a", true),
        ("ForAnyValue:StringEquals", "a", false),
        ("ForAnyValue:StringNotEquals", "a", false),
        ("ForAnyValue:StringEqualsIfExists", "a", true),
        ("Null", "true", true),
        ("Null", "false", false),
    ] {
        assert_eq!(holds(operator, &[wanted], &[]), expected, "{operator} {wanted}");
    }
    assert!(holds("Null", &["false"], &["a"]) && !holds("Null", &["true"], &["a"]));
}

#[test]
fn of_a_key_with_many_values_all_or_any_have_to_pass() {
    for (operator, wanted, given, expected) in [
        ("ForAllValues:StringEquals", &["a", "b"][..], &["a", "b"][..], true),
        ("ForAllValues:StringEquals", &["a", "b"], &["a"], true),
        ("ForAllValues:StringEquals", &["a", "b"], &["a", "c"], false),
        ("ForAllValues:StringNotEquals", &["a"], &["b", "c"], true),
        ("ForAllValues:StringNotEquals", &["a"], &["b", "a"], false),
        ("ForAnyValue:StringEquals", &["a", "b"], &["c", "a"], true),
        ("ForAnyValue:StringEquals", &["a", "b"], &["c"], false),
        ("ForAnyValue:StringNotEquals", &["a"], &["a", "b"], true),
    ] {
        assert_eq!(holds(operator, wanted, given), expected, "{operator} {wanted:?} {given:?}");
    }
}

#[test]
fn what_is_no_operator_is_none() {
    for name in [
        "",
        "Equals",
        "stringEquals",
        "ForSome:StringEquals",
        "NumericLike",
        "ForAnyValue:Null",
        "BoolNotIfExists",
    ] {
        assert_eq!(Operator::parse(name), None, "{name}");
    }
}

#[test]
fn a_variable_is_replaced_by_plain_text_its_default_or_makes_the_statement_not_apply() {
    let caller = Context::default().set("aws:username", "a*").all("k:many", ["x".into(), "y".into()]);
    let action = Context::default();
    let facts = Facts::new(&caller, &action, &|| None);
    let matches = |text: &str, given: &str| {
        pattern::expand(text, true, Some(&facts)).map(|parts| pattern::matches(&parts, given, false))
    };
    assert_eq!(matches("u/${aws:username}", "u/a*"), Some(true));
    assert_eq!(matches("u/${aws:username}", "u/abc"), Some(false));
    assert_eq!(matches("${aws:PrincipalTag/team, 'none'}", "none"), Some(true));
    assert_eq!(matches("a${*}${?}${$}", "a*?$"), Some(true));
    assert_eq!(matches("${aws:PrincipalTag/team}", ""), None);
    assert_eq!(matches("${k:many}", "x"), None);
    let plain = pattern::expand("${aws:username}", true, None).unwrap();
    assert!(pattern::matches(&plain, "${aws:username}", false));
}

#[test]
fn a_deny_whose_variable_is_absent_does_not_apply() {
    let policy = Policy::read(&json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::${aws:PrincipalTag/bucket}"},
    ]}));
    let (caller, action) = (Context::default(), Context::default());
    let decision =
        decide(&[policy.unwrap()], "s3:GetObject", "arn:aws:s3:::b", &Facts::new(&caller, &action, &|| None));
    assert_eq!(decision, Decision::Allowed);
}

/// A context key's name has no case, the tag's key in it neither.
#[test]
fn tags_of_the_resource_are_found_by_every_services_own_name() {
    let (caller, action) = (Context::default(), Context::default());
    let tags = || Some(Tags::from([("Owner".to_owned(), "me".to_owned())]));
    let facts = Facts::new(&caller, &action, &tags);
    for key in [
        "aws:ResourceTag/Owner",
        "AWS:resourcetag/owner",
        "ec2:ResourceTag/Owner",
        "secretsmanager:ResourceTag/Owner",
    ] {
        assert_eq!(facts.get(key), ["me"], "{key}");
    }
    assert!(facts.get("aws:ResourceTag/Other").is_empty());
}
