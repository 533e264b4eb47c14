//! Secrets and sessions: a refused token is renewed, and no secret leaks (I-12).

use super::driver::ReceiverDriver;
use super::items::Items;
use super::stage::Stage;
use crate::stage::{Answer, Credential, Deed, ROTATED, demand};
use causeway_domain::delivery::ItemAnswer;
use serde_json::json;

/// Every request carries a token in the header that the driver names. The secret is in that header or in the sign-in, and
/// nowhere else.
pub async fn the_secret_stands_in_its_place_only<D: ReceiverDriver>() {
    let Some(api) = D::API else { return };
    let stage = Stage::<D>::new().await;
    stage.accept(0, &Items::some(3)).await;
    let header = api.credential.header();
    assert!(!stage.calls(api).is_empty(), "no call was made");
    for call in stage.calls(api) {
        let (token, rest) = (call.token(header), call.text(header));
        assert!(!token.is_empty(), "{} without {header}", call.target);
        assert!(
            !rest.contains(api.secret) && !rest.contains(&token),
            "{}: a secret outside {header}",
            call.target
        );
        let signed_in = matches!(api.credential, Credential::SignIn { .. });
        assert!(
            !signed_in || !call.header(header).contains(api.secret),
            "{}: the password as a token",
            call.target
        );
    }
    for call in stage.relay.calls().iter().filter(|call| api.credential.is_sign_in(call)) {
        assert!(!call.target.contains(api.secret), "the secret is in the address of the sign-in");
    }
}

/// An API that quotes the token in its answer: no reason and no failure repeats it. The stage looks at every answer.
pub async fn a_quoted_secret_is_not_repeated<D: ReceiverDriver>() {
    let Some(api) = D::API else { return };
    let stage = Stage::<D>::new().await;
    for status in [200, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503] {
        stage.relay.follow(move |call| {
            if api.credential.is_sign_in(call) {
                return Deed::Pass;
            }
            let token = call.header(api.credential.header());
            let quoted = format!("invalid: {token}");
            let body = json!({"detail": quoted, "message": quoted, "error": quoted}).to_string();
            let complaint = api.complaints.filter(|_| status == 200);
            let body = complaint.map_or(body, |known| (known.body)(&["asset-1"], &quoted));
            let answer = Answer::json(status, body);
            // A complaint comes after the work: the other item is accepted.
            if status == 200 {
                Deed::edit(move |whole| *whole = answer.clone())
            } else {
                Deed::Answer(answer)
            }
        });
        let told = stage.deliver(0, &Items::some(2)).await;
        let named = told.iter().flatten().filter(|answer| **answer == ItemAnswer::Accepted).count();
        assert!(named <= usize::from(status == 200), "{status}: {told:?}");
        stage.heal();
    }
}

/// A secret that was rotated while the old one is cached is read again. A rotation needs no restart.
pub async fn a_rotated_secret_is_read_again<D: ReceiverDriver>() {
    let Some(api) = D::API else { return };
    let stage = Stage::<D>::new().await;
    stage.accept(0, &Items::some(2)).await;
    stage.secret.rotate(ROTATED);
    stage.relay.follow(demand(api.credential, api.secret, ROTATED));
    stage.accept(1, &Items::some(3)).await;
}

/// A token that expires before and between deliveries is renewed.
pub async fn an_expired_token_is_renewed<D: ReceiverDriver>() {
    let Some(api) = D::API else { return };
    let stage = Stage::<D>::new().await;
    stage.accept(0, &Items::some(2)).await;
    for number in 1..4 {
        let mut expired: Option<String> = None;
        let mut once = true;
        let signs_in = matches!(api.credential, Credential::SignIn { .. });
        stage.relay.follow(move |call| {
            if api.credential.is_sign_in(call) {
                return Deed::Pass;
            }
            let token = call.token(api.credential.header());
            let first = expired.get_or_insert_with(|| token.clone());
            // A stored token is refused once: another server of the API may accept it.
            let refused = if signs_in { *first == token } else { std::mem::take(&mut once) };
            if refused { Deed::Answer(Answer::json(401, r#"{"message":"expired"}"#)) } else { Deed::Pass }
        });
        stage.accept(number, &Items::some(3)).await;
        stage.heal();
    }
}
