//! `doctor` on homes that the binary made and that were then damaged, each in one way.

use crate::process::{Ended, Place, Result, ended};
use crate::running::{FILES, SMALL, connect};
use rusqlite::Connection;
use std::io::{BufRead, BufReader, Error};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A home with a connection that has run twice, the first time to its end.
struct Patient {
    place: Place,
    vendor: crate::simulator::Simulator,
}

impl Patient {
    fn new() -> Result<Self> {
        let place = Place::new()?;
        let vendor = place.simulate(&SMALL)?;
        assert_eq!(place.call(&["map", "clone", "claroty-xdome-asset", "plant-assets"])?.code, 0);
        connect(&place, &vendor, &format!("{FILES}\n[run]\nkeep_raw_pages = true\n"))?;
        let ran = place.call(&["run", "plant-north"])?;
        assert_eq!(ran.code, 0, "{ran:?}");
        Ok(Self { place, vendor })
    }

    fn home(&self) -> PathBuf {
        self.place.path().join("home")
    }

    /// The path of the one object whose path has all of these parts, sorted first.
    fn object(&self, parts: &[&str]) -> Result<PathBuf> {
        let mut found: Vec<PathBuf> = Vec::new();
        let mut folders = vec![self.home().join("objects")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                let text = path.display().to_string();
                if path.is_dir() {
                    folders.push(path);
                } else if parts.iter().all(|part| text.contains(part)) {
                    found.push(path);
                }
            }
        }
        found.sort();
        found.into_iter().next().ok_or_else(|| Error::other(format!("no object {parts:?}")))
    }

    fn doctor(&self, arguments: &[&str]) -> Result<Ended> {
        let arguments: Vec<&str> = ["doctor"].iter().chain(arguments).copied().collect();
        self.place.call(&arguments)
    }

    /// What doctor prints of one damage that is then taken back, without what differs from call to call.
    fn told(&self, path: &Path, damage: impl FnOnce(&Path) -> Result<()>) -> Result<String> {
        let before = std::fs::read(path)?;
        damage(path)?;
        let told = self.doctor(&[])?;
        assert_eq!((told.code, told.stderr.as_str()), (1, ""), "{told:?}");
        std::fs::write(path, before)?;
        Ok(self.masked(&told.stdout))
    }

    fn masked(&self, text: &str) -> String {
        let mut masked = text.replace(&self.home().display().to_string(), "HOME");
        for (pattern, name) in [
            (r"\d{8}T\d{6}Z-[0-9a-f]{8}", "RUN"),
            (r"\d{8}T\d{6}Z", "TIME"),
            (r"-[0-9a-f]{16}\.", "-HASH."),
            (r"\(process \d+\)", "(process N)"),
            (r"\d+ objects with [0-9.]+ KiB", "SOME objects"),
        ] {
            masked = regex::Regex::new(pattern)
                .map_err(Error::other)
                .map_or(masked.clone(), |pattern| pattern.replace_all(&masked, name).into_owned());
        }
        masked
    }
}

fn turn_a_bit(path: &Path) -> Result<()> {
    let mut bytes = std::fs::read(path)?;
    let middle = bytes.len() / 2;
    bytes.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 1);
    std::fs::write(path, bytes)
}

fn cut(path: &Path) -> Result<()> {
    let half = std::fs::metadata(path)?.len() / 2;
    std::fs::OpenOptions::new().write(true).open(path)?.set_len(half)
}

fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path)
}

/// Every file of a home with its content and mode.
fn everything(folder: &Path) -> Result<Vec<(PathBuf, u32, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(everything(&path)?);
        } else {
            files.push((path.clone(), std::fs::metadata(&path)?.permissions().mode(), std::fs::read(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

#[test]
fn a_sound_home_is_left_as_it_is() -> Result<()> {
    let patient = Patient::new()?;
    let before = everything(&patient.home())?;
    let told = patient.doctor(&[])?;
    assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{told:?}");
    insta::assert_snapshot!("sound", patient.masked(&told.stdout));
    assert_eq!(everything(&patient.home())?, before, "looking changes nothing");
    assert_eq!(patient.doctor(&["--mend"])?.code, 0);
    let json = patient.doctor(&["--json"])?.json()?;
    assert_eq!((&json["sound"], &json["troubles"]), (&true.into(), &serde_json::json!([])));
    assert!(json["objects"].as_u64() > Some(10), "{json}");
    Ok(())
}

#[test]
fn damaged_objects_are_named_with_what_needs_them() -> Result<()> {
    let patient = Patient::new()?;
    let ledger = patient.object(&["connections/plant-north/ledger/", ".ndjson.zst"])?;
    let run = "runs/plant-north/";
    let told = [
        ("a ledger segment, a bit", patient.told(&ledger, turn_a_bit)?),
        ("a ledger segment, gone", patient.told(&ledger, remove)?),
        ("the ledger's index, gone", patient.told(&patient.object(&["ledger/", "index-"])?, remove)?),
        ("the definition, cut", patient.told(&patient.object(&["definition.json"])?, cut)?),
        ("the definition, gone", patient.told(&patient.object(&["definition.json"])?, remove)?),
        ("the state, cut", patient.told(&patient.object(&["state.json"])?, cut)?),
        ("the state, gone", patient.told(&patient.object(&["state.json"])?, remove)?),
        (
            "a manifest, empty",
            patient.told(&patient.object(&[run, "manifest.json"])?, |path| std::fs::write(path, ""))?,
        ),
        ("a page, a bit", patient.told(&patient.object(&[run, "/pages/", ".zst"])?, turn_a_bit)?),
        ("a page, gone", patient.told(&patient.object(&[run, "/pages/", ".zst"])?, remove)?),
        ("a raw page, cut", patient.told(&patient.object(&[run, "/raw/"])?, cut)?),
        (
            "a batch, another one",
            patient.told(&patient.object(&[run, "/deliveries/", ".zst"])?, |path| {
                std::fs::write(path, std::fs::read(&ledger)?)
            })?,
        ),
        ("a map, cut", patient.told(&patient.object(&["maps/plant-assets/"])?, cut)?),
    ];
    let told: Vec<String> = told.iter().map(|(name, told)| format!("### {name}\n{told}")).collect();
    insta::assert_snapshot!("damaged_objects", told.join("\n"));
    assert_eq!(patient.doctor(&[])?.code, 0, "everything was put back");
    Ok(())
}

#[test]
fn what_needs_no_person_is_mended() -> Result<()> {
    let patient = Patient::new()?;
    let home = patient.home();
    for (file, mode) in [("", 0o755), ("keys/identity", 0o644), ("secrets.sqlite", 0o640)] {
        std::fs::set_permissions(home.join(file), PermissionsExt::from_mode(mode))?;
    }
    std::fs::set_permissions(patient.object(&["manifest.json"])?, PermissionsExt::from_mode(0o000))?;
    for file in ["objects/.tmp/.write-a1", "objects/.tmp/.write-b2", ".write-c3"] {
        std::fs::write(home.join(file), "half a pa")?;
    }
    std::fs::write(home.join("queue.sqlite"), "no database")?;
    std::fs::remove_file(home.join("format"))?;
    let looked = patient.doctor(&[])?;
    assert_eq!(looked.code, 1, "{looked:?}");
    insta::assert_snapshot!("to_be_mended", patient.masked(&looked.stdout));
    assert!(home.join(".write-c3").exists(), "looking changes nothing");

    let mended = patient.doctor(&["--mend"])?;
    assert_eq!(mended.code, 0, "{mended:?}");
    insta::assert_snapshot!("mended", patient.masked(&mended.stdout));
    let again = patient.doctor(&["--json"])?;
    assert_eq!((again.code, &again.json()?["troubles"]), (0, &serde_json::json!([])), "{again:?}");
    let aside = std::fs::read_dir(&home)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    assert_eq!(
        aside.filter(|name| name.starts_with("queue.sqlite.damaged-")).count(),
        1,
        "nothing is thrown away"
    );
    let ran = patient.place.call(&["run", "plant-north"])?;
    assert_eq!(ran.code, 0, "{ran:?}");
    Ok(())
}

#[test]
fn keys_secrets_and_databases_are_looked_at_and_no_secret_is_shown() -> Result<()> {
    let patient = Patient::new()?;
    let home = patient.home();
    let token = patient.vendor.text("token").to_owned();
    let mut told = Vec::new();
    for (name, file, damage) in [
        ("the key, gone", "keys/identity", remove as fn(&Path) -> Result<()>),
        ("the key, cut", "keys/identity", cut),
        ("another key", "keys/identity", turn_a_bit),
        ("the secrets, cut", "secrets.sqlite", cut),
    ] {
        told.push(format!("### {name}\n{}", patient.told(&home.join(file), damage)?));
        std::fs::set_permissions(home.join(file), PermissionsExt::from_mode(0o600))?;
    }
    assert_eq!(patient.place.call(&["secret", "delete", "xdome-token"])?.code, 0);
    let missing = patient.doctor(&[])?;
    told.push(format!("### the secret, deleted\n{}", patient.masked(&missing.stdout)));
    let told = told.join("\n");
    assert!(!told.contains(&token));
    insta::assert_snapshot!("keys_and_secrets", told);
    Ok(())
}

#[test]
fn what_is_left_over_is_told() -> Result<()> {
    let patient = Patient::new()?;
    let objects = patient.home().join("objects");
    std::fs::write(objects.join("notes.txt"), "mine")?;
    std::fs::create_dir_all(objects.join("runs/plant-south/20260101T000000Z-00000000"))?;
    std::fs::write(objects.join("runs/plant-south/20260101T000000Z-00000000/manifest.json"), "{")?;
    std::fs::create_dir_all(objects.join("runs/plant-north/20260101T000000Z-00000000"))?;
    std::fs::write(objects.join("runs/plant-north/20260101T000000Z-00000000/pages-queued.json"), "true")?;
    std::fs::create_dir_all(objects.join("runs/plant-north/failures-01/pages"))?;
    std::fs::write(objects.join("runs/plant-north/failures-01/pages/manifest.json"), "{}")?;
    std::fs::copy(patient.object(&["plant-assets/v1.toml"])?, objects.join("maps/plant-assets/v3.toml"))?;
    let queue = Connection::open(patient.home().join("queue.sqlite")).map_err(Error::other)?;
    for body in [
        "no message",
        r#"{"version":1,"connection":"plant-south","run":"20260101T000000Z-00000000","generation":1,"work":{"kind":"finalize","check":0}}"#,
        r#"{"version":1,"connection":"plant-west","run":"20260101T000000Z-00000000","generation":1,"work":{"kind":"finalize","check":0}}"#,
    ] {
        let insert = "INSERT INTO messages (queue, body, visible_at) VALUES ('finalize', ?1, 0)";
        queue.execute(insert, [body]).map_err(Error::other)?;
    }
    drop(queue);
    let told = patient.doctor(&[])?;
    assert_eq!(told.code, 1, "{told:?}");
    insta::assert_snapshot!("left_over", patient.masked(&told.stdout));
    Ok(())
}

#[test]
fn a_home_in_use_is_looked_at_and_not_mended() -> Result<()> {
    let patient = Patient::new()?;
    let mut server = patient.place.command(&["serve"]).spawn()?;
    let mut stderr = BufReader::new(server.stderr.take().ok_or_else(|| Error::other("no stderr"))?);
    let mut line = String::new();
    assert!(stderr.read_line(&mut line)? > 0, "it does not serve");
    std::fs::set_permissions(patient.home().join("secrets.sqlite"), PermissionsExt::from_mode(0o644))?;
    let told = patient.doctor(&["--mend"])?;
    server.kill()?;
    ended(server)?;
    assert_eq!(told.code, 1, "{told:?}");
    insta::assert_snapshot!("in_use", patient.masked(&told.stdout));
    assert_eq!(patient.doctor(&["--mend"])?.code, 0, "nobody uses it any more");
    Ok(())
}

#[test]
fn a_run_that_was_cut_short_is_told_with_how_to_go_on() -> Result<()> {
    let patient = Patient::new()?;
    let mut child = patient.place.command(&["run", "plant-north"]).spawn()?;
    let mut stderr = BufReader::new(child.stderr.take().ok_or_else(|| Error::other("no stderr"))?);
    let mut line = String::new();
    while !line.contains("started") {
        line.clear();
        assert!(stderr.read_line(&mut line)? > 0, "it ended before it started a run");
    }
    child.kill()?;
    ended(child)?;
    let told = patient.doctor(&["--mend"])?;
    assert_eq!(told.code, 0, "{told:?}");
    // What it was writing when it was killed may have to be mended, or not.
    let remark = told.stdout.split("\n\n").find(|block| block.starts_with("note: ")).unwrap_or_default();
    insta::assert_snapshot!("cut_short", patient.masked(remark));
    assert_eq!(patient.place.call(&["run", "plant-north"])?.code, 0);
    assert_eq!(patient.doctor(&[])?.code, 0);
    Ok(())
}

#[test]
fn what_is_no_home_is_refused() -> Result<()> {
    let place = Place::new()?;
    let nothing = place.call(&["doctor"])?;
    std::fs::create_dir(place.path().join("home"))?;
    let empty = place.call(&["doctor", "--mend"])?;
    std::fs::write(place.path().join("home/format"), "causeway-home 2\n")?;
    let newer = place.call(&["doctor", "--mend"])?;
    assert_eq!([nothing.code, empty.code, newer.code], [2, 2, 1], "{nothing:?} {empty:?} {newer:?}");
    let newer = newer.stderr.replace(&place.path().display().to_string(), "PLACE");
    insta::assert_snapshot!("no_home", format!("{}{}{newer}", nothing.stderr, empty.stderr));
    assert_eq!(std::fs::read_to_string(place.path().join("home/format"))?, "causeway-home 2\n");
    Ok(())
}
