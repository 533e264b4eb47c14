//! Certificates: a private authority is trusted where it is configured, and nowhere else.

use crate::fixture::{PAGE, Setup, message};
use crate::vendor::{Reply, Vendor, devices};
use causeway_domain::Stream;
use causeway_ports::{Source, Testable};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// A server that shows a certificate for `name`, and the PEM of the authority that issued it. Authorities of one
/// name would be told apart by their keys only, which is another message.
fn server_for(name: &str, authority_name: &str) -> (TlsAcceptor, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.distinguished_name.push(DnType::CommonName, authority_name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (TlsAcceptor::from(Arc::new(config)), pem)
}

#[tokio::test]
async fn a_private_authority_is_trusted_once_configured() {
    let (acceptor, pem) = server_for("localhost", "Plant CA");
    let vendor = Vendor::start_tls(acceptor, [devices(1)]).await;
    let mut setup = Setup::of(&vendor.url);
    setup.ca_pem = Some(pem);
    setup.build().unwrap().fetch(Stream::Assets, PAGE).await.unwrap();
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn an_unknown_authority_and_a_foreign_name_are_refused() {
    let mut seen = Vec::new();
    for (name, known) in [("localhost", false), ("other.example.com", true)] {
        let (acceptor, pem) = server_for(name, "Plant CA");
        let vendor = Vendor::start_tls(acceptor, [devices(1)]).await;
        let mut setup = Setup::of(&vendor.url);
        // Another authority than the server's, so that the test needs none of this machine's.
        setup.ca_pem = Some(if known { pem } else { server_for("localhost", "Another CA").1 });
        let failure = setup.build().unwrap().fetch(Stream::Assets, PAGE).await.unwrap_err();
        seen.push(message(&failure, &vendor));
        assert!(vendor.requests().is_empty());
    }
    insta::assert_snapshot!(seen.join("\n"), @r#"
Tls: POST /api/v1/devices/: the certificate of vendor comes from an authority that is not trusted here
Tls: POST /api/v1/devices/: the certificate of vendor is for another name
"#);
}

#[tokio::test]
async fn the_handshake_is_checked_with_the_same_trust() {
    let empty = || Reply::ok(&json!({"devices": [], "count": 0}));
    let relations = || Reply::ok(&json!({"devices_vulnerabilities": [], "count": 0}));
    let (acceptor, pem) = server_for("localhost", "Plant CA");
    let vendor = Vendor::start_tls(acceptor, [empty(), empty(), relations(), empty()]).await;
    let mut setup = Setup::of(&vendor.url);
    setup.ca_pem = Some(pem);
    let checks = setup.build().unwrap().test().await;
    insta::assert_snapshot!(crate::checks::shown(&checks, &vendor));
    setup.ca_pem = Some(server_for("localhost", "Another CA").1);
    let checks = setup.build().unwrap().test().await;
    insta::assert_snapshot!(crate::checks::shown(&checks, &vendor));
}

#[test]
fn an_authority_that_cannot_be_read_is_a_mistake_of_the_definition() {
    let mut setup = Setup::of("https://api.example.com");
    setup.ca_pem = Some("no certificate here".to_owned());
    let failure = setup.build().unwrap_err();
    insta::assert_snapshot!(format!("{:?}: {failure}", failure.kind), @r#"DefinitionInvalid: ca_file plant-ca.pem: holds no certificate; one begins with the line "-----BEGIN CERTIFICATE-----""#);
}

#[tokio::test]
async fn an_authority_is_read_whatever_an_editor_does_to_its_file() {
    let (acceptor, pem) = server_for("localhost", "Plant CA");
    let vendor = Vendor::start_tls(acceptor, (0..3).map(|_| devices(1))).await;
    let other = server_for("localhost", "Another CA").1;
    let texts =
        [format!("\u{feff}{pem}"), pem.replace('\n', "\r\n"), format!("Plant CA\n{pem}\n  a note\n{other}")];
    for text in texts {
        let mut setup = Setup::of(&vendor.url);
        setup.ca_pem = Some(text);
        setup.build().unwrap().fetch(Stream::Assets, PAGE).await.unwrap();
    }
}

#[test]
fn a_mistake_in_an_authority_has_a_file_and_a_line() {
    let pem = server_for("localhost", "Plant CA").1;
    let lines: Vec<&str> = pem.lines().collect();
    let (first, rest) = (lines[..2].join("\n"), lines[2..].join("\n"));
    let cases = [
        ("odd characters", format!("{first}\n*%*\n{rest}\n{pem}")),
        ("cut off", format!("# ours\n{first}\n")),
        ("a line is missing", format!("# ours\n{}\n{rest}", lines[0])),
        ("another certificate in between", format!("{first}\n{pem}")),
        ("a key", pem.replace("CERTIFICATE", "PRIVATE KEY")),
        ("empty", String::new()),
    ];
    let shown = cases.map(|(name, text)| {
        let mut setup = Setup::of("https://api.example.com");
        setup.ca_pem = Some(text);
        let failure = setup.build().unwrap_err();
        format!("{name} → {:?}: {failure}", failure.kind)
    });
    insta::assert_snapshot!(shown.join("\n"));
}
