//! The rights of a function: an object is written only if the function's role in the template allows it.

use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::Failure;
use causeway_ports::{Objects, PutCondition, PutOutcome, Stored};
use causeway_runs::Engine;
use std::sync::Arc;

const TEMPLATE: &str = include_str!("../../../../../infra/aws/template.yaml");

/// `engine` with what the role of this logical id may write; anything else fails the test.
pub(crate) fn by(role: &'static str, engine: &Engine) -> Engine {
    let patterns = patterns(role);
    assert!(!patterns.is_empty(), "{role} writes nothing");
    let objects = Arc::new(Narrowed { role, patterns, inner: Arc::clone(&engine.objects) });
    Engine { objects, ..engine.clone() }
}

struct Narrowed {
    role: &'static str,
    patterns: Vec<&'static str>,
    inner: Arc<dyn Objects>,
}

/// The keys of `s3:PutObject` in the role's statements, with `*` and `?`.
fn patterns(role: &str) -> Vec<&'static str> {
    let (mut resource, mut writes) = ("", false);
    let mut found = Vec::new();
    for line in TEMPLATE.lines() {
        let is_resource = line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
        if is_resource {
            resource = line.trim().trim_end_matches(':');
        }
        if line.trim_start().starts_with("Action:") {
            writes = line.split([' ', '[', ']', ',']).any(|action| action == "s3:PutObject");
        }
        let key = line.split_once("${Bucket.Arn}/").map(|(_, key)| key.trim_end_matches('"'));
        found.extend(key.filter(|_| resource == role && writes));
    }
    found
}

/// As IAM matches: `*` and `?` stand for `/` too.
fn matches(pattern: &[u8], key: &[u8]) -> bool {
    match (pattern.split_first(), key.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            (0..=key.len()).any(|at| key.get(at..).is_some_and(|left| matches(rest, left)))
        }
        (Some((letter, rest)), Some((first, key))) => {
            (*letter == b'?' || letter == first) && matches(rest, key)
        }
        _ => false,
    }
}

#[async_trait]
impl Objects for Narrowed {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure> {
        let allowed = self.patterns.iter().any(|pattern| matches(pattern.as_bytes(), key.as_bytes()));
        assert!(allowed, "{} may not write {key}", self.role);
        self.inner.put(key, body, condition).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        self.inner.list(prefix).await
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.inner.delete(key).await
    }
}
