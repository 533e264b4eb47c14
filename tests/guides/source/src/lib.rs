//! Acme Sensors as a source, extracted from `docs/adding-a-source.md`.

include!(concat!(env!("OUT_DIR"), "/src/lib.rs"));
