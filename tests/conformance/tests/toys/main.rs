//! The suite for sources, kept by a toy source in each way of reading that no shipped source has yet, with a sign-in.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test, too"
)]

mod flaws;
mod rows;
mod source;
mod vendor;

use causeway_conformance::{Credential, Limits, Ports, SourceDriver, StreamShape, Way};
use causeway_domain::{Stream, VendorKey};
use source::Toy;
use vendor::{PASSWORD, Vendor};

/// A toy of one way: 0 for numbered pages, 1 for chains by id, 2 for a chain by cursor.
struct ToyDriver<const WAY: usize>(Vendor);

const WAYS: [Way; 3] = [Way::NumberedPages, Way::ChainsById, Way::ChainByCursor];

const fn items(way: Way) -> StreamShape {
    let (stream, path, list, key) = (Stream::Assets, "/items", "/items", &["id"]);
    StreamShape { stream, path, list, key, null_is_empty: false, way, asked_singly: true }
}

impl<const WAY: usize> SourceDriver for ToyDriver<WAY> {
    type Source = Toy;

    const SECRET: &'static str = PASSWORD;
    const CREDENTIAL: Credential = Credential::SignIn { header: "authorization", path: "/sign-in" };
    const LIMITS: Limits = Limits { per_second: 5, at_once: Some(2) };
    const STREAMS: &'static [StreamShape] = &[items(WAYS[WAY])];
    const ERRORS_IN_SUCCESS: &'static [&'static str] = &[r#"{"status":"failed","items":null}"#];

    async fn start(rows: usize) -> Self {
        Self(Vendor::start(rows).await)
    }

    fn address(&self) -> String {
        self.0.url.clone()
    }

    fn build(&self, address: &str, ports: &Ports) -> Toy {
        Toy::new(WAYS[WAY], address, ports, Self::LIMITS)
    }

    fn keys(&self, _: Stream) -> Vec<VendorKey> {
        self.0.ids("north").map(|id| VendorKey::new([id.to_string()])).collect()
    }

    fn out_of_scope(&self, _: Stream) -> Option<VendorKey> {
        self.0.ids("south").next().map(|id| VendorKey::new([id.to_string()]))
    }

    fn remove(&self, _: Stream, key: &VendorKey) {
        self.0.remove(key.texts()[0].parse().unwrap());
    }

    fn add(&self, _: Stream) {
        self.0.add_first();
    }

    fn expire_cursors(&self, _: Stream) {
        self.0.expire_cursors();
    }
}

mod numbered_pages {
    use super::*;
    causeway_conformance::source_suite!(ToyDriver<0>);
}

mod chains_by_id {
    use super::*;
    causeway_conformance::source_suite!(ToyDriver<1>);
}

mod chain_by_cursor {
    use super::*;
    causeway_conformance::source_suite!(ToyDriver<2>);
}
