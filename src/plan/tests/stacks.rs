//! Stacks built by hand: a class and its services, small but with every kind in them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::api::Api;
use crate::model::integration::Integration;
use crate::model::listener::Listener;
use crate::model::load_balancer::LoadBalancer;
use crate::model::route::{Authorization, Route};
use crate::model::security_group::{Direction, SecurityGroup, SecurityGroupRule};
use crate::model::stage::{RouteSettings, Stage, Throttle};
use crate::model::target_group::{HealthCheck, TargetGroup, TargetGroupAttributes};
use crate::model::vpc_link::VpcLink;
use crate::model::{Body, Kind, NsName, Owner, Ref, ResourceKey, Stack};

/// The route keys that services share out among themselves.
pub const ROUTES: [&str; 4] = ["GET /a", "PUT /a", "ANY /b/{proxy+}", "$default"];

/// What the class wants; each number is a variant of some settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Immutable in the VPC link: a change replaces it.
    pub subnets: u8,
    /// Immutable in the groups: a change replaces them, and what carries them.
    pub groups: u8,
    /// Immutable in load balancers: a change replaces them.
    pub balancers: u8,
    /// How many load balancers.
    pub nlbs: u8,
    /// In no list.
    pub cross_zone: bool,
    pub rate: u8,
}

/// What a service wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    pub port: u16,
    pub nlb: u8,
    /// Mutable and listed.
    pub health: u8,
    /// Mutable and in no list.
    pub drain: u8,
    /// By index into [`ROUTES`]: the integration's timeout in seconds, and a rate of its own.
    pub routes: BTreeMap<usize, (u8, Option<u8>)>,
}

pub fn class_owner() -> Owner {
    Owner::Class("public".into())
}

pub fn service_owner(n: usize) -> Owner {
    Owner::Service { class: "public".into(), name: NsName::new("shop", format!("s{n}")) }
}

fn of_class(kind: Kind, slot: &str) -> Ref {
    Ref::To(ResourceKey::new(kind, &class_owner(), slot))
}

fn throttle(rate: u8) -> Throttle {
    Throttle { rate: f64::from(rate), burst: 10 }
}

pub fn class_stack(class: &Class, ports: &BTreeSet<u16>) -> Stack {
    let mut stack = BTreeMap::new();
    let mut add = |slot: &str, body: Body<Ref>| {
        stack.insert(ResourceKey::new(body.kind(), &class_owner(), slot), body);
    };
    let rule = |group: &str, direction, peer: &str, port| {
        Body::SecurityGroupRule(SecurityGroupRule {
            group: of_class(Kind::SecurityGroup, group),
            direction,
            from_port: port,
            to_port: port,
            peer: of_class(Kind::SecurityGroup, peer),
        })
    };
    for name in ["link", "lb"] {
        add(
            name,
            Body::SecurityGroup(SecurityGroup {
                name: format!("gw-{name}-{}", class.groups),
                description: "of the class".into(),
                vpc: "vpc-1".into(),
                open_egress: false,
            }),
        );
    }
    for port in ports {
        add(&format!("out-{port}"), rule("link", Direction::Egress, "lb", *port));
        add(&format!("in-{port}"), rule("lb", Direction::Ingress, "link", *port));
    }
    for nlb in 0..class.nlbs {
        add(
            &format!("nlb-{nlb}"),
            Body::LoadBalancer(LoadBalancer {
                name: format!("gw-nlb-{nlb}-{}", class.balancers),
                subnets: ["subnet-1".to_owned()].into(),
                security_groups: [of_class(Kind::SecurityGroup, "lb")].into(),
                cross_zone: Some(class.cross_zone),
            }),
        );
    }
    add(
        "main",
        Body::VpcLink(VpcLink {
            name: "gw-link".into(),
            subnets: [format!("subnet-{}", class.subnets)].into(),
            security_groups: [of_class(Kind::SecurityGroup, "link")].into(),
        }),
    );
    add("main", Body::Api(Api { name: "gw-api".into(), description: "of the class".into() }));
    add(
        "main",
        Body::Stage(Stage {
            api: of_class(Kind::Api, "main"),
            name: "$default".into(),
            auto_deploy: true,
            throttle: throttle(class.rate),
        }),
    );
    Stack(stack)
}

pub fn service_stack(n: usize, service: &Service) -> Stack {
    let owner = service_owner(n);
    let own = |kind, slot: &str| Ref::To(ResourceKey::new(kind, &owner, slot));
    let mut stack = BTreeMap::new();
    let mut add = |slot: &str, body: Body<Ref>| {
        stack.insert(ResourceKey::new(body.kind(), &owner, slot), body);
    };
    add(
        "main",
        Body::TargetGroup(TargetGroup {
            name: format!("gw-tg-{n}"),
            vpc: "vpc-1".into(),
            health: HealthCheck {
                path: format!("/healthz{}", service.health),
                port: None,
                interval_seconds: 10,
                timeout_seconds: 5,
                healthy_threshold: 2,
                unhealthy_threshold: 2,
            },
            attributes: Some(TargetGroupAttributes {
                deregistration_delay_seconds: u32::from(service.drain),
                connection_termination: true,
            }),
        }),
    );
    add(
        "main",
        Body::Listener(Listener {
            load_balancer: of_class(Kind::LoadBalancer, &format!("nlb-{}", service.nlb)),
            port: service.port,
            target_group: own(Kind::TargetGroup, "main"),
        }),
    );
    for (index, (timeout, rate)) in &service.routes {
        let (integration, route_key) = (format!("{timeout}s"), ROUTES[*index]);
        add(
            &integration,
            Body::Integration(Integration {
                api: of_class(Kind::Api, "main"),
                vpc_link: of_class(Kind::VpcLink, "main"),
                listener: own(Kind::Listener, "main"),
                timeout_millis: u32::from(*timeout) * 1000,
                overwrite_path: None,
            }),
        );
        add(
            route_key,
            Body::Route(Route {
                api: of_class(Kind::Api, "main"),
                route_key: route_key.into(),
                target: own(Kind::Integration, &integration),
                authorization: Authorization::None,
            }),
        );
        if let Some(rate) = rate {
            add(
                route_key,
                Body::RouteSettings(RouteSettings {
                    stage: of_class(Kind::Stage, "main"),
                    route: own(Kind::Route, route_key),
                    route_key: route_key.into(),
                    throttle: throttle(*rate),
                }),
            );
        }
    }
    Stack(stack)
}
