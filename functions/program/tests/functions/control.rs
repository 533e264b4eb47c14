//! The control function.

use crate::{LASTS, sample, start};
use causeway_runtime_api::{Aws, InvocationResult, Running};
use serde_json::{Value, json};

async fn call(function: &mut Running, event: Value) -> (u64, Value) {
    let answer = function.invoke(event, LASTS).await;
    let Some(InvocationResult::Response(response)) = answer else {
        panic!("{answer:?}\n{:#?}", function.log())
    };
    let body = response["body"].as_str().unwrap_or("null");
    (response["statusCode"].as_u64().unwrap(), serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn calls_come_through_the_gateway_or_not_at_all() {
    let aws = Aws::start().await.unwrap();
    let mut function = start("control", &aws).await;
    assert_eq!(call(&mut function, sample("control-list-connections")).await, (200, json!([])));
    let mut event = sample("control-list-connections");
    event["requestContext"]["authorizer"]["jwt"]["claims"]["scope"] = json!("openid");
    let (status, told) = call(&mut function, event.clone()).await;
    assert_eq!(
        (status, &told["kind"]),
        (403, &json!("forbidden")),
        "the list of the gateway is not the token's"
    );
    event["requestContext"].as_object_mut().unwrap().remove("authorizer");
    assert_eq!(call(&mut function, event).await.0, 401);
    for name in ["control-start-run", "control-test-connection", "control-approve-plan"] {
        let (status, told) = call(&mut function, sample(name)).await;
        assert_eq!((status, &told["kind"]), (404, &json!("not-found")), "{name}: {told}");
    }
    assert!(aws.of("s3:PutObject").is_empty(), "{:?}", aws.calls());
}

#[tokio::test]
async fn a_denied_store_is_told_as_the_stacks_own_trouble() {
    let aws = Aws::start().await.unwrap();
    aws.deny("s3");
    let mut function = start("control", &aws).await;
    let (status, told) = call(&mut function, sample("control-list-connections")).await;
    assert_eq!((status, &told["kind"]), (500, &json!("access-denied")), "{told}");
}
