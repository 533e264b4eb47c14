//! Applying, listing, showing and deleting connections.

use crate::process::{Place, Result};
use serde_json::json;

pub(crate) const FILES: &str = r#"name = "plant-north"

[source.claroty-xdome]
api_url = "https://xdome.invalid"
api_token_secret = "xdome-token"

[destination.files]
folder = "out"
"#;

#[test]
fn every_mistake_is_told_and_nothing_is_changed() -> Result<()> {
    let place = Place::new()?;
    let text = FILES.replace("https", "http").replace("api_token_secret", "page_size = 1\napi_token");
    place.write("plant.toml", &text)?;
    let refused = place.call(&["connection", "apply", "plant.toml"])?;
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    insta::assert_snapshot!("definition_mistakes", refused.stderr);
    assert_eq!(place.call(&["connection", "list", "--json"])?.json()?, json!([]));
    Ok(())
}

#[test]
fn a_map_that_is_not_there_is_placed() -> Result<()> {
    let place = Place::new()?;
    let text = FILES.replace("\n[destination", "maps.asset = \"mine.toml\"\n\n[destination");
    place.write("plant.toml", &text)?;
    let refused = place.call(&["connection", "apply", "plant.toml"])?;
    assert_eq!(refused.code, 2);
    insta::assert_snapshot!("map_not_there", refused.stderr);
    Ok(())
}

#[test]
fn a_file_that_is_not_there_is_named() -> Result<()> {
    let refused = Place::new()?.call(&["connection", "apply", "nowhere.toml"])?;
    assert_eq!(refused.code, 2);
    insta::assert_snapshot!("file_not_there", refused.stderr);
    Ok(())
}

#[test]
fn a_connection_is_created_updated_shown_and_deleted() -> Result<()> {
    let place = Place::new()?;
    place.write("plant.toml", FILES)?;
    let created = place.call(&["connection", "apply", "plant.toml"])?;
    assert_eq!(created.code, 0, "{created:?}");
    insta::assert_snapshot!("created", format!("{}--- stderr\n{}", created.stdout, created.stderr));
    let updated = place.call(&["connection", "apply", "plant.toml", "--json"])?.json()?;
    assert_eq!((&updated["created"], &updated["missing_secrets"]), (&json!(false), &json!(["xdome-token"])));

    let listed = place.call(&["connection", "list", "--json"])?.json()?;
    assert_eq!(
        (&listed[0]["connection"], &listed[0]["state"]),
        (&json!("plant-north"), &json!("Registered"))
    );
    let shown = place.call(&["connection", "show", "plant-north", "--json"])?.json()?;
    let folder = shown["definition"]["destination"]["files"]["folder"].as_str().unwrap_or_default();
    assert!(folder.ends_with("/out") && folder.starts_with('/'), "{folder}");
    assert_eq!(shown["documents"], json!(["claroty-xdome-asset", "claroty-xdome-host-asset"]));
    let text = place.call(&["connection", "show", "plant-north"])?;
    assert!(
        text.stdout.contains("page_size = 1000") && text.stdout.contains("causeway secret set xdome-token"),
        "{text:?}"
    );

    assert_eq!(place.call(&["connection", "delete", "plant-north"])?.code, 0);
    assert_eq!(place.call(&["connection", "show", "plant-north"])?.code, 1);
    Ok(())
}

#[test]
fn connections_that_write_the_same_are_told() -> Result<()> {
    let place = Place::new()?;
    let etm = "[destination.qualys-etm]\ngateway_url = \"https://g.invalid\"\nusername = \"u\"\npassword_secret = \"p\"\n\
               connector_uuid = \"00000000-0000-4000-8000-000000000000\"\n";
    let first = FILES.split("[destination").next().unwrap_or_default().to_owned() + etm;
    place.write("first.toml", &first)?;
    let alone = place.call(&["connection", "apply", "first.toml"])?;
    assert!(alone.code == 0 && !alone.stderr.contains("Note:"), "{alone:?}");
    let again = place.call(&["connection", "apply", "first.toml"])?;
    assert!(!again.stderr.contains("Note:"), "not told of itself: {again:?}");
    place.write("second.toml", &first.replace("plant-north", "plant-south"))?;
    let second = place.call(&["connection", "apply", "second.toml"])?;
    assert_eq!(second.code, 0, "{second:?}");
    let told = "Note: Connections plant-south and plant-north have the same `connector_uuid` and both read https://xdome.invalid/";
    assert!(second.stderr.contains(told), "{second:?}");
    let data = place.call(&["connection", "apply", "second.toml", "--json"])?.json()?;
    assert_eq!(data["overlaps"].as_array().map(Vec::len), Some(1), "{data}");
    Ok(())
}

#[test]
fn quiet_keeps_stderr_empty() -> Result<()> {
    let place = Place::new()?;
    place.write("plant.toml", FILES)?;
    let created = place.call(&["--quiet", "connection", "apply", "plant.toml"])?;
    assert_eq!((created.code, created.stderr.as_str()), (0, ""), "{created:?}");
    Ok(())
}

/// The example of the guide is what a person copies.
#[test]
fn the_example_of_the_guide_can_be_applied() -> Result<()> {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/CONNECTION.md");
    let guide = std::fs::read_to_string(guide)?;
    let example =
        guide.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
    let place = Place::new()?;
    place.write("plant-north.toml", example)?;
    let applied = place.call(&["connection", "apply", "plant-north.toml"])?;
    assert_eq!(applied.code, 0, "{applied:?}");
    Ok(())
}
