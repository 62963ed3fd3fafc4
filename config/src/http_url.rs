//! http and https URLs without credentials.

use std::fmt;

use url::{Host, Position, Url};

use crate::ConfigError;
use crate::section::{Section, quoted};

/// What cameras call a password in a query.
const PASSWORDS: [&str; 6] = ["password", "passwd", "passphrase", "pass", "pwd", "token"];

/// An http or https URL with a host and without credentials, as the HTTP client reads it (WHATWG).
///
/// Neither `Display` nor `Debug` shows the query, where some cameras take more than they should.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpUrl(Url);

impl HttpUrl {
    /// Never repeats a URL that may hold a password.
    pub(crate) fn parse(section: &Section<'_>, key: &str, text: &str) -> Result<HttpUrl, ConfigError> {
        const EXPECTED: &str = "an http:// or https:// URL with a host";
        let Ok(url) = Url::parse(text.trim()) else {
            return Err(section.wrong(
                key,
                "something that is no URL",
                EXPECTED,
                "write scheme, host and path",
            ));
        };
        let in_query = url.query_pairs().any(|(name, _)| PASSWORDS.contains(&name.to_lowercase().as_str()));
        if !url.username().is_empty() || url.password().is_some() || in_query {
            let mend = "remove them; a camera's user and password belong in `user` and `password_file`";
            return Err(section.wrong(key, "credentials", "a URL without credentials", mend));
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(section.wrong(key, quoted(url.scheme()), EXPECTED, "correct the scheme"));
        }
        Ok(HttpUrl(url))
    }

    /// Whether there is nothing but scheme, host, port and path.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.query().is_none() && self.0.fragment().is_none()
    }

    /// The whole URL, normalised.
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
        f.write_str(&self.0[..Position::AfterPath])
    }
}

impl fmt::Debug for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpUrl({self})")
    }
}
