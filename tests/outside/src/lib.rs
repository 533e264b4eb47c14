//! What holds whatever bytes come from outside.
//!
//! Each module has the property of one parser as a function of bytes that panics when it does not hold. `make fuzz`
//! searches for such bytes; the test of this crate replays the committed ones (`fuzz/corpus`, `fuzz/regressions`).
#![expect(clippy::expect_used, clippy::panic, reason = "a property that does not hold is told by a panic")]

mod connection;
mod definition;
mod document;
mod etm_answer;

mod loopback;
mod map;
mod message;
mod plant;
mod ports;
mod script;
mod store;
mod world;
mod xdome_answer;
mod xdome_page;

pub use definition::definition;
pub use etm_answer::etm_answer;
pub use map::map;
pub use message::message;
pub use store::store;
pub use xdome_answer::xdome_answer;
pub use xdome_page::xdome_page;

/// Panics when bytes break a property.
pub type Property = fn(&[u8]);

/// Every property by the name of its fuzz target and corpus.
pub const PROPERTIES: [(&str, Property); 7] = [
    ("definition", definition),
    ("etm_answer", etm_answer),
    ("map", map),
    ("message", message),
    ("store", store),
    ("xdome_answer", xdome_answer),
    ("xdome_page", xdome_page),
];

/// The text in front of the first line `mark`, and what follows it.
fn divided<'a>(text: &'a str, mark: &str) -> (&'a str, Option<&'a str>) {
    match text.split_once(&format!("\n{mark}\n")) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}
