//! What a person wrote: connection files, schedules, maps.

use super::told;
use crate::process::{Place, Result};

const FILE: &str = r#"name = "plant"

[source.claroty-xdome]
api_url = "https://xdome.invalid"
api_token_secret = "xdome-token"

[destination.files]
folder = "out"
"#;

/// Applies the file with each of these replacements, and expects every one to be refused.
fn refused(replacements: &[(&str, &str)]) -> Result<String> {
    let place = Place::new()?;
    let mut all = Vec::new();
    for (from, to) in replacements {
        place.write("plant.toml", &FILE.replace(from, to))?;
        let refusal = told(&place, &["connection", "apply", "plant.toml"])?;
        assert!(refusal.contains("[exit code 2]"), "{to}: {refusal}");
        all.push(format!("### {}\n{refusal}", to.trim()));
    }
    assert_eq!(place.call(&["connection", "list", "--json"])?.stdout, "[]\n", "nothing was changed");
    Ok(all.join("\n"))
}

#[test]
fn addresses_that_are_not_allowed() -> Result<()> {
    insta::assert_snapshot!(
        "addresses",
        refused(&[
            ("https://xdome.invalid", "http://xdome.invalid"),
            ("https://xdome.invalid", "https://xdome.invalid/api/v1"),
            ("api_token_secret", "dashboard_url = \"plant.dashboard.invalid\"\napi_token_secret"),
            ("api_token_secret", "dashboard_url = \"ftp://plant.dashboard.invalid\"\napi_token_secret"),
        ])?
    );
    Ok(())
}

#[test]
fn fields_that_are_unknown_or_mistyped() -> Result<()> {
    insta::assert_snapshot!(
        "fields",
        refused(&[
            ("api_token_secret", "page_sise = 500\napi_token_secret"),
            ("api_token_secret", "page_size = \"many\"\napi_token_secret"),
            ("name = \"plant\"", "name = \"plant\"\nretain_delta = \"yes\""),
            ("[destination.files]", "[run]\nkeep_run = 3\n\n[destination.files]"),
            ("[destination.files]", "[destination.file]"),
        ])?
    );
    Ok(())
}

#[test]
fn schedules_that_cannot_be_kept() -> Result<()> {
    let schedule = |text: &str| format!("folder = \"out\"\n\n[schedule]\n{text}");
    let cron = schedule("occurs = \"cron\"\ncron = \"61 2 * * *\"");
    let years = schedule(
        "occurs = \"daily\"\nat = [\"02:30\"]\nstart = \"2026-12-01T00:00\"\nend = \"2032-12-01T00:00\"",
    );
    insta::assert_snapshot!(
        "schedules",
        refused(&[("folder = \"out\"", &cron), ("folder = \"out\"", &years)])?
    );
    Ok(())
}

#[test]
fn maps_with_an_unknown_target_or_function_or_without_a_required_row() -> Result<()> {
    let place = Place::new()?;
    let map = "name = \"mine\"\ntitle = \"Mine\"\nversion = \"1\"\nstream = \"assets\"\n\n\
        [[row]]\nsource = \"device_name\"\ntarget = \"hostName\"\n\n\
        [[row]]\nsource = \"first_seen_list\"\ntarget = \"created\"\nfunctions = [\"min\"]\n";
    let connection = FILE.replace("api_token_secret", "maps.asset = \"mine.toml\"\napi_token_secret");
    place.write("plant.toml", &connection)?;
    let mut all = Vec::new();
    for (name, from, to) in [
        ("unknown target", "\"hostName\"", "\"hostNam\""),
        ("unknown function", "\"min\"", "\"minimum\""),
        ("no row for a required target", "\"created\"", "\"modified\""),
    ] {
        place.write("mine.toml", &map.replace(from, to))?;
        for arguments in [&["map", "check", "mine.toml"][..], &["connection", "apply", "plant.toml"]] {
            let refusal = told(&place, arguments)?;
            assert!(refusal.contains("[exit code 2]"), "{name}: {refusal}");
            all.push(format!("### {name}\n{refusal}"));
        }
    }
    insta::assert_snapshot!("maps", all.join("\n"));
    Ok(())
}
