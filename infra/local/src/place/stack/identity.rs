//! The operator's AWS identity, for the record of decisions.

use super::Stack;
use causeway_domain::{Failure, FailureKind};

impl Stack {
    /// ARN of the user or role of these credentials. No permission is needed to query it.
    pub(crate) async fn who(&self) -> Result<String, Failure> {
        let subject = "identity of these credentials";
        let asked = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await;
        let identity = asked.map_err(|error| causeway_aws::failure(subject, &error))?;
        let missing = || Failure::new(FailureKind::StoreUnavailable, subject, "the answer names nobody");
        identity.arn.ok_or_else(missing)
    }
}
