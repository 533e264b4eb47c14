//! Objects in one S3 bucket.
//!
//! Facts: `docs.aws.amazon.com/AmazonS3`, *conditional requests*: 412 when the condition does not hold, 404 when an object
//! that must match is not there, 409 when two conditional writes collide. Whoever may not list the bucket is told 403 of an
//! object that is not there, so every role that reads needs `s3:ListBucket`.

use crate::faults;
use crate::object_write::Store;
use crate::on_first_use::on_first_use;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use causeway_domain::page::MAX_STAGED_BYTES;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Etag, Ids, Objects, PutCondition, PutOutcome, Stored, key};
use std::sync::Arc;

/// Attempts to read a body that is cut off.
const READS: usize = 3;

/// The objects of one bucket. An object whose key no other store would take is not seen. Clones share one client.
#[derive(Clone)]
pub struct S3Objects(Arc<Store>);

impl S3Objects {
    /// The objects of `bucket`. With another endpoint than AWS's own, the bucket stands in the path.
    pub fn new(
        config: &SdkConfig,
        bucket: impl Into<String>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        let path_style = config.endpoint_url().is_some();
        let config = aws_sdk_s3::config::Builder::from(config).force_path_style(path_style).build();
        let client = on_first_use(move || aws_sdk_s3::Client::from_conf(config));
        Self(Arc::new(Store { client, bucket: bucket.into(), clock, ids }))
    }
}

#[async_trait]
impl Objects for S3Objects {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        key::check(key)?;
        let store = &self.0;
        let mut reads = 0;
        loop {
            reads += 1;
            let answer = store.client.get_object().bucket(&store.bucket).key(key).send().await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
                    return Ok(None);
                }
                Err(error) => return Err(faults::failure(store.subject(key), &error)),
            };
            let etag = Etag(answer.e_tag().unwrap_or_default().to_owned());
            match body(&store.subject(key), answer).await {
                Ok(body) => return Ok(Some(Stored { body, etag })),
                Err(failure) if failure.kind == FailureKind::StoreDamaged || reads == READS => {
                    return Err(failure);
                }
                Err(_) => store.pause(reads).await,
            }
        }
    }

    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure> {
        key::check(key)?;
        if body.len() as u64 > MAX_STAGED_BYTES {
            let detail = format!("{} bytes, which is more than is stored", body.len());
            return Err(Failure::new(FailureKind::AnswerTooLarge, self.0.subject(key), detail));
        }
        self.0.write(key, &body, &condition).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        key::folder_of_prefix(prefix)?;
        let store = &self.0;
        let mut pages =
            store.client.list_objects_v2().bucket(&store.bucket).prefix(prefix).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| faults::failure(store.subject(prefix), &error))?;
            // The SDK accepts truncated XML as complete.
            let (counted, objects) = (page.key_count, page.contents.unwrap_or_default());
            if counted.and_then(|counted| usize::try_from(counted).ok()) != Some(objects.len()) {
                let detail = format!("a list of {} keys says that it has {counted:?}", objects.len());
                return Err(Failure::new(FailureKind::StoreUnavailable, store.subject(prefix), detail));
            }
            let found = objects.into_iter().filter_map(|object| object.key);
            keys.extend(found.filter(|found| key::check(found).is_ok()));
        }
        keys.sort_unstable();
        Ok(keys)
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        key::check(key)?;
        let store = &self.0;
        let removed = store.client.delete_object().bucket(&store.bucket).key(key).send().await;
        removed.map(drop).map_err(|error| faults::failure(store.subject(key), &error))
    }
}

/// The whole body.
///
/// # Errors
/// `StoreDamaged` when it is larger than anything that was written, `StoreUnavailable` when it breaks off or its checksum
/// does not agree.
async fn body(subject: &str, answer: GetObjectOutput) -> Result<Bytes, Failure> {
    let announced = answer.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or(0);
    let mut stream: ByteStream = answer.body;
    let mut body = BytesMut::with_capacity(usize::try_from(announced.min(MAX_STAGED_BYTES)).unwrap_or(0));
    let mut too_large = announced > MAX_STAGED_BYTES;
    while !too_large && let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            let detail = format!("the object broke off after {} of {announced} bytes: {error}", body.len());
            Failure::new(FailureKind::StoreUnavailable, subject, detail)
        })?;
        body.extend_from_slice(&chunk);
        too_large = body.len() as u64 > MAX_STAGED_BYTES;
    }
    if too_large {
        let detail = "is larger than anything that Causeway writes";
        return Err(Failure::new(FailureKind::StoreDamaged, subject, detail));
    }
    Ok(body.freeze())
}
