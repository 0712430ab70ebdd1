//! Scalars as text: in forms, paths, query strings and XML.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Number, Value};

use crate::tables::{Shape, TimestampFormat, Type};

/// Reads text as the shape's type. Text that is none of that type stays a string.
pub fn read(shape: &Shape, text: &str) -> Value {
    let read = match shape.kind {
        Type::Integer | Type::Long => text.parse::<i64>().ok().map(Value::from),
        Type::Float | Type::Double => text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number),
        Type::Boolean => text.parse::<bool>().ok().map(Value::Bool),
        Type::Timestamp => read_time(text),
        Type::String | Type::Blob | Type::Structure | Type::List | Type::Map => None,
    };
    read.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Reads `2026-11-17T12:00:00Z` as seconds since the epoch.
pub fn read_time(text: &str) -> Option<Value> {
    let millis = text.parse::<Timestamp>().ok()?.as_millisecond();
    #[allow(clippy::cast_precision_loss)] // milliseconds of the years 0 to 9999 fit
    Number::from_f64(millis as f64 / 1000.0).map(Value::Number)
}

/// Writes a scalar as XML has it. Timestamps are ISO 8601 with milliseconds, as EC2 and Elastic
/// Load Balancing send them.
pub fn write<'v>(shape: &Shape, value: &'v Value) -> Cow<'v, str> {
    match value {
        Value::Number(seconds) if shape.kind == Type::Timestamp => time(seconds, 3).into(),
        Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}

/// Writes a timestamp as JSON has it.
pub fn write_json_time(seconds: &Number, format: TimestampFormat) -> Value {
    match format {
        TimestampFormat::Iso8601 => Value::String(time(seconds, 0)),
        TimestampFormat::UnixTimestamp => Value::Number(seconds.clone()),
    }
}

fn time(seconds: &Number, digits: i16) -> String {
    #[allow(clippy::cast_possible_truncation)] // a float beyond i64 saturates and is refused below
    let millis = (seconds.as_f64().unwrap_or_default() * 1000.0).round() as i64;
    let time = Timestamp::from_millisecond(millis).unwrap_or_default();
    format!("{time:.0$}", usize::try_from(digits).unwrap_or_default())
}
