//! The one origin of a channel.

use causeway_domain::{Failure, FailureKind};
use std::fmt;
use url::{Host, Url};

/// Scheme, host and port of an API. `https`, or `http` to loopback; no path, no user name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(Url);

impl Origin {
    /// Checks a configured base address.
    ///
    /// # Errors
    /// `DefinitionInvalid`.
    pub fn new(base: &Url) -> Result<Self, Failure> {
        let host = base.host_str().unwrap_or_default();
        let invalid = |detail: &str| {
            Err(Failure::new(FailureKind::DefinitionInvalid, format!("address of {host:?}"), detail))
        };
        if !base.username().is_empty() || base.password().is_some() {
            return invalid("holds a user name or password; a secret is referred to by its name only");
        }
        if base.path() != "/" || base.query().is_some() || base.fragment().is_some() {
            return invalid("has a path or query; only the base address belongs here");
        }
        match base.scheme() {
            "https" => Ok(Self(base.clone())),
            "http" if is_loopback(base) => Ok(Self(base.clone())),
            "http" => invalid("plain http is accepted to loopback only; use https"),
            _ => invalid("is not an https address"),
        }
    }

    /// The address of `path`, which starts with a slash.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// Whether requests are encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Host without brackets, and port.
    pub fn host_and_port(&self) -> (String, u16) {
        let host = match self.0.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        };
        (host, self.0.port_or_known_default().unwrap_or(443))
    }
}

/// `host:port`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host_str().unwrap_or_default();
        write!(f, "{host}:{}", self.0.port_or_known_default().unwrap_or(443))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    fn verdict(url: &str) -> String {
        match Origin::new(&url.parse().unwrap()) {
            Ok(origin) => format!("{origin} {}", origin.join("/api/v1/devices/")),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn only_https_or_loopback_and_no_path() {
        let urls = [
            "https://api.example.com",
            "https://api.example.com:8443/",
            "http://127.0.0.1:9000",
            "http://[::1]:9000/",
            "http://localhost:9000",
            "http://api.example.com",
            "http://127.0.0.1.example.com",
            "https://api.example.com/api/v1",
            "https://me:hunter2@api.example.com",
            "ftp://api.example.com",
        ];
        insta::assert_snapshot!(urls.map(|url| format!("{url} → {}", verdict(url))).join("\n"));
    }
}
