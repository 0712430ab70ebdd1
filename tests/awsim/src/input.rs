//! Reading a handler's input by member names. The front has checked required members and types
//! already, so what is absent is what the caller left out.

use serde_json::Value;

/// A string member.
pub fn text<'a>(input: &'a Value, member: &str) -> Option<&'a str> {
    input.get(member)?.as_str()
}

/// An integer member.
pub fn number(input: &Value, member: &str) -> Option<i64> {
    input.get(member)?.as_i64()
}

/// A boolean member.
pub fn flag(input: &Value, member: &str) -> Option<bool> {
    input.get(member)?.as_bool()
}

/// A list member; absent is empty.
pub fn list<'a>(input: &'a Value, member: &str) -> &'a [Value] {
    input.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A list of strings; absent is empty.
pub fn texts(input: &Value, member: &str) -> Vec<String> {
    list(input, member).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
