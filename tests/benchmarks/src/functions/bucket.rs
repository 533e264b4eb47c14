//! S3 as far as the functions use it: one bucket in memory, with conditional writes.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Keys of one answer to a list, as with S3.
const LISTED: usize = 1_000;

/// Objects with the number of the write that made them. A copy shares their bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Bucket {
    objects: BTreeMap<String, (Bytes, u64)>,
    writes: u64,
}

impl Bucket {
    pub(super) fn get(&self, key: &str) -> Option<&Bytes> {
        self.objects.get(key).map(|(body, _)| body)
    }

    pub(super) fn put(&mut self, key: &str, body: impl Into<Bytes>) -> u64 {
        self.writes += 1;
        self.objects.insert(key.to_owned(), (body.into(), self.writes));
        self.writes
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.objects.keys().map(String::as_str)
    }

    /// `GET` of an object.
    pub(super) fn read(&self, key: &str) -> Response {
        match self.objects.get(key) {
            Some((body, write)) => ([(header::ETAG, etag(*write))], body.clone()).into_response(),
            None => refused(StatusCode::NOT_FOUND, "NoSuchKey"),
        }
    }

    /// `PUT` of an object, under the conditions of its headers.
    pub(super) fn write(&mut self, key: &str, headers: &HeaderMap, body: Bytes) -> Response {
        let there = self.objects.get(key).map(|(_, write)| etag(*write));
        let wanted = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
        match (there, wanted) {
            (Some(_), _) if headers.contains_key(header::IF_NONE_MATCH) => {
                refused(StatusCode::PRECONDITION_FAILED, "PreconditionFailed")
            }
            (Some(there), Some(wanted)) if there != wanted => {
                refused(StatusCode::PRECONDITION_FAILED, "PreconditionFailed")
            }
            (None, Some(_)) => refused(StatusCode::NOT_FOUND, "NoSuchKey"),
            _ => [(header::ETAG, etag(self.put(key, body)))].into_response(),
        }
    }

    /// `DELETE` of an object.
    pub(super) fn remove(&mut self, key: &str) -> Response {
        self.objects.remove(key);
        StatusCode::NO_CONTENT.into_response()
    }

    /// `ListObjectsV2`: the keys below `prefix` after the one at which the answer before ended.
    pub(super) fn list(&self, prefix: &str, after: Option<&str>) -> Response {
        let from = after.map_or_else(|| prefix.to_owned(), |after| format!("{after}\u{0}"));
        let found = self.objects.range(from..).take_while(|(key, _)| key.starts_with(prefix));
        let keys: Vec<&String> = found.map(|(key, _)| key).take(LISTED + 1).collect();
        let (shown, more) = keys.split_at_checked(LISTED).unwrap_or((&keys, &[]));
        let mut told = format!(
            "<ListBucketResult><KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>",
            shown.len(),
            !more.is_empty()
        );
        if let (Some(last), false) = (shown.last(), more.is_empty()) {
            // A text of its own takes any writing.
            let _ = write!(told, "<NextContinuationToken>{last}</NextContinuationToken>");
        }
        for key in shown {
            let _ = write!(told, "<Contents><Key>{key}</Key></Contents>");
        }
        told.push_str("</ListBucketResult>");
        ([(header::CONTENT_TYPE, "application/xml")], told).into_response()
    }
}

fn etag(write: u64) -> String {
    format!("\"{write}\"")
}

fn refused(status: StatusCode, code: &str) -> Response {
    let told = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    (status, [(header::CONTENT_TYPE, "application/xml")], told).into_response()
}

#[cfg(test)]
mod tests {
    use super::Bucket;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn conditions_hold() {
        let mut bucket = Bucket::default();
        let mut put = |name, value: &str| {
            let headers = HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())]);
            bucket.write("k", &headers, Bytes::from("v")).status().as_u16()
        };
        assert_eq!(put(header::IF_MATCH, "\"1\""), 404);
        assert_eq!((put(header::IF_NONE_MATCH, "*"), put(header::IF_NONE_MATCH, "*")), (200, 412));
        assert_eq!((put(header::IF_MATCH, "\"1\""), put(header::IF_MATCH, "\"1\"")), (200, 412));
    }

    #[tokio::test]
    async fn a_long_list_goes_on_where_it_ended() {
        let mut bucket = Bucket::default();
        for number in 0..1_500 {
            bucket.put(&format!("runs/{number:05}"), "v");
        }
        bucket.put("state", "v");
        let mut listed = Vec::new();
        for after in [None, Some("runs/00999")] {
            let body = axum::body::to_bytes(bucket.list("runs/", after).into_body(), 1 << 20).await.unwrap();
            let told = String::from_utf8(body.to_vec()).unwrap();
            listed.push((told.matches("<Key>").count(), told.contains("<IsTruncated>true")));
        }
        assert_eq!(listed, [(1_000, true), (500, false)]);
    }
}
