//! What is wrong with an input, and in which words each service says so.
//!
//! EC2 has its own codes and words. The other services' are those of the framework that AWS builds
//! them with ("1 validation error detected: Value …"), under a code that differs by service.
//! Where a service's own words are not known, that framework's are used; this is so for API
//! Gateway throughout.

use crate::fault::Fault;
use crate::tables::{Protocol, Service, Type};

/// One step on the way to a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A member of a structure: its name, and its name in EC2 requests.
    Member(String, String),
    /// An element of a list, from 1.
    Element(usize),
    /// An entry of a map.
    Key(String),
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the names say it
pub enum Wrong {
    /// The model has no such member (its path as on the wire).
    Unknown(String),
    Missing,
    Type(Type),
    Enum(Vec<String>),
    ShorterThan(f64),
    LongerThan(f64),
    LessThan(f64),
    MoreThan(f64),
    Pattern(String),
}

/// One thing that is wrong with an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Where.
    pub path: Vec<Step>,
    /// The value, as text; `None` where there is none, or it is not to be shown.
    pub value: Option<String>,
    /// What.
    pub wrong: Wrong,
}

impl Wrong {
    /// It is found while reading, before any limit is looked at.
    pub(super) fn structural(&self) -> bool {
        matches!(self, Wrong::Unknown(_) | Wrong::Type(_))
    }
}

impl Violation {
    fn structural(&self) -> bool {
        self.wrong.structural()
    }

    /// `loadBalancerName`, `tags.1.member.key`: member names in lower case.
    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Member(name, _) => {
                    let dot = if path.is_empty() { "" } else { "." };
                    path.push_str(&format!("{dot}{}", lower_first(name)));
                }
                Step::Element(number) => path.push_str(&format!(".{number}.member")),
                Step::Key(key) => path.push_str(&format!(".{key}")),
            }
        }
        path
    }

    /// `ipPermissions.1.FromPort`: as in the request, the first letter in lower case.
    fn ec2_path(&self) -> String {
        let part = |step: &Step| match step {
            Step::Member(_, query_name) => query_name.clone(),
            Step::Element(number) => number.to_string(),
            Step::Key(key) => key.clone(),
        };
        lower_first(&self.path.iter().map(part).collect::<Vec<_>>().join("."))
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The fault with which the service refuses an input; `violations` is not empty.
pub fn fault(service: &Service, protocol: Protocol, violations: &[Violation]) -> Fault {
    let structural = violations.iter().find(|violation| violation.structural());
    match (structural.or(violations.first()), service.name.as_str()) {
        (None, _) => Fault::new(500, "InternalFailure", "refused without a reason"),
        (Some(first), "ec2") => ec2(first),
        (Some(first), _) if protocol == Protocol::RestXml => rest_xml(service, first, violations),
        (Some(first), _) if first.structural() => malformed(service, protocol, first),
        _ => constraints(service, violations),
    }
}

fn ec2(violation: &Violation) -> Fault {
    let (path, value) = (violation.ec2_path(), violation.value.as_deref().unwrap_or_default());
    let invalid = |why: String| {
        Fault::bad(
            "InvalidParameterValue",
            format!("Value ( {value} ) for parameter {path} is invalid. {why}"),
        )
    };
    match &violation.wrong {
        // aws/aws-cli#48, aws/aws-sdk-cpp#327
        Wrong::Unknown(path) => {
            Fault::bad("UnknownParameter", format!("The parameter {path} is not recognized"))
        }
        // aws/aws-sdk-java-v2#5437
        Wrong::Missing => {
            Fault::bad("MissingParameter", format!("The request must contain the parameter {path}"))
        }
        // aws/aws-sdk-ruby#2575: "Expecting a value greater than 5.", though 5 will do.
        Wrong::LessThan(min) => invalid(format!("Expecting a value greater than {min}.")),
        Wrong::MoreThan(max) => invalid(format!("Expecting a value smaller than {max}.")),
        // The rest in words of our own.
        Wrong::Type(kind) => invalid(format!("Expecting a value of type {kind:?}.")),
        Wrong::Enum(values) => invalid(format!("Valid values: {}.", values.join(", "))),
        Wrong::ShorterThan(min) => invalid(format!("Expecting a length of at least {min}.")),
        Wrong::LongerThan(max) => invalid(format!("Expecting a length of at most {max}.")),
        Wrong::Pattern(pattern) => invalid(format!("Expecting a value that matches {pattern}.")),
    }
}

/// REST-XML documents are held against a schema first, and what its checker, Xerces, says is in the
/// message (aws/aws-sdk-ruby#137, pcorliss/ruby_route_53#35, chilts/nice-route53#8); what passes it
/// is checked as by the other services.
fn rest_xml(service: &Service, first: &Violation, all: &[Violation]) -> Fault {
    let element = |step: Option<&Step>| match step {
        Some(Step::Member(name, _)) => name.clone(),
        _ => String::new(),
    };
    let value = first.value.as_deref().unwrap_or_default();
    let said = match (&first.wrong, first.path.split_last()) {
        (Wrong::Unknown(path), _) => {
            let name = path.rsplit('.').next().unwrap_or_default();
            format!("cvc-complex-type.2.4.a: Invalid content was found starting with element '{name}'.")
        }
        (Wrong::Type(kind), _) => {
            format!("cvc-datatype-valid.1.2.1: '{value}' is not a valid value for '{kind:?}'.")
        }
        (Wrong::Missing, Some((Step::Member(name, _), parents))) if !parents.is_empty() => format!(
            "cvc-complex-type.2.4.b: The content of element '{}' is not complete. One of '{{\"{}\":{name}}}' is expected.",
            element(parents.iter().rfind(|step| matches!(step, Step::Member(..)))),
            service.xml_namespace
        ),
        (Wrong::ShorterThan(_), Some((last @ Step::Member(..), _))) if value == "[]" => {
            format!(
                "cvc-complex-type.2.4.b: The content of element '{}' is not complete.",
                element(Some(last))
            )
        }
        _ => return constraints_as("InvalidInput", all),
    };
    Fault::bad("InvalidInput", format!("Invalid XML ; {said}"))
}

/// The request cannot be read as the model says. AWS's services differ in whether they pass over
/// a member that they do not know; this one never does, because a caller who sends one relies on it.
fn malformed(service: &Service, protocol: Protocol, violation: &Violation) -> Fault {
    let code = match protocol {
        Protocol::Ec2 | Protocol::Query => "MalformedInput",
        Protocol::Json | Protocol::Cbor => "SerializationException",
        Protocol::RestJson => "BadRequestException",
        Protocol::RestXml => "InvalidInput",
    };
    let value = violation.value.as_deref().unwrap_or_default();
    let text = match &violation.wrong {
        Wrong::Unknown(path) => {
            format!("Unexpected member '{path}': {} has none of that name here", service.name)
        }
        Wrong::Type(kind) => format!("Value '{value}' at '{}' is not of type {kind:?}", violation.path()),
        _ => String::new(),
    };
    Fault::bad(code, text)
}

fn constraints(service: &Service, violations: &[Violation]) -> Fault {
    let code = match service.name.as_str() {
        "elbv2" | "sts" | "cloudwatch" => "ValidationError",
        "apigatewayv2" => "BadRequestException",
        // Its model has this error for parameters; it has no ValidationException.
        "resourcegroupstaggingapi" => "InvalidParameterException",
        // Recorded from AWS: localstack, test_logs_events.snapshot.json, get_log_events_limit_validation.
        "logs" => "InvalidParameterException",
        _ => "ValidationException",
    };
    constraints_as(code, violations)
}

fn constraints_as(code: &str, violations: &[Violation]) -> Fault {
    let words: Vec<String> = violations.iter().map(constraint).collect();
    let errors = if words.len() == 1 { "error" } else { "errors" };
    Fault::bad(code, format!("{} validation {errors} detected: {}", words.len(), words.join("; ")))
}

fn constraint(violation: &Violation) -> String {
    let member = match &violation.wrong {
        Wrong::Missing => "Member must not be null".to_owned(),
        Wrong::Enum(values) => format!("Member must satisfy enum value set: [{}]", values.join(", ")),
        Wrong::ShorterThan(min) => format!("Member must have length greater than or equal to {min}"),
        Wrong::LongerThan(max) => format!("Member must have length less than or equal to {max}"),
        Wrong::LessThan(min) => format!("Member must have value greater than or equal to {min}"),
        Wrong::MoreThan(max) => format!("Member must have value less than or equal to {max}"),
        Wrong::Pattern(pattern) => format!("Member must satisfy regular expression pattern: {pattern}"),
        Wrong::Unknown(_) | Wrong::Type(_) => "Member must be of its type".to_owned(),
    };
    let value = match (&violation.value, &violation.wrong) {
        (Some(value), _) => format!("Value '{value}'"),
        (None, Wrong::Missing) => "Value null".to_owned(),
        (None, _) => "Value".to_owned(),
    };
    format!("{value} at '{}' failed to satisfy constraint: {member}", violation.path())
}
