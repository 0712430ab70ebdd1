//! How a pod goes without losing a request.

use kube::KubeSchema;
use kube::core::Duration;
use serde::{Deserialize, Serialize};

use super::{rules, schema};

/// A terminating pod answers for `drain`, then has `stop` to end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shutdown {
    /// How long the pod goes on answering while the load balancer lets go of it, 1s to 1h and not
    /// below the class's. Absent: the class's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    #[x_kube(validation = rules::seconds("shutdown.drain", "1s", "1h"))]
    pub drain: Option<Duration>,
    /// From SIGTERM to SIGKILL, 1s to 1h. Absent: 30s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    #[x_kube(validation = rules::seconds("shutdown.stop", "1s", "1h"))]
    pub stop: Option<Duration>,
}
