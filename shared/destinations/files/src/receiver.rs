//! The receiver, as the list holds it.

use crate::{DESCRIPTOR, Files};
use causeway_connector::{Receiver, Tools};
use causeway_domain::Failure;
use causeway_domain::definition::Registered;
use std::sync::Arc;

/// Files.
pub const RECEIVER: Receiver = Receiver {
    descriptor: &DESCRIPTOR,
    profile: None,
    destination: |registered, tools, _| Ok(Arc::new(build(registered, tools)?)),
    test: |registered, tools, _| Ok(Arc::new(build(registered, tools)?)),
};

fn build(registered: &Registered, tools: &Tools) -> Result<Files, Failure> {
    let clock = Arc::clone(&tools.clock);
    match &tools.files_in {
        Some(objects) => Files::in_objects(registered, Arc::clone(objects), clock),
        None => Files::new(registered, clock),
    }
}
