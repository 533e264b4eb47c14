//! The fields between key and body of a line, found in its text without parsing it.
//!
//! Nearly all records of a run are as the ledger has them. Parsing both lines and writing one again would be most of the work
//! of reconciling, so their texts are compared. A line that is not written as this program writes it has no such fields; it is
//! parsed, which is slower and just as right.

use crate::line::Line;
use crate::name;
use std::ops::Range;

/// Texts of the fields of a staged line. Strings come without their quotes and as they are written, escapes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StagedFields<'t> {
    /// Vendor's status.
    pub status: &'t [u8],
    /// When the vendor saw it resolved.
    pub fixed_on: Option<&'t [u8]>,
    /// Scope it was seen in, a JSON object.
    pub scope: &'t [u8],
    /// The vendor's own key, a JSON list.
    pub vendor_key: Option<&'t [u8]>,
    /// Content hash.
    pub hash: &'t [u8],
    /// The body and the end of the line.
    pub body: &'t [u8],
}

/// Texts of the fields of a ledger line, as in [`StagedFields`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerFields<'t> {
    /// Status at the destination.
    pub status: &'t [u8],
    /// Since when it is closed.
    pub fixed_on: Option<&'t [u8]>,
    /// The authority that closed it.
    pub closed_by: Option<&'t [u8]>,
    /// Scope it was last seen in.
    pub scope: &'t [u8],
    /// The vendor's own key.
    pub vendor_key: Option<&'t [u8]>,
    /// Content hash as last sent.
    pub hash: &'t [u8],
    /// Where the line names the run that last saw it.
    pub last_seen: Range<usize>,
    /// Whether it was missed in the last runs.
    pub is_missing: bool,
    /// The body and the end of the line.
    pub body: &'t [u8],
}

impl<'t> StagedFields<'t> {
    /// The fields of `line`.
    pub fn of(line: &'t Line) -> Option<Self> {
        let mut at = Reader::behind_key(line);
        at.number(name::PART)?;
        let (status, fixed_on) = (at.string(name::STATUS)?, at.string(name::FIXED_ON));
        let (scope, vendor_key) = (at.flat(name::SCOPE, b'{', b'}')?, at.flat(name::VENDOR_KEY, b'[', b']'));
        at.string(name::PARTS_READ);
        let hash = at.string(name::HASH)?;
        at.past(name::BODY)?;
        Some(Self { status, fixed_on, scope, vendor_key, hash, body: at.rest() })
    }
}

impl<'t> LedgerFields<'t> {
    /// The fields of `line`.
    pub fn of(line: &'t Line) -> Option<Self> {
        let mut at = Reader::behind_key(line);
        let (status, fixed_on) = (at.string(name::STATUS)?, at.string(name::FIXED_ON));
        let closed_by = at.string(name::CLOSED_BY);
        let (scope, vendor_key) = (at.flat(name::SCOPE, b'{', b'}')?, at.flat(name::VENDOR_KEY, b'[', b']'));
        let hash = at.string(name::HASH)?;
        at.string(name::FIRST_SEEN)?;
        let last_seen = at.string(name::LAST_SEEN)?.len();
        let last_seen = at.at - 1 - last_seen..at.at - 1;
        let is_missing = at.number(name::MISSING).is_some();
        at.past(name::BODY)?;
        let body = at.rest();
        Some(Self { status, fixed_on, closed_by, scope, vendor_key, hash, last_seen, is_missing, body })
    }
}

/// Reads on in the text of a line. Each method leaves the position where it is if the member does not come next.
#[derive(Clone, Copy)]
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    fn behind_key(line: &'t Line) -> Self {
        Self { text: &line.text, at: line.behind_key() }
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes past `name`.
    fn past(&mut self, name: &[u8]) -> Option<()> {
        self.rest().starts_with(name).then(|| self.at += name.len())
    }

    /// Goes past a string without escapes and gives its text.
    fn string(&mut self, name: &[u8]) -> Option<&'t [u8]> {
        let text = self.rest().strip_prefix(name)?.strip_prefix(b"\"")?;
        let end = memchr::memchr2(b'"', b'\\', text).filter(|at| text.get(*at) == Some(&b'"'))?;
        self.at += name.len() + end + 2;
        text.get(..end)
    }

    /// Goes past a whole number.
    fn number(&mut self, name: &[u8]) -> Option<()> {
        let text = self.rest().strip_prefix(name)?;
        self.at += name.len() + text.iter().position(|byte| !byte.is_ascii_digit())?;
        Some(())
    }

    /// Goes past an object or list that has no other in it, and gives its text.
    fn flat(&mut self, name: &[u8], first: u8, last: u8) -> Option<&'t [u8]> {
        let text = self.rest().strip_prefix(name).filter(|text| text.first() == Some(&first))?;
        let (mut quoted, mut escaped) = (false, false);
        let ends = |byte: &u8| {
            match (*byte, quoted, escaped) {
                (_, true, true) => escaped = false,
                (b'\\', true, false) => escaped = true,
                (b'"', _, false) => quoted = !quoted,
                (byte, false, _) if byte == last => return true,
                _ => {}
            }
            false
        };
        let length = text.iter().position(ends)? + 1;
        self.at += name.len() + length;
        text.get(..length)
    }
}
