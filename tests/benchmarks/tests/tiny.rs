//! Every contestant does its work, and all do the same one.

use causeway_benchmarks::child::measure;
use causeway_benchmarks::pages::Pages;
use causeway_benchmarks::transform;
use causeway_domain::Stream;
use indicatif::ProgressBar;

#[tokio::test]
async fn all_contestants_go_through_the_same_pages() {
    for (stream, wanted) in [(Stream::Findings, 300), (Stream::Assets, 40)] {
        let pages = Pages::read(stream, wanted).await.unwrap();
        let figures = transform::measure(&pages, 1, &ProgressBar::hidden()).unwrap();
        let made: Vec<u64> = figures.contestants.iter().map(|contestant| contestant.made).collect();
        let [shipped, changed, longer, sonic, simd, typed, copied] = made[..] else { panic!("{made:?}") };
        assert!(shipped >= pages.rows && [changed, longer] == [shipped; 2], "{stream}: {made:?}");
        assert_eq!((sonic, simd), (pages.bodies.len() as u64, pages.bodies.len() as u64), "{stream}");
        assert_eq!((typed, copied), (pages.rows, pages.bytes()), "{stream}");
        assert!(figures.contestants.iter().all(|contestant| contestant.over_bare_parse > 0.0), "{figures:?}");
    }
}

#[test]
fn a_process_that_fails_is_told_with_what_it_printed() {
    let folder = tempfile::tempdir().unwrap();
    // `measure` calls the program that runs, which here is the test and not `bench`.
    let bench = env!("CARGO_BIN_EXE_bench");
    let report = folder.path().join("report.json");
    let done =
        std::process::Command::new(bench).args(["child", report.to_str().unwrap(), "--", "false"]).status();
    assert!(done.unwrap().success());
    let spent: causeway_benchmarks::child::Spent =
        serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    assert!(!spent.well && spent.peak_mib > 0.0, "{spent:?}");
    assert!(measure(folder.path(), &[], &["there-is-no-such-program"]).is_err());
}
