//! The suite for receivers, kept by the guide's receiver.

include!(concat!(env!("OUT_DIR"), "/tests/conformance/main.rs"));
