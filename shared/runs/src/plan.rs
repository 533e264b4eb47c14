//! Planning: one pass over staged records and ledger writes the next ledger, the verdicts and the deliveries, and
//! last of all the plan that puts them in force (I-4).

use crate::confirm::Absences;
use crate::groups::Groups;
use crate::ndjson::{self, SEGMENT_BYTES};
use crate::rejects::Blocked;
use crate::{Engine, store};
use causeway_domain::delivery::{AssetDelivery, BatchLimits, DeliveryPlan};
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::plan::{LedgerIndex, LedgerSegment, Plan};
use causeway_domain::record::LedgerRecord;
use causeway_domain::{Failure, FindingKey, Manifest, PageSummary};
use causeway_reconcile::{Arena, Judged, Policy, Tally, guards, judge, mutant};

/// Makes the plan, or reads the one that was made before.
pub(crate) async fn make(
    engine: &Engine,
    manifest: &Manifest,
    policy: &Policy,
    pages: &[PageSummary],
    blocked: &Blocked,
    absences: Absences,
) -> Result<Plan, Failure> {
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let limits = engine.connectors.destination(&manifest.definition)?.limits();
    let mut groups = Groups::new(engine, manifest, pages, blocked, absences).await?;
    let mut tally = Tally::default();
    let mut writers = Writers::new(engine, manifest, limits);
    while let Some(lines) = groups.next().await? {
        let mut arena = Arena::default();
        let judged = judge(policy, lines.group()?, &mut tally, &mut arena);
        writers.write(&judged).await?;
    }
    let written = writers.finish().await?;
    let index = LedgerIndex { segments: written.segments, open: tally.next_open() };
    let held = guards(policy, &manifest.definition.definition.guards, &tally);
    let plan = Plan {
        run: manifest.run.clone(),
        generation: manifest.generation,
        assets: tally.assets,
        findings: tally.findings,
        verdicts: written.verdicts,
        deliveries: written.deliveries,
        ledger_index: put_index(engine, manifest, &index).await?,
        held,
    };
    if mutant::on("rewrites-the-plan") {
        engine.objects.delete(&keys.plan()).await?;
    }
    store::create(engine.objects.as_ref(), &keys.plan(), &plan).await?;
    // Whoever wrote it first: that one counts.
    store::require(engine.objects.as_ref(), &keys.plan()).await
}

async fn put_index(engine: &Engine, manifest: &Manifest, index: &LedgerIndex) -> Result<String, Failure> {
    let text =
        serde_json::to_vec(index).map_err(|error| store::damaged("ledger index", &error.to_string()))?;
    let digest = blake3::hash(&text).to_hex();
    let hash = digest.get(..16).unwrap_or_default();
    let key = ConnectionKeys(&manifest.connection).ledger_index(manifest.generation, hash);
    store::create(engine.objects.as_ref(), &key, index).await?;
    Ok(key)
}

/// The three lists of a plan, written as they grow.
struct Writers<'a> {
    engine: &'a Engine,
    manifest: &'a Manifest,
    limits: BatchLimits,
    verdicts: Vec<u8>,
    ledger: Segment,
    batch: Batch,
    written: Written,
}

/// What was written.
#[derive(Default)]
struct Written {
    verdicts: Vec<String>,
    segments: Vec<LedgerSegment>,
    deliveries: Vec<DeliveryPlan>,
}

#[derive(Default)]
struct Segment {
    text: Vec<u8>,
    records: u64,
    range: Option<(FindingKey, FindingKey)>,
}

#[derive(Default)]
struct Batch {
    text: Vec<u8>,
    assets: u64,
    findings: u64,
}

impl<'a> Writers<'a> {
    fn new(engine: &'a Engine, manifest: &'a Manifest, limits: BatchLimits) -> Self {
        let (verdicts, ledger, batch, written) =
            (Vec::new(), Segment::default(), Batch::default(), Written::default());
        Self { engine, manifest, limits, verdicts, ledger, batch, written }
    }

    async fn write(&mut self, judged: &Judged<'_>) -> Result<(), Failure> {
        judged.verdicts.iter().try_for_each(|verdict| ndjson::push_line(&mut self.verdicts, verdict))?;
        if self.verdicts.len() >= SEGMENT_BYTES {
            self.flush_verdicts().await?;
        }
        for record in &judged.ledger {
            self.ledger.push(record)?;
        }
        if self.ledger.text.len() >= SEGMENT_BYTES {
            self.flush_ledger().await?;
        }
        if let Some(delivery) = &judged.delivery {
            self.deliver(delivery).await?;
        }
        Ok(())
    }

    async fn deliver(&mut self, delivery: &AssetDelivery<'_>) -> Result<(), Failure> {
        let before = self.batch.text.len();
        ndjson::push_line(&mut self.batch.text, delivery)?;
        let findings = delivery.findings.len() as u64;
        let full = self.batch.assets >= self.limits.assets as u64
            || self.batch.findings + findings > self.limits.findings as u64
            || self.batch.text.len() > self.limits.bytes;
        // An asset is never split, so one that does not fit starts the next batch, however large it is.
        if full && self.batch.assets > 0 {
            let line = self.batch.text.split_off(before);
            self.flush_batch().await?;
            self.batch.text = if mutant::on("drops-what-does-not-fit") { Vec::new() } else { line };
        }
        self.batch.assets += 1;
        self.batch.findings += findings;
        Ok(())
    }

    async fn flush_verdicts(&mut self) -> Result<(), Failure> {
        if self.verdicts.is_empty() {
            return Ok(());
        }
        let keys = RunKeys(&self.manifest.connection, &self.manifest.run);
        let number = self.written.verdicts.len() as u32;
        let text = std::mem::take(&mut self.verdicts);
        let key_of = |hash: &str| keys.verdicts(number, hash);
        self.written.verdicts.push(ndjson::put(self.engine.objects.as_ref(), &text, key_of).await?);
        Ok(())
    }

    async fn flush_ledger(&mut self) -> Result<(), Failure> {
        let Segment { text, records, range } = std::mem::take(&mut self.ledger);
        let Some((first, last)) = range else { return Ok(()) };
        let keys = ConnectionKeys(&self.manifest.connection);
        let number = self.written.segments.len() as u32;
        let key_of = |hash: &str| keys.ledger_segment(self.manifest.generation, number, hash);
        let key = ndjson::put(self.engine.objects.as_ref(), &text, key_of).await?;
        self.written.segments.push(LedgerSegment { key, first, last, records });
        Ok(())
    }

    async fn flush_batch(&mut self) -> Result<(), Failure> {
        let Batch { text, assets, findings } = std::mem::take(&mut self.batch);
        if assets == 0 {
            return Ok(());
        }
        let keys = RunKeys(&self.manifest.connection, &self.manifest.run);
        let number = self.written.deliveries.len() as u32;
        let key_of = |hash: &str| keys.delivery(number, hash);
        let data = ndjson::put(self.engine.objects.as_ref(), &text, key_of).await?;
        self.written.deliveries.push(DeliveryPlan { number, data, assets, findings });
        Ok(())
    }

    async fn finish(mut self) -> Result<Written, Failure> {
        self.flush_verdicts().await?;
        self.flush_ledger().await?;
        self.flush_batch().await?;
        Ok(self.written)
    }
}

impl Segment {
    fn push(&mut self, record: &LedgerRecord<'_>) -> Result<(), Failure> {
        ndjson::push_line(&mut self.text, record)?;
        self.records += 1;
        let key = FindingKey { asset: record.asset.to_string(), finding: record.finding.to_string() };
        self.range = Some(match self.range.take() {
            Some((first, _)) => (first, key),
            None => (key.clone(), key),
        });
        Ok(())
    }
}
