//! What holds of every set of policies (IAM User Guide, "Policy evaluation logic").

use proptest::prelude::*;
use serde_json::{Value, json};

use super::policy;
use crate::iam::context::{Context, Facts};
use crate::iam::evaluate::{Decision, decide};
use crate::iam::policy::Policy;

const ACTIONS: [&str; 4] = ["ec2:CreateVpc", "ec2:DeleteVpc", "sts:AssumeRole", "ec2:DescribeVpcs"];
const RESOURCES: [&str; 3] = ["arn:aws:ec2:eu-central-1:1:vpc/vpc-1", "arn:aws:iam::1:role/x", "*"];

fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let actions =
        prop::sample::subsequence(vec!["*", "ec2:*", "EC2:create*", "sts:AssumeRole", "ec2:?eleteVpc"], 1..3);
    let resources =
        prop::sample::subsequence(vec!["*", "arn:aws:ec2:*:*:vpc/*", "arn:aws:iam::1:role/?"], 1..3);
    let conditions = prop::sample::select(vec![
        json!({}),
        json!({"StringEquals": {"k:x": "a"}}),
        json!({"StringNotEquals": {"k:x": "a"}}),
        json!({"Null": {"k:x": "true"}}),
    ]);
    (actions, resources, conditions, any::<(bool, bool)>()).prop_map(move |(a, r, c, (not_a, not_r))| {
        let (a_name, r_name) =
            (if not_a { "NotAction" } else { "Action" }, if not_r { "NotResource" } else { "Resource" });
        json!({"Effect": effect, a_name: a, r_name: r, "Condition": c})
    })
}

fn any_policy() -> impl Strategy<Value = Policy> {
    prop::collection::vec(prop_oneof![statement("Allow"), statement("Deny")], 1..4)
        .prop_map(|all| policy(all.into()))
}

fn decision(policies: &[Policy], action: &str, resource: &str, given: Option<&str>) -> Decision {
    let caller = Context::default();
    let context = Context::default().all("k:x", given.map(str::to_owned));
    decide(policies, action, resource, &Facts::new(&caller, &context, &|| None))
}

fn request() -> impl Strategy<Value = (&'static str, &'static str, Option<&'static str>)> {
    let given = prop::sample::select(vec![None, Some("a"), Some("b")]);
    (prop::sample::select(ACTIONS.to_vec()), prop::sample::select(RESOURCES.to_vec()), given)
}

proptest! {
    #[test]
    fn a_deny_that_applies_wins_over_everything(
        policies in prop::collection::vec(any_policy(), 0..3),
        deny in statement("Deny"),
        (action, resource, given) in request(),
    ) {
        let deny = policy(json!([deny]));
        let alone = decision(std::slice::from_ref(&deny), action, resource, given);
        let with: Vec<Policy> = policies.iter().cloned().chain([deny]).collect();
        if alone == Decision::Denied {
            prop_assert_eq!(decision(&with, action, resource, given), Decision::Denied);
        } else {
            prop_assert_eq!(decision(&with, action, resource, given), decision(&policies, action, resource, given));
        }
    }

    #[test]
    fn another_allow_never_takes_an_allowance_away(
        policies in prop::collection::vec(any_policy(), 0..3),
        more in statement("Allow"),
        (action, resource, given) in request(),
    ) {
        let before = decision(&policies, action, resource, given);
        let with: Vec<Policy> = policies.into_iter().chain([policy(json!([more]))]).collect();
        let after = decision(&with, action, resource, given);
        prop_assert!(before == after || (before, after) == (Decision::NotAllowed, Decision::Allowed));
    }

    #[test]
    fn the_order_of_policies_does_not_matter(
        policies in prop::collection::vec(any_policy(), 2..4),
        (action, resource, given) in request(),
    ) {
        let turned: Vec<Policy> = policies.iter().rev().cloned().collect();
        prop_assert_eq!(decision(&policies, action, resource, given), decision(&turned, action, resource, given));
    }

    #[test]
    fn any_document_is_read_or_refused_without_a_panic(text in ".{0,200}", member in "[A-Za-z:*${},' ]{0,20}") {
        let _ = Policy::parse(&text);
        let document = json!({"Statement": {"Effect": "Allow", "Action": member, "Resource": member,
            "Condition": {&*member: {&*member: member}}}});
        let _ = Policy::read(&document);
        let (caller, action) = (Context::default(), Context::default());
        let facts = Facts::new(&caller, &action, &|| None);
        if let Some(parts) = crate::iam::pattern::expand(&member, true, Some(&facts)) {
            let _ = crate::iam::pattern::matches(&parts, &text, true);
        }
    }
}
