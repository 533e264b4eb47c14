//! What the objects say, put together.

use super::contents::{Content, ReadObject};
use super::needed;
use causeway_domain::checkup::Issue;
use causeway_domain::connection::ConnectionRecord;
use causeway_domain::definition::Registered;
use causeway_domain::layout::{AttemptObject, ConnectionKeys, Key, MapKeys, RunKeys, RunObject};
use causeway_domain::{ConnectionName, ConnectionState, Failure, MapName, Outcome, RunId};
use causeway_ports::Objects;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that was learnt.
pub(super) struct Survey {
    keys: BTreeSet<String>,
    damaged: BTreeMap<String, String>,
    foreign: Vec<String>,
    /// Who names whom.
    named: Vec<(String, String)>,
    pub(super) definitions: BTreeMap<String, Registered>,
    pub(super) states: BTreeMap<String, ConnectionRecord>,
    /// Outcomes by their keys.
    outcomes: BTreeMap<String, Outcome>,
    pub(super) maps: BTreeMap<String, String>,
}

impl Survey {
    pub(super) fn new(keys: BTreeSet<String>) -> Self {
        Self {
            keys,
            damaged: BTreeMap::new(),
            foreign: Vec::new(),
            named: Vec::new(),
            definitions: BTreeMap::new(),
            states: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            maps: BTreeMap::new(),
        }
    }

    /// Takes one object in; its bytes.
    pub(super) fn add(&mut self, ReadObject { key, bytes, content }: ReadObject) -> u64 {
        let owner = match Key::parse(&key) {
            Some(Key::Connection(name, _)) => name.to_string(),
            _ => String::new(),
        };
        match content {
            None => drop(self.keys.remove(&key)),
            Some(Err(found)) => drop(self.damaged.insert(key, found)),
            Some(Ok(Content::Definition(definition))) => drop(self.definitions.insert(owner, *definition)),
            Some(Ok(Content::State(state))) => {
                let ledger = state.ledger.as_ref();
                let named = ledger.into_iter().flat_map(|ledger| {
                    [Some(ledger.index.clone()), ledger.undelivered.clone()].into_iter().flatten()
                });
                self.named.extend(named.map(|named| (key.clone(), named)));
                self.states.insert(owner, *state);
            }
            Some(Ok(Content::Outcome(outcome))) => drop(self.outcomes.insert(key, outcome)),
            Some(Ok(Content::Map(text))) => drop(self.maps.insert(key, text)),
            Some(Ok(Content::Names(names))) => {
                self.named.extend(names.into_iter().map(|named| (key.clone(), named)));
            }
            Some(Ok(Content::Whole)) => {}
            Some(Ok(Content::Foreign)) => self.foreign.push(key),
        }
        bytes
    }

    /// Objects that are not what was written.
    pub(super) fn damage(&self, root: &str) -> Vec<Issue> {
        let mut troubles = Vec::new();
        for (key, found) in &self.damaged {
            let (means, advice) = needed::whereto(self, key);
            troubles.push(Issue::new(format!("{root}{key}"), found, means, advice));
        }
        for key in &self.foreign {
            let means = "nothing reads it";
            let advice = "Check it, and move it away if it is not needed.";
            let trouble = Issue::new(format!("{root}{key}"), "was not written by Causeway", means, advice);
            troubles.push(trouble.into_note());
        }
        troubles
    }

    /// Objects that others name and that are not there.
    pub(super) async fn gaps(&self, objects: &dyn Objects, root: &str) -> Result<Vec<Issue>, Failure> {
        let mut missing: BTreeMap<&str, &str> = BTreeMap::new();
        for (by, key) in &self.named {
            // One that was written while we looked is there now.
            if !self.keys.contains(key)
                && objects.get(by).await?.is_some()
                && objects.get(key).await?.is_none()
            {
                missing.entry(key).or_insert(by);
            }
        }
        let trouble = |(key, by): (&str, &str)| {
            let (means, advice) = needed::whereto(self, key);
            Issue::new(
                format!("{root}{key}"),
                format!("is missing, and {root}{by} refers to it"),
                means,
                advice,
            )
        };
        Ok(missing.into_iter().map(trouble).collect())
    }

    /// Whether the ledger in force of a connection rests on `key`.
    pub(super) fn in_force(&self, connection: &str, key: &str) -> bool {
        let Some(ledger) = self.states.get(connection).and_then(|state| state.ledger.as_ref()) else {
            return false;
        };
        let of_index = |(by, named): &(String, String)| *by == ledger.index && named == key;
        // A damaged index names nothing any more; then the whole folder counts.
        let folder = ledger.index.rsplit_once('/').is_some_and(|(folder, _)| key.starts_with(folder));
        key == ledger.index
            || ledger.undelivered.as_deref() == Some(key)
            || self.named.iter().any(of_index)
            || folder && self.damaged.contains_key(&ledger.index)
    }

    /// Whether the newest run of a connection is this one, and is being worked on.
    pub(super) fn is_under_way(&self, connection: &str, run: &RunId) -> bool {
        self.states.get(connection).is_some_and(|state| {
            state.state == ConnectionState::Processing && state.current_run.as_ref() == Some(run)
        })
    }

    /// The outcome of a run's first attempt.
    pub(super) fn first_outcome(&self, run: RunKeys<'_>) -> Option<Outcome> {
        self.outcomes.get(&run.attempt(0).outcome()).copied()
    }

    /// Whether an outcome of a run is stored, sound or not.
    pub(super) fn is_decided(&self, run: RunKeys<'_>) -> bool {
        let prefix = run.prefix();
        let mut keys = self.keys.range(prefix.clone()..).take_while(|key| key.starts_with(&prefix));
        keys.any(|key| matches!(run.object(key), Some(RunObject::Attempt(_, AttemptObject::Outcome))))
    }

    /// The runs of a connection that have a folder.
    pub(super) fn runs_of(&self, name: &ConnectionName) -> Vec<RunId> {
        // Of another folder each file is told as nothing that Causeway writes.
        let folders = self.below(&ConnectionKeys(name).runs());
        folders.iter().filter_map(|folder| RunId::parse(folder).ok()).collect()
    }

    /// All versions of own maps.
    pub(super) fn map_versions(&self) -> BTreeMap<MapName, BTreeSet<u32>> {
        let mut versions: BTreeMap<MapName, BTreeSet<u32>> = BTreeMap::new();
        let prefix = MapKeys::ALL.to_owned();
        let keys = self.keys.range(prefix..).take_while(|key| key.starts_with(MapKeys::ALL));
        for key in keys {
            if let Some(Key::Map(name, version)) = Key::parse(key) {
                versions.entry(name).or_default().insert(version);
            }
        }
        versions
    }

    /// Names of everything below `prefix`, one level deep.
    pub(super) fn below(&self, prefix: &str) -> BTreeSet<String> {
        let inside = self.keys.range(prefix.to_owned()..).take_while(|key| key.starts_with(prefix));
        inside.filter_map(|key| Some(key.get(prefix.len()..)?.split('/').next()?.to_owned())).collect()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    pub(super) fn into_parts(self) -> (Vec<Registered>, Vec<(String, String)>) {
        (self.definitions.into_values().collect(), self.maps.into_iter().collect())
    }
}
