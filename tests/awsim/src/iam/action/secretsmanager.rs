//! Secrets Manager. A secret that exists is its ARN however it was named; one that does not is
//! `secret:NAME-??????`. Denials show what the caller gave (cloud-custodian #10055,
//! mongodb/awscdk-resources-mongodbatlas #207).

use serde_json::Value;

use super::{Asked, Need, tag_keys};
use crate::iam::context::Context;
use crate::input::{text, texts};
use crate::world::Region;

pub(super) fn needed(asked: &Asked<'_>) -> Vec<Need> {
    let action = asked.action("secretsmanager");
    let id = asked.text("SecretId");
    let on = |action: &str, context| vec![on_secret(asked.region, action, id).with(context)];
    match asked.operation {
        "ListSecrets" | "GetRandomPassword" => vec![Need::new(action, "*")],
        // Filters want ListSecrets too; the values are asked for one by one (BC).
        "BatchGetSecretValue" => {
            let list = Need::new("secretsmanager:ListSecrets", "*");
            let filters = asked.input["Filters"].as_array().is_some_and(|filters| !filters.is_empty());
            std::iter::once(Need::new(action, "*")).chain(filters.then_some(list)).collect()
        }
        "CreateSecret" => create(asked),
        "TagResource" => {
            let tags = asked.tags("Tags");
            on(&action, keys(asked).request_tags(&tags))
        }
        "UntagResource" => on(&action, tag_keys(texts(asked.input, "TagKeys"))),
        "RotateSecret" => {
            let mut needs = on(&action, keys(asked));
            // Also the function's (BC).
            needs.extend(
                text(asked.input, "RotationLambdaARN").map(|arn| Need::new("lambda:InvokeFunction", arn)),
            );
            needs
        }
        _ => on(&action, keys(asked)),
    }
}

/// Reading one secret's value, in a batch.
pub(crate) fn read_value(region: &Region, id: &str) -> Need {
    on_secret(region, "secretsmanager:GetSecretValue", id)
}

/// An action on the secret that `id` names: by its name, its ARN, or its ARN without the random end.
fn on_secret(region: &Region, action: &str, id: &str) -> Need {
    let prefix = region.arn("secretsmanager", "secret:");
    let name = id.strip_prefix(&prefix).unwrap_or(id);
    let secrets = &region.secretsmanager.secrets;
    let by_arn = || secrets.values().find(|secret| secret.arn == id);
    let found = secrets.get(name).or_else(by_arn);
    let arn = match found {
        Some(secret) => secret.arn.clone(),
        None if id.starts_with("arn:") => id.to_owned(),
        None => new(region, name),
    };
    let context = Context::default().set("secretsmanager:SecretId", &*arn);
    Need { shown: Some(id.to_owned()), context, ..Need::new(action, arn) }
}

/// The ARN of a secret that is not there; what its random characters would be is not known.
fn new(region: &Region, name: &str) -> String {
    region.arn("secretsmanager", &format!("secret:{name}-??????"))
}

/// Tags on creation want `secretsmanager:TagResource` as well (BC, CreateSecret).
fn create(asked: &Asked<'_>) -> Vec<Need> {
    let (name, tags) = (asked.text("Name"), asked.tags("Tags"));
    let need = |action: &str| {
        let context = keys(asked).set("secretsmanager:Name", name).request_tags(&tags);
        Need { shown: Some(name.to_owned()), ..Need::new(action, new(asked.region, name)).with(context) }
    };
    let tagging = (!tags.is_empty()).then(|| need("secretsmanager:TagResource"));
    std::iter::once(need("secretsmanager:CreateSecret")).chain(tagging).collect()
}

/// Condition keys that are members of the input.
fn keys(asked: &Asked<'_>) -> Context {
    const KEYS: [(&str, &str); 8] = [
        ("secretsmanager:Description", "Description"),
        ("secretsmanager:KmsKeyId", "KmsKeyId"),
        ("secretsmanager:VersionId", "VersionId"),
        ("secretsmanager:VersionStage", "VersionStage"),
        ("secretsmanager:RecoveryWindowInDays", "RecoveryWindowInDays"),
        ("secretsmanager:ForceDeleteWithoutRecovery", "ForceDeleteWithoutRecovery"),
        ("secretsmanager:BlockPublicPolicy", "BlockPublicPolicy"),
        ("secretsmanager:RotationLambdaARN", "RotationLambdaARN"),
    ];
    let plain = |member: &str| match &asked.input[member] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    KEYS.iter().fold(Context::default(), |context, (key, member)| context.all(key, plain(member)))
}
