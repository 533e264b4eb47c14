//! Runs asked for by a token: the same token is the same run, whenever and however often it is sent.
//!
//! A run's id begins with its time, so the first call's time is written down under the token and holds for all of them.

use crate::connections::registry as connections;
use crate::{Engine, StartRequest, store};
use async_recursion::async_recursion;
use causeway_domain::layout::ConnectionKeys;
use causeway_domain::{ConnectionName, Failure, FailureKind, stored};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Bytes of a token at most.
const LONGEST: usize = 256;

#[derive(Serialize, Deserialize)]
struct Asked {
    at: Timestamp,
}

stored!(Asked);

/// What to start for `token`, which is chosen by the caller; without one, something that was never asked for.
///
/// # Errors
/// `NameInvalid` for a token that is empty or longer than 256 bytes; `NotFound` when there is no such connection.
#[async_recursion]
pub async fn request_of(
    engine: &Engine,
    name: &ConnectionName,
    token: Option<&str>,
) -> Result<StartRequest, Failure> {
    let now = engine.clock.now();
    let Some(token) = token else { return Ok(StartRequest { at: now, token: engine.ids.unique() }) };
    if token.is_empty() || token.len() > LONGEST {
        let detail = format!("it has {} bytes; 1 to {LONGEST} are allowed", token.len());
        return Err(Failure::new(FailureKind::NameInvalid, "token", detail));
    }
    // Nothing is to be written for a connection that is gone.
    connections::load(engine, name).await?;
    let key = ConnectionKeys(name).token(blake3::hash(token.as_bytes()).to_hex().as_str());
    store::create(engine.objects.as_ref(), &key, &Asked { at: now }).await?;
    let Asked { at } = store::require(engine.objects.as_ref(), &key).await?;
    // A name of its own kind, so that it is no other request of the same moment.
    Ok(StartRequest { at, token: format!("token {token}") })
}
