//! Whole runs against simulators in processes of their own.

use crate::process::{Place, Result, ended};
use crate::simulator::Simulator;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Error, Read};
use std::process::Command;

pub(crate) const SMALL: [&str; 5] = ["claroty-xdome", "--devices", "60", "--findings", "300"];

pub(crate) fn connect(place: &Place, vendor: &Simulator, destination: &str) -> Result<()> {
    let text = format!(
        "name = \"plant-north\"\n\n[source.claroty-xdome]\napi_url = \"{}\"\napi_token_secret = \"xdome-token\"\n\
         page_size = 40\nrequests_per_second = 33\n\n{destination}",
        vendor.text("base_url"),
    );
    place.write("plant.toml", &text)?;
    for ended in [
        place.call(&["connection", "apply", "plant.toml"])?,
        place.pipe(vendor.text("token"), &["secret", "set", "xdome-token"])?,
    ] {
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    Ok(())
}

pub(crate) const FILES: &str = "[destination.files]\nfolder = \"out\"\n";

#[test]
fn a_connection_runs_twice_and_tells_about_it() -> Result<()> {
    let place = Place::new()?;
    let vendor = place.simulate(&SMALL)?;
    connect(&place, &vendor, FILES)?;
    let tested = place.call(&["connection", "test", "plant-north", "--json"])?;
    assert_eq!(tested.code, 0, "{tested:?}");
    let names: Vec<Value> =
        tested.json()?[0]["checks"].as_array().into_iter().flatten().map(|c| c["check"].clone()).collect();
    assert!(
        names.contains(&json!("Network Reachability")) && names.contains(&json!("Data Fetch")),
        "{names:?}"
    );

    let first = place.call(&["run", "plant-north", "--json"])?;
    assert_eq!(first.code, 0, "{first:?}");
    let first = first.json()?;
    assert_eq!(first["outcome"], "complete", "{first}");
    assert!(first["findings"]["verdicts"]["new"].as_u64() >= Some(1), "{first}");
    assert!(first["peak_memory_bytes"].as_u64() > Some(0), "{first}");
    let assets = first["delivered"]["assets"].as_u64().unwrap_or_default();
    assert!((1..=60).contains(&assets), "{first}");

    let second = place.call(&["run", "plant-north"])?;
    assert_eq!(second.code, 0, "{second:?}");
    assert!(second.stdout.contains("Outcome:     complete"), "{second:?}");
    assert!(second.stdout.contains("Nothing to deliver."), "{second:?}");

    let runs = place.call(&["runs", "--json"])?.json()?;
    assert_eq!(runs.as_array().map(Vec::len), Some(2), "{runs}");
    let oldest = runs[1]["run"].as_str().unwrap_or_default();
    assert_eq!(place.call(&["run", "show", oldest, "--json"])?.json()?["run"], oldest);
    let shown = place.call(&["run", "show", "plant-north"])?;
    assert!(shown.stdout.contains(runs[0]["run"].as_str().unwrap_or_default()), "{shown:?}");
    let listed = place.call(&["connection", "list", "--json"])?.json()?;
    assert_eq!(listed[0]["state"], "Processed");
    assert_eq!(listed[0]["runs"], 2);
    Ok(())
}

/// The maps that a run used, and their part of its fingerprint.
fn maps_of(place: &Place, run: &Value) -> Result<(Value, String)> {
    let name = run["run"].as_str().unwrap_or_default();
    let manifest = place.path().join("home/objects/runs/plant-north").join(name).join("manifest.json");
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(manifest)?)?;
    let used = run.pointer("/maps/0").cloned().unwrap_or_default();
    let fingerprint = manifest.pointer("/fingerprint/maps").and_then(Value::as_str).unwrap_or_default();
    Ok((used, fingerprint.to_owned()))
}

#[test]
fn a_changed_map_sends_its_records_again_and_says_so() -> Result<()> {
    let place = Place::new()?;
    let vendor = place.simulate(&SMALL)?;
    assert_eq!(place.call(&["map", "clone", "claroty-xdome-asset", "plant-assets"])?.code, 0);
    connect(&place, &vendor, FILES)?;
    let plant = std::fs::read_to_string(place.path().join("plant.toml"))?;
    let plant = plant.replace("\n\n[destination", "\nmaps.asset = \"plant-assets\"\n\n[destination");
    place.write("plant.toml", &plant)?;
    assert_eq!(place.call(&["connection", "apply", "plant.toml"])?.code, 0);
    let first = place.call(&["run", "plant-north", "--json"])?.json()?;

    let text = place.call(&["map", "show", "plant-assets", "--toml"])?.stdout;
    place.write("edited.toml", &text.replace("\"Claroty xDome\"", "\"xDome\""))?;
    assert_eq!(place.call(&["map", "edit", "plant-assets", "--from-file", "edited.toml"])?.code, 0);
    let unaware = place.call(&["run", "plant-north", "--json"])?.json()?;
    assert_eq!(maps_of(&place, &unaware)?, maps_of(&place, &first)?, "in force as it was applied");
    let preview = place.call(&["preview", "plant-north"])?;
    assert!(
        preview.stderr.starts_with("Shown with v2 of map plant-assets. Runs use v1 until"),
        "{preview:?}"
    );

    assert_eq!(place.call(&["connection", "apply", "plant.toml"])?.code, 0);
    let changed = place.call(&["run", "plant-north", "--json"])?.json()?;
    let (used, fingerprint) = maps_of(&place, &changed)?;
    assert_eq!((&used["name"], &used["version"]), (&json!("plant-assets"), &json!(2)), "{used}");
    assert_ne!(fingerprint, maps_of(&place, &first)?.1);
    assert_eq!(changed["mapped_otherwise_than"], unaware["run"], "{changed}");
    assert_eq!(changed["assets"]["verdicts"]["changed"], first["assets"]["verdicts"]["new"], "every asset");
    assert_eq!(changed["findings"]["verdicts"].get("changed"), None, "no finding: {changed}");
    let shown = place.call(&["run", "show", "plant-north"])?;
    assert!(shown.stdout.contains("Maps:        assets by plant-assets v2 ("), "{shown:?}");
    assert!(
        shown.stdout.contains("used different maps. Records this map produces differently are resent"),
        "{shown:?}"
    );
    Ok(())
}

#[test]
fn findings_arrive_at_qualys_etm() -> Result<()> {
    let place = Place::new()?;
    let vendor = place.simulate(&SMALL)?;
    let receiver = place.simulate(&["qualys-etm"])?;
    let destination = format!(
        "[destination.qualys-etm]\ngateway_url = \"{}\"\nusername = \"{}\"\npassword_secret = \"etm-password\"\n\
         connector_uuid = \"{}\"\n",
        receiver.text("base_url"),
        receiver.text("username"),
        receiver.text("connector_uuid"),
    );
    connect(&place, &vendor, &destination)?;
    let early = place.call(&["connection", "test", "plant-north"])?;
    assert_eq!(early.code, 5, "without the password: {early:?}");
    assert!(early.stdout.contains("causeway secret set"), "{early:?}");
    assert_eq!(place.pipe(receiver.text("password"), &["secret", "set", "etm-password"])?.code, 0);
    let tested = place.call(&["connection", "test", "plant-north"])?;
    assert_eq!(tested.code, 0, "{tested:?}");
    let ran = place.call(&["run", "plant-north", "--json"])?;
    assert_eq!(ran.code, 0, "{ran:?}");
    let account = ran.json()?;
    assert!(account["destination_traffic"]["requests"].as_u64() >= Some(1), "{account}");
    assert_eq!(account["delivered"]["refused_assets"], 0, "{account}");
    Ok(())
}

#[test]
fn a_wrong_token_fails_the_test_with_5_and_the_run_with_1() -> Result<()> {
    let place = Place::new()?;
    let vendor = place.simulate(&SMALL)?;
    connect(&place, &vendor, FILES)?;
    assert_eq!(place.pipe("wrong", &["secret", "set", "xdome-token"])?.code, 0);
    let tested = place.call(&["connection", "test", "plant-north"])?;
    assert_eq!(tested.code, 5, "{tested:?}");
    assert!(
        tested.stdout.contains("Authentication Credential Check") && tested.stdout.contains("  help: "),
        "{tested:?}"
    );
    let failed = place.call(&["run", "plant-north"])?;
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.stderr.contains("help: Create a new token"), "{failed:?}");
    assert_eq!(place.call(&["connection", "list", "--json"])?.json()?[0]["state"], "Errored");
    Ok(())
}

#[test]
fn a_run_that_is_interrupted_goes_on() -> Result<()> {
    let place = Place::new()?;
    let arguments: Vec<&str> = SMALL.into_iter().chain(["--latency-ms", "250"]).collect();
    let vendor = place.simulate(&arguments)?;
    connect(&place, &vendor, FILES)?;
    let mut child = place.command(&["run", "plant-north", "--json"]).spawn()?;
    let mut stderr = BufReader::new(child.stderr.take().ok_or_else(|| Error::other("no stderr"))?);
    let mut line = String::new();
    while !line.contains("started") {
        line.clear();
        assert!(stderr.read_line(&mut line)? > 0, "it ended before it started a run");
    }
    let refused = place.call(&["run", "plant-north"])?;
    assert_eq!(refused.code, 1, "a second process must not work on the same home: {refused:?}");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status()?.success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest)?;
    let stopped = ended(child)?;
    assert_eq!((stopped.code, stopped.stdout.as_str()), (130, ""), "{rest}");
    assert!(rest.contains("Resume run"), "{rest}");

    let resumed = place.call(&["run", "plant-north", "--json"])?;
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert!(resumed.stderr.contains("resuming run"), "{resumed:?}");
    assert_eq!(resumed.json()?["generation"], 1);
    Ok(())
}
