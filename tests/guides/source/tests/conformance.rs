//! The suite for sources, kept by the guide's connector.

include!(concat!(env!("OUT_DIR"), "/tests/conformance/main.rs"));
