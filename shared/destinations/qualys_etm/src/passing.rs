//! Complaints about an asset that may pass, so that the asset is worth another try.
//!
//! No list of the endpoint's reasons is known. A phrase must name a passing state: reasons also quote data, and there 502 is
//! a port and a rate is a baud rate. What is not recognized counts as refused, which costs no more than waiting for the next
//! run.

use causeway_domain::FailureKind;

/// Phrases of a reason in lower case, its words separated by one space, and the failure they mean.
const PHRASES: [(&str, FailureKind); 14] = [
    ("rate limit", FailureKind::RateLimited),
    ("ratelimit", FailureKind::RateLimited),
    ("rate exceeded", FailureKind::RateLimited),
    ("too many requests", FailureKind::RateLimited),
    ("throttl", FailureKind::RateLimited),
    ("timeout", FailureKind::Timeout),
    ("timed out", FailureKind::Timeout),
    ("try again", FailureKind::Unavailable),
    ("try later", FailureKind::Unavailable),
    ("retry later", FailureKind::Unavailable),
    ("temporarily", FailureKind::Unavailable),
    ("service unavailable", FailureKind::Unavailable),
    ("internal server error", FailureKind::Unavailable),
    ("bad gateway", FailureKind::Unavailable),
];

/// Words that a status code follows.
const STATUS: [&str; 4] = ["http", "status", "code", "error"];

/// The kind of failure that `reason` means, if it may pass.
pub(crate) fn kind(reason: &str) -> Option<FailureKind> {
    let lower = reason.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    let phrase = PHRASES.iter().find(|(phrase, _)| starts_a_word(&text, phrase)).map(|(_, kind)| *kind);
    phrase.or_else(|| status(&words))
}

/// Whether `phrase` begins a word of `text`.
fn starts_a_word(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase)
        .any(|(at, _)| text.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(' ')))
}

/// The kind of failure of a status code: the whole reason, or one that a word introduces.
fn status(words: &[&str]) -> Option<FailureKind> {
    let introduced = words.windows(2).filter_map(|pair| match pair {
        [before, code] if STATUS.contains(before) => Some(*code),
        _ => None,
    });
    let whole = match words {
        [code] => Some(*code),
        _ => None,
    };
    introduced.chain(whole).find_map(|code| match code.parse::<u16>().ok()? {
        429 => Some(FailureKind::RateLimited),
        500..=599 => Some(FailureKind::Unavailable),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::kind;
    use causeway_domain::FailureKind::{RateLimited, Timeout, Unavailable};

    #[test]
    fn what_may_pass_is_told_from_what_does_not() {
        let passing = [
            ("RATE_LIMIT_EXCEEDED", RateLimited),
            ("Rate limit of 100 exceeded", RateLimited),
            ("request was throttled", RateLimited),
            ("429", RateLimited),
            ("HTTP 429", RateLimited),
            ("gateway timeout", Timeout),
            ("the lookup timed out", Timeout),
            ("Please try again later", Unavailable),
            ("temporarily not available", Unavailable),
            ("503 Service Unavailable", Unavailable),
            ("status: 502", Unavailable),
            ("error-code=500", Unavailable),
        ];
        for (reason, expected) in passing {
            assert_eq!(kind(reason), Some(expected), "{reason}");
        }
        let lasting = [
            "port 502 is malformed",
            "at most 500 characters",
            "baud rate is not a number",
            "separate the addresses",
            "macAddress is malformed",
            "error 422",
            "",
        ];
        for reason in lasting {
            assert_eq!(kind(reason), None, "{reason}");
        }
    }
}
