//! Step 6: both objects are deleted, and nothing is left.

use std::collections::BTreeSet;
use std::time::Instant;

use super::error::DemoError;
use super::inventory;
use super::object::{CLASS, SERVICE};
use super::setup::{Demo, Look};

/// How many of what is left over are named while it is waited for.
const NAMED: usize = 20;

/// In AWS there is what there was before the first step, and nothing of ours in the cluster.
pub async fn everything(demo: &Demo<'_>) -> Result<(), DemoError> {
    let (service, class) = (demo.manifest("orders.yaml")?, demo.manifest("class.yaml")?);
    let made = inventory::in_aws(demo.awsim()?).difference(&demo.at_first).count();
    let ours = inventory::in_cluster(&demo.kubectl).await?.len();
    demo.screen.step(6, "Everything is deleted", &format!("kubectl delete -f {service} -f {class}"));
    let since = Instant::now();
    demo.kubectl.run(&["delete", "--wait=false", "-f", &service, "-f", &class]).await?;
    for object in [SERVICE, CLASS] {
        demo.until(&format!("{} to be gone", object.words()), async || {
            Ok(match object.get(&demo.client).await? {
                None => Look::There(()),
                Some(seen) => Look::NotYet(seen.ready_words()),
            })
        })
        .await?;
        demo.screen.fact(since.elapsed(), "Gone", &object.words());
    }
    demo.until("nothing to be left", async || {
        let there = inventory::in_aws(demo.awsim()?);
        let lost: Vec<_> = demo.at_first.difference(&there).cloned().collect();
        if !lost.is_empty() {
            let message = format!("deleted in AWS, and never ours: {}", lost.join(", "));
            return Err(DemoError::Broken(message));
        }
        let left: BTreeSet<String> = there.difference(&demo.at_first).cloned().collect();
        let cluster = inventory::in_cluster(&demo.kubectl).await?;
        Ok(match left.is_empty() && cluster.is_empty() {
            true => Look::There(()),
            false => Look::NotYet(format!("{}, {}", words(&left, "AWS"), words(&cluster, "the cluster"))),
        })
    })
    .await?;
    let (aws, cluster) = (format!("0 of {made} objects left in AWS"), format!("0 of {ours} in the cluster"));
    demo.screen.fact(since.elapsed(), "Nothing is left", &format!("{aws}, {cluster}"));
    Ok(())
}

/// `1 object left in AWS (listener arn:…)`.
fn words(left: &BTreeSet<String>, place: &str) -> String {
    let names: Vec<&str> = left.iter().take(NAMED).map(String::as_str).collect();
    let more = if left.len() > NAMED { ", …" } else { "" };
    match names.is_empty() {
        true => format!("0 objects left in {place}"),
        false => format!("{} objects left in {place} ({}{more})", left.len(), names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_counted_and_named() {
        assert_eq!(words(&BTreeSet::new(), "AWS"), "0 objects left in AWS");
        let left = BTreeSet::from(["pod/a".to_owned(), "pod/b".to_owned()]);
        assert_eq!(words(&left, "the cluster"), "2 objects left in the cluster (pod/a, pod/b)");
    }
}
