//! The caller, as verified by API Gateway's JWT authorizer.

use crate::problem::Problem;
use crate::scope::Scope;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use causeway_hosting::Host;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use std::sync::Arc;

/// A verified caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Subject of the token; recorded with decisions about a run.
    pub(crate) subject: String,
}

/// Starts the invocation of a request, so that no vendor is waited for beyond its time limit.
pub(crate) async fn timed(State(host): State<Arc<Host>>, request: Request, next: Next) -> Response {
    if let Some(context) = request.lambda_context_ref() {
        host.begin(context);
    }
    next.run(request).await
}

/// Rejects a path that would be normalized to a different one. Paths are normalized on the way here: `a/../b` and
/// `a\\..\\b` become `b`, which the gateway did not see when it chose the route.
pub(crate) async fn straight(request: Request, next: Next) -> Result<Response, Problem> {
    let path = request.raw_http_path();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%/!$&'()*+,;=:@".contains(c);
    let dots = |part: &str| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if path.split('/').any(dots) || !path.chars().all(plain) {
        return Err(Problem::not_found("path", "it leaves its own prefix"));
    }
    Ok(next.run(request).await)
}

/// Rejects a caller without `scope`. The authorizer has checked the token; the scope is checked again here,
/// so a route that is configured too widely grants nothing.
pub(crate) async fn require(
    State(scope): State<Scope>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let context = request.extensions().get::<RequestContext>();
    let Some(RequestContext::ApiGatewayV2(context)) = context else {
        return Err(Problem::unauthenticated("the request did not come through the API gateway"));
    };
    let jwt = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
    let jwt = jwt.ok_or_else(|| Problem::unauthenticated("it has no verified token"))?;
    // The claims come from the token; the list next to them is what the gateway was configured to require.
    let claim = |name: &str| jwt.claims.get(name).map(String::as_str);
    let subject = claim("sub").filter(|subject| !subject.is_empty());
    let subject = subject.ok_or_else(|| Problem::unauthenticated("its token names no subject"))?.to_owned();
    let granted = claim("scope").or_else(|| claim("scp")).unwrap_or_default();
    let granted = granted.trim_start_matches('[').trim_end_matches(']').split([' ', ',']);
    let highest = granted.filter_map(|name| Scope::ALL.into_iter().find(|scope| scope.name() == name)).max();
    if highest < Some(scope) {
        return Err(Problem::forbidden(scope));
    }
    request.extensions_mut().insert(Caller { subject });
    Ok(next.run(request).await)
}
