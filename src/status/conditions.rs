//! From verdicts to conditions: what stays as it was keeps its time and its message, and what sums
//! up the rest: `Ready`, `Reconciling`, `Stalled`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as KubeTime;
use k8s_openapi::jiff::Timestamp;

use super::verdict::{Failure, Verdict, Weight, weight};
use crate::api::condition::find;
use crate::api::{Condition, ConditionStatus, ConditionType, Reason};
use crate::model::Time;

/// The conditions of one object in the making.
pub struct Conditions<'a> {
    old: &'a [Condition],
    generation: Option<i64>,
    now: Time,
    new: Vec<Condition>,
    failing: Vec<(ConditionType, Failure)>,
}

impl<'a> Conditions<'a> {
    /// None yet.
    pub fn new(old: &'a [Condition], generation: Option<i64>, now: Time) -> Conditions<'a> {
        Conditions { old, generation, now, new: Vec::new(), failing: Vec::new() }
    }

    /// What was said of `type_` before, if that was of this generation.
    fn before(&self, type_: ConditionType) -> Option<&'a Condition> {
        find(self.old, type_).filter(|c| c.observed_generation == self.generation)
    }

    /// Adds one hop of the path.
    pub fn hop(&mut self, type_: ConditionType, verdict: Verdict) {
        let before = self.before(type_);
        match verdict {
            Verdict::Holds { reason, message } => self.put(type_, ConditionStatus::True, reason, message),
            Verdict::Fails(failure) => self.fail(type_, failure),
            Verdict::AsBefore(failure) => match before {
                Some(old) if old.status == ConditionStatus::True => self.new.push(old.clone()),
                Some(old) if stays(&old.reason) => {
                    let old_failure = as_failure(old, failure);
                    self.new.push(old.clone());
                    self.failing.push((type_, old_failure));
                }
                _ => self.fail(type_, failure),
            },
        }
    }

    /// Keeps what was said of `type_`, of whatever generation.
    pub fn keep(&mut self, type_: ConditionType) {
        self.new.extend(find(self.old, type_).cloned());
    }

    /// Adds a condition that is present only while it holds.
    pub fn present(&mut self, type_: ConditionType, told: Option<(Reason, String)>) {
        if let Some((reason, message)) = told {
            self.put(type_, ConditionStatus::True, reason, message);
        }
    }

    /// Those added, and nothing that sums them up.
    pub fn done(self) -> Vec<Condition> {
        self.new
    }

    /// Adds `Ready`, `Reconciling` and `Stalled` as the hops have it. An object that is ready and of
    /// this generation stays so until its spec is refused or requests are lost.
    pub fn sum_up(mut self, ready: String, working: bool) -> Vec<Condition> {
        let was = self.before(ConditionType::Ready).filter(|c| c.status == ConditionStatus::True);
        let falls =
            |(type_, failure): &(ConditionType, Failure)| failure.lost || *type_ == ConditionType::Accepted;
        match (self.worst().cloned(), was) {
            (None, _) => self.put(ConditionType::Ready, ConditionStatus::True, Reason::Ready, ready),
            (Some(_), Some(was)) if !self.failing.iter().any(falls) => self.new.push(was.clone()),
            (Some(worst), _) => {
                self.put(ConditionType::Ready, ConditionStatus::False, worst.reason, worst.message);
            }
        }
        let progress =
            self.failing.iter().find(|(_, f)| f.weight == Weight::Progress).map(|(_, f)| f.clone());
        let stuck = self.failing.iter().find(|(_, f)| f.weight == Weight::Stuck).map(|(_, f)| f.clone());
        self.work(progress, stuck, working);
        self.new
    }

    /// Adds the three for an object that is going, as `why` says.
    pub fn going(mut self, why: Failure) -> Vec<Condition> {
        self.put(ConditionType::Ready, ConditionStatus::False, why.reason, why.message.clone());
        let (progress, stuck) =
            if why.weight == Weight::Stuck { (None, Some(why)) } else { (Some(why), None) };
        self.work(progress, stuck, true);
        self.new
    }

    /// kstatus reads `Reconciling` before `Stalled`: only one of them is true.
    fn work(&mut self, progress: Option<Failure>, stuck: Option<Failure>, working: bool) {
        use ConditionStatus::{False, True};
        use ConditionType::{Reconciling, Stalled};
        match (stuck, progress) {
            (Some(stuck), _) => {
                self.put(
                    Reconciling,
                    False,
                    Reason::UpToDate,
                    "Someone must act first: Stalled says what to do.".to_owned(),
                );
                self.put(Stalled, True, stuck.reason, stuck.message);
                return;
            }
            (None, Some(progress)) => self.put(Reconciling, True, progress.reason, progress.message),
            (None, None) if working => {
                let message = "Calls to AWS are due or under way.".to_owned();
                self.put(Reconciling, True, Reason::Progressing, message);
            }
            (None, None) => {
                self.put(Reconciling, False, Reason::UpToDate, "Nothing is left to do.".to_owned());
            }
        }
        self.put(Stalled, False, Reason::NotStalled, "No one needs to act.".to_owned());
    }

    /// What `Ready` repeats: a refused spec, something that needs a person, something that loses
    /// requests, else the first hop that fails.
    fn worst(&self) -> Option<&Failure> {
        let find = |f: &dyn Fn(&(ConditionType, Failure)) -> bool| self.failing.iter().find(|hop| f(hop));
        find(&|(type_, _)| *type_ == ConditionType::Accepted)
            .or(find(&|(_, failure)| failure.weight == Weight::Stuck))
            .or(find(&|(_, failure)| failure.lost))
            .or(self.failing.first())
            .map(|(_, failure)| failure)
    }

    fn fail(&mut self, type_: ConditionType, failure: Failure) {
        self.put(type_, ConditionStatus::False, failure.reason, failure.message.clone());
        self.failing.push((type_, failure));
    }

    fn put(&mut self, type_: ConditionType, status: ConditionStatus, reason: Reason, message: String) {
        let old = find(self.old, type_);
        let same = old.filter(|o| o.status == status);
        let since = same.map_or_else(|| kube_time(self.now), |old| old.last_transition_time.clone());
        let told = same.filter(|o| o.reason == reason.as_str()).map(|o| o.message.as_str());
        let message = told.filter(|told| alike(told, &message)).map_or(cut(&message), str::to_owned);
        self.new.push(Condition::new(type_, status, reason, message, self.generation, since));
    }
}

/// Something went wrong with a call to AWS: that stays told while the call is tried again.
fn stays(reason: &str) -> bool {
    use Reason::*;
    [QuotaReached, AccessDenied, RefusedByAWS, AWSUnavailable, Throttled, NotOurs, DriftReported]
        .iter()
        .any(|r| r.as_str() == reason)
}

fn as_failure(old: &Condition, like: Failure) -> Failure {
    let reason = Reason::ALL.into_iter().find(|r| r.as_str() == old.reason).unwrap_or(like.reason);
    Failure { reason, message: old.message.clone(), weight: weight(reason), lost: like.lost }
}

/// Whether two messages differ at most in what differs between attempts: request ids and times.
fn alike(a: &str, b: &str) -> bool {
    steady(a).eq(steady(b))
}

/// The words that do not change from one attempt to the next.
fn steady(message: &str) -> impl Iterator<Item = &str> {
    let mut after_request = false;
    message.split_whitespace().filter(move |word| {
        let skipped = std::mem::replace(&mut after_request, *word == "request");
        let time = word.contains('T') && word.starts_with(|c: char| c.is_ascii_digit()) && word.contains(':');
        !skipped && !time
    })
}

/// A condition's message has at most 4096 bytes; this leaves room.
fn cut(message: &str) -> String {
    const MOST: usize = 2048;
    match message.char_indices().map(|(at, _)| at).take_while(|at| *at <= MOST).last() {
        Some(end) if message.len() > MOST => format!("{}…", &message[..end]),
        _ => message.to_owned(),
    }
}

/// As Kubernetes writes it, in whole seconds.
fn kube_time(time: Time) -> KubeTime {
    let seconds = i64::try_from(time.0 / 1000).unwrap_or(i64::MAX);
    KubeTime(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_differ_in_request_ids_and_times_only_are_alike() {
        let a = "x was denied (AccessDenied, request 1a) since 2026-11-20T10:00:00Z; try again";
        let b = "x was denied (AccessDenied, request 2b) since 2026-11-21T10:00:09Z; try again";
        assert!(alike(a, b));
        assert!(!alike(a, "y was denied (AccessDenied, request 1a) since 2026-11-20T10:00:00Z; try again"));
        assert!(!alike(a, "x was denied (Unauthorized, request 1a) since 2026-11-20T10:00:00Z; try again"));
    }

    #[test]
    fn a_long_message_is_cut_at_a_character() {
        let cut = cut(&"ä".repeat(3000));
        assert!(cut.len() < 4096 && cut.ends_with("ä…"));
        assert_eq!(super::cut("short"), "short");
    }
}
