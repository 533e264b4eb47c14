//! The home folder: modes, format, lock, damaged databases.

use crate::stage::Stage;
use causeway_domain::FailureKind;
use causeway_local::{Home, SystemClock, SystemIds};
use causeway_ports::{Freshness, Objects, SecretKeeper, Secrets};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_home_is_private_and_opens_again() {
    let stage = Stage::new();
    let _queues = stage.queues();
    let path = stage.home.path();
    assert_eq!((mode(path), mode(&path.join("objects"))), (0o700, 0o700));
    assert_eq!((mode(&path.join("format")), mode(&path.join("queue.sqlite"))), (0o600, 0o600));
    assert_eq!(Home::open(path).unwrap().path(), path);
}

/// Root uses only what root owns: another user's home may hold that user's key.
#[tokio::test]
async fn what_another_user_prepared_is_not_used() {
    let clock = || Arc::new(SystemClock);
    for foreign in ["", "format", "objects", "queue.sqlite", "secrets.sqlite", "keys", "keys/identity"] {
        let stage = Stage::new();
        drop(stage.queues());
        stage.home.secrets(None, clock()).unwrap().set("token", &"text".to_owned().into()).await.unwrap();
        let place = stage.home.path().join(foreign);
        if std::os::unix::fs::chown(&place, Some(4_711), None).is_err() {
            return; // Only root can prepare a home for another user.
        }
        let refused = used(stage.home.path()).await.unwrap_err();
        assert!(refused.detail.contains("belongs to user 4711, but this process"), "{foreign}: {refused}");
        std::os::unix::fs::chown(&place, Some(0), None).unwrap();
        used(stage.home.path()).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(folder.path(), Some(4_711), None).unwrap();
    Home::open(folder.path()).unwrap_err();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_others_may_change_is_not_used() {
    for (shared, bits) in
        [("", 0o770), ("objects", 0o707), ("queue.sqlite", 0o660), ("secrets.sqlite", 0o606), ("keys", 0o770)]
    {
        let stage = Stage::new();
        drop(stage.queues());
        let path = stage.home.path();
        let secrets = stage.home.secrets(None, Arc::new(SystemClock)).unwrap();
        secrets.set("token", &"text".to_owned().into()).await.unwrap();
        let place = path.join(shared);
        let proper = mode(&place);
        std::fs::set_permissions(&place, Permissions::from_mode(bits)).unwrap();
        let refused = used(path).await.unwrap_err();
        let told = format!("may be changed by others (mode {bits:o}); check the content and run: chmod go-w");
        assert!(refused.detail.contains(&told), "{shared}: {refused}");
        std::fs::set_permissions(&place, Permissions::from_mode(proper)).unwrap();
        used(path).await.unwrap();
    }
}

/// Everything a command uses of a home.
async fn used(path: &Path) -> Result<(), causeway_domain::Failure> {
    let home = Home::open(path)?;
    home.queues(Arc::new(SystemClock), Arc::new(SystemIds))?;
    let secrets = home.secrets(None, Arc::new(SystemClock))?;
    secrets.read("token", Freshness::Fresh).await.map(drop)
}

#[test]
fn a_folder_with_other_things_is_not_taken() {
    let stage = Stage::new();
    let folder = stage.folder.path();
    std::fs::write(folder.join("thesis.txt"), "mine").unwrap();
    let refused = Home::open(folder).unwrap_err();
    assert!(refused.detail.contains("not empty and not a causeway home"), "{refused}");
    assert!(!folder.join("objects").exists());
}

#[test]
fn a_home_of_another_version_is_not_touched() {
    let stage = Stage::new();
    std::fs::write(stage.home.path().join("format"), "causeway-home 2\n").unwrap();
    let refused = Home::open(stage.home.path()).unwrap_err();
    assert_eq!(refused.kind, FailureKind::StoreUnavailable);
    assert!(
        refused.detail.contains("\"causeway-home 2\"") && refused.detail.contains("\"causeway-home 1\""),
        "{refused}"
    );
}

#[test]
fn one_process_works_on_a_home_at_a_time() {
    let stage = Stage::new();
    let second = Home::open(stage.home.path()).unwrap();
    let lock = stage.home.lock().unwrap();
    let refused = second.lock().unwrap_err();
    assert_eq!(refused.kind, FailureKind::RunInProgress);
    let expected = format!("another causeway (process {}) works on this home", std::process::id());
    assert_eq!(refused.detail, expected);
    drop(lock);
    second.lock().unwrap();
}

#[tokio::test]
async fn taking_the_lock_sweeps_what_a_killed_writer_left() {
    let stage = Stage::new();
    let abandoned = stage.home.path().join("objects/.tmp/.write-a1b2c3");
    std::fs::write(&abandoned, "half a pa").unwrap();
    stage.home.objects().list("").await.unwrap();
    assert!(abandoned.exists(), "reading sweeps nothing");
    stage.home.lock().unwrap();
    assert!(!abandoned.exists());
}

#[test]
fn many_may_create_the_same_home_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/home");
    let opened: Vec<_> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..16).map(|_| scope.spawn(|| Home::open(&path))).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert!(opened.iter().all(Result::is_ok), "{opened:?}");
}

#[test]
fn a_damaged_database_is_named() {
    let stage = Stage::new();
    drop(stage.queues());
    let path = stage.home.path().join("queue.sqlite");
    std::fs::write(&path, "this is no database, whatever its name may say").unwrap();
    let failure = stage.home.queues(Arc::new(SystemClock), Arc::new(SystemIds)).err().unwrap();
    assert_eq!(failure.kind, FailureKind::StoreDamaged, "{failure}");
    assert!(failure.subject.ends_with("queue.sqlite"), "{failure}");
}
