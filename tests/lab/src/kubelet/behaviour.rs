//! How a container behaves, told by words in its image's last path component and tag, set apart
//! by `-`, `:`, `.`, `_` or `@` (`registry.example/shop/orders:v2-slow-start-30s`). Durations are
//! simulated: `500ms`, `30s`, `2m`. Pure.
//!
//! | words | behaviour |
//! |---|---|
//! | none of these | listens at once on its container ports and the ports of its probes, answers 200 |
//! | `missing` | cannot be pulled: ErrImagePull, then ImagePullBackOff |
//! | `as-root` | would run as root: CreateContainerConfigError where runAsNonRoot is set without a user |
//! | `crash`, `crash-after-10s` | exits with code 1 |
//! | `done`, `done-after-10s` | exits with code 0 |
//! | `no-listen` | runs, nothing listens |
//! | `listens-8080` | listens on that port and no other |
//! | `slow-start-30s` | listens only after that time |
//! | `slow-answer-5s` | answers after that time |
//! | `hangs` | accepts requests, never answers |
//! | `never-ready` | answers 503 to everything |
//! | `status-404` | answers with that status to everything |
//! | `health-404` | answers with that status where the path contains `health` or `livez` |
//! | `ignores-sigterm` | serves on until it is killed, exit code 137 |

use std::time::Duration;

/// What a container does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// The image cannot be pulled.
    pub missing: bool,
    /// The image's user is root.
    pub as_root: bool,
    /// It ends by itself.
    pub exit: Option<Exit>,
    /// Where it listens.
    pub listens: Listens,
    /// How long after its start it listens.
    pub slow_start: Duration,
    /// How long it takes to answer.
    pub slow_answer: Duration,
    /// It never answers.
    pub hangs: bool,
    /// What it answers, 200 to 599.
    pub status: u16,
    /// What it answers where the path looks like a health check.
    pub health_status: Option<u16>,
    /// SIGTERM does not end it.
    pub ignores_sigterm: bool,
}

/// When and how a container ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// How long after its start.
    pub after: Duration,
    /// Its exit code.
    pub code: i32,
}

/// The ports that a container listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listens {
    /// Those that its pod's spec names.
    AsDeclared,
    /// This one.
    On(u16),
    /// None.
    Nowhere,
}

/// Reads the behaviour off an image reference.
pub fn of_image(image: &str) -> Behaviour {
    let last = image.rsplit('/').next().unwrap_or(image);
    let words: Vec<&str> = last.split(['-', ':', '.', '_', '@']).collect();
    let exit = |word: &str, code| {
        let after = after(&words, &[word, "after"], duration).unwrap_or_default();
        has(&words, &[word]).then_some(Exit { after, code })
    };
    Behaviour {
        missing: has(&words, &["missing"]),
        as_root: has(&words, &["as", "root"]),
        exit: exit("crash", 1).or_else(|| exit("done", 0)),
        listens: match after(&words, &["listens"], |w| w.parse().ok()) {
            Some(port) => Listens::On(port),
            None if has(&words, &["no", "listen"]) => Listens::Nowhere,
            None => Listens::AsDeclared,
        },
        slow_start: after(&words, &["slow", "start"], duration).unwrap_or_default(),
        slow_answer: after(&words, &["slow", "answer"], duration).unwrap_or_default(),
        hangs: has(&words, &["hangs"]),
        status: match after(&words, &["status"], status) {
            Some(status) => status,
            None if has(&words, &["never", "ready"]) => 503,
            None => 200,
        },
        health_status: after(&words, &["health"], status),
        ignores_sigterm: has(&words, &["ignores", "sigterm"]),
    }
}

/// What follows the last `:` of an image reference that has a tag, as the version in answers.
pub fn tag(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').map_or("latest", |(_, tag)| tag)
}

fn has(words: &[&str], sequence: &[&str]) -> bool {
    words.windows(sequence.len()).any(|w| w == sequence)
}

/// The word after a sequence, if it reads as what is wanted.
fn after<T>(words: &[&str], sequence: &[&str], read: impl Fn(&str) -> Option<T>) -> Option<T> {
    words.windows(sequence.len() + 1).find_map(|w| match w.split_last() {
        Some((word, before)) if before == sequence => read(word),
        _ => None,
    })
}

fn status(word: &str) -> Option<u16> {
    word.parse().ok().filter(|status| (200..600).contains(status))
}

/// `500ms`, `30s`, `2m`.
pub fn duration(word: &str) -> Option<Duration> {
    let digits = word.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = word[..digits].parse().ok()?;
    match &word[digits..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_image_listens_at_once_and_answers_200() {
        let b = of_image("registry.example.com:5000/crash/orders:1.4.2");
        assert_eq!(b, of_image("orders"), "words in the registry and the path do not count");
        assert_eq!((b.status, b.exit, b.listens), (200, None, Listens::AsDeclared));
        assert_eq!(tag("registry.example.com:5000/orders:1.4.2"), "1.4.2");
        assert_eq!(tag("registry.example.com:5000/orders"), "latest");
    }

    #[test]
    fn words_of_name_and_tag_are_read_with_their_values() {
        assert_eq!(of_image("x/orders:v2-slow-start-30s").slow_start, Duration::from_secs(30));
        assert_eq!(of_image("orders:slow-answer-500ms-v1").slow_answer, Duration::from_millis(500));
        assert_eq!(of_image("orders-crash:1").exit, Some(Exit { after: Duration::ZERO, code: 1 }));
        let later = Exit { after: Duration::from_secs(120), code: 0 };
        assert_eq!(of_image("job:done-after-2m").exit, Some(later));
        assert_eq!(of_image("orders:never-ready").status, 503);
        assert_eq!(of_image("orders:health-404").health_status, Some(404));
        assert_eq!(of_image("orders:listens-8080").listens, Listens::On(8080));
        assert!(of_image("orders:missing").missing && !of_image("orders:mission").missing);
    }
}
