//! Where region, credentials and endpoints come from.

use aws_config::{BehaviorVersion, SdkConfig};

/// The configuration of this process as AWS's own loader finds it: environment, profile files, and only where those say
/// nothing the metadata service. Inside a function the environment says all of it.
pub async fn configuration() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).load().await
}
