//! Secrets by name. They never leave [`SecretText`] but for the one header or form that needs them (I-12).

use async_trait::async_trait;
use causeway_domain::plain_text::{NotPlainText, plain_text};
use causeway_domain::{Failure, FailureKind};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;

/// A secret's text; its `Debug` shows nothing.
pub type SecretText = secrecy::SecretString;

/// Where secrets are kept.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret called `name`.
    ///
    /// # Errors
    /// `SecretMissing` when there is none or it cannot be decrypted.
    async fn read(&self, name: &str, freshness: Freshness) -> Result<SecretText, Failure>;
}

/// Whether a briefly cached copy will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// A copy of the last minutes will do.
    Cached,
    /// Read past any cache: the last one was refused, it may have been rotated.
    Fresh,
}

/// What a person does with secrets.
#[async_trait]
pub trait SecretKeeper: Secrets {
    /// Stores `text` as `name`, replacing an earlier one.
    ///
    /// # Errors
    /// Those of [`check_name`] and of the store.
    async fn set(&self, name: &str, text: &SecretText) -> Result<(), Failure>;

    /// All secrets by name, sorted.
    async fn list(&self) -> Result<Vec<SecretEntry>, Failure>;

    /// Removes a secret; whether there was one.
    async fn delete(&self, name: &str) -> Result<bool, Failure>;
}

/// A secret without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretEntry {
    /// Its name.
    pub name: String,
    /// When it was last set.
    pub set_at: Timestamp,
}

const TOO_LONG: &str = "is longer than 64 KiB";

/// Longest secret, in bytes; Secrets Manager takes no longer one.
pub const LONGEST: usize = 64 << 10;

/// The secret called `name` in `bytes` as somebody typed, piped or sent them: one line of text. A byte-order mark before it
/// and one line end after it are not part of it.
///
/// # Errors
/// `SecretInvalid`, which tells nothing of its content.
pub fn one_line(name: &str, bytes: &[u8]) -> Result<SecretText, Failure> {
    let invalid = |detail: String| {
        Err(Failure::new(FailureKind::SecretInvalid, format!("secret {name}"), format!("it {detail}")))
    };
    let text = match plain_text(bytes) {
        Ok(text) => text,
        Err(NotPlainText::NotUtf8 { .. }) if bytes.len() > LONGEST => return invalid(TOO_LONG.to_owned()),
        Err(problem) => return invalid(problem.to_string()),
    };
    let line = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if line.len() > LONGEST {
        return invalid(TOO_LONG.to_owned());
    }
    if line.is_empty() {
        return invalid("is empty".to_owned());
    }
    if line.chars().all(is_blank) {
        return invalid("holds nothing but white space".to_owned());
    }
    if line.contains(['\n', '\u{85}', '\u{2028}', '\u{2029}']) {
        return invalid("has several lines".to_owned());
    }
    // A tab may stand in a password; no other control character can be typed where it is asked for.
    match line.chars().enumerate().find(|(_, c)| c.is_control() && *c != '\t') {
        Some((at, c)) => {
            invalid(format!("has the control character U+{:04X} in place {}", u32::from(c), at + 1))
        }
        None => Ok(SecretText::from(line)),
    }
}

/// A stored secret as it is used. Other programs than Causeway may have stored it, a byte-order mark included.
///
/// # Errors
/// The problem, in words that follow the secret's name.
pub fn usable(text: SecretText) -> Result<SecretText, &'static str> {
    let exposed = text.expose_secret();
    if exposed.chars().all(is_blank) {
        return Err(if exposed.is_empty() { "is empty" } else { "holds nothing but white space" });
    }
    match exposed.strip_prefix('\u{feff}') {
        Some(rest) => Ok(SecretText::from(rest)),
        None => Ok(text),
    }
}

/// White space, and what shows as nothing.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Checks the name of a secret.
///
/// # Errors
/// `NameInvalid` unless it is 1 to 63 lower-case letters, digits, `-`, `_` and `.`, a letter first.
pub fn check_name(name: &str) -> Result<(), Failure> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    let starts = name.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
    if starts && name.len() <= 63 && name.bytes().all(allowed) {
        Ok(())
    } else {
        // It may be the secret itself, given in the wrong place.
        let given = name.chars().count();
        let detail = format!(
            "what was given, of {given} characters, is not a valid name and is not shown, because it may be a secret; \
             hyphens, underscores and dots may follow the first letter"
        );
        Err(Failure::new(FailureKind::NameInvalid, "name of a secret", detail))
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, SecretText, check_name, one_line, usable};
    use causeway_domain::FailureKind;
    use secrecy::ExposeSecret;

    #[test]
    fn a_secret_is_one_line_without_what_editors_and_pipes_add() {
        let longest = "x".repeat(LONGEST);
        for text in ["hunter2", " pass word ", "p\tq", "paß", longest.as_str()] {
            for written in
                [text.to_owned(), format!("{text}\n"), format!("{text}\r\n"), format!("\u{feff}{text}\n")]
            {
                assert_eq!(one_line("token", written.as_bytes()).unwrap().expose_secret(), text);
            }
        }
    }

    #[test]
    fn what_no_token_or_password_can_be_is_told_and_not_shown() {
        let utf16: Vec<u8> = "hunter2\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let long = [b"hunter2".as_slice(), &vec![b'x'; LONGEST]].concat();
        let cases: [(&[u8], &str); 13] = [
            (b"", "it is empty"),
            (b"\r\n", "it is empty"),
            (b"\xef\xbb\xbf\n", "it is empty"),
            (b"  \t \n", "it holds nothing but white space"),
            ("\u{a0}\u{200b}".as_bytes(), "it holds nothing but white space"),
            (b"hunter2\nb\n", "it has several lines"),
            ("hunter2\u{2028}b".as_bytes(), "it has several lines"),
            (b"hunter2\rb", "it has the control character U+000D in place 8"),
            (b"hunter2\r", "it has the control character U+000D in place 8"),
            (b"h\0unter2", "it has the control character U+0000 in place 2"),
            (&utf16, "it is in UTF-16; save it as UTF-8"),
            (b"hunter2\xf6", "it is not UTF-8 in line 1; save it as UTF-8"),
            (&long, "it is longer than 64 KiB"),
        ];
        for (bytes, told) in cases {
            let failure = one_line("token", bytes).unwrap_err();
            assert_eq!((failure.kind, failure.detail.as_str()), (FailureKind::SecretInvalid, told));
        }
    }

    #[test]
    fn a_stored_secret_is_used_without_its_mark() {
        let used = |text: &str| usable(SecretText::from(text)).map(|text| text.expose_secret().to_owned());
        assert_eq!(used("\u{feff}hunter2\n").as_deref(), Ok("hunter2\n"));
        assert_eq!(used(" hunter2").as_deref(), Ok(" hunter2"));
        assert_eq!(used(" \u{feff}\n"), Err("holds nothing but white space"));
        assert_eq!(used(""), Err("is empty"));
    }

    #[test]
    fn what_is_given_as_a_name_is_not_repeated() {
        let failure = check_name("eyJhbGciOi.hunter2").unwrap_err();
        assert!(
            !failure.to_string().contains("hunter2") && failure.detail.contains("18 characters"),
            "{failure}"
        );
    }
}
