//! AWS's published request quotas, all of them in one table: the input of the executor's token
//! buckets. Per account and region. Pure.

/// An action class with a quota of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Every management call of API Gateway, v1 and v2 together. Not adjustable.
    ApiGateway,
    /// `CreateVpcLink`, besides [`Bucket::ApiGateway`].
    CreateVpcLink,
    /// `DeleteVpcLink`, besides [`Bucket::ApiGateway`].
    DeleteVpcLink,
    /// `RegisterTargets` and `DeregisterTargets`.
    ElbRegister,
    /// Every other mutation of Elastic Load Balancing.
    ElbModify,
    /// Every `Describe` of Elastic Load Balancing.
    ElbDescribe,
    /// Mutations of EC2. AWS has a bucket an action; ours is one for all, which is stricter.
    Ec2Write,
    /// `Describe` calls of EC2, filtered or paginated.
    Ec2Read,
    /// `GetCallerIdentity`: AWS publishes no figure; we ask once an account query.
    Sts,
}

/// A token bucket: `burst` tokens when full, `per_second` flow in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Tokens a second.
    pub per_second: f64,
    /// Tokens when full.
    pub burst: f64,
}

impl Bucket {
    /// Every bucket.
    pub const ALL: [Bucket; 9] = [
        Bucket::ApiGateway,
        Bucket::CreateVpcLink,
        Bucket::DeleteVpcLink,
        Bucket::ElbRegister,
        Bucket::ElbModify,
        Bucket::ElbDescribe,
        Bucket::Ec2Write,
        Bucket::Ec2Read,
        Bucket::Sts,
    ];

    /// What AWS grants the whole account in one region.
    pub fn quota(self) -> Quota {
        let (per_second, burst) = match self {
            // API Gateway developer guide, "Amazon API Gateway quotas", account-level quotas.
            Bucket::ApiGateway => (10.0, 40.0),
            Bucket::CreateVpcLink => (1.0 / 15.0, 1.0),
            Bucket::DeleteVpcLink => (1.0 / 30.0, 1.0),
            // Elastic Load Balancing API throttling, as the AWS Load Balancer Controller quotes it
            // since 2026-03 for its own client-side limits.
            Bucket::ElbRegister => (4.0, 20.0),
            Bucket::ElbModify => (3.0, 20.0),
            Bucket::ElbDescribe => (50.0, 200.0),
            // EC2 developer guide, "Request throttling for the Amazon EC2 API".
            Bucket::Ec2Write => (5.0, 50.0),
            Bucket::Ec2Read => (20.0, 100.0),
            Bucket::Sts => (5.0, 10.0),
        };
        Quota { per_second, burst }
    }

    /// The part of the quota that we take for ourselves; `share` is above 0, at most 1. A bucket
    /// holds one token at least, or nothing would ever run.
    pub fn share(self, share: f64) -> Quota {
        let Quota { per_second, burst } = self.quota();
        Quota { per_second: per_second * share, burst: (burst * share).max(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_scales_rate_and_burst_but_leaves_a_token() {
        assert_eq!(Bucket::ApiGateway.share(0.5), Quota { per_second: 5.0, burst: 20.0 });
        assert_eq!(Bucket::CreateVpcLink.share(0.5), Quota { per_second: 1.0 / 30.0, burst: 1.0 });
    }
}
