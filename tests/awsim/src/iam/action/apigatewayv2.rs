//! API Gateway v2: the action is the HTTP verb, the resource the path, without version and account
//! (API Gateway Developer Guide, "Amazon Resource Name format"; SAR).

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Asked, Need, tag_keys, tag_map};
use crate::fault::Fault;
use crate::iam::context::Context;
use crate::input::{text, texts};

pub(super) fn needed(asked: &Asked<'_>) -> Vec<Need> {
    let path = path(asked);
    let arn = format!("arn:aws:apigateway:{}::{path}", asked.region.name);
    let verb = format!("apigateway:{}", asked.table.method);
    let tags = tag_map(&asked.input["Tags"]);
    match asked.operation {
        "TagResource" => {
            let need = on_tags(&verb, &tagged_arn(asked));
            return vec![need.with(Context::default().request_tags(&tags))];
        }
        "UntagResource" => {
            let need = on_tags(&verb, &tagged_arn(asked));
            return vec![need.with(tag_keys(texts(asked.input, "TagKeys")))];
        }
        "GetTags" => return vec![on_tags(&verb, &tagged_arn(asked))],
        _ => {}
    }
    let mut needs = vec![Need::new(verb, arn.clone()).with(Context::default().request_tags(&tags))];
    if !tags.is_empty() {
        needs.push(on_create(&arn).with(Context::default().request_tags(&tags)));
    }
    needs.extend(mutual_tls(asked, &arn));
    needs.extend(pass_role(asked));
    needs.extend(log_delivery(asked));
    needs
}

/// The path of the operation with the input's values in it.
fn path(asked: &Asked<'_>) -> String {
    let uri = asked.table.uri.strip_prefix("/v2").unwrap_or(&asked.table.uri);
    let filled =
        uri.split('/').map(|part| match part.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
            None => part,
            Some(label) => asked.text(&member(label)),
        });
    filled.collect::<Vec<&str>>().join("/")
}

/// A label's member: `apiId` is `ApiId`.
fn member(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn tagged_arn(asked: &Asked<'_>) -> String {
    percent_decode_str(asked.text("ResourceArn")).decode_utf8_lossy().into_owned()
}

/// A verb on the tags of an object: its ARN is percent-encoded in the path (mattclay/aws-terminator
/// #284), and its own tags are the resource's.
pub(super) fn on_tags(action: &str, arn: &str) -> Need {
    Need { tagged: Some(arn.to_owned()), ..Need::new(action, tags_path(arn, "")) }
}

fn tags_path(arn: &str, end: &str) -> String {
    let region = arn.split(':').nth(3).unwrap_or_default();
    format!("arn:aws:apigateway:{region}::/tags/{}{end}", utf8_percent_encode(arn, NON_ALPHANUMERIC))
}

/// Tags on creation. Clients met `apigateway:TagResource` on the collection (amplify-studio #889,
/// cloudtools/awacs #254, both after 2022) and before that POST and PUT on `/tags/` (aws-cloudformation
/// roadmap #997, mattclay/aws-terminator #284); no document says which it is. Any is enough here.
fn on_create(collection: &str) -> Need {
    let tags = tags_path(&format!("{collection}/"), "*");
    let verbs = ["apigateway:POST", "apigateway:PUT"];
    let instead = verbs.iter().map(|verb| ((*verb).to_owned(), tags.clone())).collect();
    Need { instead, ..Need::new("apigateway:TagResource", collection) }
}

/// Certificates of mutual TLS of a domain name want actions of their own (SAR).
fn mutual_tls(asked: &Asked<'_>, arn: &str) -> Option<Need> {
    let given = &asked.input["MutualTlsAuthentication"];
    let has = || {
        let domain = asked.region.apigatewayv2.domain_names.get(asked.text("DomainName"));
        domain.is_some_and(|domain| domain.domain.mutual_tls_authentication.is_some())
    };
    let action = match asked.operation {
        "CreateDomainName" | "UpdateDomainName" if given.is_object() => {
            if text(given, "TruststoreUri") == Some("") {
                "apigateway:RemoveCertificateFromDomain"
            } else {
                "apigateway:AddCertificateToDomain"
            }
        }
        "DeleteDomainName" if has() => "apigateway:RemoveCertificateFromDomain",
        _ => return None,
    };
    Some(Need::new(action, arn))
}

/// A role that is handed over (IAM User Guide, "Grant a user permissions to pass a role").
fn pass_role(asked: &Asked<'_>) -> Option<Need> {
    let given = ["CredentialsArn", "AuthorizerCredentialsArn"];
    let role = given.iter().find_map(|member| text(asked.input, member))?;
    let context = Context::default().set("iam:PassedToService", "apigateway.amazonaws.com");
    role.contains(":role/").then(|| Need::new("iam:PassRole", role).with(context))
}

/// Access logs are delivered in the caller's name (API Gateway Developer Guide, "Configure logging for
/// HTTP APIs": the permissions that the caller has to have). Which of them each change uses is not
/// documented; here the ones that its effect is made of.
fn log_delivery(asked: &Asked<'_>) -> Vec<Need> {
    let sets = asked.input["AccessLogSettings"].is_object();
    let stage = || {
        let api = asked.region.apigatewayv2.apis.get(asked.text("ApiId"))?;
        api.stages.get(asked.text("StageName"))
    };
    let had = || stage().is_some_and(|stage| stage.access_log_settings.is_some());
    let actions: &[&str] = match asked.operation {
        "CreateStage" if sets => &["CreateLogDelivery", "DescribeResourcePolicies", "PutResourcePolicy"],
        "UpdateStage" if sets && had() => {
            &["UpdateLogDelivery", "DescribeResourcePolicies", "PutResourcePolicy"]
        }
        "UpdateStage" if sets => &["CreateLogDelivery", "DescribeResourcePolicies", "PutResourcePolicy"],
        "DeleteStage" | "DeleteAccessLogSettings" if had() => &["DeleteLogDelivery"],
        _ => &[],
    };
    // As API Gateway says it for logs that it cannot set up (anomalyco/sst #125).
    let refusal = Fault::bad("BadRequestException", "Insufficient permissions to enable logging");
    let need =
        |name: &&str| Need { refusal: Some(refusal.clone()), ..Need::new(format!("logs:{name}"), "*") };
    actions.iter().map(need).collect()
}
