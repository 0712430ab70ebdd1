//! What had tags once. GetResources tells of such an object with an empty list of tags (BC, GetResources,
//! `TagFilters`: "all resources that are currently tagged or ever had a tag").

use std::collections::BTreeSet;

use super::index;
use crate::world::Region;

/// The operations that take tags away, by service.
const TAKING: [(&str, &str); 9] = [
    ("acm", "RemoveTagsFromCertificate"),
    ("apigatewayv2", "UntagResource"),
    ("cloudwatch", "UntagResource"),
    ("ec2", "DeleteTags"),
    ("elbv2", "RemoveTags"),
    ("logs", "UntagResource"),
    ("resourcegroupstaggingapi", "UntagResources"),
    ("route53", "ChangeTagsForResource"),
    ("secretsmanager", "UntagResource"),
];

/// The ARNs that have tags, before a call that may take some away.
#[derive(Debug)]
pub struct Before(BTreeSet<String>);

impl Before {
    /// `None` for calls that take no tags away.
    pub fn of(region: &Region, (service, operation): (&str, &str)) -> Option<Before> {
        let taking = TAKING.contains(&(service, operation));
        taking.then(|| Before(with_tags(region)))
    }

    /// After the call: notes what has no tags any more.
    pub fn note(self, region: &mut Region) {
        let now = with_tags(region);
        region.once_tagged.extend(self.0.into_iter().filter(|arn| !now.contains(arn)));
    }
}

fn with_tags(region: &Region) -> BTreeSet<String> {
    index::tagged(region).into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables;

    /// The model: the service's operations whose names say so.
    #[test]
    fn every_served_operation_that_takes_tags_away_is_known() {
        let mut served = Vec::new();
        for service in tables::services() {
            let takes = |name: &&String| {
                ["Untag", "RemoveTags", "DeleteTags", "ChangeTags"].iter().any(|word| name.starts_with(word))
            };
            served.extend(service.operations.keys().filter(takes).map(|name| (&*service.name, &**name)));
        }
        served.sort_unstable();
        assert_eq!(served, TAKING);
    }
}
