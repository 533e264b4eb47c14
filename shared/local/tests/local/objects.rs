//! The object store beyond the contract: files, folders, and several stores on one home.

use crate::stage::Stage;
use bytes::Bytes;
use causeway_domain::FailureKind;
use causeway_local::LocalObjects;
use causeway_ports::{Objects, PutCondition, PutOutcome};
use std::path::Path;
use std::sync::Arc;

async fn create(objects: &LocalObjects, key: &str, body: &'static str) -> PutOutcome {
    objects.put(key, Bytes::from_static(body.as_bytes()), PutCondition::IfAbsent).await.unwrap()
}

/// Files below `folder`, temporary ones included, lock files not.
fn files(folder: &Path) -> Vec<String> {
    let walk = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let names =
        walk.filter(|e| e.file_type().is_file()).map(|e| e.path().strip_prefix(folder).unwrap().to_owned());
    names.map(|p| p.to_str().unwrap().to_owned()).filter(|p| !p.ends_with(".lock")).collect()
}

#[tokio::test]
async fn an_object_is_the_file_at_its_key() {
    let stage = Stage::new();
    let objects = stage.home.objects();
    let PutOutcome::Written(etag) = create(&objects, "runs/a/1/manifest.json", "{}").await else { panic!() };
    let stored = objects.get("runs/a/1/manifest.json").await.unwrap().unwrap();
    assert_eq!((stored.body.as_ref(), &stored.etag), (b"{}".as_slice(), &etag));
    assert_eq!(files(&stage.home.path().join("objects")), ["runs/a/1/manifest.json"]);
    assert_eq!(create(&objects, "runs/a/1/manifest.json", "other").await, PutOutcome::Conflict);
    assert_eq!(objects.get("runs/a/1/manifest.json").await.unwrap().unwrap().body, "{}");
}

#[tokio::test]
async fn a_listing_is_sorted_by_key_and_shows_objects_only() {
    let stage = Stage::new();
    let objects = stage.home.objects();
    assert_eq!(objects.list("runs/").await.unwrap(), Vec::<String>::new());
    // `-` sorts before `/`, so an order by folder would be another one.
    for key in ["runs/a/2", "runs/a/10", "runs/a-b/1", "runs/ab/1", "connections/a/state.json"] {
        create(&objects, key, "x").await;
    }
    let folder = stage.home.path().join("objects");
    std::fs::write(folder.join(".tmp/.write-abandoned"), "half").unwrap();
    std::fs::write(folder.join("runs/.notes"), "mine").unwrap();
    assert_eq!(objects.list("runs/").await.unwrap(), ["runs/a-b/1", "runs/a/10", "runs/a/2", "runs/ab/1"]);
    assert_eq!(objects.list("runs/a").await.unwrap(), ["runs/a-b/1", "runs/a/10", "runs/a/2", "runs/ab/1"]);
    assert_eq!(objects.list("runs/a/").await.unwrap(), ["runs/a/10", "runs/a/2"]);
    assert_eq!(objects.list("runs/a/1").await.unwrap(), ["runs/a/10"]);
    assert_eq!(objects.list("").await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_folder_is_no_object_and_an_object_no_folder() {
    let stage = Stage::new();
    let objects = stage.home.objects();
    create(&objects, "a/b", "x").await;
    assert_eq!(objects.get("a").await.unwrap(), None);
    assert_eq!(objects.get("a/b/c").await.unwrap(), None);
    let refused = objects.put("a", Bytes::new(), PutCondition::IfAbsent).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::NameInvalid, "{refused}");
    let refused = objects.put("a/b/c", Bytes::new(), PutCondition::IfAbsent).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::StoreUnavailable, "{refused}");
    assert!(refused.to_string().contains("a/b/c"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_racing_creators_exactly_one_wins() {
    let stage = Stage::new();
    for round in 0..20 {
        let key = format!("race/{round}");
        let start = Arc::new(tokio::sync::Barrier::new(16));
        let racers: Vec<_> = (0..16_u8)
            .map(|racer| {
                // A store of its own, as another process would have.
                let (objects, key, start) = (stage.home.objects(), key.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    let body = Bytes::from(vec![racer; 10_000]);
                    (racer, objects.put(&key, body, PutCondition::IfAbsent).await.unwrap())
                })
            })
            .collect();
        let mut winners = Vec::new();
        for racer in racers {
            let (racer, outcome) = racer.await.unwrap();
            winners.extend((outcome != PutOutcome::Conflict).then_some(racer));
        }
        let body = stage.home.objects().get(&key).await.unwrap().unwrap().body;
        assert_eq!(winners.len(), 1, "round {round}: {winners:?}");
        assert_eq!(body, vec![winners[0]; 10_000], "the winner's content stands");
    }
    assert_eq!(files(&stage.home.path().join("objects")).len(), 20, "losers leave no files");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_swaps_lose_no_increment() {
    let stage = Stage::new();
    create(&stage.home.objects(), "counter", "0").await;
    let racers: Vec<_> = (0..16)
        .map(|_| {
            let objects = stage.home.objects();
            tokio::spawn(async move {
                for _ in 0..5 {
                    loop {
                        let stored = objects.get("counter").await.unwrap().unwrap();
                        let next = str::from_utf8(&stored.body).unwrap().parse::<u32>().unwrap() + 1;
                        let body = Bytes::from(next.to_string());
                        let condition = PutCondition::IfMatch(stored.etag);
                        if objects.put("counter", body, condition).await.unwrap() != PutOutcome::Conflict {
                            break;
                        }
                    }
                }
            })
        })
        .collect();
    for racer in racers {
        racer.await.unwrap();
    }
    assert_eq!(stage.home.objects().get("counter").await.unwrap().unwrap().body, "80");
}
