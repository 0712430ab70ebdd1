//! Route keys of an HTTP API, `METHOD /path`: when two are the same to AWS, and when a request could
//! match both. Pure text.

/// The method and the path's segments.
fn parts(key: &str) -> (&str, Vec<&str>) {
    let (method, path) = key.split_once(' ').unwrap_or((key, ""));
    (method, path.split('/').skip(1).collect())
}

/// `{name}` or `{name+}`.
fn variable(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// `{name+}`: everything from here on, one segment at least.
fn greedy(segment: &str) -> bool {
    variable(segment) && segment.ends_with("+}")
}

/// AWS takes the two for one key: variables differ in name only.
pub fn same(a: &str, b: &str) -> bool {
    let ((method_a, path_a), (method_b, path_b)) = (parts(a), parts(b));
    method_a == method_b
        && path_a.len() == path_b.len()
        && path_a.iter().zip(&path_b).all(|(x, y)| match (variable(x), variable(y)) {
            (true, true) => greedy(x) == greedy(y),
            (false, false) => x == y,
            _ => false,
        })
}

/// Some request matches both, so that the more specific of the two would take it from the other.
pub fn overlap(a: &str, b: &str) -> bool {
    let ((method_a, path_a), (method_b, path_b)) = (parts(a), parts(b));
    (method_a == method_b || method_a == "ANY" || method_b == "ANY") && paths_overlap(&path_a, &path_b)
}

fn paths_overlap(a: &[&str], b: &[&str]) -> bool {
    match (a, b) {
        ([], []) => true,
        ([], _) | (_, []) => false,
        // The other side has a segment at least: the greedy one takes it and all that follows.
        ([x, ..], [_, ..]) if greedy(x) => true,
        ([_, ..], [y, ..]) if greedy(y) => true,
        ([x, a @ ..], [y, b @ ..]) => (variable(x) || variable(y) || x == y) && paths_overlap(a, b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ_in_the_names_of_variables_are_the_same() {
        assert!(same("GET /a/{id}", "GET /a/{key}"));
        assert!(same("ANY /a/{proxy+}", "ANY /a/{rest+}"));
        assert!(!same("GET /a/{id}", "POST /a/{id}"));
        assert!(!same("GET /a/{id}", "GET /a/{id+}"));
        assert!(!same("GET /a/{id}", "GET /a/b"));
        assert!(!same("ANY /a", "GET /a"));
    }

    #[test]
    fn keys_overlap_where_one_request_matches_both() {
        assert!(overlap("GET /orders/admin", "ANY /orders/{proxy+}"));
        assert!(overlap("GET /a/{x}/c", "GET /{y}/b/c"));
        assert!(overlap("GET /", "ANY /"));
        assert!(overlap("GET /a/{x+}", "GET /a/b/{y+}"));
        assert!(!overlap("GET /orders", "ANY /orders/{proxy+}"));
        assert!(!overlap("GET /orders/admin", "POST /orders/{proxy+}"));
        assert!(!overlap("GET /a/b", "GET /a/b/c"));
        assert!(!overlap("GET /a/{x}", "GET /b/{x}"));
    }
}
