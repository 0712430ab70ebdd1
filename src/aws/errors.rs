//! What AWS's errors mean: one table by service, code and message. Pure but for reading the SDK's
//! error type.

use std::time::Duration;

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::display::DisplayErrorContext;

use super::action::{Action, Service};
use crate::model::{AwsError, ErrorClass};

/// A line of the table. The first that fits decides.
struct Rule {
    /// Only this service's.
    service: Option<Service>,
    /// The code; a `*` at its start or end stands for anything.
    code: &'static str,
    /// What the message must contain, in lower case; empty: anything.
    says: &'static str,
    class: ErrorClass,
}

const fn any(code: &'static str, class: ErrorClass) -> Rule {
    Rule { service: None, code, says: "", class }
}

const fn of(service: Service, code: &'static str, says: &'static str, class: ErrorClass) -> Rule {
    Rule { service: Some(service), code, says, class }
}

use ErrorClass::{Exists, Gone, Permission, Quota, Race, Spec, Throttle, Transient, Unknown};
use Service::{ApiGateway, Ec2, Elb};

/// The table. Sources: the services' API references and models; for messages the issues of the
/// Terraform provider for AWS that quote them.
const TABLE: &[Rule] = &[
    // API Gateway says the same codes for different things: the message decides.
    of(ApiGateway, "TooManyRequestsException", "maximum number of", Quota),
    of(ApiGateway, "LimitExceededException", "", Quota),
    of(ApiGateway, "BadRequestException", "too many vpc links", Quota),
    of(ApiGateway, "BadRequestException", "limit", Quota),
    of(ApiGateway, "BadRequestException", "maximum number of", Quota),
    of(ApiGateway, "ConflictException", "concurrent modification", Race),
    of(ApiGateway, "ConflictException", "referenced", Race),
    of(ApiGateway, "ConflictException", "", Exists),
    // Just after CreateListener (hashicorp/terraform-provider-aws#22590).
    of(ApiGateway, "BadRequestException", "unable to retrieve listener port", Race),
    of(ApiGateway, "BadRequestException", "is referenced in", Race),
    // A group, listener or link that was made moments ago, or a link that is not yet available.
    of(ApiGateway, "BadRequestException", "does not exist", Race),
    of(ApiGateway, "BadRequestException", "not found", Race),
    of(ApiGateway, "BadRequestException", "not available yet", Race),
    of(ApiGateway, "BadRequestException", "pending", Race),
    of(ApiGateway, "BadRequestException", "", Spec),
    of(ApiGateway, "NotFoundException", "", Gone),
    of(ApiGateway, "ForbiddenException", "", Permission),
    of(ApiGateway, "UnsupportedOperation*", "", Spec),
    // Elastic Load Balancing.
    of(Elb, "Duplicate*Name", "", Exists),
    of(Elb, "DuplicateListener", "", Exists),
    of(Elb, "DuplicateTagKeys", "", Spec),
    of(Elb, "PriorRequestNotComplete", "", Race),
    of(Elb, "ResourceInUse", "", Race),
    // The group still hangs on a listener that is about to go.
    of(Elb, "TargetGroupAssociationLimit", "", Race),
    // A group that was made moments ago.
    of(Elb, "InvalidSecurityGroup", "", Race),
    of(Elb, "TooMany*", "", Quota),
    of(Elb, "LoadBalancerNotFound", "", Gone),
    of(Elb, "TargetGroupNotFound", "", Gone),
    of(Elb, "ListenerNotFound", "", Gone),
    of(Elb, "*NotFound", "", Spec),
    of(Elb, "HealthUnavailable", "", Transient),
    of(Elb, "InvalidConfigurationRequest", "", Spec),
    of(Elb, "InvalidSubnet", "", Spec),
    of(Elb, "InvalidTarget", "", Spec),
    of(Elb, "InvalidScheme", "", Spec),
    of(Elb, "InvalidLoadBalancerAction", "", Spec),
    of(Elb, "IncompatibleProtocols", "", Spec),
    of(Elb, "UnsupportedProtocol", "", Spec),
    of(Elb, "AvailabilityZoneNotSupported", "", Spec),
    of(Elb, "AllocationIdNotFound", "", Spec),
    of(Elb, "CapacityUnitsLimitExceeded", "", Quota),
    of(Elb, "InsufficientCapacity", "", Transient),
    // Deletion protection, by a person's hand: it may end, but not by itself.
    of(Elb, "OperationNotPermitted", "", Unknown),
    // EC2.
    of(Ec2, "InvalidGroup.Duplicate", "", Exists),
    of(Ec2, "InvalidPermission.Duplicate", "", Exists),
    of(Ec2, "DependencyViolation", "", Race),
    of(Ec2, "InvalidGroup.InUse", "", Race),
    of(Ec2, "Incorrect*State", "", Race),
    of(Ec2, "IncorrectState", "", Race),
    of(Ec2, "*LimitExceeded", "", Quota),
    of(Ec2, "InvalidVpcID.NotFound", "", Spec),
    of(Ec2, "InvalidSubnetID.NotFound", "", Spec),
    of(Ec2, "Invalid*.NotFound", "", Gone),
    of(Ec2, "CannotDelete", "", Spec),
    of(Ec2, "InvalidPermission.Malformed", "", Spec),
    of(Ec2, "InvalidGroup.Reserved", "", Spec),
    of(Ec2, "InvalidGroupId.Malformed", "", Spec),
    of(Ec2, "Invalid*.Malformed", "", Spec),
    // What every service may say.
    any("Throttling*", Throttle),
    any("ThrottledException", Throttle),
    any("RequestLimitExceeded", Throttle),
    any("TooManyRequestsException", Throttle),
    any("RequestThrottled*", Throttle),
    any("EC2ThrottledException", Throttle),
    any("SlowDown", Throttle),
    any("AccessDenied*", Permission),
    any("Unauthorized*", Permission),
    any("AuthFailure", Permission),
    any("OptInRequired", Permission),
    any("PendingVerification", Permission),
    any("InvalidClientTokenId", Permission),
    any("UnrecognizedClientException", Permission),
    any("InvalidSignatureException", Permission),
    any("SignatureDoesNotMatch", Permission),
    any("MissingAuthenticationToken*", Permission),
    any("IncompleteSignature*", Permission),
    // Credentials are renewed before the next attempt.
    any("ExpiredToken*", Transient),
    any("RequestExpired", Transient),
    any("InternalFailure", Transient),
    any("InternalError*", Transient),
    any("InternalServer*", Transient),
    any("ServiceUnavailable*", Transient),
    any("Unavailable", Transient),
    any("RequestTimeout*", Transient),
    any("InvalidParameter*", Spec),
    any("InvalidInput", Spec),
    any("MissingParameter", Spec),
    any("UnknownParameter", Spec),
    any("Validation*", Spec),
    any("Malformed*", Spec),
    any("SerializationException", Spec),
];

/// What an error means. `action` is the operation that was refused, `status` the HTTP status.
pub fn class(action: Action, code: &str, message: &str, status: u16) -> ErrorClass {
    let words = message.to_lowercase();
    let fits = |rule: &&Rule| {
        rule.service.is_none_or(|s| s == action.service())
            && matches(rule.code, code)
            && words.contains(rule.says)
    };
    let class = match (TABLE.iter().find(fits), status) {
        (Some(rule), _) => rule.class,
        (None, 429) => Throttle,
        (None, 500 | 502..=599) => Transient,
        (None, _) => Unknown,
    };
    if class == Gone && !is_about_the_object(action, code, &words) { Race } else { class }
}

/// Whether "not found" is about the object that `action` is for, rather than about one that it
/// refers to and that is being replaced or made again.
fn is_about_the_object(action: Action, code: &str, words: &str) -> bool {
    match action {
        Action::CreateListener | Action::ModifyListener | Action::DeleteListener => {
            code == "ListenerNotFound"
        }
        // "Unable to find Route by key … within the provided RouteSettings": the stage is there.
        Action::UpdateStage => !words.contains("route"),
        Action::UpdateRoute => !words.contains("integration"),
        _ => true,
    }
}

fn matches(pattern: &str, code: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == code,
        Some((start, end)) => {
            code.len() >= start.len() + end.len() && code.starts_with(start) && code.ends_with(end)
        }
    }
}

/// An error of the SDK, classed.
pub fn classify<E: ProvideErrorMetadata + std::error::Error + 'static>(
    action: Action,
    error: &SdkError<E, HttpResponse>,
) -> AwsError {
    let response = error.raw_response();
    let status = response.map_or(0, |r| r.status().as_u16());
    let (class, code, message) = match error {
        SdkError::ServiceError(_) => {
            let code = error.code().unwrap_or("NoCode");
            let message = error.message().unwrap_or("AWS gave no message");
            (class(action, code, message, status), code.to_owned(), message.to_owned())
        }
        // The request never left: credentials could not be loaded, or our input is incomplete.
        SdkError::ConstructionFailure(_) => (Unknown, "NotSent".to_owned(), chain(error)),
        SdkError::DispatchFailure(e) if e.is_other() || e.is_user() => {
            (Transient, "NotSent".to_owned(), chain(error))
        }
        _ => (Transient, "NoAnswer".to_owned(), chain(error)),
    };
    let retry_after = response
        .and_then(|r| r.headers().get("retry-after"))
        .and_then(|seconds| seconds.trim().parse().ok())
        .map(Duration::from_secs);
    let request_id = error.request_id().map(str::to_owned);
    AwsError { class, action: action.to_string(), code, message, request_id, retry_after }
}

/// The error with its causes: the SDK's own text is only the outermost.
fn chain<E: std::error::Error>(error: &E) -> String {
    DisplayErrorContext(error).to_string()
}

/// A reply that lacks what AWS always sends.
pub fn incomplete(action: Action, what: &str) -> AwsError {
    AwsError {
        class: Unknown,
        action: action.to_string(),
        code: "IncompleteReply".to_owned(),
        message: format!("the reply has no {what}"),
        request_id: None,
        retry_after: None,
    }
}
