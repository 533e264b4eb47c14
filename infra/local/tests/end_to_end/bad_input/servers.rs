//! Servers that answer as no vendor should.

use crate::process::Result;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};
use std::io::{BufRead, BufReader, Error, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// An address at which nobody listens.
pub(super) fn closed_port() -> Result<String> {
    Ok(format!("http://{}", TcpListener::bind("127.0.0.1:0")?.local_addr()?))
}

/// Shows a certificate that it has signed itself, and says nothing more.
pub(super) fn self_signed() -> Result<String> {
    let key = KeyPair::generate().map_err(Error::other)?;
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).map_err(Error::other)?;
    let certificate = certificate.self_signed(&key).map_err(Error::other)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key)
        });
    let config = Arc::new(config.map_err(Error::other)?);
    let address = serve(move |mut stream| {
        let mut session = ServerConnection::new(Arc::clone(&config)).map_err(Error::other)?;
        session.complete_io(&mut stream).map(drop)
    })?;
    Ok(address.replace("http://127.0.0.1", "https://localhost"))
}

/// Answers every request with 200 MiB of one JSON text.
pub(super) fn flood() -> Result<String> {
    const MEBIBYTE: usize = 1 << 20;
    serve(|stream| {
        let mut request = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        while request.read_line(&mut line)? > 2 {
            line.clear();
        }
        let mut stream = stream;
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n\"",
            200 * MEBIBYTE
        )?;
        let piece = vec![b'x'; MEBIBYTE];
        (0..200).try_for_each(|_| stream.write_all(&piece))
    })
}

/// Serves until the test's process ends, each connection on a thread of its own.
fn serve(answer: impl Fn(TcpStream) -> Result<()> + Send + Sync + 'static) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // Whoever hangs up has seen enough.
            thread::spawn(move || answer(stream).ok());
        }
    });
    Ok(address)
}
