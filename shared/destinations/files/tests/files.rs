//! The files destination on real folders.

#![expect(clippy::unwrap_used, reason = "test helpers fail the test that calls them")]

use async_trait::async_trait;
use causeway_domain::definition::Registered;
use causeway_domain::delivery::{AssetDelivery, BatchAnswer, ItemAnswer, Phase};
use causeway_domain::{ConnectionName, Failure, FailureKind, RunId};
use causeway_files::Files;
use causeway_local::Home;
use causeway_ports::check::CheckVerdict;
use causeway_ports::destination::Batch;
use causeway_ports::{Clock, Destination, Objects, PutCondition, Testable};
use jiff::Timestamp;
use serde::Serialize;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

struct Stopped;

#[async_trait]
impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn sleep(&self, _pause: Duration) {}
}

fn registered(folder: impl Serialize) -> Registered {
    serde_json::from_value(serde_json::json!({
        "definition": {
            "name": "plant-north",
            "source": { "claroty-xdome": { "api_url": "https://api.example.test", "api_token_secret": "token" } },
            "destination": { "files": { "folder": folder } },
        },
        "documents": {},
    }))
    .unwrap()
}

fn files(folder: &Path) -> Files {
    Files::new(&registered(folder), Arc::new(Stopped)).unwrap()
}

const BATCH: &str = r#"[
  {"asset":"d-1","verdict":"new","body":{"hostName":"plc-1","externalId":"d-1"},"findings":[
    {"finding":"v1:CVE-2024-1","verdict":"new","status":"open","body":{"name":"one","lastFixedOn":null}},
    {"finding":"v2","verdict":"fixed","status":"fixed","fixed_on":"2026-05-01T08:00:00Z","body":{"name":"two"}}]},
  {"asset":"d-2","verdict":"unchanged","body":{},"findings":[]}]"#;

async fn deliver(files: &Files) -> Result<BatchAnswer, Failure> {
    let assets: Vec<AssetDelivery<'_>> = serde_json::from_str(BATCH).unwrap();
    let connection = ConnectionName::parse("plant-north").unwrap();
    let run = RunId::parse("20260501T080000Z-0a1b2c3d").unwrap();
    let batch = Batch { connection: &connection, run: &run, number: 7, phase: Phase::Items, assets: &assets };
    files.deliver(&batch).await
}

fn tree(folder: &Path) -> String {
    let run = folder.join("plant-north/20260501T080000Z-0a1b2c3d");
    let mut paths: Vec<_> = std::fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            format!("== {name}\n{}", std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_delivery_becomes_two_files() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("not/yet/there");
    let answer = deliver(&files(&folder)).await.unwrap();
    assert_eq!(answer.items, [ItemAnswer::Accepted, ItemAnswer::Accepted]);
    insta::assert_snapshot!(tree(&folder));
}

#[tokio::test]
async fn sending_again_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let files = files(home.path());
    deliver(&files).await.unwrap();
    let first = tree(home.path());
    let (one, two) = tokio::join!(deliver(&files), deliver(&files));
    one.and(two).unwrap();
    assert_eq!(first, tree(home.path()));
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let home = tempfile::tempdir().unwrap();
    let occupied = home.path().join("occupied");
    std::fs::write(&occupied, "a file").unwrap();
    let files = files(&occupied.join("out"));
    let failure = deliver(&files).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::StoreUnavailable);
    assert!(failure.subject.contains("occupied"), "{failure}");
    let checks = files.test().await;
    assert!(
        matches!(&checks[0].verdict, CheckVerdict::Failed(f) if f.subject.contains("occupied")),
        "{checks:?}"
    );
    assert_eq!(checks[1].verdict, CheckVerdict::Skipped);
}

#[tokio::test]
async fn the_test_leaves_nothing_but_the_folder() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("out");
    let checks = files(&folder).test().await;
    assert!(checks.iter().all(|check| check.verdict == CheckVerdict::Passed), "{checks:?}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[tokio::test]
async fn files_are_private_and_links_below_the_folder_are_not_followed() {
    let home = tempfile::tempdir().unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = home.path().join("new/out");
    deliver(&files(&folder)).await.unwrap();
    let run = folder.join("plant-north/20260501T080000Z-0a1b2c3d");
    for made in [home.path().join("new").as_path(), &folder, &folder.join("plant-north"), &run] {
        assert_eq!(mode(made), 0o700, "{}", made.display());
    }
    assert_eq!(mode(&run.join("assets-000007.ndjson")), 0o600);

    let elsewhere = home.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    for link in ["plant-north", "plant-north/20260501T080000Z-0a1b2c3d"] {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join(link);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        let refused = deliver(&files(folder.path())).await.unwrap_err();
        assert_eq!(refused.subject, link.display().to_string());
        assert!(refused.detail.starts_with("is a link or a file"), "{refused}");
        assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);
        // The folder that a person named may itself be a link.
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(folder.path(), home.path().join("named")).unwrap();
        deliver(&files(&home.path().join("named"))).await.unwrap();
        std::fs::remove_file(home.path().join("named")).unwrap();
    }
}

#[tokio::test]
async fn a_link_in_the_place_of_a_file_is_replaced() {
    let home = tempfile::tempdir().unwrap();
    let files = files(home.path());
    deliver(&files).await.unwrap();
    let first = tree(home.path());
    let target = home.path().join("target");
    std::fs::write(&target, "mine").unwrap();
    let file = home.path().join("plant-north/20260501T080000Z-0a1b2c3d/assets-000007.ndjson");
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&target, &file).unwrap();
    deliver(&files).await.unwrap();
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "mine");
    assert_eq!(tree(home.path()), first);
}

#[tokio::test]
async fn in_a_stack_files_are_objects_and_sending_again_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let objects: Arc<dyn Objects> = Arc::new(Home::open(&home.path().join("home")).unwrap().objects());
    let files =
        Files::in_objects(&registered("out/of/xdome"), Arc::clone(&objects), Arc::new(Stopped)).unwrap();
    let answer = deliver(&files).await.unwrap();
    assert_eq!(answer.items, [ItemAnswer::Accepted, ItemAnswer::Accepted]);
    let keys = objects.list("").await.unwrap();
    let run = "files/out/of/xdome/plant-north/20260501T080000Z-0a1b2c3d";
    assert_eq!(keys, [format!("{run}/assets-000007.ndjson"), format!("{run}/findings-000007.ndjson")]);
    let first = objects.get(&keys[0]).await.unwrap().unwrap();
    let (one, two) = tokio::join!(deliver(&files), deliver(&files));
    one.and(two).unwrap();
    assert_eq!(objects.get(&keys[0]).await.unwrap().unwrap(), first, "the same version of the object");
    let on_disk = self::files(&home.path().join("disk"));
    deliver(&on_disk).await.unwrap();
    let of_disk =
        std::fs::read(home.path().join("disk/plant-north/20260501T080000Z-0a1b2c3d/assets-000007.ndjson"));
    assert_eq!(first.body, of_disk.unwrap(), "the bytes that a disk would have");
}

#[tokio::test]
async fn a_stale_object_is_replaced_and_the_test_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let objects: Arc<dyn Objects> = Arc::new(Home::open(&home.path().join("home")).unwrap().objects());
    let files = Files::in_objects(&registered("out"), Arc::clone(&objects), Arc::new(Stopped)).unwrap();
    let checks = files.test().await;
    assert!(checks.iter().all(|check| check.verdict == CheckVerdict::Passed), "{checks:?}");
    assert!(objects.list("").await.unwrap().is_empty());
    let key = "files/out/plant-north/20260501T080000Z-0a1b2c3d/assets-000007.ndjson";
    objects.put(key, "stale".into(), PutCondition::IfAbsent).await.unwrap();
    deliver(&files).await.unwrap();
    assert_ne!(objects.get(key).await.unwrap().unwrap().body, "stale");
}

#[test]
fn a_folder_of_a_stack_leads_nowhere_else() {
    let home = tempfile::tempdir().unwrap();
    let objects: Arc<dyn Objects> = Arc::new(Home::open(&home.path().join("home")).unwrap().objects());
    let open = |folder: &str| Files::in_objects(&registered(folder), Arc::clone(&objects), Arc::new(Stopped));
    for folder in
        ["../runs", "a/../../runs", "a//b", "", "/var/out", "a b", "a\0", "%2e%2e/runs", "..", "a/."]
    {
        let failure = open(folder).err().unwrap_or_else(|| panic!("{folder:?} was taken"));
        assert_eq!(failure.kind, FailureKind::DefinitionInvalid, "{folder:?}");
    }
    for folder in ["out", "./out/", "a/b-c/d_e.f"] {
        assert!(open(folder).is_ok(), "{folder:?}");
    }
}
