//! Pages as the vendor sends them: the simulator's answers to the product's own requests.

use crate::BoxError;
use bytes::Bytes;
use causeway_claroty_xdome::XdomeSettings;
use causeway_claroty_xdome::model::{Transform, shipped};
use causeway_domain::Stream;
use causeway_simulators::xdome::{Token, XdomeConfig};
use causeway_simulators::{Running, XdomeControl, XdomeSimulator};
use serde_json::json;

/// Rows of a page, as a connection asks for without a setting.
const ROWS: usize = 1_000;

/// Answers with rows of one stream.
#[derive(Debug)]
pub struct Pages {
    /// Which stream.
    pub stream: Stream,
    /// The bodies.
    pub bodies: Vec<Bytes>,
    /// Rows in all of them.
    pub rows: u64,
}

impl Pages {
    /// Length of all bodies.
    pub fn bytes(&self) -> u64 {
        self.bodies.iter().map(|body| body.len() as u64).sum()
    }

    /// Reads `rows` rows of `stream` from a vendor who has so many, with the fields that the shipped maps read.
    ///
    /// # Errors
    /// When the simulator does not start or refuses the request.
    pub async fn read(stream: Stream, rows: u32) -> Result<Self, BoxError> {
        let vendor = vendor(stream, rows).await?;
        let settings = settings();
        let transform = Transform::new(&settings, map(Stream::Assets)?, map(Stream::Findings)?)?;
        let (path, order) = match stream {
            Stream::Assets => ("/api/v1/devices/", &["uid"][..]),
            Stream::Findings => {
                ("/api/v1/device_vulnerability_relations/", &["device_uid", "vulnerability_id"][..])
            }
        };
        let order: Vec<_> = order.iter().map(|field| json!({ "field": field, "order": "asc" })).collect();
        let client = reqwest::Client::builder().build()?;
        let mut pages = Self { stream, bodies: Vec::new(), rows: 0 };
        while pages.rows < u64::from(rows) {
            let question = json!({
                "fields": transform.request_fields(stream), "sort_by": order, "offset": pages.rows, "limit": ROWS,
            });
            let request = client.post(format!("{}{path}", vendor.base_url)).bearer_auth(Token::DEFAULT);
            let mut answer = request.json(&question).send().await?.error_for_status()?;
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                body.extend_from_slice(&chunk);
            }
            let read = transform.transform(stream, &body)?.fetched;
            if read == 0 {
                break;
            }
            pages.rows += read;
            pages.bodies.push(Bytes::from(body));
        }
        Ok(pages)
    }
}

async fn vendor(stream: Stream, rows: u32) -> Result<Running<XdomeControl>, BoxError> {
    let (devices, findings) = match stream {
        Stream::Assets => (rows, 0),
        // As in `run`: about fifty findings on a device.
        Stream::Findings => ((rows / 50).max(1), rows),
    };
    Ok(XdomeSimulator::start(XdomeConfig { devices, findings, ..XdomeConfig::default() }).await?)
}

/// Settings with both kinds of links, as a connection of a user has.
pub(crate) fn settings() -> XdomeSettings {
    let url = |text: &str| url::Url::parse(text).ok();
    XdomeSettings {
        dashboard_url: url("https://plant.xdome.example.com"),
        ..XdomeSettings::with_presets("https://api.example.com", "xdome-token")
            .unwrap_or_else(|_| unreachable!("both fields without a preset are given"))
    }
}

/// Name and text of the shipped map of `stream`.
pub(crate) fn map(stream: Stream) -> Result<(&'static str, &'static str), BoxError> {
    let wanted = match stream {
        Stream::Assets => "claroty-xdome-asset",
        Stream::Findings => "claroty-xdome-host-asset",
    };
    let found = shipped().iter().copied().find(|(name, _)| *name == wanted);
    found.ok_or_else(|| format!("there is no map {wanted}").into())
}
