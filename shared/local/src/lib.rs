//! The ports on one machine, durable across a kill -9.
