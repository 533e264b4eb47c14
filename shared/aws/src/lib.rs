//! The ports on AWS: S3, SQS, Secrets Manager, EventBridge Scheduler.
//!
//! Each port is made of an [`aws_config::SdkConfig`] and plain settings; nothing here reads the environment but
//! [`configuration`], which leaves it to AWS's own loader. Making a port opens no connection, and all of them share the
//! configuration's one HTTP client and its credentials.

mod configuration;
mod objects;
mod queue;
mod schedules;
mod secrets;

pub use configuration::configuration;
pub use objects::S3Objects;
pub use queue::{Arrived, QueueSettings, SqsQueue};
pub use schedules::{ScheduleTarget, StackSchedules};
pub use secrets::StackSecrets;
