//! ministack as a child process on loopback: TLS, and policies enforced.

use crate::Result;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The account that the emulator's root belongs to.
pub const ACCOUNT: &str = "000000000000";

/// The region everything is in.
pub const REGION: &str = "eu-central-1";

/// The emulator; it ends with this.
#[derive(Debug)]
pub struct Emulator {
    /// Where it answers.
    pub url: String,
    /// Its certificate, PEM.
    pub authority: String,
    /// What it printed.
    pub log: PathBuf,
    child: Child,
}

impl Emulator {
    /// Starts `.tools/aws/bin/ministack` of the checkout, with `folder` for its files, and waits until it answers.
    ///
    /// # Errors
    /// When it is not installed (`make emulators`) or does not come up within a minute.
    pub async fn start(checkout: &Path, folder: &Path) -> Result<Self> {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        let authority = certified.cert.pem();
        std::fs::write(&certificate, &authority)?;
        std::fs::write(&key, certified.signing_key.serialize_pem())?;
        let port = free_port()?;
        let log = folder.join("emulator.log");
        let output = File::create(&log)?;
        let child = Command::new(checkout.join(".tools/aws/bin/ministack"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("MINISTACK_HOST", "localhost")
            .env("MINISTACK_REGION", REGION)
            .env("AUTH", "true")
            .env("USE_SSL", "1")
            .env("MINISTACK_SSL_CERT", &certificate)
            .env("MINISTACK_SSL_KEY", &key)
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LOG_LEVEL", "WARNING")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .map_err(|error| format!("cannot start ministack, `make emulators` installs it: {error}"))?;
        let url = format!("https://127.0.0.1:{port}");
        let mut emulator = Self { url, authority, log, child };
        emulator.wait_until_it_answers().await?;
        Ok(emulator)
    }

    async fn wait_until_it_answers(&mut self) -> Result<()> {
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(self.authority.as_bytes())?])
            .build()?;
        let health = format!("{}/_ministack/health", self.url);
        let began = Instant::now();
        loop {
            let error = match client.get(&health).send().await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => answer.status().to_string(),
                Err(error) => error.to_string(),
            };
            if let Some(ended) = self.child.try_wait()? {
                let said = std::fs::read_to_string(&self.log).unwrap_or_default();
                return Err(format!("ministack ended with {ended}: {said}").into());
            }
            if began.elapsed() > Duration::from_secs(60) {
                return Err(format!("ministack does not answer: {error}").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It is gone already, or the system reaps it: nothing more can be done here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
