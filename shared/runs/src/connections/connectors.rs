//! The connectors and destinations that ship with Causeway.

use causeway_claroty_xdome::ClarotyXdome;
use causeway_domain::definition::{DestinationSettings, Registered, SourceSettings};
use causeway_domain::{Failure, FailureKind, Stream};
use causeway_files::Files;
use causeway_outbound::{Origin, Share};
use causeway_ports::source::Testable;
use causeway_ports::{Clock, Connectors, Destination, Ids, NamedTest, Objects, Secrets, Source};
use causeway_qualys_etm::QualysEtm;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Builds sources and destinations and keeps them by definition, so that limits and sign-ins are shared by all workers.
pub struct ShippedConnectors {
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    source_share: Share,
    destination_share: Share,
    files_in: Option<Arc<dyn Objects>>,
    /// Whether a system may be on the machine itself.
    loopback: bool,
    sources: Mutex<BTreeMap<String, Arc<dyn Source>>>,
    destinations: Mutex<BTreeMap<String, Arc<dyn Destination>>>,
}

impl ShippedConnectors {
    /// Connectors that read secrets, time and ids from these ports.
    pub fn new(secrets: Arc<dyn Secrets>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self {
            secrets,
            clock,
            ids,
            source_share: Share::WHOLE,
            destination_share: Share::WHOLE,
            files_in: None,
            loopback: true,
            sources: Mutex::default(),
            destinations: Mutex::default(),
        }
    }

    /// The same, where this process is one of several that keep the limits of source and destination together.
    #[must_use]
    pub fn sharing(mut self, source: Share, destination: Share) -> Self {
        (self.source_share, self.destination_share) = (source, destination);
        self
    }

    /// The same, where the destination `files` writes objects, for want of a disk.
    #[must_use]
    pub fn with_files_in(mut self, objects: Arc<dyn Objects>) -> Self {
        self.files_in = Some(objects);
        self
    }

    /// The same, where no system can be on the machine itself: on that of a function there is only Lambda's own runtime.
    #[must_use]
    pub fn without_loopback(mut self) -> Self {
        self.loopback = false;
        self
    }

    /// Texts of the shipped maps and target profiles, by name.
    pub fn shipped_documents() -> Vec<(&'static str, &'static str)> {
        causeway_claroty_xdome::model::shipped()
            .iter()
            .chain(causeway_qualys_etm::shipped())
            .copied()
            .collect()
    }

    fn check_address(&self, setting: &str, origin: &Origin) -> Result<(), Failure> {
        if self.loopback || !origin.is_loopback() {
            return Ok(());
        }
        let detail = "is an address of the machine itself, where the functions of a stack find nothing; give the \
                      address that AWS reaches, with https";
        Err(Failure::new(FailureKind::DefinitionInvalid, format!("{setting} {origin}"), detail))
    }

    fn xdome(&self, registered: &Registered) -> Result<ClarotyXdome, Failure> {
        let SourceSettings::ClarotyXdome(settings) = &registered.definition.source;
        self.check_address("api_url", &Origin::new(&settings.api_url)?)?;
        let (secrets, clock, ids) =
            (Arc::clone(&self.secrets), Arc::clone(&self.clock), Arc::clone(&self.ids));
        ClarotyXdome::new(registered, secrets, clock, ids, self.source_share)
    }

    fn etm(&self, registered: &Registered) -> Result<QualysEtm, Failure> {
        if let DestinationSettings::QualysEtm(settings) = &registered.definition.destination {
            self.check_address("gateway_url", &Origin::new(&settings.gateway_url)?)?;
        }
        let (secrets, clock, ids) =
            (Arc::clone(&self.secrets), Arc::clone(&self.clock), Arc::clone(&self.ids));
        QualysEtm::new(registered, secrets, clock, ids, self.destination_share)
    }

    fn files(&self, registered: &Registered) -> Result<Files, Failure> {
        let clock = Arc::clone(&self.clock);
        match &self.files_in {
            Some(objects) => Files::in_objects(registered, Arc::clone(objects), clock),
            None => Files::new(registered, clock),
        }
    }
}

/// One definition, one source: the same text means the same settings, maps and secrets' names.
fn identity(registered: &Registered) -> String {
    let text = serde_json::to_vec(registered).unwrap_or_default();
    blake3::hash(&text).to_hex().to_string()
}

impl Connectors for ShippedConnectors {
    fn source(&self, registered: &Registered) -> Result<Arc<dyn Source>, Failure> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = identity(registered);
        if let Some(source) = sources.get(&identity) {
            return Ok(Arc::clone(source));
        }
        let source: Arc<dyn Source> = match registered.definition.source {
            SourceSettings::ClarotyXdome(_) => Arc::new(self.xdome(registered)?),
        };
        sources.insert(identity, Arc::clone(&source));
        Ok(source)
    }

    fn destination(&self, registered: &Registered) -> Result<Arc<dyn Destination>, Failure> {
        let mut destinations = self.destinations.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = identity(registered);
        if let Some(destination) = destinations.get(&identity) {
            return Ok(Arc::clone(destination));
        }
        let destination: Arc<dyn Destination> = match registered.definition.destination {
            DestinationSettings::QualysEtm(_) => Arc::new(self.etm(registered)?),
            DestinationSettings::Files(_) => Arc::new(self.files(registered)?),
        };
        destinations.insert(identity, Arc::clone(&destination));
        Ok(destination)
    }

    fn fields(&self, registered: &Registered) -> Result<Vec<(Stream, String)>, Failure> {
        match registered.definition.source {
            SourceSettings::ClarotyXdome(_) => Ok(self.xdome(registered)?.requested_fields()),
        }
    }

    fn tests(&self, registered: &Registered) -> Result<Vec<NamedTest>, Failure> {
        let source: Arc<dyn Testable> = match registered.definition.source {
            SourceSettings::ClarotyXdome(_) => Arc::new(self.xdome(registered)?),
        };
        let destination: Arc<dyn Testable> = match registered.definition.destination {
            DestinationSettings::QualysEtm(_) => Arc::new(self.etm(registered)?),
            DestinationSettings::Files(_) => Arc::new(self.files(registered)?),
        };
        let definition = &registered.definition;
        Ok(vec![
            (definition.source.connector().to_owned(), source),
            (definition.destination.name().to_owned(), destination),
        ])
    }
}
