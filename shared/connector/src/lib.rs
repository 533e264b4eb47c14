//! The shape of a connector and of a receiver. Each vendor's crate exports one such value, and the list of connectors holds
//! them all.

mod tools;

pub use tools::Tools;

use causeway_domain::definition::{ConnectorDescriptor, ReceiverDescriptor, Registered, Settings};
use causeway_domain::{Failure, Stream};
use causeway_maps::{MapDefinition, MapErrors, SourceModel};
use causeway_ports::source::Explained;
use causeway_ports::{Destination, Source, Testable};
use std::sync::Arc;

/// A connector.
#[derive(Debug)]
pub struct Connector {
    /// Its settings, shipped documents and facts.
    pub descriptor: &'static ConnectorDescriptor,
    /// The fields that its maps may read, by stream.
    pub model: fn(Stream) -> Box<dyn SourceModel>,
    /// Compiles a map to apply it to recorded pages. Without settings the presets hold.
    pub trial: Try,
    /// Builds the source of a connection; nothing is sent yet.
    pub source: Build<dyn Source>,
    /// Builds its connection test.
    pub test: Build<dyn Testable>,
}

/// A receiver.
#[derive(Debug)]
pub struct Receiver {
    /// Its settings, shipped documents and facts.
    pub descriptor: &'static ReceiverDescriptor,
    /// Its target profiles, if it takes any.
    pub profile: Option<Profile>,
    /// Builds the destination of a connection; nothing is sent yet.
    pub destination: BuildReceiver<dyn Destination>,
    /// Builds its connection test.
    pub test: BuildReceiver<dyn Testable>,
}

/// Builds a part of a source from a definition. Its failures are those of the definition, such as `DefinitionInvalid`.
pub type Build<T> = fn(&Registered, &Tools) -> Result<Arc<T>, Failure>;

/// Builds a part of a destination from a definition, for a source that reads these streams.
pub type BuildReceiver<T> = fn(&Registered, &Tools, Reads) -> Result<Arc<T>, Failure>;

/// The streams that the source of a connection reads.
pub type Reads = &'static [Stream];

/// Compiles a map of a stream, given as (name, text).
pub type Try = fn(Option<&Settings>, Stream, (&str, &str)) -> Result<MapTrial, Failure>;

/// How target profiles are read.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// The sections of a profile, given by name and text.
    pub sections: fn(&str, &str) -> Result<Vec<MapDefinition>, MapErrors>,
    /// Finds all its mistakes.
    pub check: fn(&str, &str) -> Result<(), MapErrors>,
}

/// A compiled map, to be applied to recorded pages.
pub struct MapTrial {
    /// Name of the list of rows in an answer of the vendor.
    pub list: &'static str,
    /// Maps each row of an answer, or of a raw page that a run kept, and explains the result.
    pub explain: Box<Explain>,
}

type Explain = dyn Fn(&[u8]) -> Result<Vec<Explained>, Failure> + Send + Sync;
