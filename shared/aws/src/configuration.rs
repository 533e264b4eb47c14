//! Where region, credentials and endpoints come from, and how long AWS may take.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use std::time::Duration;

/// Longest that one attempt of a request may take; 64 MiB then need 9 Mbit/s.
const ATTEMPT: Duration = Duration::from_secs(60);

/// Attempts of a request that may be repeated without harm.
const ATTEMPTS: u32 = 4;

/// The configuration of this process as AWS's own loader finds it: environment, profile files, and only where those say
/// nothing the metadata service. Inside a function the environment says all of it, so nothing is looked up.
pub async fn configuration() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(ATTEMPT)
        .build();
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
    aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .retry_config(retries)
        .load()
        .await
}
