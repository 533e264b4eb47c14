//! Rows of a vendor without end: bodies that the shipped maps made of the simulator's rows, taken in turn, each with a
//! content of its own.

use crate::BoxError;
use crate::pages::{Pages, map, settings};
use causeway_claroty_xdome::model::Transform;
use causeway_domain::record::PartsRead;
use causeway_domain::{FindingStatus, Scope, Stream, VendorKey};
use causeway_ports::{Records, Row};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::path::Path;
use std::sync::OnceLock;

/// Findings on a device.
const EACH: u32 = 50;

/// Rows of the simulator that bodies are made of.
const POOL: u32 = 4_000;

/// Of so many findings ten change between the two runs: eight in content, one goes, one comes.
const PER_MILLE: u64 = 1000;

/// Mapped bodies to take in turn.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pool {
    assets: Vec<Box<RawValue>>,
    findings: Vec<Box<RawValue>>,
}

pub(super) async fn pool() -> Result<Pool, BoxError> {
    let (assets, findings) =
        (bodies(Stream::Assets, POOL / 10).await?, bodies(Stream::Findings, POOL).await?);
    Ok(Pool { assets, findings })
}

async fn bodies(stream: Stream, rows: u32) -> Result<Vec<Box<RawValue>>, BoxError> {
    let transform = Transform::new(&settings(), map(Stream::Assets)?, map(Stream::Findings)?)?;
    let mut bodies = Vec::new();
    for page in Pages::read(stream, rows).await?.bodies {
        for record in transform.transform(stream, &page)?.records.iter() {
            bodies.push(RawValue::from_string(record.body.to_owned())?);
        }
    }
    Ok(bodies)
}

/// What becomes of a finding from the first run to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Changes,
    Goes,
    Comes,
}

/// The rows of both tables as one run sees them.
pub struct Rows {
    pool: Pool,
    devices: u32,
    findings: u32,
    second: bool,
    /// Numbers of the findings that are there, in key order; only who reads pages needs them.
    present: OnceLock<Vec<u32>>,
}

impl Rows {
    /// The rows of a vendor with `findings` findings, in the first or second of two runs.
    ///
    /// # Errors
    /// When `pool` cannot be read.
    pub fn new(pool: &Path, findings: u32, second: bool) -> Result<Self, BoxError> {
        let pool = serde_json::from_slice(&std::fs::read(pool)?)?;
        Ok(Self { pool, devices: findings.div_ceil(EACH), findings, second, present: OnceLock::new() })
    }

    fn present(&self) -> &[u32] {
        let there = |number: &u32| match fate(*number) {
            Fate::Stays | Fate::Changes => true,
            Fate::Goes => !self.second,
            Fate::Comes => self.second,
        };
        self.present.get_or_init(|| (0..self.findings).filter(there).collect())
    }

    /// Rows of `stream`.
    pub(super) fn count(&self, stream: Stream) -> u64 {
        match stream {
            Stream::Assets => u64::from(self.devices),
            Stream::Findings => self.present().len() as u64,
        }
    }

    /// Numbers of the rows from `offset` on, at most `limit`.
    pub(super) fn window(&self, stream: Stream, offset: u64, limit: u32) -> Vec<u32> {
        let (offset, limit) = (offset as usize, limit as usize);
        match stream {
            Stream::Assets => (0..self.devices).skip(offset).take(limit).collect(),
            Stream::Findings => self.present().iter().skip(offset).take(limit).copied().collect(),
        }
    }

    /// The number in a key that this made.
    pub(super) fn number_of(key: &VendorKey) -> Option<u32> {
        key.texts().get(1)?.strip_prefix("VU-")?.parse().ok()
    }

    /// Adds the record of a row to `records`.
    pub(super) fn record(&self, stream: Stream, number: u32, records: &mut Records) -> Result<(), BoxError> {
        let device = if stream == Stream::Assets { number } else { number / EACH };
        let asset = format!("{device:08}-7d3c-4a51-9f1e-{:012x}", mixed(device));
        let (finding, bodies) = match stream {
            Stream::Assets => (String::new(), &self.pool.assets),
            Stream::Findings => {
                (format!("VU-{number:09}:CVE-2024-{:05}", mixed(number) % 50_000), &self.pool.findings)
            }
        };
        let body = bodies.get(number as usize % bodies.len().max(1)).ok_or("there are no bodies")?;
        let changed = stream == Stream::Findings && self.second && fate(number) == Fate::Changes;
        let mark = format!("{stream}/{number}/{changed}");
        let hash = blake3::hash(mark.as_bytes()).to_hex();
        let hash = hash.get(..32).unwrap_or_default();
        let rest = body.get().strip_prefix('{').ok_or("a body is no object")?;
        let site = format!("Site {:02}", device % 24);
        let scope = Scope { category: Some("OT".into()), site: Some(site.into()), retired: Some(false) };
        let row = match stream {
            Stream::Assets => VendorKey::of_texts([asset.as_str()]),
            Stream::Findings => VendorKey::of_texts([asset.as_str(), &format!("VU-{number:09}")]),
        };
        records.begin(&Row {
            asset: &asset,
            status: FindingStatus::Open,
            fixed_on: None,
            scope,
            vendor_key: &row.columns().collect::<Vec<_>>(),
            parts_read: PartsRead::All,
        });
        records.body().extend(["{\"mark\":\"", hash, "\",", rest]);
        records.push(&finding, 0);
        Ok(())
    }
}

/// Spread evenly, so that most devices have a finding that changed.
fn fate(number: u32) -> Fate {
    match mixed(number) % PER_MILLE {
        0..8 => Fate::Changes,
        8 => Fate::Goes,
        9 => Fate::Comes,
        _ => Fate::Stays,
    }
}

/// `number` with its bits mixed (SplitMix64).
fn mixed(number: u32) -> u64 {
    let mut mixed = (u64::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) & 0xffff_ffff_ffff
}
