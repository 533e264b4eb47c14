//! Claroty xDome as a source: client, paging, limits, source model.
//!
//! The API takes POST with a JSON body and nothing else, whatever method the product text's table names. One unknown
//! field name refuses the whole request, and the vendor changes the names, so refused fields are dropped and reported
//! unless a required target needs them.

mod client;
mod complaint;
mod confirmation;
mod connection_test;
mod division;
mod endpoint;
mod joined_rows;
mod listing;
pub mod model;
mod offered_fields;
mod request;
mod source;

pub use source::ClarotyXdome;
