//! The gateway's two calls: sign-in and sync. Each attempt takes the newest token, and a 401 renews it.

use crate::answer::{REASON_LENGTH, explain};
use crate::session::{REFUSED_TOKENS, Refusal, Session, Token};
use bytes::Bytes;
use causeway_domain::definition::QualysEtmSettings;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Answer, Channel, Mask, Meter};
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

/// Pause before a token that follows a new, refused one: the gateway's parts may learn of it one after another.
const NEW_TOKEN_PAUSE: Duration = Duration::from_secs(1);

/// An answer of the sync endpoint, and what must be hidden in what is told of it: reasons are kept in receipts (I-12).
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) mask: Arc<Mask>,
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

    /// Posts `body` to the sync endpoint. Every answer that trying again cannot change is returned as it is; a 401 only
    /// once tokens that were fetched since were refused as well.
    pub(crate) async fn sync(&self, body: Bytes, meter: &Meter) -> Result<Reply, Failure> {
        let mut refused = 0;
        loop {
            let attempt = || self.attempt_sync(&body, meter);
            let (token, answer) = self.channel.persist(meter, attempt).await?;
            let mut session = self.session.lock().await;
            if answer.status != StatusCode::UNAUTHORIZED {
                session.note_taken(&token);
                return Ok(Reply { answer, mask: token.mask });
            }
            refused += 1;
            let failure = refused_throughout(&token, &answer);
            let refusal = session.note_token_refused(&token, &failure, self.clock.now());
            drop(session);
            match refusal {
                Refusal::Final => return Err(failure),
                // Others may renew it for ever, each time for the next to be refused.
                _ if refused > REFUSED_TOKENS => return Err(failure),
                Refusal::New => self.clock.sleep(NEW_TOKEN_PAUSE).await,
                Refusal::Stale => {}
            }
            meter.count_retry();
        }
    }

    /// With the newest token there is, signing in where there is none: one that was fetched while this call waited is as good as an own one.
    async fn attempt_sync(&self, body: &Bytes, meter: &Meter) -> Result<(Token, Answer), Failure> {
        let token = self.token(meter).await?;
        let answer = self.attempt(Call::Sync(&token, body), meter).await?;
        Ok((token, answer))
    }

    /// Signs in whatever token is at hand.
    pub(crate) async fn renew(&self, meter: &Meter) -> Result<(), Failure> {
        self.session.lock().await.forget();
        self.channel.persist(meter, || self.token(meter)).await.map(drop)
    }

    /// A token that is still good. Concurrent calls wait for one sign-in.
    async fn token(&self, meter: &Meter) -> Result<Token, Failure> {
        let mut session = self.session.lock().await;
        match session.valid(self.clock.now())? {
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
        let answer = self.attempt(Call::SignIn(password), meter).await?;
        match answer.refusal(AUTH, None) {
            Some(mut failure) => {
                // A redirect's host could hold it.
                failure.detail = Mask::of([password]).line(&failure.detail, REASON_LENGTH);
                if failure.kind == FailureKind::Unauthorized {
                    session.note_refused(password, &failure, self.clock.now());
                }
                Err(failure)
            }
            None => session.accept((AUTH, password), &answer.body, self.clock.now()),
        }
    }

    /// Sends once; an answer that may change by itself is a failure to be tried again.
    async fn attempt(&self, call: Call<'_>, meter: &Meter) -> Result<Answer, Failure> {
        let answer = self.channel.send(call.subject(), self.request(call), meter).await?;
        self.settled(call.subject(), answer, meter)
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
    fn settled(&self, subject: &str, answer: Answer, meter: &Meter) -> Result<Answer, Failure> {
        use FailureKind::{RateLimited, Timeout, Unavailable};
        if answer.status == StatusCode::CONFLICT {
            // Older Qualys APIs say 409 for "too many calls".
            let pause = self.channel.slow_down(&answer, UNNAMED_PAUSE, meter);
            let detail = format!("{}: too many calls", answer.status);
            return Err(Failure::new(RateLimited, subject, detail).after(Some(pause)));
        }
        match answer.failure_kind() {
            Some(RateLimited | Timeout | Unavailable) => match answer.refusal(subject, None) {
                Some(failure) => Err(failure),
                None => Ok(answer),
            },
            _ => Ok(answer),
        }
    }
}

/// A 401 to one new token after another: then it is not the token.
fn refused_throughout(token: &Token, answer: &Answer) -> Failure {
    let words = token.mask.line(&explain(&answer.body), REASON_LENGTH);
    let detail = format!(
        "{}: {words}; tokens are given for the stored password and refused here, so the subscription or the user may \
         lack ETM or API access",
        answer.status
    );
    Failure::new(FailureKind::Unauthorized, SYNC, detail)
}
