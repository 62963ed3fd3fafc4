//! http and https URLs without credentials.

use std::fmt;

use url::{Host, Position, Url};

use crate::shape::Text;
use crate::tree::quoted;

/// What cameras call a password in a query.
const PASSWORDS: [&str; 6] = ["password", "passwd", "passphrase", "pass", "pwd", "token"];

/// An http or https URL with a host and without credentials, as the HTTP client reads it (WHATWG).
///
/// Neither `Display` nor `Debug` shows the query, where some cameras take more than they should.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpUrl(Url);

const EXPECTED: &str = "an http:// or https:// URL with a host";

/// Never repeats a URL that may hold a password.
pub(crate) const URL: Text<HttpUrl> = Text {
    read: |at, text| {
        let Ok(url) = Url::parse(text.trim()) else {
            return at.wrong("something that is no URL", EXPECTED, "write scheme, host and path");
        };
        let in_query = url.query_pairs().any(|(name, _)| PASSWORDS.contains(&name.to_lowercase().as_str()));
        if !url.username().is_empty() || url.password().is_some() || in_query {
            let mend = "remove them; a camera's user and password belong in `user` and `password_file`";
            return at.wrong("credentials", "a URL without credentials", mend);
        }
        if !matches!(url.scheme(), "http" | "https") {
            return at.wrong(quoted(url.scheme()), EXPECTED, "correct the scheme");
        }
        Some(HttpUrl(url))
    },
    words: EXPECTED,
    pattern: "^\\s*[Hh][Tt][Tt][Pp][Ss]?:",
};

impl HttpUrl {
    /// Whether there is nothing but scheme, host, port and path.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.query().is_none() && self.0.fragment().is_none()
    }

    /// The whole URL, normalised.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Where it is.
    pub fn host_and_port(&self) -> Option<(String, u16)> {
        let host = match self.0.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        Some((host, self.0.port_or_known_default()?))
    }

    /// Whether the host has to show a certificate.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
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
        !self.is_https() && !loopback
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0[..Position::AfterPath])
    }
}

impl fmt::Debug for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpUrl({self})")
    }
}
