//! The API's description, generated from the handlers.

use crate::{connections, plans, runs, secrets};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// The OpenAPI 3.1 document of the API, which `docs/openapi.json` has: `make openapi` writes it, and `/openapi.json` serves
/// it from there, so that no function carries the code that makes it.
pub fn document() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Causeway",
        description = "Connections, secrets and runs of one stack. Everything is JSON; what cannot be done is told as `Problem`."
    ),
    paths(
        connections::list, connections::show, connections::apply, connections::remove, connections::test,
        connections::starts, runs::preview, runs::list, runs::start, runs::show, plans::redrive, plans::show,
        plans::why, plans::approve, plans::discard, secrets::list, secrets::set, secrets::remove
    ),
    modifiers(&Token)
)]
struct Api;

/// The access token that every route asks for, with one of the scopes; a higher one includes the lower.
struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "Scopes: causeway/read looks, causeway/operate also starts and decides runs, causeway/admin also changes connections and secrets.",
            ))
            .build();
        if let Some(components) = document.components.as_mut() {
            components.add_security_scheme("token", SecurityScheme::Http(scheme));
        }
    }
}
