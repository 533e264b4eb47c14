//! NDJSON files as a destination, for looking and for tests.
//!
//! A delivery becomes two files, `<folder>/<connection>/<run>/assets-<number>.ndjson` and `findings-<number>.ndjson`,
//! one JSON object a line. Each is written beside its place and renamed, so a reader never sees half a file, and a
//! delivery that is sent again replaces its files with the same bytes (I-9).

mod folder;
mod line;

use async_trait::async_trait;
use causeway_domain::definition::{DestinationSettings, Registered};
use causeway_domain::delivery::{BatchLimits, DeliveryFigures, Receipt};
use causeway_domain::page::Traffic;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::check::CheckVerdict;
use causeway_ports::destination::Batch;
use causeway_ports::{Check, Clock, Destination, Testable};
use folder::Folder;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The folder of one connection's `[destination.files]`.
pub struct Files {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
}

impl Files {
    /// The destination that `registered` describes. A relative folder is taken from the directory in which the program
    /// was started; it is created, with its parents, when the first batch arrives.
    ///
    /// # Errors
    /// `DefinitionInvalid` when the definition names another destination.
    pub fn new(registered: &Registered, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let DestinationSettings::Files(settings) = &registered.definition.destination else {
            return Err(Failure::new(
                FailureKind::DefinitionInvalid,
                format!("connection {}", registered.definition.name),
                "its destination is not `files`",
            ));
        };
        Ok(Self { folder: PathBuf::from(&settings.folder), clock })
    }

    async fn check<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Path) -> Result<T, Failure> + Send + 'static,
        seen: impl FnOnce(T) -> String,
    ) -> Check {
        let started = self.clock.now();
        let folder = self.folder.clone();
        let done = off_the_runtime(move || work(&folder)).await;
        let took = Duration::try_from(self.clock.now().duration_since(started)).unwrap_or_default();
        let (verdict, detail) = match done {
            Ok(value) => (CheckVerdict::Passed, seen(value)),
            Err(failure) => {
                let detail = failure.detail.clone();
                (CheckVerdict::Failed(failure), detail)
            }
        };
        Check { name: name.to_owned(), verdict, detail, took }
    }
}

#[async_trait]
impl Destination for Files {
    fn limits(&self) -> BatchLimits {
        BatchLimits { assets: 1000, findings: 10_000, bytes: 16 << 20 }
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Result<Receipt, Failure> {
        let (assets, findings) = line::lines(batch.assets)?;
        let folder = self.folder.join(batch.connection.as_str()).join(batch.run.as_str());
        let number = batch.number;
        off_the_runtime(move || {
            let folder = Folder::create(&folder)?;
            folder.replace(&format!("findings-{number:06}.ndjson"), findings.as_bytes())?;
            folder.replace(&format!("assets-{number:06}.ndjson"), assets.as_bytes())
        })
        .await?;
        let findings = batch.assets.iter().map(|asset| asset.findings.len() as u64).sum();
        Ok(Receipt {
            delivery: batch.number,
            attempt: 0,
            accepted: batch.assets.len() as u64,
            findings,
            refused: Vec::new(),
            traffic: Traffic::default(),
            figures: DeliveryFigures::default(),
        })
    }
}

#[async_trait]
impl Testable for Files {
    async fn test(&self) -> Vec<Check> {
        let created = self
            .check("Folder", |path| Folder::create(path)?.absolute(), |path| path.display().to_string())
            .await;
        let written = if matches!(created.verdict, CheckVerdict::Passed) {
            self.check(
                "Write",
                |path| Folder::create(path)?.probe(),
                |()| "a file was written and removed".to_owned(),
            )
            .await
        } else {
            Check {
                name: "Write".to_owned(),
                verdict: CheckVerdict::Skipped,
                detail: "there is no folder to write to".to_owned(),
                took: Duration::ZERO,
            }
        };
        vec![created, written]
    }
}

/// Runs blocking work beside the async workers.
async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Failure::new(
            FailureKind::StoreUnavailable,
            "files destination",
            format!("a write was broken off: {error}"),
        )
    })?
}
