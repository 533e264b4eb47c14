//! Text from a file that a person or another program wrote.

/// The text of `bytes`, without the byte-order mark that some editors put before it.
///
/// # Errors
/// Why it cannot be read as UTF-8.
pub fn plain_text(bytes: &[u8]) -> Result<&str, NotPlainText> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || alternates_with_nul(bytes) {
        return Err(NotPlainText::Utf16);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            Err(NotPlainText::NotUtf8 { line: 1 + before.iter().filter(|byte| **byte == b'\n').count() })
        }
    }
}

/// Why bytes are no text. The message follows "it", and quotes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPlainText {
    /// The encoding that Windows calls "Unicode" and PowerShell writes with `>`.
    #[error("is in UTF-16; save it as UTF-8")]
    Utf16,
    /// Another encoding, or no text at all.
    #[error("is not UTF-8 in line {line}; save it as UTF-8")]
    NotUtf8 {
        /// Line of the first byte that is not, from 1.
        line: usize,
    },
}

/// UTF-16 without a byte-order mark: every other byte of Latin text is NUL.
fn alternates_with_nul(bytes: &[u8]) -> bool {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let little = pairs.iter().all(|[low, high]| *high == 0 && *low != 0);
    let big = pairs.iter().all(|[high, low]| *high == 0 && *low != 0);
    rest.is_empty() && !pairs.is_empty() && (little || big)
}

#[cfg(test)]
mod tests {
    use super::{NotPlainText, plain_text};

    #[test]
    fn a_mark_is_not_text_and_another_encoding_is_named() {
        let utf16 = |text: &str, little: bool| -> Vec<u8> {
            let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        for text in ["", "token", "töken\n", "a\0b"] {
            assert_eq!(plain_text(text.as_bytes()), Ok(text));
            assert_eq!(plain_text(format!("\u{feff}{text}").as_bytes()), Ok(text));
        }
        for little in [true, false] {
            for text in ["token\r\n", "\u{feff}name = 1", "\u{feff}t\u{f6}ken", "\u{feff}"] {
                assert_eq!(plain_text(&utf16(text, little)), Err(NotPlainText::Utf16), "{text}");
            }
        }
        assert_eq!(plain_text(b"one\ntwo\nt\xf6ken"), Err(NotPlainText::NotUtf8 { line: 3 }));
    }
}
