//! Buckets and queues as a stack has them, made for one case.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use causeway_aws::{QueueSettings, S3Objects, SqsQueue, StackSecrets};
use causeway_contract::queue::{DeadLetters, Stage};
use causeway_local::{SystemClock, SystemIds};
use causeway_ports::{Objects, SecretKeeper};
use std::sync::Arc;
use std::time::Duration;

/// As often a message is received in the contract.
const MAX_RECEIVES: u32 = 3;

/// What cases share: an account, and the beginning of all names.
pub(crate) struct Stack {
    pub(crate) config: SdkConfig,
    pub(crate) prefix: String,
}

impl Stack {
    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let path_style = self.config.endpoint_url().is_some();
        aws_sdk_s3::Client::from_conf(Builder::from(&self.config).force_path_style(path_style).build())
    }

    /// The objects of a new bucket.
    pub(crate) async fn objects(&self, name: &str) -> Arc<dyn Objects> {
        let bucket = format!("{}-{}", self.prefix, name.replace('_', "-"));
        let bucket: String = bucket.chars().take(63).collect::<String>().trim_end_matches('-').to_owned();
        let region = self.config.region().unwrap().to_string();
        let mut create = self.s3().create_bucket().bucket(&bucket);
        if region != "us-east-1" {
            let place = BucketLocationConstraint::from(region.as_str());
            create = create.create_bucket_configuration(
                CreateBucketConfiguration::builder().location_constraint(place).build(),
            );
        }
        create.send().await.unwrap_or_else(|error| panic!("bucket {bucket}: {error:?}"));
        Arc::new(S3Objects::new(&self.config, bucket, Arc::new(SystemClock), Arc::new(SystemIds)))
    }

    /// A new queue with its dead letters.
    pub(crate) async fn queue(&self, name: &str) -> Stage {
        let visibility = Duration::from_secs(2);
        let client = aws_sdk_sqs::Client::new(&self.config);
        let name: String = format!("{}-{name}", self.prefix).chars().take(70).collect();
        let dead = client.create_queue().queue_name(format!("{name}-dead")).send().await.unwrap();
        let dead_url = dead.queue_url.unwrap();
        let arn =
            client.get_queue_attributes().queue_url(&dead_url).attribute_names(QueueAttributeName::QueueArn);
        let arn =
            arn.send().await.unwrap().attributes.unwrap().remove(&QueueAttributeName::QueueArn).unwrap();
        let redrive = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{MAX_RECEIVES}}}"#);
        let create = client.create_queue().queue_name(&name);
        let create = create.attributes(QueueAttributeName::RedrivePolicy, redrive);
        let create =
            create.attributes(QueueAttributeName::VisibilityTimeout, visibility.as_secs().to_string());
        let url = create.send().await.unwrap().queue_url.unwrap();
        let settings = QueueSettings { url, dead_url: dead_url.clone(), max_receives: MAX_RECEIVES };
        let queue = Arc::new(SqsQueue::new(&self.config, settings, Arc::new(SystemClock)));
        Stage {
            queue,
            clock: Arc::new(SystemClock),
            visibility,
            dead: Box::new(Dead { client, url: dead_url }),
        }
    }

    /// The secrets of a new stack.
    pub(crate) fn secrets(&self, name: &str) -> Arc<dyn SecretKeeper> {
        let stack = format!("{}-{name}", self.prefix);
        Arc::new(StackSecrets::new(&self.config, stack, Arc::new(SystemClock)))
    }
}

struct Dead {
    client: aws_sdk_sqs::Client,
    url: String,
}

#[async_trait]
impl DeadLetters for Dead {
    async fn look(&self) -> Vec<(String, String)> {
        let receive = self.client.receive_message().queue_url(&self.url).max_number_of_messages(10);
        let receive = receive.message_attribute_names("All").wait_time_seconds(1).visibility_timeout(60);
        let letters = receive.send().await.unwrap().messages.unwrap_or_default().into_iter();
        letters
            .map(|letter| {
                let reason = letter.message_attributes.and_then(|mut all| all.remove("reason"));
                (letter.body.unwrap(), reason.and_then(|reason| reason.string_value).unwrap_or_default())
            })
            .collect()
    }
}
