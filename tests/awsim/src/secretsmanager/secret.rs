//! A secret, its versions, and the labels that lead to them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use super::content::Content;
use super::error::limit;
use super::midnight;
use super::rotation::Rotation;
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::quota::{Quota, Quotas};
use crate::world::{Options, Tags};

/// The label of the version that is read by default.
pub(super) const CURRENT: &str = "AWSCURRENT";
/// The label of the version that was current before.
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";
/// The label of the version that a rotation makes.
pub(super) const PENDING: &str = "AWSPENDING";

/// Versions without a label that are kept for good (SMQ, BC PutSecretValue).
const KEPT_UNLABELLED: usize = 100;
/// No version is removed that is younger (SMQ, BC PutSecretValue).
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// A secret.
#[derive(Clone, Debug, Serialize)]
pub struct Secret {
    /// With six random characters at its end.
    pub arn: String,
    /// Unique in the region.
    pub name: String,
    /// Never empty.
    pub description: Option<String>,
    /// As it was given; `None` is the key `aws/secretsmanager`.
    pub kms_key: Option<String>,
    /// `None` until there is a tag for the first time; afterwards perhaps empty (LSS, `test_secret_tags`).
    pub tags: Option<Tags>,
    /// In the order of their creation.
    pub versions: Vec<Version>,
    /// When it was made.
    pub created: SimTime,
    /// When anything of it was changed last.
    pub changed: SimTime,
    /// The day on which a value was read last.
    pub accessed: Option<SimTime>,
    /// When it is gone, if it is scheduled for deletion.
    pub deletion: Option<SimTime>,
    /// `None` if it was never configured.
    pub rotation: Option<Rotation>,
    /// The resource policy, as it was given.
    pub policy: Option<String>,
}

/// A version of a secret. Its value never changes.
#[derive(Clone, Debug, Serialize)]
pub struct Version {
    /// The ClientRequestToken of the call that made it.
    pub id: String,
    /// `None` while a rotation has not put its value.
    pub content: Option<Content>,
    /// When it was made.
    pub created: SimTime,
    /// The day on which it was read last.
    pub accessed: Option<SimTime>,
    /// Without any, the version is deprecated.
    pub labels: BTreeSet<String>,
    /// The key that it is encrypted with, as of the secret.
    pub kms_key: Option<String>,
}

impl Secret {
    /// The version of that id.
    pub(super) fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }

    /// The version that carries a label.
    pub(super) fn labelled(&self, label: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.labels.contains(label))
    }

    pub(super) fn version_mut(&mut self, id: &str) -> Option<&mut Version> {
        self.versions.iter_mut().find(|version| version.id == id)
    }

    /// Notes that the version was read. Only the day is kept (BC, LastAccessedDate).
    pub(super) fn accessed(&mut self, id: &str, now: SimTime) {
        self.accessed = Some(midnight(now));
        if let Some(version) = self.version_mut(id) {
            version.accessed = Some(midnight(now));
        }
    }

    /// Adds a version with `labels`, and `AWSCURRENT` if it is the first.
    ///
    /// # Errors
    /// `LimitExceededException` for too many labels or versions.
    pub(super) fn add(
        &mut self,
        id: &str,
        content: Option<Content>,
        labels: &[String],
        (now, options): (SimTime, &Options),
    ) -> Result<(), Fault> {
        let mut labels = labels.to_vec();
        if self.versions.is_empty() && content.is_some() && !labels.iter().any(|label| label == CURRENT) {
            labels.push(CURRENT.to_owned());
        }
        self.check_labels(&labels, &options.quotas)?;
        if self.unlabelled() >= options.quotas.get(Quota::UnlabelledVersions) {
            return Err(limit("You have reached the maximum number of versions for this secret."));
        }
        let kms_key = self.kms_key.clone();
        let (id, labels_of_new) = (id.to_owned(), BTreeSet::new());
        let key = id.clone();
        self.versions.push(Version {
            id,
            content,
            created: now,
            accessed: None,
            labels: labels_of_new,
            kms_key,
        });
        self.attach_all(&labels, &key, now);
        self.changed = now;
        self.prune(now);
        Ok(())
    }

    /// Attaches labels that a new value comes with. Where `AWSCURRENT` leaves a version that still
    /// carries `AWSPENDING`, that label goes (LSS, `…version_stages_current_pending`).
    pub(super) fn attach_all(&mut self, labels: &[String], id: &str, now: SimTime) {
        for label in labels.iter().filter(|label| *label != CURRENT) {
            self.attach(label, id, now);
        }
        if labels.iter().any(|label| label == CURRENT) {
            let from = self.attach(CURRENT, id, now);
            if let Some(version) = from.and_then(|from| self.version_mut(&from)) {
                version.labels.remove(PENDING);
            }
        }
    }

    /// Attaches a label to a version and takes it off the one that has it, which is returned. Where
    /// `AWSCURRENT` is taken off, `AWSPREVIOUS` is put on (BC, UpdateSecretVersionStage).
    pub(super) fn attach(&mut self, label: &str, id: &str, now: SimTime) -> Option<String> {
        let from = self.labelled(label).map(|version| version.id.clone()).filter(|from| from != id);
        self.detach(label);
        if let Some(version) = self.version_mut(id) {
            version.labels.insert(label.to_owned());
        }
        if label == CURRENT {
            if let Some(from) = &from {
                self.detach(PREVIOUS);
                if let Some(version) = self.version_mut(from) {
                    version.labels.insert(PREVIOUS.to_owned());
                }
            }
            if let Some(rotation) = &mut self.rotation {
                rotation.current_is(id, now);
            }
        }
        from
    }

    /// Takes a label off whichever version has it.
    pub(super) fn detach(&mut self, label: &str) {
        for version in &mut self.versions {
            version.labels.remove(label);
        }
    }

    /// Refuses labels of which the secret would have too many, over all its versions.
    pub(super) fn check_labels(&self, more: &[String], quotas: &Quotas) -> Result<(), Fault> {
        let mut all: BTreeSet<&String> = self.versions.iter().flat_map(|version| &version.labels).collect();
        all.extend(more);
        let most = quotas.get(Quota::LabelsPerSecret);
        if all.len() > most {
            let text = format!("A secret can have at most {most} staging labels, over all its versions.");
            return Err(limit(text));
        }
        Ok(())
    }

    fn unlabelled(&self) -> usize {
        self.versions.iter().filter(|version| version.labels.is_empty()).count()
    }

    /// Removes the oldest unlabelled versions that are more than are kept, none before its time.
    pub(super) fn prune(&mut self, now: SimTime) {
        let mut surplus = self.unlabelled().saturating_sub(KEPT_UNLABELLED);
        self.versions.retain(|version| {
            let goes = surplus > 0 && version.labels.is_empty() && now.since(version.created) >= KEPT_FOR;
            surplus -= usize::from(goes);
            !goes
        });
    }
}
