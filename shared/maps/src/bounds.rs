//! What a map or target profile may be at most. Both come from people, some of them through the HTTP API, and are compiled
//! by the process that serves all connections: none may cost it its stack, its memory or its time.

/// Longest text, in bytes.
pub(crate) const LONGEST_TEXT: usize = 2 << 20;

/// Most `[[row]]`s.
pub(crate) const MOST_ROWS: usize = 1_000;

/// Most names in a path. Whatever follows a path calls itself once for each of them.
pub(crate) const MOST_SEGMENTS: usize = 32;

/// Longest path, in bytes.
pub(crate) const LONGEST_PATH: usize = 1_024;

/// Most keys in all lookup tables together.
pub(crate) const MOST_KEYS: usize = 50_000;

/// Most functions of a row.
pub(crate) const MOST_FUNCTIONS: usize = 16;

/// Most levels of a vendor's value that is copied as it is. Readers of JSON follow 128, the record around it included.
pub(crate) const MOST_LEVELS: usize = 64;
