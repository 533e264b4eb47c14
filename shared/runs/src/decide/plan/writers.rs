//! The three lists of a plan, written as they grow. What is full is packed and stored beside the work on the next.

use crate::Engine;
use causeway_ledger::background::{BackgroundTask, has_threads};
use causeway_ledger::segment::{self, SEGMENT_BYTES};

use causeway_domain::delivery::{AssetDelivery, BatchLimits, BatchSize, DeliveryPlan, Phase};
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::plan::LedgerSegment;
use causeway_domain::{Failure, FindingKey, Manifest};
use causeway_ledger::LedgerRecord;
use causeway_reconcile::{AssetLines, EntryLines, Judged};
use std::collections::VecDeque;
use std::sync::Arc;

/// Lists that are being packed and stored at once; each is as long as a segment or a batch.
const AT_ONCE: usize = 3;

/// The lists.
pub(super) struct Writers<'a> {
    engine: &'a Engine,
    manifest: &'a Manifest,
    limits: BatchLimits,
    phases: &'static [Phase],
    /// Whether these are the lists of a draft.
    drafted: bool,
    verdicts: Vec<u8>,
    ledger: Segment,
    batch: Batch,
    begun: VecDeque<(List, BackgroundTask<String>)>,
    numbers: [u32; 3],
    written: Written,
}

/// What was written.
#[derive(Default)]
pub(super) struct Written {
    pub(super) verdicts: Vec<String>,
    pub(super) segments: Vec<LedgerSegment>,
    pub(super) deliveries: Vec<DeliveryPlan>,
}

/// A list without its text.
enum List {
    Verdicts,
    Segment { range: (FindingKey, FindingKey), records: u64 },
    Delivery { number: u32, size: BatchSize },
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
    size: BatchSize,
}

impl<'a> Writers<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        manifest: &'a Manifest,
        (limits, phases): (BatchLimits, &'static [Phase]),
        drafted: bool,
    ) -> Self {
        Self {
            engine,
            manifest,
            limits,
            phases,
            drafted,
            verdicts: Vec::new(),
            ledger: Segment::default(),
            batch: Batch::default(),
            begun: VecDeque::new(),
            numbers: [0; 3],
            written: Written::default(),
        }
    }

    /// Writes what was decided on an asset.
    pub(super) async fn write(&mut self, judged: &Judged<'_>) -> Result<(), Failure> {
        judged.verdicts.iter().try_for_each(|verdict| segment::push_line(&mut self.verdicts, verdict))?;
        if self.verdicts.len() >= SEGMENT_BYTES {
            self.flush_verdicts().await?;
        }
        for record in &judged.ledger {
            segment::push_line(&mut self.ledger.text, record)?;
        }
        let key = |record: &LedgerRecord<'_>| FindingKey {
            asset: record.asset.to_string(),
            finding: record.finding.to_string(),
        };
        self.ledger.grown(judged.ledger.first().map(key), judged.ledger.last().map(key), judged.ledger.len());
        self.flush_full_ledger().await?;
        if let Some(delivery) = &judged.delivery {
            self.deliver(delivery).await?;
        }
        Ok(())
    }

    /// Where lines of an asset may be appended to the ledger; [`Self::copied`] tells of them.
    pub(super) fn ledger_text(&mut self) -> &mut Vec<u8> {
        &mut self.ledger.text
    }

    /// All lines of an asset were appended to the ledger.
    pub(super) async fn copied(&mut self, lines: &AssetLines) -> Result<(), Failure> {
        let entries = &lines.entries;
        let key = |entry: &EntryLines| entry.line().map(causeway_ledger::Line::key);
        self.ledger.grown(entries.first().and_then(key), entries.last().and_then(key), entries.len());
        self.flush_full_ledger().await
    }

    async fn deliver(&mut self, delivery: &AssetDelivery<'_>) -> Result<(), Failure> {
        let before = self.batch.text.len();
        segment::push_line(&mut self.batch.text, delivery)?;
        let bytes = self.batch.text.len() - before;
        let item = BatchSize { assets: 1, findings: delivery.findings.len(), bytes };
        // An asset is never split, so one that does not fit starts the next batch, however large it is.
        if !self.limits.admit(self.batch.size, item) {
            let line = self.batch.text.split_off(before);
            self.flush_batch().await?;
            self.batch.text = line;
        }
        self.batch.size += item;
        Ok(())
    }

    async fn flush_verdicts(&mut self) -> Result<(), Failure> {
        if self.verdicts.is_empty() {
            return Ok(());
        }
        let text = std::mem::take(&mut self.verdicts);
        let (number, drafted) = (self.next_number(0), self.drafted);
        let key_of = move |keys: Keys<'_>, hash: &str| match drafted {
            true => keys.run().draft_verdicts(number, hash),
            false => keys.run().verdicts(number, hash),
        };
        self.store(List::Verdicts, text, key_of).await
    }

    async fn flush_full_ledger(&mut self) -> Result<(), Failure> {
        if self.ledger.text.len() >= SEGMENT_BYTES { self.flush_ledger().await } else { Ok(()) }
    }

    async fn flush_ledger(&mut self) -> Result<(), Failure> {
        let Segment { text, records, range } = std::mem::take(&mut self.ledger);
        let Some(range) = range else { return Ok(()) };
        let number = self.next_number(1);
        let generation = self.manifest.generation;
        let list = List::Segment { range, records };
        self.store(list, text, move |keys, hash| keys.connection().ledger_segment(generation, number, hash))
            .await
    }

    async fn flush_batch(&mut self) -> Result<(), Failure> {
        let Batch { text, size } = std::mem::take(&mut self.batch);
        if size.assets == 0 {
            return Ok(());
        }
        let number = self.next_number(2);
        let list = List::Delivery { number, size };
        self.store(list, text, move |keys, hash| keys.run().delivery(number, hash)).await
    }

    fn next_number(&mut self, of: usize) -> u32 {
        let Some(next) = self.numbers.get_mut(of) else { return 0 };
        *next += 1;
        *next - 1
    }

    /// Begins to store a list, and waits for earlier ones where many are under way.
    async fn store(
        &mut self,
        list: List,
        text: Vec<u8>,
        key_of: impl FnOnce(Keys<'_>, &str) -> String + Send + 'static,
    ) -> Result<(), Failure> {
        let objects = Arc::clone(&self.engine.objects);
        let (connection, run) = (self.manifest.connection.clone(), self.manifest.run.clone());
        let stored = BackgroundTask::new(async move {
            let keys = RunKeys::new(&connection, &run);
            segment::put(objects.as_ref(), text, |hash| key_of(Keys(keys), hash)).await
        });
        self.begun.push_back((list, stored));
        self.wait_down_to(if has_threads() { AT_ONCE } else { 0 }).await
    }

    async fn wait_down_to(&mut self, under_way: usize) -> Result<(), Failure> {
        while self.begun.len() > under_way
            && let Some((list, stored)) = self.begun.pop_front()
        {
            let key = stored.done().await?;
            match list {
                List::Verdicts => self.written.verdicts.push(key),
                List::Segment { range: (first, last), records } => {
                    self.written.segments.push(LedgerSegment { key, first, last, records });
                }
                List::Delivery { number, size } => {
                    let (assets, findings) = (size.assets as u64, size.findings as u64);
                    let phase = Phase::Items;
                    self.written.deliveries.push(DeliveryPlan { number, data: key, assets, findings, phase });
                }
            }
        }
        Ok(())
    }

    /// Stores what is left.
    pub(super) async fn finish(mut self) -> Result<Written, Failure> {
        self.flush_verdicts().await?;
        self.flush_ledger().await?;
        self.flush_batch().await?;
        self.wait_down_to(0).await?;
        if self.phases.contains(&Phase::Links) {
            let links = DeliveryPlan::links(&self.written.deliveries);
            self.written.deliveries.extend(links);
        }
        Ok(self.written)
    }
}

/// The keys that a plan writes under.
struct Keys<'k>(RunKeys<'k>);

impl<'k> Keys<'k> {
    fn run(&self) -> RunKeys<'k> {
        self.0
    }

    fn connection(&self) -> ConnectionKeys<'k> {
        ConnectionKeys(self.0.connection)
    }
}

impl Segment {
    fn grown(&mut self, first: Option<FindingKey>, last: Option<FindingKey>, records: usize) {
        self.records += records as u64;
        let Some((first, last)) = first.zip(last) else { return };
        self.range = Some(match self.range.take() {
            Some((earliest, _)) => (earliest, last),
            None => (first, last),
        });
    }
}
