//! NDJSON files as a destination, for inspection and for tests.
//!
//! A delivery becomes two files, `<folder>/<connection>/<run>/assets-<number>.ndjson` and `findings-<number>.ndjson`,
//! one JSON object a line. On a machine each is written under another name and renamed; in a stack each is one
//! object of its bucket, below `files/`. A reader never sees half a file, and a repeated delivery replaces its files with
//! the same bytes (I-9).

mod folder;
mod line;
mod place;
mod receiver;
mod settings;

pub use receiver::RECEIVER;
pub use settings::{DESCRIPTOR, FilesSettings};

use async_trait::async_trait;
use causeway_domain::Failure;
use causeway_domain::definition::Registered;
use causeway_domain::delivery::{BatchAnswer, BatchLimits};
use causeway_outbound::Checklist;
use causeway_ports::destination::Batch;
use causeway_ports::{Check, Clock, Destination, Objects, Testable};
use place::{Place, off_the_runtime};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// The folder of one connection's `[destination.files]`.
pub struct Files {
    place: Place,
    connection: String,
    clock: Arc<dyn Clock>,
}

impl Files {
    /// The destination that `registered` describes. A relative folder is resolved from the directory in which the program
    /// was started; the first batch creates it, with its parents.
    ///
    /// # Errors
    /// `DefinitionInvalid` when the definition names another destination.
    pub fn new(registered: &Registered, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let place =
            Place::Folder(PathBuf::from(&FilesSettings::of(&registered.definition.destination)?.folder));
        Ok(Self { place, connection: registered.definition.name.to_string(), clock })
    }

    /// The same in an object store: its files are objects below `files/<folder>/`.
    ///
    /// # Errors
    /// `DefinitionInvalid` when the definition names another destination, or a folder that is no plain relative path.
    pub fn in_objects(
        registered: &Registered,
        objects: Arc<dyn Objects>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let place = Place::within(objects, &FilesSettings::of(&registered.definition.destination)?.folder)?;
        Ok(Self { place, connection: registered.definition.name.to_string(), clock })
    }
}

#[async_trait]
impl Destination for Files {
    fn limits(&self) -> BatchLimits {
        BatchLimits { assets: 1000, findings: 10_000, bytes: 16 << 20 }
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Result<BatchAnswer, Failure> {
        let (assets, findings) = line::lines(batch.assets)?;
        let below = format!("{}/{}", batch.connection, batch.run);
        let number = batch.number;
        self.place.replace(&below, &format!("findings-{number:06}.ndjson"), findings).await?;
        self.place.replace(&below, &format!("assets-{number:06}.ndjson"), assets).await?;
        Ok(BatchAnswer::accepting(batch.assets.len()))
    }
}

#[async_trait]
impl Testable for Files {
    async fn test(&self) -> Vec<Check> {
        let mut checks = Checklist::new(Arc::clone(&self.clock));
        let place = self.place.clone();
        checks.check("Folder", off_the_runtime(move || place.create())).await;
        let probe = async {
            self.place.probe(&self.connection).await?;
            Ok("a file was written and removed".to_owned())
        };
        checks.check("Write", probe).await;
        checks.finish()
    }
}

/// The connection only.
impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("connection", &self.connection).finish_non_exhaustive()
    }
}
