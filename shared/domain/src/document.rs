//! The documents a destination is handed: mapped bodies, completed with what only the run knows.
//!
//! Bodies are in the words of the map's targets. Completing replaces top-level fields only; everything else is copied
//! as it stands, so no number or date is written anew.

use crate::delivery::{AssetDelivery, FindingDelivery};
use crate::record::FindingStatus;
use crate::{Failure, FailureKind};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

impl AssetDelivery<'_> {
    /// The asset as one JSON object: its body, and `externalId` (the asset id) where the body has none. An asset that
    /// is known only through its findings carries nothing else.
    ///
    /// # Errors
    /// `StoreDamaged` when the body is not a JSON object.
    pub fn document(&self) -> Result<String, Failure> {
        let mut document = Document::of(self.body, || format!("asset {:?}", self.asset))?;
        document.fill("externalId", &self.asset);
        document.text()
    }
}

impl FindingDelivery<'_> {
    /// The finding as one JSON object: its body with `status` (`open`, `fixed`, `irrelevant`), with
    /// `externalFindingId` (the finding id) where the body has none, and with the `lastFixedOn` of a closed finding.
    /// An open one never carries `lastFixedOn`, whatever the vendor kept from an earlier resolution.
    ///
    /// # Errors
    /// `StoreDamaged` when the body is not a JSON object.
    pub fn document(&self) -> Result<String, Failure> {
        let mut document = Document::of(self.body, || format!("finding {:?}", self.finding))?;
        document.fill("externalFindingId", &self.finding);
        document.set("status", Value::Status(self.status));
        match (self.status, &self.fixed_on) {
            (FindingStatus::Open, _) => document.remove("lastFixedOn"),
            (_, Some(since)) => document.set("lastFixedOn", Value::Text(since)),
            (_, None) => {}
        }
        document.text()
    }
}

/// The top-level fields of a body, in their order.
struct Document<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

enum Value<'a> {
    Kept(&'a RawValue),
    Text(&'a str),
    Status(FindingStatus),
}

impl<'a> Document<'a> {
    fn of(body: &'a RawValue, subject: impl Fn() -> String) -> Result<Self, Failure> {
        serde_json::from_str(body.get()).map_err(|_| {
            Failure::new(FailureKind::StoreDamaged, subject(), "its stored body is not a JSON object")
        })
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(key, _)| key == name)
    }

    fn set(&mut self, name: &'static str, value: Value<'a>) {
        match self.position(name).and_then(|at| self.0.get_mut(at)) {
            Some((_, present)) => *present = value,
            None => self.0.push((Cow::Borrowed(name), value)),
        }
    }

    /// Sets `name` unless the body has it with a value other than null.
    fn fill(&mut self, name: &'static str, text: &'a str) {
        let present = self.position(name).and_then(|at| self.0.get(at));
        if !matches!(present, Some((_, Value::Kept(raw))) if raw.get() != "null") {
            self.set(name, Value::Text(text));
        }
    }

    fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| key != name);
    }

    fn text(&self) -> Result<String, Failure> {
        serde_json::to_string(self)
            .map_err(|error| Failure::new(FailureKind::StoreDamaged, "document", error.to_string()))
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            match value {
                Value::Kept(raw) => map.serialize_entry(key, raw)?,
                Value::Text(text) => map.serialize_entry(key, text)?,
                Value::Status(status) => map.serialize_entry(key, status)?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Document<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Document<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(Key(key)) = map.next_key()? {
                    fields.push((key, Value::Kept(map.next_value()?)));
                }
                Ok(Document(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Verdict;

    fn finding(status: FindingStatus, fixed_on: Option<&str>, body: &str) -> String {
        let body = RawValue::from_string(body.to_owned()).unwrap();
        let fixed_on = fixed_on.map(Cow::Borrowed);
        FindingDelivery {
            finding: "v1:CVE-1".into(),
            verdict: Verdict::Changed,
            status,
            fixed_on,
            body: &body,
        }
        .document()
        .unwrap()
    }

    #[test]
    fn an_asset_known_only_by_its_findings_has_its_id() {
        let of = |body: &str| {
            let body = RawValue::from_string(body.to_owned()).unwrap();
            AssetDelivery { asset: "a\"1".into(), verdict: Verdict::New, body: &body, findings: vec![] }
                .document()
        };
        assert_eq!(of("{}").unwrap(), r#"{"externalId":"a\"1"}"#);
        assert_eq!(of(r#"{"externalId":null,"x":1.50}"#).unwrap(), r#"{"externalId":"a\"1","x":1.50}"#);
        assert_eq!(of(r#"{"externalId":"mapped"}"#).unwrap(), r#"{"externalId":"mapped"}"#);
        assert_eq!(of("[]").unwrap_err().kind, FailureKind::StoreDamaged);
    }

    #[test]
    fn only_a_closed_finding_carries_its_date() {
        let body = r#"{"externalFindingId":"v1","lastFixedOn":"2026-01-01T00:00:00Z","riskScore":7.0}"#;
        let open = finding(FindingStatus::Open, Some("2026-02-02T00:00:00Z"), body);
        assert_eq!(open, r#"{"externalFindingId":"v1","riskScore":7.0,"status":"open"}"#);
        let fixed = finding(FindingStatus::Fixed, Some("2026-02-02T00:00:00Z"), body);
        let expected = r#"{"externalFindingId":"v1","lastFixedOn":"2026-02-02T00:00:00Z","riskScore":7.0,"status":"fixed"}"#;
        assert_eq!(fixed, expected);
        assert_eq!(
            finding(FindingStatus::Irrelevant, None, "{}"),
            r#"{"externalFindingId":"v1:CVE-1","status":"irrelevant"}"#
        );
    }
}
