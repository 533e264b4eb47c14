//! Tokens of a sign-in endpoint: the one in force, and the last refusals of tokens and of the password.

use super::{Renewal, Token};
use crate::{Channel, Mask, Meter, Response};
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Freshness, SecretText, Secrets};
use jiff::{SignedDuration, Timestamp};
use reqwest::RequestBuilder;
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// New tokens that are refused in a row before no more are fetched.
const REFUSED_TOKENS: u32 = 3;
/// Time without further sign-ins after a refused password, or after new tokens that were all refused: many deliveries at
/// once would lock the user's account.
const REFUSAL_LIFE: SignedDuration = SignedDuration::from_secs(60);
/// Pause before a new token replaces a refused new one: the servers of an API may learn of a token one after another.
const NEW_TOKEN_PAUSE: Duration = Duration::from_secs(1);
/// Characters kept of a failure's detail.
const DETAIL_LENGTH: usize = 300;

/// A sign-in endpoint, which exchanges the stored password for a token.
pub trait SignIn: Send + Sync {
    /// Method and path, the subject of its failures.
    fn subject(&self) -> &str;

    /// The request that signs in with `password`.
    fn request(&self, channel: &Channel, password: &SecretText) -> RequestBuilder;

    /// The token in the `body` of a 2xx response.
    ///
    /// # Errors
    /// The problem, in words that do not quote the body.
    fn token(&self, body: &[u8]) -> Result<SecretText, String>;

    /// Age at which a token is renewed, some time before it expires.
    fn renew_after(&self) -> SignedDuration;
}

/// A session at a sign-in endpoint.
pub(super) struct SignedIn {
    secrets: Arc<dyn Secrets>,
    secret: String,
    sign_in: Box<dyn SignIn>,
    /// Held during a sign-in, so that concurrent calls wait for one.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// With the time at which it is renewed.
    token: Option<(Token, Timestamp)>,
    serial: u64,
    /// Whether the token in force was accepted since the last refusal.
    accepted: bool,
    /// New tokens refused in a row.
    refused_tokens: u32,
    no_tokens_until: Option<(Timestamp, Failure)>,
    refused_password: Option<(SecretText, Timestamp, Failure)>,
}

impl SignedIn {
    pub(super) fn new(secrets: Arc<dyn Secrets>, secret: String, sign_in: Box<dyn SignIn>) -> Self {
        Self { secrets, secret, sign_in, state: Mutex::default() }
    }

    /// The token in force, unless it is about to expire; otherwise a new one.
    ///
    /// # Errors
    /// The last refusal, while it rules out further sign-ins; those of the secret store and of the endpoint.
    pub(super) async fn newest(&self, channel: &Channel, meter: &Meter) -> Result<Token, Failure> {
        let mut state = self.state.lock().await;
        match state.valid(channel.clock.now())? {
            Some(token) => Ok(token),
            None => self.sign_in(&mut state, channel, meter).await,
        }
    }

    /// Drops the token, and the refusals of earlier ones.
    pub(super) async fn forget(&self) {
        let mut state = self.state.lock().await;
        (state.token, state.accepted) = (None, false);
        (state.refused_tokens, state.no_tokens_until) = (0, None);
    }

    /// Notes that the API accepted `token`.
    pub(super) async fn note_accepted(&self, token: &Token) {
        let mut state = self.state.lock().await;
        if state.is_newest(token) {
            (state.accepted, state.refused_tokens, state.no_tokens_until) = (true, 0, None);
        }
    }

    /// Notes that the API refused `token` with `failure`, after `earlier` refusals in the same attempt. Only the newest
    /// token is dropped: one sign-in serves all calls whose token has expired.
    pub(super) async fn note_refused(
        &self,
        token: &Token,
        failure: &Failure,
        earlier: usize,
        now: Timestamp,
    ) -> Renewal {
        let renewal = self.state.lock().await.note_refused(token, failure, now);
        // Other calls could renew it again and again, each time for the next to be refused.
        let too_often = earlier >= REFUSED_TOKENS as usize;
        if too_often { Renewal::Never } else { renewal }
    }

    /// Signs in with the cached password; if that is refused and another one is stored, with the stored one.
    async fn sign_in(&self, state: &mut State, channel: &Channel, meter: &Meter) -> Result<Token, Failure> {
        let cached = self.secrets.read(&self.secret, Freshness::Cached).await?;
        let failure = match self.authenticate(state, &cached, channel, meter).await {
            Err(failure) if failure.kind == FailureKind::Unauthorized => failure,
            other => return other,
        };
        let stored = self.secrets.read(&self.secret, Freshness::Fresh).await?;
        if stored.expose_secret() == cached.expose_secret() {
            return Err(failure);
        }
        self.authenticate(state, &stored, channel, meter).await
    }

    async fn authenticate(
        &self,
        state: &mut State,
        password: &SecretText,
        channel: &Channel,
        meter: &Meter,
    ) -> Result<Token, Failure> {
        state.allows(password, channel.clock.now())?;
        let request = self.sign_in.request(channel, password);
        let response = channel.send(self.sign_in.subject(), request, meter).await?;
        let now = channel.clock.now();
        let Some(mut failure) = response.refusal(self.sign_in.subject(), None) else {
            return self.accept(state, password, &response, now);
        };
        // The host of a redirect could contain the password.
        failure.detail = Mask::of([password]).line(&failure.detail, DETAIL_LENGTH);
        if failure.kind == FailureKind::Unauthorized {
            state.refused_password = Some((password.clone(), later(now), failure.clone()));
        }
        Err(failure)
    }

    fn accept(
        &self,
        state: &mut State,
        password: &SecretText,
        response: &Response,
        now: Timestamp,
    ) -> Result<Token, Failure> {
        let subject = self.sign_in.subject();
        let text = self.sign_in.token(&response.body);
        let text = text.map_err(|detail| Failure::new(FailureKind::UnexpectedAnswer, subject, detail))?;
        state.serial += 1;
        let token = Token::new((subject, &self.secret), text, Some(password), state.serial)?;
        let renew_at = now.saturating_add(self.sign_in.renew_after()).unwrap_or(now);
        (state.token, state.accepted) = (Some((token.clone(), renew_at)), false);
        state.refused_password = None;
        Ok(token)
    }
}

impl State {
    fn valid(&self, now: Timestamp) -> Result<Option<Token>, Failure> {
        let token = self.token.as_ref().filter(|(_, renew_at)| now < *renew_at).map(|(token, _)| token);
        match &self.no_tokens_until {
            Some((until, failure)) if token.is_none() && now < *until => Err(failure.clone()),
            _ => Ok(token.cloned()),
        }
    }

    fn is_newest(&self, token: &Token) -> bool {
        self.token.as_ref().is_some_and(|(newest, _)| newest.serial == token.serial)
    }

    fn note_refused(&mut self, token: &Token, failure: &Failure, now: Timestamp) -> Renewal {
        if !self.is_newest(token) {
            return Renewal::Now;
        }
        self.token = None;
        if std::mem::take(&mut self.accepted) {
            return Renewal::Now;
        }
        self.refused_tokens += 1;
        if self.refused_tokens < REFUSED_TOKENS {
            return Renewal::After(NEW_TOKEN_PAUSE);
        }
        self.refused_tokens = 0;
        self.no_tokens_until = Some((later(now), failure.clone()));
        Renewal::Never
    }

    /// Fails while this very password has just been refused.
    fn allows(&self, password: &SecretText, now: Timestamp) -> Result<(), Failure> {
        match &self.refused_password {
            Some((refused, until, failure))
                if now < *until && refused.expose_secret() == password.expose_secret() =>
            {
                Err(failure.clone())
            }
            _ => Ok(()),
        }
    }
}

fn later(now: Timestamp) -> Timestamp {
    now.saturating_add(REFUSAL_LIFE).unwrap_or(now)
}
