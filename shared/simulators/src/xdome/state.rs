//! Reports about the simulator and about the vendor's data.

use super::Relevance;
use crate::Traffic;
use serde::{Deserialize, Serialize};

/// Summary of the world and of the requests so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct XdomeState {
    /// Number of changes so far.
    pub version: u64,
    /// The vendor's time, RFC 3339.
    pub clock: String,
    /// Devices, the retired ones included.
    pub devices: u64,
    /// Devices in use.
    pub active_devices: u64,
    /// Findings of all relevances.
    pub findings: u64,
    /// Findings by relevance, in the order of [`Relevance::ALL`].
    pub by_relevance: Vec<(Relevance, u64)>,
    /// Sites with their counts.
    pub sites: Vec<SiteState>,
    /// The number of times that each fault of the script took effect.
    pub faults_happened: Vec<u64>,
    /// Requests and bytes.
    pub traffic: Traffic,
}

/// One site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteState {
    /// Name.
    pub name: String,
    /// Its group.
    pub group: String,
    /// Devices.
    pub devices: u64,
    /// Findings.
    pub findings: u64,
}

/// A device as the vendor holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthDevice {
    /// Uid.
    pub device_uid: String,
    /// `Medical`, `IoT`, `IT` or `OT`.
    pub category: String,
    /// Name of the site.
    pub site: String,
    /// Whether it is retired.
    pub retired: bool,
    /// Findings it has.
    pub findings: u64,
}

/// A finding as the vendor holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthFinding {
    /// Uid of the device.
    pub device_uid: String,
    /// The vendor's own id.
    pub vulnerability_id: String,
    /// CVEs; none, one or many.
    pub cve_ids: Vec<String>,
    /// Relevance.
    pub relevance: Relevance,
    /// Time at which it was closed, as on the wire.
    pub resolution_date: Option<String>,
    /// Adjusted vulnerability score, in hundredths.
    pub score_hundredths: u32,
    /// Category of the device.
    pub category: String,
    /// Site of the device.
    pub site: String,
    /// Whether the device is retired.
    pub retired: bool,
}
