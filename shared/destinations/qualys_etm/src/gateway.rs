//! The gateway's sync endpoint, as one user of one subscription.

use crate::response::{REASON_LENGTH, explain};
use crate::settings::QualysEtmSettings;
use crate::sign_in::GatewaySignIn;
use bytes::Bytes;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Channel, Decision, Mask, Meter, Response, Session, Throttling, Token};
use causeway_ports::Secrets;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// Qualys' own header first, as public clients do. Older Qualys APIs say 409 for "too many calls"; after a 429 that
/// names no pause, public clients wait a minute.
pub(crate) const THROTTLING: Throttling = Throttling {
    pause_headers: &["X-RateLimit-ToWait-Sec", "Retry-After"],
    other_status: Some((StatusCode::CONFLICT, Duration::from_secs(60))),
};
/// Subject of failures of the sync endpoint.
pub(crate) const SYNC: &str = "POST /rest/2.0/am/connector/asset/data/sync";
const SYNC_PATH: &str = "/rest/2.0/am/connector/asset/data/sync";

/// A response of the sync endpoint, and the mask for its texts: receipts keep reasons (I-12).
pub(crate) struct SyncResponse {
    pub(crate) response: Response,
    pub(crate) mask: Arc<Mask>,
}

/// The gateway of one subscription, as one API user.
pub(crate) struct Gateway {
    pub(crate) session: Session,
}

impl Gateway {
    pub(crate) fn new(channel: Channel, settings: &QualysEtmSettings, secrets: Arc<dyn Secrets>) -> Self {
        let sign_in = GatewaySignIn { username: settings.username.clone() };
        let session = Session::with_sign_in(channel, secrets, settings.password_secret.clone(), sign_in);
        Self { session }
    }

    /// Posts `body` to the sync endpoint. Returns each response that a retry or a new token cannot change.
    pub(crate) async fn sync(&self, body: Bytes, meter: &Meter) -> Result<SyncResponse, Failure> {
        self.session.call(SYNC, meter, |token| self.post(token, &body, meter)).await
    }

    async fn post(&self, token: Token, body: &Bytes, meter: &Meter) -> Result<SyncResponse, Failure> {
        let channel = self.session.channel();
        let request = token.authorize(channel.request(Method::POST, SYNC_PATH));
        let request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        let response = channel.send(SYNC, request, meter).await?;
        match response.decision() {
            Decision::SignIn => Err(refused_throughout(&token, &response)),
            Decision::Retry { .. } | Decision::RetryOnce => match response.refusal(SYNC, None) {
                Some(failure) => Err(failure),
                None => Ok(SyncResponse { response, mask: Arc::clone(token.mask()) }),
            },
            Decision::Done | Decision::Never => Ok(SyncResponse { response, mask: Arc::clone(token.mask()) }),
        }
    }
}

/// The failure of a 401, read only once newer tokens were refused as well: then the cause is not the token.
fn refused_throughout(token: &Token, response: &Response) -> Failure {
    let words = token.mask().line(&explain(&response.body), REASON_LENGTH);
    let detail = format!(
        "{}: {words}; sign-in succeeds, but this endpoint refuses the token: the subscription or the user may lack ETM \
         or API access",
        response.status
    );
    Failure::new(FailureKind::Unauthorized, SYNC, detail)
}
