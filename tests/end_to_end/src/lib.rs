//! Whole-product suites over loopback servers and child processes.
