//! Simulated vendor and destination servers with faults.
