//! One record of the ledger, as people, scripts and spreadsheets see it.

use super::{Tone, words};
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::ClosedBy;
use causeway_domain::{Failure, FindingStatus, RunId, Stream};
use causeway_views::{Described, Found};
use serde::Serialize;
use serde_json::value::RawValue;

/// A record with what its body says.
#[derive(Debug, Serialize)]
pub(crate) struct Known {
    pub(crate) asset: String,
    /// Empty for an asset.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) finding: String,
    #[serde(flatten)]
    pub(crate) described: Described,
    pub(crate) site: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) retired: Option<bool>,
    pub(crate) status: FindingStatus,
    pub(crate) fixed_on: Option<String>,
    pub(crate) closed_by: Option<ClosedBy>,
    pub(crate) first_seen: RunId,
    pub(crate) last_seen: RunId,
    /// Whether the run that wrote the ledger saw it.
    pub(crate) seen_last: bool,
    /// Complete runs in a row that missed it.
    pub(crate) missing: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<Why>,
    /// The mapped record as last sent.
    pub(crate) body: Box<RawValue>,
}

/// What the run that wrote the ledger decided, and in words why.
#[derive(Debug, Serialize)]
pub(crate) struct Why {
    pub(crate) verdict: Option<Verdict>,
    pub(crate) rule: Option<Rule>,
    pub(crate) reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirmed_by: Option<u32>,
}

impl Known {
    /// Reads a record that was found in the ledger which `run` wrote.
    pub(crate) fn of(found: &Found, run: &RunId) -> Result<Self, Failure> {
        let record = found.record()?;
        let why = found.decision.map(|decision| Why {
            verdict: decision.verdict,
            rule: decision.rule,
            reason: decision.rule.map_or("the verdicts of that run were removed", words::reason),
            confirmed_by: decision.confirmed_by,
        });
        Ok(Self {
            seen_last: record.last_seen == *run,
            described: found.described()?,
            asset: record.asset.into_owned(),
            finding: record.finding.into_owned(),
            site: record.scope.site.map(Into::into),
            category: record.scope.category.map(Into::into),
            retired: record.scope.retired,
            status: record.status,
            fixed_on: record.fixed_on.map(Into::into),
            closed_by: record.closed_by,
            first_seen: record.first_seen,
            last_seen: record.last_seen,
            missing: record.missing,
            why,
            body: record.body.to_owned(),
        })
    }

    /// A cell of the table.
    pub(crate) fn cell(&self, column: Column) -> (String, Tone) {
        let plain = |text: &str| (text.to_owned(), Tone::Plain);
        let optional = |text: &Option<String>| (text.clone().unwrap_or_default(), Tone::Plain);
        match column {
            Column::Asset => plain(&self.asset),
            Column::Finding => plain(&self.finding),
            Column::Host => plain(self.described.host.as_ref().unwrap_or(&self.asset)),
            Column::Addresses => plain(&self.described.addresses.join(" ")),
            Column::Site => optional(&self.site),
            Column::Category => optional(&self.category),
            Column::Severity => optional(&self.described.severity),
            Column::Status => self.status_cell(),
            Column::LastSeen => {
                let tone = if self.seen_last { Tone::Plain } else { Tone::Warn };
                (self.last_seen.to_string(), tone)
            }
            Column::Unseen if self.seen_last => plain("last run"),
            Column::Unseen => ("earlier".to_owned(), Tone::Warn),
            Column::Why => {
                let rule = self.why.as_ref().and_then(|why| why.rule);
                plain(&rule.map(words::name).unwrap_or_default())
            }
        }
    }

    fn status_cell(&self) -> (String, Tone) {
        let day = self.fixed_on.as_deref().and_then(|date| date.get(..10));
        let since = day.map(|day| format!(" {day}")).unwrap_or_default();
        match self.status {
            FindingStatus::Open => ("open".to_owned(), Tone::Plain),
            FindingStatus::Fixed => (format!("fixed{since}"), Tone::Good),
            FindingStatus::Irrelevant => (format!("irrelevant{since}"), Tone::Dim),
        }
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
    /// Whether that was the last one.
    Unseen,
    Why,
}

impl Column {
    /// What is shown of a stream; `why` needs the room of what else is known.
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
