//! Which requests an effect befalls: of what kind and path, how many, how often.

use std::time::Duration;

use super::effect::Effect;

/// What is asked, as far as rules look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `GET`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Whether it is a watch.
    pub watch: bool,
}

/// What befalls which requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    which: Which,
    /// With `*` as wildcard.
    path: String,
    /// Paths that are spared, with `*` as wildcard.
    but: Vec<String>,
    rate: f64,
    skip: u32,
    times: Option<u32>,
    pub(super) effect: Effect,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Which {
    All,
    /// Whatever changes something.
    Writes,
    /// Whatever changes nothing and is no watch.
    Reads,
    Watches,
    Method(String),
}

impl Rule {
    /// For requests with this method and a path like `path` (with `*` as wildcard), until cleared.
    pub fn of(method: &str, path: &str, effect: Effect) -> Rule {
        Rule::new(Which::Method(method.to_owned()), effect).at(path)
    }

    /// For every request, until cleared.
    pub fn all(effect: Effect) -> Rule {
        Rule::new(Which::All, effect)
    }

    /// For whatever changes something, until cleared.
    pub fn writes(effect: Effect) -> Rule {
        Rule::new(Which::Writes, effect)
    }

    /// For whatever changes nothing and is no watch, until cleared.
    pub fn reads(effect: Effect) -> Rule {
        Rule::new(Which::Reads, effect)
    }

    /// For watches that begin from now on, until cleared.
    pub fn watches(effect: Effect) -> Rule {
        Rule::new(Which::Watches, effect)
    }

    fn new(which: Which, effect: Effect) -> Rule {
        Rule { which, path: "*".to_owned(), but: Vec::new(), rate: 1.0, skip: 0, times: None, effect }
    }

    /// Only at paths like this, with `*` as wildcard.
    #[must_use]
    pub fn at(mut self, path: &str) -> Rule {
        self.path = path.to_owned();
        self
    }

    /// Not at paths like this, with `*` as wildcard.
    #[must_use]
    pub fn but(mut self, path: &str) -> Rule {
        self.but.push(path.to_owned());
        self
    }

    /// Not for Leases, so that the operator keeps its own.
    #[must_use]
    pub fn but_leases(self) -> Rule {
        self.but("*/leases*")
    }

    /// Only so often, 0 to 1.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> Rule {
        self.rate = rate;
        self
    }

    /// Only after `skip` requests that it is for.
    #[must_use]
    pub fn skip(mut self, skip: u32) -> Rule {
        self.skip = skip;
        self
    }

    /// Only for the next `times` requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Rule {
        self.times = Some(times);
        self
    }

    fn is_for(&self, asked: &Asked) -> bool {
        let write = !matches!(&*asked.method, "GET" | "HEAD" | "OPTIONS");
        let which = match &self.which {
            Which::All => true,
            Which::Writes => write,
            Which::Reads => !write && !asked.watch,
            Which::Watches => asked.watch,
            Which::Method(method) => *method == asked.method,
        };
        which && like(&self.path, &asked.path) && !self.but.iter().any(|but| like(but, &asked.path))
    }
}

/// What befalls one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Befallen {
    /// But for [`Effect::Delay`].
    pub effect: Option<Effect>,
    /// How late it is handed on.
    pub delay: Duration,
}

/// Finds the first effect and the first delay among `rules` for a request; `draw` gives chances, at
/// least 0 and less than 1. What befell its last request goes.
pub(super) fn meet(rules: &mut Vec<Rule>, asked: &Asked, draw: &mut dyn FnMut() -> f64) -> Befallen {
    let mut met = Befallen::default();
    // What is left of each draw when the rules before took their share.
    let (mut fate, mut pace) = (draw(), draw());
    for rule in rules.iter_mut().filter(|rule| rule.is_for(asked)) {
        let delays = matches!(rule.effect, Effect::Delay(_));
        if if delays { !met.delay.is_zero() } else { met.effect.is_some() } {
            continue;
        }
        if rule.skip > 0 {
            rule.skip -= 1;
            continue;
        }
        let left = if delays { &mut pace } else { &mut fate };
        if *left >= rule.rate {
            *left -= rule.rate;
            continue;
        }
        rule.times = rule.times.map(|times| times.saturating_sub(1));
        match &rule.effect {
            Effect::Delay(delay) => met.delay = *delay,
            effect => met.effect = Some(effect.clone()),
        }
    }
    rules.retain(|rule| rule.times != Some(0));
    met
}

/// Whether `text` is like `pattern`, in which `*` stands for anything.
fn like(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(end)
}

#[test]
fn rules_count_the_requests_that_they_are_for_and_take_their_share() {
    let patch = Asked { method: "PATCH".to_owned(), path: "/apis/x/a/status".to_owned(), watch: false };
    let get = Asked { method: "GET".to_owned(), ..patch.clone() };
    let mut rules = vec![Rule::of("PATCH", "/apis/*/status", Effect::Reset).skip(1).times(1)];
    let mut never = || 0.99;
    assert_eq!(meet(&mut rules, &get, &mut never).effect, None);
    assert_eq!(meet(&mut rules, &patch, &mut never).effect, None);
    assert_eq!(meet(&mut rules, &patch, &mut never).effect, Some(Effect::Reset));
    assert_eq!(rules, []);

    let mut rules = vec![
        Rule::writes(Effect::Reset).rate(0.3).but("*/a/*"),
        Rule::writes(Effect::Delay(Duration::from_secs(2))),
        Rule::all(Effect::LoseReply).rate(0.2),
    ];
    let late = |effect| Befallen { effect, delay: Duration::from_secs(2) };
    assert_eq!(meet(&mut rules, &patch, &mut || 0.1), late(Some(Effect::LoseReply)));
    let other = Asked { path: "/b".to_owned(), ..patch.clone() };
    assert_eq!(meet(&mut rules, &other, &mut || 0.1), late(Some(Effect::Reset)));
    assert_eq!(meet(&mut rules, &other, &mut || 0.4), late(Some(Effect::LoseReply)));
    assert_eq!(meet(&mut rules, &other, &mut || 0.6), late(None));
    assert!(like("*/leases*", "/x/leases/y") && !like("*/leases*", "/x/lease") && !like("/a*b", "/ac"));
}
