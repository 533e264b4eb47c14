//! The request body of the sync endpoint: assets in wire form inside their envelope.

use crate::profile::TargetProfile;
use crate::settings::QualysEtmSettings;
use bytes::Bytes;
use causeway_domain::Failure;
use causeway_domain::delivery::AssetDelivery;
use causeway_ports::destination::Batch;
use serde::Serialize;

/// One asset in wire form, with its findings.
#[derive(Debug)]
pub(crate) struct WireAsset {
    /// Asset id inside the connection.
    pub(crate) id: String,
    /// One element of `assetData`.
    pub(crate) json: String,
}

/// Each asset of `batch` in wire form, or the reason why the profile cannot express it.
pub(crate) fn wire_assets(
    profile: &TargetProfile,
    batch: &Batch<'_>,
) -> Result<Vec<Result<WireAsset, String>>, Failure> {
    let wire = |delivery: &AssetDelivery<'_>| {
        let id = delivery.asset.clone().into_owned();
        Ok(profile.wire(delivery)?.map(|json| WireAsset { id, json }))
    };
    batch.assets.iter().map(wire).collect()
}

/// `connectorMetaData`, with the keys of three public clients and of the vendor's own sample.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectorMetaData<'a> {
    request_id: String,
    asset_count: usize,
    source: &'a str,
    connector_uuid: &'a str,
}

/// The whole body for `assets`, a part of a delivery.
pub(crate) fn body(
    settings: &QualysEtmSettings,
    request_id: String,
    assets: &[WireAsset],
) -> Result<Bytes, Failure> {
    let meta = ConnectorMetaData {
        request_id,
        asset_count: assets.len(),
        source: &settings.source,
        connector_uuid: &settings.connector_uuid,
    };
    let meta = serde_json::to_string(&meta).map_err(|error| crate::profile::unwritable(&error))?;
    let size: usize = assets.iter().map(|asset| asset.json.len() + 1).sum();
    let mut out = String::with_capacity(meta.len() + size + 48);
    out.push_str(r#"{"connectorMetaData":"#);
    out.push_str(&meta);
    out.push_str(r#","assetData":["#);
    for (number, asset) in assets.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        out.push_str(&asset.json);
    }
    out.push_str("]}");
    Ok(Bytes::from(out))
}

/// `requestId`: a UUID derived from the content of the request, which identifies a repeated batch (I-9).
pub(crate) fn request_id(batch: &Batch<'_>, assets: &[WireAsset]) -> String {
    let mut hasher = blake3::Hasher::new();
    let ids = assets.iter().map(|asset| asset.id.as_str());
    for part in
        [batch.connection.as_str(), batch.run.as_str(), &batch.number.to_string()].into_iter().chain(ids)
    {
        hasher.update(part.as_bytes()).update(b"\n");
    }
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}
