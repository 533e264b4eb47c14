//! The configuration of a process, which is a process of its own here because its environment is what matters.

use crate::faulty::{Server, answer};
use causeway_aws::{S3Objects, configuration};
use causeway_local::{SystemClock, SystemIds};
use causeway_ports::Objects;
use std::process::Command;
use std::sync::Arc;

/// As Lambda sets it, with the metadata service where nobody may ask.
async fn run_as_a_function(keys: bool) -> (bool, Server, Server) {
    let bucket = Server::start(vec![answer(200, &[("etag", "\"v1\"")], "body")]).await;
    let metadata = Server::start(Vec::new()).await;
    let home = tempfile::tempdir().unwrap();
    let mut function = Command::new(std::env::current_exe().unwrap());
    function.args(["--exact", "configuration::a_function_reads_an_object", "--ignored"]);
    function.env_clear().env("HOME", home.path()).env("AWS_REGION", "eu-central-1");
    function.env("AWS_ENDPOINT_URL", bucket.endpoint());
    function.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.endpoint());
    if keys {
        function
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_SESSION_TOKEN", "token");
    }
    let ended = tokio::task::spawn_blocking(move || function.output().unwrap()).await.unwrap();
    (ended.status.success(), bucket, metadata)
}

#[tokio::test]
#[ignore = "run by the tests below, as a process of its own"]
async fn a_function_reads_an_object() {
    let objects =
        S3Objects::new(&configuration(None, None).await, "plant", Arc::new(SystemClock), Arc::new(SystemIds));
    assert_eq!(objects.get("a").await.unwrap().unwrap().body, "body");
}

#[tokio::test]
async fn a_function_asks_its_environment_and_nobody_else() {
    let (read, bucket, metadata) = run_as_a_function(true).await;
    assert!(read, "the object was not read");
    let asked = bucket.asked();
    assert_eq!(asked[0].line, "GET /plant/a?x-id=GetObject", "the bucket stands in the path");
    assert_eq!(asked[0].header("x-amz-security-token"), "token");
    assert_eq!(metadata.asked().len(), 0);
}

#[tokio::test]
async fn without_credentials_the_metadata_service_is_asked_and_no_request_is_signed() {
    let (read, bucket, metadata) = run_as_a_function(false).await;
    assert!(!read && bucket.seen().is_empty(), "an object was read by nobody");
    assert!(!metadata.seen().is_empty(), "this shows that the test above would notice");
}
