//! The configuration of a process, which is a process of its own here because its environment is what matters.

use crate::faulty::{Server, answer};
use aws_config::SdkConfig;
use causeway_aws::{S3Objects, configuration, configuration_of_function};
use causeway_local::{SystemClock, SystemIds};
use causeway_ports::Objects;
use std::process::Command;
use std::sync::Arc;

/// Readers by the configuration of any process, and by that of a function.
const ANY: &str = "configuration::a_process_reads_an_object";
const FUNCTION: &str = "configuration::a_function_reads_an_object";

/// As Lambda sets it, with the metadata service where nobody may ask.
async fn run_as_a_function(reader: &str, keys: bool) -> (bool, Server, Server) {
    let bucket = Server::start(vec![answer(200, &[("etag", "\"v1\"")], "body")]).await;
    let metadata = Server::start(Vec::new()).await;
    let home = tempfile::tempdir().unwrap();
    let mut function = Command::new(std::env::current_exe().unwrap());
    function.args(["--exact", reader, "--ignored"]);
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
async fn a_process_reads_an_object() {
    read(&configuration(None, None).await).await;
}

#[tokio::test]
#[ignore = "run by the tests below, as a process of its own"]
async fn a_function_reads_an_object() {
    read(&configuration_of_function(&|name| std::env::var_os(name))).await;
}

async fn read(config: &SdkConfig) {
    let objects = S3Objects::new(config, "plant", Arc::new(SystemClock), Arc::new(SystemIds));
    assert_eq!(objects.get("a").await.unwrap().unwrap().body, "body");
}

#[tokio::test]
async fn a_function_asks_its_environment_and_nobody_else() {
    for reader in [ANY, FUNCTION] {
        let (read, bucket, metadata) = run_as_a_function(reader, true).await;
        assert!(read, "the object was not read");
        let asked = bucket.asked();
        assert_eq!(asked[0].line, "GET /plant/a?x-id=GetObject", "the bucket stands in the path");
        assert_eq!(asked[0].header("x-amz-security-token"), "token");
        assert_eq!(metadata.asked().len(), 0);
    }
}

#[tokio::test]
async fn without_credentials_the_metadata_service_is_asked_and_no_request_is_signed() {
    let (read, bucket, metadata) = run_as_a_function(ANY, false).await;
    assert!(!read && bucket.seen().is_empty(), "an object was read by nobody");
    assert!(!metadata.seen().is_empty(), "this shows that the test above would notice");
    let (read, bucket, metadata) = run_as_a_function(FUNCTION, false).await;
    assert!(!read && bucket.seen().is_empty() && metadata.seen().is_empty(), "a function asks nobody else");
}
