//! Which object keys are accepted, so that no key can leave its store or hide in it.

use causeway_domain::{Failure, FailureKind};

/// Longest key in bytes (S3's limit).
const MAX_KEY: usize = 1024;

/// Checks a key: parts of ASCII letters, digits, `.`, `_` and `-`, joined by `/`; no part is empty, longer than a file
/// name may be, or starts with a dot.
///
/// # Errors
/// `NameInvalid`.
pub fn check(key: &str) -> Result<(), Failure> {
    if key.len() <= MAX_KEY && key.split('/').all(is_part) { Ok(()) } else { Err(invalid(key)) }
}

/// Checks a prefix of keys and gives the folder that holds all of them.
///
/// # Errors
/// `NameInvalid`.
pub fn folder_of_prefix(prefix: &str) -> Result<&str, Failure> {
    let (folder, start) = prefix.rsplit_once('/').unwrap_or(("", prefix));
    let folder_valid = folder.is_empty() && !prefix.starts_with('/') || folder.split('/').all(is_part);
    if folder_valid && (start.is_empty() || is_part(start)) { Ok(folder) } else { Err(invalid(prefix)) }
}

fn is_part(part: &str) -> bool {
    (1..=255).contains(&part.len())
        && !part.starts_with('.')
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn invalid(key: &str) -> Failure {
    Failure::new(FailureKind::NameInvalid, format!("object {key:?}"), "not a valid object key")
}

#[cfg(test)]
mod tests {
    use super::{check, folder_of_prefix};

    #[test]
    fn keys_stay_inside_the_store() {
        for good in ["a", "runs/plant-north/20260101T0000Z/pages/findings/main/000001-ab.ndjson.zst", "A_b.C"]
        {
            assert!(check(good).is_ok(), "{good}");
        }
        let (long, deep) = ("x".repeat(256), "abc/".repeat(256) + "d");
        for bad in [
            "", "/", "/etc", "a/", "a//b", "..", "a/../b", "a/.b", ".tmp/x", "a b", "ä", "a\\b", "a\0",
            &long, &deep,
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_prefix_may_end_anywhere() {
        for (prefix, folder) in [("", ""), ("ru", ""), ("runs/", "runs"), ("runs/plant/20", "runs/plant")] {
            assert_eq!(folder_of_prefix(prefix).unwrap(), folder, "{prefix:?}");
        }
        for bad in ["/", "/runs", "..", "../", "a//", "runs/.t", "a/../b"] {
            assert!(folder_of_prefix(bad).is_err(), "{bad:?}");
        }
    }
}
