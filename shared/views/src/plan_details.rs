//! Review of a plan before approval: what would be closed and where, and the reason for a single verdict.

use crate::sentences::{self, Sentence};
use crate::words;
use async_recursion::async_recursion;
use causeway_domain::delivery::{AssetDelivery, Phase};
use causeway_domain::layout::RunKeys;
use causeway_domain::page::Confirmation;
use causeway_domain::plan::{LedgerIndex, Plan, Rule, Verdict, VerdictRecord};
use causeway_domain::record::ClosedBy;
use causeway_domain::{
    ConnectionName, Failure, FailureKind, FindingKey, FindingStatus, Manifest, RunId, Stream,
};
use causeway_ledger::{Cursor, LedgerRecord, Line, damaged, segment};
use causeway_runs::{AnsweredQuestion, Engine, answered_question, plan_id, records, store};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Most records that an ambiguous name may match; people cannot distinguish more either.
const MATCHES: usize = 50;

/// A plan and what it would close.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanDetails {
    /// Its short id, to approve exactly this plan.
    pub id: String,
    /// The plan.
    pub plan: Plan,
    /// The findings that it closes by absence, and the assets that count as gone, in key order.
    pub closing: Vec<Closing>,
}

impl PlanDetails {
    /// Number of findings and assets it closes, by site and category.
    pub fn places(&self) -> Vec<ClosingAt> {
        let mut places: BTreeMap<[Option<&str>; 2], ClosingAt> = BTreeMap::new();
        for one in &self.closing {
            let place = [one.site.as_deref(), one.category.as_deref()];
            let at = places.entry(place).or_insert_with(|| ClosingAt {
                site: one.site.clone(),
                category: one.category.clone(),
                findings: 0,
                assets: 0,
            });
            *(if one.key.finding.is_empty() { &mut at.assets } else { &mut at.findings }) += 1;
        }
        places.into_values().collect()
    }
}

/// A finding that a plan closes by absence, or an asset that counts as gone; an asset has no finding id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closing {
    /// Its key.
    #[serde(flatten)]
    pub key: FindingKey,
    /// Site where it was last seen.
    pub site: Option<String>,
    /// Category of its device.
    pub category: Option<String>,
    /// Run that last saw it.
    pub last_seen: Option<RunId>,
    /// Complete runs in a row that missed it.
    pub missing: u32,
}

/// Findings and assets that a plan closes at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClosingAt {
    /// Site where they were last seen.
    pub site: Option<String>,
    /// Category of their devices.
    pub category: Option<String>,
    /// Number of findings.
    pub findings: u64,
    /// Number of assets.
    pub assets: u64,
}

/// All that is known about one verdict.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The finding; an empty finding id means the asset itself.
    #[serde(flatten)]
    pub key: FindingKey,
    /// The verdict.
    pub verdict: Verdict,
    /// The rule behind it; for an unchanged record it only says that it was seen or was closed before.
    pub rule: Option<Rule>,
    /// Its line in the ledger that the run started from.
    pub before: Option<LedgerState>,
    /// Its line in the plan's ledger.
    pub after: LedgerState,
    /// The direct query that the verdict is based on.
    pub question: Option<ConfirmingQuery>,
    /// The document to send, if any.
    pub sent: Option<Sent>,
    /// The reason for the verdict, in words.
    pub reason: &'static str,
    /// All of this in sentences.
    pub sentences: Vec<Sentence>,
}

/// One ledger line without its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerState {
    /// Status at the destination.
    pub status: FindingStatus,
    /// Closing date.
    pub fixed_on: Option<String>,
    /// The authority that closed it.
    pub closed_by: Option<ClosedBy>,
    /// Site where it was last seen.
    pub site: Option<String>,
    /// Category of its device.
    pub category: Option<String>,
    /// Run that first saw it.
    pub first_seen: RunId,
    /// Run that last saw it.
    pub last_seen: RunId,
    /// Complete runs in a row that missed it.
    pub missing: u32,
    /// Content hash: the fingerprint that distinguishes changed from unchanged.
    pub hash: String,
}

/// A direct query for missing records of one stream, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfirmingQuery {
    /// Number of the query.
    pub number: u32,
    /// When it was answered.
    pub at: Timestamp,
    /// Findings it queried.
    pub keys: usize,
    /// Control records, which are known to exist.
    pub controls: usize,
    /// Rows in the answer.
    pub rows: u64,
    /// Whether the answer can be trusted.
    pub trusted: bool,
}

/// A finding or asset inside a delivery.
#[derive(Debug, Clone, Serialize)]
pub struct Sent {
    /// Number of the delivery.
    pub delivery: u32,
    /// The document, before the destination's target profile.
    pub document: serde_json::Value,
}

/// The plan of `run`; `None` when it has made none.
///
/// # Errors
/// Those of the object store; `StoreDamaged` when parts of the plan are missing.
#[async_recursion]
pub async fn plan_details(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
) -> Result<Option<PlanDetails>, Failure> {
    let objects = engine.objects.as_ref();
    let Some(plan) = store::read::<Plan>(objects, &RunKeys::new(name, run).plan()).await? else {
        return Ok(None);
    };
    let id = plan_id(engine, name, run).await?.unwrap_or_default();
    let mut closing = Vec::new();
    if plan.findings.of(Verdict::Fixed) + plan.assets.of(Verdict::Gone) > 0 {
        let mut ledger = ledger(engine, &plan.ledger_index).await?;
        for list in &plan.verdicts {
            for verdict in records::<VerdictRecord>(engine, list).await? {
                if matches!(verdict.verdict, Verdict::Fixed | Verdict::Gone) {
                    closing.push(closing_of(&mut ledger, verdict).await?);
                }
            }
        }
    }
    Ok(Some(PlanDetails { id, plan, closing }))
}

/// Verdicts and ledger are both in key order, so the ledger is read once.
async fn closing_of(ledger: &mut Cursor, verdict: VerdictRecord) -> Result<Closing, Failure> {
    let (mut site, mut category) = (None, None);
    while let Some(line) = ledger.next().await? {
        let place = line.cmp_key(&verdict.key);
        if place.is_eq() {
            let known = known(&line)?;
            (site, category) = (known.site, known.category);
        }
        if place.is_ge() {
            break;
        }
    }
    let VerdictRecord { key, last_seen, missing, .. } = verdict;
    Ok(Closing { key, site, category, last_seen, missing })
}

/// Explains the verdicts of the plan of `run` on `wanted`: a finding id, an asset id, or both separated by a slash.
///
/// # Errors
/// `NotFound` when the run has no plan or no such record.
#[async_recursion]
pub async fn explain(
    engine: &Engine,
    (name, run): (&ConnectionName, &RunId),
    wanted: &str,
) -> Result<Vec<Explanation>, Failure> {
    let objects = engine.objects.as_ref();
    let keys = RunKeys::new(name, run);
    let unknown =
        |detail: &str| Failure::new(FailureKind::NotFound, format!("{wanted:?} in run {run}"), detail);
    let plan: Plan =
        store::read(objects, &keys.plan()).await?.ok_or_else(|| unknown("the run has made no plan"))?;
    let manifest: Manifest = store::require(objects, &keys.manifest()).await?;
    let found = matching(engine, &plan.ledger_index, wanted).await?;
    if found.is_empty() {
        return Err(unknown("neither this run nor the ledger knows a finding or asset of this id"));
    }
    let mut verdicts = verdicts_on(engine, &plan, &found).await?;
    let mut explanations = Vec::with_capacity(found.len());
    for (key, after) in found {
        let verdict = verdicts.remove(&key);
        let before = match &manifest.ledger {
            Some(ledger) => line(engine, &ledger.index, &key).await?,
            None => None,
        };
        let asked = verdict.as_ref().and_then(|verdict| verdict.confirmed_by);
        let question = match asked {
            Some(number) => {
                let stream = if key.finding.is_empty() { Stream::Assets } else { Stream::Findings };
                question(engine, (name, run), (stream, number)).await?
            }
            None => None,
        };
        let sent = sent(engine, &plan, &key).await?;
        let rule = verdict.as_ref().map(|verdict| verdict.rule);
        let verdict = verdict.map_or(Verdict::Unchanged, |verdict| verdict.verdict);
        let (reason, sentences) = (words::reason(Rule::Seen), Vec::new());
        let one = Explanation { key, verdict, rule, before, after, question, sent, reason, sentences };
        let one = Explanation { reason: sentences::reason(&one), ..one };
        explanations.push(Explanation { sentences: sentences::sentences(run, &one), ..one });
    }
    Ok(explanations)
}

async fn ledger(engine: &Engine, index: &str) -> Result<Cursor, Failure> {
    let index: LedgerIndex = store::require(engine.objects.as_ref(), index).await?;
    Ok(Cursor::new(&engine.objects, index.segments.into_iter().map(|segment| segment.key)))
}

fn known(line: &Line) -> Result<LedgerState, Failure> {
    let record: LedgerRecord<'_> =
        serde_json::from_slice(&line.text).map_err(|error| damaged("ledger record", &error.to_string()))?;
    let text = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    Ok(LedgerState {
        status: record.status,
        fixed_on: text(record.fixed_on),
        closed_by: record.closed_by,
        site: text(record.scope.site),
        category: text(record.scope.category),
        first_seen: record.first_seen,
        last_seen: record.last_seen,
        missing: record.missing,
        hash: record.hash.into_owned(),
    })
}

/// The ledger lines that `wanted` may denote. If it contains an asset id, only that part of the ledger is read.
async fn matching(
    engine: &Engine,
    index: &str,
    wanted: &str,
) -> Result<Vec<(FindingKey, LedgerState)>, Failure> {
    let objects = engine.objects.as_ref();
    let mut index: LedgerIndex = store::require(objects, index).await?;
    if let Some((asset, _)) = wanted.split_once('/') {
        index
            .segments
            .retain(|segment| segment.first.asset.as_str() <= asset && asset <= segment.last.asset.as_str());
    }
    let mut lines = Cursor::new(&engine.objects, index.segments.into_iter().map(|segment| segment.key));
    let mut found = Vec::new();
    while let Some(line) = lines.next().await? {
        let (asset, finding) = (line.asset(), line.finding());
        let whole = || wanted.strip_prefix(asset).and_then(|rest| rest.strip_prefix('/'));
        let asset_itself = finding.is_empty() && asset == wanted;
        if asset_itself || (!finding.is_empty() && (finding == wanted || whole() == Some(finding))) {
            found.push((line.key(), known(&line)?));
            if found.len() == MATCHES {
                break;
            }
        }
    }
    Ok(found)
}

async fn line(engine: &Engine, index: &str, key: &FindingKey) -> Result<Option<LedgerState>, Failure> {
    let index: LedgerIndex = store::require(engine.objects.as_ref(), index).await?;
    let holding = index.segments.into_iter().filter(|segment| segment.first <= *key && *key <= segment.last);
    let mut lines = Cursor::new(&engine.objects, holding.map(|segment| segment.key));
    while let Some(line) = lines.next().await? {
        if line.cmp_key(key).is_eq() {
            return known(&line).map(Some);
        }
    }
    Ok(None)
}

async fn verdicts_on(
    engine: &Engine,
    plan: &Plan,
    found: &[(FindingKey, LedgerState)],
) -> Result<BTreeMap<FindingKey, VerdictRecord>, Failure> {
    let mut verdicts = BTreeMap::new();
    for list in &plan.verdicts {
        for verdict in records::<VerdictRecord>(engine, list).await? {
            if found.binary_search_by(|(key, _)| key.cmp(&verdict.key)).is_ok() {
                verdicts.insert(verdict.key.clone(), verdict);
            }
        }
    }
    Ok(verdicts)
}

async fn question(
    engine: &Engine,
    run: (&ConnectionName, &RunId),
    (stream, number): (Stream, u32),
) -> Result<Option<ConfirmingQuery>, Failure> {
    let answered = answered_question(engine, run, (stream, number)).await?;
    Ok(answered.map(|AnsweredQuestion { missing, controls, answer }| ConfirmingQuery {
        number,
        at: answer.observed_at,
        keys: missing,
        controls,
        rows: answer.fetched,
        trusted: answer.confirmation == Some(Confirmation::Trusted),
    }))
}

/// The document of a finding or asset in the plan's deliveries, which are in asset order.
async fn sent(engine: &Engine, plan: &Plan, key: &FindingKey) -> Result<Option<Sent>, Failure> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        asset: Cow<'a, str>,
    }
    for delivery in plan.batches(Phase::Items) {
        let text = segment::get(engine.objects.as_ref(), &delivery.data).await?;
        let unreadable = |error: serde_json::Error| damaged(&delivery.data, &error.to_string());
        for line in segment::lines(&text) {
            let named: Named<'_> = serde_json::from_slice(&line).map_err(unreadable)?;
            match named.asset.as_ref().cmp(&key.asset) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Greater => return Ok(None),
                std::cmp::Ordering::Equal => {
                    let asset: AssetDelivery<'_> = serde_json::from_slice(&line).map_err(unreadable)?;
                    let document = match asset.findings.iter().find(|one| one.finding == key.finding) {
                        Some(finding) => finding.document()?,
                        None if key.finding.is_empty() => asset.document()?,
                        None => return Ok(None),
                    };
                    let document = serde_json::from_str(&document).map_err(unreadable)?;
                    return Ok(Some(Sent { delivery: delivery.number, document }));
                }
            }
        }
    }
    Ok(None)
}
