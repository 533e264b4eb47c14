//! The target profile: names and values of the payload, as data that a tenant can edit.

use crate::sections::Sections;
use causeway_domain::definition::Registered;
use causeway_domain::delivery::AssetDelivery;
use causeway_domain::{Failure, FailureKind};
use causeway_maps::{
    AnyDocument, CompiledMap, MapDefinition, MapErrors, Overrides, RowFailure, TargetModel, json,
};
use serde_json::{Map, Value};

/// Name of the shipped profile.
const SHIPPED_NAME: &str = "qualys-etm";
/// Its text.
const SHIPPED_TEXT: &str = include_str!("../profiles/qualys-etm.toml");
/// Both.
pub(crate) const SHIPPED: &[(&str, &str)] = &[(SHIPPED_NAME, SHIPPED_TEXT)];

/// The profiles that ship with Causeway, by their names in definitions.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    SHIPPED
}

/// Canonical field for values without a field of their own, on both sides.
const ATTRIBUTES: &str = "customConnectorAttributes";

/// A compiled profile.
#[derive(Debug)]
pub struct TargetProfile {
    asset: CompiledMap,
    attributes: Option<CompiledMap>,
    finding: CompiledMap,
    /// Whether an empty `findings` is sent: it may close findings that another connection sent.
    sends_empty_findings: bool,
}

impl TargetProfile {
    /// Checks and compiles the profile `text`; `file` names it in messages.
    ///
    /// # Errors
    /// Every mistake of the first section that has one, with lines of the whole file.
    pub fn load(file: &str, text: &str) -> Result<Self, MapErrors> {
        let Sections { asset, attributes, finding } = Sections::of(file, text)?;
        let compile =
            |text: &str| CompiledMap::load(file, text, &AnyDocument, &TargetModel::any(), &Overrides::none());
        let attributes = attributes.map(|text| compile(&text)).transpose()?;
        Ok(Self {
            asset: compile(&asset)?,
            attributes,
            finding: compile(&finding)?,
            sends_empty_findings: true,
        })
    }

    /// The rows of its sections `asset`, `attributes` (where there is one) and `finding`, as data for people.
    ///
    /// # Errors
    /// As [`TargetProfile::load`], mistakes of form only.
    pub fn definitions(file: &str, text: &str) -> Result<Vec<MapDefinition>, MapErrors> {
        let Sections { asset, attributes, finding } = Sections::of(file, text)?;
        let texts = std::iter::once(asset).chain(attributes).chain([finding]);
        texts.map(|text| MapDefinition::parse(file, &text)).collect()
    }

    /// The profile that `registered` calls `name`.
    pub(crate) fn of(
        registered: &Registered,
        name: &str,
        sends_empty_findings: bool,
    ) -> Result<Self, Failure> {
        Ok(Self { sends_empty_findings, ..Self::load(name, registered.document(name)?)? })
    }

    /// One element of `assetData`, or the reason why the profile cannot express this asset. Both attribute objects are
    /// always present, as in every payload known to have been accepted.
    pub(crate) fn wire(&self, delivery: &AssetDelivery<'_>) -> Result<Result<String, String>, Failure> {
        let document = self.with_attributes(delivery.document()?, &delivery.asset);
        let mut out = String::with_capacity(1024 * (1 + delivery.findings.len()));
        let asset = document.and_then(|document| applied(&self.asset, &document, &delivery.asset, &mut out));
        if let Err(reason) = asset {
            return Ok(Err(reason));
        }
        let parts =
            ["identityAttributes", "coreAttributes"].map(|part| (part, json::member(&out, part).is_some()));
        out.pop();
        for (part, _) in parts.into_iter().filter(|(_, written)| !written) {
            push_key(&mut out, part);
            out.push_str("{}");
        }
        if delivery.findings.is_empty() && !self.sends_empty_findings {
            out.push('}');
            return Ok(Ok(out));
        }
        push_key(&mut out, "findings");
        out.push('[');
        for (number, finding) in delivery.findings.iter().enumerate() {
            if number > 0 {
                out.push(',');
            }
            if let Err(reason) = applied(&self.finding, &finding.document()?, &finding.finding, &mut out) {
                return Ok(Err(reason));
            }
        }
        out.push_str("]}");
        Ok(Ok(out))
    }

    /// `document` with the section `attributes` added to its custom attributes; attributes of the map stay.
    fn with_attributes(&self, mut document: String, asset: &str) -> Result<String, String> {
        let Some(map) = &self.attributes else { return Ok(document) };
        let mut further = String::new();
        applied(map, &document, asset, &mut further)?;
        let object = |raw: &str| serde_json::from_str::<Map<String, Value>>(raw).unwrap_or_default();
        let further = object(&further);
        if further.is_empty() {
            return Ok(document);
        }
        let mut attributes = json::member(&document, ATTRIBUTES).map(object).unwrap_or_default();
        for (name, value) in further {
            attributes.entry(name).or_insert(value);
        }
        // The section `asset` uses the last of two fields with one name.
        document.pop();
        document.push_str(&format!(r#","{ATTRIBUTES}":{}}}"#, Value::Object(attributes)));
        Ok(document)
    }
}

/// Appends a key to an open object.
fn push_key(out: &mut String, key: &str) {
    out.push_str(if out.len() > 1 { ",\"" } else { "\"" });
    out.push_str(key);
    out.push_str("\":");
}

/// Appends `document` as `map` transforms it.
fn applied(map: &CompiledMap, document: &str, key: &str, out: &mut String) -> Result<(), String> {
    map.apply_document(document, out).map(|_| ()).map_err(|failure: RowFailure| failure.reason(key))
}

/// A body that cannot be written as JSON.
pub(crate) fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::new(FailureKind::StoreDamaged, "request body", error.to_string())
}
