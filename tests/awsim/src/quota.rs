//! Resource quotas: what AWS's defaults are ([`table`]), and what they are set to.
//!
//! Each can be set to another number or lifted: by a seed's `quotas`, by `awsim --quota NAME=N`, at
//! `POST /_awsim/quotas`, and in Rust. `--quotas off` lifts all of them. What a call is refused with
//! when a quota is reached is the handlers' matter; AWS's own words are sometimes those of a bad
//! request or of a throttle.

#[cfg(test)]
mod enforced;
mod table;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub use table::{NONE, Quota, Spec};

/// The name that means all quotas.
const ALL: &str = "all";
/// Security groups an interface, at most, however it is adjusted (VPC user guide, "Amazon VPC quotas").
const MOST_GROUPS: usize = 16;
/// Groups an interface times rules a group, at most (the same).
const MOST_RULES: usize = 1000;

/// What is set, by name: a number, `"off"` for no limit, `"default"` for AWS's own. The name `all`
/// takes the two words and comes first.
pub type Changes = BTreeMap<String, Value>;

/// The quotas as they are set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Whether those that are not set have AWS's defaults; else no limit.
    on: bool,
    /// [`NONE`] is no limit.
    set: BTreeMap<Quota, usize>,
}

impl Default for Quotas {
    /// AWS's defaults.
    fn default() -> Quotas {
        Quotas::switched(true)
    }
}

impl Quota {
    /// The quota of this name.
    ///
    /// # Errors
    /// Which names there are.
    pub fn named(name: &str) -> Result<Quota, String> {
        let found = Quota::ALL.iter().find(|quota| quota.spec().key == name);
        found.copied().ok_or_else(|| {
            let names: Vec<&str> = Quota::ALL.iter().map(|quota| quota.spec().key).collect();
            format!("there is no quota {name}; there are all, {}", names.join(", "))
        })
    }
}

impl Quotas {
    /// AWS's defaults, or no limits at all.
    pub fn switched(on: bool) -> Quotas {
        Quotas { on, set: BTreeMap::new() }
    }

    /// No limits at all.
    pub fn off() -> Quotas {
        Quotas::switched(false)
    }

    /// How many there may be; [`NONE`] without a limit.
    pub fn get(&self, quota: Quota) -> usize {
        match self.set.get(&quota) {
            Some(value) => *value,
            None if self.on => quota.spec().default,
            None => NONE,
        }
    }

    /// What AWS tells that a quota is, which is never nothing: without a limit, its own default.
    pub fn told(&self, quota: Quota) -> usize {
        Some(self.get(quota)).filter(|value| *value != NONE).unwrap_or(quota.spec().default)
    }

    /// Sets a quota; [`NONE`] lifts it. Unlike [`Quotas::change`] it does not look whether AWS would.
    pub fn set(&mut self, quota: Quota, value: usize) {
        self.set.insert(quota, value);
    }

    /// Makes changes, all or none.
    ///
    /// # Errors
    /// What is wrong with them: an unknown name (with the names there are), a value that is none, more
    /// security groups an interface, or more rules on one, than AWS ever allows (VPC user guide:
    /// groups an interface up to 16, times rules a group up to 1,000).
    pub fn change(&mut self, changes: &Changes) -> Result<(), String> {
        let mut changed = self.clone();
        if let Some(word) = changes.get(ALL) {
            changed = match setting(ALL, word)? {
                Setting::Default => Quotas::default(),
                Setting::At(NONE) => Quotas::off(),
                Setting::At(_) => return Err("all: must be \"off\" or \"default\"".to_owned()),
            };
        }
        for (name, value) in changes.iter().filter(|(name, _)| *name != ALL) {
            let quota = Quota::named(name)?;
            match setting(name, value)? {
                Setting::Default => changed.set(quota, quota.spec().default),
                Setting::At(value) => changed.set(quota, value),
            }
        }
        changed.check()?;
        *self = changed;
        Ok(())
    }

    /// Makes a seed's changes, where nothing else was set: what the command line says stands.
    ///
    /// # Errors
    /// As [`Quotas::change`].
    pub fn seed(&mut self, changes: &Changes) -> Result<(), String> {
        let mut seeded = Quotas::default();
        seeded.change(changes)?;
        if self.on {
            seeded.set.extend(std::mem::take(&mut self.set));
            *self = seeded;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let (groups, rules) = (self.get(Quota::GroupsPerInterface), self.get(Quota::RulesPerSecurityGroup));
        let (of_groups, of_rules) = (Quota::GroupsPerInterface.spec(), Quota::RulesPerSecurityGroup.spec());
        if groups != NONE && groups > MOST_GROUPS {
            return Err(format!("{}: AWS allows {MOST_GROUPS} at most", of_groups.key));
        }
        if groups != NONE && rules != NONE && groups.saturating_mul(rules) > MOST_RULES {
            let (groups, rules) = (of_groups.key, of_rules.key);
            return Err(format!("{groups} times {rules} cannot exceed {MOST_RULES}"));
        }
        Ok(())
    }

    /// All quotas by name, as `GET /_awsim/quotas` tells them; `null` is no limit.
    pub fn to_json(&self) -> Value {
        let number = |value: usize| if value == NONE { Value::Null } else { json!(value) };
        let all = Quota::ALL.iter().map(|quota| {
            let Spec { key, service, name, code, default, adjustable, source } = *quota.spec();
            let told = json!({
                "value": number(self.get(*quota)),
                "default": number(default),
                "service": service,
                "name": name,
                "code": code,
                "adjustable": adjustable,
                "source": source,
            });
            (key.to_owned(), told)
        });
        Value::Object(all.collect::<Map<String, Value>>())
    }
}

enum Setting {
    Default,
    At(usize),
}

fn setting(name: &str, value: &Value) -> Result<Setting, String> {
    let number = || value.as_u64().and_then(|number| usize::try_from(number).ok());
    match value {
        Value::String(word) if word == "default" => Ok(Setting::Default),
        Value::String(word) if word == "off" => Ok(Setting::At(NONE)),
        // YAML reads `off` so.
        Value::Bool(false) => Ok(Setting::At(NONE)),
        _ => number().map(Setting::At).ok_or_else(|| {
            format!("{name}: {value} is not a quota: must be a whole number, \"off\" or \"default\"")
        }),
    }
}

/// Reads `NAME=VALUE`, as the command line has it.
///
/// # Errors
/// What is wrong with it.
pub fn argument(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=NUMBER, NAME=off or NAME=default")?;
    let value = value.parse::<u64>().map_or_else(|_| json!(value), |number| json!(number));
    let given = (name.to_owned(), value);
    // Only to tell at once what is wrong.
    Quotas::default().change(&Changes::from([given.clone()]))?;
    Ok(given)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn changes(given: &[(&str, Value)]) -> Changes {
        given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn names_and_codes_are_each_one_quotas() {
        let keys: BTreeSet<&str> = Quota::ALL.iter().map(|quota| quota.spec().key).collect();
        assert_eq!(keys.len(), Quota::ALL.len());
        let codes: Vec<&str> = Quota::ALL.iter().filter_map(|quota| quota.spec().code).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(codes.iter().all(|code| code.len() == 10 && code.starts_with("L-")), "{codes:?}");
    }

    #[test]
    fn a_quota_is_awss_default_until_it_is_set_and_none_when_all_are_off() {
        let mut quotas = Quotas::default();
        assert_eq!(quotas.get(Quota::VpcLinks), 10);
        quotas.change(&changes(&[("vpc-links", json!(20)), ("apis", json!("off"))])).unwrap();
        assert_eq!((quotas.get(Quota::VpcLinks), quotas.get(Quota::Apis)), (20, NONE));
        assert_eq!((quotas.told(Quota::VpcLinks), quotas.told(Quota::Apis)), (20, 600));
        quotas.change(&changes(&[("vpc-links", json!("default"))])).unwrap();
        assert_eq!(quotas.get(Quota::VpcLinks), 10);
        quotas.change(&changes(&[("all", json!("off")), ("vpc-links", json!(3))])).unwrap();
        assert_eq!((quotas.get(Quota::VpcLinks), quotas.get(Quota::StagesPerApi)), (3, NONE));
        quotas.change(&changes(&[("all", json!("default"))])).unwrap();
        assert_eq!(quotas, Quotas::default());
    }

    #[test]
    fn what_is_wrong_is_refused_as_a_whole_and_unknown_names_with_the_names_there_are() {
        let mut quotas = Quotas::default();
        let unknown = quotas.change(&changes(&[("apis", json!(1)), ("vpc-lnks", json!(3))])).unwrap_err();
        assert!(unknown.contains("no quota vpc-lnks") && unknown.contains("vpc-links"), "{unknown}");
        for value in [json!(-1), json!(1.5), json!("many"), json!(true), Value::Null] {
            quotas.change(&changes(&[("apis", value)])).unwrap_err();
        }
        quotas.change(&changes(&[("all", json!(3))])).unwrap_err();
        assert_eq!(quotas, Quotas::default());
        assert_eq!(argument("vpc-links=20").unwrap(), ("vpc-links".to_owned(), json!(20)));
        assert_eq!(argument("all=off").unwrap(), ("all".to_owned(), json!("off")));
        for wrong in ["vpc-links", "vpc-links=x", "links=3"] {
            argument(wrong).unwrap_err();
        }
    }

    /// VPC user guide, "Amazon VPC quotas": the product of both cannot exceed 1,000, and groups an
    /// interface go up to 16.
    #[test]
    fn groups_an_interface_times_rules_a_group_stay_within_1000() {
        let (groups, rules) = ("security-groups-per-network-interface", "rules-per-security-group");
        let mut quotas = Quotas::default();
        quotas.change(&changes(&[(groups, json!(16))])).unwrap();
        let over = quotas.change(&changes(&[(rules, json!(63))])).unwrap_err();
        assert!(over.contains("1000"), "{over}");
        quotas.change(&changes(&[(groups, json!(10)), (rules, json!(100))])).unwrap();
        quotas.change(&changes(&[(groups, json!(17)), (rules, json!(1))])).unwrap_err();
        quotas.change(&changes(&[(groups, json!("off"))])).unwrap();
    }

    #[test]
    fn the_command_line_stands_before_the_seed() {
        let seed = changes(&[("vpc-links", json!(7)), ("apis", json!(7))]);
        let mut quotas = Quotas::default();
        quotas.set(Quota::VpcLinks, 3);
        quotas.seed(&seed).unwrap();
        assert_eq!((quotas.get(Quota::VpcLinks), quotas.get(Quota::Apis)), (3, 7));
        let mut off = Quotas::off();
        off.seed(&seed).unwrap();
        assert_eq!(off, Quotas::off());
    }
}
