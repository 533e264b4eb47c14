//! The ports on AWS: S3, SQS, Secrets Manager, EventBridge Scheduler.
//!
//! Each port is made of an [`aws_config::SdkConfig`] and plain settings; nothing here reads the environment but
//! [`configuration()`] and [`configuration_of_function()`], which use AWS's own loader. Creating a port opens no
//! connection and no client yet; all share the configuration's HTTP client and its credentials.

mod configuration;
mod expression;
mod faults;
mod message;
mod object_write;
mod objects;
mod on_first_use;
mod queue;
mod queue_send;
mod schedules;
mod secret_value;
mod secrets;

pub use configuration::{configuration, configuration_of_function};
pub use expression::{Expression, expressions};
pub use faults::{code, failure};
pub use objects::S3Objects;
pub use queue::{Arrived, QueueSettings, SqsQueue};
pub use schedules::{ScheduleTarget, StackSchedules};
pub use secrets::StackSecrets;
