//! Region, credentials, endpoints and time limits of AWS clients.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::SharedCredentialsProvider;
use std::ffi::OsString;
use std::time::Duration;

/// Longest that one attempt of a request may take; 64 MiB then need 9 Mbit/s.
const ATTEMPT: Duration = Duration::from_secs(60);

/// Attempts of an idempotent request.
const ATTEMPTS: u32 = 4;

/// The configuration of this process as AWS's own loader finds it: environment, profile files, and only where those say
/// nothing the metadata service. A given region or profile takes precedence.
pub async fn configuration(region: Option<String>, profile: Option<&str>) -> SdkConfig {
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts()).retry_config(retries());
    if let Some(region) = region {
        loader = loader.region(Region::new(region));
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    loader.load().await
}

/// The configuration of a function, all of which Lambda says in its environment: region, credentials, the name it tells
/// AWS, and an endpoint in tests. AWS's own loader is left out, because what it gets ready to ask besides (profile files,
/// roles, metadata services) is 300 KB of the program and never asked (ADR 17).
pub fn configuration_of_function(environment: &dyn Fn(&str) -> Option<OsString>) -> SdkConfig {
    let text = |name: &str| environment(name).and_then(|value| value.into_string().ok());
    let mut configuration = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .timeout_config(timeouts())
        .retry_config(retries())
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()));
    configuration.set_region(text("AWS_REGION").map(Region::new));
    configuration.set_endpoint_url(text("AWS_ENDPOINT_URL"));
    configuration.set_app_name(text("AWS_SDK_UA_APP_ID").and_then(|name| AppName::new(name).ok()));
    configuration.build()
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(ATTEMPT)
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS)
}
