//! One machine, one connection, one vendor, one receiver.

mod chains;
mod checks;
mod driver;
mod machine;
mod meanwhile;
mod power;
mod receiver;
mod role;
mod time;
mod vendor;

pub(crate) use chains::Way;
pub(crate) use meanwhile::Meanwhile;
pub(crate) use power::Power;
pub(crate) use receiver::{Answer, Receiver};
pub(crate) use role::by;
pub(crate) use vendor::{Act, Call, Row, Tables, Unusable, Vendor};

use causeway_domain::definition::{Definition, Registered};
use causeway_domain::plan::{Rule, Verdict, VerdictRecord};
use causeway_domain::run::RunOutcome;
use causeway_domain::{ConnectionName, Failure, FailureKind, Outcome, RunId};
use causeway_local::Home;
use causeway_ports::{Connectors, Destination, NamedTest, Source};
use causeway_runs::{
    Engine, Pacing, Person, Preview, PreviewRequest, Queues, StartRequest, Started, register,
};
use machine::{InMemory, Machine, OnDisk};
use std::sync::Arc;
use std::time::Duration;
use time::{CountedIds, FakeClock};

const DEFINITION: &str = r#"
name = "plant"

[source.claroty-xdome]
api_url = "https://vendor.example"
api_token_secret = "token"
page_size = 4

[destination.files]
folder = "out"
"#;

/// Everything a scenario plays with.
pub(crate) struct World {
    pub(crate) vendor: Arc<Vendor>,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) power: Arc<Power>,
    pub(crate) engine: Engine,
    pub(crate) name: ConnectionName,
    /// Handles every message twice.
    pub(crate) twice: bool,
    /// Boxed, because futures that hold a world are large enough.
    definition: Box<Definition>,
    machine: Arc<dyn Machine>,
    runs: u32,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) run: RunId,
    pub(crate) outcome: RunOutcome,
    pub(crate) verdicts: Vec<VerdictRecord>,
    /// Assets that were handed to the destination, in order.
    pub(crate) sent: Vec<String>,
}

impl World {
    /// A plant of four devices at two sites with three findings each, connected and never run.
    pub(crate) async fn new() -> Self {
        Self::on(|clock, ids| Arc::new(OnDisk::new(clock, ids))).await
    }

    /// The same on ports that keep everything in memory.
    pub(crate) async fn in_memory() -> Self {
        Self::on(|clock, ids| Arc::new(InMemory::new(clock, ids))).await
    }

    async fn on(machine: impl FnOnce(&Arc<FakeClock>, &Arc<CountedIds>) -> Arc<dyn Machine>) -> Self {
        let (clock, ids) = (Arc::<FakeClock>::default(), Arc::<CountedIds>::default());
        let machine = machine(&clock, &ids);
        let (vendor, receiver, power) =
            (Arc::<Vendor>::default(), Arc::<Receiver>::default(), Arc::<Power>::default());
        let queue = |name| power.queue(machine.queue(name));
        let engine = Engine {
            objects: power.objects(machine.objects()),
            queues: Queues { work: queue("work"), finalize: queue("finalize"), deliver: queue("deliver") },
            clock: Arc::clone(&clock) as _,
            ids,
            connectors: Arc::new(Scripted { vendor: Arc::clone(&vendor), receiver: Arc::clone(&receiver) }),
            pacing: Pacing { first_check: Duration::from_secs(1), longest_check: Duration::from_secs(30) },
        };
        let definition =
            Box::new(Definition::parse(DEFINITION, "plant.toml", causeway_connectors::catalog()).unwrap());
        let name = definition.name.clone();
        let mut world =
            Self { vendor, receiver, clock, power, engine, name, twice: false, definition, machine, runs: 0 };
        world.vendor.change(|tables| {
            for (asset, category, site) in [
                ("cam-1", "IoT", "South"),
                ("cam-2", "IoT", "South"),
                ("pump-1", "OT", "North"),
                ("pump-2", "OT", "North"),
            ] {
                tables.put_asset(asset, category, site);
                ["v1", "v2", "v3"].iter().for_each(|finding| tables.put(asset, finding));
            }
        });
        world.define(|_| {}).await;
        world
    }

    /// A plant whose first run has delivered everything.
    pub(crate) async fn settled() -> Self {
        Self::new().await.settle().await
    }

    /// Makes the first run.
    pub(crate) async fn settle(mut self) -> Self {
        self.run().await.is(Outcome::Complete);
        self
    }

    /// Edits the connection.
    pub(crate) async fn define(&mut self, edit: impl FnOnce(&mut Definition)) {
        edit(&mut self.definition);
        let registered = Registered {
            definition: (*self.definition).clone(),
            documents: Default::default(),
            versions: Default::default(),
        };
        register(&self.engine, &registered).await.unwrap();
    }

    /// The connection as it is defined now, with `edit` made.
    pub(crate) fn edited(&self, edit: impl FnOnce(&mut Definition)) -> Registered {
        let mut definition = (*self.definition).clone();
        edit(&mut definition);
        Registered { definition, documents: Default::default(), versions: Default::default() }
    }

    /// Previews a run, and checks that nothing was written and nothing sent.
    pub(crate) async fn preview(&self, request: &PreviewRequest) -> Result<Preview, Failure> {
        let (writes, sent) = (self.power.left(), self.receiver.sent().len());
        let folder = tempfile::tempdir().unwrap();
        let scratch = Home::open(&folder.path().join("scratch")).unwrap().objects();
        let preview =
            causeway_runs::preview(&self.engine, Arc::new(scratch), &self.name, request, &|_, _| {}).await;
        assert_eq!(self.power.left(), writes, "a preview writes nothing");
        assert_eq!(self.receiver.sent().len(), sent, "a preview sends nothing");
        preview
    }

    /// The request for run `number`, one hour after the other.
    pub(crate) fn request(&self, number: u32) -> StartRequest {
        StartRequest {
            at: time::START + Duration::from_secs(3600 * u64::from(number)),
            token: "schedule".to_owned(),
        }
    }

    /// Starts the next run.
    pub(crate) async fn start(&mut self) -> Result<Started, Failure> {
        self.runs += 1;
        self.clock.reach(self.request(self.runs).at);
        let scheduler = by("SchedulerRole", &self.engine);
        causeway_runs::start(&scheduler, &self.name, &self.request(self.runs)).await
    }

    /// The next run, from start to end, checked.
    pub(crate) async fn run(&mut self) -> Ended {
        let sent_before = self.receiver.sent().len();
        let started = self.start().await.unwrap();
        self.drain().await;
        self.ended(&started.run, sent_before).await
    }

    /// As [`Self::run`], as run `number`.
    pub(crate) async fn run_at(&mut self, number: u32) -> Ended {
        self.runs = number - 1;
        self.run().await
    }

    /// The end of `run`, checked; what was sent before is not its own.
    pub(crate) async fn ended(&self, run: &RunId, sent_before: usize) -> Ended {
        let details = causeway_runs::details(&self.engine, &self.name, run).await.unwrap();
        let outcome = details.outcome.clone().expect("every started run ends (I-11)");
        self.check(&details, &outcome).await;
        let verdicts = causeway_runs::verdicts(&self.engine, &self.name, run).await.unwrap();
        let sent = self.receiver.sent().split_off(sent_before);
        Ended { run: run.clone(), outcome, verdicts, sent }
    }
}

/// Who intervenes in scenarios.
pub(crate) fn anna() -> Person {
    Person { by: "anna".to_owned(), note: "looked at it".to_owned() }
}

impl Ended {
    /// The verdict on a finding, or on an asset when `finding` is empty; `None` is unchanged.
    pub(crate) fn verdict(&self, asset: &str, finding: &str) -> Option<(Verdict, Rule)> {
        let about = self.verdicts.iter().find(|v| v.key.asset == asset && v.key.finding == finding);
        about.map(|verdict| (verdict.verdict, verdict.rule))
    }

    /// Asserts how it ended; returns its reasons as one text.
    #[track_caller]
    pub(crate) fn is(&self, outcome: Outcome) -> String {
        assert_eq!(self.outcome.outcome, outcome, "{:#?}", self.outcome);
        self.outcome.reasons.join("\n")
    }
}

/// Makes the scripted vendor and the receiver of any definition.
struct Scripted {
    vendor: Arc<Vendor>,
    receiver: Arc<Receiver>,
}

impl Connectors for Scripted {
    fn catalog(&self) -> &causeway_domain::definition::Catalog {
        causeway_connectors::catalog()
    }

    fn source(&self, registered: &Registered) -> Result<Arc<dyn Source>, Failure> {
        Ok(Arc::new(vendor::Connected::new(Arc::clone(&self.vendor), registered)))
    }

    fn destination(&self, _: &Registered) -> Result<Arc<dyn Destination>, Failure> {
        Ok(Arc::clone(&self.receiver) as _)
    }

    fn tests(&self, _: &Registered) -> Result<Vec<NamedTest>, Failure> {
        Ok(Vec::new())
    }
}

pub(crate) fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "scripted", "as the scenario wants")
}
