//! The [`FailureKind`] of a request that failed without a complete response.

use crate::Origin;
use causeway_domain::{Failure, FailureKind};
use rustls::CertificateError;
use std::error::Error;
use std::io;
use std::time::Duration;

/// The failure of a request without a status.
pub(crate) fn of_request(
    subject: &str,
    origin: &Origin,
    timeout: Duration,
    error: &reqwest::Error,
) -> Failure {
    if let Some(tls) = tls_cause(error) {
        return of_tls(subject, origin, tls);
    }
    let (kind, detail) = if error.is_connect() && error.is_timeout() {
        (FailureKind::Unreachable, format!("connecting to {origin} timed out"))
    } else if error.is_timeout() {
        (FailureKind::Timeout, format!("no complete answer from {origin} within {} s", timeout.as_secs()))
    } else if error.is_connect() {
        (FailureKind::Unreachable, format!("no connection to {origin}: {}", innermost(error)))
    } else if error.is_builder() {
        (FailureKind::DefinitionInvalid, format!("the request cannot be built: {}", innermost(error)))
    } else {
        (FailureKind::Unreachable, format!("{origin} closed the connection: {}", innermost(error)))
    };
    Failure::new(kind, subject, detail)
}

/// The failure of a body that stopped after `read` bytes.
pub(crate) fn of_body(
    subject: &str,
    origin: &Origin,
    timeout: Duration,
    read: usize,
    error: &reqwest::Error,
) -> Failure {
    if error.is_timeout() {
        return of_request(subject, origin, timeout, error);
    }
    let detail = format!("the answer of {origin} stopped after {read} bytes: {}", innermost(error));
    Failure::new(FailureKind::TruncatedAnswer, subject, detail)
}

/// The failure of a TLS handshake.
pub(crate) fn of_tls(subject: &str, origin: &Origin, error: &rustls::Error) -> Failure {
    let detail = match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            format!("the certificate of {origin} comes from an authority that is not trusted here")
        }
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => {
            format!("the certificate of {origin} has expired")
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => format!("the certificate of {origin} is for another name"),
        other => format!("no TLS handshake with {origin}: {other}"),
    };
    Failure::new(FailureKind::Tls, subject, detail)
}

/// The TLS error in a chain. `io::Error` hides the error it wraps from `source`, so it is unwrapped by hand.
pub(crate) fn tls_cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    std::iter::successors(Some(error), |error| (*error).source()).find_map(
        |cause: &'a (dyn Error + 'static)| {
            let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            cause
                .downcast_ref::<rustls::Error>()
                .or_else(|| wrapped.and_then(|inner| tls_cause(inner as &(dyn Error + 'static))))
        },
    )
}

/// The last message of a chain: it names the cause, the others repeat the request.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let last = std::iter::successors(Some(error), |error| (*error).source()).last().unwrap_or(error);
    last.to_string()
}
