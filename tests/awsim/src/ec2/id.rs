//! Ids of EC2 objects: their form, and what an unknown one is answered with. The codes are those
//! of the API reference's table of error codes; they follow no pattern.

use std::collections::{BTreeMap, BTreeSet};

use crate::fault::Fault;

/// One kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Before the dash.
    pub prefix: &'static str,
    /// Code for an id that is not of the form.
    pub malformed: &'static str,
    /// Code for an id of which nothing exists.
    pub missing: &'static str,
    /// As AWS's messages name it.
    pub words: &'static str,
    /// As tag specifications and DescribeTags name it.
    pub resource_type: &'static str,
}

/// `vpc-…`
pub const VPC: Kind = Kind {
    prefix: "vpc",
    malformed: "InvalidVpcID.Malformed",
    missing: "InvalidVpcID.NotFound",
    words: "vpc ID",
    resource_type: "vpc",
};
/// `subnet-…`
pub const SUBNET: Kind = Kind {
    prefix: "subnet",
    malformed: "InvalidSubnetID.Malformed",
    missing: "InvalidSubnetID.NotFound",
    words: "subnet ID",
    resource_type: "subnet",
};
/// `rtb-…`
pub const ROUTE_TABLE: Kind = Kind {
    prefix: "rtb",
    malformed: "InvalidRouteTableId.Malformed",
    missing: "InvalidRouteTableID.NotFound",
    words: "routeTable ID",
    resource_type: "route-table",
};
/// `acl-…`
pub const NETWORK_ACL: Kind = Kind {
    prefix: "acl",
    malformed: "InvalidNetworkAclId.Malformed",
    missing: "InvalidNetworkAclID.NotFound",
    words: "networkAcl ID",
    resource_type: "network-acl",
};
/// `sg-…`
pub const SECURITY_GROUP: Kind = Kind {
    prefix: "sg",
    malformed: "InvalidGroupId.Malformed",
    missing: "InvalidGroup.NotFound",
    words: "security group",
    resource_type: "security-group",
};
/// `sgr-…`
pub const RULE: Kind = Kind {
    prefix: "sgr",
    malformed: "InvalidSecurityGroupRuleId.Malformed",
    missing: "InvalidSecurityGroupRuleId.NotFound",
    words: "security group rule ID",
    resource_type: "security-group-rule",
};
/// `eni-…`
pub const NETWORK_INTERFACE: Kind = Kind {
    prefix: "eni",
    malformed: "InvalidNetworkInterfaceId.Malformed",
    missing: "InvalidNetworkInterfaceID.NotFound",
    words: "networkInterface ID",
    resource_type: "network-interface",
};
/// `pl-…`
pub const PREFIX_LIST: Kind = Kind {
    prefix: "pl",
    malformed: "InvalidPrefixListId.Malformed",
    missing: "InvalidPrefixListID.NotFound",
    words: "prefix list ID",
    resource_type: "prefix-list",
};

/// `vpce-…`
pub const VPC_ENDPOINT: Kind = Kind {
    prefix: "vpce",
    malformed: "InvalidVpcEndpointId.Malformed",
    missing: "InvalidVpcEndpointId.NotFound",
    words: "Vpc Endpoint Id",
    resource_type: "vpc-endpoint",
};

/// Every kind that can be tagged here.
pub const TAGGABLE: [Kind; 8] =
    [VPC, SUBNET, ROUTE_TABLE, NETWORK_ACL, SECURITY_GROUP, RULE, NETWORK_INTERFACE, VPC_ENDPOINT];

/// The id of something that AWS itself owns: EC2's long form, always the same for the same name.
pub fn of_aws(prefix: &str, name: &str) -> String {
    // FNV-1a, 64 bits.
    let digest = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{prefix}-0{digest:016x}")
}

/// The objects with these ids, in their order; all, if there is none.
pub fn chosen<'a, T>(
    all: &'a BTreeMap<String, T>,
    ids: &[String],
) -> impl Iterator<Item = &'a T> + use<'a, T> {
    let ids: BTreeSet<&String> = ids.iter().collect();
    let everything = ids.is_empty().then(|| all.values()).into_iter().flatten();
    let chosen: Vec<&T> = ids.into_iter().filter_map(|id| all.get(id)).collect();
    everything.chain(chosen)
}

/// The answer for an association, of a subnet with a route table or a network ACL, that does not exist.
pub fn no_association(id: &str) -> Fault {
    Fault::bad("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
}

impl Kind {
    /// Whether `id` has the form of this kind: the prefix, a dash, 8 or 17 hexadecimal digits.
    pub fn fits(self, id: &str) -> bool {
        id.strip_prefix(self.prefix).and_then(|rest| rest.strip_prefix('-')).is_some_and(|digits| {
            matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| b.is_ascii_hexdigit())
        })
    }

    /// The id if it has the form of this kind.
    ///
    /// # Errors
    /// The kind's `….Malformed`.
    pub fn check(self, id: &str) -> Result<&str, Fault> {
        if self.fits(id) {
            return Ok(id);
        }
        let message = format!("Invalid id: \"{id}\" (expecting \"{}-...\")", self.prefix);
        Err(Fault::bad(self.malformed, message))
    }

    /// The answer for an id, or several, of which nothing exists.
    pub fn not_found(self, ids: &[&str]) -> Fault {
        let message = match ids {
            [id] => format!("The {} '{id}' does not exist", self.words),
            _ => format!("The {}s '{}' do not exist", self.words, ids.join(", ")),
        };
        Fault::bad(self.missing, message)
    }

    /// Checks the form of all ids and that each is known.
    ///
    /// # Errors
    /// The kind's `….Malformed` or `….NotFound`.
    pub fn check_all(self, ids: &[String], known: impl Fn(&str) -> bool) -> Result<(), Fault> {
        for id in ids {
            self.check(id)?;
        }
        let missing: Vec<&str> = ids.iter().map(String::as_str).filter(|id| !known(id)).collect();
        if missing.is_empty() { Ok(()) } else { Err(self.not_found(&missing)) }
    }
}
