//! What AWS's errors mean: one table by service, code and message. Pure but for reading the SDK's
//! error type.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

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

const fn saying(code: &'static str, says: &'static str, class: ErrorClass) -> Rule {
    Rule { service: None, code, says, class }
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
    of(ApiGateway, "BadRequestException", "maximum number of", Quota),
    of(ApiGateway, "ConflictException", "concurrent modification", Race),
    of(ApiGateway, "ConflictException", "referenced", Race),
    // Another route has a variable of another name in the same place: it may go.
    of(ApiGateway, "ConflictException", "conflicting", Unknown),
    of(ApiGateway, "ConflictException", "", Exists),
    // Just after CreateListener (hashicorp/terraform-provider-aws#22590).
    of(ApiGateway, "BadRequestException", "unable to retrieve listener port", Race),
    of(ApiGateway, "BadRequestException", "is referenced in", Race),
    // A group, listener or link that was made moments ago, or a link that is not yet available.
    of(ApiGateway, "BadRequestException", "does not exist", Race),
    of(ApiGateway, "BadRequestException", "not found", Race),
    of(ApiGateway, "BadRequestException", "invalid vpclink identifier", Race),
    of(ApiGateway, "BadRequestException", "cannot be used", Race),
    of(ApiGateway, "BadRequestException", "pending", Race),
    of(ApiGateway, "BadRequestException", "invalid nexttoken", Race),
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
    any("RequestLimitExceeded", Throttle),
    of(Ec2, "FilterLimitExceeded", "", Spec),
    any("*LimitExceeded", Quota),
    of(Ec2, "InsufficientFreeAddressesInSubnet", "", Quota),
    of(Ec2, "InvalidVpcID.NotFound", "", Spec),
    of(Ec2, "InvalidSubnetID.NotFound", "", Spec),
    of(Ec2, "Invalid*.NotFound", "", Gone),
    of(Ec2, "InvalidNextToken", "", Race),
    of(Ec2, "VPCIdNotSpecified", "", Spec),
    of(Ec2, "CannotDelete", "", Spec),
    of(Ec2, "InvalidPermission.Malformed", "", Spec),
    of(Ec2, "InvalidGroup.Reserved", "", Spec),
    of(Ec2, "InvalidGroupId.Malformed", "", Spec),
    of(Ec2, "Invalid*.Malformed", "", Spec),
    // What every service may say.
    any("Throttling*", Throttle),
    any("ThrottledException", Throttle),
    any("TooManyRequestsException", Throttle),
    any("RequestThrottled*", Throttle),
    any("EC2ThrottledException", Throttle),
    any("SlowDown", Throttle),
    any("AccessDenied*", Permission),
    any("Unauthorized*", Permission),
    any("AuthFailure", Permission),
    any("OptInRequired", Permission),
    any("PendingVerification", Permission),
    // Our clock is off: the SDK signs the next attempt by the time that came with the refusal.
    saying("InvalidSignatureException", "signature expired", Transient),
    saying("InvalidSignatureException", "signature not yet current", Transient),
    saying("SignatureDoesNotMatch", "signature expired", Transient),
    saying("SignatureDoesNotMatch", "signature not yet current", Transient),
    any("RequestTimeTooSkewed", Transient),
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

/// Whether credentials could not be loaded.
fn no_credentials(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<CredentialsError>() {
            return true;
        }
        cause = error.source();
    }
    false
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
            // Machines before the service know nothing of its errors' form.
            let code = error.code().map_or_else(|| format!("HTTP {status}"), str::to_owned);
            let message = error.message().unwrap_or("AWS gave no message");
            (class(action, &code, message, status), code, message.to_owned())
        }
        // The request never left: credentials could not be loaded, or our input is incomplete.
        SdkError::ConstructionFailure(_) => (Unknown, "NotSent".to_owned(), chain(error)),
        _ if no_credentials(error) => (Transient, AwsError::NO_CREDENTIALS.to_owned(), chain(error)),
        _ => (Transient, "NoAnswer".to_owned(), chain(error)),
    };
    let retry_after = response
        .and_then(|r| r.headers().get("retry-after"))
        .and_then(|seconds| seconds.trim().parse().ok())
        .map(Duration::from_secs);
    let request_id = error.request_id().map(str::to_owned);
    AwsError { class, action: action.to_string(), code, message, request_id, retry_after }
}

/// The error with its causes: its own text is only the outermost.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code that AWS documents for our calls, or that the simulator answers, with the message
    /// where it decides.
    const CODES: &[(Action, &str, &str, ErrorClass)] = &[
        (Action::CreateRoute, "TooManyRequestsException", "Too Many Requests", Throttle),
        (Action::GetApis, "TooManyRequestsException", "Rate exceeded", Throttle),
        (Action::RegisterTargets, "Throttling", "Rate exceeded", Throttle),
        (Action::RegisterTargets, "ThrottlingException", "Rate exceeded", Throttle),
        (Action::CreateSecurityGroup, "RequestLimitExceeded", "Request limit exceeded.", Throttle),
        (Action::CreateSecurityGroup, "EC2ThrottledException", "", Throttle),
        (
            Action::CreateVpcLink,
            "BadRequestException",
            "There are too many Vpc Links defined for this account. Limit is 10.",
            Quota,
        ),
        (
            Action::CreateRoute,
            "TooManyRequestsException",
            "Maximum number of Routes for this API has been reached. Please contact AWS if you need additional Routes.",
            Quota,
        ),
        (Action::CreateApi, "LimitExceededException", "Maximum number of APIs", Quota),
        (Action::CreateListener, "TooManyListeners", "", Quota),
        (Action::CreateLoadBalancer, "TooManyLoadBalancers", "", Quota),
        (Action::CreateTargetGroup, "TooManyTargetGroups", "", Quota),
        (Action::RegisterTargets, "TooManyTargets", "", Quota),
        (Action::RegisterTargets, "TooManyRegistrationsForTargetId", "", Quota),
        (Action::CreateListener, "TooManyTags", "", Quota),
        (Action::CreateSecurityGroup, "SecurityGroupLimitExceeded", "", Quota),
        (Action::AuthorizeSecurityGroupIngress, "RulesPerSecurityGroupLimitExceeded", "", Quota),
        (Action::CreateLoadBalancer, "SecurityGroupsPerInterfaceLimitExceeded", "", Quota),
        (
            Action::CreateRoute,
            "ConflictException",
            "Unable to complete operation due to concurrent modification. Please try again later.",
            Race,
        ),
        (
            Action::DeleteIntegration,
            "ConflictException",
            "Cannot delete Integration because it is referenced by the following Routes with Ids [abc]",
            Race,
        ),
        (
            Action::DeleteVpcLink,
            "BadRequestException",
            "Cannot delete vpc link. Vpc link 'x', is referenced in [ANY:route]",
            Race,
        ),
        (Action::CreateIntegration, "BadRequestException", "Unable to retrieve listener port", Race),
        (
            Action::UpdateStage,
            "NotFoundException",
            "Unable to find Route by key GET /x within the provided RouteSettings",
            Race,
        ),
        (Action::UpdateRoute, "NotFoundException", "Invalid Integration identifier specified", Race),
        (
            Action::CreateIntegration,
            "BadRequestException",
            "VpcLink abc cannot be used: its status is PENDING",
            Race,
        ),
        (Action::CreateIntegration, "BadRequestException", "Invalid VpcLink identifier specified abc", Race),
        (Action::CreateVpcLink, "BadRequestException", "The security group 'sg-1' does not exist", Race),
        (Action::GetRoutes, "BadRequestException", "Invalid nextToken specified", Race),
        (Action::DeleteTargetGroup, "ResourceInUse", "", Race),
        (Action::CreateLoadBalancer, "PriorRequestNotComplete", "", Race),
        (Action::CreateListener, "TargetGroupAssociationLimit", "", Race),
        (Action::ModifyListener, "TargetGroupNotFound", "", Race),
        (Action::CreateListener, "LoadBalancerNotFound", "", Race),
        (Action::DeleteSecurityGroup, "DependencyViolation", "", Race),
        (Action::DescribeSecurityGroups, "InvalidNextToken", "", Race),
        (
            Action::CreateRoute,
            "ConflictException",
            "Route with key GET /x already exists for this API",
            Exists,
        ),
        (Action::CreateStage, "ConflictException", "Stage already exists", Exists),
        (Action::CreateLoadBalancer, "DuplicateLoadBalancerName", "", Exists),
        (Action::CreateTargetGroup, "DuplicateTargetGroupName", "", Exists),
        (Action::CreateListener, "DuplicateListener", "", Exists),
        (Action::CreateSecurityGroup, "InvalidGroup.Duplicate", "", Exists),
        (Action::AuthorizeSecurityGroupIngress, "InvalidPermission.Duplicate", "", Exists),
        (Action::DeleteApi, "NotFoundException", "Invalid API identifier specified 1:x", Gone),
        (Action::DeleteRoute, "NotFoundException", "Unable to find Route", Gone),
        (Action::UpdateStage, "NotFoundException", "Invalid stage identifier specified", Gone),
        (Action::DeleteListener, "ListenerNotFound", "", Gone),
        (Action::DeleteLoadBalancer, "LoadBalancerNotFound", "", Gone),
        (Action::DeleteTargetGroup, "TargetGroupNotFound", "", Gone),
        (Action::DeleteSecurityGroup, "InvalidGroup.NotFound", "", Gone),
        (Action::RevokeSecurityGroupIngress, "InvalidSecurityGroupRuleId.NotFound", "", Gone),
        (Action::RevokeSecurityGroupEgress, "InvalidPermission.NotFound", "", Gone),
        (
            Action::CreateVpcLink,
            "BadRequestException",
            "Subnet 'subnet-1' is in Availability Zone 'use1-az3' where service is not available",
            Spec,
        ),
        (
            Action::CreateRoute,
            "BadRequestException",
            "The provided route key is not formatted properly",
            Spec,
        ),
        (Action::CreateLoadBalancer, "InvalidConfigurationRequest", "", Spec),
        (Action::CreateLoadBalancer, "InvalidSubnet", "", Spec),
        (Action::CreateLoadBalancer, "SubnetNotFound", "", Spec),
        (Action::CreateListener, "CertificateNotFound", "", Spec),
        (Action::CreateListener, "IncompatibleProtocols", "", Spec),
        (Action::RegisterTargets, "InvalidTarget", "", Spec),
        (Action::CreateTargetGroup, "ValidationError", "", Spec),
        (Action::CreateSecurityGroup, "InvalidVpcID.NotFound", "", Spec),
        (Action::CreateSecurityGroup, "InvalidParameterValue", "", Spec),
        (Action::CreateSecurityGroup, "InvalidParameterCombination", "", Spec),
        (Action::CreateSecurityGroup, "MissingParameter", "", Spec),
        (Action::CreateSecurityGroup, "UnknownParameter", "", Spec),
        (Action::CreateSecurityGroup, "InvalidGroup.Reserved", "", Spec),
        (Action::CreateSecurityGroup, "VPCIdNotSpecified", "", Spec),
        (Action::DeleteSecurityGroup, "CannotDelete", "", Spec),
        (Action::DescribeVpcs, "FilterLimitExceeded", "", Spec),
        (
            Action::GetApis,
            "AccessDeniedException",
            "User: x is not authorized to perform: apigateway:GET",
            Permission,
        ),
        (Action::CreateListener, "AccessDenied", "", Permission),
        (Action::CreateSecurityGroup, "UnauthorizedOperation", "", Permission),
        (Action::CreateSecurityGroup, "AuthFailure", "", Permission),
        (Action::GetCallerIdentity, "InvalidClientTokenId", "", Permission),
        (Action::GetApis, "UnrecognizedClientException", "", Permission),
        (Action::GetApis, "MissingAuthenticationToken", "", Permission),
        (Action::GetApis, "IncompleteSignature", "", Permission),
        (Action::GetApis, "ExpiredTokenException", "", Transient),
        (Action::GetCallerIdentity, "ExpiredToken", "", Transient),
        (
            Action::GetApis,
            "InvalidSignatureException",
            "Signature expired: 2 is now earlier than 3",
            Transient,
        ),
        (Action::GetApis, "InvalidSignatureException", "The request signature we calculated", Permission),
        (Action::CreateListener, "SignatureDoesNotMatch", "Signature not yet current: 3", Transient),
        (Action::CreateSecurityGroup, "RequestExpired", "Request has expired.", Transient),
        (Action::GetApis, "InternalFailure", "", Transient),
        (Action::CreateSecurityGroup, "InternalError", "", Transient),
        (Action::CreateSecurityGroup, "ServiceUnavailable", "", Transient),
        (Action::GetCallerIdentity, "InvalidAction", "", Unknown),
        (Action::DeleteLoadBalancer, "OperationNotPermitted", "deletion protection", Unknown),
    ];

    #[test]
    fn every_known_code_has_its_class() {
        for (action, code, message, wanted) in CODES {
            assert_eq!(class(*action, code, message, 400), *wanted, "{action} {code} {message}");
        }
    }

    #[test]
    fn the_status_decides_about_a_code_that_nobody_knows() {
        assert_eq!(class(Action::GetApis, "Odd", "", 429), Throttle);
        assert_eq!(class(Action::GetApis, "Odd", "", 503), Transient);
        assert_eq!(class(Action::GetApis, "Odd", "", 501), Unknown);
        assert_eq!(class(Action::GetApis, "Odd", "", 400), Unknown);
    }
}
