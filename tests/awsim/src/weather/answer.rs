//! What a service in bad weather answers instead of serving a call.

use crate::fault::Fault;
use crate::tables::{Operation, Service};
use crate::wire::Reply;

/// A service's own 5xx. Where it has several, `drawn` (0 to 1) picks one.
///
/// Sources: EC2: `InternalError` 500 (aws-cli #384) and `Unavailable` 503 (EC2 API reference, server
/// error codes; its words in FuzzManager #603). `InternalFailure` 500 and `ServiceUnavailable` 503
/// are the errors common to all services (Elastic Load Balancing API reference, Common Errors);
/// where errors are modelled shapes the latter ends in `Exception`, as in API Gateway's first API
/// (botocore, apigateway). `InternalServiceError` of Secrets Manager and of CloudWatch,
/// `ServiceUnavailableException` of Logs and `InternalServiceException` of tagging with their words
/// are in botocore's models; that those without a status there answer 500 is in their API references.
pub fn server_error(service: &str, drawn: f64) -> Fault {
    let internal = Fault::new(
        500,
        "InternalFailure",
        "The request processing has failed because of an unknown error, exception or failure.",
    );
    let away =
        |code| Fault::new(503, code, "The request has failed due to a temporary failure of the server.");
    let first = drawn < 0.5;
    match service {
        "ec2" if first => Fault::new(500, "InternalError", "An internal error has occurred"),
        "ec2" => Fault::new(503, "Unavailable", "The service is unavailable. Please try again shortly."),
        "secretsmanager" => Fault::new(500, "InternalServiceError", "An error occurred on the server side."),
        "logs" => Fault::new(500, "ServiceUnavailableException", "The service cannot complete the request."),
        "cloudwatch" => Fault::new(
            500,
            "InternalServiceError",
            "Request processing has failed because of some unknown error, exception, or failure.",
        ),
        "resourcegroupstaggingapi" => Fault::new(
            500,
            "InternalServiceException",
            "The request processing failed because of an unknown error, exception, or failure. You can retry \
             the request.",
        ),
        _ if first => internal,
        "apigatewayv2" | "acm" => away("ServiceUnavailableException"),
        _ => away("ServiceUnavailable"),
    }
}

/// What comes where no machine of the service can be reached: a page of HTML in any protocol
/// (botocore's parsers know it by its beginning and take the status for the code).
pub fn unavailable() -> Reply {
    let body = "<html><body><b>Http/1.1 Service Unavailable</b></body></html>";
    let headers = vec![("content-type", "text/html".to_owned())];
    Reply { status: 503, headers, body: body.as_bytes().to_vec() }
}

/// The IAM action that an operation is, as far as its name says: API Gateway's are the HTTP verbs
/// (service authorization reference).
pub fn action(service: &Service, name: &str, operation: &Operation) -> String {
    match service.name.as_str() {
        "apigatewayv2" => format!("apigateway:{}", operation.method),
        "resourcegroupstaggingapi" => format!("tag:{name}"),
        "cloudwatch" => format!("cloudwatch:{name}"),
        _ => format!("{}:{name}", service.signing_name),
    }
}
