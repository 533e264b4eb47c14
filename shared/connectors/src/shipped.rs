//! Sources and destinations of definitions, from the list.

use crate::list::{List, shipped};
use causeway_connector::Tools;
use causeway_domain::definition::{Catalog, Registered};
use causeway_domain::{Failure, Stream};
use causeway_outbound::Share;
use causeway_ports::{Clock, Connectors, Destination, Ids, NamedTest, Objects, Secrets, Source};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Builds sources and destinations and keeps them by definition, so that limits and sign-ins are shared by all workers.
pub struct ShippedConnectors {
    list: &'static List,
    tools: Tools,
    sources: Mutex<BTreeMap<String, Arc<dyn Source>>>,
    destinations: Mutex<BTreeMap<String, Arc<dyn Destination>>>,
}

impl ShippedConnectors {
    /// Connectors that read secrets, time and ids from these ports.
    pub fn new(secrets: Arc<dyn Secrets>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        let tools = Tools {
            secrets,
            clock,
            ids,
            source_share: Share::WHOLE,
            destination_share: Share::WHOLE,
            files_in: None,
            loopback: true,
        };
        Self { list: shipped(), tools, sources: Mutex::default(), destinations: Mutex::default() }
    }

    /// The same with the connectors and receivers of `list`.
    #[must_use]
    pub fn of_list(mut self, list: &'static List) -> Self {
        self.list = list;
        self
    }

    /// The same, where this process is one of several that keep the limits of source and destination together.
    #[must_use]
    pub fn sharing(mut self, source: Share, destination: Share) -> Self {
        (self.tools.source_share, self.tools.destination_share) = (source, destination);
        self
    }

    /// The same, where the destination `files` writes objects, because there is no disk.
    #[must_use]
    pub fn with_files_in(mut self, objects: Arc<dyn Objects>) -> Self {
        self.tools.files_in = Some(objects);
        self
    }

    /// The same, where no system can be on the machine itself: on that of a function there is only Lambda's own runtime.
    #[must_use]
    pub fn without_loopback(mut self) -> Self {
        self.tools.loopback = false;
        self
    }

    /// The streams that a connection reads, which its destination has to know.
    fn reads(&self, registered: &Registered) -> Result<&'static [Stream], Failure> {
        self.list.catalog().source(&registered.definition).map(|facts| facts.streams)
    }
}

/// Returns the cached instance for this definition, and calls `build` only if there is none. The cache key is the
/// definition's text, which covers settings, maps and names of secrets.
fn built_once<T: ?Sized>(
    built: &Mutex<BTreeMap<String, Arc<T>>>,
    registered: &Registered,
    build: impl FnOnce() -> Result<Arc<T>, Failure>,
) -> Result<Arc<T>, Failure> {
    let text = serde_json::to_vec(registered).unwrap_or_default();
    let identity = blake3::hash(&text).to_hex().to_string();
    let mut built = built.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = built.get(&identity) {
        return Ok(Arc::clone(known));
    }
    let new = build()?;
    built.insert(identity, Arc::clone(&new));
    Ok(new)
}

impl Connectors for ShippedConnectors {
    fn catalog(&self) -> &Catalog {
        self.list.catalog()
    }

    fn source(&self, registered: &Registered) -> Result<Arc<dyn Source>, Failure> {
        built_once(&self.sources, registered, || {
            let settings = &registered.definition.source;
            let connector = self.list.connector(settings)?;
            self.tools.check_addresses(connector.descriptor, settings)?;
            (connector.source)(registered, &self.tools)
        })
    }

    fn destination(&self, registered: &Registered) -> Result<Arc<dyn Destination>, Failure> {
        built_once(&self.destinations, registered, || {
            let settings = &registered.definition.destination;
            let receiver = self.list.receiver(settings)?;
            self.tools.check_addresses(receiver.descriptor, settings)?;
            (receiver.destination)(registered, &self.tools, self.reads(registered)?)
        })
    }

    fn fields(&self, registered: &Registered) -> Result<Vec<(Stream, String)>, Failure> {
        let source = self.source(registered)?;
        let fields = |&stream: &Stream| {
            let fields = source.mapped_fields(stream).into_iter();
            fields.map(move |field| (stream, field)).collect::<Vec<_>>()
        };
        Ok(self.reads(registered)?.iter().flat_map(fields).collect())
    }

    fn tests(&self, registered: &Registered) -> Result<Vec<NamedTest>, Failure> {
        let definition = &registered.definition;
        let connector = self.list.connector(&definition.source)?;
        let receiver = self.list.receiver(&definition.destination)?;
        self.tools.check_addresses(connector.descriptor, &definition.source)?;
        let source = (connector.test)(registered, &self.tools)?;
        self.tools.check_addresses(receiver.descriptor, &definition.destination)?;
        let destination = (receiver.test)(registered, &self.tools, self.reads(registered)?)?;
        Ok(vec![
            (connector.descriptor.name.to_owned(), source),
            (receiver.descriptor.name.to_owned(), destination),
        ])
    }
}
