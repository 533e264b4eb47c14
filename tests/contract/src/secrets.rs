//! Secrets as a person keeps them and a run reads them.

use crate::{Case, cases};
use causeway_domain::FailureKind;
use causeway_ports::{Freshness, SecretKeeper, SecretText};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// No secrets.
pub type Stage = Arc<dyn SecretKeeper>;

/// All cases.
pub fn cases() -> Vec<Case<Stage>> {
    cases![
        a_secret_is_set_replaced_and_removed,
        a_replaced_secret_is_seen_by_who_asks_for_a_fresh_one,
        a_removed_secret_can_be_set_again,
        secrets_are_listed_by_name,
        a_secret_that_is_not_there_is_missing,
        names_are_checked,
    ]
}

async fn set(secrets: &Stage, name: &str, text: &str) {
    secrets.set(name, &SecretText::from(text)).await.unwrap();
}

async fn read(secrets: &Stage, name: &str, freshness: Freshness) -> String {
    secrets.read(name, freshness).await.unwrap().expose_secret().to_owned()
}

async fn a_secret_is_set_replaced_and_removed(secrets: Stage) {
    for text in ["first", "paß wörd\n", " {not json"] {
        set(&secrets, "plant-north.token_1", text).await;
        assert_eq!(read(&secrets, "plant-north.token_1", Freshness::Cached).await, text);
    }
    assert!(secrets.delete("plant-north.token_1").await.unwrap());
    assert!(!secrets.delete("plant-north.token_1").await.unwrap(), "there is none any more");
    let gone = secrets.read("plant-north.token_1", Freshness::Cached).await.unwrap_err();
    assert_eq!(gone.kind, FailureKind::SecretMissing, "{gone}");
}

async fn a_replaced_secret_is_seen_by_who_asks_for_a_fresh_one(secrets: Stage) {
    set(&secrets, "token", "old").await;
    assert_eq!(read(&secrets, "token", Freshness::Cached).await, "old");
    set(&secrets, "token", "new").await;
    assert_eq!(read(&secrets, "token", Freshness::Fresh).await, "new");
    assert_eq!(read(&secrets, "token", Freshness::Cached).await, "new");
}

async fn a_removed_secret_can_be_set_again(secrets: Stage) {
    set(&secrets, "token", "first").await;
    secrets.delete("token").await.unwrap();
    set(&secrets, "token", "second").await;
    assert_eq!(read(&secrets, "token", Freshness::Fresh).await, "second");
    assert_eq!(secrets.list().await.unwrap().len(), 1);
}

async fn secrets_are_listed_by_name(secrets: Stage) {
    assert_eq!(secrets.list().await.unwrap(), []);
    for name in ["etm", "b.2", "claroty_token"] {
        set(&secrets, name, "x").await;
    }
    secrets.delete("b.2").await.unwrap();
    let names: Vec<String> = secrets.list().await.unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["claroty_token", "etm"]);
}

async fn a_secret_that_is_not_there_is_missing(secrets: Stage) {
    for freshness in [Freshness::Cached, Freshness::Fresh] {
        let missing = secrets.read("token", freshness).await.unwrap_err();
        assert_eq!(missing.kind, FailureKind::SecretMissing);
        assert!(missing.to_string().starts_with("secret token: is not stored"), "{missing}");
    }
    assert!(!secrets.delete("token").await.unwrap());
}

async fn names_are_checked(secrets: Stage) {
    for name in ["", "Token", "1token", "a b", "a/b", "../a", "-a", &"a".repeat(64)] {
        let set = secrets.set(name, &SecretText::from("x")).await.unwrap_err();
        let read = secrets.read(name, Freshness::Cached).await.unwrap_err();
        let kinds = [set.kind, read.kind, secrets.delete(name).await.unwrap_err().kind];
        assert_eq!(kinds, [FailureKind::NameInvalid; 3], "{name:?}");
    }
}
