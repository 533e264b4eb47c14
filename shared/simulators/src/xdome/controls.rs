//! The endpoints under `/_simulator/`.

use super::vendor::Vendor;
use super::{Change, Token};
use crate::controls::{CHUNK, line, ndjson, read, shown};
use crate::faults::Fault;
use crate::wire::Reply;
use axum::body::Body;
use axum::http::{Method, Response};
use serde_json::json;
use std::sync::Arc;

pub(super) fn answer(
    vendor: &Arc<Vendor>,
    method: &Method,
    name: &str,
    query: Option<&str>,
    body: &[u8],
) -> Response<Body> {
    let answered = match (method, name) {
        (&Method::GET, "state") => Ok(shown(&vendor.state())),
        (&Method::GET, "truth") if query.is_some_and(|query| query.contains("stream=devices")) => {
            return devices(vendor);
        }
        (&Method::GET, "truth") => return findings(vendor),
        (&Method::POST, "changes") => {
            read::<Change>(body).and_then(|change| vendor.apply(&change)).map(|changed| shown(&changed))
        }
        (&Method::POST, "faults") => {
            read::<Vec<Fault>>(body).and_then(|faults| vendor.faults.replace(faults)).map(|()| json!({}))
        }
        (&Method::POST, "tokens") => read::<Vec<Token>>(body).map(|tokens| {
            vendor.door.replace(tokens);
            json!({})
        }),
        _ => return Reply::detail(404, "Not Found").response(),
    };
    match answered {
        Ok(value) => Reply::json(200, &value).response(),
        Err(wrong) => Reply::detail(400, wrong.to_string()).response(),
    }
}

fn findings(vendor: &Vendor) -> Response<Body> {
    let world = vendor.world();
    ndjson(move |piece| {
        let start = piece * CHUNK;
        let mut lines = String::new();
        let places = start..(start + CHUNK).min(world.relation_count());
        places.filter_map(|place| world.truth_finding(place)).for_each(|finding| line(&finding, &mut lines));
        (!lines.is_empty()).then_some(lines)
    })
}

fn devices(vendor: &Vendor) -> Response<Body> {
    let world = vendor.world();
    ndjson(move |piece| {
        let mut lines = String::new();
        world.truth_devices(piece * CHUNK, CHUNK).for_each(|device| line(&device, &mut lines));
        (!lines.is_empty()).then_some(lines)
    })
}
