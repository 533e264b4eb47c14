//! Where region, credentials and endpoints come from, and how long AWS may take.

use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use std::time::Duration;

/// Longest that one attempt of a request may take; 64 MiB then need 9 Mbit/s.
const ATTEMPT: Duration = Duration::from_secs(60);

/// Attempts of a request that may be repeated without harm.
const ATTEMPTS: u32 = 4;

/// The configuration of this process as AWS's own loader finds it: environment, profile files, and only where those say
/// nothing the metadata service. A region or a profile that is given goes before what would be found.
pub async fn configuration(region: Option<String>, profile: Option<&str>) -> SdkConfig {
    let mut loader = loader();
    if let Some(region) = region {
        loader = loader.region(Region::new(region));
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    loader.load().await
}

/// The configuration of a function, whose environment says all of it: no other place is got ready to be asked.
pub async fn configuration_of_function() -> SdkConfig {
    let credentials = EnvironmentVariableCredentialsProvider::new();
    loader().region(EnvironmentVariableRegionProvider::new()).credentials_provider(credentials).load().await
}

fn loader() -> ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(ATTEMPT)
        .build();
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).retry_config(retries)
}
