//! One failure type at every border, and the one table that says of each kind whether to retry and what an
//! operator does about it.
//!
//! Crates keep typed errors of their own inside; whatever crosses a port becomes a [`Failure`], which is also what
//! runs store and people read. A failure never holds a secret nor a whole request or answer body (I-12).

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What went wrong, to whom, and for how long the other side asked us to stay away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{subject}: {detail}")]
pub struct Failure {
    /// Decides retry and advice, see [`FailureKind::policy`].
    pub kind: FailureKind,
    /// What it happened to: `POST /api/v1/devices/`, `page findings/12`, `connection plant-north`.
    pub subject: String,
    /// What was seen, in one sentence without a full stop.
    pub detail: String,
    /// The pause the other side asked for (`Retry-After`), if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure of `kind` that happened to `subject`.
    pub fn new(kind: FailureKind, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, subject: subject.into(), detail: detail.into(), retry_after: None }
    }

    /// The same failure with the pause that the other side asked for.
    #[must_use]
    pub fn after(mut self, pause: Option<Duration>) -> Self {
        self.retry_after = pause;
        self
    }

    /// When to try again.
    pub fn retry(&self) -> Retry {
        self.kind.policy().0
    }

    /// One sentence that tells an operator what to do.
    pub fn advice(&self) -> &'static str {
        self.kind.policy().1
    }
}

/// When work that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Trying again cannot help; the work is dead-lettered at once.
    Never,
    /// After a growing pause, until the message has been received too often.
    Backoff,
    /// After the pause the other side names; does not count as a failed attempt.
    AfterPause,
}

/// The kinds of failure, grouped by where they arise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    // The way to a vendor or destination.
    /// Name resolution, connection refused, connection reset.
    Unreachable,
    /// The certificate does not verify, or the handshake failed.
    Tls,
    /// No answer in time.
    Timeout,
    // What it answered.
    /// 401: the token or password is missing, wrong or expired.
    Unauthorized,
    /// 403: known, but not allowed.
    Forbidden,
    /// 404 or 405: the address is not that of the API.
    WrongAddress,
    /// 429, or what this vendor says instead.
    RateLimited,
    /// 5xx.
    Unavailable,
    /// 400 or 422 that is not about a field we may drop.
    RequestRejected,
    /// The vendor no longer offers a field that a required target needs.
    RequiredFieldRejected,
    /// Not from the API at all: HTML, or text that is no JSON.
    UnexpectedAnswer,
    /// From the API, but not as it promises: JSON of another shape, a value or a count that cannot be read, an error
    /// inside a 200.
    MalformedAnswer,
    /// The answer ended in the middle.
    TruncatedAnswer,
    /// The cursor of a chain is no longer valid.
    CursorExpired,
    /// The answer is larger than the limit.
    AnswerTooLarge,
    // What a person wrote.
    /// A connection definition is wrong.
    DefinitionInvalid,
    /// A transform map is wrong.
    MapInvalid,
    /// No secret of that name, or it cannot be decrypted.
    SecretMissing,
    /// A secret that no token or password can be.
    SecretInvalid,
    /// No such connection, run, page or object.
    NotFound,
    /// The name or id has a form that is not allowed.
    NameInvalid,
    // Our own stores.
    /// The object store or queue did not answer.
    StoreUnavailable,
    /// No space left, or a quota reached.
    StoreFull,
    /// A stored object is not what was written.
    StoreDamaged,
    /// The bucket, queue or schedule group does not exist, or is in another region.
    StoreMissing,
    /// The role or the credentials in use may not do this to our own stores.
    AccessDenied,
    /// Somebody else changed the same thing first.
    Conflict,
    // The run itself.
    /// A run of this connection is in progress.
    RunInProgress,
    /// The run was overtaken by a newer one.
    Superseded,
    /// The deadline passed before the run was decided.
    DeadlinePassed,
    /// The plan waits for a person.
    Held,
    /// The destination refused records.
    DeliveryRejected,
    /// What was asked for cannot be done to a run that ended so.
    NotPossible,
    /// Work was cut short, by a time limit or by a fault of the program itself.
    CutShort,
    /// A queue message cannot be read.
    MessageInvalid,
}

impl FailureKind {
    /// When to retry and what to do, from [`POLICIES`].
    pub fn policy(self) -> (Retry, &'static str) {
        let row = POLICIES.iter().find(|(kind, _, _)| *kind == self);
        row.map_or((Retry::Never, "See `causeway run show`."), |(_, retry, advice)| (*retry, *advice))
    }
}

/// The one table: kind → when to retry → what an operator does.
pub const POLICIES: &[(FailureKind, Retry, &str)] = {
    use FailureKind as K;
    use Retry::{AfterPause, Backoff, Never};
    &[
        (
            K::Unreachable,
            Backoff,
            "Check the host name, DNS, proxy and firewall between Causeway and this address.",
        ),
        (
            K::Tls,
            Never,
            "Check the certificate of this host; for a private authority set `ca_file` in the connection.",
        ),
        (
            K::Timeout,
            Backoff,
            "The server is slow: lower `page_size`, raise `timeout_seconds`, or run at a quieter time.",
        ),
        (
            K::Unauthorized,
            Never,
            "Create a new token or password, store it with `causeway secret set`, and run again.",
        ),
        (
            K::Forbidden,
            Never,
            "Give the API user the read-only role and the sites or modules this endpoint needs.",
        ),
        (
            K::WrongAddress,
            Never,
            "Check the URL in the connection: it is the API's base address, without a path.",
        ),
        (
            K::RateLimited,
            AfterPause,
            "No action needed: Causeway waits as requested; lower `requests_per_second` if it happens in every run.",
        ),
        (
            K::Unavailable,
            Backoff,
            "The server has a fault; Causeway retries. If it persists, see the vendor's status page.",
        ),
        (
            K::RequestRejected,
            Never,
            "The API refused the request: check filters and settings, and whether the vendor's API has changed.",
        ),
        (
            K::RequiredFieldRejected,
            Never,
            "Edit the map: a required target reads a field that the vendor no longer offers.",
        ),
        (
            K::UnexpectedAnswer,
            Backoff,
            "Something other than the API answered (proxy, login page, error page): check the URL and the network path to it.",
        ),
        (
            K::MalformedAnswer,
            Backoff,
            "The API itself sent this response: compare it with the vendor's documentation, and report it to the vendor if it persists.",
        ),
        (
            K::TruncatedAnswer,
            Backoff,
            "The connection broke during a response; if it happens often, lower `page_size`.",
        ),
        (
            K::CursorExpired,
            Never,
            "The vendor dropped its place in the list several times: raise `page_size`, or run at a quieter time.",
        ),
        (
            K::AnswerTooLarge,
            Never,
            "Lower `page_size` so that one page fits, or raise `max_answer_mib` if responses of this size are expected.",
        ),
        (
            K::DefinitionInvalid,
            Never,
            "Correct the connection file where the message points and apply it again.",
        ),
        (
            K::MapInvalid,
            Never,
            "Correct the map where the message points; `causeway map check` shows all mistakes.",
        ),
        (
            K::SecretMissing,
            Never,
            "Store it with `causeway secret set NAME`; a damaged one must be stored again.",
        ),
        (
            K::SecretInvalid,
            Never,
            "Store the token or password alone: one line of UTF-8 text of at most 64 KiB.",
        ),
        (
            K::NotFound,
            Never,
            "Check the name; `causeway connection list`, `runs` and `map list` show what exists.",
        ),
        (
            K::NameInvalid,
            Never,
            "Use 1 to 63 lower-case letters, digits and hyphens, starting with a letter.",
        ),
        (
            K::StoreUnavailable,
            Backoff,
            "Check that the home folder (or bucket and queue) exists and is writable.",
        ),
        // Work is never given up for want of space, or a run would be lost that could go on.
        (
            K::StoreFull,
            AfterPause,
            "Free some disk space or raise the quota; the next `causeway run` resumes where this one stopped.",
        ),
        (
            K::StoreDamaged,
            Never,
            "Restore the named object from a backup; `causeway doctor` shows what depends on it. Nothing is closed on damaged data.",
        ),
        (
            K::StoreMissing,
            Backoff,
            "Compare the names of bucket, queue and schedule group, and the region, with the outputs of the stack.",
        ),
        // A permission that was just granted takes a while to hold everywhere.
        (
            K::AccessDenied,
            Backoff,
            "Grant the named role or user the permission it was refused; the stack's template grants everything a function needs.",
        ),
        (
            K::Conflict,
            Backoff,
            "Someone else changed it at the same time: review it and repeat if still wanted.",
        ),
        (K::RunInProgress, Never, "Wait until it ends, or watch it with `causeway runs`."),
        (K::Superseded, Never, "No action needed: a newer run of this connection has taken over."),
        (
            K::DeadlinePassed,
            Never,
            "See what is missing with `causeway run show`; fix the cause or raise `deadline_minutes`, then `causeway redrive`.",
        ),
        (
            K::Held,
            Never,
            "Nothing was sent. Review it with `causeway plan show`, then `causeway plan approve` or `causeway plan discard` it.",
        ),
        (
            K::DeliveryRejected,
            Never,
            "See the refused records with `causeway run show`; `causeway redrive` or the next run sends them again.",
        ),
        (K::NotPossible, Never, "Nothing was changed; `causeway run show RUN` shows the state of the run."),
        (
            K::CutShort,
            Backoff,
            "Raise the time limit of the function or lower `page_size`; if the same work fails every time, report it with its log lines.",
        ),
        (
            K::MessageInvalid,
            Never,
            "The message was moved to the dead letters; it was written by another version or by hand.",
        ),
    ]
};

#[cfg(test)]
mod tests {
    use super::{FailureKind, POLICIES};

    #[test]
    fn every_kind_has_one_row_and_advice_is_one_sentence() {
        for (kind, _, advice) in POLICIES {
            assert_eq!(POLICIES.iter().filter(|(other, _, _)| other == kind).count(), 1, "{kind:?}");
            assert!(advice.ends_with('.'), "{kind:?}");
        }
        // The last kind in declaration order has the index of the last row.
        assert_eq!(POLICIES.len(), FailureKind::MessageInvalid as usize + 1);
    }
}
