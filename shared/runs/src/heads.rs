//! What stands between key and body of a line, compared as text.
//!
//! Nearly all records of a run are as the ledger has them. Parsing both and writing the same line again would be most of
//! the work of reconciling, so such lines are recognised by their text and copied. A line that is written in any other way
//! than `StagedRecord` and `LedgerRecord` are is not recognised; it is parsed, which is slower and just as right.

use crate::merge::Line;
use causeway_reconcile::mutant;
use std::ops::Range;

/// A record of the run that the ledger has in the very same words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Alike {
    /// Where the ledger's line names the run that last saw it.
    pub(crate) last_seen: Range<usize>,
    /// Where the ledger's line has its scope.
    pub(crate) scope: Range<usize>,
    /// Whether its status is open.
    pub(crate) open: bool,
}

/// What stands in place of the content hash of an asset without a record.
const MINIMAL: &[u8] = b"minimal";

/// Reads on in a text.
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

    /// Goes past `words`, if they come next.
    fn past(&mut self, words: &[u8]) -> Option<()> {
        self.rest().starts_with(words).then(|| self.at += words.len())
    }

    /// Goes past `before` and the string behind it, whose opening quote `before` has, and says where the string is.
    fn string(&mut self, before: &[u8]) -> Option<Range<usize>> {
        self.past(before)?;
        let end =
            memchr::memchr2(b'"', b'\\', self.rest()).filter(|at| self.rest().get(*at) == Some(&b'"'))?;
        let range = self.at..self.at + end;
        self.at = range.end + 1;
        Some(range)
    }

    /// Goes past an object of strings and words, and says where it is.
    fn flat_object(&mut self) -> Option<Range<usize>> {
        self.rest().starts_with(b"{").then_some(())?;
        self.flat(b'}')
    }

    /// Goes past the vendor's key, if it comes next, and says where its list is.
    fn vendor_key(&mut self) -> Option<Range<usize>> {
        self.past(VENDOR_KEY)?;
        self.flat(b']')
    }

    /// Goes past what ends with `last`, strings apart, and says where it is.
    fn flat(&mut self, last: u8) -> Option<Range<usize>> {
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
        let end = self.rest().iter().position(ends)?;
        let range = self.at..self.at + end + 1;
        self.at = range.end;
        Some(range)
    }

    fn part(&self, range: &Range<usize>) -> &'t [u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

const STATUS: &[u8] = br#","status":""#;
const FIXED_ON: &[u8] = br#","fixed_on":""#;
const CLOSED_BY: &[u8] = br#","closed_by":""#;
const SCOPE: &[u8] = br#","scope":"#;
const VENDOR_KEY: &[u8] = br#","vendor_key":"#;
const PARTS_READ: &[u8] = br#","parts_read":""#;
const HASH_OF: &[u8] = br#","hash":""#;
const FIRST_SEEN: &[u8] = br#","first_seen":""#;
const LAST_SEEN: &[u8] = br#","last_seen":""#;
const MISSING: &[u8] = br#","missing":"#;
const BODY: &[u8] = br#","body":"#;

/// Whether the run saw exactly what the ledger has and did not miss it before. Then the next ledger has the same line, but
/// for the run that last saw it.
pub(crate) fn alike(seen: &Line, known: &Line) -> Option<Alike> {
    let mut seen_at = Reader::behind_key(seen);
    let mut known_at = Reader::behind_key(known);
    seen_at.past(br#","part":"#)?;
    seen_at.at += seen_at.rest().iter().position(|byte| !byte.is_ascii_digit())?;
    let status = seen_at.string(STATUS)?;
    let status = seen_at.part(&status);
    let known_status = known_at.string(STATUS)?;
    let open = status == b"open";
    if known_at.part(&known_status) != status || (!open && seen.finding().is_empty()) {
        return None;
    }
    if !open {
        let fixed_on = seen_at.string(FIXED_ON).map(|range| seen_at.part(&range));
        let known_since = known_at.string(FIXED_ON)?;
        let by = known_at.string(CLOSED_BY)?;
        // Closed without a date: it stays the day on which that was noticed.
        let same = fixed_on.is_none_or(|fixed_on| fixed_on == known_at.part(&known_since));
        if !same || known_at.part(&by) != b"vendor" {
            return None;
        }
    }
    seen_at.past(SCOPE)?;
    known_at.past(SCOPE)?;
    let scope_seen = seen_at.flat_object()?;
    let scope = known_at.at..known_at.at + scope_seen.len();
    known_at.past(seen_at.part(&scope_seen))?;
    let vendor_key = seen_at.vendor_key().map(|range| seen_at.part(&range));
    if vendor_key != known_at.vendor_key().map(|range| known_at.part(&range)) {
        return None;
    }
    seen_at.string(PARTS_READ);
    let hash = seen_at.string(HASH_OF)?;
    let known_hash = known_at.string(HASH_OF)?;
    let same = seen_at.part(&hash) == known_at.part(&known_hash) || mutant::on("copies-what-changed");
    if seen_at.part(&hash) == MINIMAL || !same {
        return None;
    }
    known_at.string(FIRST_SEEN)?;
    let last_seen = known_at.string(LAST_SEEN)?;
    seen_at.past(BODY)?;
    known_at.past(BODY)?;
    // The hash says so already; looking costs next to nothing.
    let same = seen_at.rest() == known_at.rest() || mutant::on("copies-what-changed");
    same.then_some(Alike { last_seen, scope, open })
}

/// Whether the ledger has a finding as closed that no run of late saw, so that missing it again changes nothing.
pub(crate) fn closed_before(known: &Line, run: &str) -> bool {
    let mut at = Reader::behind_key(known);
    let mut read = || {
        let status = at.string(STATUS).map(|range| at.part(&range) != b"open")?;
        at.string(FIXED_ON);
        at.string(CLOSED_BY)?;
        at.past(SCOPE)?;
        at.flat_object()?;
        at.vendor_key();
        at.string(HASH_OF)?;
        at.string(FIRST_SEEN)?;
        let last_seen = at.string(LAST_SEEN)?;
        let of_this_run = at.part(&last_seen) == run.as_bytes();
        if at.past(MISSING).is_some() {
            at.at += at.rest().iter().position(|byte| !byte.is_ascii_digit())?;
        }
        at.past(BODY)?;
        Some(status && !of_this_run && !known.finding().is_empty())
    };
    read().unwrap_or_default()
}

/// The scope of a staged line as text; `None` where it has to be parsed.
pub(crate) fn scope_text(seen: &Line) -> Option<&[u8]> {
    let mut at = Reader::behind_key(seen);
    at.past(br#","part":"#)?;
    at.at += at.rest().iter().position(|byte| !byte.is_ascii_digit())?;
    at.string(STATUS)?;
    at.string(FIXED_ON);
    at.past(SCOPE)?;
    let scope = at.flat_object()?;
    Some(at.part(&scope))
}
