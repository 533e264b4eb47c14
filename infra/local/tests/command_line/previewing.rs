//! Previews against a simulator in a process of its own.

use crate::process::{Place, Result};
use crate::running::{FILES, SMALL, connect};
use serde_json::Value;

#[test]
fn a_preview_tells_what_a_run_would_do_and_does_nothing() -> Result<()> {
    let place = Place::new()?;
    let vendor = place.simulate(&SMALL)?;
    connect(&place, &vendor, FILES)?;
    let told = place.call(&["preview", "plant-north"])?;
    assert_eq!(told.code, 0, "{told:?}");
    for expected in ["nothing was sent or changed", "vulnerability_cve_ids", "findingType", "On AWS:"] {
        assert!(told.stdout.contains(expected), "{expected}: {told:?}");
    }
    assert_eq!(place.call(&["runs", "--json"])?.json()?, Value::Array(Vec::new()), "it is no run");

    let whole = place.call(&["preview", "plant-north", "--all", "--json"])?.json()?;
    assert_eq!(whole["whole"], true, "{whole}");
    let sample = &whole["samples"][0];
    assert_eq!(sample["source"]["uid"], sample["records"][0]["asset"], "{sample}");
    let run = place.call(&["run", "plant-north", "--json"])?.json()?;
    assert_eq!(whole["findings"], run["findings"], "the run did what the preview said");
    Ok(())
}

#[test]
fn a_changed_file_is_previewed_before_it_is_applied() -> Result<()> {
    let place = Place::new()?;
    let vendor = place.simulate(&SMALL)?;
    connect(&place, &vendor, FILES)?;
    assert_eq!(place.call(&["run", "plant-north"])?.code, 0);
    let applied = std::fs::read_to_string(place.path().join("plant.toml"))?;
    let narrowed = applied.replace("page_size = 40", "page_size = 40\ndevice_categories = [\"OT\"]");
    place.write("narrowed.toml", &narrowed)?;
    let arguments = ["preview", "plant-north", "--all", "--with", "narrowed.toml", "--json"];
    let preview = place.call(&arguments)?.json()?;
    let hidden = preview["findings"]["verdicts"]["out-of-scope"].as_u64();
    assert!(hidden > Some(0), "what the filter hides is kept: {preview}");
    place.write("other.toml", &applied.replace("plant-north", "plant-south"))?;
    let refused = place.call(&["preview", "plant-north", "--with", "other.toml"])?;
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("is the connection plant-south, not plant-north"), "{refused:?}");
    Ok(())
}
