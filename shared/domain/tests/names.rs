//! Names and keys: what prints parses to the same value, and nothing else parses.

use causeway_domain::delivery::Phase;
use causeway_domain::layout::{AttemptObject, ConnectionObject, Key, RunObject};
use causeway_domain::page::Chain;
use causeway_domain::{ConnectionName, Generation, MapName, PageId, RunId, Series, Stream, WorkName};
use proptest::prelude::*;

fn stream() -> impl Strategy<Value = Stream> {
    prop_oneof![Just(Stream::Assets), Just(Stream::Findings)]
}

fn page() -> impl Strategy<Value = PageId> {
    let chain = any::<(u16, u16)>().prop_map(|(lane, restart)| Series::Chain(Chain { lane, restart }));
    let catch_up = any::<u16>().prop_map(Series::CatchUp);
    let series = prop_oneof![Just(Series::Main), chain, Just(Series::Confirm), catch_up];
    (stream(), series, any::<u32>()).prop_map(|(stream, series, number)| PageId { stream, series, number })
}

fn work() -> impl Strategy<Value = WorkName> {
    prop_oneof![
        page().prop_map(WorkName::Page),
        (stream(), any::<u16>()).prop_map(|(stream, round)| WorkName::Count(stream, round)),
        any::<u32>().prop_map(WorkName::Delivery),
    ]
}

fn hash() -> impl Strategy<Value = String> {
    "[0-9a-f]{16}"
}

fn attempt_object() -> impl Strategy<Value = AttemptObject> {
    prop_oneof![
        Just(AttemptObject::PagesQueued),
        (stream(), any::<u16>()).prop_map(|(stream, round)| AttemptObject::CatchUpQueued(stream, round)),
        page().prop_map(AttemptObject::LinkResent),
        Just(AttemptObject::QuestionsQueued),
        Just(AttemptObject::DeliveriesQueued(Phase::Items)),
        Just(AttemptObject::DeliveriesQueued(Phase::Links)),
        any::<u32>().prop_map(AttemptObject::Receipt),
        any::<(u32, u32)>().prop_map(|(number, nth)| AttemptObject::PartialReceipt(number, nth)),
        Just(AttemptObject::Undelivered),
        work().prop_map(AttemptObject::DeadLetter),
        Just(AttemptObject::Process),
        Just(AttemptObject::Outcome),
    ]
}

fn run_object() -> impl Strategy<Value = RunObject> {
    use RunObject::*;
    let single = prop_oneof![
        Just(Manifest),
        Just(Questions),
        Just(ControlSites(Stream::Assets)),
        Just(ControlSites(Stream::Findings)),
        Just(Coverage),
        Just(Schema),
        Just(Plan),
        Just(Draft),
    ];
    let merged = (stream(), any::<[u32; 3]>(), hash())
        .prop_map(|(stream, [pass, number, part], hash)| Merged { stream, pass, number, part, hash });
    prop_oneof![
        single,
        any::<u32>().prop_map(Intervention),
        page().prop_map(PageSummary),
        (page(), hash()).prop_map(|(page, hash)| PageData(page, hash)),
        (page(), hash()).prop_map(|(page, hash)| RawPage(page, hash)),
        (page(), hash()).prop_map(|(page, hash)| Rejects(page, hash)),
        (stream(), any::<u16>()).prop_map(|(stream, round)| Count(stream, round)),
        (stream(), any::<u16>()).prop_map(|(stream, round)| CatchUp(stream, round)),
        merged,
        (stream(), any::<u32>()).prop_map(|(stream, number)| Question(stream, number)),
        (any::<u32>(), hash()).prop_map(|(number, hash)| DraftVerdicts(number, hash)),
        (any::<u32>(), hash()).prop_map(|(number, hash)| Verdicts(number, hash)),
        (any::<u32>(), hash()).prop_map(|(number, hash)| Delivery(number, hash)),
        (any::<u32>(), attempt_object()).prop_map(|(attempt, object)| Attempt(attempt, object)),
    ]
}

fn connection_object() -> impl Strategy<Value = ConnectionObject> {
    use ConnectionObject::*;
    prop_oneof![
        Just(Definition),
        Just(State),
        Just(Schedule),
        (any::<u64>(), any::<u32>(), hash()).prop_map(|(generation, number, hash)| LedgerSegment(
            Generation(generation),
            number,
            hash
        )),
        (any::<u64>(), hash()).prop_map(|(generation, hash)| LedgerIndex(Generation(generation), hash)),
        hash().prop_map(Replay),
        hash().prop_map(Token),
    ]
}

/// Names as people give them, also those that look like parts of a key.
fn connection() -> impl Strategy<Value = ConnectionName> {
    let name = prop_oneof!["[a-z][a-z0-9-]{0,30}[a-z0-9]", Just("runs".to_owned()), Just("pages".to_owned())];
    name.prop_filter_map("a name", |name| ConnectionName::parse(&name).ok())
}

fn run() -> impl Strategy<Value = RunId> {
    "20[0-9]{2}0[1-9][01][0-9]T[01][0-9][0-5][0-9][0-5][0-9]Z-[0-9a-f]{8}"
        .prop_filter_map("a run id", |id| RunId::parse(&id).ok())
}

fn key() -> impl Strategy<Value = Key> {
    let map = "[a-z][a-z0-9-]{0,20}[a-z0-9]".prop_filter_map("a name", |name| MapName::parse(&name).ok());
    prop_oneof![
        (connection(), connection_object()).prop_map(|(name, object)| Key::Connection(name, object)),
        (connection(), run(), run_object()).prop_map(|(name, run, object)| Key::Run(name, run, object)),
        (map, any::<u32>()).prop_map(|(name, version)| Key::Map(name, version)),
    ]
}

/// Texts near those that print: a printed one with a character put in, taken out or changed.
fn nearly(printed: &str, at: usize, with: char, how: u8) -> String {
    let mut text: Vec<char> = printed.chars().collect();
    let at = at % text.len().max(1);
    match how % 3 {
        0 => text.insert(at, with),
        1 => drop(text.remove(at)),
        _ => {
            text.remove(at);
            text.insert(at, with);
        }
    }
    text.into_iter().collect()
}

proptest! {
    #[test]
    fn a_name_of_work_prints_and_parses(work in work()) {
        prop_assert_eq!(WorkName::parse(&work.to_string()), Some(work));
    }

    #[test]
    fn a_page_prints_and_parses(page in page()) {
        prop_assert_eq!(PageId::parse(&page.to_string()), Some(page));
    }

    #[test]
    fn a_key_prints_and_parses(key in key()) {
        prop_assert_eq!(Key::parse(&key.to_string()), Some(key));
    }

    #[test]
    fn a_text_that_parses_is_what_prints(
        key in key(), at in any::<usize>(), with in any::<char>(), how in any::<u8>()
    ) {
        let text = nearly(&key.to_string(), at, with, how);
        if let Some(read) = Key::parse(&text) {
            prop_assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn any_text_at_all_parses_to_what_prints_it(text in "\\PC*") {
        for text in [text.clone(), format!("runs/a/20260101T000000Z-0a1b2c3d/{text}"), format!("connections/a/{text}")] {
            if let Some(read) = Key::parse(&text) {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}

#[test]
fn counts_that_earlier_versions_stored_as_pages_are_known() {
    let names = [
        "pages/findings/recount-0/000000.json",
        "raw/findings/recount-1/000000-00ff.json.zst",
        "catch-up/findings/recount-0/000000-1-queued.json",
        "failures-2/assets/recount-0/000000.json",
    ];
    for name in names {
        assert_eq!(RunObject::parse(name), Some(RunObject::FormerCount(name.to_owned())), "{name}");
    }
}

#[test]
fn pages_may_expire_and_nothing_else() {
    let page = PageId { stream: Stream::Findings, series: Series::Main, number: 1 };
    let hash = || "00ff".to_owned();
    let merged = RunObject::Merged { stream: Stream::Assets, pass: 1, number: 1, part: 1, hash: hash() };
    let expire = [
        RunObject::PageSummary(page),
        RunObject::PageData(page, hash()),
        RunObject::RawPage(page, hash()),
        merged,
    ];
    assert!(expire.iter().all(RunObject::may_expire));
    let kept = [
        RunObject::Manifest,
        RunObject::Plan,
        RunObject::Count(Stream::Assets, 0),
        RunObject::Delivery(1, hash()),
        RunObject::Attempt(0, AttemptObject::PagesQueued),
        RunObject::Attempt(0, AttemptObject::Undelivered),
    ];
    assert!(!kept.iter().any(RunObject::may_expire));
}
