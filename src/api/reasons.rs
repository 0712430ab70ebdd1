//! The closed list of reasons. Each has a heading in docs/reasons.md that says what it means and
//! what to do; `Ready` repeats the reason of whatever keeps the object from being ready.

/// Why a condition is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The spec is accepted.
    Accepted,
    /// The object does not parse: written before the CRD, or around it.
    NotReadable,
    /// A field has a value that is not allowed; the message names each.
    InvalidSpec,
    /// `className` names no class.
    UnknownClass,
    /// No `className`, and no class is the default.
    NoDefaultClass,
    /// No `className`, and several classes are the default.
    TwoDefaultClasses,
    /// `className` differs from the class that serves it.
    ClassChanged,
    /// No grant of the class matches the namespace.
    NamespaceNotAllowed,
    /// A route lies outside the granted paths.
    PathNotAllowed,
    /// An anonymous route without a grant for it.
    AnonymousNotAllowed,
    /// A route that names neither an authorizer nor `anonymous`.
    AuthorizerMissing,
    /// A route is not in API Gateway's grammar, or two of one service are the same.
    InvalidRoute,
    /// A route asks for more than the class's maximum.
    ThrottlingAboveMaximum,
    /// `shutdown.drain` is below the class's.
    DrainTooShort,
    /// The account in use is another than the class's.
    AccountMismatch,
    /// The class's VPC does not exist.
    VpcNotFound,
    /// The class's VPC tags match several VPCs.
    VpcAmbiguous,
    /// Subnets of the class do not exist, or no subnet has the tags.
    SubnetsNotFound,
    /// Subnets of the class are unfit: of another VPC, in one zone, or two in one zone.
    SubnetsUnfit,
    /// The subnets that the class selects are no longer those in use.
    SubnetsChanged,
    /// A security group that the class names does not exist in the VPC.
    SecurityGroupNotFound,
    /// Every wanted pod is ready.
    PodsReady,
    /// Pods are not ready; the message names one and its state.
    PodsNotReady,
    /// A new version is rolling out.
    RollingOut,
    /// No pod is wanted.
    ScaledToZero,
    /// The Kubernetes API server refused an object of ours.
    ApplyRefused,
    /// Every target is healthy.
    Healthy,
    /// The load balancer's health check fails.
    HealthCheckFailing,
    /// Targets are registered, their first checks are not done.
    Registering,
    /// No pod is registered.
    NoTargets,
    /// The security-group chain stands.
    Locked,
    /// Every route is served.
    Programmed,
    /// There are no routes.
    NoRoutes,
    /// Routes belong to another service.
    RouteConflict,
    /// It stands and can be used.
    Available,
    /// All is well.
    Ready,
    /// Calls to AWS are due or under way.
    Progressing,
    /// AWS is at work on it.
    WaitingForAWS,
    /// The class is not ready.
    ClassNotReady,
    /// The class has no room: every listener port is taken.
    ClassFull,
    /// An AWS quota is reached.
    QuotaReached,
    /// AWS denied a call.
    AccessDenied,
    /// AWS refused a call because of what it said.
    RefusedByAWS,
    /// AWS does not answer, or answers with errors of its own.
    AWSUnavailable,
    /// AWS throttles the calls.
    Throttled,
    /// Something of our name belongs to someone else; it is left alone.
    NotOurs,
    /// The object is being deleted.
    Deleting,
    /// The class is being deleted and still has services.
    ServicesLeft,
    /// Event: deleted under `Retain`; what it has in AWS stays.
    Retained,
    /// Event: an admin let it go by annotation; what is left in AWS is nobody's.
    OwnershipGivenUp,
    /// Nothing is left to do.
    UpToDate,
    /// Progress is possible without anyone acting.
    NotStalled,
    /// Someone changed in AWS what we keep.
    ChangedInAWS,
    /// Someone changed in AWS what we keep, and the drift policy is to leave it so.
    DriftReported,
    /// Configuration is stopped by annotation.
    Paused,
}

impl Reason {
    /// Every reason, in the order of the list above.
    pub const ALL: [Reason; 55] = [
        Reason::Accepted,
        Reason::NotReadable,
        Reason::InvalidSpec,
        Reason::UnknownClass,
        Reason::NoDefaultClass,
        Reason::TwoDefaultClasses,
        Reason::ClassChanged,
        Reason::NamespaceNotAllowed,
        Reason::PathNotAllowed,
        Reason::AnonymousNotAllowed,
        Reason::AuthorizerMissing,
        Reason::InvalidRoute,
        Reason::ThrottlingAboveMaximum,
        Reason::DrainTooShort,
        Reason::AccountMismatch,
        Reason::VpcNotFound,
        Reason::VpcAmbiguous,
        Reason::SubnetsNotFound,
        Reason::SubnetsUnfit,
        Reason::SubnetsChanged,
        Reason::SecurityGroupNotFound,
        Reason::PodsReady,
        Reason::PodsNotReady,
        Reason::RollingOut,
        Reason::ScaledToZero,
        Reason::ApplyRefused,
        Reason::Healthy,
        Reason::HealthCheckFailing,
        Reason::Registering,
        Reason::NoTargets,
        Reason::Locked,
        Reason::Programmed,
        Reason::NoRoutes,
        Reason::RouteConflict,
        Reason::Available,
        Reason::Ready,
        Reason::Progressing,
        Reason::WaitingForAWS,
        Reason::ClassNotReady,
        Reason::ClassFull,
        Reason::QuotaReached,
        Reason::AccessDenied,
        Reason::RefusedByAWS,
        Reason::AWSUnavailable,
        Reason::Throttled,
        Reason::NotOurs,
        Reason::Deleting,
        Reason::ServicesLeft,
        Reason::Retained,
        Reason::OwnershipGivenUp,
        Reason::UpToDate,
        Reason::NotStalled,
        Reason::ChangedInAWS,
        Reason::DriftReported,
        Reason::Paused,
    ];

    /// As in a condition's `reason`.
    pub fn as_str(self) -> &'static str {
        use Reason::*;
        match self {
            Accepted => "Accepted",
            NotReadable => "NotReadable",
            InvalidSpec => "InvalidSpec",
            UnknownClass => "UnknownClass",
            NoDefaultClass => "NoDefaultClass",
            TwoDefaultClasses => "TwoDefaultClasses",
            ClassChanged => "ClassChanged",
            NamespaceNotAllowed => "NamespaceNotAllowed",
            PathNotAllowed => "PathNotAllowed",
            AnonymousNotAllowed => "AnonymousNotAllowed",
            AuthorizerMissing => "AuthorizerMissing",
            InvalidRoute => "InvalidRoute",
            ThrottlingAboveMaximum => "ThrottlingAboveMaximum",
            DrainTooShort => "DrainTooShort",
            AccountMismatch => "AccountMismatch",
            VpcNotFound => "VpcNotFound",
            VpcAmbiguous => "VpcAmbiguous",
            SubnetsNotFound => "SubnetsNotFound",
            SubnetsUnfit => "SubnetsUnfit",
            SubnetsChanged => "SubnetsChanged",
            SecurityGroupNotFound => "SecurityGroupNotFound",
            PodsReady => "PodsReady",
            PodsNotReady => "PodsNotReady",
            RollingOut => "RollingOut",
            ScaledToZero => "ScaledToZero",
            ApplyRefused => "ApplyRefused",
            Healthy => "Healthy",
            HealthCheckFailing => "HealthCheckFailing",
            Registering => "Registering",
            NoTargets => "NoTargets",
            Locked => "Locked",
            Programmed => "Programmed",
            NoRoutes => "NoRoutes",
            RouteConflict => "RouteConflict",
            Available => "Available",
            Ready => "Ready",
            Progressing => "Progressing",
            WaitingForAWS => "WaitingForAWS",
            ClassNotReady => "ClassNotReady",
            ClassFull => "ClassFull",
            QuotaReached => "QuotaReached",
            AccessDenied => "AccessDenied",
            RefusedByAWS => "RefusedByAWS",
            AWSUnavailable => "AWSUnavailable",
            Throttled => "Throttled",
            NotOurs => "NotOurs",
            Deleting => "Deleting",
            ServicesLeft => "ServicesLeft",
            Retained => "Retained",
            OwnershipGivenUp => "OwnershipGivenUp",
            UpToDate => "UpToDate",
            NotStalled => "NotStalled",
            ChangedInAWS => "ChangedInAWS",
            DriftReported => "DriftReported",
            Paused => "Paused",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_heading_in_the_documentation_and_no_heading_is_left_over() {
        let text = include_str!("../../docs/reasons.md");
        let headings: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("### ")).collect();
        let mut reasons: Vec<&str> = Reason::ALL.iter().map(|r| r.as_str()).collect();
        let mut documented = headings.clone();
        reasons.sort_unstable();
        documented.sort_unstable();
        assert_eq!(documented, reasons);
    }

    #[test]
    fn every_reason_is_explained_in_a_sentence() {
        let text = include_str!("../../docs/reasons.md");
        for section in text.split("\n### ").skip(1) {
            let (heading, rest) = section.split_once('\n').unwrap();
            assert!(rest.lines().next().unwrap().len() > 20, "{heading} is not explained");
        }
    }
}
