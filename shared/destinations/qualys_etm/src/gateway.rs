//! The gateway's two calls: sign-in and sync, with tokens renewed in time and once more on a 401.

use crate::session::{Session, Token};
use bytes::Bytes;
use causeway_domain::definition::QualysEtmSettings;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Answer, Channel, Meter};
use causeway_ports::{Clock, Freshness, SecretText, Secrets};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;

/// Qualys' own header first, as public clients do.
pub(crate) const PAUSE_HEADERS: &[&str] = &["X-RateLimit-ToWait-Sec", "Retry-After"];
/// Subject of failures of the sync endpoint.
pub(crate) const SYNC: &str = "POST /rest/2.0/am/connector/asset/data/sync";
const SYNC_PATH: &str = "/rest/2.0/am/connector/asset/data/sync";
const AUTH: &str = "POST /auth";
/// Pause after a 409 that names none; public clients wait as long after a 429.
const UNNAMED_PAUSE: Duration = Duration::from_secs(60);

/// An answer may repeat the token among its reasons, and reasons are kept in receipts (I-12).
fn without(token: &Token, mut answer: Answer) -> Answer {
    let text = String::from_utf8_lossy(&answer.body);
    if text.contains(token.text()) {
        answer.body = Bytes::from(text.replace(token.text(), "(token)"));
    }
    answer
}

/// The two calls.
#[derive(Clone, Copy)]
enum Call<'a> {
    SignIn(&'a SecretText),
    Sync(&'a Token, &'a Bytes),
}

impl Call<'_> {
    fn subject(self) -> &'static str {
        match self {
            Self::SignIn(_) => AUTH,
            Self::Sync(..) => SYNC,
        }
    }
}

/// The gateway of one subscription, as one API user.
pub(crate) struct Gateway {
    pub(crate) channel: Channel,
    username: String,
    password_secret: String,
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
    session: tokio::sync::Mutex<Session>,
}

impl Gateway {
    pub(crate) fn new(
        channel: Channel,
        settings: &QualysEtmSettings,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            channel,
            username: settings.username.clone(),
            password_secret: settings.password_secret.clone(),
            secrets,
            clock,
            session: tokio::sync::Mutex::default(),
        }
    }

    /// Posts `body` to the sync endpoint. Every answer that trying again cannot change is returned as it is, but for a
    /// first 401: then it signs in anew and asks once more.
    pub(crate) async fn sync(&self, body: Bytes, meter: &Meter) -> Result<Answer, Failure> {
        let token = self.token(None, meter).await?;
        let answer = self.call(Call::Sync(&token, &body), meter).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(without(&token, answer));
        }
        let token = self.token(Some(&token), meter).await?;
        self.call(Call::Sync(&token, &body), meter).await.map(|answer| without(&token, answer))
    }

    /// Signs in whatever token is at hand.
    pub(crate) async fn renew(&self, meter: &Meter) -> Result<(), Failure> {
        let mut session = self.session.lock().await;
        session.forget();
        self.sign_in(&mut session, meter).await.map(|_| ())
    }

    /// A token that is still good and is not the `refused` one. Concurrent calls wait for one sign-in.
    async fn token(&self, refused: Option<&Token>, meter: &Meter) -> Result<Token, Failure> {
        let mut session = self.session.lock().await;
        match session.valid(self.clock.now(), refused) {
            Some(token) => Ok(token),
            None => self.sign_in(&mut session, meter).await,
        }
    }

    /// With the password at hand; if it is refused and another one has been stored since, with that.
    async fn sign_in(&self, session: &mut Session, meter: &Meter) -> Result<Token, Failure> {
        let known = self.secrets.read(&self.password_secret, Freshness::Cached).await?;
        let failure = match self.authenticate(session, &known, meter).await {
            Err(failure) if failure.kind == FailureKind::Unauthorized => failure,
            other => return other,
        };
        let stored = self.secrets.read(&self.password_secret, Freshness::Fresh).await?;
        if stored.expose_secret() == known.expose_secret() {
            return Err(failure);
        }
        self.authenticate(session, &stored, meter).await
    }

    async fn authenticate(
        &self,
        session: &mut Session,
        password: &SecretText,
        meter: &Meter,
    ) -> Result<Token, Failure> {
        session.allows(password, self.clock.now())?;
        let answer = self.call(Call::SignIn(password), meter).await?;
        match answer.refusal(AUTH, None) {
            Some(failure) => {
                if failure.kind == FailureKind::Unauthorized {
                    session.note_refused(password, &failure, self.clock.now());
                }
                Err(failure)
            }
            None => session.accept(AUTH, &answer.body, self.clock.now()),
        }
    }

    /// Sends until the answer will not change by itself.
    async fn call(&self, call: Call<'_>, meter: &Meter) -> Result<Answer, Failure> {
        self.channel.persist(meter, || self.attempt(call, meter)).await
    }

    async fn attempt(&self, call: Call<'_>, meter: &Meter) -> Result<Answer, Failure> {
        let answer = self.channel.send(call.subject(), self.request(call), meter).await?;
        self.settled(call.subject(), answer).await
    }

    fn request(&self, call: Call<'_>) -> RequestBuilder {
        match call {
            Call::SignIn(password) => {
                let password = password.expose_secret();
                let form = [("username", self.username.as_str()), ("password", password), ("token", "true")];
                self.channel.request(Method::POST, "/auth").form(&form)
            }
            Call::Sync(token, body) => self
                .channel
                .request(Method::POST, SYNC_PATH)
                .bearer_auth(token.text())
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone()),
        }
    }

    /// An answer that will not change by itself; the others as failures to be tried again.
    async fn settled(&self, subject: &str, answer: Answer) -> Result<Answer, Failure> {
        use FailureKind::{RateLimited, Timeout, Unavailable};
        if answer.status == StatusCode::CONFLICT {
            return Err(self.concurrency_limit(subject, &answer).await);
        }
        match answer.failure_kind() {
            Some(RateLimited | Timeout | Unavailable) => match answer.refusal(subject, None) {
                Some(failure) => Err(failure),
                None => Ok(answer),
            },
            _ => Ok(answer),
        }
    }

    /// Older Qualys APIs say 409 for "too many calls". Waits here, because the channel knows of no pause.
    async fn concurrency_limit(&self, subject: &str, answer: &Answer) -> Failure {
        let named = PAUSE_HEADERS
            .iter()
            .find_map(|name| answer.headers.get(*name)?.to_str().ok()?.trim().parse().ok());
        let pause = named.map_or(UNNAMED_PAUSE, Duration::from_secs);
        if pause <= UNNAMED_PAUSE {
            self.clock.sleep(pause).await;
        }
        Failure::new(FailureKind::RateLimited, subject, format!("{}: too many calls", answer.status))
            .after(Some(pause))
    }
}
