//! What is kept of issuers and functions so that not every request asks them again: keys for two
//! hours, answers for as long as their authorizer says. Of one API; gone with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::keys::KeySet;
use super::reply::Answer;
use crate::clock::SimTime;

/// How long keys are kept: "API Gateway can cache the public key for two hours" (AGD, JWT
/// authorizers). In AWS that is the most, and each of many hosts has its own (design notes of
/// webbpulse); here it is always so long, and a token with a key that is not among those kept is
/// refused, so that a rotation which passes here is safe there.
pub const KEYS_KEPT: Duration = Duration::from_secs(2 * 3600);

/// Of whom an answer is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnswerKey {
    /// The stage's name: [`Kept::reset`] forgets by stage.
    pub stage: String,
    /// The authorizer's id.
    pub authorizer: String,
    /// The values of its identity sources (AGD: they are the key).
    pub sources: Vec<String>,
}

/// What is kept for one API.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    keys: BTreeMap<String, (SimTime, Arc<KeySet>)>,
    answers: BTreeMap<AnswerKey, (SimTime, Arc<Answer>)>,
    /// With how many answers those that are too old are next looked for.
    crowded: usize,
}

impl Kept {
    /// The keys of an issuer, if they are not too old.
    pub(super) fn keys(&self, issuer: &str, now: SimTime) -> Option<Arc<KeySet>> {
        let (until, keys) = self.keys.get(issuer)?;
        (now < *until).then(|| keys.clone())
    }

    /// Keeps the keys of an issuer.
    pub(super) fn keep_keys(&mut self, issuer: &str, keys: Arc<KeySet>, now: SimTime) {
        self.keys.insert(issuer.to_owned(), (now + KEYS_KEPT, keys));
    }

    /// The answer of a function, if it is not too old.
    pub(super) fn answer(&self, key: &AnswerKey, now: SimTime) -> Option<Arc<Answer>> {
        let (until, answer) = self.answers.get(key)?;
        (now < *until).then(|| answer.clone())
    }

    /// Keeps an answer. Whenever their number has doubled, those that are too old are forgotten.
    pub(super) fn keep_answer(&mut self, key: AnswerKey, answer: Arc<Answer>, until: SimTime, now: SimTime) {
        if self.answers.len() >= self.crowded {
            self.answers.retain(|_, (until, _)| now < *until);
            self.crowded = 100.max(2 * self.answers.len());
        }
        self.answers.insert(key, (until, answer));
    }

    /// Forgets the answers of a stage's authorizers.
    pub fn reset(&mut self, stage: &str) {
        self.answers.retain(|key, _| key.stage != stage);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_many_callers_do_not_pile_up() {
        let mut kept = Kept::default();
        for caller in 0..10_000_u64 {
            let sources = vec![caller.to_string()];
            let key = AnswerKey { stage: "live".to_owned(), authorizer: "a".to_owned(), sources };
            let answer = Arc::new(Answer::read(br#"{"isAuthorized": true}"#, true).unwrap());
            // One a second, each kept for a minute.
            let now = SimTime(caller * 1000);
            kept.keep_answer(key.clone(), answer, now + Duration::from_secs(60), now);
            assert!(kept.answer(&key, now).is_some());
            assert!(kept.answers.len() <= 200, "{}", kept.answers.len());
        }
        kept.reset("live");
        assert!(kept.answers.is_empty());
    }
}
