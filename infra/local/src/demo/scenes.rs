//! The tables of the demo.

use super::systems::{
    Changed, FINDING_MAP, FindingRef, PLANTS, Plant, RECEIVER, Systems, VENDOR, received_file,
};
use crate::output::{Problem, Screen, Tone};
use causeway_domain::plan::{Verdict, VerdictRecord};
use causeway_domain::{Outcome, Stream};
use causeway_runs::Engine;
use causeway_simulators::{EtmControl, Running};
use causeway_views::numbers::{between, bytes, count, duration};
use causeway_views::{Account, LedgerQuery, inventory, words};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Example lines per verdict and rule.
const EXAMPLES: usize = 3;

pub(super) fn systems(screen: &Screen, systems: &Systems) -> String {
    let vendor = systems.vendor.control.state();
    let held = format!(
        "{} devices, {} of them active, with {} findings at {} sites",
        count(vendor.devices),
        count(vendor.active_devices),
        count(vendor.findings),
        vendor.sites.len()
    );
    let mut grid = screen.grid(&["system", "address", "holds"]);
    grid.row([VENDOR.to_owned(), systems.vendor.base_url.clone(), held]);
    for plant in &PLANTS {
        let receiver = systems.receiver(plant);
        let system = format!("{RECEIVER} for {}", plant.name);
        grid.row([system, receiver.base_url.clone(), format!("nothing yet; {}", plant.policy)]);
    }
    grid.to_string()
}

/// One column per run: rows read, verdicts, records sent.
pub(super) fn runs(screen: &Screen, told: &[Account], places: &[usize]) -> String {
    let accounts: Vec<&Account> = places.iter().filter_map(|place| told.get(*place)).collect();
    let names = accounts.iter().map(|account| account.connection.as_str());
    let mut grid = screen.grid(&std::iter::once("run of").chain(names).collect::<Vec<_>>());
    let mut line = |label: &str, value: &dyn Fn(&Account) -> (String, Tone)| {
        let label = (label.to_owned(), Tone::Plain);
        grid.toned_row(std::iter::once(label).chain(accounts.iter().map(|account| value(account))));
    };
    let plain = |text: String| (text, Tone::Plain);
    line("outcome", &|account| match account.outcome {
        Some(Outcome::Complete) => ("complete".to_owned(), Tone::Good),
        Some(outcome) => (outcome.to_string(), Tone::Bad),
        None => ("in progress".to_owned(), Tone::Warn),
    });
    line("time", &|account| {
        let took = account.started_at.zip(account.ended_at).map(|(start, end)| duration(between(start, end)));
        plain(took.unwrap_or_default())
    });
    line("rows read at the vendor", &|account| {
        plain(count(account.coverage.iter().map(|stream| stream.distinct).sum()))
    });
    for (label, verdict) in [
        ("findings: new", Verdict::New),
        ("findings: changed", Verdict::Changed),
        ("findings: unchanged", Verdict::Unchanged),
        ("findings: open again", Verdict::Reopened),
        ("findings: closed, the vendor says Fixed", Verdict::FixedByVendor),
        ("findings: closed, the vendor says Irrelevant", Verdict::Irrelevant),
        ("findings: closed, absence confirmed", Verdict::Fixed),
        ("findings: missing but preserved", Verdict::Preserved),
    ] {
        line(label, &|account| plain(count(account.findings.of(verdict))));
    }
    line("sent: assets", &|account| plain(count(account.delivered.assets)));
    line("sent: findings, all those of these assets", &|account| plain(count(account.delivered.findings)));
    grid.right(1..=accounts.len()).to_string()
}

/// The contents of the receivers.
pub(super) fn arrived(screen: &Screen, systems: &Systems) -> String {
    let mut grid =
        screen.grid(&["receiver", "assets", "findings", "by status", "requests", "bytes received"]);
    for plant in &PLANTS {
        let summary = systems.receiver(plant).control.summary();
        let statuses =
            summary.findings_by_status.iter().map(|(status, number)| format!("{status} {}", count(*number)));
        grid.row([
            format!("{RECEIVER} for {}", plant.name),
            count(summary.assets),
            count(summary.findings),
            statuses.collect::<Vec<_>>().join(", "),
            count(summary.traffic.requests_at("sync") + summary.traffic.requests_at("auth")),
            bytes(summary.traffic.bytes_received),
        ]);
    }
    grid.right([1, 2, 4, 5]).to_string()
}

/// The changes at the vendor.
pub(super) fn changes(screen: &Screen, changed: &Changed) -> String {
    let finding = |found: &[FindingRef]| {
        found
            .first()
            .map_or(String::new(), |first| format!("{} on {}", first.vulnerability_id, first.device_uid))
    };
    let device = |devices: &[String]| devices.first().cloned().unwrap_or_default();
    let mut grid = screen.grid(&["at the vendor", "how many", "for example"]);
    for (what, found) in [
        ("findings that appeared", &changed.added),
        ("findings that disappeared", &changed.removed),
        ("findings marked Fixed", &changed.fixed),
        ("findings marked Irrelevant", &changed.irrelevant),
        ("findings open again", &changed.reopened),
        ("findings with another score", &changed.rescored),
    ] {
        grid.row([what.to_owned(), count(found.len() as u64), finding(found)]);
    }
    for (what, devices) in [
        ("devices that appeared", &changed.devices_added),
        ("devices removed, with their findings", &changed.devices_removed),
        ("devices with other firmware", &changed.devices_changed),
    ] {
        grid.row([what.to_owned(), count(devices.len() as u64), device(devices)]);
    }
    let note = "One row of the vendor is one finding per CVE, so Causeway counts more findings than the vendor has rows.";
    format!("{}\n{note}", grid.right([1]))
}

/// A few lines for each pair of verdict and rule with the receiver's status, followed by the rules in words.
pub(super) fn verdicts(
    screen: &Screen,
    verdicts: &[VerdictRecord],
    receiver: &Running<EtmControl>,
) -> String {
    let mut grid = screen.grid(&["finding", "device", "verdict", "at the receiver"]);
    let mut groups: BTreeMap<_, Vec<&VerdictRecord>> = BTreeMap::new();
    let told = |verdict| !matches!(verdict, Verdict::New | Verdict::Changed | Verdict::Unchanged);
    for record in verdicts.iter().filter(|record| !record.key.finding.is_empty() && told(record.verdict)) {
        groups.entry((record.verdict, record.rule)).or_default().push(record);
    }
    let mut reasons = String::new();
    for ((verdict, rule), records) in &groups {
        for record in records.iter().take(EXAMPLES) {
            let (asset, finding) = (&record.key.asset, &record.key.finding);
            let status = status(receiver, asset, |kept| kept == finding);
            grid.row([finding.clone(), asset.clone(), verdict.to_string(), status]);
        }
        let _ = write!(reasons, "\n{verdict} ({}): {}", count(records.len() as u64), words::reason(*rule));
        if let Some(last_seen) = records.first().and_then(|record| record.last_seen.as_ref()) {
            let _ = write!(reasons, "; last seen before in run {last_seen}");
        }
    }
    format!("{grid}{reasons}")
}

/// The statuses that the receiver shows for the findings of `asset` that fit.
fn status(receiver: &Running<EtmControl>, asset: &str, fits: impl Fn(&str) -> bool) -> String {
    let kept = receiver.control.findings(Some(asset), None);
    let mut statuses: Vec<String> = kept
        .into_iter()
        .filter(|finding| fits(&finding.finding))
        .map(|finding| finding.status.unwrap_or_else(|| "none".to_owned()))
        .collect();
    statuses.sort();
    statuses.dedup();
    if statuses.is_empty() { "not there".to_owned() } else { statuses.join(", ") }
}

/// The vanished findings at both receivers.
pub(super) async fn vanished(
    screen: &Screen,
    engine: &Engine,
    systems: &Systems,
    changed: &Changed,
) -> Result<String, Problem> {
    let [north, preserving] = &PLANTS;
    let mut grid = screen.grid(&["vanished at the vendor", "device", north.name, preserving.name]);
    for gone in changed.removed.iter().take(2 * EXAMPLES) {
        let mut row = vec![gone.vulnerability_id.clone(), gone.device_uid.clone()];
        for plant in &PLANTS {
            // One row of the vendor may have become several findings, whose ids only the ledger knows.
            let mut query = LedgerQuery::all(Stream::Findings);
            (query.id, query.host) = (Some(gone.vulnerability_id.clone()), Some(gone.device_uid.clone()));
            let ledger = inventory(engine, plant.connection()?, query, (None, false), &|_, _| {}).await?;
            let known = |id: &str| ledger.known.iter().any(|record| record.finding == id);
            row.push(status(systems.receiver(plant), &gone.device_uid, known));
        }
        grid.row(row);
    }
    Ok(format!("{grid}\n{} vanished in all.", count(changed.removed.len() as u64)))
}

/// Findings that the receiver of `plant` shows as closed.
pub(super) fn closed(systems: &Systems, plant: &Plant) -> String {
    let summary = systems.receiver(plant).control.summary();
    let is_open =
        |status: &str| matches!(status.to_ascii_uppercase().as_str(), "OPEN" | "ACTIVE" | "NEW" | "NONE");
    let closed =
        summary.findings_by_status.iter().filter(|(status, _)| !is_open(status)).map(|(_, number)| number);
    count(closed.sum())
}

/// Commands to try, as this one was called, and files to open.
pub(super) fn where_to_look(folder: &Path) -> String {
    let called = std::env::args_os().next().unwrap_or_else(|| "causeway".into());
    let (program, home) = (Path::new(&called).display(), folder.display());
    let mut places = Vec::new();
    for (command, shows) in [
        ("runs", "all runs, newest first"),
        ("run show plant-north", "the newest run: what was read, judged and sent"),
        ("connection list", "the states of the connections"),
        ("connection show plant-north", "its settings, defaults included"),
    ] {
        places.push((format!("{program} --home {home} {command}"), shows));
    }
    places.push((format!("{program} map show {FINDING_MAP}"), "which field goes where"));
    let received =
        PLANTS.iter().map(|plant| (received_file(plant), "what the receiver holds, one finding a line"));
    let files = [
        ("plant-north.toml".to_owned(), "a connection file"),
        ("objects/runs/".to_owned(), "what each run keeps: manifest, pages, plan, deliveries, receipts"),
        ("objects/connections/".to_owned(), "definitions, states and ledgers"),
    ];
    let files = files.into_iter().chain(received);
    places.extend(files.map(|(file, holds)| (folder.join(file).display().to_string(), holds)));
    let width = places.iter().map(|(place, _)| place.chars().count()).max().unwrap_or_default();
    let mut text = "\nWhere to look next:\n".to_owned();
    for (place, shows) in places {
        let _ = writeln!(text, "  {place:<width$}  {shows}");
    }
    text
}
