//! The list of connectors and receivers, each a value that the vendor's crate exports.
//!
//! Nothing outside this crate and the vendors' folders names a vendor. Programs hand [`ShippedConnectors`] to what needs
//! it; nothing that they are built from depends on this crate. A new vendor is a crate and a line here.

mod list;
mod shipped;
mod trial;

pub use list::{List, catalog, connector};
pub use shipped::ShippedConnectors;
pub use trial::{check_map, profile_for};
