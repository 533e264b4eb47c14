//! Error responses.

use crate::scope::Scope;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use causeway_domain::definition::DefinitionErrors;
use causeway_domain::{Failure, FailureKind};
use causeway_runs::ConnectionFileError;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    /// Seconds to wait, sent as `Retry-After`.
    #[serde(skip)]
    retry_after: Option<u64>,
    /// Kind of the failure, as in logs and docs/OPERATE.md.
    #[schema(value_type = String, examples("not-found"))]
    kind: FailureKind,
    /// The subject: connection, run, path or field.
    #[schema(examples("connection plant-north"))]
    subject: String,
    /// The cause.
    detail: String,
    /// Advice to the caller, in one sentence.
    advice: String,
    /// Mistakes of a connection file, each with line, column, field, problem and help.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    mistakes: Vec<causeway_domain::definition::Mistake>,
}

impl Problem {
    fn new(status: StatusCode, failure: Failure, advice: impl Into<String>) -> Self {
        let retry_after = failure.retry_after.map(|pause| pause.as_secs().max(1));
        let Failure { kind, subject, detail, .. } = failure;
        Self { status, retry_after, kind, subject, detail, advice: advice.into(), mistakes: Vec::new() }
    }

    pub(crate) fn unauthenticated(detail: &str) -> Self {
        let failure = Failure::new(FailureKind::Unauthorized, "request", detail);
        Self::new(
            StatusCode::UNAUTHORIZED,
            failure,
            "Send an access token from the issuer that the stack trusts.",
        )
    }

    pub(crate) fn forbidden(scope: Scope) -> Self {
        let detail = format!("its token lacks the scope {}", scope.name());
        let failure = Failure::new(FailureKind::Forbidden, "request", detail);
        Self::new(StatusCode::FORBIDDEN, failure, "Ask the issuer for a token with this scope.")
    }

    /// A request that does not match the API's description.
    pub(crate) fn request(status: StatusCode, detail: impl Into<String>) -> Self {
        let failure = Failure::new(FailureKind::MessageInvalid, "request", detail);
        Self::new(status, failure, "See /openapi.json for the requests that this API accepts.")
    }

    /// A response that Lambda would drop.
    pub(crate) fn too_large() -> Self {
        let detail = "its response exceeds the 6 MB limit of a function";
        let failure = Failure::new(FailureKind::AnswerTooLarge, "request", detail);
        let advice = "Request less, with `limit` or `records` where the route has it, or use `causeway --stack`, which reads the bucket itself.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, failure, advice)
    }

    pub(crate) fn not_found(subject: impl Into<String>, detail: &str) -> Self {
        Failure::new(FailureKind::NotFound, subject, detail).into()
    }
}

/// Failures of a vendor or destination never get a 4xx status, which would blame the caller of this API.
fn status(kind: FailureKind) -> StatusCode {
    use FailureKind as K;
    match kind {
        K::NotFound => StatusCode::NOT_FOUND,
        K::NameInvalid | K::DefinitionInvalid | K::MapInvalid | K::SecretInvalid | K::MessageInvalid => {
            StatusCode::BAD_REQUEST
        }
        K::SecretMissing => StatusCode::UNPROCESSABLE_ENTITY,
        K::Conflict | K::RunInProgress | K::Superseded | K::Held | K::NotPossible => StatusCode::CONFLICT,
        K::Unreachable
        | K::Tls
        | K::Unauthorized
        | K::Forbidden
        | K::WrongAddress
        | K::Unavailable
        | K::RequestRejected
        | K::RequiredFieldRejected
        | K::UnexpectedAnswer
        | K::MalformedAnswer
        | K::TruncatedAnswer
        | K::CursorExpired
        | K::AnswerTooLarge
        | K::DeliveryRejected => StatusCode::BAD_GATEWAY,
        K::Timeout | K::DeadlinePassed => StatusCode::GATEWAY_TIMEOUT,
        K::RateLimited | K::StoreUnavailable | K::StoreFull => StatusCode::SERVICE_UNAVAILABLE,
        K::StoreDamaged | K::StoreMissing | K::AccessDenied | K::CutShort => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let advice = failure.advice();
        Self::new(status(failure.kind), failure, advice)
    }
}

impl From<DefinitionErrors> for Problem {
    fn from(errors: DefinitionErrors) -> Self {
        let mistakes = errors.mistakes.clone();
        Self { mistakes, ..Failure::from(errors).into() }
    }
}

impl From<ConnectionFileError> for Problem {
    fn from(unfit: ConnectionFileError) -> Self {
        match unfit {
            ConnectionFileError::Definition(errors) => errors.into(),
            ConnectionFileError::Failure(failure) => failure.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, kind) = (self.status, self.kind);
        if status.is_server_error() {
            tracing::error!(
                ?kind,
                subject = self.subject,
                detail = self.detail,
                advice = self.advice,
                "request failed"
            );
        } else {
            tracing::info!(?kind, subject = self.subject, detail = self.detail, "request refused");
        }
        let retry_after = self.retry_after.map(HeaderValue::from);
        let mut response = (status, Json(self)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
