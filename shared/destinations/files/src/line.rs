//! One line per asset and per finding: the completed document and the run's verdict.

use causeway_domain::delivery::AssetDelivery;
use causeway_domain::plan::Verdict;
use causeway_domain::{Failure, FailureKind, FindingStatus};
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct AssetLine<'a> {
    asset: &'a str,
    verdict: Verdict,
    document: Box<RawValue>,
}

#[derive(Serialize)]
struct FindingLine<'a> {
    asset: &'a str,
    finding: &'a str,
    verdict: Verdict,
    status: FindingStatus,
    document: Box<RawValue>,
}

/// The text of both files: assets, then findings.
pub(crate) fn lines(batch: &[AssetDelivery<'_>]) -> Result<(String, String), Failure> {
    let (mut assets, mut findings) = (String::new(), String::new());
    for delivery in batch {
        let document = raw(delivery.document()?)?;
        push(&mut assets, &AssetLine { asset: &delivery.asset, verdict: delivery.verdict, document })?;
        for finding in &delivery.findings {
            let line = FindingLine {
                asset: &delivery.asset,
                finding: &finding.finding,
                verdict: finding.verdict,
                status: finding.status,
                document: raw(finding.document()?)?,
            };
            push(&mut findings, &line)?;
        }
    }
    Ok((assets, findings))
}

fn raw(document: String) -> Result<Box<RawValue>, Failure> {
    RawValue::from_string(document).map_err(|error| unwritable(&error))
}

fn push(out: &mut String, line: &impl Serialize) -> Result<(), Failure> {
    out.push_str(&serde_json::to_string(line).map_err(|error| unwritable(&error))?);
    out.push('\n');
    Ok(())
}

fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::new(FailureKind::StoreDamaged, "files destination", format!("a document is not JSON: {error}"))
}
