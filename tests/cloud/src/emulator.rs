//! ministack as strict as it can be: over TLS, every signature verified, every policy enforced.

use crate::Result;
pub use causeway_emulators::REGION;
use causeway_emulators::{Emulator, Program};
use std::path::Path;

/// The account that its root belongs to.
pub const ACCOUNT: &str = "000000000000";

/// A strict emulator; it ends with this.
#[derive(Debug)]
pub struct Strict {
    /// Where it answers: `https://127.0.0.1:<port>`.
    pub url: String,
    /// Its certificate, PEM.
    pub authority: String,
    /// The process.
    pub emulator: Emulator,
}

/// Starts it, with its certificate in `folder`.
///
/// # Errors
/// When the certificate cannot be made.
pub async fn start(folder: &Path) -> Result<Strict> {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let authority = certified.cert.pem();
    std::fs::write(&certificate, &authority)?;
    std::fs::write(&key, certified.signing_key.serialize_pem())?;
    let variables = [
        ("AUTH", "true".to_owned()),
        ("USE_SSL", "1".to_owned()),
        // APIs get names below it, which an address cannot have.
        ("MINISTACK_HOST", "localhost".to_owned()),
        ("MINISTACK_SSL_CERT", certificate.display().to_string()),
        ("MINISTACK_SSL_KEY", key.display().to_string()),
        // The root's keys, and nothing of whoever runs the suite.
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_SESSION_TOKEN", String::new()),
        ("LOG_LEVEL", "WARNING".to_owned()),
    ];
    let emulator = Emulator::start_with(Program::Ministack, &variables).await;
    Ok(Strict { url: format!("https://{}", emulator.address()), authority, emulator })
}
