//! EC2: security groups and their rules, and what a class's selectors find.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use aws_sdk_ec2::types::{IpPermission, ResourceType, TagSpecification, UserIdGroupPair};

use super::{Action, Region, Tags, nothing};
use crate::executor::conclude::Reply;
use crate::model::names::PREFIX;
use crate::model::network::{Group, Selector, Subnet, Vpc};
use crate::model::security_group::{Direction, SecurityGroup, SecurityGroupRule};
use crate::model::{AwsError, Body, Id, Kind, Seen, State, Time, marks};

/// The most that AWS gives in one page of groups, rules, VPCs or subnets.
const PAGE: i32 = 1000;
/// The most values that one filter takes.
const FILTER_VALUES: usize = 200;

impl Region {
    pub(super) async fn create_security_group(
        &self,
        group: &SecurityGroup,
        tags: &Tags,
    ) -> Result<Id, AwsError> {
        let request = self
            .ec2
            .create_security_group()
            .group_name(&group.name)
            .description(&group.description)
            .vpc_id(&group.vpc)
            .tag_specifications(tag_specification(ResourceType::SecurityGroup, tags));
        let reply = self.call(Action::CreateSecurityGroup, request.send()).await?;
        reply.group_id.map(Id).ok_or_else(|| nothing(Action::CreateSecurityGroup))
    }

    /// Revokes the rules that allow all egress, which AWS puts into every new group: one for IPv4, in a
    /// VPC with IPv6 one more.
    pub(super) async fn close_egress(&self, group: &Id) -> Result<(), AwsError> {
        let open: Vec<Id> = self
            .rules_of(group)
            .await?
            .into_iter()
            .filter(|rule| rule.is_egress == Some(true) && allows_all(rule))
            .filter_map(|rule| rule.security_group_rule_id.map(Id))
            .collect();
        if !open.is_empty() {
            self.revoke_rules(group, Direction::Egress, &open).await?;
        }
        Ok(())
    }

    pub(super) async fn delete_security_group(&self, group: &Id) -> Result<(), AwsError> {
        let request = self.ec2.delete_security_group().group_id(&group.0);
        self.call(Action::DeleteSecurityGroup, request.send()).await?;
        Ok(())
    }

    pub(super) async fn authorize_rule(
        &self,
        rule: &SecurityGroupRule<Id>,
        tags: &Tags,
    ) -> Result<Id, AwsError> {
        let permission = IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(rule.from_port.into())
            .to_port(rule.to_port.into())
            .user_id_group_pairs(UserIdGroupPair::builder().group_id(&rule.peer.0).build())
            .build();
        let tags = tag_specification(ResourceType::SecurityGroupRule, tags);
        let (action, rules) = match rule.direction {
            Direction::Ingress => {
                let request = self.ec2.authorize_security_group_ingress().group_id(&rule.group.0);
                let request = request.ip_permissions(permission).tag_specifications(tags);
                let action = Action::AuthorizeSecurityGroupIngress;
                (action, self.call(action, request.send()).await?.security_group_rules)
            }
            Direction::Egress => {
                let request = self.ec2.authorize_security_group_egress().group_id(&rule.group.0);
                let request = request.ip_permissions(permission).tag_specifications(tags);
                let action = Action::AuthorizeSecurityGroupEgress;
                (action, self.call(action, request.send()).await?.security_group_rules)
            }
        };
        let rule = rules.into_iter().flatten().next();
        rule.and_then(|r| r.security_group_rule_id).map(Id).ok_or_else(|| nothing(action))
    }

    /// Revokes rules of one group and direction, by id.
    pub(super) async fn revoke_rules<'a>(
        &self,
        group: &Id,
        direction: Direction,
        rules: impl IntoIterator<Item = &'a Id>,
    ) -> Result<Reply, AwsError> {
        let rules: Vec<String> = rules.into_iter().map(|id| id.0.clone()).collect();
        match direction {
            Direction::Ingress => {
                let request = self.ec2.revoke_security_group_ingress().group_id(&group.0);
                let request = request.set_security_group_rule_ids(Some(rules));
                self.call(Action::RevokeSecurityGroupIngress, request.send()).await?;
            }
            Direction::Egress => {
                let request = self.ec2.revoke_security_group_egress().group_id(&group.0);
                let request = request.set_security_group_rule_ids(Some(rules));
                self.call(Action::RevokeSecurityGroupEgress, request.send()).await?;
            }
        }
        Ok(Reply::Deleted)
    }

    /// Every group with a name of our form: ours, and strangers' whose name may collide.
    pub(super) async fn list_security_groups(
        &self,
        page: Option<&str>,
        now: Time,
    ) -> Result<(Vec<Seen>, Option<String>), AwsError> {
        let names = filter("group-name", [format!("{PREFIX}*")]);
        let (groups, next) = self.describe_groups(vec![names], page).await?;
        Ok((groups.iter().filter_map(|g| self.seen_group(g, now)).collect(), next))
    }

    pub(super) async fn find_security_group(
        &self,
        group: &SecurityGroup,
        now: Time,
    ) -> Result<Vec<Seen>, AwsError> {
        let filters = vec![filter("vpc-id", [group.vpc.clone()]), filter("group-name", [group.name.clone()])];
        let (groups, _) = self.describe_groups(filters, None).await?;
        Ok(groups.iter().filter_map(|g| self.seen_group(g, now)).collect())
    }

    async fn describe_groups(
        &self,
        filters: Vec<sdk::Filter>,
        page: Option<&str>,
    ) -> Result<(Vec<sdk::SecurityGroup>, Option<String>), AwsError> {
        let request = self.ec2.describe_security_groups().set_filters(Some(filters)).max_results(PAGE);
        let request = request.set_next_token(page.map(str::to_owned));
        let reply = self.call(Action::DescribeSecurityGroups, request.send()).await?;
        Ok((reply.security_groups.unwrap_or_default(), token(reply.next_token)))
    }

    fn seen_group(&self, group: &sdk::SecurityGroup, now: Time) -> Option<Seen> {
        let all = |p: &IpPermission| {
            p.ip_protocol() == Some("-1")
                && (p.ip_ranges().iter().any(|r| r.cidr_ip() == Some("0.0.0.0/0"))
                    || p.ipv6_ranges().iter().any(|r| r.cidr_ipv6() == Some("::/0")))
        };
        let body = SecurityGroup {
            name: group.group_name()?.to_owned(),
            description: group.description().unwrap_or_default().to_owned(),
            vpc: group.vpc_id()?.to_owned(),
            open_egress: group.ip_permissions_egress().iter().any(all),
        };
        Some(Seen {
            id: Id::from(group.group_id()?),
            key: marks::read(&self.cluster, Kind::SecurityGroup, &tags(group.tags())),
            body: Body::SecurityGroup(body),
            at: now,
            state: State::Usable,
        })
    }

    /// Our rules wherever they are, and strangers' in our groups: first the pages by tag, then those
    /// by group.
    pub(super) async fn list_rules(
        &self,
        page: Option<&str>,
        now: Time,
    ) -> Result<(Vec<Seen>, Option<String>), AwsError> {
        let (groups, token) = match page.and_then(|p| p.split_once('|')) {
            // `groups|token`, no groups: by tag.
            Some((groups, token)) => (groups, Some(token).filter(|t| !t.is_empty())),
            None => ("", None),
        };
        let filters = if groups.is_empty() {
            vec![filter(&format!("tag:{}", marks::CLUSTER), [self.cluster.clone()])]
        } else {
            vec![filter("group-id", groups.split(',').map(str::to_owned))]
        };
        let (rules, next) = self.describe_rules(filters, token).await?;
        let seen = rules.iter().filter_map(|r| self.seen_rule(r, now)).collect();
        let next = match next {
            Some(token) => Some(format!("{groups}|{token}")),
            None if groups.is_empty() => self.our_groups().await?.map(|ours| format!("{ours}|")),
            None => None,
        };
        Ok((seen, next))
    }

    /// The ids of our groups, with commas; `None` if there are none.
    async fn our_groups(&self) -> Result<Option<String>, AwsError> {
        let ours = vec![filter(&format!("tag:{}", marks::CLUSTER), [self.cluster.clone()])];
        let (groups, _) = self.describe_groups(ours, None).await?;
        let ids: Vec<&str> = groups.iter().filter_map(|g| g.group_id()).take(FILTER_VALUES).collect();
        Ok((!ids.is_empty()).then(|| ids.join(",")))
    }

    /// The rule that is equal to `rule`, whoever made it.
    pub(super) async fn find_rule(
        &self,
        rule: &SecurityGroupRule<Id>,
        now: Time,
    ) -> Result<Vec<Seen>, AwsError> {
        let rules = self.rules_of(&rule.group).await?;
        let seen = rules.iter().filter_map(|r| self.seen_rule(r, now));
        Ok(seen.filter(|s| matches!(&s.body, Body::SecurityGroupRule(r) if r == rule)).collect())
    }

    /// A group holds 60 rules a direction unless AWS raised it: one page.
    async fn rules_of(&self, group: &Id) -> Result<Vec<sdk::SecurityGroupRule>, AwsError> {
        Ok(self.describe_rules(vec![filter("group-id", [group.0.clone()])], None).await?.0)
    }

    async fn describe_rules(
        &self,
        filters: Vec<sdk::Filter>,
        page: Option<&str>,
    ) -> Result<(Vec<sdk::SecurityGroupRule>, Option<String>), AwsError> {
        let request = self.ec2.describe_security_group_rules().set_filters(Some(filters)).max_results(PAGE);
        let request = request.set_next_token(page.map(str::to_owned));
        let reply = self.call(Action::DescribeSecurityGroupRules, request.send()).await?;
        Ok((reply.security_group_rules.unwrap_or_default(), token(reply.next_token)))
    }

    fn seen_rule(&self, rule: &sdk::SecurityGroupRule, now: Time) -> Option<Seen> {
        // Ports of other protocols are -1 or beyond: the peer below tells such a rule from ours.
        let port = |port: Option<i32>| port.and_then(|p| u16::try_from(p).ok()).unwrap_or(0);
        let body = SecurityGroupRule {
            group: Id::from(rule.group_id()?),
            direction: if rule.is_egress()? { Direction::Egress } else { Direction::Ingress },
            from_port: port(rule.from_port()),
            to_port: port(rule.to_port()),
            peer: Id(peer(rule)),
        };
        Some(Seen {
            id: Id::from(rule.security_group_rule_id()?),
            key: marks::read(&self.cluster, Kind::SecurityGroupRule, &tags(rule.tags())),
            body: Body::SecurityGroupRule(body),
            at: now,
            state: State::Usable,
        })
    }

    pub(super) async fn vpcs(&self, selector: &Selector) -> Result<Vec<Vpc>, AwsError> {
        let mut found = Vec::new();
        let mut page = None;
        loop {
            let filters = Some(selected("vpc-id", selector));
            let request = self.ec2.describe_vpcs().set_filters(filters).max_results(PAGE);
            let reply = self.call(Action::DescribeVpcs, request.set_next_token(page).send()).await?;
            found.extend(reply.vpcs().iter().filter_map(vpc));
            page = token(reply.next_token);
            if page.is_none() {
                return Ok(found);
            }
        }
    }

    pub(super) async fn subnets(&self, selector: &Selector) -> Result<Vec<Subnet>, AwsError> {
        let mut found = Vec::new();
        let mut page = None;
        loop {
            let filters = Some(selected("subnet-id", selector));
            let request = self.ec2.describe_subnets().set_filters(filters).max_results(PAGE);
            let reply = self.call(Action::DescribeSubnets, request.set_next_token(page).send()).await?;
            found.extend(reply.subnets().iter().filter_map(subnet));
            page = token(reply.next_token);
            if page.is_none() {
                found.sort_by(|a, b| a.id.cmp(&b.id));
                return Ok(found);
            }
        }
    }

    /// Those of `ids` that exist.
    pub(super) async fn groups(&self, ids: &[String]) -> Result<Vec<Group>, AwsError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let filters = vec![filter("group-id", ids.iter().cloned())];
        let (groups, _) = self.describe_groups(filters, None).await?;
        let group = |g: &sdk::SecurityGroup| {
            Some(Group { id: g.group_id()?.to_owned(), vpc: g.vpc_id()?.to_owned() })
        };
        Ok(groups.iter().filter_map(group).collect())
    }
}

fn vpc(vpc: &sdk::Vpc) -> Option<Vpc> {
    let more = vpc.cidr_block_association_set().iter().filter_map(|a| a.cidr_block());
    let cidrs: BTreeSet<String> = vpc.cidr_block().into_iter().chain(more).map(str::to_owned).collect();
    Some(Vpc { id: vpc.vpc_id()?.to_owned(), cidrs: cidrs.into_iter().collect() })
}

fn subnet(subnet: &sdk::Subnet) -> Option<Subnet> {
    Some(Subnet {
        id: subnet.subnet_id()?.to_owned(),
        vpc: subnet.vpc_id()?.to_owned(),
        zone: subnet.availability_zone()?.to_owned(),
        zone_id: subnet.availability_zone_id()?.to_owned(),
        cidr: subnet.cidr_block()?.to_owned(),
    })
}

/// The other side: a group's id, or whatever else the rule names. Not a TCP rule: with its
/// protocol in front, so that it never equals a rule of ours.
fn peer(rule: &sdk::SecurityGroupRule) -> String {
    let group = rule.referenced_group_info().and_then(|g| g.group_id());
    let other = rule.cidr_ipv4().or(rule.cidr_ipv6()).or(rule.prefix_list_id());
    let peer = group.or(other).unwrap_or_default();
    match rule.ip_protocol() {
        Some("tcp") | Some("6") => peer.to_owned(),
        protocol => format!("{}/{peer}", protocol.unwrap_or_default()),
    }
}

fn allows_all(rule: &sdk::SecurityGroupRule) -> bool {
    let everywhere = rule.cidr_ipv4() == Some("0.0.0.0/0") || rule.cidr_ipv6() == Some("::/0");
    rule.ip_protocol() == Some("-1") && everywhere
}

fn filter(name: &str, values: impl IntoIterator<Item = String>) -> sdk::Filter {
    sdk::Filter::builder().name(name).set_values(Some(values.into_iter().collect())).build()
}

/// By filters even for ids: an id that does not exist is then absent instead of an error.
fn selected(id: &str, selector: &Selector) -> Vec<sdk::Filter> {
    match selector {
        Selector::Ids(ids) => vec![filter(id, ids.iter().cloned())],
        Selector::Tags(tags) => tags.iter().map(|(k, v)| filter(&format!("tag:{k}"), [v.clone()])).collect(),
    }
}

fn tag_specification(of: ResourceType, tags: &Tags) -> TagSpecification {
    let tag = |(k, v): (&String, &String)| sdk::Tag::builder().key(k).value(v).build();
    TagSpecification::builder().resource_type(of).set_tags(Some(tags.iter().map(tag).collect())).build()
}

fn tags(tags: &[sdk::Tag]) -> Tags {
    let pair = |t: &sdk::Tag| Some((t.key()?.to_owned(), t.value().unwrap_or_default().to_owned()));
    tags.iter().filter_map(pair).collect()
}

/// Some services end with an empty token instead of none.
fn token(token: Option<String>) -> Option<String> {
    token.filter(|t| !t.is_empty())
}
