//! What the stage tells the suite: where AWS is, and how a stack there reaches what the suite plays.

use crate::Result;
use crate::emulator::REGION;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The environment variable in which it is told.
pub const STAGE: &str = "CAUSEWAY_STAGE";

/// Stacks that are deployed, and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stage {
    /// The emulator. In a real account there is none: credentials and region are those of the environment.
    pub endpoint: Option<String>,
    /// Before the name of each stack.
    pub prefix: String,
    /// Who signs tokens for the HTTP APIs.
    pub issuer: String,
    /// How functions in a real account reach this machine.
    pub public: Option<Public>,
    /// Outputs by stack, named as the suite names them.
    pub outputs: Map<String, Value>,
}

/// A name by which this machine is reached from outside, with a certificate that everybody trusts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Public {
    /// The name. Any port of it must be let in.
    pub host: String,
    /// Certificate and the chain above it, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

impl Stage {
    /// What the stage that runs this test told.
    ///
    /// # Errors
    /// When there is no stage.
    pub fn told() -> Result<Self> {
        let told = std::env::var(STAGE).map_err(|_| "there is no stage, run: make cloud")?;
        Ok(serde_json::from_str(&told)?)
    }

    /// Configuration of clients for it.
    pub async fn config(&self) -> aws_config::SdkConfig {
        match &self.endpoint {
            Some(endpoint) => causeway_emulators::config(endpoint).await,
            None => aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await,
        }
    }

    /// Variables with which the command line finds it.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let Some(endpoint) = &self.endpoint else { return Vec::new() };
        let fixed = [
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_CONFIG_FILE", "no-config"),
            ("AWS_SHARED_CREDENTIALS_FILE", "no-credentials"),
        ];
        let fixed = fixed.into_iter().map(|(name, value)| (name, value.to_owned()));
        fixed.chain([("AWS_ENDPOINT_URL", endpoint.clone())]).collect()
    }
}

/// The URL at which a stack reaches the server at `local`, a URL of this machine: the same where functions run on it too.
///
/// # Errors
/// When there is no port, or the certificate cannot be used.
pub async fn reach(public: Option<&Public>, local: &str) -> Result<String> {
    let Some(public) = public else { return Ok(local.to_owned()) };
    let certificates = CertificateDer::pem_file_iter(&public.certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(&public.key)?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("0.0.0.0", 0)).await?;
    let url = format!("https://{}:{}", public.host, listener.local_addr()?.port());
    let target = local.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, target) = (acceptor.clone(), target.clone());
            tokio::spawn(async move {
                let mut outer = acceptor.accept(stream).await?;
                let mut inner = TcpStream::connect(target).await?;
                copy_bidirectional(&mut outer, &mut inner).await
            });
        }
    });
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;

    #[tokio::test]
    async fn a_server_of_this_machine_is_reached_over_tls() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, made.cert.pem())?;
        std::fs::write(&key, made.signing_key.serialize_pem())?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let local = format!("http://{}", listener.local_addr()?);
        let router = Router::new().route("/", get(|| async { "here" }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let url = reach(Some(&Public { host: "localhost".to_owned(), certificate, key }), &local).await?;
        assert!(url.starts_with("https://localhost:"), "{url}");
        let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes())?;
        let client = reqwest::Client::builder().tls_certs_only([trusted]).build()?;
        assert_eq!(client.get(url).send().await?.text().await?, "here");
        Ok(())
    }
}
