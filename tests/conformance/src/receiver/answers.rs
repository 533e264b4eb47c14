//! Each item has its own answer.

use super::driver::{Api, Complaints, ReceiverDriver};
use super::items::{Items, asset, odd_ids, open};
use super::stage::Stage;
use crate::stage::{Answer, Deed};
use causeway_domain::Retry;
use causeway_domain::delivery::ItemAnswer;

/// The complaints that the receiver's API knows.
fn complaints<D: ReceiverDriver>() -> Option<(Api, Complaints)> {
    let api = D::API?;
    Some((api, api.complaints?))
}

/// Answers every request with a complaint about these assets.
fn complain<D: ReceiverDriver>(stage: &Stage<D>, api: Api, body: String) {
    stage.break_calls(api, Deed::edit(move |answer| *answer = Answer::json(200, body.clone())));
}

/// Items that are refused for good say why; the others are accepted, each in its place.
pub async fn refused_items_do_not_stop_the_others<D: ReceiverDriver>() {
    let Some((api, known)) = complaints::<D>() else { return };
    let stage = Stage::<D>::new().await;
    complain(&stage, api, (known.body)(&["asset-1", "asset-3"], known.for_good));
    let answers = stage.deliver(0, &Items::some(6)).await.expect("answers");
    for (place, answer) in answers.iter().enumerate() {
        match (place, answer) {
            (1 | 3, ItemAnswer::Refused(reason)) => assert!(reason.contains(known.for_good), "{reason:?}"),
            (1 | 3, other) => panic!("item {place}: {other:?}"),
            (_, other) => assert_eq!(*other, ItemAnswer::Accepted, "item {place}"),
        }
    }
}

/// Items that are refused for a reason that may pass come again; the others do not.
pub async fn items_that_are_refused_for_now_come_again<D: ReceiverDriver>() {
    let Some((api, known)) = complaints::<D>() else { return };
    let stage = Stage::<D>::new().await;
    complain(&stage, api, (known.body)(&["asset-0", "asset-3"], known.passing));
    let answers = stage.deliver(0, &Items::some(4)).await.expect("answers");
    for (place, answer) in answers.iter().enumerate() {
        match (place, answer) {
            (0 | 3, ItemAnswer::Again(failure)) => assert_ne!(failure.retry(), Retry::Never, "{failure}"),
            (0 | 3, other) => panic!("item {place}: {other:?}"),
            (_, other) => assert_eq!(*other, ItemAnswer::Accepted, "item {place}"),
        }
    }
}

/// A complaint that names one odd id is about the item with exactly this id.
pub async fn a_complaint_is_about_its_own_item<D: ReceiverDriver>() {
    let Some((api, known)) = complaints::<D>() else { return };
    let stage = Stage::<D>::new().await;
    let ids = odd_ids();
    let items: Items = ids.iter().map(|id| asset(id, vec![open("f")])).collect();
    for (place, id) in ids.iter().enumerate() {
        complain(&stage, api, (known.body)(&[id], known.for_good));
        let answers = stage.deliver(0, &items).await.expect("answers");
        stage.heal();
        for (other, answer) in answers.iter().enumerate() {
            let refused = matches!(answer, ItemAnswer::Refused(reason) if reason.contains(known.for_good));
            assert_eq!(refused, other == place, "{id:?} is refused, and {:?} is {answer:?}", ids[other]);
        }
    }
}

/// A complaint about an asset that was not sent leaves nobody accepted: it may mean any of them.
pub async fn a_complaint_about_nobody_accepts_nobody<D: ReceiverDriver>() {
    let Some((api, known)) = complaints::<D>() else { return };
    let stage = Stage::<D>::new().await;
    for reason in [known.for_good, known.passing] {
        complain(&stage, api, (known.body)(&["never-sent"], reason));
        let told = stage.deliver(0, &Items::some(3)).await;
        let accepted = told.iter().flatten().any(|answer| *answer == ItemAnswer::Accepted);
        assert!(!accepted, "{reason:?} about an asset that was not sent: {told:?}");
        stage.heal();
    }
}
