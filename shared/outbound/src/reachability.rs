//! The first two checks of *Test Connection*: the network, and TLS.

use crate::channel::CONNECT_TIMEOUT;
use crate::{Channel, Meter, fault};
use causeway_domain::{Failure, FailureKind};
use reqwest::Method;
use rustls::ProtocolVersion;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

impl Channel {
    /// *Network Reachability*: resolves the name and opens a connection. A connection through a proxy of this machine
    /// counts as well, because requests take the same way.
    ///
    /// # Errors
    /// `Unreachable`.
    pub async fn check_network(&self) -> Result<String, Failure> {
        match self.connect().await {
            Ok((_, address)) => Ok(format!("{} accepts connections at {}", self.origin, address.ip())),
            Err(failure) if self.origin.is_loopback() => Err(failure),
            Err(failure) => self.ask_through_proxy().await.map_err(|_| failure),
        }
    }

    /// *TLS Handshake*: with the same trust as requests. `None` on plain http.
    ///
    /// # Errors
    /// `Tls`, or `Unreachable` when the connection breaks.
    pub async fn check_tls(&self) -> Result<Option<String>, Failure> {
        let Some(tls) = &self.tls else { return Ok(None) };
        let Ok((stream, _)) = self.connect().await else {
            return self.ask_through_proxy().await.map(Some);
        };
        let subject = self.subject();
        let (host, _) = self.origin.host_and_port();
        let name = ServerName::try_from(host).map_err(|error| {
            Failure::new(
                FailureKind::Tls,
                subject.as_str(),
                format!("no certificate can be issued for this name: {error}"),
            )
        })?;
        let handshake = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
        let stream = match timeout(CONNECT_TIMEOUT, handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(self.handshake_failed(&error)),
            Err(_) => {
                return Err(Failure::new(FailureKind::Tls, subject, "the TLS handshake timed out"));
            }
        };
        let (_, session) = stream.get_ref();
        let version = match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS",
        };
        let http = if session.alpn_protocol() == Some(b"h2") { "HTTP/2" } else { "HTTP/1.1" };
        Ok(Some(format!("{version}, {http}, certificate verified")))
    }

    async fn connect(&self) -> Result<(TcpStream, SocketAddr), Failure> {
        let (host, port) = self.origin.host_and_port();
        let unreachable = |detail| Failure::new(FailureKind::Unreachable, self.subject(), detail);
        let addresses: Vec<_> = lookup_host((host.as_str(), port))
            .await
            .map_err(|error| unreachable(format!("the name {host} cannot be resolved: {error}")))?
            .collect();
        let mut last = format!("the name {host} has no address");
        for address in addresses {
            match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok((stream, address)),
                Ok(Err(error)) => last = format!("no connection to {address}: {error}"),
                Err(_) => last = format!("connecting to {address} timed out"),
            }
        }
        Err(unreachable(last))
    }

    /// Any response, to a request without credentials.
    async fn ask_through_proxy(&self) -> Result<String, Failure> {
        let answer = self.send(&self.subject(), self.request(Method::HEAD, "/"), &Meter::default()).await?;
        Ok(format!("{} answers through a proxy ({})", self.origin, answer.status))
    }

    fn handshake_failed(&self, error: &io::Error) -> Failure {
        match fault::tls_cause(error) {
            Some(tls) => fault::of_tls(&self.subject(), &self.origin, tls),
            None => {
                let detail = format!("no TLS handshake with {}: {error}", self.origin);
                Failure::new(FailureKind::Tls, self.subject(), detail)
            }
        }
    }

    fn subject(&self) -> String {
        self.origin.to_string()
    }
}
