//! The target of the lines: a folder of this machine, or objects of a stack, whose functions have no disk.

use crate::folder::Folder;
use bytes::Bytes;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Objects, PutCondition, PutOutcome};
use std::path::PathBuf;
use std::sync::Arc;

/// Prefix of all objects of this destination.
const PREFIX: &str = "files/";

/// Attempts to replace an object that others replace concurrently.
const TRIES: u32 = 5;

/// A folder, or a prefix of an object store.
#[derive(Clone)]
pub(crate) enum Place {
    Folder(PathBuf),
    Objects { objects: Arc<dyn Objects>, prefix: String },
}

impl Place {
    /// Below `files/<folder>/` of the store. The folder is part of keys, so it may not lead out of that prefix.
    pub(crate) fn within(objects: Arc<dyn Objects>, folder: &str) -> Result<Self, Failure> {
        let part = |part: &str| {
            let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            !part.is_empty() && !part.starts_with('.') && part.chars().all(letters)
        };
        let folder = folder.strip_prefix("./").unwrap_or(folder).trim_end_matches('/');
        if folder.len() <= 256 && folder.split('/').all(part) {
            return Ok(Self::Objects { objects, prefix: format!("{PREFIX}{folder}") });
        }
        Err(Failure::new(
            FailureKind::DefinitionInvalid,
            "destination.files.folder",
            format!(
                "{folder:?} is no place below `{PREFIX}` of the bucket: use names of letters, digits, `.`, `_` and `-` with `/` between them"
            ),
        ))
    }

    /// Creates the folder and returns its name for people.
    pub(crate) fn create(&self) -> Result<String, Failure> {
        match self {
            Self::Folder(path) => Ok(Folder::create(path)?.absolute()?.display().to_string()),
            Self::Objects { prefix, .. } => Ok(prefix.clone()),
        }
    }

    /// Puts `content` at `name` below `below`, whole or not at all; durable once this returns. The same content again
    /// changes nothing.
    pub(crate) async fn replace(&self, below: &str, name: &str, content: String) -> Result<(), Failure> {
        match self {
            Self::Folder(path) => {
                let (path, below, name) = (path.clone(), below.to_owned(), name.to_owned());
                let written =
                    move || Folder::create(&path)?.enter(&below)?.replace(&name, content.as_bytes());
                off_the_runtime(written).await
            }
            Self::Objects { objects, prefix } => {
                let key = format!("{prefix}/{below}/{name}");
                replace_object(objects.as_ref(), &key, content.into()).await
            }
        }
    }

    /// Writes something small and removes it again.
    pub(crate) async fn probe(&self, connection: &str) -> Result<(), Failure> {
        match self {
            Self::Folder(path) => {
                let path = path.clone();
                off_the_runtime(move || Folder::create(&path)?.probe()).await
            }
            Self::Objects { objects, prefix } => {
                let key = format!("{prefix}/{connection}/probe");
                replace_object(objects.as_ref(), &key, Bytes::from_static(b"{}\n")).await?;
                objects.delete(&key).await
            }
        }
    }
}

async fn replace_object(objects: &dyn Objects, key: &str, content: Bytes) -> Result<(), Failure> {
    let mut condition = PutCondition::IfAbsent;
    for _ in 0..TRIES {
        if let PutOutcome::Written(_) = objects.put(key, content.clone(), condition).await? {
            return Ok(());
        }
        condition = match objects.get(key).await? {
            Some(present) if present.body == content => return Ok(()),
            Some(present) => PutCondition::IfMatch(present.etag),
            None => PutCondition::IfAbsent,
        };
    }
    Err(Failure::new(FailureKind::Conflict, key, "another process keeps replacing it"))
}

/// Runs blocking work off the async workers.
pub(crate) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Failure::new(
            FailureKind::StoreUnavailable,
            "files destination",
            format!("a write was interrupted: {error}"),
        )
    })?
}
