//! Limits of a map or target profile. Both come from people, some through the HTTP API, and the process that serves all
//! connections compiles them: none may exhaust its stack, memory or time.

/// Longest text, in bytes.
pub(crate) const LONGEST_TEXT: usize = 2 << 20;

/// Most `[[row]]`s.
pub(crate) const MOST_ROWS: usize = 1_000;

/// Most names in a path. Code that follows a path recurses once for each of them.
pub(crate) const MOST_SEGMENTS: usize = 32;

/// Longest path, in bytes.
pub(crate) const LONGEST_PATH: usize = 1_024;

/// Most keys in all lookup tables together.
pub(crate) const MOST_KEYS: usize = 50_000;

/// Most functions of a row.
pub(crate) const MOST_FUNCTIONS: usize = 16;

/// Deepest nesting of a vendor's value that is copied unchanged. JSON readers accept 128 levels, including the record
/// around it.
pub(crate) const MOST_LEVELS: usize = 64;
