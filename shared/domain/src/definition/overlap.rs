//! Connections that write what another one writes.

use super::{DestinationSettings, SourceSettings, XdomeSettings};
use crate::Definition;

/// Conflicts between two connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// Both send to one connector of the receiver, from different sources: assets of one id become one asset.
    Connector,
    /// Both send to one connector, from one source.
    SourceAndConnector,
    /// Both carry the same records of one source to one receiver.
    Records,
}

impl Definition {
    /// How `other` overlaps with this connection, if it does.
    pub fn overlap(&self, other: &Self) -> Option<Overlap> {
        let same_source = self.source.address() == other.source.address();
        if self.destination.is_same_connector(&other.destination) {
            return Some(if same_source { Overlap::SourceAndConnector } else { Overlap::Connector });
        }
        let same_records = same_source
            && self.source.shares_records(&other.source)
            && self.destination.is_same_receiver(&other.destination);
        same_records.then_some(Overlap::Records)
    }
}

impl SourceSettings {
    /// Where it reads.
    pub fn address(&self) -> &str {
        let Self::ClarotyXdome(xdome) = self;
        xdome.api_url.as_str()
    }

    /// Whether findings are read as well as assets.
    pub fn reads_findings(&self) -> bool {
        let Self::ClarotyXdome(xdome) = self;
        xdome.data_to_sync == super::DataToSync::AssetsAndFindings
    }

    /// One address serves all customers of a region, so the token tells whose records these are.
    fn shares_records(&self, other: &Self) -> bool {
        let (Self::ClarotyXdome(one), Self::ClarotyXdome(two)) = (self, other);
        let category = |xdome: &XdomeSettings, category| xdome.device_categories.contains(category);
        one.api_token_secret == two.api_token_secret
            && one.retired_devices_only == two.retired_devices_only
            && one.device_categories.iter().any(|wanted| category(two, wanted))
    }
}

impl DestinationSettings {
    fn is_same_connector(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::QualysEtm(one), Self::QualysEtm(two)) => {
                one.connector_uuid.eq_ignore_ascii_case(&two.connector_uuid)
            }
            _ => false,
        }
    }

    fn is_same_receiver(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::QualysEtm(one), Self::QualysEtm(two)) => {
                one.gateway_url == two.gateway_url && one.username == two.username
            }
            (Self::Files(one), Self::Files(two)) => one.folder == two.folder,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(source: &str, destination: &str) -> Definition {
        let text = format!(
            "name = \"plant\"\n[source.claroty-xdome]\napi_token_secret = \"token\"\n{source}\n[destination.{destination}"
        );
        Definition::parse(&text, "plant.toml").unwrap()
    }

    #[test]
    fn one_connector_or_the_same_records_twice_are_an_overlap() {
        const XDOME: &str = "api_url = \"https://one.test\"";
        const OTHER: &str = "api_url = \"https://two.test\"";
        let etm = |uuid: &str| {
            format!(
                "qualys-etm]\ngateway_url = \"https://g.test\"\nusername = \"u\"\npassword_secret = \"p\"\nconnector_uuid = \"{uuid}\""
            )
        };
        let one = etm("a0000000-0000-4000-8000-000000000000");
        let upper = etm("A0000000-0000-4000-8000-000000000000");
        let two = etm("b0000000-0000-4000-8000-000000000000");
        let (files, elsewhere) = ("files]\nfolder = \"out\"", "files]\nfolder = \"other\"");
        let (ot, it) = ("device_categories = [\"OT\"]", "device_categories = [\"IT\"]");
        let part = |rest: &str| format!("{XDOME}\n{rest}");
        let first = definition(XDOME, &one);
        assert_eq!(first.overlap(&definition(XDOME, &upper)), Some(Overlap::SourceAndConnector));
        assert_eq!(first.overlap(&definition(OTHER, &one)), Some(Overlap::Connector));
        assert_eq!(first.overlap(&definition(XDOME, &two)), Some(Overlap::Records));
        assert_eq!(first.overlap(&definition(OTHER, &two)), None);
        assert_eq!(first.overlap(&definition(XDOME, files)), None);
        let parts = |a: &str, b: &str| definition(&part(a), &one).overlap(&definition(&part(b), &two));
        assert_eq!(parts(ot, it), None);
        assert_eq!(parts(ot, "retired_devices_only = true"), None);
        assert_eq!(parts(ot, "data_to_sync = \"assets\""), Some(Overlap::Records));
        assert_eq!(definition(XDOME, files).overlap(&definition(XDOME, files)), Some(Overlap::Records));
        assert_eq!(definition(XDOME, files).overlap(&definition(XDOME, elsewhere)), None);
        let mut stranger = definition(XDOME, &two);
        let SourceSettings::ClarotyXdome(xdome) = &mut stranger.source;
        "another".clone_into(&mut xdome.api_token_secret);
        assert_eq!(first.overlap(&stranger), None, "another customer of the same region");
    }
}
