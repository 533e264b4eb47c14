//! The schema of a connection file, as data: every field, whether it must be there, and what it accepts.
//!
//! The types of this module say how a definition is held; this table says what a person may write. One walk over the
//! file against this table finds every mistake at once.

/// One field of a table.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) kind: Kind,
}

/// What a field accepts.
#[derive(Debug)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// Text of at least one character.
    Filled,
    /// Name of the connection.
    ConnectionName,
    /// Name of a secret, never its value.
    SecretName,
    /// Base address of an API.
    ApiUrl,
    /// Address of a web page.
    WebUrl,
    /// A UUID with hyphens.
    Uuid,
    /// Link template with the placeholders of `LinkTemplates`.
    Template,
    /// `true` or `false`.
    Switch,
    /// A whole number in a range.
    Whole(i64, i64),
    /// A number in a range.
    Number(f64, f64),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of at least one of these texts.
    SomeOf(&'static [&'static str]),
    /// A list of at least one time of day.
    TimesOfDay,
    /// A date and time without zone.
    LocalTime,
    /// IANA name of a time zone.
    TimeZone,
    /// A cron expression of five fields.
    Cron,
    /// A table.
    Table(&'static [Field]),
    /// A table that holds exactly one of these tables.
    OneTable(&'static [Field]),
    /// A list of tables that differ in their first field.
    Rows(&'static [Field]),
    /// The table of a schedule, whose fields depend on one another.
    Schedule(&'static [Field]),
}

/// Placeholders of link templates.
pub(super) const PLACEHOLDERS: &[&str] = &["dashboard_url", "device_uid", "vulnerability_id"];

const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, required: true, kind }
}

const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, required: false, kind }
}

/// The whole file.
pub(super) const DEFINITION: &[Field] = &[
    must("name", Kind::ConnectionName),
    may("description", Kind::Text),
    must("source", Kind::OneTable(&[may("claroty-xdome", Kind::Table(CLAROTY_XDOME))])),
    must(
        "destination",
        Kind::OneTable(&[may("qualys-etm", Kind::Table(QUALYS_ETM)), may("files", Kind::Table(FILES))]),
    ),
    may("preserve_missing_findings", Kind::Switch),
    may("retain_delta", Kind::Switch),
    may("guards", Kind::Table(GUARDS)),
    may("run", Kind::Table(RUN)),
    may("schedule", Kind::Schedule(SCHEDULE)),
];

const CLAROTY_XDOME: &[Field] = &[
    must("api_url", Kind::ApiUrl),
    may("dashboard_url", Kind::WebUrl),
    must("api_token_secret", Kind::SecretName),
    may("data_to_sync", Kind::OneOf(&["assets-and-findings", "assets"])),
    may("device_categories", Kind::SomeOf(&["IoT", "IT", "Medical", "OT"])),
    may("retired_devices_only", Kind::Switch),
    may("page_size", Kind::Whole(2, 5000)),
    may("requests_per_second", Kind::Whole(1, 33)),
    may("timeout_seconds", Kind::Whole(1, 900)),
    may("max_answer_mib", Kind::Whole(1, 1024)),
    may("ca_file", Kind::Filled),
    may("links", Kind::Table(LINKS)),
    may("maps", Kind::Table(&[may("asset", Kind::Filled), may("finding", Kind::Filled)])),
    may("severity", Kind::Table(SEVERITY)),
];

const LINKS: &[Field] = &[may("finding_url", Kind::Template), may("finding_detection_url", Kind::Template)];

const SEVERITY: &[Field] = &[
    may("default", Kind::Whole(1, 5)),
    may(
        "risk",
        Kind::Rows(&[
            must("source", Kind::Filled),
            must("severity", Kind::Whole(1, 5)),
            must("qds", Kind::Whole(1, 100)),
        ]),
    ),
];

const QUALYS_ETM: &[Field] = &[
    must("gateway_url", Kind::ApiUrl),
    must("username", Kind::Filled),
    must("password_secret", Kind::SecretName),
    must("connector_uuid", Kind::Uuid),
    may("source", Kind::Filled),
    may("batch_assets", Kind::Whole(1, 1000)),
    may("profile", Kind::Filled),
    may("requests_per_second", Kind::Whole(1, 100)),
    may("timeout_seconds", Kind::Whole(1, 900)),
    may("ca_file", Kind::Filled),
];

const FILES: &[Field] = &[must("folder", Kind::Filled)];

const GUARDS: &[Field] = &[
    may("max_fixed_percent", Kind::Number(0.0, 100.0)),
    may("min_fixed", Kind::Whole(0, i64::MAX)),
    may("max_fixed", Kind::Whole(0, i64::MAX)),
    may("hold_always", Kind::Switch),
    may("hold_vanished_site", Kind::Switch),
    may("hold_vanished_category", Kind::Switch),
    may("hold_vanished_field", Kind::Switch),
];

const RUN: &[Field] = &[
    may("deadline_minutes", Kind::Whole(1, 10_080)),
    may("fetch_concurrency", Kind::Whole(1, 64)),
    may("delivery_concurrency", Kind::Whole(1, 64)),
    may("fix_after_missing_runs", Kind::Whole(1, 100)),
    may("fix_withdrawn_cves", Kind::Switch),
    may("keep_raw_pages", Kind::Switch),
    may("keep_runs", Kind::Whole(1, 10_000)),
];

const SCHEDULE: &[Field] = &[
    must("occurs", Kind::OneOf(&["daily", "weekly", "hourly", "cron", "once"])),
    may("at", Kind::TimesOfDay),
    may("days", Kind::SomeOf(DAYS)),
    may("every_hours", Kind::Whole(1, 168)),
    may("cron", Kind::Cron),
    may("time_zone", Kind::TimeZone),
    may("start", Kind::LocalTime),
    may("end", Kind::LocalTime),
    may("enabled", Kind::Switch),
];

const DAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
