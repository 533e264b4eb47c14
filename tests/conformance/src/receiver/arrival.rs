//! Delivery: accepted items have arrived unchanged, and sending them again is idempotent.

use super::driver::{KeptFinding, ReceiverDriver};
use super::items::{CLOSED_ON, Items, asset, closed, odd_ids, open};
use super::stage::Stage;
use causeway_domain::delivery::ItemAnswer;

/// Each item of a batch arrives with all its findings, and nothing else does.
pub async fn every_item_arrives_and_is_accepted<D: ReceiverDriver>() {
    let stage = Stage::<D>::new().await;
    let items = Items::some(7);
    stage.accept(0, &items).await;
    let kept = stage.driver.kept();
    assert_eq!(kept.keys().cloned().collect::<Vec<_>>(), items.ids());
    for (id, asset) in &kept {
        assert!(
            asset.content.contains(&format!("host of {id}")),
            "{id} without its fields: {}",
            asset.content
        );
        assert_eq!(asset.findings.keys().collect::<Vec<_>>(), ["f-1", "f-2"], "{id}");
    }
    stage.accept(1, &[asset("another", vec![open("f-1")])].into_iter().collect()).await;
    assert_eq!(stage.driver.kept().len(), 8, "a second batch adds to the first");
}

/// Sending a batch again changes nothing (I-9).
pub async fn the_same_batch_twice_leaves_the_same_state<D: ReceiverDriver>() {
    let stage = Stage::<D>::new().await;
    let items = Items::some(5);
    stage.accept(0, &items).await;
    let once = stage.driver.kept();
    for _ in 0..2 {
        stage.accept(0, &items).await;
        assert_eq!(stage.driver.kept(), once, "sent again");
    }
}

/// Two workers that send one batch at the same time leave the same state as one.
pub async fn two_workers_on_one_batch_leave_the_same_state<D: ReceiverDriver>() {
    let (stage, alone) = (Stage::<D>::new().await, Stage::<D>::new().await);
    let items = Items::some(5);
    tokio::join!(stage.accept(0, &items), stage.accept(0, &items));
    alone.accept(0, &items).await;
    assert_eq!(stage.driver.kept(), alone.driver.kept());
}

/// A batch without items is answered with nothing and changes nothing.
pub async fn an_empty_batch_is_nothing<D: ReceiverDriver>() {
    let stage = Stage::<D>::new().await;
    stage.accept(0, &Items::some(2)).await;
    let before = stage.driver.kept();
    let answers = stage.deliver(1, &Items::default()).await.expect("an empty batch");
    assert!(answers.is_empty(), "{answers:?}");
    assert_eq!(stage.driver.kept(), before);
}

/// Closed findings arrive closed, with their date; open ones arrive open, whatever date their body still has.
pub async fn closed_findings_arrive_closed_with_their_date<D: ReceiverDriver>() {
    let stage = Stage::<D>::new().await;
    let findings = vec![open("open"), closed("fixed", "fixed"), closed("irrelevant", "irrelevant")];
    stage.accept(0, &[asset("asset", findings)].into_iter().collect()).await;
    let kept = stage.driver.kept();
    let arrived = |finding: &str| -> &KeptFinding { &kept["asset"].findings[finding] };
    let is_open = !arrived("open").closed && arrived("open").closed_on.is_none();
    assert!(is_open, "open: {:?}", arrived("open"));
    let day = &CLOSED_ON[..10];
    for finding in ["fixed", "irrelevant"] {
        let KeptFinding { closed, closed_on, content } = arrived(finding);
        let dated = closed_on.as_ref().is_some_and(|date| date.starts_with(day));
        assert!(*closed && dated, "{finding}: closed {closed}, on {closed_on:?}: {content}");
    }
    // A finding that is reopened is open again.
    stage.accept(1, &[asset("asset", vec![open("fixed")])].into_iter().collect()).await;
    assert!(!stage.driver.kept()["asset"].findings["fixed"].closed, "reopened");
}

/// An asset without findings arrives, and takes none away.
pub async fn an_item_without_findings_arrives<D: ReceiverDriver>() {
    let stage = Stage::<D>::new().await;
    stage.accept(0, &[asset("bare", vec![]), asset("full", vec![open("f")])].into_iter().collect()).await;
    let kept = stage.driver.kept();
    assert_eq!((kept["bare"].findings.len(), kept["full"].findings.len()), (0, 1));
}

/// Ids with any letters, of any length, stay different ids. An item that the receiver cannot express is refused alone.
pub async fn odd_ids_stay_distinct<D: ReceiverDriver>() {
    let stage = Stage::<D>::new().await;
    let ids = odd_ids();
    let items: Items = ids.iter().map(|id| asset(id, vec![open(id)])).collect();
    let answers = stage.deliver(0, &items).await.expect("a batch of odd ids");
    let refused = |answer: &ItemAnswer| matches!(answer, ItemAnswer::Refused(reason) if !reason.is_empty());
    assert!(answers.iter().all(|answer| *answer == ItemAnswer::Accepted || refused(answer)), "{answers:?}");
    let kept = stage.driver.kept();
    let accepted = ids.iter().zip(&answers).filter(|(_, answer)| **answer == ItemAnswer::Accepted);
    for (id, _) in accepted {
        let asset = &kept[id];
        assert!(asset.findings.keys().eq([id]), "{id:?} has the findings {:?}", asset.findings.keys());
        let own = serde_json::to_string(&format!("host of {id}")).expect("a text");
        assert!(asset.content.contains(&own), "{id:?} has another's fields: {}", asset.content);
    }
    let items = [asset("one", ids.iter().map(|id| open(id)).collect())].into_iter().collect();
    stage.accept(1, &items).await;
    assert_eq!(stage.driver.kept()["one"].findings.len(), ids.len(), "odd ids of findings");
}
