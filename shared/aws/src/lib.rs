//! The ports on AWS: S3, SQS, Secrets Manager, EventBridge Scheduler.
