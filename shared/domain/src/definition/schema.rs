//! The schema of a connection file, as data: every field, whether it must be there, and what it accepts.
//!
//! The types of this module say how a definition is held; this table says what a person may write. One walk over the
//! file against this table finds every mistake at once. The tables of source and destination are those of the catalog.

use super::Catalog;
use super::descriptor::Descriptor;
use super::field::{Field, Kind, Preset};

/// Passes the fields of a whole file to `then`.
pub(super) fn with_fields<T>(catalog: &Catalog, then: impl FnOnce(&[Field<'_>]) -> T) -> T {
    let sources: Vec<Field<'_>> = catalog.connectors.iter().map(|known| table_of(known)).collect();
    let destinations: Vec<Field<'_>> = catalog.receivers.iter().map(|known| table_of(known)).collect();
    then(&[
        Field::required("name", Kind::ConnectionName).help("Name of the connection."),
        Field::optional("description", Kind::Text).help("For people."),
        Field::required("source", Kind::OneTable(&sources)).help("Where data comes from."),
        Field::required("destination", Kind::OneTable(&destinations)).help("Where data goes to."),
        PRESERVE_MISSING,
        PRESERVE_MISSING_ASSETS,
        RETAIN_DELTA,
        Field::optional("guards", Kind::Table(GUARDS)).help("When a plan waits for approval."),
        Field::optional("run", Kind::Table(RUN)).help("Deadline and concurrency."),
        Field::optional("schedule", Kind::Schedule(SCHEDULE)).help("When it runs by itself."),
    ])
}

fn table_of<F>(known: &Descriptor<F>) -> Field<'static> {
    Field::optional(known.name, Kind::Table(known.fields)).titled(known.title)
}

const PRESERVE_MISSING: Field<'static> = Field::optional("preserve_missing_findings", Kind::Switch)
    .titled("Preserve Findings Missing in Latest Sync")
    .help(
        "On: findings absent in the latest run keep their status. Off: they are marked Fixed once their absence is \
         confirmed.",
    )
    .preset(Preset::Switch(false));

const PRESERVE_MISSING_ASSETS: Field<'static> = Field::optional("preserve_missing_assets", Kind::Switch)
    .help(
        "On: assets absent in the latest run stay as they are. Off: they count as gone once their absence is confirmed; \
         nothing is sent because of it. Left out, as for findings.",
    );

const RETAIN_DELTA: Field<'static> = Field::optional("retain_delta", Kind::Switch)
    .titled("Retain Delta")
    .help("On: only changes since the last run are sent. Off: everything read is sent in each run.")
    .preset(Preset::Switch(true));

const GUARDS: &[Field<'static>] = &[
    Field::optional("max_fixed_percent", Kind::Number(0.0, 100.0))
        .help("Hold when more than this share of the open findings in scope would be closed by absence.")
        .preset(Preset::Number(30.0)),
    Field::optional("min_fixed", Kind::Whole(0, i64::MAX))
        .help("The share is ignored below this number of findings.")
        .preset(Preset::Whole(10)),
    Field::optional("max_fixed", Kind::Whole(0, i64::MAX))
        .help("Hold when more findings than this would be closed by absence, whatever the share."),
    Field::optional("max_gone_percent", Kind::Number(0.0, 100.0))
        .help("Hold when more than this share of the assets in scope would count as gone. Left out, as for findings."),
    Field::optional("min_gone", Kind::Whole(0, i64::MAX))
        .help("That share is ignored below this number of assets. Left out, as for findings."),
    Field::optional("max_gone", Kind::Whole(0, i64::MAX))
        .help("Hold when more assets than this would count as gone, whatever the share."),
    Field::optional("hold_always", Kind::Switch)
        .help("Hold every plan that sends anything.")
        .preset(Preset::Switch(false)),
    Field::optional("hold_vanished_site", Kind::Switch)
        .help("Hold when all of a site is gone and findings there would be closed, or assets count as gone.")
        .preset(Preset::Switch(true)),
    Field::optional("hold_vanished_category", Kind::Switch)
        .help("Hold when all of a device category is gone and findings there would be closed, or assets count as gone.")
        .preset(Preset::Switch(true)),
    Field::optional("hold_vanished_field", Kind::Switch)
        .help("Hold when a field that a map reads has no value in any record any more, and had some before.")
        .preset(Preset::Switch(true)),
];

const RUN: &[Field<'static>] = &[
    Field::optional("deadline_minutes", Kind::Whole(1, 10_080))
        .help("Minutes after the start at which an undecided run fails.")
        .preset(Preset::Whole(240)),
    Field::optional("fetch_concurrency", Kind::Whole(1, 64))
        .help("Pages read at the same time.")
        .preset(Preset::Whole(4)),
    Field::optional("delivery_concurrency", Kind::Whole(1, 64))
        .help("Batches sent at the same time.")
        .preset(Preset::Whole(2)),
    Field::optional("fix_after_missing_runs", Kind::Whole(1, 100))
        .help("Complete runs in a row that must miss a finding before it is closed.")
        .preset(Preset::Whole(1)),
    Field::optional("gone_after_missing_runs", Kind::Whole(1, 100))
        .help("Complete runs in a row that must miss an asset before it counts as gone. Left out, as for findings."),
    Field::optional("close_unasked_after_runs", Kind::Whole(2, 100)).help(
        "For a vendor that cannot be asked for single records: complete runs in a row that must miss a record before it is \
         closed. Each such plan waits for approval. Without it, what is missing there is kept.",
    ),
    Field::optional("fix_withdrawn_cves", Kind::Switch)
        .help("Whether a CVE withdrawn from a vulnerability that is still reported closes its finding.")
        .preset(Preset::Switch(true)),
    Field::optional("keep_raw_pages", Kind::Switch)
        .help("Keep pages as the vendor sent them, so that a run can be replayed with another map.")
        .preset(Preset::Switch(false)),
    Field::optional("keep_runs", Kind::Whole(1, 10_000))
        .help("Runs that are kept, with their ledgers; older ones are removed.")
        .preset(Preset::Whole(30)),
];

const SCHEDULE: &[Field<'static>] = &[
    Field::required("occurs", Kind::OneOf(&["daily", "weekly", "hourly", "cron", "once"]))
        .help("How often it starts."),
    Field::optional("at", Kind::TimesOfDay).help("Times of day."),
    Field::optional("days", Kind::SomeOf(DAYS)).help("Days of the week."),
    Field::optional("every_hours", Kind::Whole(1, 168)).help("Hours between starts."),
    Field::optional("cron", Kind::Cron).help("A cron expression."),
    Field::optional("time_zone", Kind::TimeZone).help("The zone of all times."),
    Field::optional("start", Kind::LocalTime).help("No start before this time."),
    Field::optional("end", Kind::LocalTime).help("No start after this time."),
    Field::optional("enabled", Kind::Switch)
        .help("Off: nothing starts by itself.")
        .preset(Preset::Switch(true)),
];

const DAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
