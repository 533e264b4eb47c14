//! What a caller is told when something cannot be done.

use crate::scope::Scope;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use causeway_domain::definition::DefinitionErrors;
use causeway_domain::{Failure, FailureKind};
use causeway_runs::Unfit;
use serde::Serialize;
use utoipa::ToSchema;

/// Why something cannot be done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    /// Seconds to wait, as `Retry-After` says it too.
    #[serde(skip)]
    retry_after: Option<u64>,
    /// Kind of the failure, as logs and docs/OPERATE.md have it.
    #[schema(value_type = String, examples("not-found"))]
    kind: FailureKind,
    /// What it happened to.
    #[schema(examples("connection plant-north"))]
    subject: String,
    /// What was seen.
    detail: String,
    /// What to do about it.
    advice: String,
    /// Of a connection file that cannot be applied: each mistake with line, column, field, problem and help.
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
            "Send an access token of the issuer that the stack trusts.",
        )
    }

    pub(crate) fn forbidden(scope: Scope) -> Self {
        let detail = format!("its token lacks the scope {}", scope.name());
        let failure = Failure::new(FailureKind::Forbidden, "request", detail);
        Self::new(StatusCode::FORBIDDEN, failure, "Ask the issuer for a token with this scope.")
    }

    /// A request that is not as the API describes it.
    pub(crate) fn request(status: StatusCode, detail: impl Into<String>) -> Self {
        let failure = Failure::new(FailureKind::MessageInvalid, "request", detail);
        Self::new(status, failure, "See /openapi.json for what this API takes.")
    }

    /// An answer that Lambda would drop.
    pub(crate) fn too_large() -> Self {
        let detail = "its answer is larger than the 6 MB that a function can give";
        let failure = Failure::new(FailureKind::AnswerTooLarge, "request", detail);
        let advice = "Ask for less, with `limit` or `records` where the route has it; or use `causeway --stack`, which reads the bucket itself.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, failure, advice)
    }

    pub(crate) fn not_found(subject: impl Into<String>, detail: &str) -> Self {
        Failure::new(FailureKind::NotFound, subject, detail).into()
    }
}

/// What failed towards a vendor or destination is never told by a status that would speak of this API's own caller.
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

impl From<Unfit> for Problem {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Definition(errors) => errors.into(),
            Unfit::Failure(failure) => failure.into(),
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
                "not done"
            );
        } else {
            tracing::info!(?kind, subject = self.subject, detail = self.detail, "refused");
        }
        let retry_after = self.retry_after.map(HeaderValue::from);
        let mut response = (status, Json(self)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
