//! What holds after every run, however it went.

use super::World;
use causeway_domain::coverage::Evidence;
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::plan::LedgerIndex;
use causeway_domain::run::RunOutcome;
use causeway_domain::{
    ConnectionRecord, ConnectionState, FindingKey, FindingStatus, InterventionKind, Outcome, Series,
};
use causeway_ledger::LedgerRecord;
use causeway_ports::PutCondition;
use causeway_runs::RunDetails;
use std::collections::BTreeMap;

impl World {
    /// The connection's state.
    pub(crate) async fn record(&self) -> ConnectionRecord {
        causeway_runs::load(&self.engine, &self.name).await.unwrap().record
    }

    /// The committed ledger, line by line.
    pub(crate) async fn ledger(&self) -> BTreeMap<FindingKey, String> {
        let Some(pointer) = self.record().await.ledger else { return BTreeMap::new() };
        let stored =
            self.engine.objects.get(&pointer.index).await.unwrap().expect("the ledger's index is there");
        let index: LedgerIndex = serde_json::from_slice(&stored.body).unwrap();
        let mut ledger: BTreeMap<FindingKey, String> = BTreeMap::new();
        for segment in index.segments {
            let packed =
                self.engine.objects.get(&segment.key).await.unwrap().expect("its segments are there").body;
            let text = String::from_utf8(zstd::decode_all(packed.as_ref()).unwrap()).unwrap();
            assert_eq!(text.lines().count() as u64, segment.records);
            for line in text.lines() {
                let record: LedgerRecord<'_> = serde_json::from_str(line).unwrap();
                let key = FindingKey { asset: record.asset.to_string(), finding: record.finding.to_string() };
                assert!(segment.first <= key && key <= segment.last, "{key:?} lies in its segment");
                assert!(ledger.last_key_value().is_none_or(|(last, _)| *last < key), "{key:?} is in order");
                assert_eq!(record.status == FindingStatus::Open, record.fixed_on.is_none(), "{line}");
                ledger.insert(key, line.to_owned());
            }
        }
        ledger
    }

    /// Edits every line of the committed ledger.
    pub(crate) async fn rewrite_ledger(&self, edit: impl Fn(&mut LedgerRecord<'_>)) {
        let pointer = self.record().await.ledger.unwrap();
        let objects = &self.engine.objects;
        let index = objects.get(&pointer.index).await.unwrap().unwrap().body;
        let index: LedgerIndex = serde_json::from_slice(&index).unwrap();
        for segment in index.segments {
            let packed = objects.get(&segment.key).await.unwrap().unwrap().body;
            let text = String::from_utf8(zstd::decode_all(packed.as_ref()).unwrap()).unwrap();
            let edited = text.lines().map(|line| {
                let mut record: LedgerRecord<'_> = serde_json::from_str(line).unwrap();
                edit(&mut record);
                serde_json::to_string(&record).unwrap() + "\n"
            });
            let packed = zstd::bulk::compress(edited.collect::<String>().as_bytes(), 1).unwrap();
            objects.delete(&segment.key).await.unwrap();
            objects.put(&segment.key, packed.into(), PutCondition::IfAbsent).await.unwrap();
        }
    }

    /// The invariants of a run that has ended.
    pub(crate) async fn check(&self, details: &RunDetails, outcome: &RunOutcome) {
        for page in &details.pages {
            assert_eq!(page.fetched, page.mapped + page.rejected, "I-3: {page:?}");
            assert!(page.staged <= page.mapped, "a row makes at most one record here: {page:?}");
        }
        for stream in &details.coverage {
            assert_eq!(stream.fetched, stream.staged + stream.rejected, "I-3: {stream:?}");
            if stream.evidence != Evidence::Seams {
                continue;
            }
            let main = details
                .pages
                .iter()
                .filter(|p| p.page.stream == stream.stream && p.page.series == Series::Main);
            let planned = details
                .manifest
                .as_ref()
                .unwrap()
                .streams
                .iter()
                .find(|p| p.stream == stream.stream)
                .unwrap();
            assert_eq!(main.count(), planned.pages as usize, "I-2: {stream:?}");
        }
        self.ledger().await;
        let record = self.record().await;
        if record.current_run.as_ref() == details.manifest.as_ref().map(|manifest| &manifest.run) {
            let state = match outcome.outcome {
                Outcome::Complete | Outcome::Partial => ConnectionState::Processed,
                Outcome::Failed | Outcome::Held => ConnectionState::Errored,
            };
            assert_eq!((record.state, record.deadline), (state, None));
            self.check_commit(details, outcome, &record).await;
        }
        assert_eq!(outcome.outcome == Outcome::Complete, outcome.reasons.is_empty(), "{outcome:?}");
        assert_eq!(self.machine.next_visible_at().await, None, "I-10: nothing is left in a queue");
    }

    async fn check_commit(&self, details: &RunDetails, outcome: &RunOutcome, record: &ConnectionRecord) {
        let manifest = details.manifest.as_ref().unwrap();
        let keys = RunKeys::new(&self.name, &manifest.run);
        let committed = record.ledger.as_ref().filter(|ledger| ledger.run == manifest.run);
        // A run that failed while it delivered commits too: some of its plan has arrived.
        let approved = details.interventions.iter().any(|one| one.kind == InterventionKind::Approve);
        let begun = details.plan.as_ref().is_some_and(|plan| plan.held.is_empty() || approved);
        let applied = match outcome.outcome {
            Outcome::Complete | Outcome::Partial => true,
            Outcome::Failed => begun,
            Outcome::Held => false,
        };
        assert_eq!(committed.is_some(), applied, "only a plan that was carried out is committed");
        if !applied {
            assert_eq!(record.ledger, manifest.ledger, "the ledger is untouched");
        }
        let plan = details.plan.as_ref();
        if let Some(committed) = committed {
            assert_eq!(plan.map(|plan| &plan.ledger_index), Some(&committed.index), "I-4");
            assert_eq!(committed.generation, record.generation);
        }
        let plans = self.engine.objects.list(&keys.plan()).await.unwrap();
        assert!(plans.len() <= 1, "I-4");
        let ledgers = self.engine.objects.list(&ConnectionKeys(&self.name).ledgers()).await.unwrap();
        let own = format!("/{:06}/index-", manifest.generation);
        assert!(
            ledgers.iter().filter(|key| key.contains(&own)).count() <= 1,
            "planning twice plans the same"
        );
    }
}
