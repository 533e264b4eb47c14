//! The text of a page as it is kept for replays.

use bytes::Bytes;

/// The answers behind a page, in a form that only their source reads ([`Source::replay`](crate::Source::replay)). The
/// store takes it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawPage(Vec<Bytes>);

impl RawPage {
    /// The text in one piece, as it is stored. A page of one answer is not copied.
    pub fn into_stored(self) -> Bytes {
        match <[Bytes; 1]>::try_from(self.0) {
            Ok([whole]) => whole,
            Err(pieces) => Bytes::from(pieces.concat()),
        }
    }
}

impl From<Bytes> for RawPage {
    fn from(answer: Bytes) -> Self {
        Self(vec![answer])
    }
}

impl FromIterator<Bytes> for RawPage {
    fn from_iter<I: IntoIterator<Item = Bytes>>(pieces: I) -> Self {
        Self(pieces.into_iter().collect())
    }
}
