//! Messages of every version that was ever written. A text below `messages/v<n>/` is frozen: it lay in somebody's queue,
//! so it is read for as long as version n is, and work that version n knows is still written so.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail a test, too")]

use causeway_domain::message::{MAX_BYTES, Message, OLDEST, VERSION, Work};
use causeway_domain::{FailureKind, Stream, WorkName};
use std::path::PathBuf;

fn frozen(version: u32) -> Vec<(String, String)> {
    let folder = PathBuf::from(format!("{}/tests/messages/v{version}", env!("CARGO_MANIFEST_DIR")));
    let mut texts: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    texts.sort();
    texts
}

fn refusal(body: &str) -> String {
    let failure = Message::parse(body).unwrap_err();
    assert_eq!(failure.kind, FailureKind::MessageInvalid, "{failure}");
    failure.to_string()
}

#[test]
fn every_message_of_the_versions_read_can_be_read() {
    for version in OLDEST..=VERSION {
        let texts = frozen(version);
        assert!(!texts.is_empty(), "version {version} has no texts");
        for (path, text) in texts {
            let message = Message::parse(&text).unwrap_or_else(|failure| panic!("{path}: {failure}"));
            assert_eq!((message.version, message.work.version()), (version, version), "{path}");
            assert_eq!(message.to_body(), text.trim_end(), "{path} is written otherwise");
        }
    }
}

#[test]
fn other_versions_are_refused_by_their_number_whatever_else_they_hold() {
    for version in [0, VERSION + 1, u32::MAX] {
        let told = refusal(&format!(r#"{{"version":{version},"something":"new"}}"#));
        assert!(told.contains(&format!("version {version} is not known")), "{told}");
    }
}

#[test]
fn what_is_no_message_is_refused_with_a_reason() {
    let huge = format!(r#"{{"version":1,"connection":"{}"}}"#, "x".repeat(MAX_BYTES));
    let cases = [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("hello", "expected value"),
        ("[]", "invalid"),
        ("{}", "missing field `version`"),
        (r#"{"version":"1"}"#, "invalid type"),
        (r#"{"version":2}"#, "missing field `connection`"),
        (r#"{"version":2,"connection":"../other"}"#, "is not a name"),
        (huge.as_str(), "more than the 262144 allowed"),
    ];
    for (body, reason) in cases {
        let told = refusal(body);
        assert!(told.contains(reason), "{body:.60}: {told}");
        assert!(told.len() < 400, "a reason is no copy of the message: {told}");
    }
    let (_, page) = frozen(1).remove(5);
    for (from, to) in
        [("plant-north", "../plant-south"), ("20261101T020000Z-0a1b2c3d", "../../x"), ("page", "wipe")]
    {
        refusal(&page.replacen(from, to, 1));
    }
}

#[test]
fn a_count_of_version_1_was_asked_for_by_a_page() {
    let text = r#"{"version":1,"connection":"plant-north","run":"20261101T020000Z-0a1b2c3d","generation":7,"work":{"kind":"page","page":{"stream":"findings","series":"recount","round":2,"number":0},"window":{"offset":0,"limit":1}}}"#;
    let work = Message::parse(text).unwrap().work;
    assert_eq!(work, Work::Count { stream: Stream::Findings, round: 2 });
}

#[test]
fn work_is_told_in_words_and_counted_from_one() {
    let told = [
        ("findings/main/000004", "findings, page 5"),
        ("assets/catch-up-1/000000", "assets, catch-up-1, page 1"),
        ("findings/confirm/000002", "findings, query 3"),
        ("findings/count/001", "findings, count at the end"),
        ("findings/recount-1/000000", "findings, count at the end"),
        ("delivery/000003", "batch 4"),
    ];
    for (name, words) in told {
        assert_eq!(WorkName::parse(name).unwrap().in_words(), words);
    }
    for name in ["check", "", "delivery/", "delivery/x", "findings/main", "findings/main/x", "a/b/c/d"] {
        assert_eq!(WorkName::parse(name), None, "{name}");
    }
}
