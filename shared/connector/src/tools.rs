//! What sources and destinations are built with.

use causeway_domain::definition::{Descriptor, Kind, Settings};
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Origin, Share};
use causeway_ports::{Clock, Ids, Objects, Secrets};
use std::sync::Arc;

/// Ports and limits of this process.
pub struct Tools {
    /// Secrets by name.
    pub secrets: Arc<dyn Secrets>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn Ids>,
    /// This process's part of the source's limits.
    pub source_share: Share,
    /// This process's part of the destination's limits.
    pub destination_share: Share,
    /// Where files become objects.
    pub files_in: Option<Arc<dyn Objects>>,
    /// Whether a system may be on the machine itself.
    pub loopback: bool,
}

impl Tools {
    /// Refuses addresses of the machine itself where no system can be there.
    ///
    /// # Errors
    /// `DefinitionInvalid` for such an address, and for a text that is no address.
    pub fn check_addresses<F>(&self, descriptor: &Descriptor<F>, settings: &Settings) -> Result<(), Failure> {
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
