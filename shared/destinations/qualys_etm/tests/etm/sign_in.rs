//! Tokens: how they are fetched, kept, renewed and refused.

use crate::world::{AUTH, Call, Reply, SYNC, World, assets, deliver, reply};
use causeway_domain::FailureKind;
use std::time::Duration;

#[tokio::test]
async fn the_form_has_the_fields_of_the_gateway() {
    let world = World::new(|_| Reply::Usual).await;
    world.deliver(&assets(1)).await.unwrap();
    let call = world.calls(AUTH).pop().unwrap();
    assert_eq!(call.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(call.body, "username=api-user&password=hunter2-cached&token=true");
}

#[tokio::test]
async fn one_token_serves_until_shortly_before_it_expires() {
    let world = World::new(|_| Reply::Usual).await;
    world.deliver(&assets(1)).await.unwrap();
    world.clock.pass(Duration::from_mins(224));
    world.deliver(&assets(1)).await.unwrap();
    assert_eq!(world.calls(AUTH).len(), 1);
    world.clock.pass(Duration::from_mins(1));
    world.deliver(&assets(1)).await.unwrap();
    assert_eq!(world.calls(AUTH).len(), 2);
    assert_eq!(world.calls(SYNC)[2].header("authorization"), "Bearer head.payload1.sign");
}

#[tokio::test]
async fn concurrent_calls_share_one_sign_in() {
    let world = World::new(|_| Reply::Usual).await;
    let batch = assets(1);
    let calls = (0..8).map(|_| deliver(&world.etm, &batch));
    for receipt in futures::future::join_all(calls).await {
        receipt.unwrap();
    }
    assert_eq!((world.calls(AUTH).len(), world.calls(SYNC).len()), (1, 8));
}

fn expired_until(token: &'static str) -> impl Fn(&Call) -> Reply + Send + Sync {
    move |call| match call.path.as_str() {
        SYNC if call.header("authorization") != format!("Bearer {token}") => reply(401, "expired"),
        _ => Reply::Usual,
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let world = World::new(expired_until("head.payload1.sign")).await;
    let batch = assets(1);
    let (one, two) = tokio::join!(deliver(&world.etm, &batch), deliver(&world.etm, &batch));
    assert_eq!((one.unwrap().accepted, two.unwrap().accepted), (1, 1));
    assert_eq!(world.calls(AUTH).len(), 2, "a token renewed by one call serves the other");
}

/// The sync endpoint's first answers, whatever the token; then the usual ones.
fn first_answers(statuses: &'static [u16]) -> impl Fn(&Call) -> Reply + Send + Sync {
    move |call| match statuses.get(call.number) {
        Some(status) if call.path == SYNC => reply(*status, ""),
        _ => Reply::Usual,
    }
}

#[tokio::test]
async fn a_second_refusal_is_not_final_and_every_attempt_takes_the_newest_token() {
    for (answers, tokens) in [
        (&[401_u16, 401][..], vec![0, 1, 2]),
        (&[401, 503, 401], vec![0, 1, 1, 2]),
        (&[503, 401], vec![0, 0, 1]),
    ] {
        let world = World::new(first_answers(answers)).await;
        assert_eq!(world.deliver(&assets(1)).await.unwrap().accepted, 1, "{answers:?}");
        let sent: Vec<_> =
            world.calls(SYNC).iter().map(|call| call.header("authorization").to_owned()).collect();
        let wanted: Vec<_> =
            tokens.iter().map(|number| format!("Bearer head.payload{number}.sign")).collect();
        assert_eq!(sent, wanted, "{answers:?}");
    }
}

#[tokio::test]
async fn a_repeat_takes_the_token_that_another_call_fetched_meanwhile() {
    let world = World::new(|call| {
        let old = call.header("authorization") == "Bearer head.payload0.sign";
        match call.path.as_str() {
            SYNC if old && call.number == 0 => reply(503, ""),
            SYNC if old => reply(401, "expired"),
            _ => Reply::Usual,
        }
    })
    .await;
    let batch = assets(1);
    let (one, two) = tokio::join!(deliver(&world.etm, &batch), deliver(&world.etm, &batch));
    assert_eq!((one.unwrap().accepted, two.unwrap().accepted), (1, 1));
    assert_eq!(world.calls(AUTH).len(), 2);
}

#[tokio::test]
async fn an_expiry_costs_one_sign_in_however_many_deliveries_meet_it() {
    let world = World::new(|call| match call.path.as_str() {
        SYNC if call.number > 0 && call.header("authorization").contains("payload0") => reply(401, "expired"),
        _ => Reply::Usual,
    })
    .await;
    let batch = assets(1);
    world.deliver(&batch).await.unwrap();
    for receipt in futures::future::join_all((0..8).map(|_| deliver(&world.etm, &batch))).await {
        assert_eq!(receipt.unwrap().accepted, 1);
    }
    assert_eq!(world.calls(AUTH).len(), 2);
}

#[tokio::test]
async fn refused_new_tokens_stop_further_sign_ins() {
    let world = World::new(expired_until("none")).await;
    let batch = assets(1);
    let failure = world.deliver(&batch).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert!(failure.detail.contains("may lack ETM or API access"), "{failure}");
    for result in futures::future::join_all((0..5).map(|_| deliver(&world.etm, &batch))).await {
        assert_eq!(result.unwrap_err().kind, FailureKind::Unauthorized);
    }
    assert_eq!((world.calls(AUTH).len(), world.calls(SYNC).len()), (3, 3));
    world.clock.pass(Duration::from_mins(1));
    world.deliver(&batch).await.unwrap_err();
    assert_eq!(world.calls(AUTH).len(), 6);
}

fn only(password: &'static str) -> impl Fn(&Call) -> Reply + Send + Sync {
    move |call| match call.path.as_str() {
        AUTH if !call.body.contains(password) => reply(401, "Invalid credentials for hunter2"),
        _ => Reply::Usual,
    }
}

#[tokio::test]
async fn a_rotated_password_is_read_again() {
    let world = World::new(only("hunter2-rotated")).await;
    world.passwords.set("hunter2-cached", "hunter2-rotated");
    assert_eq!(world.deliver(&assets(1)).await.unwrap().accepted, 1);
    assert_eq!(world.calls(AUTH).len(), 2);
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let world = World::new(only("hunter2-right")).await;
    for _ in 0..5 {
        let failure = world.deliver(&assets(1)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unauthorized);
        assert_eq!(failure.subject, "POST /auth");
    }
    assert_eq!(world.calls(AUTH).len(), 1, "many deliveries must not lock the account");
    world.passwords.set("hunter2-right", "hunter2-right");
    assert_eq!(world.deliver(&assets(1)).await.unwrap().accepted, 1);
}

#[tokio::test]
async fn a_refused_password_is_tried_again_after_a_minute() {
    let world =
        World::new(|call| if call.path == AUTH && call.number == 0 { reply(401, "") } else { Reply::Usual })
            .await;
    world.deliver(&assets(1)).await.unwrap_err();
    world.clock.pass(Duration::from_mins(1));
    assert_eq!(world.deliver(&assets(1)).await.unwrap().accepted, 1);
}

#[tokio::test]
async fn a_body_without_a_token_is_rejected() {
    for body in
        ["<html>sign in</html>", r#"{"error":"locked"}"#, "", "two words.are not.a token", "Unauthorized"]
    {
        let world =
            World::new(move |call| if call.path == AUTH { reply(201, body) } else { Reply::Usual }).await;
        let failure = world.deliver(&assets(1)).await.unwrap_err();
        assert_eq!((failure.kind, world.calls(SYNC).len()), (FailureKind::UnexpectedAnswer, 0), "{body}");
    }
}

#[tokio::test]
async fn no_secret_is_shown() {
    let world = World::new(expired_until("none")).await;
    let mut shown = format!("{:?}{:?}", world.etm, world.deliver(&assets(1)).await);
    let refused = World::new(only("hunter2-right")).await;
    shown.push_str(&format!("{:?}{:?}", refused.etm, refused.deliver(&assets(1)).await));
    assert!(!shown.contains("hunter2") && !shown.contains("payload"), "{shown}");
}
