//! The tree is documented, and not buried in documentation.

use crate::tree;
use std::collections::BTreeMap;

#[test]
fn comments_are_a_tenth_or_a_little_more() {
    let mut crates: BTreeMap<String, Lines> = BTreeMap::new();
    let mut all = Lines::default();
    for file in tree::rust() {
        let lines = Lines::of(&file.content);
        all.add(&lines);
        let owner =
            file.path.split("/src/").next().and_then(|p| p.split("/tests/").next()).unwrap_or_default();
        crates.entry(owner.to_owned()).or_default().add(&lines);
    }
    println!("comments and docs: {:.1} % of {} lines", all.share(), all.filled);
    for (name, lines) in &crates {
        println!("  {:5.1} % of {:6} lines  {name}", lines.share(), lines.filled);
    }
    assert!(
        (8.0..=25.0).contains(&all.share()),
        "comments and docs are {:.1} % of the lines that are not blank, and should be 8 to 25 %",
        all.share()
    );
}

#[derive(Default)]
struct Lines {
    filled: usize,
    comments: usize,
}

impl Lines {
    fn of(source: &str) -> Self {
        let filled = || source.lines().map(str::trim_start).filter(|line| !line.is_empty());
        Self { filled: filled().count(), comments: filled().filter(|line| line.starts_with("//")).count() }
    }

    fn add(&mut self, other: &Self) {
        self.filled += other.filled;
        self.comments += other.comments;
    }

    fn share(&self) -> f64 {
        self.comments as f64 * 100.0 / self.filled.max(1) as f64
    }
}
