//! ACM: certificates that are validated by a DNS record or imported, their states, uses and tags.
//! State and handlers, no IO. No certificate is signed here: of one that ACM issued, everything is
//! told but its PEM.
//!
//! Other services say what uses a certificate through [`usage`].
//!
//! Sources named in the code: `BC` is the service model (botocore 1.44.5) with its documentation,
//! `UG` AWS's ACM user guide; else the issue in which AWS's words were reported. Where they are not
//! known, the words here say what is wrong.

mod certificate;
mod delays;
mod error;
mod import;
mod list;
mod options;
pub(crate) mod pem;
mod request;
pub mod tags;
#[cfg(test)]
mod tests;
pub mod usage;
mod validation;
pub(crate) mod x509;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use certificate::{Certificate, Material, Status};
pub use delays::Delays;
pub use tags::{tag, tagged, tags_of};
pub use validation::{Found, Proof, Validation, settle, wanted};
pub use x509::Facts;

use crate::world::Handler;

/// What exists of this service in one region.
#[derive(Clone, Debug, Default, Serialize)]
pub struct State {
    /// By ARN.
    pub certificates: BTreeMap<String, Certificate>,
    /// How long things take.
    pub delays: Delays,
}

impl State {
    /// The whole state, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The handler of an operation that is served.
pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "RequestCertificate" => request::request,
        "DescribeCertificate" => certificate::describe,
        "ListCertificates" => list::list,
        "DeleteCertificate" => certificate::delete,
        "GetCertificate" => certificate::get,
        "ImportCertificate" => import::import,
        "UpdateCertificateOptions" => options::update,
        "ResendValidationEmail" => options::resend,
        "AddTagsToCertificate" => tags::add,
        "RemoveTagsFromCertificate" => tags::remove,
        "ListTagsForCertificate" => tags::list,
        _ => return None,
    })
}
