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
    let utf16: Vec<u8> = format!("{TEXT}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let long = TEXT.repeat(4000);
    let cases: [(&[u8], &str); 8] = [
        (b"", "it is empty"),
        (b"\n", "it is empty"),
        (b"   \n", "it holds nothing but white space"),
        (b"one\ntwo\n", "it has several lines"),
        (b"one\rtwo", "it has the control character U+000D in place 4"),
        (b"one\0", "it has the control character U+0000 in place 4"),
        (&utf16, "it is in UTF-16; save it as UTF-8"),
        (long.as_bytes(), "it is longer than 64 KiB"),
    ];
    for (bytes, found) in cases {
        std::fs::write(place.path().join("given"), bytes)?;
        let refused = place.call(&["secret", "set", "xdome-token", "--from-file", "given"])?;
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(
            refused
                .stderr
                .starts_with(&format!("error: secret xdome-token: {found}\n  help: Store the token")),
            "{refused:?}"
        );
    }
    assert_eq!(place.call(&["secret", "list", "--json"])?.json()?, serde_json::json!([]));
    let whole = "x".repeat(64 << 10);
    let stored = place.pipe(&format!("\u{feff}{whole}\r\n"), &["secret", "set", "xdome-token"])?;
    assert_eq!(stored.code, 0, "{stored:?}");
    Ok(())
}

#[test]
fn a_secret_given_in_the_wrong_place_is_not_repeated() -> Result<()> {
    let place = Place::new()?;
    // One with capitals, as a JWT has: a text that can be a name cannot be told from one.
    let token = "eyJ-Very-Secret-Token";
    for arguments in [
        &["secret", "set", token][..],
        &["secret", "delete", token],
        &["secret", "set", "xdome-token", token],
        &["secret", "set", "xdome-token", "--value", token],
        &["secret", "set", "--value=eyJ-Very-Secret-Token", "xdome-token"],
        &["secret", token],
    ] {
        let refused = place.pipe("hunter2", arguments)?;
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(!format!("{refused:?}").contains(token), "{refused:?}");
        assert!(refused.stderr.contains("not shown") && refused.stderr.contains("help: "), "{refused:?}");
    }
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
