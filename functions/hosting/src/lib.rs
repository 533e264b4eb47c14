//! What every function shares: configuration, clients, logs, metrics, batches.
