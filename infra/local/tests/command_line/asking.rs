//! What can be asked without any connection.

use crate::process::{Place, Result};
use serde_json::json;

#[test]
fn help_tells_the_commands_and_the_exit_codes() -> Result<()> {
    let place = Place::new()?;
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help_connection", &["connection", "--help"]),
        ("help_secret_set", &["secret", "set", "--help"]),
        ("help_run", &["run", "--help"]),
        ("help_serve", &["serve", "--help"]),
        ("help_schedule_show", &["schedule", "show", "--help"]),
        ("help_simulate", &["simulate", "claroty-xdome", "--help"]),
    ] {
        let help = place.call(arguments)?;
        assert_eq!(help.code, 0, "{help:?}");
        insta::assert_snapshot!(name, help.stdout);
    }
    Ok(())
}

#[test]
fn a_wrong_command_line_ends_with_2() -> Result<()> {
    let place = Place::new()?;
    for arguments in
        [&["fly"][..], &["run"], &["run", "show"], &["connection", "apply"], &["connection", "show", "A B"]]
    {
        let refused = place.call(arguments)?;
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{arguments:?}: {refused:?}");
        assert!(refused.stderr.starts_with("error: "), "{refused:?}");
    }
    Ok(())
}

#[test]
fn what_is_not_there_is_named_with_advice() -> Result<()> {
    let place = Place::new()?;
    let unknown = place.call(&["run", "plant-north"])?;
    assert_eq!(unknown.code, 1);
    insta::assert_snapshot!("unknown_connection", unknown.stderr);
    for arguments in [
        &["connection", "show", "x"][..],
        &["connection", "delete", "x"],
        &["runs", "x"],
        &["run", "show", "x"],
    ] {
        let unknown = place.call(arguments)?;
        assert_eq!((unknown.code, unknown.stdout.as_str()), (1, ""), "{arguments:?}: {unknown:?}");
        assert!(unknown.stderr.contains("\n  help: "), "{unknown:?}");
    }
    Ok(())
}

#[test]
fn an_empty_home_says_what_to_do() -> Result<()> {
    let place = Place::new()?;
    for (arguments, next) in [
        (&["connection", "list"][..], "causeway connection apply"),
        (&["secret", "list"], "causeway secret set"),
        (&["runs"], "causeway run"),
    ] {
        let text = place.call(arguments)?;
        assert_eq!(text.code, 0, "{text:?}");
        assert!(text.stdout.contains(next), "{text:?}");
        let json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        assert_eq!(place.call(&json)?.json()?, json!([]));
    }
    Ok(())
}

#[test]
fn shipped_maps_are_listed_shown_and_free_of_mistakes() -> Result<()> {
    let place = Place::new()?;
    let listed = place.call(&["map", "list", "--json"])?.json()?;
    let names: Vec<&str> =
        listed.as_array().into_iter().flatten().filter_map(|map| map["map"].as_str()).collect();
    assert!(names.contains(&"claroty-xdome-asset") && names.contains(&"qualys-etm"), "{names:?}");
    let shown = place.call(&["map", "show", "claroty-xdome-asset", "--json"])?.json()?;
    let rows = shown[0]["rows"].as_array().cloned().unwrap_or_default();
    assert!(rows.iter().any(|row| row["source"] == "device_name" && row["target"] == "hostName"), "{rows:?}");
    let text = place.call(&["map", "show", "claroty-xdome-host-asset"])?;
    assert!(text.stdout.contains("externalFindingId") && text.stdout.contains("required"), "{text:?}");
    let unknown = place.call(&["map", "show", "nothing"])?;
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("claroty-xdome-asset"), "{unknown:?}");
    Ok(())
}

#[test]
fn a_map_is_checked_against_the_fields_there_are() -> Result<()> {
    let place = Place::new()?;
    let good = "name = \"mine\"\ntitle = \"Mine\"\nversion = \"1\"\nstream = \"assets\"\n\n\
        [[row]]\nsource = \"device_name\"\ntarget = \"hostName\"\n\n\
        [[row]]\nsource = \"first_seen_list\"\ntarget = \"created\"\nrequired = true\n";
    place.write("good.toml", good)?;
    let checked = place.call(&["map", "check", "good.toml"])?;
    assert_eq!((checked.code, checked.stdout.trim()), (0, "good.toml: 2 rows, no mistakes"), "{checked:?}");
    place.write("bad.toml", &good.replace("device_name", "device_nam"))?;
    let refused = place.call(&["map", "check", "bad.toml"])?;
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    insta::assert_snapshot!("map_mistake", refused.stderr);
    Ok(())
}

#[test]
fn the_demo_leaves_a_foreign_folder_alone() -> Result<()> {
    let place = Place::new()?;
    std::fs::create_dir(place.path().join("home"))?;
    let file = place.write("home/thesis.txt", "years of work")?;
    let refused = place.call(&["demo"])?;
    assert_eq!(refused.code, 2);
    insta::assert_snapshot!("demo_refuses_a_folder", refused.stderr);
    assert_eq!(std::fs::read_to_string(file)?, "years of work");
    Ok(())
}
