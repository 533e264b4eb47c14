//! Rows of the toy vendor as records.

use causeway_domain::page::Reject;
use causeway_domain::record::PartsRead;
use causeway_domain::{Failure, FailureKind, FindingStatus, RowKey, Scope};
use causeway_ports::{Row, Transformed};
use serde_json::{Map, Value, json};

/// An answer of the vendor.
pub(crate) struct Answer {
    rows: Vec<Value>,
    pub(crate) total: Option<u64>,
    pub(crate) next: Option<String>,
}

impl Answer {
    /// Reads an answer.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Failure> {
        let failure = |kind, detail: &str| Failure::new(kind, "POST /items", detail);
        let body: Value = serde_json::from_slice(body)
            .map_err(|_| failure(FailureKind::UnexpectedAnswer, "the answer is not JSON"))?;
        match body.get("items") {
            Some(Value::Array(rows)) => Ok(Self {
                rows: rows.clone(),
                total: body["total"].as_u64(),
                next: body["next"].as_str().map(str::to_owned),
            }),
            _ => Err(failure(FailureKind::MalformedAnswer, "the answer has no list of items")),
        }
    }

    /// Ids of the rows that have one.
    pub(crate) fn ids(&self) -> Vec<u64> {
        self.rows.iter().filter_map(id).collect()
    }

    /// Its records and rejects.
    pub(crate) fn transformed(&self) -> Transformed {
        let mut done = Transformed {
            fetched: self.rows.len() as u64,
            vendor_count: self.total,
            ..Transformed::default()
        };
        for (number, row) in (0..).zip(&self.rows) {
            match (id(row), row.as_object()) {
                (Some(id), Some(members)) => add(&mut done, id, members),
                _ => {
                    done.row_keys.push(RowKey::keyless(format_args!("row-{number}")));
                    let reason = "its id is no number".to_owned();
                    let (asset, finding, vendor_key, unread) = (None, None, None, false);
                    done.rejects.push(Reject { asset, finding, vendor_key, row: number, unread, reason });
                }
            }
        }
        done
    }
}

fn id(row: &Value) -> Option<u64> {
    row.get("id")?.as_u64()
}

fn add(done: &mut Transformed, id: u64, members: &Map<String, Value>) {
    let id = id.to_string();
    let site = members.get("site").and_then(Value::as_str);
    done.row_keys.push(RowKey::of([&id]));
    done.records.begin(&Row {
        asset: &id,
        status: FindingStatus::Open,
        fixed_on: None,
        scope: Scope { category: None, site: site.map(Into::into), retired: None },
        vendor_key: &[&id],
        parts_read: PartsRead::All,
    });
    let name = members.get("name").filter(|name| name.is_string());
    done.records.body().push_str(&json!({ "hostName": name }).to_string());
    done.records.push("", 0);
}
