//! Every fault is a failure of the right kind, never a page with fewer rows, and passes.

use super::ask::{Ask, Told};
use super::driver::SourceDriver;
use super::stage::{Stage, shape};
use crate::fault::{self, Fault};
use crate::problems::Problems;
use crate::stage::{Credential, Deed};
use causeway_domain::page::Confirmation;
use causeway_domain::{FailureKind, Stream};
use causeway_ports::Transformed;

/// Requests of one call at most while a fault lasts. A page that is read in parts may need many.
const MOST_REQUESTS: usize = 100;
const MOST_REQUESTS_IN_PARTS: usize = 1100;

/// 401, 403, 404, and an answer that leads elsewhere.
pub async fn refusals_are_failures<D: SourceDriver>() {
    hold::<D>(|_| fault::refusals()).await;
}

/// 500, 502, 503, 504.
pub async fn outages_are_failures<D: SourceDriver>() {
    hold::<D>(|_| fault::outages()).await;
}

/// Connections that break before and inside an answer.
pub async fn broken_connections_are_failures<D: SourceDriver>() {
    hold::<D>(|_| fault::broken_connections()).await;
}

/// A 200 with something else than the API's answer, or with a part of it.
pub async fn other_bodies_are_failures<D: SourceDriver>() {
    hold::<D>(|_| [fault::other_bodies(), fault::errors_in_success(D::ERRORS_IN_SUCCESS)].concat()).await;
}

/// A list of rows that is missing, no list, or null where the vendor does not mean an empty one by that.
pub async fn other_lists_are_failures<D: SourceDriver>() {
    hold::<D>(|stream| {
        let shape = shape::<D>(stream);
        let null = (!shape.null_is_empty).then(|| fault::null_list(shape.list));
        fault::other_lists(shape.list).into_iter().chain(null).collect()
    })
    .await;
}

/// A null list, where the vendor means an empty one, is no rows; as an answer about single records it proves nothing.
pub async fn a_null_list_proves_nothing<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS.iter().filter(|shape| shape.null_is_empty) {
        let asks = [Ask::Page(shape.stream, stage.first_place(shape.stream).await)];
        for ask in asks.into_iter().chain(stage.single(shape)) {
            stage.break_calls(fault::null_list(shape.list).deed);
            match stage.ask(&ask).await {
                Ok(Told::Rows(page)) => assert_eq!(
                    page,
                    Transformed { vendor_count: page.vendor_count, ..Transformed::default() }
                ),
                Ok(Told::Answer(_, verdict)) => {
                    assert!(matches!(verdict, Confirmation::Untrusted(_)), "{verdict:?}");
                }
                other => panic!("{ask:?} with a null list: {other:?}"),
            }
            stage.heal();
        }
    }
}

/// 429 that does not end.
pub async fn too_many_calls_are_failures<D: SourceDriver>() {
    hold::<D>(|_| fault::too_many_calls()).await;
}

/// A vendor that does not answer.
pub async fn silence_times_out<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    let mut problems = Problems::default();
    let stream = D::STREAMS[0].stream;
    // Time limits are real time, so this is tried with one call only.
    let ask = Ask::Page(stream, stage.first_place(stream).await);
    judge(&stage, &ask, &fault::silence(), &mut problems).await;
    problems.end();
}

/// The same faults at the sign-in, where there is one.
pub async fn faults_of_the_sign_in_are_failures<D: SourceDriver>() {
    let Credential::SignIn { .. } = D::CREDENTIAL else { return };
    let mut problems = Problems::default();
    let faults = [fault::refusals(), fault::outages(), fault::broken_connections(), fault::too_many_calls()];
    for fault in faults.concat() {
        // A new source has not signed in yet.
        let stage = Stage::<D>::new().await;
        let deed = fault.deed.clone();
        stage
            .relay
            .follow(move |call| if D::CREDENTIAL.is_sign_in(call) { deed.clone() } else { Deed::Pass });
        let told = stage.ask(&Ask::Open).await;
        let kind = told.as_ref().err().map(|failure| failure.kind);
        let right = kind.is_some_and(|kind| fault.kinds.contains(&kind));
        problems.check(right, || format!("{} at the sign-in: {told:?}", fault.name));
        stage.heal();
        let healed = stage.ask(&Ask::Open).await;
        problems.check(healed.is_ok(), || format!("after {} at the sign-in: {healed:?}", fault.name));
    }
    problems.end();
}

/// Makes every call under every fault.
async fn hold<D: SourceDriver>(faults: impl Fn(Stream) -> Vec<Fault>) {
    let stage = Stage::<D>::new().await;
    let mut problems = Problems::default();
    for ask in stage.asks().await {
        let stream = match &ask {
            Ask::Open => D::STREAMS[0].stream,
            Ask::Count(stream) | Ask::Page(stream, _) | Ask::Parts(stream, _) | Ask::Single(stream, ..) => {
                *stream
            }
        };
        for fault in faults(stream) {
            judge(&stage, &ask, &fault, &mut problems).await;
        }
    }
    problems.end();
}

/// Makes a call without a fault, with it, and without it again.
async fn judge<D: SourceDriver>(stage: &Stage<D>, ask: &Ask, fault: &Fault, problems: &mut Problems) {
    let parts = matches!(ask, Ask::Parts(..));
    let before = stage.ask(ask).await;
    if parts && before.is_err() {
        // This source reads no page in parts.
        return;
    }
    let before = before.unwrap_or_else(|failure| panic!("{ask:?} without a fault: {failure}"));
    let at = stage.relay.count();
    stage.break_calls(fault.deed.clone());
    let told = stage.ask(ask).await;
    let requests = stage.relay.count() - at;
    let wrong = match &told {
        Ok(told) if requests == 0 && *told == before => None,
        Ok(_) => Some("is no failure".to_owned()),
        // A page that cannot be read in parts fails as it did as a whole.
        Err(failure) if parts && failure.kind == FailureKind::Unavailable => None,
        Err(failure) if fault.kinds.contains(&failure.kind) => None,
        Err(failure) => Some(format!("is {:?} ({failure}), not one of {:?}", failure.kind, fault.kinds)),
    };
    let most = if parts { MOST_REQUESTS_IN_PARTS } else { MOST_REQUESTS };
    let name = || format!("{ask:?} with {}", fault.name);
    problems.check(wrong.is_none(), || format!("{}: {}", name(), wrong.unwrap_or_default()));
    problems.check(requests <= most, || format!("{}: {requests} requests", name()));
    stage.heal();
    let after = stage.ask(ask).await;
    problems
        .check(after.as_ref() == Ok(&before), || format!("{}: differs after the fault has ended", name()));
}
