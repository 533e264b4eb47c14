//! The ledger, asked by `findings`, `assets` and `export`: every answer agrees with what the vendor holds.

use crate::process::Result;
use crate::world::{Ran, Wishes, World, faults};
use causeway_simulators::xdome::{Change, Reshape, Rows};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Error;

#[test]
fn findings_are_found_by_id_host_cve_site_status_and_why() -> Result<()> {
    let world = World::new(501)?;
    world.run_well()?;
    let changed = world.pass_a_day()?;
    let ran = world.run_well()?;
    let all = known(&world, &["findings", "plant", "--limit", "0", "--why"])?;
    let truth = world.vendor.control.truth_findings();
    assert!(all.len() > truth.len() / 2, "{} of {}", all.len(), truth.len());

    let closed = known(&world, &["findings", "--why=absence-confirmed", "--limit", "0"])?;
    let removed: BTreeSet<String> = changed.removed.iter().map(|gone| gone.device_uid.clone()).collect();
    assert_eq!(texts(&closed, "/asset"), removed);
    assert!(closed.iter().all(|one| one["status"] == "fixed" && one["closed_by"] == "absence"), "{closed:?}");
    assert!(closed.iter().all(|one| one["seen_last"] == false && one["missing"] == 1), "{closed:?}");

    // Each filter, and two at once, against the whole list.
    let one = all.iter().find(|one| !one["cve"].is_null() && !one["host"].is_null()).cloned();
    let one = one.ok_or_else(|| Error::other("no finding with CVE and host"))?;
    let text = |pointer: &str| one.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    for (flag, value, pointer) in [
        ("--id", text("/finding"), "/finding"),
        ("--id", text("/asset"), "/asset"),
        ("--cve", &text("/cve").to_lowercase(), "/cve"),
        ("--site", text("/site"), "/site"),
        ("--host", text("/asset"), "/asset"),
        ("--host", text("/addresses/0"), "/addresses/0"),
        ("--status", "fixed", "/status"),
    ] {
        let found = known(&world, &["findings", "plant", flag, value, "--limit", "0"])?;
        let fits = |one: &&Value| {
            one.pointer(pointer).and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(value))
        };
        let expected: BTreeSet<String> = all.iter().filter(fits).map(identity).collect();
        assert!(!expected.is_empty(), "{flag} {value}");
        assert_eq!(found.iter().map(identity).collect::<BTreeSet<_>>(), expected, "{flag} {value}");
    }
    let both =
        known(&world, &["findings", "--host", text("/asset"), "--cve", text("/cve"), "--status", "open"])?;
    let open = all.iter().filter(|other| {
        other["asset"] == one["asset"] && other["cve"] == one["cve"] && other["status"] == "open"
    });
    assert_eq!(both.iter().map(identity).collect::<Vec<_>>(), open.map(identity).collect::<Vec<_>>());

    let table = world.place.call(&["findings", "--unseen", "--why", "--limit", "2"])?;
    assert_eq!(table.code, 0, "{table:?}");
    insta::assert_snapshot!("unseen_findings", masked(&table.stdout, &ran));
    let assets = world.place.call(&["assets", "plant", "--limit", "3"])?;
    insta::assert_snapshot!("assets", masked(&assets.stdout, &ran));
    let none = world.place.call(&["findings", "plant", "--cve", "CVE-1999-0001"])?;
    insta::assert_snapshot!("nothing_matches", masked(&none.stdout, &ran));
    Ok(())
}

#[test]
fn a_connection_without_a_ledger_says_so() -> Result<()> {
    let world = World::new(502)?;
    let asked = world.place.call(&["findings", "plant"])?;
    assert_eq!(asked.code, 0, "{asked:?}");
    insta::assert_snapshot!("no_ledger_yet", asked.stdout);
    assert!(known(&world, &["assets"])?.is_empty());
    let refused = world.place.call(&["export", "assets", "plant", "--to", "assets.csv"])?;
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(!world.place.path().join("assets.csv").exists());
    Ok(())
}

#[test]
fn an_export_has_every_record_once() -> Result<()> {
    let world = World::new(503)?;
    world.run_well()?;
    for what in ["findings", "assets"] {
        let file = format!("{what}.csv");
        let exported = world.place.call(&["export", what, "plant", "--to", &file])?;
        assert_eq!(exported.code, 0, "{exported:?}");
        let mut table = csv::Reader::from_path(world.place.path().join(&file))?;
        insta::assert_snapshot!(
            format!("columns_of_{what}"),
            table.headers()?.iter().collect::<Vec<_>>().join("\n")
        );
        let mut column = |name: &str| table.headers().map(|all| all.iter().position(|title| title == name));
        let (asset, finding) = (column("asset")?.unwrap_or_default(), column("finding")?);
        let records = world.place.call(&[what, "plant", "--limit", "0", "--json"])?.json()?;
        let expected: Vec<String> = records
            .pointer("/0/known")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(identity)
            .collect();
        let rows = table.records().collect::<std::result::Result<Vec<_>, _>>()?;
        let identities =
            rows.iter().map(|row| format!("{} {}", &row[asset], finding.map_or("", |at| &row[at])));
        assert_eq!(identities.collect::<Vec<_>>(), expected);
    }
    Ok(())
}

#[test]
fn fields_that_the_vendor_changed_are_told() -> Result<()> {
    let world = World::new(504)?;
    let first = world.run_well()?;
    assert_eq!(first.at("/field_changes"), &json!([]), "there is nothing to compare with");
    let same = world.run_well()?;
    assert_eq!(same.at("/fields_compared_with"), first.at("/run"));
    assert_eq!(same.at("/field_changes"), &json!([]), "{}", same.account);
    for reshape in [
        Reshape::Add { stream: Rows::Relations, field: "vendor_note".to_owned() },
        Reshape::Rename { stream: Rows::Devices, field: "model".to_owned(), to: "device_model".to_owned() },
        Reshape::Retype { stream: Rows::Devices, field: "risk_score_points".to_owned() },
    ] {
        world.change(&Change::Reshape(reshape))?;
    }
    // The map reads `model`, so a person decides whether assets go out without it.
    let ran = world.run()?;
    ran.ends(4, "held");
    let reason = ran.account.pointer("/held/0").unwrap_or(&Value::Null);
    insta::assert_json_snapshot!("field_that_vanished", reason);
    insta::assert_json_snapshot!("field_changes", ran.at("/field_changes"));
    let approved = world.place.call(&["plan", "approve", "plant", "--by", "anna"])?;
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    let shown = world.place.call(&["run", "show", "plant"])?;
    assert!(shown.stdout.contains("  assets: model vanished (was text)"), "{}", shown.stdout);
    assert_eq!(world.run_well()?.at("/field_changes"), &json!([]), "it is told once");
    Ok(())
}

#[test]
fn values_that_cannot_be_read_are_told_by_stream_and_field() -> Result<()> {
    let world = World::new(507)?;
    let shipped = world.place.call(&["map", "show", "claroty-xdome-asset", "--toml"])?.stdout;
    world.place.write("odd.toml", &shipped.replace("\"last_seen_list\"", "\"device_category\""))?;
    world.connect(Wishes { source: "maps.asset = \"odd.toml\"", ..Wishes::default() })?;
    let ran = world.run_well()?;
    let values = ran.number("/unreadable_values");
    assert!(values > 1, "{}", ran.account);
    assert_eq!(values, ran.number("/coverage/0/distinct"), "a row that two pages share counts once");
    let counted = json!([{"stream": "assets", "values": values, "fields": {"device_category": values}}]);
    assert_eq!(ran.at("/unreadable"), &counted);
    let sentence =
        format!("assets: {values} values could not be read and count as absent: device_category {values}");
    assert_eq!(ran.at("/remarks"), &json!([sentence]));
    let shown = world.place.call(&["run", "show", "plant"])?.stdout;
    assert_eq!(shown.matches(&sentence).count(), 2, "{shown}");
    Ok(())
}

#[test]
fn a_run_is_told_step_by_step() -> Result<()> {
    let world = World::new(505)?;
    world.vendor_faults(&faults(
        r#"[{"endpoint":"relations","times":1,"action":{"kind":"too-many-requests","retry_after":1}}]"#,
    )?)?;
    let ran = world.run()?;
    ran.ends(0, "complete");
    let steps: Vec<&str> = ran
        .at("/timeline")
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step["what"].as_str())
        .collect();
    for step in ["queried row counts", "read pages of findings", "delivered batches"] {
        assert!(steps.contains(&step), "{steps:?}");
    }
    assert!(ran.number("/source_traffic/sent_bytes") > 0, "{}", ran.account);
    assert!(ran.number("/source_traffic/limited") >= 1, "{}", ran.account);
    assert!(ran.number("/source_traffic/asked_ms") >= 500, "{}", ran.account);
    let fresh = world.place.call(&["run", "show", "plant", "--verdicts", "--status", "new", "--json"])?;
    let findings = ran.number("/findings/verdicts/new") + ran.number("/assets/verdicts/new");
    assert_eq!(fresh.json()?.as_array().map(Vec::len), usize::try_from(findings).ok());
    Ok(())
}

/// What `run` printed is what `run show` tells later, to the last line.
#[test]
fn the_whole_account_of_a_run() -> Result<()> {
    let world = World::new(506)?;
    // One page after the other, so that the steps have one order.
    world.connect(Wishes { destination: "[run]\nfetch_concurrency = 1", ..Wishes::default() })?;
    world.run_well()?;
    world.pass_a_day()?;
    let ran = world.place.call(&["run", "plant"])?;
    let shown = world.place.call(&["run", "show", "plant"])?;
    assert_eq!((ran.code, shown.code, shown.stderr.as_str()), (0, 0, ""), "{ran:?} {shown:?}");
    assert_eq!(shown.stdout, ran.stdout);
    let mut text = shown.stdout;
    for (pattern, name) in [
        (r"\d{8}T\d{6}Z-[0-9a-f]{8}", "RUN"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME"),
        (r"\d\d:\d\d:\d\d\.\d{3}", "CLOCK"),
        (r"\b\d+(\.\d+)? (ms|s)\b", "DURATION"),
        (r"\b\d+(\.\d+)? ([KM]iB|B)\b", "SIZE"),
        (r"\([0-9a-f]{12}\)", "(HASH)"),
        // Columns are as wide as what was masked.
        (r" {2,}", " "),
        (r"([─═╌┄])+", "$1"),
    ] {
        let pattern = regex::Regex::new(pattern).map_err(Error::other)?;
        text = pattern.replace_all(&text, name).into_owned();
    }
    insta::assert_snapshot!("whole_account", text);
    Ok(())
}

/// What is known of the one connection.
fn known(world: &World, arguments: &[&str]) -> Result<Vec<Value>> {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let ended = world.place.call(&arguments)?;
    assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
    Ok(ended.json()?.pointer("/0/known").and_then(Value::as_array).cloned().unwrap_or_default())
}

fn identity(known: &Value) -> String {
    let text = |name: &str| known.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    format!("{} {}", text("asset"), text("finding"))
}

fn texts(known: &[Value], pointer: &str) -> BTreeSet<String> {
    known.iter().filter_map(|one| one.pointer(pointer)?.as_str().map(str::to_owned)).collect()
}

/// Text without what differs from call to call: run ids, and the day on which a run closed something.
fn masked(text: &str, ran: &Ran) -> String {
    let day = ran.at("/started_at").as_str().and_then(|time| time.get(..10)).unwrap_or_default();
    let stamp = day.replace('-', "");
    let mut masked = String::new();
    for (number, part) in text.split(&stamp).enumerate() {
        if number > 0 {
            masked.push_str("RUN");
        }
        let id = number > 0 && part.starts_with('T');
        masked.push_str(if id { part.get(17..).unwrap_or_default() } else { part });
    }
    masked.replace(day, "20YY-MM-DD")
}
