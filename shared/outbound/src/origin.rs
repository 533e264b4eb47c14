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

    /// The address that a vendor's `link` on the page at `page` leads to: absolute, or relative as in a web page. A chain of
    /// pages is followed on this origin only, because each request carries the session's credentials.
    ///
    /// # Errors
    /// `MalformedAnswer` for a link that is no address, holds a user name, or leads to another scheme, host or port.
    pub fn follow(&self, page: &Url, link: &str) -> Result<Url, Failure> {
        let refuse =
            |detail: String| Err(Failure::new(FailureKind::MalformedAnswer, "link to the next page", detail));
        let mut url = match page.join(link) {
            Ok(url) => url,
            Err(error) => return refuse(format!("it is no address: {error}")),
        };
        if url.origin() != self.0.origin() {
            let (scheme, host) = (url.scheme(), url.host_str().unwrap_or_default());
            let port = url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
            return refuse(format!("it leads to {scheme}://{host}{port} instead of {self}"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it holds a user name or password".to_owned());
        }
        url.set_fragment(None);
        Ok(url)
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

    fn followed(base: &str, link: &str) -> String {
        let origin = Origin::new(&base.parse().unwrap()).unwrap();
        let page = origin.join("/Rest/Devices").join("?limit=2&cursor=a").unwrap();
        match origin.follow(&page, link) {
            Ok(url) => url.to_string(),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn links_are_followed_on_the_configured_origin_only() {
        let here = "https://api.example.com";
        let links = [
            "https://api.example.com/Rest/Devices?cursor=b",
            "https://API.Example.COM:443/Rest/Devices?cursor=b",
            "//api.example.com/Rest/Devices?cursor=b",
            "/Rest/Devices?cursor=%2F%3d&x=a+b",
            "?cursor=b#rows",
            "Other?cursor=b",
            "",
            "https://api.example.com.evil.example/Rest/Devices",
            "https://api.example.com@evil.example/Rest/Devices",
            "https://me:hunter2@api.example.com/Rest/Devices",
            "//evil.example/Rest/Devices",
            "\\\\evil.example\\Rest",
            "http://api.example.com/Rest/Devices?cursor=b",
            "https://api.example.com:8443/Rest/Devices",
            "https://xn--pi-api-example-com/",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://",
        ];
        insta::assert_snapshot!(links.map(|link| format!("{link} → {}", followed(here, link))).join("\n"));
        assert_eq!(
            followed("http://127.0.0.1:9000", "?cursor=b"),
            "http://127.0.0.1:9000/Rest/Devices?cursor=b"
        );
        assert!(
            followed("http://127.0.0.1:9000", "http://127.0.0.1:9001/").contains("instead of 127.0.0.1:9000")
        );
    }
}
