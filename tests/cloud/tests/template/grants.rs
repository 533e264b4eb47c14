//! Every key of the layout against every role's patterns: no pattern of one role spells another's object. In IAM `*` and
//! `?` stand for `/` too.

use crate::{deployed, template};
use causeway_cloud::call::Call;
use causeway_cloud::policy::{Statement, of_identity};
use causeway_domain::delivery::Phase;
use causeway_domain::layout::{ConnectionKeys, MapKeys, RunKeys, may_expire};
use causeway_domain::page::Chain;
use causeway_domain::{ConnectionName, Generation, MapName, PageId, RunId, Series, Stream, WorkName};
use std::collections::{BTreeMap, BTreeSet};

const LAYOUT: [&str; 3] = [
    include_str!("../../../../shared/domain/src/layout/connection.rs"),
    include_str!("../../../../shared/domain/src/layout/map.rs"),
    include_str!("../../../../shared/domain/src/layout/run.rs"),
];

/// Functions of the layout that make no key but a prefix, and the general one.
const NO_KEYS: [&str; 9] =
    ["prefix", "ledgers", "runs", "interventions", "pages", "counts", "receipts", "dead_letters", "key"];

/// Names that a pattern might take for a part of the layout.
const NAMES: [&str; 16] = [
    "plant-north",
    "a",
    "connections",
    "runs",
    "maps",
    "files",
    "pages",
    "raw",
    "rejects",
    "failures",
    "failures-01",
    "receipts",
    "ledger",
    "tokens",
    "state",
    "t00000000z-00000000",
];

const RUNS: [&str; 2] = ["20261101T020000Z-0a1b2c3d", "20000101T000000Z-ffffffff"];

const HASH: &str = "0123456789abcdef0123456789abcdef";

const ROLES: [&str; 5] = ["SchedulerRole", "WorkerRole", "FinalizerRole", "DelivererRole", "ControlRole"];

/// A key, the function of the layout that makes it, and the roles that write it. People with the operator's policy write
/// everything but delivered lines.
struct Key {
    of: &'static str,
    writers: &'static [&'static str],
    key: String,
}

const STARTS: &[&str] = &["SchedulerRole", "ControlRole"];
const DECIDES: &[&str] = &["SchedulerRole", "FinalizerRole", "ControlRole"];
const WORKER: &[&str] = &["WorkerRole"];
const FINALIZER: &[&str] = &["FinalizerRole"];
const DELIVERER: &[&str] = &["DelivererRole"];
const PEOPLE: &[&str] = &[];

fn all() -> Vec<Key> {
    let mut all = Vec::new();
    for name in NAMES {
        let map = MapName::parse(name).unwrap();
        all.push(Key { of: "version", writers: PEOPLE, key: MapKeys(&map).version(12) });
        let connection = ConnectionName::parse(name).unwrap();
        all.extend(of_connection(ConnectionKeys(&connection)));
        for run in RUNS {
            let run = RunId::parse(run).unwrap();
            let keys = RunKeys::new(&connection, &run);
            all.extend(of_run(keys));
            for attempt in [0, 1, 12] {
                all.extend(of_attempt(keys, attempt));
            }
        }
    }
    all
}

fn of_connection(keys: ConnectionKeys<'_>) -> Vec<Key> {
    let key = |of, writers, key| Key { of, writers, key };
    vec![
        key("definition", &["ControlRole"], keys.definition()),
        key("state", DECIDES, keys.state()),
        key("schedule", STARTS, keys.schedule()),
        key("token", STARTS, keys.token(HASH)),
        key("replay", PEOPLE, keys.replay(HASH)),
        key("ledger_segment", FINALIZER, keys.ledger_segment(Generation(7), 3, HASH)),
        key("ledger_index", FINALIZER, keys.ledger_index(Generation(7), HASH)),
    ]
}

fn pages() -> impl Iterator<Item = PageId> {
    let chain = Series::Chain(Chain { lane: 3, restart: 1 });
    let series = [Series::Main, chain, Series::CatchUp(2), Series::Confirm];
    let streams = [Stream::Assets, Stream::Findings];
    let numbers = [0, 1_000_000];
    streams.into_iter().flat_map(move |stream| {
        series.into_iter().flat_map(move |series| numbers.map(|number| PageId { stream, series, number }))
    })
}

fn of_run(keys: RunKeys<'_>) -> Vec<Key> {
    let key = |of, writers, key| Key { of, writers, key };
    let mut all = vec![
        key("manifest", STARTS, keys.manifest()),
        key("intervention", STARTS, keys.intervention(1)),
        key("merged", FINALIZER, keys.merged(Stream::Findings, 1, 2, 3, HASH)),
        key("catch_up", FINALIZER, keys.catch_up(Stream::Assets, 1)),
        key("count", WORKER, keys.count(Stream::Findings, 1)),
        key("confirm_index", FINALIZER, keys.confirm_index()),
        key("confirm_sites", FINALIZER, keys.confirm_sites(Stream::Findings)),
        key("confirm_sites", FINALIZER, keys.confirm_sites(Stream::Assets)),
        key("confirm", FINALIZER, keys.confirm(Stream::Findings, 3)),
        key("confirm", FINALIZER, keys.confirm(Stream::Assets, 3)),
        key("coverage", FINALIZER, keys.coverage()),
        key("schema", FINALIZER, keys.schema()),
        key("plan", FINALIZER, keys.plan()),
        key("verdicts", FINALIZER, keys.verdicts(3, HASH)),
        key("draft", FINALIZER, keys.draft()),
        key("draft_verdicts", FINALIZER, keys.draft_verdicts(3, HASH)),
        key("delivery", FINALIZER, keys.delivery(3, HASH)),
    ];
    for page in pages() {
        all.push(key("page_summary", WORKER, keys.page_summary(page)));
        all.push(key("page_data", WORKER, keys.page_data(page, HASH)));
        all.push(key("raw_page", WORKER, keys.raw_page(page, HASH)));
        all.push(key("page_rejects", WORKER, keys.page_rejects(page, HASH)));
    }
    all
}

fn of_attempt(run: RunKeys<'_>, attempt: u32) -> Vec<Key> {
    let keys = run.attempt(attempt);
    let key = |of, writers, key| Key { of, writers, key };
    let mut all = vec![
        key("catch_up_queued", FINALIZER, keys.catch_up_queued(Stream::Assets, 2)),
        key("dead_letter", WORKER, keys.dead_letter(WorkName::Count(Stream::Findings, 1))),
        key("pages_queued", STARTS, keys.pages_queued()),
        key("confirm_queued", FINALIZER, keys.confirm_queued()),
        key("deliveries_queued", FINALIZER, keys.deliveries_queued(Phase::Items)),
        key("deliveries_queued", FINALIZER, keys.deliveries_queued(Phase::Links)),
        key(
            "link_resent",
            FINALIZER,
            keys.link_resent(PageId {
                stream: Stream::Findings,
                series: Series::Chain(Chain { lane: 3, restart: 1 }),
                number: 12,
            }),
        ),
        key("receipt", DELIVERER, keys.receipt(3)),
        key("partial_receipt", DELIVERER, keys.partial_receipt(3, 2)),
        key("undelivered", DECIDES, keys.undelivered()),
        key("dead_letter", DELIVERER, keys.dead_letter(WorkName::Delivery(3))),
        key("process", PEOPLE, keys.process()),
        key("outcome", DECIDES, keys.outcome()),
    ];
    for page in pages() {
        all.push(key("dead_letter", WORKER, keys.dead_letter(WorkName::Page(page))));
    }
    all
}

/// Permissions of each role. Read once, because there are many keys.
struct Grants(BTreeMap<&'static str, Vec<Statement>>);

impl Grants {
    fn read() -> Self {
        let [plain, _] = deployed(&template());
        let on_objects = |role| {
            let mut statements = of_identity(&plain, role);
            statements.retain(|statement| statement.actions.iter().any(|action| action.starts_with("s3:")));
            (role, statements)
        };
        Self(ROLES.into_iter().chain(["Operator"]).map(on_objects).collect())
    }

    fn allow(&self, role: &str, action: &str, key: &str) -> bool {
        let call = Call::new(action, format!("arn:aws:s3:::plant-000000000000-eu-central-1/{key}"));
        self.0[role].iter().any(|statement| statement.allows(&call))
    }
}

#[test]
fn each_role_writes_its_own_objects_and_no_others() {
    let grants = Grants::read();
    for Key { of, writers, key } in all() {
        for role in ROLES {
            let writes = grants.allow(role, "s3:PutObject", &key);
            assert_eq!(writes, writers.contains(&role), "{role} and {key} ({of})");
            let tags = grants.allow(role, "s3:PutObjectTagging", &key);
            assert_eq!(tags, writes && may_expire(&key), "{role} tags {key} ({of})");
            let deletes = grants.allow(role, "s3:DeleteObject", &key);
            let retains = ["SchedulerRole", "WorkerRole", "DelivererRole"].contains(&role);
            assert!(!deletes || !retains, "{role} deletes {key} ({of})");
        }
        assert!(grants.allow("Operator", "s3:PutObject", &key), "{key} ({of})");
    }
    for role in ROLES {
        let writes = grants.allow(role, "s3:PutObject", "files/out/plant-north/assets-000003.ndjson");
        assert_eq!(writes, ["DelivererRole", "ControlRole"].contains(&role), "{role} and delivered lines");
    }
}

/// What the patterns rest on: an id of a run, and nothing else in a key, has a capital `T` and `Z`. A looser id was able to
/// spell a whole run by a pattern for its pages.
#[test]
fn a_forged_run_is_spelled_by_no_pattern() {
    let grants = Grants::read();
    for run in ["pages", "raw", "rejects", "failures-01", "receipts", "20261101-pages"] {
        for file in ["manifest.json", "plan.json", "outcome.json", "state.json", "pages/a/main/1.json"] {
            let key = format!("runs/plant-north/{run}/{file}");
            for role in ["WorkerRole", "DelivererRole", "SchedulerRole", "FinalizerRole"] {
                assert!(!grants.allow(role, "s3:PutObject", &key), "{role} and {key}");
            }
        }
    }
}

/// A new key of the layout must be added above, with those who write it.
#[test]
fn every_key_of_the_layout_is_tried() {
    let functions = LAYOUT.iter().flat_map(|source| source.split("pub fn ").skip(1));
    let keys =
        functions.filter_map(|rest| rest.split_once('{')).filter(|(head, _)| head.ends_with("-> String "));
    let names = keys.filter_map(|(head, _)| head.split('(').next());
    let made: BTreeSet<&str> = names.filter(|name| !NO_KEYS.contains(name)).collect();
    let tried: BTreeSet<&str> = all().iter().map(|key| key.of).collect();
    assert_eq!(tried, made);
}
