//! The joint with awsim: its server, what the simulated account holds, and the environment that
//! leads a program to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use awsim::clock::Clock;
use awsim::server::{self, Server};
use awsim::world::Options;
use clap::{Parser, ValueEnum};

use crate::LabError;
use crate::kubelet::Zone;

/// The zones of the simulated VPC, and the part of each one's private subnet that pods live in.
const ZONES: [(&str, &str); 3] =
    [("eu-central-1a", "10.0.8.0/21"), ("eu-central-1b", "10.0.24.0/21"), ("eu-central-1c", "10.0.40.0/21")];

/// What the simulated AWS is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What is switched on.
    pub options: Options,
}

impl Default for Config {
    fn default() -> Config {
        let server::Config { listen, options, .. } = server::Config::default();
        Config { listen, options }
    }
}

/// The arguments that `lab up --awsim-arg` passes on.
#[derive(Parser)]
#[command(name = "--awsim-arg", no_binary_name = true, disable_version_flag = true)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Token buckets of the control planes, as AWS publishes them.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    throttling: Switch,
    /// Resource quotas, AWS's defaults.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    quotas: Switch,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Config {
    /// Reads arguments as awsim takes them: `--throttling=off`, `--quotas=off`, `--listen=…`.
    ///
    /// # Errors
    /// If there is no such argument, or its value is wrong.
    pub fn from_args(args: &[String]) -> Result<Config, LabError> {
        let bad = |e: clap::Error| LabError::Config { field: "--awsim-arg", why: e.to_string() };
        let Arguments { listen, throttling, quotas } = Arguments::try_parse_from(args).map_err(bad)?;
        let options = Options { throttling: throttling == Switch::On, quotas: quotas == Switch::On };
        Ok(Config { listen, options })
    }
}

/// A running simulated AWS.
#[derive(Debug)]
pub struct Aws {
    server: Server,
}

impl Aws {
    /// Listens and serves. Belongs to the runtime it is called in.
    ///
    /// # Errors
    /// If it cannot listen.
    pub async fn start(config: Config, clock: Clock) -> Result<Aws, LabError> {
        let Config { listen, options } = config;
        let config = server::Config { listen, clock, options, ..server::Config::default() };
        let server = Server::start(config).await.map_err(LabError::io(format!("awsim on {listen}")))?;
        Ok(Aws { server })
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// `AWS_ENDPOINT_URL`, `AWS_REGION`, credentials.
    pub fn env(&self) -> BTreeMap<String, String> {
        let pairs = [
            ("AWS_ENDPOINT_URL", self.server.url()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIA123456789012LAB1".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "any".to_owned()),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The zones that pods run in.
///
/// # Errors
/// If an address range is not one.
pub fn zones() -> Result<Vec<Zone>, LabError> {
    let zone = |(name, pods): (&str, &str)| {
        let pods = pods.parse().map_err(|e: ipnet::AddrParseError| LabError::Config {
            field: "zones",
            why: format!("{pods}: {e}"),
        })?;
        Ok(Zone { name: name.to_owned(), pods })
    };
    ZONES.into_iter().map(zone).collect()
}
