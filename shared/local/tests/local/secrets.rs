//! Secrets: at rest they are unreadable, and every way of losing them has a clear sentence.

use crate::stage::Stage;
use causeway_domain::{Failure, FailureKind};
use causeway_local::{LocalSecrets, SystemClock};
use causeway_ports::{Freshness, SecretKeeper, SecretText, Secrets};
use secrecy::ExposeSecret;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

fn secrets(stage: &Stage, key_file: Option<&Path>) -> LocalSecrets {
    stage.home.secrets(key_file, Arc::new(SystemClock)).unwrap()
}

async fn set(secrets: &LocalSecrets, name: &str, text: &str) -> Result<(), Failure> {
    secrets.set(name, &SecretText::from(text)).await
}

async fn read(secrets: &LocalSecrets, name: &str) -> Result<String, Failure> {
    secrets.read(name, Freshness::Cached).await.map(|text| text.expose_secret().to_owned())
}

#[tokio::test]
async fn a_secret_is_set_replaced_listed_and_deleted() {
    let stage = Stage::new();
    let secrets = secrets(&stage, None);
    set(&secrets, "plant-north.token_1", "first").await.unwrap();
    set(&secrets, "etm", "paß wörd\n").await.unwrap();
    set(&secrets, "plant-north.token_1", "second").await.unwrap();
    assert_eq!(read(&secrets, "plant-north.token_1").await.unwrap(), "second");
    assert_eq!(read(&secrets, "etm").await.unwrap(), "paß wörd\n");
    let names: Vec<_> = secrets.list().await.unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["etm", "plant-north.token_1"]);
    assert!(secrets.delete("etm").await.unwrap());
    assert!(!secrets.delete("etm").await.unwrap());
    let gone = read(&secrets, "etm").await.unwrap_err();
    assert_eq!(
        (gone.kind, gone.to_string().as_str()),
        (FailureKind::SecretMissing, "secret etm: is not stored")
    );
}

#[tokio::test]
async fn nothing_in_the_home_holds_the_text() {
    let stage = Stage::new();
    let text = "correct-horse-battery-staple";
    let secrets = secrets(&stage, None);
    set(&secrets, "token", text).await.unwrap();
    let identity = stage.home.path().join("keys/identity");
    assert_eq!(std::fs::metadata(&identity).unwrap().permissions().mode() & 0o777, 0o600);
    for entry in walkdir::WalkDir::new(stage.home.path()).into_iter().map(Result::unwrap) {
        if entry.file_type().is_file() {
            let content = std::fs::read(entry.path()).unwrap();
            assert!(!content.windows(text.len()).any(|w| w == text.as_bytes()), "{}", entry.path().display());
        }
    }
    let debug = format!("{:?}", secrets.read("token", Freshness::Fresh).await.unwrap());
    assert!(!debug.contains(text), "{debug}");
}

#[tokio::test]
async fn a_home_whose_key_is_elsewhere_gives_nothing_away() {
    let stage = Stage::new();
    let key = stage.folder.path().join("elsewhere/key");
    set(&secrets(&stage, Some(&key)), "token", "text").await.unwrap();
    assert!(!stage.home.path().join("keys/identity").exists());
    let lost = read(&secrets(&stage, None), "token").await.unwrap_err();
    assert_eq!(lost.kind, FailureKind::SecretMissing);
    assert!(lost.detail.contains("cannot be read without it"), "{lost}");
    let refused = set(&secrets(&stage, None), "second", "text").await.unwrap_err();
    assert!(refused.detail.contains("is not there"), "no second key beside the first: {refused}");
    assert_eq!(read(&secrets(&stage, Some(&key)), "token").await.unwrap(), "text");
}

#[tokio::test]
async fn another_key_or_another_row_does_not_decrypt() {
    let stage = Stage::new();
    let own = secrets(&stage, None);
    set(&own, "first", "text one").await.unwrap();
    set(&own, "second", "text two").await.unwrap();
    let database = rusqlite::Connection::open(stage.home.path().join("secrets.sqlite")).unwrap();
    let swapped =
        "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'second') WHERE name = 'first'";
    database.execute(swapped, []).unwrap();
    let failure = read(&own, "first").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::SecretMissing);
    assert!(failure.detail.contains("cannot be decrypted"), "{failure}");
    database.execute("UPDATE secrets SET sealed = x'0102' WHERE name = 'first'", []).unwrap();
    assert_eq!(read(&own, "first").await.unwrap_err(), failure, "too short to hold anything");

    let other = Stage::new();
    set(&secrets(&other, None), "x", "y").await.unwrap();
    let foreign = secrets(&stage, Some(&other.home.path().join("keys/identity")));
    assert!(read(&foreign, "second").await.unwrap_err().detail.contains("not the one it was stored with"));
    assert_eq!(read(&own, "second").await.unwrap(), "text two");
}

#[tokio::test]
async fn a_bad_identity_file_is_refused_with_the_way_out() {
    let stage = Stage::new();
    let secrets = secrets(&stage, None);
    set(&secrets, "token", "text").await.unwrap();
    let identity = stage.home.path().join("keys/identity");
    std::fs::set_permissions(&identity, std::fs::Permissions::from_mode(0o640)).unwrap();
    let open = read(&secrets, "token").await.unwrap_err();
    assert!(open.detail.contains(&format!("mode 640); run: chmod 600 '{}'", identity.display())), "{open}");
    std::fs::set_permissions(&identity, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&identity, [7; 31]).unwrap();
    let short = read(&secrets, "token").await.unwrap_err();
    assert_eq!((short.kind, short.detail.as_str()), (FailureKind::SecretMissing, "is 31 bytes long, not 32"));
}

#[tokio::test]
async fn names_are_checked() {
    let stage = Stage::new();
    let secrets = secrets(&stage, None);
    for name in ["", "Token", "1token", "a b", "a/b", "-a", "a'; DROP TABLE secrets; --", &"a".repeat(64)] {
        assert_eq!(set(&secrets, name, "x").await.unwrap_err().kind, FailureKind::NameInvalid, "{name:?}");
        assert_eq!(read(&secrets, name).await.unwrap_err().kind, FailureKind::NameInvalid, "{name:?}");
    }
}
