//! What uses a certificate: listeners and domain names of other services say so here. As long as
//! one does, and some minutes after, the certificate cannot be deleted.

use std::collections::BTreeSet;

use super::Status;
use crate::clock::SimTime;
use crate::world::Region;

/// Whether the certificate is in this region and issued, as what uses it needs it to be.
pub fn usable(region: &Region, certificate: &str) -> bool {
    region.acm.certificates.get(certificate).is_some_and(|c| c.status == Status::Issued)
}

/// Whether the certificate was imported, and not issued by ACM.
pub fn imported(region: &Region, certificate: &str) -> bool {
    region.acm.certificates.get(certificate).is_some_and(|c| c.material.is_some())
}

/// Whether the certificate was issued and is valid at that moment, also before [`super::settle`] has
/// come to it.
pub fn valid_at(region: &Region, certificate: &str, now: SimTime) -> bool {
    let valid = region.acm.certificates.get(certificate).and_then(|c| c.valid);
    usable(region, certificate) && valid.is_some_and(|(_, until)| now < until)
}

/// The certificate's names; `None` if there is none of this ARN.
pub fn names<'a>(region: &'a Region, certificate: &str) -> Option<&'a [String]> {
    region.acm.certificates.get(certificate).map(|c| c.names.as_slice())
}

/// The thing with ARN `user` uses these certificates, by their ARNs, from `now` on and none else;
/// ARNs that are none of this region's certificates (IAM's) are passed over. With one that it used
/// and no longer does, it counts for [`super::Delays::linger`] yet.
pub fn replace(region: &mut Region, user: &str, certificates: &BTreeSet<String>, now: SimTime) {
    let until = now + region.acm.delays.linger;
    for (arn, certificate) in &mut region.acm.certificates {
        if certificates.contains(arn) {
            certificate.users.insert(user.to_owned(), None);
        } else if let Some(end) = certificate.users.get_mut(user) {
            end.get_or_insert(until);
        }
    }
}
