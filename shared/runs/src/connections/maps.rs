//! Own maps: versions that are saved once and never change, and what a connection's reference to one means.

use crate::{Engine, store};
use async_recursion::async_recursion;
use bytes::Bytes;
use causeway_domain::definition::Registered;
use causeway_domain::layout::{Key, MapKeys, RunKeys};
use causeway_domain::{Failure, FailureKind, Manifest, MapName, MapReference, MapVersion, RunId, map};
use causeway_ports::{Objects, PutCondition, PutOutcome};
use std::collections::BTreeMap;

/// The own maps in an object store. Their texts are taken as they are: who saves one has checked it.
#[derive(Clone, Copy)]
pub struct OwnMaps<'a>(pub &'a dyn Objects);

/// The run that `manifest` is compared with, if it mapped records otherwise. What the maps now make of a record is
/// then another content, and counts as changed although the vendor changed nothing.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn mapped_otherwise(engine: &Engine, manifest: &Manifest) -> Result<Option<RunId>, Failure> {
    let Some(before) = &manifest.ledger else { return Ok(None) };
    let key = RunKeys::new(&manifest.connection, &before.run).manifest();
    let Some(earlier) = store::read::<Manifest>(engine.objects.as_ref(), &key).await? else {
        return Ok(None);
    };
    let hashes = |manifest: &Manifest| -> Vec<String> {
        // A target profile works on what is sent, after records were compared.
        let maps = manifest
            .definition
            .maps(engine.connectors.catalog())
            .into_iter()
            .filter(|map| map.role != "destination");
        maps.map(|map| map.hash).collect()
    };
    Ok((hashes(manifest) != hashes(&earlier)).then(|| before.run.clone()))
}

/// A version with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedMap {
    /// The map.
    pub name: MapName,
    /// Which version it is.
    pub version: MapVersion,
    /// The file.
    pub text: String,
}

impl OwnMaps<'_> {
    /// All own maps with the numbers of their versions, oldest first.
    ///
    /// # Errors
    /// Those of the object store.
    #[async_recursion]
    pub async fn list(&self) -> Result<BTreeMap<MapName, Vec<u32>>, Failure> {
        let mut maps: BTreeMap<MapName, Vec<u32>> = BTreeMap::new();
        for key in self.0.list(MapKeys::ALL).await? {
            if let Some(Key::Map(name, version)) = Key::parse(&key) {
                maps.entry(name).or_default().push(version);
            }
        }
        maps.values_mut().for_each(|versions| versions.sort_unstable());
        Ok(maps)
    }

    /// The version that `wanted` means; `None` when there is no such map or version.
    ///
    /// # Errors
    /// `StoreDamaged` when it is not text; those of the object store.
    #[async_recursion]
    pub async fn find(&self, wanted: &MapReference) -> Result<Option<SavedMap>, Failure> {
        let name = &wanted.name;
        let number = match wanted.version {
            Some(version) => Some(version),
            None => self.versions(name).await?.pop(),
        };
        let Some(version) = number else { return Ok(None) };
        let key = MapKeys(name).version(version);
        let Some(stored) = self.0.get(&key).await? else { return Ok(None) };
        let text = String::from_utf8(stored.body.to_vec())
            .map_err(|_| store::damaged(&key, "a map is text, and this is not"))?;
        let version = MapVersion { version, hash: map::hash(&text) };
        Ok(Some(SavedMap { name: name.clone(), version, text }))
    }

    /// As [`Self::find`], for what must be there.
    ///
    /// # Errors
    /// `NotFound`; those of [`Self::find`].
    #[async_recursion]
    pub async fn load(&self, wanted: &MapReference) -> Result<SavedMap, Failure> {
        if let Some(found) = self.find(wanted).await? {
            return Ok(found);
        }
        let versions = self.versions(&wanted.name).await?;
        let detail = match (wanted.version, versions.last()) {
            (Some(version), Some(newest)) => {
                format!("there is no version {version}; the newest is {}@{newest}", wanted.name)
            }
            _ => {
                let names: Vec<String> =
                    self.list().await?.into_keys().map(|name| name.to_string()).collect();
                let known = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
                format!("there is no own map of that name; there are {known}")
            }
        };
        Err(Failure::new(FailureKind::NotFound, format!("map {}", wanted.name), detail))
    }

    /// Saves `text` as the next version. Two who save at once both get a version of their own.
    ///
    /// # Errors
    /// Those of the object store.
    #[async_recursion]
    pub async fn save(&self, name: &MapName, text: &str) -> Result<MapVersion, Failure> {
        let mut version = self.versions(name).await?.pop().unwrap_or_default();
        loop {
            version += 1;
            let body = Bytes::copy_from_slice(text.as_bytes());
            let put = self.0.put(&MapKeys(name).version(version), body, PutCondition::IfAbsent).await?;
            if matches!(put, PutOutcome::Written(_)) {
                return Ok(MapVersion { version, hash: map::hash(text) });
            }
        }
    }

    /// Deletes all versions; returns how many there were. Connections keep the text they were applied with.
    ///
    /// # Errors
    /// Those of the object store.
    #[async_recursion]
    pub async fn delete(&self, name: &MapName) -> Result<usize, Failure> {
        let versions = self.versions(name).await?;
        // The newest goes last, so that a deletion cut short leaves the map as it was last saved.
        for version in &versions {
            self.0.delete(&MapKeys(name).version(*version)).await?;
        }
        Ok(versions.len())
    }

    /// `registered` with the newest version of every own map that it refers to without a version: what the next
    /// `connection apply` would register. Names of maps whose version changed by it are returned too.
    ///
    /// # Errors
    /// Those of the object store.
    #[async_recursion]
    pub async fn newest_for(&self, registered: &Registered) -> Result<(Registered, Vec<String>), Failure> {
        let (mut newest, mut changed) = (registered.clone(), Vec::new());
        for (name, used) in &registered.versions {
            let Ok(reference) = MapReference::parse(name) else { continue };
            // A map that was deleted since stays in force as it was applied.
            let Some(found) = self.find(&reference).await? else { continue };
            if found.version != *used {
                changed.push(name.clone());
                newest.versions.insert(name.clone(), found.version);
                newest.documents.insert(name.clone(), found.text);
            }
        }
        Ok((newest, changed))
    }

    async fn versions(&self, name: &MapName) -> Result<Vec<u32>, Failure> {
        let keys = self.0.list(&MapKeys(name).prefix()).await?;
        let version = |key: &String| match Key::parse(key)? {
            Key::Map(_, version) => Some(version),
            _ => None,
        };
        let mut versions: Vec<u32> = keys.iter().filter_map(version).collect();
        versions.sort_unstable();
        Ok(versions)
    }
}
