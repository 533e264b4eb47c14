//! Files that a person names on the command line or in a connection file.

use causeway_domain::plain_text::plain_text;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// The text of `path`, without a byte-order mark.
///
/// # Errors
/// Those of the file system; `InvalidData`, in words for a person, when it is not UTF-8.
pub(crate) fn read(path: impl AsRef<Path>) -> Result<String> {
    let bytes = std::fs::read(path)?;
    let text =
        plain_text(&bytes).map_err(|problem| Error::new(ErrorKind::InvalidData, format!("it {problem}")))?;
    Ok(text.to_owned())
}
