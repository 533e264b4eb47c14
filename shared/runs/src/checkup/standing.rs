//! Where connections, runs, maps and messages stand, and what of them is left without an owner.

use super::CheckupContext;
use super::survey::Survey;
use causeway_domain::checkup::Issue;
use causeway_domain::connection::ConnectionRecord;
use causeway_domain::definition::Registered;
use causeway_domain::layout::{MapKeys, RunKeys};
use causeway_domain::message::Message;
use causeway_domain::{ConnectionName, ConnectionState, MapReference, Outcome, map};
use std::collections::{BTreeMap, BTreeSet};

impl Survey {
    pub(super) fn standing(&self, circumstances: &CheckupContext<'_>) -> Vec<Issue> {
        let root = circumstances.root;
        let mut troubles = Vec::new();
        let names: BTreeSet<String> =
            self.below("connections/").union(&self.below("runs/")).cloned().collect();
        for name in &names {
            troubles.extend(self.completeness(name, root));
            if let (Some(_), Some(state), Ok(name)) =
                (self.definitions.get(name), self.states.get(name), ConnectionName::parse(name))
            {
                troubles.extend(self.newest_run(&name, state, circumstances));
                troubles.extend(self.left_behind(&name, state));
            }
        }
        for (name, registered) in &self.definitions {
            troubles.extend(self.maps_of(name, registered, root));
        }
        troubles.extend(self.lacking_versions(root));
        troubles.extend(self.messages(circumstances.messages));
        troubles
    }

    /// Whether a connection has both halves, and its own name.
    fn completeness(&self, name: &str, root: &str) -> Option<Issue> {
        let key = |file: &str| format!("connections/{name}/{file}");
        let (definition, state) = (self.has(&key("definition.json")), self.has(&key("state.json")));
        let place = |file: &str| format!("{root}{}", key(file));
        match (definition, state) {
            (true, true) => {
                let other = self.definitions.get(name).map(|registered| &registered.definition.name);
                let other = other.filter(|other| other.as_str() != name)?;
                let means = "runs of two connections would be mixed up";
                let advice = "Restore the file from a backup, or apply the right one again.";
                let found = format!("contains the definition of connection {other}");
                Some(Issue::new(place("definition.json"), found, means, advice))
            }
            (true, false) => {
                let means = "no command that lists connections works, and the ledger in force is unknown";
                let advice = "Restore it from a backup; without one, apply the connection again: it starts without a ledger.";
                Some(Issue::new(place("state.json"), "is missing", means, advice))
            }
            (false, true) => {
                let means = "the connection is not listed and does not run: its removal was interrupted, or the file was lost";
                let advice = format!(
                    "Apply its file again to take it up with its ledger; else remove {root}connections/{name} and {root}runs/{name}."
                );
                Some(Issue::new(place("definition.json"), "is missing", means, advice))
            }
            (false, false) => {
                let runs = self.below(&format!("runs/{name}/")).len();
                let means = "nothing reads it";
                let advice = "Remove the folder, or apply the connection again to look at it.";
                let told = |folder: &str, what: &str| {
                    let found = format!("is left over from a connection that no longer exists{what}");
                    Some(Issue::new(format!("{root}{folder}/{name}"), found, means, advice))
                };
                match (runs, self.below(&format!("connections/{name}/")).is_empty()) {
                    // A file that is no connection's is told as such.
                    (0, true) => None,
                    (0, false) => told("connections", ""),
                    (runs, _) => told("runs", &format!(", with {runs} of its runs")),
                }
            }
        }
    }

    /// How to go on with the newest run.
    fn newest_run(
        &self,
        name: &ConnectionName,
        state: &ConnectionRecord,
        circumstances: &CheckupContext<'_>,
    ) -> Option<Issue> {
        let run = state.current_run.as_ref()?;
        let told = |found: &str, means: &str, advice: String| {
            Issue::new(format!("run {run} of connection {name}"), found, means, advice).into_note()
        };
        if state.state == ConnectionState::Processing {
            let past = state.deadline.is_some_and(|deadline| deadline < circumstances.now);
            return match (circumstances.at_work, past) {
                (true, _) => None,
                (false, false) => Some(told(
                    "is unfinished, and no process is working on it",
                    "it was interrupted; its progress is kept",
                    format!("`causeway run {name}` resumes it."),
                )),
                (false, true) => Some(told(
                    "is unfinished, and its deadline has passed",
                    "it was interrupted; none of it took effect",
                    format!("`causeway run {name}` ends it as failed and starts a new one."),
                )),
            };
        }
        let held = self.first_outcome(RunKeys::new(name, run)) == Some(Outcome::Held)
            && state.intervention.is_none();
        held.then(|| {
            let advice = format!("Look with `causeway plan show {run}`, then approve or discard it.");
            told("is held", "its plan waits for a person, and nothing was sent", advice)
        })
    }

    /// Older runs that were never decided: they were overtaken.
    fn left_behind(&self, name: &ConnectionName, state: &ConnectionRecord) -> Vec<Issue> {
        let mut troubles = Vec::new();
        for run in self.runs_of(name) {
            if state.current_run.as_ref() == Some(&run) || self.is_decided(RunKeys::new(name, &run)) {
                continue;
            }
            let (means, advice) = ("it changed nothing", "No action needed.");
            let place = format!("run {run} of connection {name}");
            let found = "never finished: a newer run has taken over";
            troubles.push(Issue::new(place, found, means, advice).into_note());
        }
        troubles
    }

    /// Whether the own maps of a connection are still what it was applied with.
    fn maps_of(&self, name: &str, registered: &Registered, root: &str) -> Vec<Issue> {
        let mut troubles = Vec::new();
        for (reference, version) in &registered.versions {
            let Ok(reference) = MapReference::parse(reference) else { continue };
            let key = MapKeys(&reference.name).version(version.version);
            let Some(text) = self.maps.get(&key) else { continue };
            if map::hash(text) != version.hash {
                let found = format!("is not the text that connection {name} was applied with");
                let means =
                    "the file was changed in place; the connection keeps the text it was applied with";
                let advice = format!(
                    "Save a changed text as a new version, with `causeway map edit {}`; a version never changes.",
                    reference.name
                );
                troubles.push(Issue::new(format!("{root}{key}"), found, means, advice));
            }
        }
        troubles
    }

    /// Versions that lack between others. Deleting a map begins with the oldest, so that leaves no such gap.
    fn lacking_versions(&self, root: &str) -> Vec<Issue> {
        let mut troubles = Vec::new();
        for (name, versions) in self.map_versions() {
            let (Some(first), Some(last)) = (versions.first(), versions.last()) else { continue };
            for version in (*first..*last).filter(|version| !versions.contains(version)) {
                let means = format!("version {version} of map {name} cannot be shown or applied");
                let place = format!("{root}{}", MapKeys(&name).version(version));
                let advice =
                    "Restore it from a backup, or apply the connections that name it with a newer one.";
                troubles.push(Issue::new(
                    place,
                    "is missing, but older and newer versions exist",
                    means,
                    advice,
                ));
            }
        }
        troubles
    }

    /// Messages that nobody waits for, counted by what is wrong with them.
    fn messages(&self, messages: &[(String, String)]) -> Vec<Issue> {
        let mut kinds: BTreeMap<(&str, String), u64> = BTreeMap::new();
        for (queue, body) in messages {
            let what = match Message::parse(body) {
                Err(failure) => format!("that cannot be read: {}", failure.detail),
                Ok(Message { connection, run, .. }) => {
                    let state = self.states.get(connection.as_str());
                    let current = state.and_then(|state| state.current_run.as_ref());
                    let stored = self.runs_of(&connection).contains(&run);
                    if stored || current == Some(&run) {
                        continue;
                    }
                    format!("of run {run} of connection {connection}, which is gone")
                }
            };
            *kinds.entry((queue, what)).or_default() += 1;
        }
        let told = |((queue, what), count): ((&str, String), u64)| {
            let found = format!("has {count} message{} {what}", if count == 1 { "" } else { "s" });
            let (means, advice) = ("nothing depends on it", "No action needed: the next run removes it.");
            Issue::new(format!("queue {queue}"), found, means, advice).into_note()
        };
        kinds.into_iter().map(told).collect()
    }
}
