//! What sources and destinations are built with.

use causeway_domain::definition::{Descriptor, Kind, Settings};
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Origin, Share};
use causeway_ports::{Clock, Ids, Objects, Secrets};
use std::sync::Arc;

/// Ports and limits of this process.
pub struct Tools {
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) source_share: Share,
    pub(crate) destination_share: Share,
    /// Where files become objects.
    pub(crate) files_in: Option<Arc<dyn Objects>>,
    /// Whether a system may be on the machine itself.
    pub(crate) loopback: bool,
}

impl Tools {
    /// Refuses addresses of the machine itself where no system can be there.
    pub(crate) fn check_addresses<F>(
        &self,
        descriptor: &Descriptor<F>,
        settings: &Settings,
    ) -> Result<(), Failure> {
        for (setting, address) in descriptor.texts(settings, |kind| matches!(kind, Kind::ApiUrl)) {
            let invalid = |detail: &str| {
                Failure::new(FailureKind::DefinitionInvalid, format!("{setting} {address}"), detail)
            };
            let origin = Origin::new(&address.parse().map_err(|_| invalid("is not an address"))?)?;
            if !self.loopback && origin.is_loopback() {
                let detail = "is an address of the machine itself, where the functions of a stack find nothing; give \
                              the address that AWS reaches, with https";
                let subject = format!("{setting} {origin}");
                return Err(Failure::new(FailureKind::DefinitionInvalid, subject, detail));
            }
        }
        Ok(())
    }
}
