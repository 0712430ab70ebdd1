//! STS.

use super::{Asked, Need};
use crate::iam::context::Context;

/// `GetCallerIdentity` needs no permission, and a policy that denies it has no effect (STS API
/// Reference). Tags and a source identity of a session are actions of their own (SAR).
pub(super) fn needed(asked: &Asked<'_>) -> Vec<Need> {
    if asked.operation != "AssumeRole" {
        return vec![Need { free: true, ..Need::new(asked.action("sts"), "*") }];
    }
    let role = asked.text("RoleArn");
    let tags = asked.tags("Tags");
    let mut context = Context::default().request_tags(&tags);
    for (key, member) in [
        ("sts:RoleSessionName", "RoleSessionName"),
        ("sts:ExternalId", "ExternalId"),
        ("sts:SourceIdentity", "SourceIdentity"),
    ] {
        context = context.all(key, Some(asked.text(member).to_owned()).filter(|text| !text.is_empty()));
    }
    let mut needs = vec![Need::new("sts:AssumeRole", role).with(context.clone())];
    if !tags.is_empty() {
        needs.push(Need::new("sts:TagSession", role).with(context.clone()));
    }
    if !asked.text("SourceIdentity").is_empty() {
        needs.push(Need::new("sts:SetSourceIdentity", role).with(context));
    }
    needs
}
