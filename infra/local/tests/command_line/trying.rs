//! Maps on recorded pages: `map try`, `map diff`, `map test`.

use crate::mapping::with_own_map;
use crate::process::{Place, Result};
use serde_json::{Value, json};

/// Two devices that can be mapped and one that was never seen on the network.
const PAGE: &str = r#"{"count":3,"devices":[
 {"uid":"plc-1","device_name":"10.1.0.7","site_name":"North","device_category":"OT","retired":false,
  "os_name":"VxWorks","mac_list":["00:1d:9c:aa:bb:01"],"ip_list":["10.1.0.7 / (Last Known IP)"],
  "first_seen_list":["2026-03-01T06:00:00+02:00"],"last_seen_list":["2026-11-01T08:00:00Z"],"risk_score":"High"},
 {"uid":"cam-2","device_name":"cam-lobby","site_name":null,"device_category":"IoT","retired":false,
  "first_seen_list":["2026-05-01T00:00:00Z"],"last_seen_list":["2026-10-01T00:00:00Z"]},
 {"uid":"ghost-3","device_name":"ghost","device_category":"OT","retired":false,"first_seen_list":[]}]}"#;

fn with_page() -> Result<Place> {
    let (place, text) = with_own_map()?;
    place.write("page.json", PAGE)?;
    let edited = text
        .replace("source = \"os_name\"\ntarget = \"operatingSystem.name\"\n", "source = \"os_name\"\ntarget = \"operatingSystem.name\"\ndefault = \"unknown\"\n")
        .replace("source = \"serial_number\"\ntarget = \"serialNumber\"", "source = \"uid\"\ntarget = \"serialNumber\"")
        .replace("source = \"first_seen_list\"\ntarget = \"created\"\nrequired = true\n", "source = \"first_seen_list\"\ntarget = \"created\"\nrequired = true\ndefault = \"2026-01-01T00:00:00Z\"\n");
    place.write("edited.toml", &edited)?;
    let saved = place.call(&["map", "edit", "plant-assets", "--from-file", "edited.toml"])?;
    assert_eq!(saved.code, 0, "{saved:?}");
    Ok(place)
}

#[test]
fn a_page_is_tried_and_shown_beside_its_source() -> Result<()> {
    let place = with_page()?;
    let tried = place.call(&["map", "try", "plant-assets@1", "--page", "page.json"])?;
    assert_eq!(tried.code, 0, "{tried:?}");
    insta::assert_snapshot!("tried", tried.stdout);
    let one = ["map", "try", "plant-assets", "--page", "page.json", "--record", "cam-2", "--json"];
    let one = place.call(&one)?.json()?;
    assert_eq!((&one["rows"], &one["rejected"]), (&json!(3), &json!(0)), "{one}");
    assert_eq!(one["results"].as_array().map(Vec::len), Some(1), "{one}");
    assert_eq!(
        one["results"][0]["records"][0]["record"]["operatingSystem"],
        json!({ "name": "unknown" }),
        "{one}"
    );

    let packed = zstd::encode_all(PAGE.as_bytes(), 3)?;
    std::fs::write(place.path().join("page.zst"), packed)?;
    assert_eq!(place.call(&["map", "try", "plant-assets@1", "--page", "page.zst"])?.stdout, tried.stdout);
    Ok(())
}

#[test]
fn two_versions_differ_in_rows_and_in_what_they_make() -> Result<()> {
    let place = with_page()?;
    let diff = ["map", "diff", "plant-assets@1", "plant-assets@2", "--page", "page.json"];
    let differs = place.call(&diff)?;
    assert_eq!(differs.code, 1, "{differs:?}");
    insta::assert_snapshot!("diff", differs.stdout);
    let data = place.call(&[&diff[..], &["--json"]].concat())?;
    assert_eq!((data.code, &data.json()?["changed"]), (1, &json!(3)));
    let same = place.call(&["map", "diff", "plant-assets", "plant-assets@2", "--page", "page.json"])?;
    assert_eq!(same.code, 0, "{same:?}");
    assert!(
        same.stdout.contains("The maps are equivalent.")
            && same.stdout.contains("3 records compared, 0 differ."),
        "{same:?}"
    );
    Ok(())
}

#[test]
fn golden_tests_stand_beside_a_map() -> Result<()> {
    let place = with_page()?;
    let none = place.call(&["map", "test", "edited.toml"])?;
    assert_eq!(none.code, 2);
    let rows: Value = serde_json::from_str(PAGE)?;
    std::fs::create_dir(place.path().join("edited.tests"))?;
    place.write("edited.tests/devices.json", &json!({ "rows": rows["devices"] }).to_string())?;
    let accepted = place.call(&["map", "test", "edited.toml", "--accept"])?;
    assert_eq!(accepted.stdout, "accepted devices\nedited.toml: 1 test, 0 passed, 0 failed, 1 accepted\n");
    let passed = place.call(&["map", "test", "edited.toml"])?;
    assert_eq!(
        (passed.code, passed.stdout.as_str()),
        (0, "passed   devices\nedited.toml: 1 test, 1 passed, 0 failed\n")
    );
    let failed = place.call(&["map", "test", "plant-assets@1", "--tests", "edited.tests"])?;
    assert_eq!(failed.code, 5, "{failed:?}");
    insta::assert_snapshot!(
        "test_failed",
        format!("{}--- stderr\n{}\n{}", failed.stdout, failed.stderr, none.stderr)
    );
    Ok(())
}

#[test]
fn what_is_no_page_of_the_map_is_said() -> Result<()> {
    let place = with_page()?;
    place.write("html.json", "<html>login</html>")?;
    let mut told = String::new();
    for arguments in [
        &["map", "try", "plant-assets", "--page", "html.json"][..],
        &["map", "try", "claroty-xdome-host-asset", "--page", "page.json"],
        &["map", "try", "plant-assets", "--page", "page.json", "--record", "cam-3"],
        &["map", "try", "qualys-etm", "--page", "page.json"],
        &["map", "try", "plant-assets", "--page", "nowhere.json"],
        &["map", "diff", "plant-assets", "claroty-xdome-host-asset"],
    ] {
        let refused = place.call(arguments)?;
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{arguments:?}: {refused:?}");
        told += &format!("$ causeway {}\n{}\n", arguments.join(" "), refused.stderr);
    }
    insta::assert_snapshot!("no_page", told);
    Ok(())
}
