//! One conditional write, retried until its result is known.
//!
//! A response can be lost after the write. The next attempt is then refused because of the first one's object, and
//! the writer would believe that another one was first. Each write therefore has its own id in the object's metadata, and
//! a refusal after a failed attempt is checked against it.

use crate::faults;
use crate::on_first_use::OnFirstUse;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use causeway_domain::layout::may_expire;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Etag, Ids, PutCondition, PutOutcome};
use futures::{StreamExt, TryStreamExt, stream};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Name of the metadata that holds the id of the write.
const WRITER: &str = "causeway-write";

/// Attempts of a write; with their pauses they take about ten seconds.
const ATTEMPTS: usize = 8;

/// Bodies above this size are sent in parts.
const WHOLE: usize = 64 << 20;

/// Size of a part, and the number of concurrent uploads.
const PART: usize = 16 << 20;
const PARTS_AT_ONCE: usize = 4;

/// Codes of transient errors, whatever the status.
const PASSING: [&str; 13] = [
    "BadDigest",
    "ConditionalRequestConflict",
    "InternalError",
    "InternalFailure",
    "NoSuchUpload",
    "OperationAborted",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// The tag of objects that the bucket's life cycle may expire (docs/adr/0014).
fn tagging(key: &str) -> Option<String> {
    may_expire(key).then(|| "expires=true".to_owned())
}

/// A bucket with the clients to write to it.
pub(crate) struct Store {
    pub(crate) client: OnFirstUse<Client>,
    pub(crate) bucket: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

/// The result of one attempt.
enum Attempt {
    Written(Etag),
    /// The condition does not hold.
    Refused,
    /// Unknown, or safe to retry.
    Again(Failure),
    Failed(Failure),
}

/// The two conditions in S3's form.
struct Condition {
    absent: Option<&'static str>,
    matches: Option<String>,
}

impl Store {
    pub(crate) fn subject(&self, key: &str) -> String {
        format!("object {key:?} in bucket {}", self.bucket)
    }

    /// Waits before the next attempt: 0.1 s, doubled each time up to 5 s, with a jitter of half.
    pub(crate) async fn pause(&self, attempts: usize) {
        let doubled = 2_u32.saturating_pow(u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
        let pause = Duration::from_millis(100).saturating_mul(doubled).min(Duration::from_secs(5));
        self.clock.sleep(pause.mul_f64(0.5 + self.ids.fraction())).await;
    }

    pub(crate) async fn write(
        &self,
        key: &str,
        body: &Bytes,
        condition: &PutCondition,
    ) -> Result<PutOutcome, Failure> {
        let id = self.ids.unique();
        let mut attempts = 0;
        loop {
            let condition = Condition::of(condition);
            let attempt = match body.len() > WHOLE {
                false => self.put_whole(key, body, condition, &id).await,
                true => self.put_in_parts(key, body, condition, &id).await,
            };
            attempts += 1;
            match attempt {
                Attempt::Written(etag) => return Ok(PutOutcome::Written(etag)),
                Attempt::Refused if attempts == 1 => return Ok(PutOutcome::Conflict),
                Attempt::Refused => return self.outcome(key, &id).await,
                Attempt::Failed(failure) => return Err(failure),
                Attempt::Again(failure) if attempts == ATTEMPTS => return Err(failure),
                Attempt::Again(failure) => {
                    tracing::debug!(subject = %failure.subject, detail = %failure.detail, "writing again");
                    self.pause(attempts).await;
                }
            }
        }
    }

    /// Whether the present object was written by the write `id`.
    async fn outcome(&self, key: &str, id: &str) -> Result<PutOutcome, Failure> {
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head)
                if head.metadata().and_then(|all| all.get(WRITER)).is_some_and(|writer| writer == id) =>
            {
                Ok(PutOutcome::Written(Etag(head.e_tag.unwrap_or_default())))
            }
            Ok(_) => Ok(PutOutcome::Conflict),
            Err(error) if faults::status(&error) == Some(404) => Ok(PutOutcome::Conflict),
            Err(error) => Err(faults::failure(self.subject(key), &error)),
        }
    }

    async fn put_whole(&self, key: &str, body: &Bytes, condition: Condition, id: &str) -> Attempt {
        let put = self.client.put_object().bucket(&self.bucket).key(key).metadata(WRITER, id);
        let put = put.set_if_none_match(condition.absent.map(str::to_owned)).set_if_match(condition.matches);
        let put = put.set_tagging(tagging(key));
        let put = put.body(ByteStream::from(body.clone())).customize().config_override(once());
        match put.send().await {
            Ok(written) => self.written(key, written.e_tag),
            Err(error) => self.judged(key, &error),
        }
    }

    async fn put_in_parts(&self, key: &str, body: &Bytes, condition: Condition, id: &str) -> Attempt {
        let created = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .metadata(WRITER, id)
            .set_tagging(tagging(key))
            .send()
            .await;
        let upload = match created {
            Ok(created) => created.upload_id.unwrap_or_default(),
            Err(error) => return Attempt::Failed(faults::failure(self.subject(key), &error)),
        };
        let attempt = match self.send_parts(key, body, &upload).await {
            Ok(parts) => self.complete(key, parts, condition, &upload).await,
            Err(failure) => Attempt::Failed(failure),
        };
        if !matches!(attempt, Attempt::Written(_)) {
            // The bucket's life cycle removes an upload that cannot be aborted.
            let given_up =
                self.client.abort_multipart_upload().bucket(&self.bucket).key(key).upload_id(upload);
            if let Err(error) = given_up.send().await {
                let failure = faults::failure(self.subject(key), &error);
                tracing::debug!(subject = %failure.subject, detail = %failure.detail, "an upload was not aborted");
            }
        }
        attempt
    }

    /// Sends the parts concurrently and returns them in order.
    async fn send_parts(&self, key: &str, body: &Bytes, upload: &str) -> Result<Vec<CompletedPart>, Failure> {
        let starts = (1_i32..).zip((0..body.len()).step_by(PART));
        let send = |(number, start): (i32, usize)| {
            let part = body.slice(start..body.len().min(start + PART));
            async move {
                let sent = self.client.upload_part().bucket(&self.bucket).key(key).upload_id(upload);
                let sent = sent.part_number(number).body(ByteStream::from(part)).send().await;
                let sent = sent.map_err(|error| faults::failure(self.subject(key), &error))?;
                let part = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
                Ok(part.set_checksum_crc32(sent.checksum_crc32).build())
            }
        };
        stream::iter(starts).map(send).buffered(PARTS_AT_ONCE).try_collect().await
    }

    async fn complete(
        &self,
        key: &str,
        parts: Vec<CompletedPart>,
        condition: Condition,
        upload: &str,
    ) -> Attempt {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete =
            self.client.complete_multipart_upload().bucket(&self.bucket).key(key).upload_id(upload);
        let complete = complete.multipart_upload(parts).set_if_match(condition.matches);
        let complete = complete.set_if_none_match(condition.absent.map(str::to_owned));
        match complete.customize().config_override(once()).send().await {
            Ok(written) => self.written(key, written.e_tag),
            Err(error) => self.judged(key, &error),
        }
    }

    /// Without its version an object cannot be swapped; the next attempt reads it.
    fn written(&self, key: &str, etag: Option<String>) -> Attempt {
        match etag.filter(|etag| !etag.is_empty()) {
            Some(etag) => Attempt::Written(Etag(etag)),
            None => {
                let detail = "the answer to a write has no ETag";
                Attempt::Again(Failure::new(FailureKind::StoreUnavailable, self.subject(key), detail))
            }
        }
    }

    fn judged<E>(&self, key: &str, error: &SdkError<E, HttpResponse>) -> Attempt
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let failure = faults::failure(self.subject(key), error);
        match (faults::status(error), faults::code(error)) {
            // The response to a multipart upload begins before S3 is done, so a 200 may contain an error.
            (_, Some("PreconditionFailed")) | (Some(412), _) => Attempt::Refused,
            // A deleted object has no version.
            (_, Some("NoSuchKey")) => Attempt::Refused,
            _ if failure.kind == FailureKind::StoreUnavailable && may_pass(error) => Attempt::Again(failure),
            _ => Attempt::Failed(failure),
        }
    }
}

impl Condition {
    fn of(condition: &PutCondition) -> Self {
        match condition {
            PutCondition::IfAbsent => Self { absent: Some("*"), matches: None },
            PutCondition::IfMatch(etag) => Self { absent: None, matches: Some(etag.0.clone()) },
        }
    }
}

/// The SDK's own retries hide that an earlier attempt may have written.
fn once() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}

/// Collisions, throttling, server errors and missing responses. S3's code decides if there is one.
fn may_pass<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: ProvideErrorMetadata,
{
    if faults::code(error).is_some_and(|code| PASSING.contains(&code)) {
        return true;
    }
    match faults::status(error) {
        Some(status) => {
            matches!(status, 408 | 409 | 429 | 500..) || matches!(error, SdkError::ResponseError(_))
        }
        None => matches!(error, SdkError::TimeoutError(_) | SdkError::DispatchFailure(_)),
    }
}
