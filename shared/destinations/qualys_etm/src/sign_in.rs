//! The gateway's sign-in: user name and password for a JWT.

use crate::response::describe;
use causeway_outbound::{Channel, SignIn};
use causeway_ports::SecretText;
use jiff::SignedDuration;
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;

/// Tokens are valid for 4 hours; they are renewed a quarter of an hour before the end.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(225);

/// `POST /auth` as one user.
pub(crate) struct GatewaySignIn {
    pub(crate) username: String,
}

impl SignIn for GatewaySignIn {
    fn subject(&self) -> &'static str {
        "POST /auth"
    }

    fn request(&self, channel: &Channel, password: &SecretText) -> RequestBuilder {
        let password = password.expose_secret();
        let form = [("username", self.username.as_str()), ("password", password), ("token", "true")];
        channel.request(Method::POST, "/auth").form(&form)
    }

    /// The bare text of a JWT, not JSON.
    fn token(&self, body: &[u8]) -> Result<SecretText, String> {
        let text = std::str::from_utf8(body).unwrap_or_default().trim();
        if looks_like_jwt(text) {
            Ok(SecretText::from(text))
        } else {
            Err(format!("the answer is not a token but {}", describe(body)))
        }
    }

    fn renew_after(&self) -> SignedDuration {
        TOKEN_LIFE
    }
}

/// Three or more parts of base64url text with dots between them.
fn looks_like_jwt(text: &str) -> bool {
    let part =
        |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'='));
    text.split('.').count() >= 3 && text.split('.').all(part) && !text.starts_with('.')
}
