//! Trusted certificates: those of the platform, and a private authority if one is configured.

use causeway_domain::{Failure, FailureKind};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
const NO_CERTIFICATE: &str = "holds no certificate; one begins with the line \"-----BEGIN CERTIFICATE-----\"";

/// A private authority as a connection names it.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'a> {
    /// The file that was named, for messages.
    pub file: &'a str,
    /// Its text, PEM: one or more certificates.
    pub pem: &'a str,
}

/// TLS settings for requests and for the TLS check, so that the check proves the trust of requests.
///
/// # Errors
/// `DefinitionInvalid` when the private authority's PEM cannot be read; `Tls` when this machine has no roots.
pub(crate) fn verified(authority: Option<Authority<'_>>) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = authority.map(Authority::certificates).transpose()?.unwrap_or_default();
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).map_err(unusable)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// TLS settings without any trust, for a channel over plain http: a machine without roots can still use it.
pub(crate) fn nobody() -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

impl Authority<'_> {
    /// All certificates, each checked on its own to report a mistake with its line. Text between them is ignored.
    fn certificates(self) -> Result<Vec<CertificateDer<'static>>, Failure> {
        // Windows editors begin a file with a byte-order mark, which hides the first certificate from PEM readers.
        let text = self.pem.trim_start_matches('\u{feff}');
        let lines: Vec<&str> = text.lines().collect();
        let mut certificates = Vec::new();
        for (index, _) in lines.iter().enumerate().filter(|(_, line)| line.trim().starts_with(BEGIN)) {
            let rest = lines.get(index..).unwrap_or_default();
            certificates.push(certificate(rest).map_err(|(offset, detail)| {
                self.invalid(&format!("{}:{}", self.file, index + offset + 1), detail)
            })?);
        }
        if certificates.is_empty() {
            return Err(self.invalid(self.file, NO_CERTIFICATE.to_owned()));
        }
        Ok(certificates)
    }

    fn invalid(&self, place: &str, detail: String) -> Failure {
        Failure::new(FailureKind::DefinitionInvalid, format!("ca_file {place}"), detail)
    }
}

/// The certificate that begins on the first of `lines`; on a mistake, the offset of its line and a description.
fn certificate(lines: &[&str]) -> Result<CertificateDer<'static>, (usize, String)> {
    let end = lines.iter().skip(1).position(|line| line.trim().starts_with("-----"));
    let inner = end.and_then(|end| lines.get(1..=end)).unwrap_or_default();
    match end.and_then(|end| lines.get(end + 1)) {
        Some(line) if line.trim().starts_with(END) => {}
        _ => return Err((0, format!("the certificate that begins here has no line {END:?}"))),
    }
    let in_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    if let Some(odd) = inner.iter().position(|line| !line.trim().chars().all(in_base64)) {
        return Err((odd + 1, "this line is not Base64".to_owned()));
    }
    let section = format!("{BEGIN}\n{}\n{END}\n", inner.join("\n"));
    let der = CertificateDer::from_pem_slice(section.as_bytes())
        .map_err(|error| (0, format!("the certificate that begins here cannot be read: {error}")))?;
    match RootCertStore::empty().add(der.clone()) {
        Ok(()) => Ok(der),
        Err(error) => Err((0, format!("the certificate that begins here is damaged: {error}"))),
    }
}

fn unusable(error: rustls::Error) -> Failure {
    let detail = match error {
        rustls::Error::InvalidCertificate(_) => format!("the private authority cannot be used: {error}"),
        other => other.to_string(),
    };
    Failure::new(FailureKind::Tls, "trusted certificates", detail)
}
