//! The source model of Claroty xDome: which fields its maps may read, what the product's names mean on the wire, and
//! how a page becomes records.
//!
//! A map may name every field in two ways: as the API spells it (`asset_fields.txt`, `finding_fields.txt`, and tenant
//! columns `custom_attribute_*`), or as the product text does ([`ASSET_FIELDS`], [`FINDING_FIELDS`]). Nothing is dropped
//! silently: a row becomes records or a reject.

mod addresses;
mod answer;
mod body;
mod cves;
mod derived;
mod fields;
mod kept;
mod keys;
mod links;
mod page;
mod record;
mod row;
mod stream;
mod transform;
mod unread_row;

pub(crate) use answer::{Answer, Answers};
pub use body::list_name;
pub use fields::{ASSET_FIELDS, FINDING_FIELDS, ProductField};
pub(crate) use keys::Keys;
pub use stream::XdomeStream;
pub use transform::Transform;
pub(crate) use unread_row::UnreadRow;

/// The maps that come with Causeway, by the names that definitions use.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    SHIPPED
}

pub(crate) const SHIPPED: &[(&str, &str)] = &[
    ("claroty-xdome-asset", include_str!("../../maps/claroty-xdome-asset.toml")),
    ("claroty-xdome-host-asset", include_str!("../../maps/claroty-xdome-host-asset.toml")),
];
