//! The fields of one stream as maps see them.

use super::addresses;
use super::derived;
use super::fields::{ASSET_FIELDS, ASSET_WIRE, FINDING_FIELDS, FINDING_WIRE, ProductField};
use super::links::Link;
use crate::settings::XdomeSettings;
use causeway_domain::Stream;
use causeway_maps::{SourceField, SourceModel};
use std::borrow::Cow;

/// The source model of one stream.
#[derive(Debug, Clone)]
pub struct XdomeStream {
    stream: Stream,
    finding_url: Option<Link>,
    finding_detection_url: Option<Link>,
}

impl XdomeStream {
    /// The model of `stream` with the links of `settings`.
    pub fn new(stream: Stream, settings: &XdomeSettings) -> Self {
        let link = |template: &str| Link::new(template, settings.dashboard_url.as_ref());
        Self {
            stream,
            finding_url: link(&settings.links.finding_url),
            finding_detection_url: link(&settings.links.finding_detection_url),
        }
    }

    /// The model of `stream` for a check of a map, which does not depend on links.
    pub fn without_links(stream: Stream) -> Self {
        Self { stream, finding_url: None, finding_detection_url: None }
    }

    fn documented(&self) -> &'static [ProductField] {
        match self.stream {
            Stream::Assets => ASSET_FIELDS,
            Stream::Findings => FINDING_FIELDS,
        }
    }

    fn wire_names(&self) -> &'static str {
        match self.stream {
            Stream::Assets => ASSET_WIRE,
            Stream::Findings => FINDING_WIRE,
        }
    }

    fn derived(&self, field: &ProductField) -> SourceField {
        let link = |link: &Option<Link>| {
            let link = link.clone();
            SourceField::derived(field.wire, move |inputs, out| {
                if let Some(link) = &link {
                    link.write(inputs, out);
                }
            })
        };
        match field.name {
            "ipv4_list" => SourceField::derived(field.wire, addresses::ipv4_list),
            "annotated_ip_list" => SourceField::derived(field.wire, addresses::annotated_ip_list),
            "mac_list" => SourceField::derived(field.wire, addresses::mac_list),
            "vulnerability_cve_id" => SourceField::derived(field.wire, derived::cve_field).per_part(),
            "references" => SourceField::derived(field.wire, derived::references),
            "findingUrl" => link(&self.finding_url),
            "findingDetectionURL" => link(&self.finding_detection_url),
            _ => SourceField::derived(field.wire, derived::finding_id_field).per_part(),
        }
    }
}

impl SourceModel for XdomeStream {
    fn field(&self, name: &str) -> Option<SourceField> {
        if let Some(field) = self.documented().iter().find(|field| field.name == name) {
            return Some(match (field.derived, field.wire) {
                (false, [wire]) => SourceField::copy(wire),
                _ => self.derived(field),
            });
        }
        let tenant_column = self.stream == Stream::Assets && name.starts_with("custom_attribute_");
        let known = tenant_column || self.wire_names().lines().any(|wire| wire == name);
        known.then(|| SourceField::copy(name))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let documented = self.documented().iter().map(|field| field.name);
        documented.chain(self.wire_names().lines()).map(Cow::Borrowed).collect()
    }

    fn always_read(&self) -> &[&'static str] {
        match self.stream {
            Stream::Assets => &["uid", "device_category", "site_name", "retired"],
            Stream::Findings => &[
                "device_uid",
                "vulnerability_id",
                "vulnerability_cve_ids",
                "vulnerability_relevance",
                "device_category",
                "device_site_name",
                "device_retired",
                "device_vulnerability_resolution_date",
            ],
        }
    }
}
