//! One AWS call from the read request to the reply: who calls, which operation, what befalls it,
//! throttle, input, handler, reply. Takes the world's lock for the handler, does no IO.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::apigatewayv2::change::Hold;
use crate::caller::Caller;
use crate::clock::Clock;
use crate::consistency;
use crate::fault::Fault;
use crate::iam;
use crate::ids::Ids;
use crate::recorder::{Entry, Outcome, Recorder};
use crate::reset::{BadStart, Start};
use crate::signature::{self, Refused};
use crate::tables::{Operation, Protocol, Service};
use crate::throttle::Throttle;
use crate::weather::{Befallen, Target, Weather};
use crate::wire::{self, Reply, Request, Route};
use crate::world::{Handler, SharedWorld, World, region_of};
use crate::{acm, apigatewayv2, cloudwatch, ec2, elbv2, logs, route53, secretsmanager, sts, tagging};

/// What the pipeline works with.
#[derive(Debug)]
pub struct Pipeline {
    /// The state.
    pub world: SharedWorld,
    /// The world's time.
    pub clock: Clock,
    /// Keeps every call.
    pub recorder: Recorder,
    /// What befalls calls.
    pub weather: Weather,
    /// Token buckets.
    pub throttle: Mutex<Throttle>,
    pub(crate) request_ids: Mutex<Ids>,
    pub(crate) start: Start,
}

/// What became of a call.
#[derive(Debug, Default)]
pub struct Served {
    /// The reply; `None`: the connection is to be closed without one.
    pub reply: Option<Reply>,
    /// What the call keeps busy; the reply is to be sent when that has passed.
    pub held: Option<Hold>,
    /// The reply is to be sent, or the connection to be closed, when so much real time has passed.
    pub wait: Duration,
}

/// Why a call has no reply of success.
#[derive(Debug)]
pub(crate) enum Stop {
    Fault(Fault),
    /// The service cannot be reached; something else answers.
    Away(Reply),
    /// The connection is closed before the call takes effect.
    Reset,
    /// As `Reset`, but the client waits for it.
    Unanswered,
    /// It was served, and the connection is closed.
    ReplyLost(Option<Fault>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

impl Pipeline {
    /// A pipeline to the world that `start` makes.
    ///
    /// # Errors
    /// If seed or weather are none.
    pub fn new(clock: Clock, start: Start) -> Result<Pipeline, BadStart> {
        let world = start.world(&clock)?;
        let weather = Weather::default();
        start.set_weather(&weather, clock.now())?;
        Ok(Pipeline {
            world: Arc::new(Mutex::new(world)),
            clock,
            recorder: Recorder::default(),
            weather,
            throttle: Mutex::default(),
            request_ids: Mutex::new(start.request_ids()),
            start,
        })
    }

    /// Serves one call and records it.
    pub fn call(&self, request: &Request) -> Served {
        let started = Instant::now();
        let request_id = self.request_ids.lock().unwrap_or_else(PoisonError::into_inner).uuid();
        let caller = Caller::of(request);
        let signed_for = caller.as_ref().ok().map(Caller::service);
        let service = signed_for.flatten().unwrap_or_else(|| wire::guess(request));
        let mut entry = self.entry(request, &caller, service, &request_id);
        let mut served = Served::default();
        let result = match (&caller, signed_for) {
            (Ok(caller), Some(None)) => Err(no_table(caller).into()),
            _ => self.run(service, request, caller, &mut entry, &mut served),
        };
        let protocol = wire::protocol(service, request);
        let lost =
            |code: Option<String>, message| (None, Outcome { status: 0, code, message, delivered: false });
        let sent = |reply: Reply, code, message| {
            let outcome = Outcome { status: reply.status, code, message, delivered: true };
            (Some(reply), outcome)
        };
        let (reply, outcome) = match result {
            Ok(reply) => sent(reply, None, None),
            Err(Stop::Fault(fault)) => {
                let fault = common_code(protocol, fault);
                let reply = wire::encode_fault(service, protocol, &fault, &request_id);
                sent(reply, Some(fault.code), Some(fault.message))
            }
            // The code that clients without a better one take: the status.
            Err(Stop::Away(reply)) => {
                let code = Some(reply.status.to_string());
                sent(reply, code, None)
            }
            Err(Stop::Reset) => lost(Some("ConnectionReset".to_owned()), None),
            Err(Stop::Unanswered) => lost(Some("Unanswered".to_owned()), None),
            Err(Stop::ReplyLost(None)) => lost(None, None),
            Err(Stop::ReplyLost(Some(fault))) => lost(Some(fault.code), Some(fault.message)),
        };
        entry.micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.recorder.record(Entry { outcome, ..entry });
        Served { reply, ..served }
    }

    /// The reply to a request that cannot be read to its end. It is not recorded: what it asks for is
    /// not known.
    pub fn refuse(&self, request: &Request, fault: &Fault) -> Reply {
        let request_id = self.request_ids.lock().unwrap_or_else(PoisonError::into_inner).uuid();
        let signed_for = Caller::of(request).ok().and_then(|caller| caller.service());
        let service = signed_for.unwrap_or_else(|| wire::guess(request));
        wire::encode_fault(service, wire::protocol(service, request), fault, &request_id)
    }

    fn run(
        &self,
        service: &Service,
        request: &Request,
        caller: Result<Caller, Fault>,
        entry: &mut Entry,
        served: &mut Served,
    ) -> Result<Reply, Stop> {
        let (read, route) = match (read(service, request), &caller) {
            (Err(_), Err(unsigned)) => return Err(unsigned.clone().into()),
            (read, _) => read?,
        };
        entry.operation.clone_from(&route.operation);
        wire::taken(service, &route.operation, request)?;
        let Some(operation) = service.operations.get(&route.operation) else {
            return Err(not_served(service, &route.operation).into());
        };
        let caller = caller?;
        let met = self.weather.befalls(&service.name, &route.operation, self.clock.now());
        (entry.weather, served.wait) = (met.name(), met.wait());
        let stop = met.before(Target { service, name: &route.operation, operation }, || self.arn(&caller));
        if let (Err(_), Ok(decoded)) = (&stop, wire::decode(service, operation, &route, &read)) {
            entry.input = wire::redacted(service, operation, &decoded.input);
        }
        stop?;
        let result =
            self.handle((service, operation, &route), (request, &read), &caller, &met, entry, served);
        if met.loses_reply() { Err(Stop::ReplyLost(result.err())) } else { Ok(result?) }
    }

    fn arn(&self, caller: &Caller) -> String {
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.sts.principal(&caller.access_key, &caller.account).arn
    }

    fn handle(
        &self,
        (service, operation, route): (&Service, &Operation, &Route),
        (request, read): (&Request, &Request),
        caller: &Caller,
        met: &Befallen,
        entry: &mut Entry,
        served: &mut Served,
    ) -> Result<Reply, Fault> {
        let decoded = wire::decode(service, operation, route, read);
        if let Ok(decoded) = &decoded {
            entry.input = wire::redacted(service, operation, &decoded.input);
        }
        let handler =
            handler(&service.name, &route.operation).ok_or_else(|| not_served(service, &route.operation))?;
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        signed(&world, request, caller)
            .map_err(|r| signature::fault(&r, wire::protocol(service, request)))?;
        world.sts.check(&caller.access_key, self.clock.now())?;
        if world.options.throttling {
            let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
            let place = (&*caller.account, region_of(&service.name, &caller.region));
            let what = (&*service.name, &*route.operation);
            throttle.take(place, what, &entry.input, &world.options.throttles, self.clock.now())?;
        }
        let decoded = decoded?;
        wire::validate(service, operation, route, &decoded)?;
        let (what, on) = ((&*service.name, &*route.operation), world.options.consistency);
        let options = met.options(what, &world.options);
        world.consistency.keep_for(met.memory);
        let mut way = world.consistency.way(what, on, met.stale(), self.clock.now());
        let region = region_of(&service.name, &caller.region);
        let principal = world.sts.principal(&caller.access_key, &caller.account);
        let grants = world.iam.of(&principal, region, self.clock.now());
        let mut call = world.call(&caller.account, region);
        call.access_key = &caller.access_key;
        call.options = options.as_ref().unwrap_or(call.options);
        call.grants = grants;
        let allowed = iam::authorize(service, (&route.operation, operation), &mut call, &decoded.input);
        let before = tagging::once::Before::of(call.region, what);
        let output = allowed.and_then(|()| consistency::serve(handler, &mut call, &decoded.input, &mut way));
        if let (Some(before), Ok(_)) = (before, &output) {
            before.note(call.region);
        }
        entry.behind = way.behind();
        entry.actions = std::mem::take(&mut call.used);
        let output = output?;
        served.held = call.held.take();
        if let Some(what) = wire::output_mismatch(service, operation, &output) {
            tracing::error!(service = service.name, operation = route.operation, what, "a handler's output");
            let text = format!("awsim's {} gave what the model does not have: {what}", route.operation);
            return Err(Fault::new(500, "InternalFailure", text));
        }
        Ok(wire::encode(service, operation, route, &output, &entry.request_id))
    }

    fn entry(
        &self,
        request: &Request,
        caller: &Result<Caller, Fault>,
        service: &Service,
        request_id: &str,
    ) -> Entry {
        let of = |part: fn(&Caller) -> &String| caller.as_ref().map(part).cloned().unwrap_or_default();
        Entry {
            number: 0,
            at: self.clock.now(),
            service: service.name.clone(),
            operation: String::new(),
            account: of(|caller| &caller.account),
            region: of(|caller| &caller.region),
            access_key: of(|caller| &caller.access_key),
            user_agent: request.header("user-agent").to_owned(),
            input: Value::Null,
            behind: Duration::ZERO,
            outcome: Outcome { status: 0, code: None, message: None, delivered: false },
            weather: None,
            request_id: request_id.to_owned(),
            actions: Vec::new(),
            micros: 0,
        }
    }
}

/// The request with its body as it was before a client compressed it, and where it leads.
fn read<'r>(service: &Service, request: &'r Request) -> Result<(Cow<'r, Request>, Route), Fault> {
    let read = wire::inflated(service, request)?;
    let route = wire::route(service, &read)?;
    Ok((read, route))
}

/// Whether the caller holds the secret of the access key, as far as it is known.
pub(crate) fn signed(world: &World, request: &Request, caller: &Caller) -> Result<(), Refused> {
    let (secret, token) = match world.sts.secret(&caller.access_key) {
        Some((secret, token)) => (secret, token),
        // Keys of sessions that were never given out.
        None if caller.access_key.starts_with("ASIA") => return Err(Refused::UnknownKey),
        None => match &world.options.secret {
            Some(secret) => (secret.as_str(), ""),
            None => return Ok(()),
        },
    };
    if request.header("x-amz-security-token") != token {
        return Err(Refused::UnknownKey);
    }
    signature::check(request, caller, secret, world.options.wall_clock())
}

/// The handler of an operation that is served.
pub(crate) fn handler(service: &str, operation: &str) -> Option<Handler> {
    match service {
        "ec2" => ec2::handler(operation),
        "elbv2" => elbv2::handler(operation),
        "apigatewayv2" => apigatewayv2::handler(operation),
        "acm" => acm::handler(operation),
        "route53" => route53::handler(operation),
        "logs" => logs::handler(operation),
        "cloudwatch" => cloudwatch::handler(operation),
        "resourcegroupstaggingapi" => tagging::handler(operation),
        "secretsmanager" => secretsmanager::handler(operation),
        "sts" => sts::handler(operation),
        _ => None,
    }
}

fn not_served(service: &Service, operation: &str) -> Fault {
    Fault::new(501, "NotImplemented", format!("awsim does not serve {operation} of {}", service.name))
}

fn no_table(caller: &Caller) -> Fault {
    Fault::new(501, "NotImplemented", format!("awsim knows nothing of the service {}", caller.signing_name))
}

/// The codes that all services share end in `Exception` where errors are modelled shapes.
fn common_code(protocol: Protocol, fault: Fault) -> Fault {
    let shared = ["MissingAuthenticationToken", "IncompleteSignature", "ExpiredToken"];
    match protocol {
        Protocol::Json | Protocol::Cbor | Protocol::RestJson if shared.contains(&fault.code.as_str()) => {
            Fault { code: format!("{}Exception", fault.code), ..fault }
        }
        _ => fault,
    }
}
