//! One AWS call from the read request to the reply: who calls, which operation, what befalls it,
//! throttle, input, handler, reply. Takes the world's lock for the handler, does no IO.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use serde_json::Value;

use crate::apigatewayv2::change::Hold;
use crate::caller::Caller;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::faults::{Effect, Faults};
use crate::ids::Ids;
use crate::recorder::{Entry, Outcome, Recorder};
use crate::signature::{self, Refused};
use crate::tables::{Operation, Protocol, Service};
use crate::throttle::Throttle;
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
    /// What tests asked for.
    pub faults: Faults,
    throttle: Mutex<Throttle>,
    request_ids: Mutex<Ids>,
}

/// What became of a call.
#[derive(Debug)]
pub struct Served {
    /// The reply; `None`: the connection is to be closed without one.
    pub reply: Option<Reply>,
    /// What the call keeps busy; the reply is to be sent when that has passed.
    pub held: Option<Hold>,
}

/// Why a call has no reply of success.
enum Stop {
    Fault(Fault),
    /// The connection is closed before the call takes effect.
    Reset,
    /// It took effect, and the connection is closed.
    ReplyLost,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

impl Pipeline {
    /// A pipeline to this world; request ids come from `id_seed`.
    pub fn new(world: SharedWorld, clock: Clock, id_seed: u64) -> Pipeline {
        Pipeline {
            world,
            clock,
            recorder: Recorder::default(),
            faults: Faults::default(),
            throttle: Mutex::default(),
            request_ids: Mutex::new(Ids::new(!id_seed)),
        }
    }

    /// Serves one call and records it.
    pub fn call(&self, request: &Request) -> Served {
        let started = Instant::now();
        let request_id = self.request_ids.lock().unwrap_or_else(PoisonError::into_inner).uuid();
        let caller = Caller::of(request);
        let signed_for = caller.as_ref().ok().map(Caller::service);
        let service = signed_for.flatten().unwrap_or_else(|| wire::guess(request));
        let mut entry = self.entry(request, &caller, service, &request_id);
        let mut held = None;
        let result = match (&caller, signed_for) {
            (Ok(caller), Some(None)) => Err(no_table(caller).into()),
            _ => self.run(service, request, caller, &mut entry, &mut held),
        };
        let protocol = wire::protocol(service, request);
        let (reply, outcome) = match result {
            Ok(reply) => {
                let outcome = Outcome { status: reply.status, code: None, message: None, delivered: true };
                (Some(reply), outcome)
            }
            Err(Stop::Fault(fault)) => {
                let fault = common_code(protocol, fault);
                let reply = wire::encode_fault(service, protocol, &fault, &request_id);
                let (code, message) = (Some(fault.code), Some(fault.message));
                let outcome = Outcome { status: reply.status, code, message, delivered: true };
                (Some(reply), outcome)
            }
            Err(Stop::Reset) => {
                let code = Some("ConnectionReset".to_owned());
                (None, Outcome { status: 0, code, message: None, delivered: false })
            }
            Err(Stop::ReplyLost) => {
                (None, Outcome { status: 0, code: None, message: None, delivered: false })
            }
        };
        entry.micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.recorder.record(Entry { outcome, ..entry });
        Served { reply, held }
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
        held: &mut Option<Hold>,
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
        // The place of everything that befalls a call on its way: `effect` now, and once more for
        // the reply below.
        let effect = self.faults.befalls(&service.name, &route.operation, self.clock.now());
        match &effect {
            Some(Effect::Refuse(refusal)) => return Err(Fault::from(refusal).into()),
            Some(Effect::Reset) => return Err(Stop::Reset),
            Some(Effect::LoseReply) | None => {}
        }
        let reply = self.handle((service, operation, &route), (request, &read), &caller, entry, held)?;
        match effect {
            Some(Effect::LoseReply) => Err(Stop::ReplyLost),
            _ => Ok(reply),
        }
    }

    fn handle(
        &self,
        (service, operation, route): (&Service, &Operation, &Route),
        (request, read): (&Request, &Request),
        caller: &Caller,
        entry: &mut Entry,
        held: &mut Option<Hold>,
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
            throttle.take(place, what, &entry.input, self.clock.now())?;
        }
        let decoded = decoded?;
        wire::validate(service, operation, route, &decoded)?;
        let mut call = world.call(&caller.account, region_of(&service.name, &caller.region));
        call.access_key = &caller.access_key;
        let output = handler(&mut call, &decoded.input)?;
        *held = call.held.take();
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
            outcome: Outcome { status: 0, code: None, message: None, delivered: false },
            request_id: request_id.to_owned(),
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
fn signed(world: &World, request: &Request, caller: &Caller) -> Result<(), Refused> {
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
    signature::check(request, caller, secret, SystemTime::now())
}

fn handler(service: &str, operation: &str) -> Option<Handler> {
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
