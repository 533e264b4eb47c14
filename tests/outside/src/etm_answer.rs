//! Answers of the receiver: an asset counts as accepted only if nothing in them speaks against it.

use crate::connection::connection;
use crate::document::Document;
use crate::loopback::Loopback;
use crate::ports::{Counted, OneSecret, Patient};
use crate::script::{Reply, Script};
use crate::xdome_answer::is_told;
use causeway_domain::delivery::{AssetDelivery, ItemAnswer, Phase, Receipt};
use causeway_domain::{ConnectionName, Failure, RunId};
use causeway_outbound::Share;
use causeway_ports::check::CheckVerdict;
use causeway_ports::destination::Batch;
use causeway_ports::{Destination, Testable};
use causeway_qualys_etm::QualysEtm;
use std::collections::BTreeMap;
use std::sync::Arc;

const CONNECTION: &str = r#"
name = "plant"
[source.claroty-xdome]
api_url = "https://vendor.example"
api_token_secret = "token"
[destination.qualys-etm]
gateway_url = "URL"
username = "api-user"
password_secret = "password"
connector_uuid = "3c4e9a52-7f0d-4a7e-9c55-0d8f6b1a2e11"
requests_per_second = 100
"#;

/// Findings of the assets that are sent.
const FINDINGS: [(&str, u64); 3] = [("d-0", 1), ("d-1", 2), ("d-2", 0)];

const ASSETS: &str = r#"[
{"asset":"d-0","verdict":"new","body":{"externalId":"d-0","hostName":"plc"},"findings":[
 {"finding":"v1","verdict":"new","status":"open","body":{"name":"one"}}]},
{"asset":"d-1","verdict":"changed","body":{"externalId":"d-1","hostName":"plc-1"},"findings":[
 {"finding":"v1","verdict":"fixed","status":"fixed","fixed_on":"2026-01-01T00:00:00Z","body":{"name":"one"}},
 {"finding":"v2","verdict":"new","status":"open","body":{"name":"two"}}]},
{"asset":"d-2","verdict":"new","body":{"externalId":"d-2"},"findings":[]}]"#;

/// The token of the corpus.
const TOKEN: &str = "head.payload.sign";

/// The most requests one delivery makes: sign-ins, halves of three assets, each four times.
const REQUESTS: usize = 100;

/// First line: `test` or anything else for a delivery; then the script of the gateway, sign-in first.
pub fn etm_answer(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (call, script) = bytes.split_at(at);
    let script = Script::read(script.get(1..).unwrap_or_default());
    let (delivered, given) = Loopback::play(script, async |url: &str| {
        let etm = destination(url);
        if call == b"test" {
            return Err(test(&etm).await);
        }
        deliver(&etm).await.map_err(|failure| vec![failure])
    });
    assert!(given.len() <= REQUESTS, "{} requests for one call", given.len());
    let told = match &delivered {
        Ok((_, told)) => told.clone(),
        Err(failures) => failures.iter().map(ToString::to_string).collect::<Vec<_>>(),
    };
    // With a second sign-in another token is in force.
    let token_is_known = given.first().is_some_and(|reply| reply.body.trim_ascii() == TOKEN.as_bytes());
    if token_is_known && given.iter().all(|reply| reply.status != 401) {
        assert!(told.iter().all(|text| !text.contains(TOKEN)), "the token is told: {told:?}");
    }
    if let Ok((receipt, _)) = delivered {
        adds_up(&receipt);
        let against = given.iter().any(speaks_against);
        let accepted = receipt.refused.is_empty() && receipt.is_final();
        assert!(!against || !accepted, "an error is a full acceptance: {receipt:?}");
    }
}

fn destination(url: &str) -> QualysEtm {
    let registered = connection(&CONNECTION.replace("URL", url));
    let (clock, ids) = (Arc::<Patient>::default(), Arc::<Counted>::default());
    QualysEtm::new(&registered, true, Arc::new(OneSecret), clock, ids, Share::WHOLE)
        .expect("a valid destination")
}

/// The receipt, and every text of the answer that may be stored.
async fn deliver(etm: &QualysEtm) -> Result<(Receipt, Vec<String>), Failure> {
    let assets: Vec<AssetDelivery<'_>> = serde_json::from_str(ASSETS).expect("assets");
    let connection = ConnectionName::parse("plant").expect("a name");
    let run = RunId::parse("20260501T080000Z-0a1b2c3d").expect("a run");
    let batch = Batch { connection: &connection, run: &run, number: 3, phase: Phase::Items, assets: &assets };
    let answer = etm.deliver(&batch).await.inspect_err(is_told)?;
    let text = |item: &ItemAnswer| match item {
        ItemAnswer::Accepted => None,
        ItemAnswer::Refused(reason) => Some(reason.clone()),
        ItemAnswer::Again(failure) => Some(failure.to_string()),
    };
    let told = answer.items.iter().filter_map(text).collect();
    let mut receipt = Receipt::default();
    receipt.add(&assets, answer).map(|_| (receipt, told))
}

/// Every asset is accepted, refused or to come again, each is one of these, and the findings are those of the accepted ones.
fn adds_up(receipt: &Receipt) {
    let mut accepted: BTreeMap<&str, u64> = FINDINGS.into();
    for refusal in &receipt.refused {
        assert!(
            accepted.remove(refusal.asset.as_str()).is_some(),
            "refused twice or never sent: {refusal:?}"
        );
        assert!(!refusal.reason.is_empty(), "refused without a reason: {refusal:?}");
        assert!(refusal.reason.chars().count() < 1_500, "a reason without end: {refusal:?}");
    }
    for asset in &receipt.again {
        assert!(accepted.remove(asset.as_str()).is_some(), "refused too, or never sent: {asset:?}");
    }
    assert_eq!(receipt.accepted, accepted.len() as u64, "an asset is lost or counted twice: {receipt:?}");
    assert_eq!(receipt.findings, accepted.values().sum::<u64>(), "findings of others: {receipt:?}");
}

/// Whether a success that the sync endpoint answered holds an error, by whatever name.
fn speaks_against(reply: &Reply) -> bool {
    if !reply.is_success() || !reply.is_plain() {
        return false;
    }
    let Some(answer) = Document::read(&reply.body) else { return false };
    let named = ["assetsError", "failed", "errors", "rejected", "error", "errorMessage"];
    let code = |code: &Document| match code {
        Document::Text(code) => {
            let code = code.to_uppercase();
            ["ERROR", "FAIL", "INVALID", "REJECT", "DENIED"].iter().any(|word| code.contains(word))
        }
        _ => false,
    };
    named.iter().any(|name| answer.all(name).any(Document::says_something))
        || answer.all("responseCode").any(code)
}

async fn test(etm: &QualysEtm) -> Vec<Failure> {
    let verdicts = etm.test().await.into_iter().map(|check| check.verdict);
    let failed = |verdict| if let CheckVerdict::Failed(failure) = verdict { Some(failure) } else { None };
    verdicts.filter_map(failed).inspect(is_told).collect()
}
