//! Error bodies. The vendor's server is FastAPI: `{"detail": "text"}` or `{"detail": [{loc, msg, type, input}]}`, whose
//! `input` repeats up to the whole request and is therefore never shown.

use serde::Deserialize;
use serde_json::Value;

/// An error body, as far as it can be read.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Complaint {
    #[serde(default)]
    detail: Value,
    #[serde(default)]
    message: Value,
    #[serde(default)]
    error: Value,
}

impl Complaint {
    /// Reads `body`; an unreadable one is an empty complaint.
    pub(crate) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// The complaint without the repeated request. It may be long and may contain secrets.
    pub(crate) fn in_words(&self) -> String {
        let texts: Vec<String> = match &self.detail {
            Value::Array(entries) => entries.iter().take(3).filter_map(entry_in_words).collect(),
            _ => [&self.detail, &self.message, &self.error].into_iter().filter_map(text).take(1).collect(),
        };
        texts.join("; ")
    }

    /// The `sent` fields that it refuses: by name if it gives one of them, otherwise by index.
    pub(crate) fn refused_fields<'a>(&self, sent: &[&'a str]) -> Vec<&'a str> {
        let entries = self.detail.as_array().map(Vec::as_slice).unwrap_or_default();
        let mut refused: Vec<&str> = entries.iter().filter_map(|entry| refused_field(entry, sent)).collect();
        refused.sort_unstable();
        refused.dedup();
        refused
    }
}

fn refused_field<'a>(entry: &Value, sent: &[&'a str]) -> Option<&'a str> {
    let place = entry.get("loc")?.as_array()?;
    let fields = place.iter().position(|part| part == "fields")?;
    let index = match place.get(fields + 1)? {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let named = entry.get("input").and_then(Value::as_str);
    sent.iter().find(|field| Some(**field) == named).or_else(|| sent.get(index)).copied()
}

fn entry_in_words(entry: &Value) -> Option<String> {
    let said = text(entry.get("msg")?)?;
    let place = entry.get("loc").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let place: Vec<String> = place.iter().filter_map(text).collect();
    Some(if place.is_empty() { said } else { format!("{}: {said}", place.join(".")) })
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Complaint;

    #[test]
    fn refused_fields_are_found_by_name_or_index() {
        let sent = ["uid", "gone", "device_name", "also_gone"];
        let refused = |body: &str| Complaint::read(body.as_bytes()).refused_fields(&sent);
        assert_eq!(refused(r#"{"detail":[{"loc":["body","fields",1],"msg":"x","input":"gone"}]}"#), ["gone"]);
        assert_eq!(refused(r#"{"detail":[{"loc":["body","fields","1"],"msg":"x"}]}"#), ["gone"]);
        assert_eq!(refused(r#"{"detail":[{"loc":["body","fields",9],"input":"also_gone"}]}"#), ["also_gone"]);
        assert_eq!(
            refused(
                r#"{"detail":[{"loc":["body","fields",3]},{"loc":["body","fields",1]},{"loc":["body"]}]}"#
            ),
            ["also_gone", "gone"]
        );
        assert!(
            refused(r#"{"detail":[{"loc":["body","fields",9]},{"loc":["body","fields"]},7]}"#).is_empty()
        );
        assert!(refused(r#"{"detail":"Unprocessable"}"#).is_empty());
        assert!(refused("<html>").is_empty());
    }

    #[test]
    fn the_repeated_request_is_left_out() {
        let bodies = [
            r#"{"detail":"Invalid token."}"#,
            r#"{"detail":[{"type":"enum","loc":["body","sort_by",0,"field"],"msg":"Input should be uid or asset_id","input":"sekret"}]}"#,
            r#"{"detail":[{"msg":"Field required"}],"input":"sekret"}"#,
            r#"{"detail":null,"message":"try later"}"#,
            r#"{"detail":{"code":7}}"#,
            "not json",
        ];
        let words = bodies.map(|body| Complaint::read(body.as_bytes()).in_words()).join("\n");
        assert!(!words.contains("sekret"));
        insta::assert_snapshot!(words);
    }
}
