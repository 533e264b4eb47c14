//! The object store: conditions under races, keys, listings.

use crate::{Case, cases};
use bytes::Bytes;
use causeway_domain::FailureKind;
use causeway_ports::{Etag, Objects, PutCondition, PutOutcome};
use futures::future::join_all;
use futures::{StreamExt, stream};
use std::sync::Arc;
use tokio::sync::Barrier;

/// An empty store.
pub type Stage = Arc<dyn Objects>;

/// All cases.
pub fn cases() -> Vec<Case<Stage>> {
    cases![
        what_was_written_is_read,
        an_object_is_created_once,
        a_swap_needs_the_version_it_read,
        an_object_that_is_gone_has_no_version,
        removing_what_is_not_there_is_no_failure,
        a_listing_is_sorted_and_shows_what_starts_so,
        a_long_listing_is_whole,
        no_key_leaves_the_store,
        of_racing_creators_exactly_one_wins,
        of_racing_swaps_exactly_one_wins,
        racing_increments_are_all_kept,
        a_large_object_is_written_as_any_other,
    ]
}

async fn create(objects: &Stage, key: &str, body: impl Into<Bytes>) -> PutOutcome {
    objects.put(key, body.into(), PutCondition::IfAbsent).await.unwrap()
}

async fn swap(objects: &Stage, key: &str, etag: &Etag, body: impl Into<Bytes>) -> PutOutcome {
    objects.put(key, body.into(), PutCondition::IfMatch(etag.clone())).await.unwrap()
}

async fn read(objects: &Stage, key: &str) -> Bytes {
    objects.get(key).await.unwrap().expect("the object is there").body
}

fn written(outcome: PutOutcome) -> Etag {
    match outcome {
        PutOutcome::Written(etag) => etag,
        PutOutcome::Conflict => panic!("somebody else was first, but there is nobody else"),
    }
}

async fn what_was_written_is_read(objects: Stage) {
    let every_byte: Vec<u8> = (0..=255).collect();
    for (key, body) in [("runs/a/1/manifest.json", "{}".into()), ("a", every_byte), ("A_b.c-d/0", Vec::new())]
    {
        assert_eq!(objects.get(key).await.unwrap(), None, "{key} was not written yet");
        let etag = written(create(&objects, key, body.clone()).await);
        let stored = objects.get(key).await.unwrap().expect("what was just written");
        assert_eq!((stored.body, stored.etag), (Bytes::from(body), etag), "{key}");
    }
}

async fn an_object_is_created_once(objects: Stage) {
    written(create(&objects, "a/b", "first").await);
    for again in ["second", "first"] {
        assert_eq!(create(&objects, "a/b", again).await, PutOutcome::Conflict, "{again}");
    }
    assert_eq!(read(&objects, "a/b").await, "first");
}

async fn a_swap_needs_the_version_it_read(objects: Stage) {
    let first = written(create(&objects, "state", "1").await);
    let second = written(swap(&objects, "state", &first, "2").await);
    assert_eq!(swap(&objects, "state", &first, "3").await, PutOutcome::Conflict, "that version is no longer");
    assert_eq!(read(&objects, "state").await, "2");
    written(swap(&objects, "state", &second, "4").await);
    assert_eq!(read(&objects, "state").await, "4");
}

async fn an_object_that_is_gone_has_no_version(objects: Stage) {
    let etag = written(create(&objects, "state", "1").await);
    assert_eq!(swap(&objects, "never", &etag, "2").await, PutOutcome::Conflict);
    objects.delete("state").await.unwrap();
    assert_eq!(swap(&objects, "state", &etag, "2").await, PutOutcome::Conflict);
    assert_eq!(objects.get("state").await.unwrap(), None);
    written(create(&objects, "state", "3").await);
}

async fn removing_what_is_not_there_is_no_failure(objects: Stage) {
    objects.delete("never/was").await.unwrap();
    written(create(&objects, "a", "x").await);
    objects.delete("a").await.unwrap();
    objects.delete("a").await.unwrap();
    assert_eq!(objects.list("").await.unwrap(), Vec::<String>::new());
}

async fn a_listing_is_sorted_and_shows_what_starts_so(objects: Stage) {
    assert_eq!(objects.list("runs/").await.unwrap(), Vec::<String>::new());
    // `-` sorts before `/`, so an order by folder would be another one.
    for key in ["runs/a/2", "runs/a/10", "runs/a-b/1", "runs/ab/1", "connections/a/state.json"] {
        written(create(&objects, key, "x").await);
    }
    let all = ["runs/a-b/1", "runs/a/10", "runs/a/2", "runs/ab/1"];
    for (prefix, keys) in
        [("runs/", &all[..]), ("runs/a", &all), ("runs/a/", &all[1..3]), ("runs/a/1", &all[1..2])]
    {
        assert_eq!(objects.list(prefix).await.unwrap(), keys, "{prefix}");
    }
    assert_eq!(objects.list("").await.unwrap().len(), 5);
}

async fn a_long_listing_is_whole(objects: Stage) {
    // Just above what S3 tells in one answer.
    let keys: Vec<String> = (0..1_010).map(|number| format!("pages/{number:06}.json")).collect();
    stream::iter(&keys).for_each_concurrent(16, |key| async { drop(create(&objects, key, "x").await) }).await;
    assert_eq!(objects.list("pages/").await.unwrap(), keys);
}

async fn no_key_leaves_the_store(objects: Stage) {
    for key in ["../outside", "/etc/hostname", "a/../../outside", ".tmp/swap.lock", "", "a//b", "a b", "ä"] {
        let put = objects.put(key, Bytes::new(), PutCondition::IfAbsent).await.unwrap_err();
        let kinds = [put, objects.get(key).await.unwrap_err(), objects.delete(key).await.unwrap_err()];
        assert!(kinds.iter().all(|failure| failure.kind == FailureKind::NameInvalid), "{key:?}: {kinds:?}");
    }
    for prefix in ["../", "/", "runs/../"] {
        assert_eq!(objects.list(prefix).await.unwrap_err().kind, FailureKind::NameInvalid, "{prefix:?}");
    }
}

/// Has sixteen put to `key` at once; those who won.
async fn race(objects: &Stage, key: &str, condition: PutCondition) -> Vec<u8> {
    let start = Arc::new(Barrier::new(16));
    let racers = (0..16_u8).map(|racer| {
        let (objects, key) = (Arc::clone(objects), key.to_owned());
        let (start, condition) = (Arc::clone(&start), condition.clone());
        tokio::spawn(async move {
            start.wait().await;
            let outcome = objects.put(&key, Bytes::from(vec![racer; 10_000]), condition).await.unwrap();
            (outcome != PutOutcome::Conflict).then_some(racer)
        })
    });
    join_all(racers).await.into_iter().filter_map(Result::unwrap).collect()
}

async fn of_racing_creators_exactly_one_wins(objects: Stage) {
    for round in 0..8 {
        let key = format!("race/{round}");
        let winners = race(&objects, &key, PutCondition::IfAbsent).await;
        assert_eq!(winners.len(), 1, "round {round}: {winners:?}");
        assert_eq!(read(&objects, &key).await, vec![winners[0]; 10_000], "the winner's content stands");
    }
}

async fn of_racing_swaps_exactly_one_wins(objects: Stage) {
    for round in 0..8 {
        let key = format!("race/{round}");
        let etag = written(create(&objects, &key, "first").await);
        let winners = race(&objects, &key, PutCondition::IfMatch(etag)).await;
        assert_eq!(winners.len(), 1, "round {round}: {winners:?}");
        assert_eq!(read(&objects, &key).await, vec![winners[0]; 10_000], "the winner's content stands");
    }
}

async fn racing_increments_are_all_kept(objects: Stage) {
    written(create(&objects, "counter", "0").await);
    let racer = || async {
        for _ in 0..5 {
            loop {
                let stored = objects.get("counter").await.unwrap().unwrap();
                let next = str::from_utf8(&stored.body).unwrap().parse::<u32>().unwrap() + 1;
                if swap(&objects, "counter", &stored.etag, next.to_string()).await != PutOutcome::Conflict {
                    break;
                }
            }
        }
    };
    join_all((0..8).map(|_| racer())).await;
    assert_eq!(read(&objects, "counter").await, "40");
}

async fn a_large_object_is_written_as_any_other(objects: Stage) {
    // Above the size at which S3's port sends parts, and no whole number of them.
    let body = |seed: u8| Bytes::from_iter((0..(65_u32 << 20) + 3).map(|at| (at >> 12) as u8 ^ seed));
    let (first, second) = (body(0), body(1));
    let etag = written(create(&objects, "large", first.clone()).await);
    assert_eq!(create(&objects, "large", second.clone()).await, PutOutcome::Conflict);
    let stored = objects.get("large").await.unwrap().unwrap();
    assert!(stored.body == first, "what is read is not what was written");
    assert_eq!(stored.etag, etag);
    written(swap(&objects, "large", &etag, second.clone()).await);
    assert_eq!(swap(&objects, "large", &etag, first).await, PutOutcome::Conflict);
    assert!(read(&objects, "large").await == second, "what is read is not what was swapped in");
}
