//! Fields of a mapped body, by their canonical targets (`maps::TargetModel`). A map may omit any of them or write
//! another type, so unreadable fields count as missing.

use serde_json::Value;
use serde_json::value::RawValue;

/// Location of a finding's CVE.
const CVE: &str = "/findingType/vulnerability/cveId";

/// The parts of a record and of its asset that people look for.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Described {
    /// Name of the host, else its NetBIOS name.
    pub host: Option<String>,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// Name of the finding.
    pub name: Option<String>,
    /// Its CVE.
    pub cve: Option<String>,
    /// Its severity, 1 to 5.
    pub severity: Option<String>,
    /// Its risk score, 0 to 100.
    pub risk_score: Option<String>,
}

impl Described {
    /// The fields of `body`, and those of `asset` if `body` is that of a finding.
    pub(super) fn of(body: &RawValue, asset: Option<&RawValue>) -> Self {
        let own = value(body);
        let asset = asset.map(value);
        let of_asset = asset.as_ref().unwrap_or(&own);
        Self {
            host: text(of_asset, "/hostName").or_else(|| text(of_asset, "/netBiosName")),
            addresses: addresses(of_asset),
            name: text(&own, "/name"),
            cve: text(&own, CVE),
            severity: text(&own, "/severity"),
            risk_score: text(&own, "/riskScore"),
        }
    }

    /// Whether `body` is that of a finding with this CVE.
    pub(super) fn has_cve(body: &RawValue, cve: &str) -> bool {
        // Parsing a body costs more than finding that it does not contain the CVE; CVEs are ASCII.
        let (text, wanted) = (body.get().as_bytes(), cve.as_bytes());
        let nowhere = !text.windows(wanted.len().max(1)).any(|part| part.eq_ignore_ascii_case(wanted));
        !nowhere && self::text(&value(body), CVE).is_some_and(|found| found.eq_ignore_ascii_case(cve))
    }

    /// Whether `wanted` denotes this host: one of its addresses, or a part of its name.
    pub(super) fn is_host(&self, wanted: &str) -> bool {
        let named = |host: &String| host.to_lowercase().contains(&wanted.to_lowercase());
        self.addresses.iter().any(|address| address == wanted) || self.host.as_ref().is_some_and(named)
    }
}

fn value(body: &RawValue) -> Value {
    serde_json::from_str(body.get()).unwrap_or_default()
}

fn text(body: &Value, pointer: &str) -> Option<String> {
    match body.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn addresses(asset: &Value) -> Vec<String> {
    let interfaces = asset.get("networkInterfaces").and_then(Value::as_array);
    let listed = |interface: &Value| interface.get("address").and_then(Value::as_array).cloned();
    let addresses = interfaces.into_iter().flatten().filter_map(listed).flatten();
    let mut addresses: Vec<String> = addresses.filter_map(|address| text(&address, "/address")).collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(body: &str) -> Box<RawValue> {
        RawValue::from_string(body.to_owned()).unwrap()
    }

    #[test]
    fn bodies_of_any_shape_are_read() {
        let asset = raw(
            r#"{"hostName":"PLC-7","networkInterfaces":[{"address":[{"address":"10.0.0.7"},{}]},{"address":null},7]}"#,
        );
        let finding = raw(
            r#"{"name":"Bad","severity":4,"findingType":{"vulnerability":{"cveId":"CVE-2024-1"}},"riskScore":null}"#,
        );
        let described = Described::of(&finding, Some(&asset));
        assert_eq!(described.host.as_deref(), Some("PLC-7"));
        assert_eq!(described.addresses, ["10.0.0.7"]);
        assert_eq!((described.severity.as_deref(), described.risk_score), (Some("4"), None));
        assert!(described_host(&asset, "plc") && described_host(&asset, "10.0.0.7"));
        assert!(!described_host(&asset, "10.0.0"));
        assert!(Described::has_cve(&finding, "cve-2024-1") && !Described::has_cve(&finding, "CVE-2024"));
        assert_eq!(Described::of(&raw("[]"), None), Described::default());
    }

    fn described_host(asset: &RawValue, wanted: &str) -> bool {
        Described::of(asset, None).is_host(wanted)
    }
}
