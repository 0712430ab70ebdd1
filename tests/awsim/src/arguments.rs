//! The command line: what the simulator is started with.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use serde_json::Value;

use crate::clock::Clock;
use crate::iam::grants::EVERYONE;
use crate::iam::policy::Policy;
use crate::quota::{self, Quotas};
use crate::server::{Config, Seed};
use crate::throttle::{self, Rates};
use crate::weather::{Forecast, Preset};
use crate::world::Options;

/// The part of AWS that an HTTP API entry path talks to, simulated strictly.
///
/// Point an SDK or the AWS CLI at it with AWS_ENDPOINT_URL=http://ADDRESS and any credentials.
/// An access key id of AKIA, 12 digits and 4 more characters belongs to the account of those
/// digits, every other one to 123456789012. Requests whose host is that of an API,
/// {api}.execute-api.{region}.amazonaws.com, go through the API. Under /_awsim/ are what was
/// called (GET calls, GET requests), the whole state (GET state), the clock (GET, POST clock), quotas
/// and throttles (GET, POST quotas, GET, POST throttles), what befalls calls (GET, POST, DELETE
/// weather) and a new start (POST reset).
///
/// Prints `ready http://ADDRESS` when it listens (and `ready https://ADDRESS` for TLS), and ends on SIGTERM or SIGINT.
#[derive(Parser)]
#[command(name = "awsim", version)]
pub struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where to listen for TLS: custom domain names are served under their certificates, with mutual TLS
    /// where they want it. What ACM issued is signed by the authority that GET /_awsim/ca tells.
    #[arg(long, value_name = "ADDRESS:PORT")]
    tls_listen: Option<SocketAddr>,
    /// What exists from the start, YAML or JSON; without it, a VPC with three private subnets, a
    /// cluster security group and a database security group in eu-central-1 of 123456789012.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// How many times as fast as the real ones the simulated durations are; 0 stands still until
    /// POST /_awsim/clock moves it.
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = pace)]
    time_scale: f64,
    /// Token buckets of the control planes and of the requests to all APIs of an account and region, as
    /// AWS publishes them.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    throttling: Switch,
    /// How many times as fast as AWS's the token buckets fill; what they hold stays.
    #[arg(long, value_name = "N")]
    throttle_scale: Option<f64>,
    /// The rate of one throttle: elbv2:register=4/20 is 4 calls a second and 20 at once, elbv2:register=off
    /// is no limit. May be given several times; GET /_awsim/throttles has the names.
    #[arg(long, value_name = "NAME=RATE/BURST", value_parser = throttle::argument)]
    throttle: Vec<(String, Value)>,
    /// Resource quotas, AWS's defaults.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    quotas: Switch,
    /// One quota: vpc-links=20, or vpc-links=off for no limit. May be given several times; GET
    /// /_awsim/quotas has the names.
    #[arg(long, value_name = "NAME=N", value_parser = quota::argument)]
    quota: Vec<(String, Value)>,
    /// Conflicts of changes of one HTTP API that overlap. A change takes 20 ms of real time, less if
    /// time is scaled up; a seed's apiGateway.apiBusy says otherwise, in seconds.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    conflicts: Switch,
    /// Eventual consistency: reads that lag behind writes, and new objects not found by changes; a
    /// seed's consistency says by how many simulated seconds.
    #[arg(long, value_enum, default_value_t = Switch::Off)]
    consistency: Switch,
    /// The secret of every access key: signatures are checked against it, and a clock that is more than
    /// 5 minutes off is refused, of AWS calls and of requests to routes with AWS_IAM. Without it, any secret
    /// will do, but for the keys of AssumeRole.
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
    /// What befalls calls from the start: breeze, storm, outage, or a file, YAML or JSON, as
    /// POST /_awsim/weather takes it: a seed, and rules with an effect (throttle, server_error,
    /// unavailable, access_denied, quota_exhausted, refuse, reset, lose_reply, hang, slow, stale) or a preset, for a service or
    /// an operation, at a rate, from and until a moment.
    #[arg(long, value_name = "PRESET|FILE")]
    weather: Option<String>,
    /// An identity policy, JSON: FILE for every caller that has no other, KEY_ID=FILE for that access
    /// key, ARN=FILE for the sessions of that role or for that user. May be given several times; those
    /// of one caller add up. Without any, everyone may do everything.
    #[arg(long, value_name = "[WHO=]FILE")]
    policy: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

fn pace(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if number.is_finite() && number >= 0.0 { Ok(number) } else { Err("must be 0 or greater".to_owned()) }
}

impl Arguments {
    /// What they say, files read.
    ///
    /// # Errors
    /// In words, if a file cannot be read or is not what it should be, or a name is none.
    pub fn config(self) -> Result<Config, String> {
        let (throttles, quotas) = limits(&self)?;
        let seed = match self.seed {
            None => Seed::Default,
            Some(file) => {
                let text = std::fs::read_to_string(&file);
                Seed::Text(text.map_err(|e| format!("cannot read the seed {}: {e}", file.display()))?)
            }
        };
        Ok(Config {
            listen: self.listen,
            tls: self.tls_listen,
            clock: Clock::scaled(self.time_scale),
            options: Options {
                throttling: self.throttling == Switch::On,
                throttles,
                quotas,
                conflicts: self.conflicts == Switch::On,
                consistency: self.consistency == Switch::On,
                secret: self.secret,
                clock_ahead: 0,
                policies: self.policy.iter().map(|given| attached(given)).collect::<Result<_, _>>()?,
            },
            seed,
            weather: self.weather.map_or_else(|| Ok(Forecast::default()), |what| forecast(&what))?,
            ..Config::default()
        })
    }
}

/// The weather of a preset's name or of a file.
fn forecast(what: &str) -> Result<Forecast, String> {
    if let Some(preset) = Preset::named(what) {
        return Ok(Forecast::of(preset));
    }
    let text =
        std::fs::read_to_string(what).map_err(|e| format!("{what} is no preset, and as a file: {e}"))?;
    Forecast::read(&text).map_err(|e| format!("the weather {what}: {e}"))
}

/// Throttles and quotas, as the arguments set them.
fn limits(arguments: &Arguments) -> Result<(Rates, Quotas), String> {
    let mut quotas = Quotas::switched(arguments.quotas == Switch::On);
    quotas.change(&arguments.quota.iter().cloned().collect())?;
    let mut throttles = Rates::default();
    let scale = arguments.throttle_scale.map(|scale| ("scale".to_owned(), Value::from(scale)));
    throttles.change(&arguments.throttle.iter().cloned().chain(scale).collect())?;
    Ok((throttles, quotas))
}

/// Who has a policy, and the policy.
fn attached(given: &str) -> Result<(String, Policy), String> {
    let (who, file) = given.split_once('=').unwrap_or((EVERYONE, given));
    let text = std::fs::read_to_string(file).map_err(|e| format!("cannot read the policy {file}: {e}"))?;
    let policy = Policy::parse(&text).map_err(|e| format!("the policy {file}: {e}"))?;
    Ok((who.to_owned(), policy))
}
