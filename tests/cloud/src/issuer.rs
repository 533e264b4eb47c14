//! An issuer of access tokens for the HTTP API, on loopback: what a Cognito user pool is for a real stack.
//!
//! `GET /token?scope=causeway/read` gives a token to whoever asks; `?audience=` and `?lifetime=` (seconds, may be negative)
//! make ones that must be refused.

use crate::Result;
use crate::stage::{Public, reach};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

/// The audience that the stacks of the suite accept.
pub const AUDIENCE: &str = "causeway";

struct Issuer {
    url: String,
    key: KeyPair,
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    scope: String,
    #[serde(default = "audience")]
    audience: String,
    #[serde(default = "lifetime")]
    lifetime: i64,
}

fn audience() -> String {
    AUDIENCE.to_owned()
}

fn lifetime() -> i64 {
    600
}

/// Starts an issuer with a new key; returns the URL at which a stack finds it.
///
/// # Errors
/// When there is no port or no key.
pub async fn start(public: Option<&Public>) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = reach(public, &format!("http://{}", listener.local_addr()?)).await?;
    let issuer = Arc::new(Issuer { url: url.clone(), key: KeyPair::generate(KeySize::Rsa2048)? });
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(about))
        .route("/keys", get(keys))
        .route("/token", get(token))
        .with_state(issuer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

async fn about(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    Json(json!({ "issuer": issuer.url, "jwks_uri": format!("{}/keys", issuer.url) }))
}

async fn keys(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    // PKCS 1 in DER: heads of nine bytes, 256 bytes of modulus, and the exponent 65537, which all keys have.
    let modulus = issuer.key.public_key().as_ref().get(9..265).unwrap_or_default();
    let (n, e) = (URL_SAFE_NO_PAD.encode(modulus), "AQAB");
    Json(json!({ "keys": [{ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one", "n": n, "e": e }] }))
}

async fn token(State(issuer): State<Arc<Issuer>>, Query(wish): Query<Wish>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    let claims = json!({
        "iss": issuer.url, "aud": wish.audience, "sub": "suite", "scope": wish.scope,
        "iat": now, "exp": now + wish.lifetime,
    });
    let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed =
        format!("{}.{}", encode(json!({ "alg": "RS256", "typ": "JWT", "kid": "one" })), encode(claims));
    let mut signature = vec![0; issuer.key.public_modulus_len()];
    let made = issuer.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature);
    match made {
        Ok(()) => format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)),
        Err(error) => error.to_string(),
    }
}
