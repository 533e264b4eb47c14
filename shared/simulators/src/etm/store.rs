//! The received assets and findings, in about a hundred bytes a finding.

use super::envelope::PushedAsset;
use super::{EtmConfig, EtmSummary, KeptAsset, KeptFinding};
use crate::chance::{hash, mix};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::ops::Bound;

/// Assets and findings by key, with counters.
#[derive(Debug, Default)]
pub(super) struct Store {
    assets: BTreeMap<String, Asset>,
    /// Distinct status texts; findings refer to them by index.
    statuses: Vec<String>,
    counts: EtmSummary,
    /// Refusals by asset.
    refused: BTreeMap<String, u32>,
    /// Payloads that may still be kept, of assets and of findings.
    budget: (u64, u64),
}

#[derive(Debug)]
struct Asset {
    hash: u64,
    received: u32,
    payload: Option<Box<str>>,
    /// Sorted by id.
    findings: Vec<Finding>,
}

#[derive(Debug)]
struct Finding {
    id: Box<str>,
    hash: u64,
    received: u32,
    status: Option<u16>,
    payload: Option<Box<str>>,
}

impl Store {
    /// A store that keeps `keep_payloads` payloads of assets and as many of findings.
    pub(super) fn new(keep_payloads: u64) -> Self {
        Self { budget: (keep_payloads, keep_payloads), ..Self::default() }
    }

    /// Stores an asset with its findings.
    pub(super) fn take(&mut self, config: &EtmConfig, pushed: &PushedAsset<'_>) {
        self.counts.assets_received += 1;
        let members = pushed.members.iter();
        let content = members
            .fold(1, |sum, (name, value)| mix(mix(sum, hash(name.as_bytes())), hash(value.get().as_bytes())));
        let asset = self.assets.entry(pushed.key.clone()).or_insert_with(|| Asset {
            hash: content,
            received: 0,
            payload: None,
            findings: Vec::with_capacity(pushed.findings.len()),
        });
        asset.received += 1;
        self.counts.assets_unchanged += u64::from(asset.received > 1 && asset.hash == content);
        asset.hash = content;
        if asset.payload.is_some() || spend(&mut self.budget.0) {
            asset.payload = serde_json::to_string(&pushed.members).ok().map(String::into_boxed_str);
        }
        for finding in &pushed.findings {
            self.counts.findings_received += 1;
            let Some((id, status)) = read(config, finding) else {
                self.counts.findings_without_id += 1;
                continue;
            };
            let status = status.and_then(|status| intern(&mut self.statuses, &status));
            let unchanged = asset.keep(id, status, finding, &mut self.budget.1);
            self.counts.findings_unchanged += u64::from(unchanged);
        }
    }

    /// Refuses an asset, unless it was refused `times` already; returns whether it did.
    pub(super) fn refuse(&mut self, key: &str, times: Option<u32>) -> bool {
        let refused = self.refused.entry(key.to_owned()).or_default();
        let refuses = times.is_none_or(|times| *refused < times);
        *refused += u32::from(refuses);
        self.counts.assets_refused += u64::from(refuses);
        refuses
    }

    /// Counts, without those of tokens, faults and traffic.
    pub(super) fn summary(&self) -> EtmSummary {
        let mut summary = EtmSummary { assets: self.assets.len() as u64, ..self.counts.clone() };
        for finding in self.assets.values().flat_map(|asset| &asset.findings) {
            summary.findings += 1;
            let status = self.status(finding).unwrap_or("none");
            match summary.findings_by_status.get_mut(status) {
                Some(count) => *count += 1,
                None => {
                    summary.findings_by_status.insert(status.to_owned(), 1);
                }
            }
        }
        summary
    }

    /// Keys of up to `count` assets after a key.
    pub(super) fn keys_after(&self, key: Option<&str>, count: usize) -> Vec<String> {
        self.after(key).take(count).map(|(key, _)| key.clone()).collect()
    }

    /// Up to `count` assets after a key.
    pub(super) fn assets_after(&self, key: Option<&str>, count: usize) -> Vec<KeptAsset> {
        let kept = self.after(key).take(count).map(|(key, asset)| KeptAsset {
            asset: key.clone(),
            received: asset.received,
            hash: format!("{:016x}", asset.hash),
            findings: asset.findings.len() as u64,
            payload: value(asset.payload.as_deref()),
        });
        kept.collect()
    }

    /// Findings of an asset, in id order.
    pub(super) fn findings_of(&self, asset: &str, status: Option<&str>) -> Vec<KeptFinding> {
        let findings = self.assets.get(asset).map(|asset| asset.findings.as_slice()).unwrap_or_default();
        let wanted = findings.iter().filter(|finding| status.is_none() || self.status(finding) == status);
        let kept = wanted.map(|finding| KeptFinding {
            asset: asset.to_owned(),
            finding: finding.id.to_string(),
            status: self.status(finding).map(str::to_owned),
            received: finding.received,
            hash: format!("{:016x}", finding.hash),
            payload: value(finding.payload.as_deref()),
        });
        kept.collect()
    }

    fn after<'a>(&'a self, key: Option<&'a str>) -> impl Iterator<Item = (&'a String, &'a Asset)> {
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        self.assets.range::<str, _>((from, Bound::Unbounded))
    }

    fn status(&self, finding: &Finding) -> Option<&str> {
        self.statuses.get(usize::from(finding.status?)).map(String::as_str)
    }
}

impl Asset {
    /// Stores a finding; returns whether it was known with the same content.
    fn keep(&mut self, id: String, status: Option<u16>, raw: &RawValue, budget: &mut u64) -> bool {
        let content = hash(raw.get().as_bytes());
        let place = match self.findings.binary_search_by(|finding| (*finding.id).cmp(id.as_str())) {
            Ok(place) => place,
            Err(place) => {
                let fresh = Finding { id: id.into(), hash: content, received: 0, status, payload: None };
                self.findings.insert(place, fresh);
                place
            }
        };
        let Some(finding) = self.findings.get_mut(place) else { return false };
        finding.received += 1;
        let unchanged = finding.received > 1 && finding.hash == content;
        finding.hash = content;
        finding.status = status;
        if finding.payload.is_some() || spend(budget) {
            finding.payload = Some(raw.get().into());
        }
        unchanged
    }
}

/// Id and status of a finding, under any of the known names.
fn read(config: &EtmConfig, finding: &RawValue) -> Option<(String, Option<String>)> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(finding.get()).ok()?;
    let text = |names: &[String]| {
        let mut found = names.iter().filter_map(|name| members.get(name));
        found.find_map(|value| match serde_json::from_str(value.get()) {
            Ok(Value::String(text)) => Some(text),
            Ok(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        })
    };
    Some((text(&config.finding_id_keys)?, text(&config.finding_status_keys)))
}

fn intern(statuses: &mut Vec<String>, status: &str) -> Option<u16> {
    let place = statuses.iter().position(|known| known == status).unwrap_or_else(|| {
        statuses.push(status.to_owned());
        statuses.len() - 1
    });
    u16::try_from(place).ok()
}

fn spend(budget: &mut u64) -> bool {
    let some = *budget > 0;
    *budget = budget.saturating_sub(1);
    some
}

fn value(payload: Option<&str>) -> Option<Value> {
    payload.and_then(|payload| serde_json::from_str(payload).ok())
}
