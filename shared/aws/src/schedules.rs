//! The schedules of one stack in EventBridge Scheduler.

use async_trait::async_trait;
use aws_config::SdkConfig;
use causeway_domain::definition::ScheduleSettings;
use causeway_domain::{ConnectionName, Failure, FailureKind};
use causeway_ports::{Clock, Schedules};
use jiff::Timestamp;
use std::sync::Arc;

/// What the schedules of a stack wake, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleTarget {
    /// Schedule group, which is the stack's name.
    pub group: String,
    /// ARN of the function that is invoked.
    pub function_arn: String,
    /// ARN of the role that EventBridge Scheduler assumes to invoke it.
    pub role_arn: String,
    /// ARN of the queue of the invocations that failed for good.
    pub dead_letter_arn: String,
    /// A start may come up to so many minutes late, 1 to 1440, so that the schedules of a company do not all start at
    /// once; `None` starts on time.
    pub flexible_minutes: Option<u16>,
}

/// The schedules of a stack. Clones share one client.
#[derive(Clone)]
pub struct StackSchedules {
    client: aws_sdk_scheduler::Client,
    target: Arc<ScheduleTarget>,
    clock: Arc<dyn Clock>,
}

impl StackSchedules {
    /// The schedules in the group of `target`.
    pub fn new(config: &SdkConfig, target: ScheduleTarget, clock: Arc<dyn Clock>) -> Self {
        Self { client: aws_sdk_scheduler::Client::new(config), target: Arc::new(target), clock }
    }
}

fn pending() -> Failure {
    Failure::new(FailureKind::NotPossible, "EventBridge Scheduler", "follows")
}

#[async_trait]
impl Schedules for StackSchedules {
    async fn put(
        &self,
        _connection: &ConnectionName,
        _settings: &ScheduleSettings,
        _since: Timestamp,
    ) -> Result<(), Failure> {
        let _ = (&self.client, &self.target, &self.clock);
        Err(pending())
    }

    async fn remove(&self, _connection: &ConnectionName) -> Result<(), Failure> {
        Err(pending())
    }

    async fn list(&self) -> Result<Vec<ConnectionName>, Failure> {
        Err(pending())
    }
}
