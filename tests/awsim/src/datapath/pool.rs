//! Connections that VPC links hold open to load balancers: each interface of a link has its own, and a
//! connection stays bound to the target that the load balancer picked for it ([`crate::elbv2::Flow`]).
//!
//! A request takes the connection of its interface and listener that was used last, or opens one.
//! When the load balancer ends a connection, both ends are reset, also in the middle of a request.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, SimTime};
use crate::elbv2::{Ended, Flow, flow};
use crate::world::{Region, SharedWorld};

/// How often it looks for connections that ended, in simulated time.
const LOOK: Duration = Duration::from_millis(500);
/// And never more often than this, in real time.
const PAUSE: Duration = Duration::from_millis(5);

/// The sending half of a connection.
pub type Sender = SendRequest<Full<Bytes>>;

/// The connections of a region's links. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Pool(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    open: BTreeMap<u64, Open>,
    given: u64,
}

#[derive(Debug)]
struct Open {
    side: Side,
    flow: Flow,
    cut: Arc<Cut>,
    /// `None` while it carries a request.
    idle: Option<Sender>,
}

/// Both ends of a connection to a load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Id of the VPC link.
    pub link: String,
    /// Address of the link's interface.
    pub entry: Ipv4Addr,
    /// Address of the load balancer's node.
    pub node: Ipv4Addr,
    /// ARN of the listener.
    pub listener: String,
}

/// The end that a load balancer brings about.
#[derive(Debug, Default)]
pub struct Cut {
    token: CancellationToken,
    why: OnceLock<Ended>,
}

impl Cut {
    /// Waits for it.
    pub async fn happens(&self) {
        self.token.cancelled().await;
    }

    /// Why, once it happened.
    pub fn why(&self) -> String {
        self.why.get().map(ToString::to_string).unwrap_or_default()
    }
}

/// A connection that carries a request. Dropped without [`Lease::keep`], the connection is no more.
#[derive(Debug)]
pub struct Lease {
    pool: Pool,
    id: u64,
    /// Its end by the load balancer.
    pub cut: Arc<Cut>,
}

/// A connection that was open already.
#[derive(Debug)]
pub struct Kept {
    /// For giving it back.
    pub lease: Lease,
    /// What sends on it.
    pub sender: Sender,
    /// Its ends.
    pub side: Side,
    /// Where it leads.
    pub flow: Flow,
    /// The load balancer forgot it meanwhile and resets it as soon as anything is sent.
    pub forgotten: Option<Ended>,
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The idle connection of a link's interface to a listener that was used last; `None` if there is
    /// none that was used within `keep`.
    pub fn take(
        &self,
        region: &Region,
        (link, entry, listener): (&str, Ipv4Addr, &str),
        keep: Duration,
        now: SimTime,
    ) -> Option<Kept> {
        self.sweep(region, keep, now);
        let mut held = self.lock();
        let fits = |open: &&mut Open| {
            let side = &open.side;
            open.idle.is_some()
                && (side.link.as_str(), side.entry, side.listener.as_str()) == (link, entry, listener)
        };
        let newest =
            held.open.iter_mut().filter(|(_, open)| fits(open)).max_by_key(|(_, open)| open.flow.used);
        let (&id, open) = newest?;
        let sender = open.idle.take()?;
        let forgotten = flow::ended(region, &open.flow, now);
        open.flow.used = now;
        let lease = Lease { pool: self.clone(), id, cut: open.cut.clone() };
        Some(Kept { lease, sender, side: open.side.clone(), flow: open.flow.clone(), forgotten })
    }

    /// Takes in a connection that was just opened and carries its first request.
    pub fn open(&self, side: Side, flow: Flow) -> Lease {
        let mut held = self.lock();
        held.given += 1;
        let (id, cut) = (held.given, Arc::new(Cut::default()));
        held.open.insert(id, Open { side, flow, cut: cut.clone(), idle: None });
        Lease { pool: self.clone(), id, cut }
    }

    /// How many connections there are, idle or not.
    pub fn len(&self) -> usize {
        self.lock().open.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every connection with its ends and target, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        let held = self.lock();
        let told = held.open.values().map(|Open { side, flow, idle, .. }| {
            json!({
                "vpcLink": side.link, "from": side.entry, "node": side.node, "listener": side.listener,
                "target": format!("{}:{}", flow.target.ip, flow.target.port),
                "targetGroup": flow.target.target_group, "opened": flow.opened, "used": flow.used,
                "idle": idle.is_some(),
            })
        });
        told.collect()
    }

    /// Ends the connections that the load balancer or API Gateway gives up by now, and forgets those
    /// that their target closed. What was idle too long for the load balancer stays: nobody is told of
    /// that before something is sent (NLB user guide, "Connection idle timeout").
    pub fn sweep(&self, region: &Region, keep: Duration, now: SimTime) {
        self.lock().open.retain(|_, open| match flow::ended(region, &open.flow, now) {
            None | Some(Ended::Idle(_)) => match &open.idle {
                Some(sender) => !sender.is_closed() && now.since(open.flow.used) <= keep,
                None => true,
            },
            Some(ended) => {
                // Nobody else sets it: the connection leaves the pool here.
                let _ = open.cut.why.set(ended);
                open.cut.token.cancel();
                false
            }
        });
    }
}

impl Lease {
    /// The request is answered: the connection waits for the next one.
    pub fn keep(self, sender: Sender, now: SimTime) {
        if let Some(open) = self.pool.lock().open.get_mut(&self.id) {
            open.flow.used = now;
            open.idle = Some(sender);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut held = self.pool.lock();
        if held.open.get(&self.id).is_some_and(|open| open.idle.is_none()) {
            held.open.remove(&self.id);
        }
    }
}

/// Sweeps the connections of all regions until stopped.
pub async fn run(world: SharedWorld, clock: Clock, stop: CancellationToken) {
    loop {
        {
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            let now = world.clock.now();
            for region in world.regions().filter(|region| !region.connections.is_empty()) {
                region.settle(now);
                region.connections.sweep(region, region.apigatewayv2.delays.connection_idle, now);
            }
        }
        // Both at once: a clock that jumps during the one has jumped for the other, too.
        let pause = async { tokio::join!(tokio::time::sleep(PAUSE), clock.sleep(LOOK)) };
        tokio::select! {
            () = stop.cancelled() => return,
            _ = pause => {}
        }
    }
}
