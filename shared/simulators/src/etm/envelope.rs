//! Validation of the body of a push.
//!
//! No public source shows the vendor's 400; status and the members `message` and `responseCode` follow its success.

use super::EtmConfig;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A valid push.
#[derive(Debug)]
pub(super) struct Push<'a> {
    pub(super) assets: Vec<PushedAsset<'a>>,
}

/// One asset of a push.
#[derive(Debug)]
pub(super) struct PushedAsset<'a> {
    /// `sourceNativeKey`.
    pub(super) key: String,
    /// Members other than `findings`.
    pub(super) members: BTreeMap<String, &'a RawValue>,
    pub(super) findings: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "connectorMetaData")]
    meta: Meta,
    #[serde(borrow, rename = "assetData")]
    assets: Vec<BTreeMap<String, &'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    connector_uuid: String,
    source: String,
    #[serde(default)]
    asset_count: Option<Value>,
}

/// The push in `body`, or its mistake.
pub(super) fn judge<'a>(config: &EtmConfig, body: &'a [u8]) -> Result<Push<'a>, String> {
    let Envelope { meta, assets } = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
    if uuid::Uuid::try_parse(&meta.connector_uuid).is_err() {
        return Err("connectorMetaData.connectorUuid is not a UUID".to_owned());
    }
    if !config.connectors.is_empty() && !config.connectors.contains(&meta.connector_uuid) {
        return Err(format!("no connector {}", meta.connector_uuid));
    }
    if meta.source.is_empty() {
        return Err("connectorMetaData.source is empty".to_owned());
    }
    if assets.is_empty() {
        return Err("assetData is empty".to_owned());
    }
    // One public client sends the count as a number, another as text.
    let counted = match &meta.asset_count {
        None => Some(assets.len() as u64),
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_u64(),
    };
    if counted != Some(assets.len() as u64) {
        return Err(format!("connectorMetaData.assetCount is not {}", assets.len()));
    }
    let assets = assets.into_iter().enumerate().map(|(number, members)| asset(number, members));
    Ok(Push { assets: assets.collect::<Result<_, _>>()? })
}

fn asset(number: usize, mut members: BTreeMap<String, &RawValue>) -> Result<PushedAsset<'_>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Identity {
        source_native_key: String,
    }
    let identity = members.get("identityAttributes").map_or("null", |identity| identity.get());
    let key = serde_json::from_str(identity).map(|Identity { source_native_key }| source_native_key);
    let key = key.map_err(|wrong| format!("assetData[{number}].identityAttributes: {wrong}"))?;
    let findings = match members.remove("findings") {
        None => Vec::new(),
        Some(findings) => serde_json::from_str::<Option<Vec<&RawValue>>>(findings.get())
            .map_err(|wrong| format!("assetData[{number}].findings: {wrong}"))?
            .unwrap_or_default(),
    };
    Ok(PushedAsset { key, members, findings })
}
