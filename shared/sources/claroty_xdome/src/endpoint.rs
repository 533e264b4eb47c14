//! The two endpoints. Each spells the same fields in its own way and refuses the other's spelling.

use causeway_domain::Stream;

/// One endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) stream: Stream,
    /// With its exact slashes: without the last one the server redirects, and the body is lost.
    pub(crate) path: &'static str,
    /// Member of the response that contains the rows.
    pub(crate) rows: &'static str,
    /// The row's key, and the total order in which pages are read.
    pub(crate) key: &'static [&'static str],
    /// Whether the device is retired.
    pub(crate) retired: &'static str,
    /// Fields that give the scope of a row; without them nothing could be closed safely (I-1, I-8).
    pub(crate) scope: [&'static str; 3],
}

/// One row per device.
pub(crate) static DEVICES: Endpoint = Endpoint {
    stream: Stream::Assets,
    path: "/api/v1/devices/",
    rows: "devices",
    key: &["uid"],
    retired: "retired",
    scope: ["device_category", "site_name", "retired"],
};

/// One row per device and vulnerability.
pub(crate) static RELATIONS: Endpoint = Endpoint {
    stream: Stream::Findings,
    path: "/api/v1/device_vulnerability_relations/",
    rows: "devices_vulnerabilities",
    key: &["device_uid", "vulnerability_id"],
    retired: "device_retired",
    scope: ["device_category", "device_site_name", "device_retired"],
};

impl Endpoint {
    /// The endpoint a stream is read from.
    pub(crate) fn of(stream: Stream) -> &'static Self {
        match stream {
            Stream::Assets => &DEVICES,
            Stream::Findings => &RELATIONS,
        }
    }

    /// Subject of its failures.
    pub(crate) fn subject(&self) -> String {
        format!("POST {}", self.path)
    }
}
