//! Objects in one S3 bucket.

use async_trait::async_trait;
use aws_config::SdkConfig;
use bytes::Bytes;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Ids, Objects, PutCondition, PutOutcome, Stored};
use std::sync::Arc;

/// The objects of one bucket. Clones share one client.
#[derive(Clone)]
pub struct S3Objects {
    client: aws_sdk_s3::Client,
    bucket: Arc<str>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl S3Objects {
    /// The objects of `bucket`, whose name is that of the bucket alone. With another endpoint than AWS's own, the bucket
    /// stands in the path.
    pub fn new(
        config: &SdkConfig,
        bucket: impl Into<Arc<str>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        let path_style = config.endpoint_url().is_some();
        let config = aws_sdk_s3::config::Builder::from(config).force_path_style(path_style).build();
        Self { client: aws_sdk_s3::Client::from_conf(config), bucket: bucket.into(), clock, ids }
    }
}

fn pending() -> Failure {
    Failure::new(FailureKind::NotPossible, "S3", "follows")
}

#[async_trait]
impl Objects for S3Objects {
    async fn get(&self, _key: &str) -> Result<Option<Stored>, Failure> {
        Err(pending())
    }

    async fn put(&self, _key: &str, _body: Bytes, _condition: PutCondition) -> Result<PutOutcome, Failure> {
        let _ = (&self.client, &self.bucket, &self.clock, &self.ids);
        Err(pending())
    }

    async fn list(&self, _prefix: &str) -> Result<Vec<String>, Failure> {
        Err(pending())
    }

    async fn delete(&self, _key: &str) -> Result<(), Failure> {
        Err(pending())
    }
}
