//! What must be at the receiver, told from what the vendor really has and from nothing that Causeway says.

use crate::process::Result;
use crate::world::World;
use causeway_simulators::xdome::TruthFinding;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Error;

/// Status by asset and finding id.
pub(crate) type Statuses = BTreeMap<(String, String), String>;

/// What becomes of findings that the vendor no longer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Fixed,
    Preserved,
}

/// What the vendor has on devices in use, as it must arrive.
pub(crate) fn held_by_vendor(world: &World) -> Statuses {
    let findings = world.vendor.control.truth_findings();
    findings.iter().filter(|finding| !finding.retired).flat_map(arriving).collect()
}

/// What has arrived so far.
pub(crate) fn arrived(world: &World) -> Statuses {
    let findings = world.receiver.control.findings(None, None);
    findings.into_iter().map(|kept| ((kept.asset, kept.finding), kept.status.unwrap_or_default())).collect()
}

/// The receiver has exactly what the vendor has; of what was there `before` and is gone, what `missing` says. And every
/// device in use is there.
pub(crate) fn expect_exactly(world: &World, before: &Statuses, missing: Missing) -> Result<()> {
    let mut expected = before.clone();
    if missing == Missing::Fixed {
        expected.values_mut().for_each(|status| *status = "FIXED".to_owned());
    }
    expected.append(&mut held_by_vendor(world));
    let devices = world.vendor.control.truth_devices().into_iter().filter(|device| !device.retired);
    let assets: BTreeSet<String> =
        world.receiver.control.assets().into_iter().map(|kept| kept.asset).collect();
    let lost: Vec<String> =
        devices.map(|device| device.device_uid).filter(|uid| !assets.contains(uid)).collect();
    let wrong = differences(&expected, &arrived(world));
    if wrong.is_empty() && lost.is_empty() {
        return Ok(());
    }
    Err(Error::other(format!("findings: {wrong:#?}\nassets that did not arrive: {lost:?}")))
}

/// Whatever else is wanting: nothing is closed that the vendor holds open, nothing is there that the vendor never had,
/// and nothing has gone.
pub(crate) fn expect_harmless(world: &World, before: &Statuses) -> Result<()> {
    let (held, now) = (held_by_vendor(world), arrived(world));
    let mut wrong = Vec::new();
    for (key, status) in &now {
        match held.get(key) {
            Some(truth) if status == "FIXED" && truth == "ACTIVE" && before.get(key) != Some(status) => {
                wrong.push(format!("{key:?} was closed although the vendor holds it open"));
            }
            None if !before.contains_key(key) => wrong.push(format!("{key:?} is nothing the vendor has")),
            _ => {}
        }
    }
    wrong.extend(before.keys().filter(|key| !now.contains_key(*key)).map(|key| format!("{key:?} is gone")));
    if wrong.is_empty() { Ok(()) } else { Err(Error::other(format!("{wrong:#?}"))) }
}

/// One finding per distinct CVE, or one under the vendor's id.
fn arriving(finding: &TruthFinding) -> Vec<((String, String), String)> {
    let status = if finding.relevance.is_open() { "ACTIVE" } else { "FIXED" };
    let cves: BTreeSet<&String> = finding.cve_ids.iter().collect();
    let id = &finding.vulnerability_id;
    let ids = if cves.is_empty() {
        vec![id.clone()]
    } else {
        cves.into_iter().map(|cve| format!("{id}:{cve}")).collect()
    };
    ids.into_iter().map(|id| ((finding.device_uid.clone(), id), status.to_owned())).collect()
}

fn differences(expected: &Statuses, found: &Statuses) -> Vec<String> {
    let keys: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let differ = keys.into_iter().filter(|key| expected.get(*key) != found.get(*key));
    differ
        .map(|key| format!("{key:?}: expected {:?}, found {:?}", expected.get(key), found.get(key)))
        .collect()
}
