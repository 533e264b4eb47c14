//! What every target does with its bytes.

use nix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// The most time of the processor one input may take; the fuzzer's own limit counts the time on the wall, which on a
/// busy machine says nothing.
const LONGEST: Duration = Duration::from_secs(5);

/// A fuzz target that tries a property.
#[macro_export]
macro_rules! target {
    ($property:path) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::in_time($property, bytes));
    };
}

/// Tries `property`; an input that takes too long breaks it.
pub fn in_time(property: fn(&[u8]), bytes: &[u8]) {
    let begin = processor_time();
    property(bytes);
    let took = processor_time().saturating_sub(begin);
    assert!(took < LONGEST, "{} bytes took {took:?}", bytes.len());
}

fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}
