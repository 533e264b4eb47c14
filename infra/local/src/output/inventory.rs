//! Records of the ledger as rows of a table.

use super::Tone;
use causeway_domain::{FindingStatus, Stream};
use causeway_views::{InventoryRecord, words};

/// A cell of the table.
pub(crate) fn cell(record: &InventoryRecord, column: Column) -> (String, Tone) {
    let plain = |text: &str| (text.to_owned(), Tone::Plain);
    let optional = |text: &Option<String>| (text.clone().unwrap_or_default(), Tone::Plain);
    match column {
        Column::Asset => plain(&record.asset),
        Column::Finding => plain(&record.finding),
        Column::Host => plain(record.described.host.as_ref().unwrap_or(&record.asset)),
        Column::Addresses => plain(&record.described.addresses.join(" ")),
        Column::Site => optional(&record.site),
        Column::Category => optional(&record.category),
        Column::Severity => optional(&record.described.severity),
        Column::Status => status_cell(record),
        Column::LastSeen => {
            let tone = if record.seen_last { Tone::Plain } else { Tone::Warn };
            (record.last_seen.to_string(), tone)
        }
        Column::Unseen if record.status == FindingStatus::Gone => status_cell(record),
        Column::Unseen if record.seen_last => plain("last run"),
        Column::Unseen => ("earlier".to_owned(), Tone::Warn),
        Column::Why => {
            let rule = record.why.as_ref().and_then(|why| why.rule);
            plain(&rule.map(words::name).unwrap_or_default())
        }
    }
}

fn status_cell(record: &InventoryRecord) -> (String, Tone) {
    let day = record.fixed_on.as_deref().and_then(|date| date.get(..10));
    let since = day.map(|day| format!(" {day}")).unwrap_or_default();
    match record.status {
        FindingStatus::Open => ("open".to_owned(), Tone::Plain),
        FindingStatus::Fixed => (format!("fixed{since}"), Tone::Good),
        FindingStatus::Irrelevant => (format!("irrelevant{since}"), Tone::Dim),
        FindingStatus::Gone => (format!("gone{since}"), Tone::Dim),
    }
}

/// Columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Asset,
    Finding,
    Host,
    Addresses,
    Site,
    Category,
    Severity,
    Status,
    /// The run.
    LastSeen,
    /// Whether that was the newest run.
    Unseen,
    Why,
}

impl Column {
    /// The columns of a stream; `why` takes the space of the less important ones.
    pub(crate) fn of(stream: Stream, why: bool) -> &'static [Self] {
        match (stream, why) {
            (Stream::Assets, false) => {
                &[Self::Asset, Self::Host, Self::Addresses, Self::Site, Self::Category, Self::Unseen]
            }
            (Stream::Assets, true) => &[Self::Asset, Self::Host, Self::LastSeen, Self::Why],
            (Stream::Findings, false) => {
                &[Self::Finding, Self::Host, Self::Site, Self::Severity, Self::Status, Self::Unseen]
            }
            (Stream::Findings, true) => &[Self::Finding, Self::Host, Self::Status, Self::LastSeen, Self::Why],
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Finding => "finding",
            Self::Host => "host",
            Self::Addresses => "addresses",
            Self::Site => "site",
            Self::Category => "category",
            Self::Severity => "severity",
            Self::Status => "status",
            Self::LastSeen => "last seen in run",
            Self::Unseen => "last seen",
            Self::Why => "why",
        }
    }
}
