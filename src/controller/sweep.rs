//! The orphan sweep: finds what carries our cluster's mark in AWS and belongs to no object in the cluster, and
//! deletes it if asked to.
//!
//! There is no second delete code: an owner without an object plans the empty stack, like one that is being
//! deleted, and the executor carries that out. So things go in the order of their references, and nothing
//! takes a stranger's things along. No lease is held, since no operator acts for an owner that has no object;
//! whether it still has none is looked up before each round of deletes.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::round;
use crate::api::drift::DriftPolicy;
use crate::aws::{Aws, Region};
use crate::executor::{Config, Executor, Fence, Notice, Source, lists};
use crate::model::index::Index;
use crate::model::orphans::{Live, orphans, youngest};
use crate::model::shard::Shard;
use crate::model::{AwsError, Entry, ErrorClass, Id, Kind, Owner, ResourceKey, Stack, Time};
use crate::plan::{Act, Plan, Why};
use crate::runtime::clock::Clock;
use crate::runtime::metrics::Metrics;
use crate::runtime::vital::Vital;
use crate::validate::ValidDrift;

/// Between two looks at the cluster and at what is left, at least.
const PAUSE: Duration = Duration::from_secs(1);
/// Looks are this far apart, at most.
const LOOK: Duration = Duration::from_secs(5);
/// How long lists may take in all, of real time.
const LISTS: Duration = Duration::from_secs(300);
/// Never comes about: a sweep does not look for drift.
const NO_DRIFT: Duration = Duration::from_secs(10 * 365 * 86_400);

/// How a region is swept.
#[derive(Clone, Debug)]
pub struct Setup {
    /// AWS.
    pub aws: Aws,
    /// Whose time ages and waits are measured by.
    pub clock: Clock,
    /// How far AWS's lists may lag behind its writes.
    pub settle: Duration,
    /// Share of AWS's request quotas, above 0, at most 1.
    pub quota_share: f64,
    /// Who is younger is left alone.
    pub older_than: Duration,
    /// Whose age nothing tells is deleted, too.
    pub unknown_age: bool,
    /// Real time after which the rest is left.
    pub patience: Duration,
}

/// What was found of one orphan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Whose it was.
    pub owner: Owner,
    /// What it is.
    pub kind: Kind,
    /// AWS's name for it.
    pub id: Id,
    /// When it was made, or the youngest of its owner's or class's things that tell; `None`: nothing tells.
    pub made: Option<Time>,
    /// Its owner has nothing that is younger than was asked for.
    pub old: bool,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an orphan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was only listed.
    Listed,
    /// It is gone.
    Deleted,
    /// It was to be deleted and is there still; why.
    Left(String),
}

/// Why a region could not be swept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// AWS does not list.
    #[error("region {region}: {what} cannot be listed: {error}")]
    NotListed {
        /// Where.
        region: String,
        /// What.
        what: String,
        /// AWS's words.
        error: AwsError,
    },
    /// AWS does not list in time.
    #[error("region {region}: {what} could not be listed within {} s", LISTS.as_secs())]
    TooSlow {
        /// Where.
        region: String,
        /// What.
        what: String,
    },
    /// The cluster does not tell what it has.
    #[error(transparent)]
    Cluster(#[from] Unreadable),
}

/// The cluster did not tell what it has.
#[derive(Debug, thiserror::Error)]
#[error(
    "the cluster does not tell its {kind}, and without that nothing is an orphan: {source}. If the cluster is gone, \
     add --no-cluster"
)]
pub struct Unreadable {
    /// Services or classes.
    pub kind: &'static str,
    /// The API server's answer.
    pub source: Box<kube::Error>,
}

/// A region under the broom.
struct Sweep<'a> {
    setup: &'a Setup,
    name: &'a str,
    executor: Executor,
    notices: UnboundedReceiver<Notice>,
    found: Vec<Orphan>,
}

/// Lists the orphans of `region` and, if `delete`, deletes those that are old enough. `live` reads which owners
/// the cluster has, anew each time.
///
/// # Errors
/// AWS or the cluster could not be read; nothing is deleted on what is not known.
pub async fn sweep<F>(
    setup: &Setup,
    region: &str,
    delete: bool,
    live: impl Fn() -> F,
) -> Result<Vec<Orphan>, Error>
where
    F: Future<Output = Result<Live, Unreadable>>,
{
    let (notify, notices) = unbounded_channel();
    let stop = CancellationToken::new();
    let aws: Region = setup.aws.region(region);
    let executor = Executor::start(Config {
        aws: aws.clone(),
        clock: setup.clock,
        fence: Fence::open(),
        shard: Shard::ONLY,
        quota_share: setup.quota_share,
        settle: setup.settle,
        drift: NO_DRIFT,
        notices: notify,
        stop: stop.clone(),
        vital: Vital::new(Metrics::default()),
    });
    let mut sweep = Sweep { setup, name: region, executor, notices, found: Vec::new() };
    let result = sweep.run(&aws, delete, live).await;
    // What runs ends first: its outcome is the region's.
    stop.cancel();
    sweep.executor.ended().await;
    result.map(|()| sweep.found)
}

impl Sweep<'_> {
    async fn run<F>(&mut self, aws: &Region, delete: bool, live: impl Fn() -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<Live, Unreadable>>,
    {
        self.lists().await?;
        // After AWS: what a class or service made, or was applied, meanwhile has an object by now.
        let now_live = live().await?;
        let apis: Vec<Id> = self.executor.with_index(|index| {
            let ours = index.of_kind(Kind::Api).filter(|known| known.seen.key.is_some());
            ours.map(|known| known.seen.id.clone()).collect()
        });
        let created = aws.created(&apis).await.map_err(|error| Error::NotListed {
            region: self.name.to_owned(),
            what: "the times of creation".to_owned(),
            error,
        })?;
        let now = self.setup.clock.now();
        self.found = self.executor.with_index(|index| self.find(index, &now_live, &created, now));
        if delete {
            self.delete(live).await?;
        }
        Ok(())
    }

    /// Waits until everything that can hold something of ours was listed.
    async fn lists(&mut self) -> Result<(), Error> {
        let begun = Instant::now();
        loop {
            let missing = self.executor.with_index(|index| {
                let missing = lists::missing(index);
                let refused = missing
                    .iter()
                    .find_map(|(of, trouble)| Some((of.to_string(), (*trouble)?.error.clone())));
                let first = missing.first().map(|(of, _)| of.to_string());
                first.map(|first| (first, refused))
            });
            match missing {
                None => return Ok(()),
                Some((_, Some((what, error)))) if !passes(error.class) => {
                    return Err(Error::NotListed { region: self.name.to_owned(), what, error });
                }
                Some((what, _)) if begun.elapsed() > LISTS => {
                    return Err(Error::TooSlow { region: self.name.to_owned(), what });
                }
                Some(_) => self.news().await,
            }
        }
    }

    /// Waits for news, at least [`PAUSE`] and at most [`LOOK`] and that.
    async fn news(&mut self) {
        let clock = self.setup.clock;
        // What the news is does not matter: everything is looked at.
        let _ = timeout(clock.real(LOOK), self.notices.recv()).await;
        sleep(clock.real(PAUSE)).await;
        while self.notices.try_recv().is_ok() {}
    }

    fn find(
        &self,
        index: &Index,
        live: &Live,
        created: &BTreeMap<(Kind, Id), Time>,
        now: Time,
    ) -> Vec<Orphan> {
        let mut found = Vec::new();
        for (owner, objects) in orphans(index, live) {
            let of_owner = youngest(index, &owner, created);
            let old = of_owner.is_none_or(|made| now.since(made) >= self.setup.older_than);
            for known in objects {
                let (kind, id) = (known.seen.body.kind(), known.seen.id.clone());
                let made = created.get(&(kind, id.clone())).copied().or(of_owner);
                found.push(Orphan { owner: owner.clone(), kind, id, made, old, fate: Fate::Listed });
            }
        }
        found
    }

    /// Deletes what is old enough, services before their classes.
    async fn delete<F>(&mut self, live: impl Fn() -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<Live, Unreadable>>,
    {
        let begun = Instant::now();
        let mut open = self.chosen();
        let mut fates: BTreeMap<Owner, String> = BTreeMap::new();
        while !open.is_empty() {
            let now_live = live().await?;
            let mut waits = false;
            for owner in open.clone() {
                if now_live.has(&owner) {
                    self.executor.post(&Source::Owner(owner.clone()), Vec::new(), None);
                    fates.insert(owner.clone(), "its object is in the cluster again".to_owned());
                    open.remove(&owner);
                } else if !self.is_last(&owner, &open) {
                    waits = true;
                } else {
                    match self.round(&owner) {
                        Round::Clean => _ = open.remove(&owner),
                        Round::Works => waits = true,
                        Round::Blocked => {}
                    }
                }
            }
            if open.is_empty() || !waits || begun.elapsed() > self.setup.patience {
                break;
            }
            self.news().await;
        }
        for owner in open {
            self.executor.post(&Source::Owner(owner), Vec::new(), None);
        }
        self.settle_fates(&fates);
        Ok(())
    }

    /// Whose things are to be deleted. A class whose services' things stay keeps its own.
    fn chosen(&self) -> BTreeSet<Owner> {
        let fit = |o: &&Orphan| o.old && (o.made.is_some() || self.setup.unknown_age);
        let (fit, kept): (Vec<&Orphan>, Vec<&Orphan>) = self.found.iter().partition(fit);
        let kept: BTreeSet<&Owner> = kept.into_iter().map(|o| &o.owner).collect();
        let of_kept = |owner: &Owner| kept.iter().any(|kept| *kept == owner || of_class(kept, owner));
        fit.into_iter().map(|o| o.owner.clone()).filter(|owner| !of_kept(owner)).collect()
    }

    /// Nothing of its services is left to do.
    fn is_last(&self, owner: &Owner, open: &BTreeSet<Owner>) -> bool {
        !open.iter().any(|other| of_class(other, owner))
    }

    /// Posts what may be deleted now.
    fn round(&self, owner: &Owner) -> Round {
        let (now, nothing) = (self.setup.clock.now(), Stack::default());
        let (round, ()) = round::plan(
            &self.executor,
            owner,
            &nothing,
            basis(&BTreeMap::new(), &BTreeSet::new()),
            now,
            |_, _| (),
        );
        if round.plan.is_clean() {
            return Round::Clean;
        }
        round.post(&self.executor, owner, &BTreeMap::new(), true, None);
        if moves(&round.plan) { Round::Works } else { Round::Blocked }
    }

    /// What became of each thing that was to be deleted.
    fn settle_fates(&mut self, fates: &BTreeMap<Owner, String>) {
        let chosen = self.chosen();
        let now = self.setup.clock.now();
        for orphan in self.found.iter_mut().filter(|o| chosen.contains(&o.owner)) {
            let there = self.executor.with_index(|index| index.get(orphan.kind, &orphan.id).is_some());
            orphan.fate = match fates.get(&orphan.owner) {
                _ if !there => Fate::Deleted,
                Some(why) => Fate::Left(why.clone()),
                None => Fate::Left(why_left(&self.executor, orphan, now)),
            };
        }
    }
}

/// How far an owner is.
enum Round {
    /// Nothing of it is left.
    Clean,
    /// Calls run, or will.
    Works,
    /// Somebody else's things are in the way.
    Blocked,
}

/// `service` belongs to the class `class`.
fn of_class(service: &Owner, class: &Owner) -> bool {
    service.service().is_some() && class.service().is_none() && service.class() == class.class()
}

/// Something of the plan is under way or due.
fn moves(plan: &Plan) -> bool {
    let moves = |act: &Act| !matches!(act, Act::Blocked { .. } | Act::Refuse(_));
    plan.ops.iter().any(|op| moves(&op.act)) || plan.next.is_some() || !plan.reads.is_empty()
}

/// An error that goes by itself.
fn passes(class: ErrorClass) -> bool {
    matches!(class, ErrorClass::Throttle | ErrorClass::Transient)
}

/// No status is left that records anything; what strangers put into an orphan is theirs.
fn basis<'a>(entries: &'a BTreeMap<ResourceKey, Entry>, recorded: &'a BTreeSet<Id>) -> round::Basis<'a> {
    let drift =
        ValidDrift { security: DriftPolicy::Report, configuration: DriftPolicy::Report, interval: None };
    round::Basis { entries, recorded, drift }
}

/// Why a thing is there still, in AWS's words where it has some.
fn why_left(executor: &Executor, orphan: &Orphan, now: Time) -> String {
    let nothing = Stack::default();
    let (round, ()) = round::plan(
        executor,
        &orphan.owner,
        &nothing,
        basis(&BTreeMap::new(), &BTreeSet::new()),
        now,
        |_, _| (),
    );
    let of_it = |act: &Act| match act {
        Act::Blocked { by, deleting: Some(id) } if *id == orphan.id => {
            let by = by.iter().map(|by| match &by.id {
                Some(id) => format!("{} {id}", by.kind.words()),
                None => by.kind.words().to_owned(),
            });
            Some(format!("it is used by {}", by.collect::<Vec<_>>().join(", ")))
        }
        Act::Wait(Why::Deleting { id, .. }) if *id == orphan.id => Some("AWS is deleting it".to_owned()),
        Act::Wait(Why::Trouble(trouble)) => Some(trouble.error.to_string()),
        _ => None,
    };
    let mut ops = round.plan.ops.iter().filter(|op| op.key.kind == orphan.kind);
    ops.find_map(|op| of_it(&op.act)).unwrap_or_else(|| "there was no time left for it".to_owned())
}
