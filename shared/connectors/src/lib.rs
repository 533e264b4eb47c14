//! The list of connectors and receivers. A connector is one value in it: its descriptor (name, documented settings,
//! shipped maps, facts), its source model, and how to build, test and try it.
//!
//! Nothing outside this crate and the vendors' folders names a vendor. Programs hand [`ShippedConnectors`] to what needs
//! it; nothing that they are built from depends on this crate. A new vendor is a crate and a value here.

mod claroty_xdome;
mod files;
mod list;
mod qualys_etm;
mod shipped;
mod tools;
mod trial;

pub use list::{Connector, Profile, Receiver, Try, catalog, connector, connectors, receivers};
pub use shipped::ShippedConnectors;
pub use tools::Tools;
pub use trial::{MapTrial, check_map, profile_for};
