//! Identity sources: where in a request an authorizer looks (AGD, Lambda authorizers, "Identity
//! sources").

use std::collections::BTreeMap;

use crate::datapath::plan::Asked;

/// The value of a selection expression; an empty one counts as none. Header names in any case, query
/// names as they are; several values are combined with commas, as everywhere in HTTP APIs.
pub fn value(
    expression: &str,
    asked: &Asked,
    context: &BTreeMap<String, String>,
    stage_variables: &BTreeMap<String, String>,
) -> Option<String> {
    let value = if let Some(name) = expression.strip_prefix("$request.header.") {
        let values = asked.headers.get_all(name.to_ascii_lowercase());
        let values: Vec<&str> = values.iter().filter_map(|v| v.to_str().ok()).collect();
        values.join(",")
    } else if let Some(name) = expression.strip_prefix("$request.querystring.") {
        let pairs = form_urlencoded::parse(asked.query.as_deref().unwrap_or_default().as_bytes());
        let values: Vec<_> = pairs.filter(|(key, _)| key == name).map(|(_, value)| value).collect();
        values.join(",")
    } else if let Some(name) = expression.strip_prefix("$context.") {
        context.get(name)?.clone()
    } else {
        stage_variables.get(expression.strip_prefix("$stageVariables.")?)?.clone()
    };
    Some(value).filter(|value| !value.is_empty())
}
