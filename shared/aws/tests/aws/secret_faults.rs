//! Secrets Manager: copies, and every way in which a secret cannot be had.

use crate::faulty::{ManualClock, Reply, Server, fault, json};
use causeway_aws::StackSecrets;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Freshness, SecretKeeper, SecretText, Secrets};
use secrecy::ExposeSecret;
use serde_json::json as value;
use std::sync::Arc;
use std::time::Duration;

async fn secrets(answers: Vec<Reply>) -> (Server, StackSecrets, ManualClock) {
    let (server, clock) = (Server::start(answers).await, ManualClock::at("2026-11-28T10:00:00Z"));
    let secrets = StackSecrets::new(&server.config().await, "north", Arc::new(clock.clone()));
    (server, secrets, clock)
}

fn holds(text: &str) -> Reply {
    json(&value!({"ARN": "arn", "Name": "north/token", "VersionId": "v", "SecretString": text}))
}

async fn read(secrets: &StackSecrets, freshness: Freshness) -> Result<String, Failure> {
    secrets.read("token", freshness).await.map(|text| text.expose_secret().to_owned())
}

#[tokio::test]
async fn a_copy_is_used_for_some_minutes_and_not_for_who_asks_for_a_fresh_one() {
    use Freshness::{Cached, Fresh};
    let (server, secrets, clock) = secrets(vec![holds("one"), holds("two"), holds("three")]).await;
    assert_eq!(read(&secrets, Cached).await.unwrap(), "one");
    clock.sleep(Duration::from_secs(299)).await;
    assert_eq!(read(&secrets, Cached).await.unwrap(), "one");
    assert_eq!(read(&secrets.clone(), Fresh).await.unwrap(), "two", "the copy was refused");
    clock.sleep(Duration::from_secs(299)).await;
    assert_eq!(read(&secrets, Cached).await.unwrap(), "two");
    clock.sleep(Duration::from_secs(1)).await;
    assert_eq!(read(&secrets, Cached).await.unwrap(), "three");
    let asked = server.asked();
    assert!(
        asked
            .iter()
            .all(|asked| asked.json() == value!({"SecretId": "north/token", "VersionStage": "AWSCURRENT"}))
    );
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_says_why() {
    let denied = "User: arn:aws:sts::1:assumed-role/north-worker/x is not authorized to perform: secretsmanager:GetSecretValue";
    for (answer, kind, detail) in [
        (
            fault(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
            FailureKind::SecretMissing,
            "is not stored: Secrets Manager has no \"north/token\" in this region",
        ),
        (
            fault(400, "InvalidRequestException", "marked for deletion"),
            FailureKind::SecretMissing,
            "was removed",
        ),
        (fault(400, "AccessDeniedException", denied), FailureKind::AccessDenied, "north-worker"),
        (
            fault(400, "AccessDeniedException", "Access to KMS is not allowed"),
            FailureKind::AccessDenied,
            "Access to KMS is not allowed",
        ),
        (
            fault(400, "DecryptionFailure", "can't decrypt"),
            FailureKind::AccessDenied,
            "its KMS key may not be used",
        ),
        (
            json(&value!({"Name": "north/token", "SecretBinary": "aHVzaA=="})),
            FailureKind::SecretMissing,
            "is binary",
        ),
        (holds("{\"user\": \"hush\"}"), FailureKind::SecretMissing, "without a field"),
        (holds(""), FailureKind::SecretMissing, "is empty"),
    ] {
        let (_, secrets, _) = secrets(vec![answer]).await;
        let failure = read(&secrets, Freshness::Cached).await.unwrap_err();
        assert_eq!((failure.kind, failure.subject.as_str()), (kind, "secret token"), "{failure}");
        assert!(failure.detail.contains(detail) && !failure.detail.contains("hush"), "{failure}");
    }
}

#[tokio::test]
async fn one_that_was_removed_is_brought_back_to_be_set() {
    let answers = vec![
        fault(400, "InvalidRequestException", "marked for deletion"),
        json(&value!({})),
        json(&value!({})),
    ];
    let (server, secrets, _) = secrets(answers).await;
    secrets.set("token", &SecretText::from("new")).await.unwrap();
    let asked: Vec<_> = server.asked().iter().map(|asked| asked.operation().to_owned()).collect();
    assert_eq!(asked, ["PutSecretValue", "RestoreSecret", "PutSecretValue"]);
}
