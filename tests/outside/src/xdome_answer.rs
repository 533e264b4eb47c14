//! Answers of the vendor's API, statuses and headers included: what is taken for rows is a whole list, everything
//! else is a failure without secrets, after a bounded number of requests.

use crate::connection::connection;
use crate::loopback::Loopback;
use crate::ports::{Counted, OneSecret, Patient, is_discreet};
use crate::script::Script;
use crate::xdome_page::{CONNECTION, holds, rows_in};
use causeway_claroty_xdome::ClarotyXdome;
use causeway_domain::page::{Confirmation, Window};
use causeway_domain::{Failure, RowKey, Stream, VendorKey};
use causeway_outbound::Share;
use causeway_ports::check::CheckVerdict;
use causeway_ports::{Fetched, SingleRecords, Source, Testable};
use std::sync::Arc;

/// The most requests that one call makes: each of 50 answers four times, and eight more to heal.
const REQUESTS: usize = 400;

/// First line: `open`, `assets`, `findings`, `confirm`, `confirm-assets` or `test`; then the script of the vendor.
pub fn xdome_answer(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (call, script) = bytes.split_at(at);
    let script = Script::read(script.get(1..).unwrap_or_default());
    let ((), given) = Loopback::play(script, async |url: &str| {
        let source = source(url);
        match call {
            b"open" => open(&source).await,
            b"assets" => fetch(&source, Stream::Assets).await,
            b"confirm" => confirm(&source, Stream::Findings, [["d-1", "v-1"], ["d-2", "v-2"]]).await,
            b"confirm-assets" => confirm(&source, Stream::Assets, [["d-1"], ["d-2"]]).await,
            b"test" => test(&source).await,
            _ => fetch(&source, Stream::Findings).await,
        }
    });
    assert!(given.len() <= REQUESTS, "{} requests for one call", given.len());
}

fn source(url: &str) -> ClarotyXdome {
    let registered = connection(&CONNECTION.replace("https://vendor.example", url));
    let (clock, ids) = (Arc::<Patient>::default(), Arc::<Counted>::default());
    ClarotyXdome::new(&registered, Arc::new(OneSecret), clock, ids, Share::WHOLE).expect("a valid source")
}

async fn open(source: &ClarotyXdome) {
    match source.open().await {
        Ok(opened) => assert_eq!(opened.len(), 2, "both streams are opened"),
        Err(failure) => is_told(&failure),
    }
}

async fn fetch(source: &ClarotyXdome, stream: Stream) {
    match source.fetch(stream, Window { offset: 0, limit: 4 }).await {
        Ok(fetched) => is_read(source, stream, &fetched),
        Err(failure) => is_told(&failure),
    }
}

fn is_read(source: &ClarotyXdome, stream: Stream, fetched: &Fetched) {
    let list = if stream == Stream::Assets { "devices" } else { "devices_vulnerabilities" };
    let (page, kept) = (&fetched.transformed, fetched.raw.clone().into_stored());
    holds(stream, page);
    if let Some(rows) = rows_in(&kept, list) {
        assert_eq!(page.fetched, rows, "rows of the answer were lost");
    }
    let replayed = source.replay(stream, &kept).expect("a kept page is replayed");
    assert_eq!((replayed.fetched, replayed.records), (page.fetched, page.records.clone()), "another replay");
}

async fn confirm<const N: usize>(source: &ClarotyXdome, stream: Stream, [missing, control]: [[&str; N]; 2]) {
    let (missing, controls) = ([VendorKey::of_texts(missing)], [VendorKey::of_texts(control)]);
    match source.confirm(stream, &missing, &controls).await {
        Ok((fetched, verdict)) => {
            is_read(source, stream, &fetched);
            if verdict == Confirmation::Trusted {
                let control = RowKey::of(control);
                assert!(
                    fetched.transformed.row_keys.contains(&control),
                    "trusted without a control record (I-1)"
                );
            }
        }
        Err(failure) => is_told(&failure),
    }
}

async fn test(source: &ClarotyXdome) {
    let checks = source.test().await;
    assert!(!checks.is_empty(), "a test without checks");
    for check in checks {
        is_discreet(&check.detail);
        if let CheckVerdict::Failed(failure) = check.verdict {
            is_told(&failure);
        }
    }
}

/// Short, and without the token, whatever was in the answer (I-12).
pub(crate) fn is_told(failure: &Failure) {
    let text = failure.to_string();
    is_discreet(&text);
    assert!(text.chars().count() < 1_500, "the failure repeats the answer: {text}");
    assert!(!failure.subject.is_empty() && !failure.detail.is_empty(), "a failure without words");
}
