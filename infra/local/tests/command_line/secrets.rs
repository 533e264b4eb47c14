//! Secrets go in and never come out.

use crate::process::{Place, Result};
use std::path::Path;

const TEXT: &str = "eyJ-very-secret-token";

#[test]
fn a_secret_is_stored_listed_and_deleted_and_never_shown() -> Result<()> {
    let place = Place::new()?;
    let stored = place.pipe(&format!("{TEXT}\n"), &["secret", "set", "xdome-token"])?;
    assert_eq!((stored.code, stored.stdout.as_str()), (0, "Secret xdome-token stored.\n"), "{stored:?}");
    place.write("password.txt", &format!("{TEXT}\r\n"))?;
    let from_file = place.call(&["secret", "set", "etm.password", "--from-file", "password.txt"])?;
    assert_eq!(from_file.code, 0, "{from_file:?}");

    let listed = place.call(&["secret", "list", "--json"])?;
    let names: Vec<_> =
        listed.json()?.as_array().into_iter().flatten().map(|entry| entry["name"].clone()).collect();
    assert_eq!(names, ["etm.password", "xdome-token"]);
    let table = place.call(&["secret", "list"])?;
    assert!(table.stdout.contains("xdome-token"), "{table:?}");
    for shown in [&stored, &from_file, &listed, &table] {
        assert!(!shown.stdout.contains(TEXT) && !shown.stderr.contains(TEXT), "{shown:?}");
    }
    assert_eq!(files_with(&place.path().join("home"), TEXT)?, Vec::<String>::new());

    assert_eq!(place.call(&["secret", "delete", "xdome-token"])?.code, 0);
    let gone = place.call(&["secret", "delete", "xdome-token"])?;
    assert_eq!(gone.code, 1);
    insta::assert_snapshot!("secret_not_there", gone.stderr);
    Ok(())
}

#[test]
fn what_cannot_be_a_secret_is_refused() -> Result<()> {
    let place = Place::new()?;
    for (text, found) in [("", "it is empty"), ("\n", "it is empty"), ("one\ntwo\n", "it has several lines")]
    {
        let refused = place.pipe(text, &["secret", "set", "xdome-token"])?;
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(
            refused.stderr.starts_with(&format!("error: secret xdome-token: {found}\n  help: ")),
            "{refused:?}"
        );
    }
    let name = place.pipe(TEXT, &["secret", "set", "Not A Name"])?;
    assert_eq!(name.code, 2, "{name:?}");
    Ok(())
}

fn files_with(folder: &Path, text: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_with(&path, text)?);
        } else if std::fs::read(&path)?.windows(text.len()).any(|part| part == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}
