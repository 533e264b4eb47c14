//! The receiver, as the list holds it.

use crate::{DESCRIPTOR, QualysEtm, TargetProfile};
use causeway_connector::{Profile, Reads, Receiver, Tools};
use causeway_domain::definition::Registered;
use causeway_domain::{Failure, Stream};
use std::sync::Arc;

/// Qualys ETM.
pub const RECEIVER: Receiver = Receiver {
    descriptor: &DESCRIPTOR,
    profile: Some(Profile {
        sections: TargetProfile::definitions,
        check: |name, text| TargetProfile::load(name, text).map(|_| ()),
    }),
    destination: |registered, tools, reads| Ok(Arc::new(build(registered, tools, reads)?)),
    test: |registered, tools, reads| Ok(Arc::new(build(registered, tools, reads)?)),
};

fn build(registered: &Registered, tools: &Tools, reads: Reads) -> Result<QualysEtm, Failure> {
    let Tools { secrets, clock, ids, destination_share, .. } = tools;
    let reads_findings = reads.contains(&Stream::Findings);
    let (secrets, clock, ids) = (Arc::clone(secrets), Arc::clone(clock), Arc::clone(ids));
    QualysEtm::new(registered, reads_findings, secrets, clock, ids, *destination_share)
}
