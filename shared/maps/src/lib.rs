//! Transform maps: parse, check, compile, apply.
