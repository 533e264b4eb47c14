//! Claroty xDome as a source: client, paging, limits, source model.
//!
//! The API accepts POST with a JSON body only, whatever method the table of the product text names. It refuses a whole
//! request for one unknown field name, and the vendor changes names. Refused fields are dropped and reported unless a
//! required target needs them.

mod client;
mod complaint;
mod confirmation;
mod connection_test;
mod connector;
mod descriptor;
mod division;
mod endpoint;
pub mod model;
mod offered_fields;
mod request;
mod settings;
mod source;

pub use connector::CONNECTOR;
pub use descriptor::DESCRIPTOR;
pub use settings::{
    DataToSync, DeviceCategory, LinkTemplates, SeverityMapping, SeverityRow, XdomeMaps, XdomeSettings,
};
pub use source::ClarotyXdome;
