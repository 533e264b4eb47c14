//! Planning: one pass over staged records and ledger writes the next ledger, the verdicts and the deliveries, and
//! last of all the plan that puts them in force (I-4).

mod writers;

use crate::decide::absences::Absences;
use crate::decide::groups::Groups;
use crate::decide::rejects::Blocked;
use crate::{Engine, store};
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::plan::{LedgerIndex, Plan};
use causeway_domain::{Failure, Manifest, PageSummary};
use causeway_reconcile::{Arena, AssetLines, Copies, Policy, Tally, guards, judge};
use writers::Writers;

/// The plan that the pages and the answers lead to.
pub(crate) async fn make(
    engine: &Engine,
    manifest: &Manifest,
    policy: &Policy,
    pages: &[PageSummary],
    blocked: &Blocked,
    absences: Absences,
) -> Result<Plan, Failure> {
    let mut groups = Groups::new(engine, manifest, pages, blocked, absences).await?;
    let mut pass = Pass::new(engine, manifest, policy, false)?;
    while let Some(lines) = groups.next().await? {
        pass.judge(lines).await?;
    }
    let (mut plan, index) = pass.end().await?;
    plan.ledger_index = put_index(engine, manifest, &index).await?;
    Ok(plan)
}

/// Puts the plan in force, if there is none; returns the one that is.
pub(crate) async fn put(engine: &Engine, manifest: &Manifest, plan: &Plan) -> Result<Plan, Failure> {
    let key = RunKeys::new(&manifest.connection, &manifest.run).plan();
    store::create(engine.objects.as_ref(), &key, plan).await?;
    // Whoever wrote it first: that one counts.
    store::require(engine.objects.as_ref(), &key).await
}

/// One pass over all assets, from which a plan comes.
pub(crate) struct Pass<'a> {
    manifest: &'a Manifest,
    policy: &'a Policy,
    tally: Tally,
    writers: Writers<'a>,
    copies: Copies<'a>,
}

impl<'a> Pass<'a> {
    /// Before the first asset; `drafted` when the plan may not be put in force.
    pub(crate) fn new(
        engine: &'a Engine,
        manifest: &'a Manifest,
        policy: &'a Policy,
        drafted: bool,
    ) -> Result<Self, Failure> {
        let destination = engine.connectors.destination(&manifest.definition)?;
        let receiver = (destination.limits(), destination.phases());
        let (writers, copies) = (Writers::new(engine, manifest, receiver, drafted), Copies::new(policy));
        Ok(Self { manifest, policy, tally: Tally::default(), writers, copies })
    }

    /// Decides the next asset and writes what comes of it.
    pub(crate) async fn judge(&mut self, lines: &AssetLines) -> Result<(), Failure> {
        if self.copies.take(lines, self.writers.ledger_text()) {
            return self.writers.copied(lines).await;
        }
        let mut arena = Arena::default();
        let judged = judge(self.policy, lines.group()?, &mut self.tally, &mut arena);
        self.writers.write(&judged).await
    }

    /// The plan and the index of its ledger, with everything that they name written.
    pub(crate) async fn end(mut self) -> Result<(Plan, LedgerIndex), Failure> {
        let (manifest, policy) = (self.manifest, self.policy);
        self.copies.finish(&mut self.tally)?;
        let written = self.writers.finish().await?;
        let index = LedgerIndex { segments: written.segments, open: self.tally.next_open() };
        let held = guards(policy, &manifest.definition.definition.guards, &self.tally);
        let plan = Plan {
            run: manifest.run.clone(),
            generation: manifest.generation,
            assets: self.tally.assets,
            findings: self.tally.findings,
            verdicts: written.verdicts,
            deliveries: written.deliveries,
            ledger_index: String::new(),
            held,
        };
        Ok((plan, index))
    }
}

/// Stores the index of a ledger that is planned; returns its key.
pub(crate) async fn put_index(
    engine: &Engine,
    manifest: &Manifest,
    index: &LedgerIndex,
) -> Result<String, Failure> {
    let text =
        serde_json::to_vec(index).map_err(|error| store::damaged("ledger index", &error.to_string()))?;
    let digest = blake3::hash(&text).to_hex();
    let hash = digest.get(..16).unwrap_or_default();
    let key = ConnectionKeys(&manifest.connection).ledger_index(manifest.generation, hash);
    store::create(engine.objects.as_ref(), &key, index).await?;
    Ok(key)
}
