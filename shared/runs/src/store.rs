//! Typed reading and writing of the objects of a run.

use bytes::Bytes;
use causeway_domain::{Failure, FailureKind, Stored};
pub(crate) use causeway_ledger::damaged;
use causeway_ports::{Etag, Objects, PutCondition, PutOutcome};

/// Reads a JSON object with its version.
pub(crate) async fn read_versioned<T: Stored>(
    objects: &dyn Objects,
    key: &str,
) -> Result<Option<(T, Etag)>, Failure> {
    let Some(stored) = objects.get(key).await? else { return Ok(None) };
    let value = T::from_json(&stored.body).map_err(|error| damaged(key, &error.to_string()))?;
    Ok(Some((value, stored.etag)))
}

/// Reads a JSON object.
///
/// # Errors
/// Those of the object store; `StoreDamaged` when it cannot be read as `T`.
pub async fn read<T: Stored>(objects: &dyn Objects, key: &str) -> Result<Option<T>, Failure> {
    Ok(read_versioned(objects, key).await?.map(|(value, _)| value))
}

/// Whether an object is there, whatever it holds.
pub(crate) async fn exists(objects: &dyn Objects, key: &str) -> Result<bool, Failure> {
    Ok(objects.get(key).await?.is_some())
}

/// Treats a damaged object as absent: the damage that stopped a run must not stop its end or its display.
pub(crate) fn unless_damaged<T: Default>(read: Result<T, Failure>) -> Result<T, Failure> {
    match read {
        Err(failure) if failure.kind == FailureKind::StoreDamaged => Ok(T::default()),
        read => read,
    }
}

/// Reads a JSON object that must exist.
///
/// # Errors
/// As [`read`]; `StoreDamaged` also when there is none.
pub async fn require<T: Stored>(objects: &dyn Objects, key: &str) -> Result<T, Failure> {
    read(objects, key).await?.ok_or_else(|| damaged(key, "the object is gone"))
}

/// Writes a JSON object under a condition.
pub(crate) async fn write<T: Stored>(
    objects: &dyn Objects,
    key: &str,
    value: &T,
    condition: PutCondition,
) -> Result<PutOutcome, Failure> {
    let body = value.to_json().map_err(|error| damaged(key, &error.to_string()))?;
    objects.put(key, Bytes::from(body), condition).await
}

/// Writes a JSON object once; returns whether this call wrote it.
pub(crate) async fn create<T: Stored>(objects: &dyn Objects, key: &str, value: &T) -> Result<bool, Failure> {
    Ok(matches!(write(objects, key, value, PutCondition::IfAbsent).await?, PutOutcome::Written(_)))
}
