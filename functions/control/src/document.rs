//! The API's description, generated from the handlers.

use crate::{connections, plans, runs, secrets};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// The OpenAPI 3.1 document of the API, which `docs/openapi.json` has: `make openapi` writes it, and `/openapi.json` serves
/// it from there, so no function carries the code that generates it.
pub fn document() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Causeway",
        description = "Connections, secrets and runs of one stack. Everything is JSON; errors are returned as `Problem`."
    ),
    paths(
        connections::list, connections::show, connections::apply, connections::remove, connections::test,
        connections::starts, runs::preview, runs::list, runs::start, runs::show, plans::redrive, plans::show,
        plans::why, plans::approve, plans::discard, secrets::list, secrets::set, secrets::remove
    ),
    modifiers(&Token)
)]
struct Api;

/// The access token that every route requires, with one of the scopes; a higher scope includes the lower ones.
struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "Scopes: causeway/read reads, causeway/operate also starts runs and approves plans, causeway/admin also changes connections and secrets.",
            ))
            .build();
        if let Some(components) = document.components.as_mut() {
            components.add_security_scheme("token", SecurityScheme::Http(scheme));
        }
    }
}
