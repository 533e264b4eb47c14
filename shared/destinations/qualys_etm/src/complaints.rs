//! The complaints of a response about single assets, matched with what was sent.

use crate::envelope::WireAsset;
use crate::passing;
use crate::response::{REASONS, bounded, reason, says_nothing};
use causeway_domain::Failure;
use causeway_domain::delivery::ItemAnswer;
use causeway_maps::json;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const NAMES: [&str; 4] = ["sourceNativeKey", "externalId", "hostName", "identityAttributes"];

/// The answer to each asset of `sent`; `None` if `complaints` turn out to say nothing.
pub(crate) fn answers<'a>(
    subject: &str,
    complaints: impl Iterator<Item = &'a Value>,
    sent: &[WireAsset],
) -> Option<Vec<ItemAnswer>> {
    let mut complaints = complaints.peekable();
    complaints.peek()?;
    let mut read = Complaints { sent: Sent::of(sent), named: BTreeMap::new(), general: Vec::new() };
    complaints.for_each(|value| read.read(value, None));
    let complains = !read.named.is_empty() || !read.general.is_empty();
    complains.then(|| read.answers(subject, sent.len()))
}

/// Positions of the sent assets by the names that a response may use for them.
struct Sent {
    keys: BTreeMap<String, Vec<usize>>,
    host_names: BTreeMap<String, Vec<usize>>,
    count: usize,
}

impl Sent {
    fn of(sent: &[WireAsset]) -> Self {
        let mut keys: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut host_names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (position, asset) in sent.iter().enumerate() {
            keys.entry(asset.id.clone()).or_default().push(position);
            // Of an asset with all its findings, only these few members are parsed.
            let identity = json::member(&asset.json, "identityAttributes").unwrap_or_default();
            let identity: Map<String, Value> = serde_json::from_str(identity).unwrap_or_default();
            let identity = |name: &str| Some(identity.get(name)?.as_str()?.to_owned());
            if let Some(key) = identity("sourceNativeKey") {
                keys.entry(key).or_default().push(position);
            }
            if let Some(name) = identity("hostName") {
                host_names.entry(name).or_default().push(position);
            }
        }
        Self { keys, host_names, count: sent.len() }
    }

    /// Native key first, then host name.
    fn named(&self, name: &str) -> Option<Vec<usize>> {
        self.keys.get(name).or_else(|| self.host_names.get(name)).cloned()
    }

    /// A name, or as a last resort the position in the request.
    fn keyed(&self, key: &str) -> Option<Vec<usize>> {
        let position = || key.parse().ok().filter(|position| *position < self.count);
        self.named(key).or_else(|| position().map(|position| vec![position]))
    }

    /// The assets that an error object names.
    fn of_object(&self, object: &Map<String, Value>) -> Option<Vec<usize>> {
        NAMES.iter().find_map(|name| match object.get(*name)? {
            Value::String(text) => self.named(text),
            Value::Object(inner) => self.of_object(inner),
            _ => None,
        })
    }
}

/// The complaints of a response: about named assets, and in general.
struct Complaints {
    sent: Sent,
    named: BTreeMap<usize, String>,
    general: Vec<String>,
}

impl Complaints {
    /// Reads `value`, the member `label`, which names no asset.
    fn read(&mut self, value: &Value, label: Option<&str>) {
        match value {
            value if says_nothing(value) => {}
            Value::Array(items) => items.iter().for_each(|item| self.read(item, label)),
            Value::Object(object) => self.read_object(object, value, label),
            Value::String(text) => match self.sent.named(text) {
                Some(positions) => self.name(positions, label.unwrap_or("refused without a reason")),
                None => self
                    .general
                    .push(bounded(&label.map_or_else(|| text.clone(), |label| format!("{label}: {text}")))),
            },
            other => self.general.push(bounded(&format!("{}: {other}", label.unwrap_or("assetsError")))),
        }
    }

    fn read_object(&mut self, object: &Map<String, Value>, value: &Value, label: Option<&str>) {
        let why = || reason(value).or_else(|| label.map(bounded));
        if let Some(positions) = self.sent.of_object(object) {
            self.name(positions, &why().unwrap_or_else(|| "refused without a reason".to_owned()));
            return;
        }
        let is_one_complaint =
            NAMES.iter().chain(&REASONS).any(|name| matches!(object.get(*name), Some(Value::String(_))));
        if is_one_complaint {
            self.general.extend(why());
            return;
        }
        for (key, inner) in object {
            match self.sent.keyed(key) {
                Some(positions) => {
                    let why = reason(inner).unwrap_or_else(|| "refused without a reason".to_owned());
                    self.name(positions, &why);
                }
                None => self.read(inner, Some(key)),
            }
        }
    }

    fn name(&mut self, positions: Vec<usize>, why: &str) {
        for position in positions {
            self.named.entry(position).or_insert_with(|| bounded(why));
        }
    }

    fn answers(mut self, subject: &str, count: usize) -> Vec<ItemAnswer> {
        self.general.dedup();
        let general = (!self.general.is_empty()).then(|| {
            bounded(&format!("the answer does not say which asset it means: {}", self.general.join("; ")))
        });
        let answer = |position| {
            let reason = self.named.remove(&position).or_else(|| general.clone());
            reason.map_or(ItemAnswer::Accepted, |reason| match passing::kind(&reason) {
                Some(kind) => ItemAnswer::Again(Failure::new(kind, subject, reason)),
                None => ItemAnswer::Refused(reason),
            })
        };
        (0..count).map(answer).collect()
    }
}
