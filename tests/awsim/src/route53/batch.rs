//! ChangeResourceRecordSets: changes in their order, all of them or none. Every reason against the
//! batch is told at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::alias::{self, Target};
use super::record::{self, Key, RecordSet, Routing};
use super::{change, error, name, value, zone};
use crate::fault::Fault;
use crate::input::{list, text};
use crate::quota::{Quota, Quotas};
use crate::world::Call;

/// What is to be done with a set.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Create,
    Upsert,
    Delete,
}

/// ChangeResourceRecordSets.
pub fn change(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let id = text(input, "HostedZoneId").unwrap_or_default();
    zone::to_change(call, id)?;
    let batch = &input["ChangeBatch"];
    let in_sync = call.now + call.region.route53.delays.propagation;
    let mut changes = Vec::new();
    for given in list(batch, "Changes") {
        let action = match text(given, "Action").unwrap_or_default() {
            "CREATE" => Action::Create,
            "DELETE" => Action::Delete,
            _ => Action::Upsert,
        };
        changes.push((action, record::read(given, in_sync)?));
    }
    limits(&changes, &call.options.quotas)?;
    for id in changes.iter().filter_map(|(_, set)| set.health_check.as_ref()) {
        if !call.region.route53.health_checks.contains_key(id) {
            return Err(error::no_health_check(id));
        }
    }
    let zone = zone::find(&call.region.route53, input, "HostedZoneId")?;
    let mut draft = Draft {
        call,
        zone: (&zone.id, &zone.name),
        base: &zone.records,
        touched: BTreeMap::new(),
        against: Vec::new(),
    };
    changes.into_iter().for_each(|(action, set)| draft.apply(action, set));
    draft.apex();
    draft.room();
    let Draft { touched, against, .. } = draft;
    if !against.is_empty() {
        return Err(error::batch(&against));
    }
    let zone = zone::to_change(call, id)?;
    for (key, set) in touched {
        match set {
            Some(set) => zone.records.insert(key, set),
            None => zone.records.remove(&key),
        };
    }
    zone::changed(call, id);
    Ok(json!({"ChangeInfo": change::submit(call, text(batch, "Comment"))}))
}

/// UPSERTs count twice (DG, quotas).
fn limits(changes: &[(Action, RecordSet)], quotas: &Quotas) -> Result<(), Fault> {
    let (mut records, mut characters) = (0, 0);
    for (action, set) in changes {
        let times = if *action == Action::Upsert { 2 } else { 1 };
        records += times * set.values.len();
        characters += times * set.values.iter().map(|value| value.chars().count()).sum::<usize>();
    }
    let most = quotas.get(Quota::ElementsPerChange);
    if records > most {
        return Err(error::batch(&[format!("Number of records limit of {most} exceeded.")]));
    }
    let most = quotas.get(Quota::CharactersPerChange);
    if characters > most {
        return Err(error::batch(&[format!("Number of characters limit of {most} exceeded.")]));
    }
    Ok(())
}

/// The zone as it would be after the changes so far.
struct Draft<'a> {
    call: &'a Call<'a>,
    /// Id and name.
    zone: (&'a str, &'a str),
    base: &'a BTreeMap<Key, RecordSet>,
    /// What differs from `base`; `None` is deleted.
    touched: BTreeMap<Key, Option<RecordSet>>,
    /// Reasons against the batch.
    against: Vec<String>,
}

impl Draft<'_> {
    fn get(&self, key: &Key) -> Option<&RecordSet> {
        match self.touched.get(key) {
            Some(set) => set.as_ref(),
            None => self.base.get(key),
        }
    }

    /// How many records a zone may have, its own included (DG, quotas); the code is inferred: the model
    /// has no other one for this operation.
    fn room(&mut self) {
        let new = self.touched.iter().filter(|(key, set)| set.is_some() && !self.base.contains_key(*key));
        let gone = self.touched.iter().filter(|(key, set)| set.is_none() && self.base.contains_key(*key));
        let (new, gone) = (new.count(), gone.count());
        let most = self.call.options.quotas.get(Quota::RecordsPerZone);
        if new > gone && self.base.len() + new - gone > most {
            let said = format!("Limits Exceeded: MAX_RRSETS_BY_ZONE - Cannot create more than {most}");
            self.against.push(said);
        }
    }

    /// Every set of a name (normal).
    fn of_name(&self, name: &str) -> Vec<&RecordSet> {
        let first = record::key(name, "", "");
        let same = |key: &&Key| key.0 == first.0;
        let base = self.base.range(first.clone()..).map(|(key, _)| key).take_while(same);
        let touched = self.touched.range(first.clone()..).map(|(key, _)| key).take_while(same);
        let keys: BTreeSet<&Key> = base.chain(touched).collect();
        keys.into_iter().filter_map(|key| self.get(key)).collect()
    }

    fn apply(&mut self, action: Action, mut set: RecordSet) {
        match name::normal(&set.name) {
            Ok(normal) => set.name = normal,
            Err(problem) => return self.against.push(problem),
        }
        if !name::within(&set.name, self.zone.1) {
            let said = format!("RRSet with DNS name {} is not permitted in zone {}", set.name, self.zone.1);
            return self.against.push(said);
        }
        let against = match action {
            Action::Delete => self.against_deletion(&set),
            Action::Create | Action::Upsert => self.against_set(action, &set),
        };
        if against.is_empty() {
            self.touched.insert(set.key(), (action != Action::Delete).then_some(set));
        }
        self.against.extend(against);
    }

    /// All values must be given as they are (BC).
    fn against_deletion(&self, set: &RecordSet) -> Vec<String> {
        let why = match self.get(&set.key()) {
            None => "but it was not found",
            Some(present) if !present.same_as(set) => {
                "but the values provided do not match the current values"
            }
            Some(_) => return Vec::new(),
        };
        vec![format!("Tried to delete resource record set {} {why}", set.label())]
    }

    fn against_set(&self, action: Action, set: &RecordSet) -> Vec<String> {
        let mut against: Vec<String> =
            set.values.iter().filter_map(|v| value::problem(&set.kind, v)).collect();
        let mut seen = BTreeSet::new();
        let again = set.values.iter().filter(|value| !seen.insert(value.as_str()));
        against.extend(again.map(|value| format!("Duplicate Resource Record: '{value}'")));
        if action == Action::Create && self.get(&set.key()).is_some() {
            against
                .push(format!("Tried to create resource record set {} but it already exists", set.label()));
            return against;
        }
        against.extend(self.against_type(set));
        against.extend(self.against_routing(set));
        against.extend(self.against_alias(set));
        against
    }

    /// A CNAME stands alone, not at the apex and with one value; a SOA only at the apex.
    fn against_type(&self, set: &RecordSet) -> Vec<String> {
        let (kind, dns_name, zone) = (set.kind.as_str(), &set.name, self.zone.1);
        let rrset = format!("RRSet of type {kind} with DNS name {dns_name}");
        let mut against = Vec::new();
        if kind == "CNAME" && dns_name == zone {
            against.push(format!("{rrset} is not permitted at apex in zone {zone}"));
        }
        if matches!(kind, "CNAME" | "SOA") && set.values.len() > 1 {
            against.push(format!("{rrset} can only have one value"));
        }
        if kind == "SOA" && dns_name != zone {
            against.push(format!("{rrset} is only permitted at apex in zone {zone}"));
        }
        let others: Vec<&RecordSet> = self.of_name(dns_name).into_iter().filter(|o| o.kind != kind).collect();
        if kind == "CNAME" && dns_name != zone && !others.is_empty() {
            against.push(format!(
                "{rrset} is not permitted as it conflicts with other records with the same DNS name in zone {zone}"
            ));
        }
        if others.iter().any(|other| other.kind == "CNAME") {
            against.push(format!(
                "{rrset} is not permitted because a conflicting RRSet of type CNAME with the same DNS name already \
                 exists in zone {zone}"
            ));
        }
        against
    }

    /// Sets of one name and type are picked in one way (kubernetes-sigs/external-dns#3141,
    /// barnybug/cli53#257).
    fn against_routing(&self, set: &RecordSet) -> Option<String> {
        let siblings: Vec<&RecordSet> = self
            .of_name(&set.name)
            .into_iter()
            .filter(|other| other.kind == set.kind && other.set_identifier != set.set_identifier)
            .collect();
        if siblings.is_empty() {
            return None;
        }
        let rrset = format!("RRSet with DNS name {}, type {}", set.name, set.kind);
        let Some(identifier) = &set.set_identifier else {
            return Some(format!(
                "{rrset} cannot be created as other RRSets exist with the same name and type."
            ));
        };
        let word = set.routing.word();
        let cannot = format!("{rrset}, SetIdentifier {identifier} cannot be created as");
        if siblings.iter().any(|other| other.routing.word() != word) {
            return Some(format!("{cannot} a non-{word} set exists with the same name and type."));
        }
        let most = self.call.options.quotas.get(Quota::WeightedRecords);
        let twin = siblings.iter().any(|other| other.routing == set.routing);
        let ttl = |other: &&RecordSet| other.alias.is_none() && set.alias.is_none() && other.ttl != set.ttl;
        match &set.routing {
            Routing::Weighted(_) if siblings.iter().any(ttl) => {
                Some(format!("{cannot} weighted sets must contain the same TTL."))
            }
            Routing::Weighted(_) if siblings.len() >= most => {
                Some(format!("{cannot} there are {most} weighted sets with the same name and type."))
            }
            Routing::Latency(of) | Routing::Failover(of) if twin => {
                Some(format!("{cannot} a {word} set of {of} exists with the same name and type."))
            }
            _ => None,
        }
    }

    /// kubernetes and cdk issues, such as aws/aws-cdk#19643, show both messages together.
    fn against_alias(&self, set: &RecordSet) -> Vec<String> {
        let Some(alias) = &set.alias else { return Vec::new() };
        let target = if alias.zone == self.zone.0 {
            let standing = || self.of_name(&alias.name).iter().any(|other| other.kind == set.kind);
            match name::within(&alias.name, self.zone.1) {
                false => Target::Elsewhere,
                true if standing() => Target::Found,
                true => Target::Missing,
            }
        } else {
            alias::outside(self.call, alias)
        };
        let tried = format!(
            "Tried to create an alias that targets {}, type {} in zone {}, but",
            alias.name, set.kind, alias.zone
        );
        let elsewhere = format!("{tried} the alias target name does not lie within the target zone");
        let missing = format!("{tried} that target was not found");
        match target {
            Target::Found => Vec::new(),
            Target::Elsewhere => vec![elsewhere, missing],
            Target::Missing => vec![missing],
        }
    }

    /// NS and SOA stay at the apex.
    fn apex(&mut self) {
        for (kind, said) in [
            ("NS", "A HostedZone must contain at least one NS record for the zone itself."),
            ("SOA", "A HostedZone must contain exactly one SOA record."),
        ] {
            if self.get(&record::key(self.zone.1, kind, "")).is_none() {
                self.against.push(said.to_owned());
            }
        }
    }
}
