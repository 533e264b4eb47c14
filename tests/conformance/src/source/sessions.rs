//! Secrets and sessions: a refused token is renewed, and no secret leaks (I-12).

use super::driver::SourceDriver;
use super::stage::Stage;
use crate::stage::{Answer, Credential, Deed, ROTATED, demand};
use causeway_domain::FailureKind;
use serde_json::json;

/// Every request carries a token in the header that the driver names. The secret is in that header or in the sign-in, and
/// nowhere else.
pub async fn the_secret_stands_in_its_place_only<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for ask in stage.asks().await {
        drop(stage.ask(&ask).await);
    }
    let header = D::CREDENTIAL.header();
    assert!(!stage.calls().is_empty(), "no call was made");
    for call in stage.calls() {
        let token = call.token(header);
        assert!(!token.is_empty(), "{} without {header}", call.target);
        let rest = call.text(header);
        assert!(
            !rest.contains(D::SECRET) && !rest.contains(&token),
            "{}: a secret outside {header}",
            call.target
        );
        let signed_in = matches!(D::CREDENTIAL, Credential::SignIn { .. });
        assert!(
            !signed_in || !call.header(header).contains(D::SECRET),
            "{}: the password as a token",
            call.target
        );
    }
    for call in stage.relay.calls().iter().filter(|call| D::CREDENTIAL.is_sign_in(call)) {
        assert!(!call.target.contains(D::SECRET), "the secret is in the address of the sign-in");
    }
}

/// A vendor that quotes the token in a refusal: no failure repeats it. The stage looks at every failure.
pub async fn a_quoted_secret_is_not_repeated<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    let header = D::CREDENTIAL.header();
    for ask in stage.asks().await {
        for status in [200, 400, 401, 403, 404, 409, 422, 429, 500, 503] {
            stage.relay.follow(move |call| {
                if D::CREDENTIAL.is_sign_in(call) {
                    return Deed::Pass;
                }
                let quoted = format!("invalid: {} {}", call.header(header), D::SECRET);
                Deed::Answer(Answer::json(
                    status,
                    json!({"detail": quoted, "message": quoted, "error": quoted}).to_string(),
                ))
            });
            let told = stage.ask(&ask).await;
            assert!(told.is_err(), "{ask:?} with {status}: {told:?}");
            stage.heal();
        }
    }
}

/// A secret that was rotated while the old one is cached is read again. A rotation needs no restart.
pub async fn a_rotated_secret_is_read_again<D: SourceDriver>() {
    let asks = Stage::<D>::new().await.asks().await;
    for ask in asks {
        // The next secret is cached from then on, so each call gets a source of its own.
        let stage = Stage::<D>::new().await;
        let Ok(before) = stage.ask(&ask).await else { continue };
        stage.secret.rotate(ROTATED);
        stage.relay.follow(demand(D::CREDENTIAL, D::SECRET, ROTATED));
        let told = stage.ask(&ask).await;
        assert_eq!(told, Ok(before), "{ask:?}: with a rotated secret");
    }
}

/// A token that expires between two requests is renewed, or the call ends as `Unauthorized`. It is never an empty page.
pub async fn an_expired_token_is_renewed<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    let header = D::CREDENTIAL.header();
    for ask in stage.asks().await {
        let Ok(before) = stage.ask(&ask).await else { continue };
        let mut expired: Option<String> = None;
        let signs_in = matches!(D::CREDENTIAL, Credential::SignIn { .. });
        let mut once = true;
        stage.relay.follow(move |call| {
            if D::CREDENTIAL.is_sign_in(call) {
                return Deed::Pass;
            }
            let token = call.token(header);
            let first = expired.get_or_insert_with(|| token.clone());
            // A stored token is refused once: another server of the API may accept it.
            let refused = if signs_in { *first == token } else { std::mem::take(&mut once) };
            if refused { Deed::Answer(Answer::json(401, r#"{"detail":"expired"}"#)) } else { Deed::Pass }
        });
        match stage.ask(&ask).await {
            Ok(told) => assert_eq!(told, before, "{ask:?}: with a token that expired"),
            Err(failure) => {
                assert!(!signs_in, "{ask:?}: does not sign in again: {failure}");
                assert_eq!(failure.kind, FailureKind::Unauthorized, "{ask:?}: {failure}");
            }
        }
        stage.heal();
    }
}
