//! ACM.

use super::{Asked, Need};
use crate::iam::context::Context;
use crate::input::{text, texts};

/// A certificate that is to be made is `certificate/*` (ministryofjustice/modernisation-platform #3313).
/// Tags on creation want `acm:AddTagsToCertificate` as well (the same, #3721;
/// terraform-provider-aws #11903).
pub(super) fn needed(asked: &Asked<'_>) -> Vec<Need> {
    let action = asked.action("acm");
    let new = asked.region.arn("acm", "certificate/*");
    let given = text(asked.input, "CertificateArn");
    let tags = asked.tags("Tags");
    match asked.operation {
        "ListCertificates" => vec![Need::new(action, "*")],
        "RequestCertificate" => {
            let context = request(asked).request_tags(&tags);
            tagged(Need::new(action, new).with(context), asked)
        }
        "ImportCertificate" => {
            let context = Context::default().request_tags(&tags);
            tagged(Need::new(action, given.unwrap_or(&new)).with(context), asked)
        }
        "AddTagsToCertificate" | "RemoveTagsFromCertificate" => {
            vec![Need::new(action, given.unwrap_or("*")).with(Context::default().request_tags(&tags))]
        }
        _ => vec![Need::new(action, given.unwrap_or("*"))],
    }
}

/// The keys of a request (ACM User Guide, "Use condition keys with ACM").
fn request(asked: &Asked<'_>) -> Context {
    let mut names = texts(asked.input, "SubjectAlternativeNames");
    names.push(asked.text("DomainName").to_owned());
    names.sort();
    names.dedup();
    let mut context = Context::default().all("acm:DomainNames", names);
    for (key, member) in [("acm:ValidationMethod", "ValidationMethod"), ("acm:KeyAlgorithm", "KeyAlgorithm")]
    {
        context = context.all(key, text(asked.input, member).map(str::to_owned));
    }
    context
}

fn tagged(need: Need, asked: &Asked<'_>) -> Vec<Need> {
    let tags = asked.tags("Tags");
    let tagging = Need::new("acm:AddTagsToCertificate", need.resource.clone());
    let mut needs = vec![need];
    if !tags.is_empty() {
        needs.push(tagging.with(Context::default().request_tags(&tags)));
    }
    needs
}
