//! Ledger, staged records, coverage and policy in; plan out. Pure.
