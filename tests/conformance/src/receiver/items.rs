//! Items of batches.

use causeway_domain::delivery::AssetDelivery;
use serde_json::{Value, json};

/// Since when closed findings are closed.
pub(crate) const CLOSED_ON: &str = "2026-05-01T08:00:00Z";

/// Items, as the plan stores them.
#[derive(Clone, Default)]
pub(crate) struct Items(Vec<String>);

impl Items {
    /// `count` assets with two findings each, one of them closed.
    pub(crate) fn some(count: usize) -> Self {
        (0..count)
            .map(|number| asset(&format!("asset-{number}"), vec![open("f-1"), closed("f-2", "fixed")]))
            .collect()
    }

    /// The items as a batch holds them.
    pub(crate) fn deliveries(&self) -> Vec<AssetDelivery<'_>> {
        self.0.iter().map(|text| serde_json::from_str(text).expect("an item")).collect()
    }

    /// Asset ids in order.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.deliveries().iter().map(|item| item.asset.clone().into_owned()).collect()
    }

    /// Bytes of the items, as the plan counts them.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(String::len).sum()
    }
}

impl FromIterator<Value> for Items {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self(items.into_iter().map(|item| item.to_string()).collect())
    }
}

/// An asset with these findings.
pub(crate) fn asset(id: &str, findings: Vec<Value>) -> Value {
    let body = json!({ "hostName": format!("host of {id}"), "assetType": "PLC" });
    json!({ "asset": id, "verdict": "new", "body": body, "findings": Value::Array(findings) })
}

/// An open finding. Its body still has the date of an earlier resolution.
pub(crate) fn open(id: &str) -> Value {
    let body = json!({ "name": format!("finding {id}"), "lastFixedOn": "2020-01-01T00:00:00Z" });
    json!({ "finding": id, "verdict": "new", "status": "open", "body": body })
}

/// A finding that is closed as `fixed` or `irrelevant`.
pub(crate) fn closed(id: &str, status: &str) -> Value {
    let body = json!({ "name": format!("finding {id}") });
    json!({ "finding": id, "verdict": "fixed", "status": status, "fixed_on": CLOSED_ON, "body": body })
}

/// Ids that some system would confuse or cut.
pub(crate) fn odd_ids() -> Vec<String> {
    let long = "x".repeat(299);
    let odd = [
        "a", "A", "ä", "a\u{308}", "Ä", "ß", "ss", "日本", "😀", "a|b", "a\\|b", "a\\b", "a\"b", "a'b",
        "a/b", "a,b", "a;b", "a b", "a  b", " a", "a ", "#a", "0", "00", "0.0", "1e0", "null", "<b>",
        "&amp;", "%41", "a\tb", "a\nb", "{}", "../a",
    ];
    odd.into_iter().map(str::to_owned).chain([format!("{long}1"), format!("{long}2")]).collect()
}
