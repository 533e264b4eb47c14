//! Authorized calls: each attempt carries the newest token, and a refused token is replaced.

mod sign_in;
mod stored_token;
mod token;

pub use sign_in::SignIn;
pub use token::Token;

use crate::{Channel, Decision, Meter};
use causeway_domain::Failure;
use causeway_ports::Secrets;
use sign_in::SignedIn;
use std::sync::Arc;
use std::time::Duration;
use stored_token::StoredToken;

/// A channel with the credentials of one API user. Share it: one sign-in, or one read of the secret store, serves all
/// calls whose token has expired.
pub struct Session {
    channel: Channel,
    tokens: Tokens,
}

/// The origin of tokens.
enum Tokens {
    Stored(StoredToken),
    SignedIn(Box<SignedIn>),
}

/// The step after a refused token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Renewal {
    /// Take the newest token.
    Now,
    /// Take the newest token after a pause.
    After(Duration),
    /// Fail: newer tokens would be refused as well.
    Never,
}

impl Session {
    /// A session whose token is the secret called `secret`. A refusal reads it past any cache, so that a rotation needs no
    /// restart.
    pub fn with_stored_token(channel: Channel, secrets: Arc<dyn Secrets>, secret: String) -> Self {
        let tokens = Tokens::Stored(StoredToken::new(secrets, secret));
        Self { channel, tokens }
    }

    /// A session whose tokens come from `sign_in`, with the secret called `secret` as the password.
    pub fn with_sign_in(
        channel: Channel,
        secrets: Arc<dyn Secrets>,
        secret: String,
        sign_in: impl SignIn + 'static,
    ) -> Self {
        let tokens = Tokens::SignedIn(Box::new(SignedIn::new(secrets, secret, Box::new(sign_in))));
        Self { channel, tokens }
    }

    /// The channel, for checks and requests without a token.
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Makes `attempt` with the newest token, and repeats it as [`Decision`] says. An attempt whose token is refused is
    /// repeated with a newer token and does not count as failed. `subject` names the call in failures of the token itself.
    ///
    /// # Errors
    /// Those of `attempt`, of the secret store and of the sign-in.
    pub async fn call<T, F, Fut>(&self, subject: &str, meter: &Meter, attempt: F) -> Result<T, Failure>
    where
        T: Send,
        F: Fn(Token) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, Failure>> + Send,
    {
        self.channel.persist(meter, || self.attempt(subject, meter, &attempt)).await
    }

    /// Signs in, whether or not a token is still valid. A stored token needs no sign-in.
    ///
    /// # Errors
    /// Those of the secret store and of the sign-in.
    pub async fn renew(&self, meter: &Meter) -> Result<(), Failure> {
        match &self.tokens {
            Tokens::Stored(_) => Ok(()),
            Tokens::SignedIn(tokens) => {
                tokens.forget().await;
                self.channel.persist(meter, || tokens.newest(&self.channel, meter)).await.map(drop)
            }
        }
    }

    async fn attempt<T, F, Fut>(&self, subject: &str, meter: &Meter, attempt: &F) -> Result<T, Failure>
    where
        T: Send,
        F: Fn(Token) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, Failure>> + Send,
    {
        let mut refused: Vec<Token> = Vec::new();
        loop {
            let token = match &self.tokens {
                Tokens::Stored(tokens) => tokens.newest(subject, refused.last()).await?,
                Tokens::SignedIn(tokens) => tokens.newest(&self.channel, meter).await?,
            };
            let failure = match attempt(token.clone()).await {
                Err(failure) if Decision::on(&failure) == Decision::SignIn => failure,
                Err(failure) => return Err(failure),
                Ok(done) => {
                    if let Tokens::SignedIn(tokens) = &self.tokens {
                        tokens.note_accepted(&token).await;
                    }
                    return Ok(done);
                }
            };
            let renewal = match &self.tokens {
                Tokens::Stored(_) => StoredToken::renewal(&token, &refused),
                Tokens::SignedIn(tokens) => {
                    tokens.note_refused(&token, &failure, refused.len(), self.channel.clock.now()).await
                }
            };
            match renewal {
                Renewal::Now => {}
                Renewal::After(pause) => self.channel.clock.sleep(pause).await,
                Renewal::Never => return Err(failure),
            }
            meter.count_retry();
            refused.push(token);
        }
    }
}
