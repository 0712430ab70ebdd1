//! Conditions of a statement (IAM User Guide, "IAM JSON policy elements: Condition operators" and
//! "Single-valued vs. multivalued context keys").

use std::net::IpAddr;

use ipnet::IpNet;

use super::context::Facts;
use super::pattern::{self, Part};

/// `{"OPERATOR": {"KEY": [VALUES]}}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// How the values are compared.
    pub operator: Operator,
    /// What is looked at.
    pub key: String,
    /// One of them is enough; of a negated operator, none may match.
    pub values: Vec<String>,
}

/// A condition operator with its prefix and suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`
    pub set: Option<Set>,
    /// What kind of comparison.
    pub test: Test,
    /// `…Not…`
    pub negated: bool,
    /// `…IfExists`
    pub if_exists: bool,
}

/// How a key of many values is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Every value of the request passes; a key that is absent does.
    All,
    /// One value of the request passes.
    Any,
}

/// Which way two values that have an order stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Order {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// Exact; `fold`: but for case; `like`: with wildcards.
    Text {
        /// `…IgnoreCase`
        fold: bool,
        /// `StringLike`
        like: bool,
    },
    /// Of numbers.
    Number(Order),
    /// Of moments, ISO 8601 or seconds since the epoch.
    Date(Order),
    /// `true` or `false`.
    Bool,
    /// An address in a CIDR block, or the same address.
    Ip,
    /// Each of the six parts of an ARN by itself, with wildcards; `ArnEquals` is the same as `ArnLike`.
    Arn,
    /// Whether the key is absent.
    Null,
}

impl Operator {
    /// Reads an operator's name; `None` for what is none.
    pub fn parse(name: &str) -> Option<Operator> {
        let (set, rest) = match name.split_once(':') {
            None => (None, name),
            Some(("ForAllValues", rest)) => (Some(Set::All), rest),
            Some(("ForAnyValue", rest)) => (Some(Set::Any), rest),
            Some(_) => return None,
        };
        let (rest, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |rest| (rest, true));
        let (test, negated) = base(rest)?;
        // There is no NullIfExists.
        (test != Test::Null || !if_exists && set.is_none()).then_some(Operator {
            set,
            test,
            negated,
            if_exists,
        })
    }

    /// Whether a value can be one of this operator's. Values with variables in them can.
    pub fn takes(self, value: &str) -> bool {
        value.contains("${")
            || match self.test {
                Test::Text { .. } => true,
                Test::Number(_) => value.parse::<f64>().is_ok(),
                Test::Date(_) => moment(value).is_some(),
                Test::Bool | Test::Null => matches!(value, "true" | "false"),
                Test::Ip => network(value).is_some(),
                Test::Arn => value == "*" || value.splitn(6, ':').count() == 6,
            }
    }
}

fn base(name: &str) -> Option<(Test, bool)> {
    let ordered = |order: &str| {
        Some(match order {
            "Equals" => (Order::Equals, false),
            "NotEquals" => (Order::Equals, true),
            "LessThan" => (Order::LessThan, false),
            "LessThanEquals" => (Order::LessThanEquals, false),
            "GreaterThan" => (Order::GreaterThan, false),
            "GreaterThanEquals" => (Order::GreaterThanEquals, false),
            _ => return None,
        })
    };
    let text = |fold, like, negated| Some((Test::Text { fold, like }, negated));
    match name {
        "StringEquals" | "BinaryEquals" => text(false, false, false),
        "StringNotEquals" => text(false, false, true),
        "StringEqualsIgnoreCase" => text(true, false, false),
        "StringNotEqualsIgnoreCase" => text(true, false, true),
        "StringLike" => text(false, true, false),
        "StringNotLike" => text(false, true, true),
        "Bool" => Some((Test::Bool, false)),
        "IpAddress" => Some((Test::Ip, false)),
        "NotIpAddress" => Some((Test::Ip, true)),
        "ArnEquals" | "ArnLike" => Some((Test::Arn, false)),
        "ArnNotEquals" | "ArnNotLike" => Some((Test::Arn, true)),
        "Null" => Some((Test::Null, false)),
        _ => match (name.strip_prefix("Numeric"), name.strip_prefix("Date")) {
            (Some(order), _) => ordered(order).map(|(order, negated)| (Test::Number(order), negated)),
            (_, Some(order)) => ordered(order).map(|(order, negated)| (Test::Date(order), negated)),
            _ => None,
        },
    }
}

impl Condition {
    /// Whether it holds. `variables`: as [`pattern::expand`]; a variable that cannot be replaced
    /// makes it not hold.
    ///
    /// A key that is absent does not match: a negated operator holds then, another does not;
    /// `IfExists` and `ForAllValues` hold.
    pub fn holds(&self, facts: &Facts<'_>, variables: bool) -> bool {
        let Operator { set, test, negated, if_exists } = self.operator;
        let given = facts.get(&self.key);
        if test == Test::Null {
            return self.values.iter().any(|value| (value == "true") == given.is_empty());
        }
        let variables = variables.then_some(facts);
        let like = matches!(test, Test::Arn | Test::Text { like: true, .. });
        let wanted: Option<Vec<Vec<Part>>> =
            self.values.iter().map(|value| pattern::expand(value, like, variables)).collect();
        let Some(wanted) = wanted else { return false };
        let passes = |value: &&str| wanted.iter().any(|wanted| compare(test, wanted, value)) != negated;
        match set {
            _ if given.is_empty() => if_exists || set.map_or(negated, |set| set == Set::All),
            Some(Set::All) => given.iter().all(passes),
            Some(Set::Any) => given.iter().any(passes),
            // What AWS makes of a key with many values without a prefix is not documented.
            None if negated => given.iter().all(passes),
            None => given.iter().any(passes),
        }
    }
}

fn compare(test: Test, wanted: &[Part], given: &str) -> bool {
    let plain = || -> String { wanted.iter().map(|part| char_of(*part)).collect() };
    match test {
        Test::Text { fold, .. } => pattern::matches(wanted, given, fold),
        Test::Number(order) => in_order(order, given.parse().ok(), plain().parse().ok()),
        Test::Date(order) => in_order(order, moment(given), moment(&plain())),
        Test::Bool => plain().eq_ignore_ascii_case(given),
        Test::Ip => match (network(&plain()), given.parse::<IpAddr>()) {
            (Some(network), Ok(address)) => network.contains(&address),
            _ => false,
        },
        Test::Arn => arn(wanted, given),
        Test::Null => false,
    }
}

fn char_of(part: Part) -> char {
    match part {
        Part::Char(c) => c,
        Part::One => '?',
        Part::Many => '*',
    }
}

fn in_order(order: Order, given: Option<f64>, wanted: Option<f64>) -> bool {
    let (Some(given), Some(wanted)) = (given, wanted) else { return false };
    match given.total_cmp(&wanted) {
        std::cmp::Ordering::Less => matches!(order, Order::LessThan | Order::LessThanEquals),
        std::cmp::Ordering::Greater => matches!(order, Order::GreaterThan | Order::GreaterThanEquals),
        std::cmp::Ordering::Equal => {
            matches!(order, Order::Equals | Order::LessThanEquals | Order::GreaterThanEquals)
        }
    }
}

/// Seconds since the epoch.
fn moment(text: &str) -> Option<f64> {
    let of = |timestamp: jiff::Timestamp| timestamp.as_duration().as_secs_f64();
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(of(timestamp));
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        return date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| of(zoned.timestamp()));
    }
    text.parse().ok()
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn arn(wanted: &[Part], given: &str) -> bool {
    if wanted == [Part::Many] {
        return true;
    }
    let wanted: Vec<&[Part]> = wanted.splitn(6, |part| *part == Part::Char(':')).collect();
    let given: Vec<&str> = given.splitn(6, ':').collect();
    wanted.len() == 6
        && given.len() == 6
        && wanted.iter().zip(given).all(|(wanted, given)| pattern::matches(wanted, given, false))
}
