//! The same job by what a user would pick instead, against the same vendor.

use crate::BoxError;
use crate::child::{Spent, measure};
use crate::pages::{map, settings};
use crate::plant::{Destination, Plant};
use causeway_claroty_xdome::model::Transform;
use causeway_domain::Stream;
use causeway_simulators::xdome::Token;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// Where the peers' interpreters were installed, and their programs.
#[derive(Debug, Clone, Copy)]
pub struct Places<'p> {
    /// The binary.
    pub causeway: &'p Path,
    /// Folder with one virtual environment per peer.
    pub tools: &'p Path,
    /// Folder of `dlt_xdome.py` and the others.
    pub programs: &'p Path,
}

/// One contestant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Peer {
    /// Name.
    pub name: &'static str,
    /// What it used.
    pub spent: Spent,
}

/// What all contestants used for `findings` findings, Causeway first.
///
/// # Errors
/// When one of them does not do the job.
pub async fn compare(places: Places<'_>, findings: u32) -> Result<Vec<Peer>, BoxError> {
    let loaded = Plant::new(places.causeway, findings, Destination::Files)?.run().await?;
    let plant = Plant::new(places.causeway, findings, Destination::Etm)?;
    let ran = plant.run().await?;
    let variables = [
        ("PEER_BASE_URL", plant.vendor_url().to_owned()),
        ("PEER_TOKEN", Token::DEFAULT.to_owned()),
        ("PEER_STREAMS", streams()?.to_string()),
    ];
    let program = |name: &str| places.programs.join(name).to_string_lossy().into_owned();
    let tool = |name: &str| places.tools.join(name).to_string_lossy().into_owned();
    let dlt = [tool("peer-dlt/bin/python"), program("dlt_xdome.py")];
    let dlt = measure(plant.folder(), &variables, &dlt)?;
    let config = plant.folder().join("target.json");
    std::fs::write(&config, json!({ "destination_path": plant.folder() }).to_string())?;
    let pipe = format!(
        "set -o pipefail; {} {} | {} --config {} >/dev/null",
        tool("peer-singer/bin/python"),
        program("tap_xdome.py"),
        tool("peer-target/bin/target-jsonl"),
        config.display()
    );
    let singer = measure(plant.folder(), &variables, &["bash", "-c", pipe.as_str()])?;
    Ok(vec![
        Peer { name: "Causeway: mapped, proven, into files", spent: loaded.spent },
        Peer { name: "Causeway: the same, and delivered to ETM", spent: ran.spent },
        Peer { name: "dlt: merge into DuckDB", spent: dlt },
        Peer { name: "Singer SDK: tap to target-jsonl", spent: singer },
    ])
}

/// The questions of the product, for the peers to send.
pub(crate) fn streams() -> Result<Value, BoxError> {
    let transform = Transform::new(&settings(), map(Stream::Assets)?, map(Stream::Findings)?)?;
    let categories = ["IoT", "IT", "Medical", "OT"];
    let stream = |stream, path: &str, list: &str, key: &[&str], retired: &str| {
        let order: Vec<_> = key.iter().map(|field| json!({ "field": field, "order": "asc" })).collect();
        let filter = json!({ "operation": "and", "operands": [
            { "field": "device_category", "operation": "in", "value": categories },
            { "field": retired, "operation": "in", "value": [false] },
        ]});
        let question =
            json!({ "fields": transform.request_fields(stream), "filter_by": filter, "sort_by": order });
        json!({ "path": path, "list": list, "key": key, "question": question })
    };
    let relations = "/api/v1/device_vulnerability_relations/";
    let pair = ["device_uid", "vulnerability_id"];
    Ok(json!({
        "devices": stream(Stream::Assets, "/api/v1/devices/", "devices", &["uid"], "retired"),
        "findings": stream(Stream::Findings, relations, "devices_vulnerabilities", &pair, "device_retired"),
    }))
}
