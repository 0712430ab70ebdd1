//! CEL rules that several fields share. Each returns one rule whose message names the field, its
//! bounds and an example.

use kube::core::Rule;

/// A duration in whole seconds from `min` to `max`, both inclusive and Go-style, such as `5s`.
pub fn seconds(field: &str, min: &str, max: &str) -> Rule {
    Rule::new(format!(
        "self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && self != '' && \
         duration(self) >= duration('{min}') && duration(self) <= duration('{max}')"
    ))
    .message(
        format!("{field} must be a duration in whole seconds from {min} to {max}, such as {min}").as_str(),
    )
}

/// A duration in whole milliseconds from `min` to `max`, both inclusive and Go-style.
pub fn milliseconds(field: &str, min: &str, max: &str) -> Rule {
    Rule::new(format!(
        "self.matches('^([0-9]+m)?([0-9]+s)?([0-9]+ms)?$') && self != '' && \
         duration(self) >= duration('{min}') && duration(self) <= duration('{max}')"
    ))
    .message(
        format!("{field} must be a duration in whole milliseconds from {min} to {max}, such as 500ms")
            .as_str(),
    )
}

/// Exactly one of `members`, the optional fields of a union.
pub fn exactly_one(field: &str, members: &[&str]) -> Rule {
    let list: Vec<String> = members.iter().map(|m| format!("has(self.{m})")).collect();
    Rule::new(format!("[{}].exists_one(x, x)", list.join(", ")))
        .message(format!("{field} needs exactly one of {}", members.join(", ")).as_str())
}

/// A path that a URL's path can be compared with: starts with `/`, no empty segment, no trailing `/`,
/// each segment letters, digits and `._~:@$!*'()+,=-`, or a variable in braces.
pub fn path(field: &str, variable: &str, remedy: &str) -> Rule {
    Rule::new(format!("self.matches('^/$|^(/([A-Za-z0-9._~:@$!*\\'()+,=-]+|{variable}))+$')"))
        .message(format!("{field} {remedy}").as_str())
}

/// A map whose keys start with none of `prefixes`.
pub fn no_prefix(field: &str, prefixes: &[&str]) -> Rule {
    let each: Vec<String> = prefixes.iter().map(|p| format!("!k.startsWith('{p}')")).collect();
    Rule::new(format!("self.all(k, {})", each.join(" && ")))
        .message(format!("{field} must not contain keys that start with {}", prefixes.join(" or ")).as_str())
}
