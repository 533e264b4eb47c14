//! Two versions of the program at work side by side, as while a new one is rolled out: the next one cuts its batches
//! otherwise, waits otherwise, and writes fields that this one has never heard of.

/// Which version a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    This,
    Next,
}

impl Version {
    /// What this version makes of a JSON text that is written or sent. Lists and other contents stay as they are.
    pub(crate) fn writes(self, text: &[u8]) -> Option<Vec<u8>> {
        let rest =
            text.strip_prefix(b"{").filter(|rest| self == Self::Next && rest.first() == Some(&b'"'))?;
        Some([br#"{"added_by_the_next_version":[1],"#, rest].concat())
    }
}
