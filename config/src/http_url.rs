//! http and https URLs without credentials.

use std::fmt;

use url::{Host, Url};

/// An http or https URL with a host and without credentials, as the HTTP client reads it (WHATWG).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl(Url);

impl HttpUrl {
    /// The URL, normalised.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether everything said to this host crosses a network in the clear: http, and the host is not
    /// this PC itself.
    pub fn is_plaintext(&self) -> bool {
        let loopback = match self.0.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        self.0.scheme() == "http" && !loopback
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
