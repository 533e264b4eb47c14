//! The vendor: its tables, how they change, what they held at every moment, and its API.

pub(crate) mod change;
pub(crate) mod history;
pub(crate) mod source;
pub(crate) mod table;
pub(crate) mod way;

use crate::fault::Fault;
use crate::random::Random;
use history::History;
use std::collections::BTreeMap;
use table::{Device, Finding};
use way::Way;

/// Number of a device, and of a finding on it; no finding number means the device itself.
pub(crate) type RowId = (u32, Option<u32>);

/// Everything on the vendor's side.
pub(crate) struct Vendor {
    pub(crate) random: Random,
    pub(crate) devices: BTreeMap<u32, Device>,
    pub(crate) findings: BTreeMap<(u32, u32), Finding>,
    pub(crate) history: History,
    /// Whether rows come in an order that has nothing to do with their keys.
    scrambled: bool,
    pub(crate) way: Way,
    /// The way in which answers are untrue while this run lasts.
    pub(crate) lie: Option<Fault>,
    /// The finding that is never handed out.
    pub(crate) withheld: Option<RowId>,
    /// The site that the token does not see.
    pub(crate) blind: Option<&'static str>,
    /// Whether it can be asked for single records.
    pub(crate) can_be_asked: bool,
    /// Whether the field `value` is refused.
    pub(crate) refuses: bool,
    /// Numbers for new devices, findings and contents.
    next: u32,
    /// Changes so far.
    pub(crate) version: u64,
}

impl Vendor {
    pub(crate) fn new(random: Random, scrambled: bool, way: Way) -> Self {
        Self {
            random,
            devices: BTreeMap::new(),
            findings: BTreeMap::new(),
            history: History::default(),
            scrambled,
            way,
            lie: None,
            withheld: None,
            blind: None,
            can_be_asked: true,
            refuses: false,
            next: 1,
            version: 0,
        }
    }

    /// Chooses the finding that is withheld, if that is the lie.
    pub(crate) fn withhold(&mut self, lie: Option<Fault>) {
        let findings: Vec<RowId> =
            self.findings.keys().map(|(device, number)| (*device, Some(*number))).collect();
        let one = self.random.pick(&findings).copied();
        self.withheld = one.filter(|_| lie == Some(Fault::VendorWithholdsRow));
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }
}
