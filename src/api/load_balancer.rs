//! A class's pool of load balancers.

use kube::KubeSchema;
use kube::core::Duration;
use serde::{Deserialize, Serialize};

use super::{rules, schema};

/// The kind of load balancer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClassLoadBalancer {
    /// Internal Network Load Balancers.
    pub network: NetworkPool,
}

/// A pool of Network Load Balancers: one more is made when the others are full.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new(
    "(has(self.listenerPorts) ? self.listenerPorts.from : 10000) <= (has(oldSelf.listenerPorts) ? oldSelf.listenerPorts.from : 10000) && \
     (has(self.listenerPorts) ? self.listenerPorts.to : 10049) >= (has(oldSelf.listenerPorts) ? oldSelf.listenerPorts.to : 10049)"
).message("loadBalancer.network.listenerPorts (10000 to 10049 when absent) may only grow; listeners use the ports").field_path(".listenerPorts"))]
pub struct NetworkPool {
    /// Ports of the listeners, one a service, the same on each load balancer. Absent: 10000 to 10049.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listener_ports: Option<PortRange>,
    /// A load balancer's node sends to pods of every zone. Absent: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_zone: Option<bool>,
    /// How long a pod that goes is still sent requests, 1s to 1h. Absent: 300s, which AWS may need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    #[x_kube(validation = rules::seconds("loadBalancer.network.drain", "1s", "1h"))]
    pub drain: Option<Duration>,
    /// How many load balancers at most, 1 to 10. Absent: 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10))]
    pub max: Option<i32>,
}

/// Ports, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.from <= self.to && self.to - self.from < 50")
    .message("loadBalancer.network.listenerPorts must span 1 to 50 ports (a Network Load Balancer has at most 50 listeners), from not above to"))]
pub struct PortRange {
    /// First port, 1 to 65535.
    #[schemars(range(min = 1, max = 65535))]
    pub from: u16,
    /// Last port, 1 to 65535.
    #[schemars(range(min = 1, max = 65535))]
    pub to: u16,
}
