//! Domain names as Route 53 keeps, compares and orders them.

/// A name as Route 53 gives it back: in lower case, with a dot at its end, and every character but
/// letters, digits, `-` and `_` as an escape of three octal digits, whether it was given so or not
/// (DG, "DNS domain name format": `*` is `\052`).
///
/// # Errors
/// What is wrong with it, in the words of Route 53: labels have 1 to 63 bytes
/// (openshift external-dns: `DomainLabelTooLong`), names 255 at most.
pub fn normal(given: &str) -> Result<String, String> {
    let problem = |what: &str, value: &str| Err(format!("FATAL problem: {what} encountered with '{value}'"));
    let trimmed = given.strip_suffix('.').unwrap_or(given);
    if trimmed.is_empty() {
        return problem("DomainNameEmpty (Domain name is empty)", given);
    }
    let mut name = String::new();
    let mut total = 1;
    for label in trimmed.split('.') {
        let Some(bytes) = bytes(label) else {
            return problem("UnsupportedCharacter (Value contains unsupported characters)", label);
        };
        match bytes.len() {
            0 => return problem("DomainLabelEmpty (Domain label is empty)", given),
            1..=63 => {}
            _ => return problem("DomainLabelTooLong (Domain label is too long)", label),
        }
        total += bytes.len() + 1;
        bytes.iter().for_each(|byte| push(&mut name, *byte));
        name.push('.');
    }
    if total > 256 {
        return problem("DomainNameTooLong (Domain name is too long)", given);
    }
    Ok(name)
}

/// A label's bytes, escapes resolved; `None` for characters that are not ASCII, which must be
/// given as Punycode or escapes.
fn bytes(label: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = label;
    while let Some(first) = rest.chars().next() {
        let octal =
            rest.get(1..4).filter(|digits| first == '\\' && digits.bytes().all(|b| b.is_ascii_digit()));
        match octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = rest.get(4..)?;
            }
            None => {
                bytes.push(u8::try_from(first).ok().filter(u8::is_ascii)?);
                rest = rest.get(1..)?;
            }
        }
    }
    Some(bytes)
}

fn push(name: &mut String, byte: u8) {
    match byte.to_ascii_lowercase() {
        plain @ (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') => name.push(char::from(plain)),
        other => name.push_str(&format!("\\{other:03o}")),
    }
}

/// What names are ordered by: their labels from the last to the first, `com.example.www.`, as
/// ASCII (BC, ListResourceRecordSets).
pub fn reversed(name: &str) -> String {
    let labels: Vec<&str> = name.trim_end_matches('.').rsplit('.').collect();
    format!("{}.", labels.join("."))
}

/// Whether a name is the zone's or lies below it. Both are normal.
pub fn within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DG, "DNS domain name format".
    #[test]
    fn names_are_kept_in_lower_case_with_escapes_and_a_dot() {
        for (given, kept) in [
            ("WWW.Lab.NET", "www.lab.net."),
            ("www.lab.net.", "www.lab.net."),
            ("*.lab.net", "\\052.lab.net."),
            ("\\052.lab.net", "\\052.lab.net."),
            ("\\141_b.lab.net", "a_b.lab.net."),
            ("a!b.net", "a\\041b.net."),
            ("a\\b.net", "a\\134b.net."),
        ] {
            assert_eq!(normal(given).unwrap(), kept, "{given}");
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_told() {
        let long = format!("{}.net", "a".repeat(64));
        let far = vec!["a".repeat(60); 5].join(".");
        for (given, code) in [
            ("", "DomainNameEmpty"),
            (".", "DomainNameEmpty"),
            ("a..net", "DomainLabelEmpty"),
            ("ä.net", "UnsupportedCharacter"),
            (long.as_str(), "DomainLabelTooLong"),
            (far.as_str(), "DomainNameTooLong"),
        ] {
            assert!(normal(given).unwrap_err().contains(code), "{given}");
        }
    }

    /// BC, ListResourceRecordSets: the order of reversed labels.
    #[test]
    fn order_is_by_reversed_labels_and_a_name_lies_in_its_zone_only_by_whole_labels() {
        assert_eq!(reversed("www.lab.net."), "net.lab.www.");
        assert!(within("a.lab.net.", "lab.net.") && within("lab.net.", "lab.net."));
        assert!(!within("alab.net.", "lab.net.") && !within("net.", "lab.net."));
    }
}
