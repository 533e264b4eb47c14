//! Acme Board as a destination, extracted from `docs/adding-a-receiver.md`.

include!(concat!(env!("OUT_DIR"), "/src/lib.rs"));
