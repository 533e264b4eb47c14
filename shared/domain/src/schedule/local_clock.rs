//! From what a local clock shows to the instant at which it shows it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// What a clock change does to a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shift {
    /// Nothing.
    None,
    /// The clock is set forward over the wanted time: it starts just after the gap.
    Gap,
    /// The clock is set back and shows the wanted time twice: it starts the first time.
    Fold,
}

/// The first instant at which the clock of `zone` shows `wanted` or a later time; `None` beyond the years that can be
/// told apart.
pub(super) fn first_showing(zone: &TimeZone, wanted: DateTime) -> Option<(Timestamp, Shift)> {
    match zone.to_ambiguous_timestamp(wanted).offset() {
        AmbiguousOffset::Unambiguous { offset } => Some((offset.to_timestamp(wanted).ok()?, Shift::None)),
        AmbiguousOffset::Fold { before, .. } => Some((before.to_timestamp(wanted).ok()?, Shift::Fold)),
        AmbiguousOffset::Gap { after, .. } => {
            // Reckoned with the offset that is not in force yet, the wanted time lies shortly before the change.
            let before = after.to_timestamp(wanted).ok()?;
            let change = zone.following(before).find(|change| change.offset() == after)?;
            Some((change.timestamp(), Shift::Gap))
        }
    }
}
