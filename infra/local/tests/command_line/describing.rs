//! What the program says of itself: completions, manual pages, and the schema of connection files.

use crate::process::{Place, Result};
use boon::{CompileError, Compiler, Schemas};
use serde_json::Value;
use std::io::Error;

const GUIDE: &str = include_str!("../../../../docs/CONNECTION.md");

#[test]
fn every_shell_gets_completions() -> Result<()> {
    let place = Place::new()?;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.call(&["completions", shell])?;
        assert_eq!((script.code, script.stderr.as_str()), (0, ""), "{shell}");
        assert!(script.stdout.contains("findings"), "{shell} does not know the commands");
    }
    // The script is one that bash understands.
    place.write("causeway.bash", &place.call(&["completions", "bash"])?.stdout)?;
    let read =
        std::process::Command::new("bash").arg("-n").arg(place.path().join("causeway.bash")).status()?;
    assert!(read.success());
    Ok(())
}

#[test]
fn manual_pages_tell_every_command() -> Result<()> {
    let place = Place::new()?;
    let page = place.call(&["man"])?;
    assert!(page.stdout.contains(".TH causeway 1") && page.stdout.contains("Exit codes"), "{page:?}");
    assert_eq!(place.call(&["man", "--to", "pages"])?.code, 0);
    for name in ["causeway.1", "causeway-findings.1", "causeway-run-show.1"] {
        assert!(place.path().join("pages").join(name).exists(), "{name}");
    }
    Ok(())
}

#[test]
fn the_schema_accepts_what_the_guide_shows_and_refuses_mistakes() -> Result<()> {
    let place = Place::new()?;
    let schema = place.call(&["connection", "schema"])?.json()?;
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let unfit = |error: CompileError| Error::other(error.to_string());
    compiler.add_resource("connection.json", schema).map_err(unfit)?;
    let schema = compiler.compile("connection.json", &mut schemas).map_err(unfit)?;
    let example = GUIDE.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let example = example.ok_or_else(|| Error::other("the guide shows no file"))?;
    let read = |text: &str| toml::from_str::<Value>(text).map_err(Error::other);
    let accepted = schemas.validate(&read(example)?, schema).map_err(|error| error.to_string());
    assert_eq!(accepted, Ok(()));

    // The schema and the program agree on every mistake.
    for (right, wrong) in [
        ("name = \"plant-north\"", "name = \"Plant North\""),
        ("retain_delta = true", "retain_delta = \"yes\""),
        ("api_url = \"https://api.medigate.io\"", "api_url = \"http://api.medigate.io\""),
        ("api_url = \"https://api.medigate.io\"", "api_url = \"https://api.medigate.io/api/v1\""),
        ("api_token_secret = \"plant-north-xdome\"", ""),
        ("page_size = 1000", "page_size = 5001"),
        ("page_size = 1000", "pagesize = 1000"),
        ("device_categories = [\"IoT\", \"IT\", \"Medical\", \"OT\"]", "device_categories = []"),
        ("data_to_sync = \"assets-and-findings\"", "data_to_sync = \"findings\""),
        ("{vulnerability_id}\"", "{vulnerability}\""),
        ("severity = 1,", "severity = 6,"),
        ("connector_uuid = \"00000000-", "connector_uuid = \"0000-"),
        ("max_fixed_percent = 30.0", "max_fixed_percent = 130.0"),
        ("[destination.qualys-etm]", "[destination.files]\nfolder = \"out\"\n[destination.qualys-etm]"),
        ("[guards]", "[guard]"),
        ("occurs = \"daily\"", "occurs = \"weekly\""),
        ("at = [\"02:30\"]", "at = [\"2 o'clock\"]"),
        ("at = [\"02:30\"]", "cron = \"30 2 * * *\""),
        ("start = \"2026-12-01T00:00\"", "start = \"tomorrow\""),
    ] {
        assert!(example.contains(right), "{right:?} is not in the guide's example");
        let text = example.replacen(right, wrong, 1);
        assert!(schemas.validate(&read(&text)?, schema).is_err(), "the schema accepts {wrong:?}");
        place.write("wrong.toml", &text)?;
        let refused = place.call(&["connection", "apply", "wrong.toml"])?;
        assert_eq!(refused.code, 2, "the program accepts {wrong:?}: {refused:?}");
    }
    Ok(())
}
