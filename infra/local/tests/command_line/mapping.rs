//! Own maps: cloned, edited, checked, used, deleted.

use crate::applying::FILES;
use crate::process::{Ended, Place, Result, ended};
use serde_json::json;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

const SHIPPED: &str = "claroty-xdome-asset";

/// A place with the own map `plant-assets`, and its text.
pub(crate) fn with_own_map() -> Result<(Place, String)> {
    let place = Place::new()?;
    let cloned = place.call(&["map", "clone", SHIPPED, "plant-assets"])?;
    assert_eq!(cloned.code, 0, "{cloned:?}");
    let text = place.call(&["map", "show", "plant-assets", "--toml"])?.stdout;
    Ok((place, text))
}

/// An editor that runs `script` with the file as `$1`.
fn editor(place: &Place, script: &str) -> Result<String> {
    let path = place.write("editor.sh", &format!("#!/bin/sh\n{script}\n"))?;
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755))?;
    Ok(path.display().to_string())
}

/// `map edit plant-assets` in `editor`, with `answers` on stdin.
fn edit(place: &Place, editor: &str, answers: &str) -> Result<Ended> {
    let mut command = place.command(&["map", "edit", "plant-assets"]);
    command.env_remove("VISUAL").env("EDITOR", editor).stdin(std::process::Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(answers.as_bytes())?;
    }
    ended(child)
}

#[test]
fn a_map_is_cloned_edited_listed_and_deleted() -> Result<()> {
    let (place, text) = with_own_map()?;
    assert!(
        text.contains("name = \"plant-assets\"") && text.contains("# One date per network card"),
        "{text}"
    );
    place.write("edited.toml", &text.replace("\"hostName\"", "\"netBiosName\""))?;
    let edited = place.call(&["map", "edit", "plant-assets", "--from-file", "edited.toml"])?;
    assert_eq!(edited.code, 0, "{edited:?}");
    insta::assert_snapshot!("edited", format!("{}--- stderr\n{}", edited.stdout, edited.stderr));
    let again = place.call(&["map", "edit", "plant-assets", "--from-file", "edited.toml"])?;
    assert_eq!(again.stdout, "Nothing changed: map plant-assets stays at v2.\n");
    insta::assert_snapshot!("listed", place.call(&["map", "list"])?.stdout);
    assert_eq!(place.call(&["map", "show", "plant-assets@1", "--toml"])?.stdout, text);
    let files: Vec<_> = ["v1.toml", "v2.toml"]
        .map(|file| place.path().join("home/objects/maps/plant-assets").join(file))
        .into();
    assert!(files.iter().all(|file| file.is_file()), "{files:?}");

    let deleted = place.call(&["map", "delete", "plant-assets"])?;
    assert_eq!(deleted.stdout, "Map plant-assets deleted, with 2 versions.\n");
    assert!(files.iter().all(|file| !file.exists()), "{files:?}");
    Ok(())
}

#[test]
fn the_editor_is_opened_again_until_the_map_is_good() -> Result<()> {
    let (place, _) = with_own_map()?;
    // First the target is misspelt, then that is mended.
    let script = r#"if grep -q hostNam\" "$1"; then sed -i 's/hostNam"/hostName"/; s/1.0.0/1.0.1/' "$1"; else sed -i 's/hostName"/hostNam"/' "$1"; fi"#;
    let edited = edit(&place, &editor(&place, script)?, "y\n")?;
    assert_eq!(edited.code, 0, "{edited:?}");
    assert!(edited.stdout.starts_with("Map plant-assets: v2 saved (25 rows, hash "), "{edited:?}");
    let mistake = "row 1, target: \"hostNam\" is not a target; did you mean `hostName`?; allowed are";
    assert!(edited.stderr.contains(mistake) && edited.stderr.contains("Edit again? [Y/n]"), "{edited:?}");
    Ok(())
}

#[test]
fn work_that_has_mistakes_is_kept_and_not_saved() -> Result<()> {
    let (place, text) = with_own_map()?;
    let given_up = edit(&place, &editor(&place, r#"sed -i 's/device_name/device_nam/' "$1""#)?, "n\n")?;
    assert_eq!((given_up.code, given_up.stdout.as_str()), (2, ""), "{given_up:?}");
    let kept = given_up.stderr.rsplit_once("--from-file ").map(|(_, path)| path.trim()).unwrap_or_default();
    assert_eq!(std::fs::read_to_string(kept)?, text.replace("device_name", "device_nam"));
    std::fs::remove_file(kept)?;

    let unchanged = edit(&place, &editor(&place, "true")?, "")?;
    assert_eq!(unchanged.stdout, "Nothing changed: map plant-assets stays at v1.\n", "{unchanged:?}");
    let broken = edit(&place, &editor(&place, "exit 3")?, "")?;
    assert_eq!(broken.code, 2, "{broken:?}");
    assert!(broken.stderr.contains("the editor ended with exit status: 3"), "{broken:?}");
    let listed = place.call(&["map", "list", "--json"])?.json()?;
    assert_eq!(listed[3]["versions"], json!([1]), "{listed}");
    Ok(())
}

#[test]
fn what_cannot_be_done_is_said_with_advice() -> Result<()> {
    let (place, text) = with_own_map()?;
    let finding = place.call(&["map", "show", "claroty-xdome-host-asset", "--toml"])?.stdout;
    place.write("finding.toml", &finding)?;
    place.write("bad.toml", &text.replace("\"max\"", "\"maximum\"").replace("os_name", "os_nam"))?;
    let mut told = String::new();
    for arguments in [
        &["map", "edit", SHIPPED][..],
        &["map", "edit", "plant-asset"],
        &["map", "clone", SHIPPED, "plant-assets"],
        &["map", "clone", SHIPPED, "Plant Assets"],
        &["map", "clone", "bad.toml", "worse"],
        &["map", "edit", "plant-assets", "--from-file", "bad.toml"],
        &["map", "edit", "plant-assets", "--from-file", "finding.toml"],
        &["map", "show", "plant-assets@7"],
        &["map", "show", "plant-asets"],
        &["map", "delete", "nothing"],
    ] {
        let refused = place.call(arguments)?;
        assert!(refused.code == 1 || refused.code == 2, "{refused:?}");
        assert_eq!(refused.stdout, "", "{arguments:?}");
        told += &format!("$ causeway {}\n{}\n", arguments.join(" "), refused.stderr);
    }
    let mut command = place.command(&["map", "edit", "plant-assets"]);
    let no_editor = ended(command.env_remove("VISUAL").env_remove("EDITOR").spawn()?)?;
    told += &format!("$ causeway map edit plant-assets\n{}", no_editor.stderr);
    insta::assert_snapshot!("refused", told);
    Ok(())
}

#[test]
fn a_connection_keeps_its_version_until_it_is_applied_again() -> Result<()> {
    let (place, text) = with_own_map()?;
    let maps = |maps: &str| FILES.replace("\n[destination", &format!("{maps}\n\n[destination"));
    place.write("plant.toml", &maps("maps.asset = \"plant-assets\""))?;
    place.write(
        "pinned.toml",
        &maps("maps.asset = \"plant-assets@1\"").replace("plant-north", "plant-south"),
    )?;
    for file in ["plant.toml", "pinned.toml"] {
        let applied = place.call(&["connection", "apply", file])?;
        assert_eq!(applied.code, 0, "{applied:?}");
    }
    place.write("edited.toml", &text.replace("1.0.0", "1.0.1"))?;
    let edited = place.call(&["map", "edit", "plant-assets", "--from-file", "edited.toml"])?;
    assert!(edited.stderr.contains("Used by plant-north (v1), plant-south (v1)."), "{edited:?}");
    let refused = place.call(&["map", "delete", "plant-assets"])?;
    assert_eq!(refused.code, 2);
    insta::assert_snapshot!("delete_refused", refused.stderr);
    for file in ["plant.toml", "pinned.toml"] {
        assert_eq!(place.call(&["connection", "apply", file])?.code, 0);
    }
    let listed = place.call(&["map", "list", "--json"])?.json()?;
    let used = json!([
        { "connection": "plant-north", "reference": "plant-assets", "version": 2 },
        { "connection": "plant-south", "reference": "plant-assets@1", "version": 1 },
    ]);
    assert_eq!(listed[3]["used_by"], used, "{listed}");

    // A path is a path, also when an own map has the name of the file.
    place.write("plant-assets", &text.replace("plant-assets", "by-path"))?;
    place.write("plant.toml", &maps("maps.asset = \"./plant-assets\""))?;
    assert_eq!(place.call(&["connection", "apply", "plant.toml"])?.code, 0);
    let shown = place.call(&["connection", "show", "plant-north", "--json"])?.json()?;
    assert!(
        shown["documents"].as_array().is_some_and(|names| names.contains(&json!("./plant-assets"))),
        "{shown}"
    );
    Ok(())
}
