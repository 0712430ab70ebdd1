//! The simulator read by the AWS SDK for Rust, which no one here wrote: every operation that it
//! serves, one story a service. (boto3 reads it too, in depth, under `tests/awsim/pytest`.)
//!
//! A crate of its own, so that the SDK's crates that only these stories need are in every build of
//! the workspace alike: as dev-dependencies they would change the features that the others are
//! built with, and `cargo test` would build all of the SDK once more.

#[cfg(test)]
mod acm;
#[cfg(test)]
mod apigatewayv2;
#[cfg(test)]
mod cloudwatch;
#[cfg(test)]
mod ec2;
#[cfg(test)]
mod elbv2;
#[cfg(test)]
mod iam;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod route53;
#[cfg(test)]
mod secretsmanager;
#[cfg(test)]
mod story;
#[cfg(test)]
mod sts;
#[cfg(test)]
mod tagging;
#[cfg(test)]
mod weather;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use awsim::seed::REGION;

/// What an SDK's clients of the simulator at `url` are made from.
pub fn config(url: &str) -> SdkConfig {
    let credentials =
        Credentials::builder().access_key_id("AKIATEST").secret_access_key("secret").provider_name("test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(url)
        .region(aws_config::Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials.build()))
        .build()
}
