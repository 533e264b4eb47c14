//! How the vendor's world changes: devices and findings appear, vanish, return, change, move.

use super::Vendor;
use super::table::{CATEGORIES, Device, Finding, SITES, Usable};
use crate::fault::{Fault, Faults};
use crate::sim::{Millis, timestamp};
use causeway_domain::FindingStatus;

impl Vendor {
    /// The world at the start of a game.
    pub(crate) fn populate(&mut self, devices: u32) {
        for _ in 0..devices {
            self.add_device(0);
        }
    }

    fn add_device(&mut self, now: Millis) {
        let number = self.number();
        let category = self.random.pick(&CATEGORIES).copied().unwrap_or("IT");
        let site = self.random.pick(&SITES).copied().unwrap_or("North");
        let retired = self.random.per_mille(80);
        let device = Device { category, site, retired, value: number, usable: Usable::Yes };
        self.devices.insert(number, device);
        for _ in 0..self.random.below(5) {
            self.add_finding(number);
        }
        self.note(number, now);
    }

    fn add_finding(&mut self, device: u32) {
        let (value, number) = (self.number(), self.random.between(1, 12) as u32);
        let cves = [0, 0, 1, 2].get(self.random.below(4) as usize).copied().unwrap_or_default();
        let finding = Finding {
            status: FindingStatus::Open,
            fixed_on: None,
            value,
            cves,
            unlisted: false,
            usable: Usable::Yes,
        };
        self.findings.entry((device, number)).or_insert(finding);
    }

    fn some_device(&mut self) -> Option<u32> {
        let devices: Vec<u32> = self.devices.keys().copied().collect();
        self.random.pick(&devices).copied()
    }

    fn some_finding(&mut self) -> Option<(u32, u32)> {
        let findings: Vec<(u32, u32)> = self.findings.keys().copied().collect();
        self.random.pick(&findings).copied()
    }

    /// One change. Draws the same numbers whatever `faults` allow.
    pub(crate) fn change(&mut self, now: Millis, faults: Faults) -> String {
        let kind = self.random.below(100);
        let (device, finding) = (self.some_device(), self.some_finding());
        let value = self.number();
        match (kind, device, finding) {
            (0..22, Some(device), _) => self.add_finding(device),
            (22..42, _, Some(finding)) => drop(self.findings.remove(&finding)),
            (42..50, _, Some(finding)) => self.with_finding(finding, |finding| finding.value = value),
            // A list comes and goes, grows and shrinks.
            (50..53, _, Some(finding)) => {
                self.with_finding(finding, |finding| finding.unlisted = !finding.unlisted);
            }
            (53..56, _, Some(finding)) => {
                self.with_finding(finding, |finding| finding.cves = (value % 4) as u8);
            }
            (56..68, _, Some(finding)) => self.change_status(finding, now),
            (68..74, ..) => self.add_device(now),
            (74..79, Some(device), _) => self.remove_device(device),
            (79..84, Some(device), _) => {
                let site = self.random.pick(&SITES).copied().unwrap_or("North");
                self.with_device(device, |device| device.site = site);
            }
            (84..88, Some(device), _) => self.with_device(device, |device| device.retired = !device.retired),
            (88..93, Some(device), _) => self.with_device(device, |device| device.value = value),
            (93..95, Some(device), _) => self.change_usable(device, None, faults),
            (95.., _, Some((device, number))) => self.change_usable(device, Some(number), faults),
            _ => {}
        }
        for device in [device, finding.map(|(device, _)| device)].into_iter().flatten() {
            self.note(device, now);
        }
        format!("world: change {kind} at device {device:?} finding {finding:?}")
    }

    fn with_device(&mut self, device: u32, change: impl FnOnce(&mut Device)) {
        if let Some(device) = self.devices.get_mut(&device) {
            change(device);
        }
    }

    fn with_finding(&mut self, finding: (u32, u32), change: impl FnOnce(&mut Finding)) {
        if let Some(finding) = self.findings.get_mut(&finding) {
            change(finding);
        }
    }

    fn remove_device(&mut self, device: u32) {
        self.devices.remove(&device);
        self.findings.retain(|(of, _), _| *of != device);
    }

    fn change_status(&mut self, finding: (u32, u32), now: Millis) {
        let dated = self.random.per_mille(500);
        let status = match self.random.below(4) {
            0 => FindingStatus::Irrelevant,
            1 => FindingStatus::Open,
            _ => FindingStatus::Fixed,
        };
        self.with_finding(finding, |finding| {
            finding.status = status;
            let closed = status != FindingStatus::Open;
            finding.fixed_on = (closed && dated).then(|| timestamp(now).to_string());
        });
    }

    fn change_usable(&mut self, device: u32, number: Option<u32>, faults: Faults) {
        let usable = match self.random.below(5) {
            0 | 1 if faults.has(Fault::RejectKeyed) => Usable::Keyed,
            2 if faults.has(Fault::RejectKeyless) => Usable::Keyless,
            _ => Usable::Yes,
        };
        match number {
            None => self.with_device(device, |device| device.usable = usable),
            Some(number) => self.with_finding((device, number), |finding| finding.usable = usable),
        }
    }

    /// Half of the findings vanish, or a whole site.
    pub(crate) fn shrink(&mut self, now: Millis) {
        let site = self.random.pick(&SITES).copied().filter(|_| self.random.per_mille(500));
        let devices: Vec<(u32, &str)> = self.devices.iter().map(|(n, device)| (*n, device.site)).collect();
        for (device, of) in devices {
            match site {
                Some(gone) if gone == of => self.remove_device(device),
                Some(_) => {}
                None => {
                    let random = &mut self.random;
                    self.findings.retain(|(of, _), _| *of != device || random.per_mille(500));
                }
            }
            self.note(device, now);
        }
    }

    /// Every row can be read, every device is active, and there is at least one open finding.
    pub(crate) fn settle(&mut self, now: Millis) {
        let devices: Vec<u32> = self.devices.keys().copied().collect();
        for &number in &devices {
            self.with_device(number, |device| (device.usable, device.retired) = (Usable::Yes, false));
        }
        self.findings
            .values_mut()
            .for_each(|finding| (finding.usable, finding.unlisted) = (Usable::Yes, false));
        self.add_device(now);
        let last = self.devices.keys().next_back().copied().unwrap_or_default();
        let finding = Finding {
            status: FindingStatus::Open,
            fixed_on: None,
            value: 1,
            cves: 0,
            unlisted: false,
            usable: Usable::Yes,
        };
        self.findings.insert((last, 1), finding);
        let last = std::iter::once(last);
        devices.into_iter().chain(last).for_each(|device| self.note(device, now));
        if let Some(device) = self.devices.values_mut().next_back() {
            device.retired = false;
        }
        let last = self.devices.keys().next_back().copied();
        last.into_iter().for_each(|device| self.note(device, now));
    }
}
