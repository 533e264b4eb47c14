//! The one table of what an answer means: the kind of failure of each status, and the next step after each failure.
//!
//! Sources, destinations and sign-ins all decide here. What the queue does later with work that failed is
//! [`FailureKind::policy`]; a test keeps both in step.

use causeway_domain::{Failure, FailureKind};
use reqwest::StatusCode;
use std::time::Duration;

/// The next step after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Take the answer: the request succeeded.
    Done,
    /// Repeat the request: the failure is transient.
    Retry {
        /// The pause that the other side asked for.
        after: Option<Duration>,
    },
    /// Repeat the request once: an answer of another shape is rarely transient.
    RetryOnce,
    /// Sign in again and repeat the request with the new token.
    SignIn,
    /// Fail: the same request would fail again.
    Never,
}

impl Decision {
    /// The step after `failure`.
    pub fn on(failure: &Failure) -> Self {
        Self::on_kind(failure.kind, failure.retry_after)
    }

    pub(crate) fn on_kind(kind: FailureKind, after: Option<Duration>) -> Self {
        use FailureKind as K;
        match kind {
            K::Unreachable | K::Timeout | K::Unavailable | K::TruncatedAnswer | K::RateLimited => {
                Self::Retry { after }
            }
            K::UnexpectedAnswer | K::MalformedAnswer => Self::RetryOnce,
            K::Unauthorized => Self::SignIn,
            _ => Self::Never,
        }
    }
}

/// The kind of failure that `status` means; `None` for 2xx.
pub(crate) fn kind_of(status: StatusCode) -> Option<FailureKind> {
    match status.as_u16() {
        200..=299 => None,
        300..=399 | 404 | 405 => Some(FailureKind::WrongAddress),
        401 => Some(FailureKind::Unauthorized),
        403 => Some(FailureKind::Forbidden),
        407 => Some(FailureKind::Unreachable),
        408 => Some(FailureKind::Timeout),
        // To a client that can only repeat its request, 425 means the same as 429.
        425 | 429 => Some(FailureKind::RateLimited),
        500..=599 => Some(FailureKind::Unavailable),
        _ => Some(FailureKind::RequestRejected),
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, kind_of};
    use causeway_domain::failure::POLICIES;
    use causeway_domain::{Failure, Retry};
    use reqwest::StatusCode;
    use std::time::Duration;

    #[test]
    fn each_status_leads_to_one_step() {
        let step = |status: u16| match kind_of(StatusCode::from_u16(status).unwrap()) {
            Some(kind) => format!("{status} {kind:?} → {:?}", Decision::on_kind(kind, None)),
            None => format!("{status} → {:?}", Decision::Done),
        };
        let statuses =
            [200, 204, 301, 400, 401, 403, 404, 405, 407, 408, 409, 413, 422, 425, 429, 500, 503, 599];
        insta::assert_snapshot!(statuses.map(step).join("\n"), @r"
        200 → Done
        204 → Done
        301 WrongAddress → Never
        400 RequestRejected → Never
        401 Unauthorized → SignIn
        403 Forbidden → Never
        404 WrongAddress → Never
        405 WrongAddress → Never
        407 Unreachable → Retry { after: None }
        408 Timeout → Retry { after: None }
        409 RequestRejected → Never
        413 RequestRejected → Never
        422 RequestRejected → Never
        425 RateLimited → Retry { after: None }
        429 RateLimited → Retry { after: None }
        500 Unavailable → Retry { after: None }
        503 Unavailable → Retry { after: None }
        599 Unavailable → Retry { after: None }
        ");
    }

    #[test]
    fn the_queue_retries_every_failure_that_a_call_retries() {
        for (kind, policy, _) in POLICIES {
            let step = Decision::on_kind(*kind, None);
            let transient = matches!(step, Decision::Retry { .. } | Decision::RetryOnce);
            assert!(!transient || *policy != Retry::Never, "{kind:?}");
        }
    }

    #[test]
    fn the_pause_asked_for_is_kept() {
        let pause = Some(Duration::from_secs(7));
        let failure = Failure::new(causeway_domain::FailureKind::RateLimited, "x", "y").after(pause);
        assert_eq!(Decision::on(&failure), Decision::Retry { after: pause });
    }
}
