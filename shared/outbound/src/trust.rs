//! Which certificates are believed: those of the platform, and a private authority where one is configured.

use causeway_domain::{Failure, FailureKind};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

/// TLS settings for requests and for the TLS check alike, so that the check proves what requests do.
///
/// # Errors
/// `DefinitionInvalid` when the private authority's PEM cannot be read; `Tls` when this machine has no roots.
pub(crate) fn verified(ca_pem: Option<&str>) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = ca_pem.map(authorities).transpose()?.unwrap_or_default();
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

/// TLS settings that trust nobody, for a channel over plain http: a machine without roots can still use it.
pub(crate) fn nobody() -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth())
}

fn authorities(pem: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let invalid = |detail: String| Failure::new(FailureKind::DefinitionInvalid, "private authority", detail);
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| invalid(format!("not a PEM file: {error}")))?;
    if certificates.is_empty() {
        return Err(invalid("the PEM file holds no certificate".to_owned()));
    }
    Ok(certificates)
}

fn unusable(error: rustls::Error) -> Failure {
    let detail = match error {
        rustls::Error::InvalidCertificate(_) => format!("the private authority cannot be used: {error}"),
        other => other.to_string(),
    };
    Failure::new(FailureKind::Tls, "trusted certificates", detail)
}
