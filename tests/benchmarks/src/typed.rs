//! The fields that the shipped maps read, as structs that borrow what they can.

use serde::Deserialize;
use std::borrow::Cow;

#[derive(Debug, Deserialize)]
pub(crate) struct Devices<'a> {
    #[serde(borrow)]
    pub(crate) devices: Vec<Device<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Relations<'a> {
    #[serde(borrow)]
    pub(crate) devices_vulnerabilities: Vec<Relation<'a>>,
}

type Text<'a> = Option<Cow<'a, str>>;
type Texts<'a> = Option<Vec<Text<'a>>>;

macro_rules! row {
    ($name:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "what counts is that it was parsed")]
        pub(crate) struct $name<'a> {
            $(#[serde(borrow, default)] $field: $kind,)*
        }
    };
}

row!(Device {
    uid: Text<'a>, ip_list: Texts<'a>, mac_list: Texts<'a>, first_seen_list: Texts<'a>, last_seen_list: Texts<'a>,
    device_name: Text<'a>, windows_last_seen_hostname: Text<'a>, site_name: Text<'a>, hw_version: Text<'a>,
    manufacturer: Text<'a>, model: Text<'a>, serial_number: Text<'a>, os_name: Text<'a>, os_category: Text<'a>,
    os_version: Text<'a>, device_category: Text<'a>, device_subcategory: Text<'a>, device_type: Text<'a>,
    machine_type: Text<'a>, mobility: Text<'a>, risk_score: Text<'a>,
});

row!(Relation {
    device_uid: Text<'a>, vulnerability_id: Text<'a>, vulnerability_cve_ids: Texts<'a>,
    vulnerability_relevance: Text<'a>, device_category: Text<'a>, device_site_name: Text<'a>,
    device_vulnerability_detection_date: Text<'a>, device_vulnerability_resolution_date: Text<'a>,
    vulnerability_name: Text<'a>, vulnerability_description: Text<'a>, vulnerability_last_updated: Text<'a>,
    vulnerability_adjusted_vulnerability_score_level: Text<'a>, vulnerability_sources: Option<Vec<Source<'a>>>,
    vulnerability_manufacturer_remediation_info: Texts<'a>,
});

row!(Source { name: Text<'a>, url: Text<'a> });
