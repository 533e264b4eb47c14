//! The scheduler.

use crate::{LASTS, sample, start};
use causeway_runtime_api::{Aws, InvocationResult, Running};
use serde_json::{Value, json};

async fn error(function: &mut Running, event: Value) -> (String, String) {
    let answer = function.invoke(event, LASTS).await;
    let Some(InvocationResult::Error(error)) = answer else { panic!("{answer:?}\n{:#?}", function.log()) };
    (error["errorType"].as_str().unwrap().to_owned(), error["errorMessage"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_schedule_of_a_deleted_connection_is_acknowledged_and_removed() {
    let aws = Aws::start().await.unwrap();
    let mut function = start("scheduler", &aws).await;
    let answer = function.invoke(sample("scheduler-schedule"), LASTS).await;
    let expected = json!({ "connection": "plant-north", "result": "deleted", "missed": 0 });
    assert_eq!(answer, Some(InvocationResult::Response(expected)), "{:#?}", function.log());
    assert_eq!(aws.of("scheduler:DeleteSchedule"), [json!("plant-north")]);
    assert!(aws.of("s3:PutObject").is_empty(), "nothing is written for it");
    function.logged("its schedule is removed").await.unwrap();
    // A time that the emulator or a hand did not fill in is no reason to fail.
    for time in [json!("<aws.scheduler.scheduled-time>"), json!(null), json!(17)] {
        let mut event = sample("scheduler-schedule");
        event["scheduled_time"] = time;
        assert!(matches!(function.invoke(event, LASTS).await, Some(InvocationResult::Response(_))));
    }
}

#[tokio::test]
async fn what_cannot_be_started_is_an_error_with_its_kind() {
    let aws = Aws::start().await.unwrap();
    let mut function = start("scheduler", &aws).await;
    let (kind, told) = error(&mut function, sample("scheduler-run")).await;
    assert_eq!(kind, "not-found", "{told}");
    assert!(told.contains("connection plant-north"), "{told}");
    let mut event = sample("scheduler-run");
    for name in ["../plant-south", "plant-south/state.json", "Plant", "a\u{0}b", ""] {
        event["connection"] = json!(name);
        let (kind, told) = error(&mut function, event.clone()).await;
        assert_eq!(kind, "name-invalid", "{name:?}: {told}");
    }
    event["version"] = json!(2);
    assert_eq!(error(&mut function, event).await.0, "message-invalid");
    for other in [json!({}), json!([]), json!({ "version": 1, "kind": "wipe", "connection": "a" })] {
        error(&mut function, other).await;
    }
    assert!(aws.calls().iter().all(|call| call.action == "s3:GetObject"), "{:?}", aws.calls());
    // After all of that the same process still answers.
    assert!(matches!(
        function.invoke(sample("scheduler-schedule"), LASTS).await,
        Some(InvocationResult::Response(_))
    ));
}

#[tokio::test]
async fn a_denied_store_is_an_error_so_that_lambda_tries_again() {
    let aws = Aws::start().await.unwrap();
    aws.deny("s3");
    let mut function = start("scheduler", &aws).await;
    let (kind, told) = error(&mut function, sample("scheduler-schedule")).await;
    assert_eq!(kind, "access-denied", "{told}");
    assert!(aws.of("scheduler:DeleteSchedule").is_empty(), "a connection that cannot be seen is not deleted");
}

/// CloudWatch charges a metric for each hour in which it is told, and this comes every hour.
#[tokio::test]
async fn a_look_for_overdue_runs_that_finds_none_tells_no_figures() {
    let aws = Aws::start().await.unwrap();
    let mut function = start("scheduler", &aws).await;
    let answer = function.invoke(sample("scheduler-overdue"), LASTS).await;
    assert_eq!(answer, Some(InvocationResult::Response(json!({ "ended": [] }))), "{:#?}", function.log());
    assert!(aws.of("s3:PutObject").is_empty(), "nothing is written");
    // What follows tells its figures, and only then has everything before it been written.
    function.invoke(sample("scheduler-schedule"), LASTS).await;
    function.logged("_aws").await.unwrap();
    assert_eq!(function.log().iter().filter(|line| line.contains("_aws")).count(), 1);
    aws.deny("s3");
    assert_eq!(error(&mut function, sample("scheduler-overdue")).await.0, "access-denied");
}
