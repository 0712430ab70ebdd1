//! How each service refuses what a caller may not do.

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use crate::fault::Fault;

/// The denial of `action` on `resource` to the principal `who` (an ARN), as `service` (botocore's
/// name) words it. `resource` is the ARN that was asked for; `*` where the action knows no
/// resources, and then the text names none. `explicit`: a statement denies it, rather than none
/// allowing it.
///
/// Sources: the sentence and both its ends are in the IAM User Guide, "Troubleshoot access denied
/// error messages"; codes and statuses as clients met them: EC2 403 `UnauthorizedOperation`
/// (packer-plugin-amazon #280, LBC), ELB 403 `AccessDenied` (aws-load-balancer-controller #3086),
/// API Gateway 403 `AccessDeniedException` (Open-SL/serverless-permission-generator #12), Route 53
/// and STS and `CloudWatch` 403 `AccessDenied` (lego #716, amazon-cloudwatch-auto-alarms #18), Secrets
/// Manager, ACM, Logs and tagging 400 `AccessDeniedException` (terraform-aws-iam #305, copilot-cli
/// #444). No resource in `ListSecrets`' denial: terraform-aws-iam #305; of `*`, none: the others [I].
pub fn denied(service: &str, who: &str, action: &str, resource: &str, explicit: bool) -> Fault {
    let text = sentence(who, action, resource, explicit);
    match service {
        "ec2" => Fault::new(403, "UnauthorizedOperation", ec2_text(&text, action, resource, explicit)),
        "apigatewayv2" => Fault::new(403, "AccessDeniedException", text),
        "secretsmanager" | "acm" | "logs" | "resourcegroupstaggingapi" => {
            Fault::bad("AccessDeniedException", text)
        }
        _ => Fault::new(403, "AccessDenied", text),
    }
}

fn sentence(who: &str, action: &str, resource: &str, explicit: bool) -> String {
    let on = if resource == "*" { String::new() } else { format!(" on resource: {resource}") };
    let why = if explicit {
        "with an explicit deny in an identity-based policy".to_owned()
    } else {
        format!("because no identity-based policy allows the {action} action")
    };
    format!("User: {who} is not authorized to perform: {action}{on} {why}")
}

/// EC2 leads with its old sentence and, but for actions without resources, ends with what
/// `sts:DecodeAuthorizationMessage` reads. AWS encrypts that; here it is base64 of JSON, so that
/// a person can read it.
fn ec2_text(sentence: &str, action: &str, resource: &str, explicit: bool) -> String {
    let lead = "You are not authorized to perform this operation.";
    if resource == "*" {
        return format!("{lead} {sentence}");
    }
    let why = json!({
        "allowed": false, "explicitDeny": explicit, "context": {"action": action, "resource": resource},
    });
    let encoded = BASE64URL_NOPAD.encode(why.to_string().as_bytes());
    format!("{lead} {sentence}. Encoded authorization failure message: {encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: &str = "arn:aws:sts::123456789012:assumed-role/entry/s";

    #[test]
    fn each_service_has_its_own_code_and_status() {
        let of = |service| {
            let fault = denied(service, WHO, "x:Y", "arn:z", false);
            (fault.status, fault.code)
        };
        assert_eq!(of("ec2"), (403, "UnauthorizedOperation".to_owned()));
        assert_eq!(of("apigatewayv2"), (403, "AccessDeniedException".to_owned()));
        for service in ["elbv2", "route53", "sts", "cloudwatch"] {
            assert_eq!(of(service), (403, "AccessDenied".to_owned()), "{service}");
        }
        for service in ["acm", "logs", "secretsmanager", "resourcegroupstaggingapi"] {
            assert_eq!(of(service), (400, "AccessDeniedException".to_owned()), "{service}");
        }
    }

    /// The IAM User Guide, "Troubleshoot access denied error messages".
    #[test]
    fn the_text_says_whether_a_policy_denies_it_or_none_allows_it() {
        let arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/x/*";
        let action = "elasticloadbalancing:AddTags";
        let implicit = denied("elbv2", WHO, action, arn, false).message;
        assert_eq!(
            implicit,
            format!(
                "User: {WHO} is not authorized to perform: {action} on resource: {arn} because no \
                 identity-based policy allows the {action} action"
            )
        );
        let explicit = denied("elbv2", WHO, action, "*", true).message;
        assert_eq!(
            explicit,
            format!(
                "User: {WHO} is not authorized to perform: {action} with an explicit deny in an \
                 identity-based policy"
            )
        );
    }

    #[test]
    fn ec2_says_its_own_sentence_first_and_encodes_why() {
        let read = denied("ec2", WHO, "ec2:DescribeVpcs", "*", false).message;
        assert!(read.starts_with("You are not authorized to perform this operation. User: "), "{read}");
        assert!(read.ends_with("allows the ec2:DescribeVpcs action"), "{read}");
        let write = denied("ec2", WHO, "ec2:DeleteVpc", "arn:v", true).message;
        let encoded = write.split("Encoded authorization failure message: ").nth(1).unwrap();
        let decoded = BASE64URL_NOPAD.decode(encoded.as_bytes()).unwrap();
        let decoded: serde_json::Value = serde_json::from_slice(&decoded).unwrap();
        assert_eq!(decoded["explicitDeny"], true);
        assert_eq!(decoded["context"]["resource"], "arn:v");
    }
}
