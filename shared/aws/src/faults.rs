//! AWS errors as failures.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use causeway_domain::{Failure, FailureKind};
use std::error::Error;

/// Longest part of AWS's message that is kept, in characters.
const LONGEST: usize = 300;

/// Codes of missing permissions and invalid credentials.
const DENIED: [&str; 11] = [
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// Codes of missing resources, or of another region.
const MISSING: [&str; 8] = [
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "NoSuchBucket",
    "NonExistentQueue",
    "PermanentRedirect",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "TemporaryRedirect",
];

/// The failure of a request about `subject`. AWS's message names roles, actions and resources, never a key or a secret; ids
/// of requests are left out.
pub fn failure<E>(subject: impl Into<String>, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let status = status(error);
    let Some(code) = code(error) else {
        let kind = match status {
            Some(401 | 403) => FailureKind::AccessDenied,
            Some(301 | 307 | 308) => FailureKind::StoreMissing,
            _ => FailureKind::StoreUnavailable,
        };
        return Failure::new(kind, subject, short(&without_code(error, status)));
    };
    let kind = match code {
        _ if DENIED.contains(&code) => FailureKind::AccessDenied,
        _ if MISSING.contains(&code) => FailureKind::StoreMissing,
        "InvalidMessageContents" => FailureKind::MessageInvalid,
        _ => FailureKind::StoreUnavailable,
    };
    let message =
        error.as_service_error().and_then(ProvideErrorMetadata::message).unwrap_or("no reason given");
    let status = status.map(|status| format!(" ({status})")).unwrap_or_default();
    let region = region(error).map(|region| format!("; the bucket is in {region}")).unwrap_or_default();
    Failure::new(kind, subject, short(&format!("{code}{status}: {message}{region}")))
}

/// AWS's code of an error, without the name of the service that some protocols put before it.
pub fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    let code = error.as_service_error()?.code()?;
    Some(code.rsplit(['.', '#']).next().unwrap_or(code))
}

/// The status of the response, if there was one.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn region<E>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    let response = error.raw_response().filter(|response| matches!(response.status().as_u16(), 301 | 307))?;
    response.headers().get("x-amz-bucket-region")
}

fn without_code<E: Error + 'static>(error: &SdkError<E, HttpResponse>, status: Option<u16>) -> String {
    match (error, status) {
        (SdkError::TimeoutError(_), _) => "no answer in time".to_owned(),
        (SdkError::ServiceError(_), Some(status)) => {
            let region = region(error).map(|region| format!(": the bucket is in {region}"));
            format!("answered {status} without a reason{}", region.unwrap_or_default())
        }
        (SdkError::ResponseError(_), Some(status)) => {
            format!("the answer ({status}) cannot be read: {}", chain(error))
        }
        _ => chain(error),
    }
}

/// The error and its causes, each once.
fn chain(error: &dyn Error) -> String {
    let (mut told, mut next) = (Vec::new(), Some(error));
    while let Some(error) = next {
        told.push(error.to_string());
        next = error.source();
    }
    told.dedup();
    told.join(": ")
}

fn short(text: &str) -> String {
    let line = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(line).take(LONGEST).collect()
}
