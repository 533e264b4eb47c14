//! The table of routes.

use crate::caller::{require, straight, timed};
use crate::input::MAX_BODY;
use crate::problem::Problem;
use crate::scope::Scope;
use crate::size::bounded;
use crate::{connections, plans, runs, secrets};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, delete, get, post, put};
use causeway_hosting::Host;
use std::sync::Arc;

/// The description of the API; a test compares it with the handlers.
const DESCRIPTION: &str = include_str!("../../../docs/openapi.json");

/// A route.
struct Route {
    method: &'static str,
    path: &'static str,
    scope: Scope,
    handler: MethodRouter<Arc<Host>>,
}

fn all() -> Vec<Route> {
    use Scope::{Admin, Operate, Read};
    let mut routes = Vec::new();
    let mut route = |method, path, scope, handler| routes.push(Route { method, path, scope, handler });
    route("get", "/v1/connections", Read, get(connections::list));
    route("get", "/v1/connections/{connection}", Read, get(connections::show));
    route("put", "/v1/connections/{connection}", Admin, put(connections::apply));
    route("delete", "/v1/connections/{connection}", Admin, delete(connections::remove));
    route("post", "/v1/connections/{connection}/test", Operate, post(connections::test));
    route("get", "/v1/connections/{connection}/starts", Read, get(connections::starts));
    route("post", "/v1/connections/{connection}/preview", Operate, post(runs::preview));
    route("get", "/v1/connections/{connection}/runs", Read, get(runs::list));
    route("post", "/v1/connections/{connection}/runs", Operate, post(runs::start));
    route("get", "/v1/connections/{connection}/runs/{run}", Read, get(runs::show));
    route("post", "/v1/connections/{connection}/runs/{run}/redrive", Operate, post(plans::redrive));
    route("get", "/v1/connections/{connection}/runs/{run}/plan", Read, get(plans::show));
    route("get", "/v1/connections/{connection}/runs/{run}/plan/why", Read, get(plans::why));
    route("post", "/v1/connections/{connection}/runs/{run}/plan/approve", Operate, post(plans::approve));
    route("post", "/v1/connections/{connection}/runs/{run}/plan/discard", Operate, post(plans::discard));
    route("get", "/v1/secrets", Read, get(secrets::list));
    route("put", "/v1/secrets/{secret}", Admin, put(secrets::set));
    route("delete", "/v1/secrets/{secret}", Admin, delete(secrets::remove));
    routes
}

/// Method, path and scope of every route that requires one.
pub fn table() -> Vec<(&'static str, &'static str, &'static str)> {
    all().into_iter().map(|route| (route.method, route.path, route.scope.name())).collect()
}

/// The API over `host`. Its description is public; everything else requires a scope.
pub fn api(host: Arc<Host>) -> Router {
    let described = get(|| async { ([(CONTENT_TYPE, "application/json")], DESCRIPTION) });
    let routes = all().into_iter().fold(Router::new(), |router, Route { path, scope, handler, .. }| {
        router.route(path, handler.route_layer(from_fn_with_state(scope, require)))
    });
    routes
        .route("/openapi.json", described)
        .fallback(|| async { Problem::not_found("path", "there is no such route") })
        .method_not_allowed_fallback(|| async {
            Problem::request(StatusCode::METHOD_NOT_ALLOWED, "this path does not support this method")
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(straight))
        .layer(from_fn_with_state(Arc::clone(&host), timed))
        .layer(from_fn(bounded))
        .with_state(host)
}
