//! What a rule says of a condition.

use crate::api::Reason;

/// A rule's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It holds.
    Holds {
        /// Why.
        reason: Reason,
        /// In a sentence.
        message: String,
    },
    /// It does not.
    Fails(Failure),
    /// Nothing new can be said: as before, if that was said of this generation; else this.
    AsBefore(Failure),
}

/// Why something does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// In one word.
    pub reason: Reason,
    /// In a sentence, with what to do.
    pub message: String,
    /// Whether it ends by itself.
    pub weight: Weight,
    /// Requests are, or may be, lost: an object that was ready no longer is.
    pub lost: bool,
}

/// Whether a failure ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// There is nothing to do: it is as the spec says.
    Settled,
    /// Work goes on.
    Progress,
    /// Someone must act.
    Stuck,
}

impl Verdict {
    /// It holds.
    pub fn holds(reason: Reason, message: impl Into<String>) -> Verdict {
        Verdict::Holds { reason, message: message.into() }
    }

    /// It does not.
    pub fn fails(reason: Reason, message: impl Into<String>) -> Verdict {
        Verdict::Fails(Failure::new(reason, message))
    }

    /// Work is quietly going on.
    pub fn quiet(message: impl Into<String>) -> Verdict {
        Verdict::AsBefore(Failure::new(Reason::Progressing, message))
    }
}

impl Failure {
    /// With the weight that the reason has, and nothing lost.
    pub fn new(reason: Reason, message: impl Into<String>) -> Failure {
        Failure { reason, message: message.into(), weight: weight(reason), lost: false }
    }

    /// The same, with requests lost if `lost`.
    pub fn losing(self, lost: bool) -> Failure {
        Failure { lost, ..self }
    }
}

/// Whether what a reason tells ends by itself.
pub fn weight(reason: Reason) -> Weight {
    use Reason::*;
    match reason {
        NotReadable
        | InvalidSpec
        | UnknownClass
        | NoDefaultClass
        | TwoDefaultClasses
        | ClassChanged
        | NamespaceNotAllowed
        | PathNotAllowed
        | AnonymousNotAllowed
        | AuthorizerMissing
        | InvalidRoute
        | ThrottlingAboveMaximum
        | DrainTooShort
        | AccountMismatch
        | VpcNotFound
        | VpcAmbiguous
        | SubnetsNotFound
        | SubnetsUnfit
        | SubnetsChanged
        | SecurityGroupNotFound
        | ApplyRefused
        | RouteConflict
        | ClassFull
        | QuotaReached
        | AccessDenied
        | RefusedByAWS
        | NotOurs
        | DriftReported
        | ServicesLeft => Weight::Stuck,
        PodsNotReady | RollingOut | HealthCheckFailing | Registering | NoTargets | Progressing
        | WaitingForAWS | ClassNotReady | AWSUnavailable | Throttled | Deleting | ChangedInAWS => {
            Weight::Progress
        }
        Accepted | PodsReady | ScaledToZero | Healthy | Locked | Programmed | NoRoutes | Available
        | Ready | UpToDate | NotStalled | Paused | Retained | OwnershipGivenUp => Weight::Settled,
    }
}

/// The first answer of a condition's rules; every list of rules ends with one that has an answer.
pub fn first(mut answers: impl Iterator<Item = Option<Verdict>>) -> Verdict {
    answers.find_map(|answer| answer).unwrap_or_else(|| Verdict::quiet("Not looked at yet."))
}
