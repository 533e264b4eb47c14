//! NDJSON files as a destination.
