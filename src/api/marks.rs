//! Names that we put on Kubernetes objects, or read from them: labels, annotations, the finalizer,
//! field managers. The marks on AWS resources are in `model::marks`.

/// Annotation on a class: `"true"` makes it the class of services that name none.
pub const IS_DEFAULT_CLASS: &str = "gatewayed.io/is-default-class";
/// Annotation on a service or class: `"true"` stops configuration; registering targets goes on.
pub const PAUSED: &str = "gatewayed.io/paused";
/// Annotation on a service or class that is being deleted: `"true"` lets it go although something of
/// it is, or may be, left in AWS. An object that is not being deleted takes no notice of it.
pub const GIVE_UP: &str = "gatewayed.io/give-up-ownership";
/// The finalizer on both kinds.
pub const FINALIZER: &str = "gatewayed.io/finalizer";
/// Field manager of the objects we apply.
pub const FIELD_MANAGER: &str = "gatewayed";
/// Field manager that holds a Deployment's replica count while it passes to an autoscaler.
pub const AUTOSCALED_FIELD_MANAGER: &str = "gatewayed/replicas";
/// Field manager of the status we apply.
pub const STATUS_FIELD_MANAGER: &str = "gatewayed/status";

/// Label on every object we make: [`MANAGED_BY_US`].
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`].
pub const MANAGED_BY_US: &str = "gatewayed";
/// Label on every object we make: the service's name.
pub const APP_NAME: &str = "app.kubernetes.io/name";
/// Label on pods and the selector of their Deployment, Service and policies: the service's name.
pub const SERVICE: &str = "gatewayed.io/service";
/// Condition on pods, and the readiness gate of our templates: the load balancer has found the pod
/// healthy, so a rollout may go on.
pub const TARGET_HEALTHY: &str = "gatewayed.io/target-healthy";
/// Annotation on a shard's Lease: the replica that asks its holder for it.
pub const ASKED_BY: &str = "gatewayed.io/asked-by";
/// Annotation on the layout's Lease: how many shards there are.
pub const SHARDS: &str = "gatewayed.io/shards";
/// Prefix of labels, annotations and tags that only we may write.
pub const OUR_PREFIX: &str = "gatewayed.io/";
