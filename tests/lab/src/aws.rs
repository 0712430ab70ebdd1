//! The joint with awsim: its server, the network that pods live in, and the environment that leads
//! a program to it.

use std::collections::BTreeMap;

use awsim::arguments::Arguments;
use awsim::clock::Clock;
use awsim::seed;
use awsim::server::Server;
use awsim::world::{Options, Region, World};
use clap::Parser;
use ipnet::Ipv4Net;

pub use awsim::server::Config;

use crate::LabError;
use crate::kubelet::Zone;

/// The secret of every access key: signatures are checked against it.
pub const SECRET: &str = "lab";

/// What the simulated AWS is started with unless something else is said: signatures are checked, and
/// there is a VPC with `reserved` ranges for pods in its subnets.
pub fn config() -> Config {
    let config = Config::default();
    Config { options: Options { secret: Some(SECRET.to_owned()), ..config.options }, ..config }
}

/// As [`config`], with what the arguments say, which are awsim's own; the pace of time is the lab's.
///
/// # Errors
/// If there is no such argument, its value is wrong, or a file cannot be read.
pub fn config_of(args: &[String]) -> Result<Config, LabError> {
    let bad = |why| LabError::Config { field: "--awsim-arg", why };
    if args.iter().any(|arg| arg.starts_with("--time-scale")) {
        return Err(bad("the pace of time is that of the whole lab: give its own --time-scale".to_owned()));
    }
    let given = std::iter::once("awsim").chain(args.iter().map(String::as_str));
    let arguments = Arguments::try_parse_from(given).map_err(|e| bad(e.to_string()))?;
    let mut config = arguments.config().map_err(bad)?;
    config.options.secret.get_or_insert_with(|| SECRET.to_owned());
    Ok(config)
}

/// A running simulated AWS.
#[derive(Debug)]
pub struct Aws {
    server: Server,
    network: Network,
}

impl Aws {
    /// Listens and serves. Belongs to the runtime it is called in.
    ///
    /// # Errors
    /// If it cannot listen, or the seed is wrong or has no place for pods.
    pub async fn start(config: Config, clock: Clock) -> Result<Aws, LabError> {
        let listen = config.listen;
        let config = Config { clock, ..config };
        let server = Server::start(config).await.map_err(LabError::io(format!("start awsim on {listen}")))?;
        let network = server.with_world(Network::of)?;
        Ok(Aws { server, network })
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The network that pods live in.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Everything that leads a program here: `AWS_ENDPOINT_URL`, `AWS_REGION`, credentials, and
    /// the network's ids, comma-separated where there are several: `AWS_ACCOUNT_ID`, `VPC_ID`,
    /// `SUBNET_IDS`, `POD_SECURITY_GROUP_IDS`, and `SECURITY_GROUPS` as `name=id`.
    pub fn env(&self) -> BTreeMap<String, String> {
        let Network { account, region, vpc, subnets, pod_groups, groups } = &self.network;
        let subnets: Vec<_> = subnets.iter().map(|s| s.id.as_str()).collect();
        let groups: Vec<_> = groups.iter().map(|(name, id)| format!("{name}={id}")).collect();
        let pairs = [
            ("AWS_ENDPOINT_URL", self.server.url()),
            ("AWS_REGION", region.clone()),
            // awsim takes the account from the key.
            ("AWS_ACCESS_KEY_ID", format!("AKIA{account}LAB1")),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_ACCOUNT_ID", account.clone()),
            ("VPC_ID", vpc.clone()),
            ("SUBNET_IDS", subnets.join(",")),
            ("POD_SECURITY_GROUP_IDS", pod_groups.join(",")),
            ("SECURITY_GROUPS", groups.join(",")),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A VPC with places for pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// 12 digits.
    pub account: String,
    /// `eu-central-1`.
    pub region: String,
    /// `vpc-…`
    pub vpc: String,
    /// Those that keep a range for pods, by id.
    pub subnets: Vec<PodSubnet>,
    /// The security groups that pods carry.
    pub pod_groups: Vec<String>,
    /// The ids of the VPC's security groups, by name, without the default group.
    pub groups: BTreeMap<String, String>,
}

/// A subnet with a place for pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSubnet {
    /// `subnet-…`
    pub id: String,
    /// `eu-central-1a`.
    pub zone: String,
    /// Where pods have their addresses.
    pub pods: Ipv4Net,
}

impl Network {
    /// The first VPC of the world whose subnets keep ranges for pods.
    fn of(world: &mut World) -> Result<Network, LabError> {
        world.regions().find_map(|region| in_region(region)).ok_or_else(|| LabError::Config {
            field: "seed",
            why: "no VPC has a subnet with a `reserved` range, so there is no place for pods: add one"
                .to_owned(),
        })
    }

    /// A zone for each zone of the subnets.
    pub fn zones(&self) -> Vec<Zone> {
        let zones: BTreeMap<_, _> = self.subnets.iter().map(|s| (&s.zone, s.pods)).collect();
        zones.into_iter().map(|(name, pods)| Zone { name: name.clone(), pods }).collect()
    }
}

fn in_region(region: &Region) -> Option<Network> {
    let with_pods = |vpc: &str| -> Vec<PodSubnet> {
        let own = region.ec2.subnets.values().filter(|subnet| subnet.vpc == vpc);
        own.filter_map(|s| Some(PodSubnet { id: s.id.clone(), zone: s.zone.clone(), pods: s.reserved? }))
            .collect()
    };
    region.ec2.vpcs.values().find_map(|vpc| {
        let subnets = with_pods(&vpc.id);
        let own = region.ec2.security_groups.values().filter(|g| g.vpc == vpc.id && g.name != "default");
        (!subnets.is_empty()).then(|| Network {
            account: region.account.clone(),
            region: region.name.clone(),
            vpc: vpc.id.clone(),
            subnets,
            pod_groups: vpc.pod_groups.clone(),
            groups: own.map(|g| (g.name.clone(), g.id.clone())).collect(),
        })
    })
}

/// The zones of the default seed, for a lab without a simulated AWS.
///
/// # Errors
/// If the seed's ranges are not such.
pub fn default_zones() -> Result<Vec<Zone>, LabError> {
    let zone = |(name, pods): (&str, &str)| {
        let pods = pods.parse().map_err(|e: ipnet::AddrParseError| LabError::Config {
            field: "seed",
            why: format!("{pods}: {e}"),
        })?;
        Ok(Zone { name: name.to_owned(), pods })
    };
    seed::ZONES.into_iter().zip(seed::POD_CIDRS).map(zone).collect()
}

#[cfg(test)]
mod tests {
    use awsim::server::Seed;

    use super::*;

    #[tokio::test]
    async fn the_default_seed_has_a_place_for_pods_in_three_zones() {
        let aws = Aws::start(config(), Clock::scaled(1.0)).await.unwrap();
        assert_eq!(aws.network().vpc, seed::VPC);
        assert_eq!(aws.network().pod_groups, [seed::CLUSTER_GROUP]);
        let zones = |zones: Vec<Zone>| zones.into_iter().map(|z| (z.name, z.pods)).collect::<Vec<_>>();
        assert_eq!(zones(aws.network().zones()), zones(default_zones().unwrap()));
        let env = aws.env();
        assert_eq!(env["SUBNET_IDS"], seed::SUBNETS.join(","));
        assert!(env["SECURITY_GROUPS"].contains(&format!("lab-database={}", seed::DATABASE_GROUP)));
    }

    #[test]
    fn the_arguments_are_awsims_but_for_the_pace_of_time() {
        let args = |arg: &str| config_of(&[arg.to_owned()]);
        let options = args("--throttling=off").unwrap().options;
        assert_eq!((options.throttling, options.secret.as_deref()), (false, Some(SECRET)));
        assert!(args("--throtling=off").unwrap_err().to_string().contains("--throttling"));
        assert!(args("--time-scale=2").unwrap_err().to_string().contains("its own --time-scale"));
    }

    #[tokio::test]
    async fn a_seed_without_a_place_for_pods_is_refused() {
        let config = Config { seed: Seed::Nothing, ..config() };
        let e = Aws::start(config, Clock::scaled(1.0)).await.unwrap_err().to_string();
        assert!(e.contains("reserved"), "{e}");
    }
}
