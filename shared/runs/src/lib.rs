//! The use cases: start, fetch, finalize, deliver, test a connection.
