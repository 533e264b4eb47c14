//! Who may call the HTTP API.

use causeway_cloud::Result;
use causeway_cloud::stack::{STACKS, Stack};
use reqwest::Method;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn the_api_asks_for_a_token_with_the_scope() -> Result<()> {
    let stack = Stack::of_stage(STACKS[0]).await?;
    let list = "/v1/connections";
    let absent = "/v1/connections/absent";
    let cases = [
        (None, Method::GET, list, 401),
        (Some("scope=causeway/admin&audience=else"), Method::GET, list, 401),
        (Some("scope=causeway/admin&lifetime=-60"), Method::GET, list, 401),
        (Some("scope=other"), Method::GET, list, 403),
        (Some("scope=causeway/read"), Method::GET, list, 200),
        (Some("scope=causeway/read"), Method::DELETE, absent, 403),
        (Some("scope=causeway/operate"), Method::PUT, absent, 403),
        (Some("scope=causeway/read"), Method::POST, "/v1/connections/absent/runs", 403),
        (Some("scope=causeway/operate"), Method::POST, "/v1/connections/absent/runs", 404),
        (Some("scope=causeway/admin"), Method::DELETE, absent, 404),
    ];
    for (wish, method, path, expected) in cases {
        let token = match wish {
            Some(wish) => Some(stack.token(wish).await?),
            None => None,
        };
        let answer = stack.call_with(token.as_deref(), method.clone(), path, None).await?;
        assert_eq!(answer.status, expected, "{method} {path} with {wish:?}: {answer:?}");
    }
    let forged = stack.token("scope=causeway/admin").await?.replace('.', ".e");
    let answer = stack.call_with(Some(&forged), Method::GET, list, None).await?;
    assert_eq!(answer.status, 401, "{answer:?}");
    Ok(())
}
