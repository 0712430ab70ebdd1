//! Cutting a list into pages. A token names the last item of the page before it, so that a page is
//! right even when items come and go between two calls.

const MARK: &str = "after:";

/// Items after the one that `token` names, `max` at most, and the token of the next page.
/// `items` must be sorted by their key. `None`: the token is not one of ours.
pub fn cut<T>(
    items: Vec<(String, T)>,
    token: Option<&str>,
    max: Option<usize>,
) -> Option<(Vec<T>, Option<String>)> {
    let (page, next) = cut_by(items, |(key, _)| key.clone(), token, max)?;
    Some((page.into_iter().map(|(_, item)| item).collect(), next))
}

/// As [`cut`], of items whose keys are only made where the page begins and ends.
pub fn cut_by<T>(
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    max: Option<usize>,
) -> Option<(Vec<T>, Option<String>)> {
    if let Some(token) = token {
        let after = decode(token)?;
        let first = items.partition_point(|item| key(item) <= after);
        items.drain(..first);
    }
    let more = max.is_some_and(|max| items.len() > max);
    items.truncate(max.unwrap_or(usize::MAX));
    let next = items.last().filter(|_| more).map(|last| encode(&key(last)));
    Some((items, next))
}

fn encode(key: &str) -> String {
    format!("{MARK}{key}").bytes().map(|b| format!("{b:02x}")).collect()
}

fn decode(token: &str) -> Option<String> {
    let digits: Option<Vec<u32>> = token.chars().map(|c| c.to_digit(16)).collect();
    let bytes: Option<Vec<u8>> = digits?
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect();
    let text = String::from_utf8(bytes?).ok()?;
    text.strip_prefix(MARK).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn items(keys: &[&str]) -> Vec<(String, Value)> {
        keys.iter().map(|k| ((*k).to_owned(), json!(k))).collect()
    }

    #[test]
    fn pages_follow_each_other_though_an_item_between_them_is_deleted() {
        let (first, token) = cut(items(&["a", "b", "c", "d"]), None, Some(2)).unwrap();
        assert_eq!(first, ["a", "b"]);
        let (second, token) = cut(items(&["a", "c", "d"]), token.as_deref(), Some(2)).unwrap();
        assert_eq!((second, token), (vec![json!("c"), json!("d")], None));
    }

    #[test]
    fn a_token_that_was_not_given_out_is_refused() {
        for token in ["", "x", "abc", "ffff", "61"] {
            assert_eq!(cut(items(&["a"]), Some(token), None), None, "{token}");
        }
    }
}
