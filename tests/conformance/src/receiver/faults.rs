//! No fault is taken for an accepted item, and after it the same batch arrives.

use super::driver::{Api, ReceiverDriver};
use super::items::Items;
use super::stage::Stage;
use crate::fault::{self, Fault};
use crate::problems::Problems;
use crate::stage::{Credential, Deed};
use causeway_domain::delivery::ItemAnswer;
use causeway_domain::{Failure, FailureKind};

/// Requests of one delivery at most while a fault lasts: a batch may be divided down to its items.
const MOST_REQUESTS: usize = 100;
/// Items of a batch.
const ITEMS: usize = 4;

/// 401, 403, 404, and an answer that leads elsewhere.
pub async fn refusals_accept_nothing<D: ReceiverDriver>() {
    hold::<D>(|_| fault::refusals()).await;
}

/// 500, 502, 503, 504.
pub async fn outages_accept_nothing<D: ReceiverDriver>() {
    hold::<D>(|_| fault::outages()).await;
}

/// Connections that break before and inside an answer.
pub async fn broken_connections_accept_nothing<D: ReceiverDriver>() {
    hold::<D>(|_| fault::broken_connections()).await;
}

/// A 200 with something else than the API's answer, or with an error in it.
pub async fn other_bodies_accept_nothing<D: ReceiverDriver>() {
    hold::<D>(|api| [fault::other_bodies(), fault::errors_in_success(api.errors_in_success)].concat()).await;
}

/// 429 that does not end.
pub async fn too_many_calls_accept_nothing<D: ReceiverDriver>() {
    hold::<D>(|_| fault::too_many_calls()).await;
}

/// 400, 413, 422: the content is refused, item by item or as a whole.
pub async fn refused_content_accepts_nothing<D: ReceiverDriver>() {
    hold::<D>(|_| fault::refused_content()).await;
}

/// An API that does not answer, whether it did the work or not.
pub async fn silence_times_out<D: ReceiverDriver>() {
    hold::<D>(|_| vec![fault::silence(), fault::silence_after()]).await;
}

/// An answer that is lost after the work: the batch is sent again, and leaves the state of one delivery.
pub async fn a_lost_answer_is_sent_again_to_the_same_state<D: ReceiverDriver>() {
    let Some(api) = D::API else { return };
    let clean = Stage::<D>::new().await;
    clean.accept(0, &Items::some(ITEMS)).await;
    for times in [1, 2, 50] {
        let stage = Stage::<D>::new().await;
        let mut left = times;
        stage.relay.follow(move |call| {
            if api.credential.is_sign_in(call) || left == 0 {
                return Deed::Pass;
            }
            left -= 1;
            Deed::LoseAnswer
        });
        let told = stage.deliver(0, &Items::some(ITEMS)).await;
        assert!(times < 50 || accepted(&told) == 0, "accepted without any answer: {told:?}");
        stage.heal();
        stage.accept(0, &Items::some(ITEMS)).await;
        assert_eq!(stage.driver.kept(), clean.driver.kept(), "{times} answers were lost");
    }
}

/// The same faults at the sign-in, where there is one.
pub async fn faults_of_the_sign_in_accept_nothing<D: ReceiverDriver>() {
    let Some(api) = D::API else { return };
    let Credential::SignIn { .. } = api.credential else { return };
    let mut problems = Problems::default();
    let faults = [fault::refusals(), fault::outages(), fault::broken_connections(), fault::too_many_calls()];
    for fault in faults.concat() {
        // A new receiver has not signed in yet.
        let stage = Stage::<D>::new().await;
        let deed = fault.deed.clone();
        stage
            .relay
            .follow(move |call| if api.credential.is_sign_in(call) { deed.clone() } else { Deed::Pass });
        let told = stage.deliver(0, &Items::some(ITEMS)).await;
        let kind = told.as_ref().err().map(|failure| failure.kind);
        let right = kind.is_some_and(|kind| fault.kinds.contains(&kind));
        problems.check(right, || format!("{} at the sign-in: {told:?}", fault.name));
        problems.check(stage.calls(api).is_empty(), || {
            format!("{} at the sign-in: sends without a token", fault.name)
        });
        stage.heal();
        stage.accept(0, &Items::some(ITEMS)).await;
    }
    problems.end();
}

/// Delivers under every fault, and again without it.
async fn hold<D: ReceiverDriver>(faults: impl Fn(Api) -> Vec<Fault>) {
    let Some(api) = D::API else { return };
    let stage = Stage::<D>::new().await;
    let mut problems = Problems::default();
    for (number, fault) in (0..).zip(faults(api)) {
        let items: Items = Items::some(ITEMS);
        let at = stage.relay.count();
        stage.break_calls(api, fault.deed.clone());
        let told = stage.deliver(number, &items).await;
        let requests = stage.relay.count() - at;
        problems.check(accepted(&told) == 0, || format!("{}: {told:?}", fault.name));
        problems.check(is_told(&fault, &told), || format!("{}: {told:?}, not {:?}", fault.name, fault.kinds));
        problems.check(requests <= MOST_REQUESTS, || format!("{}: {requests} requests", fault.name));
        stage.heal();
        stage.accept(number, &items).await;
    }
    problems.end();
}

fn accepted(told: &Result<Vec<ItemAnswer>, Failure>) -> usize {
    told.iter().flatten().filter(|answer| **answer == ItemAnswer::Accepted).count()
}

/// Whether the fault was reported as one of its kinds. Refused content may be refused item by item.
fn is_told(fault: &Fault, told: &Result<Vec<ItemAnswer>, Failure>) -> bool {
    let right = |failure: &Failure| fault.kinds.contains(&failure.kind);
    match told {
        Err(failure) => right(failure),
        Ok(answers) => answers.iter().all(|answer| match answer {
            ItemAnswer::Accepted => false,
            ItemAnswer::Refused(_) => fault.kinds.contains(&FailureKind::RequestRejected),
            ItemAnswer::Again(failure) => right(failure),
        }),
    }
}
