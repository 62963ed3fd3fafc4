//! `[broker]` of `agent.toml`: how the plant's MQTT broker is reached.

use std::path::PathBuf;
use std::time::Duration;

use lineshot_domain::{AgentName, SiteName};
use url::{Host, Url};

use crate::key::{Key, Keys, Table};
use crate::shape::{FilePath, Nested, Span, Text, Whole};
use crate::tree::quoted;

/// How to reach the plant's MQTT broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Host name or address; an IPv6 address without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the line is kept secret; `None`: in the clear.
    pub tls: Option<Tls>,
    /// MQTT client id; by default `lineshot-<site>-<name>`.
    pub client_id: String,
    /// User name, if the broker asks for one.
    pub user: Option<String>,
    /// The file that holds the password. Only with a user.
    pub password_file: Option<PathBuf>,
    /// How long the broker keeps the session, and with it queued events, without a connection.
    pub session_expiry: Duration,
    /// 5 to 120 seconds.
    pub keep_alive: Duration,
    /// Events that may be on their way unacknowledged, 1 to 64.
    pub receive_maximum: u16,
}

/// Whose certificates are believed, and which one is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// PEM file of the authorities to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// The certificate by which this PC shows who it is, and its key.
    pub own: Option<OwnCertificate>,
}

/// A certificate and its private key, both PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCertificate {
    /// The certificate, then the intermediate ones.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A broker as written: an id is made from the names of site and PC where none is.
pub(crate) struct Written {
    broker: Broker,
    client_id: Option<String>,
}

struct Address {
    host: String,
    port: u16,
    is_secret: bool,
}

static URL: Key<Text<Address>> = Key::needed(
    "url",
    Text {
        read: |at, text| match address(text) {
            Ok(address) => Some(address),
            Err((found, mend)) => at.wrong(found, ADDRESS, mend),
        },
        words: ADDRESS,
        pattern: "^\\s*[Mm][Qq][Tt][Tt][Ss]?://",
    },
    "Where the broker is. With mqtts:// the line is kept secret by TLS; without a port 8883, and 1883 for mqtt://.",
);
static CA: Key<FilePath> = Key::optional(
    "ca",
    FilePath,
    "PEM file of the authorities that may vouch for the broker, instead of the system's. Only with mqtts://.",
);
static CERTIFICATE: Key<FilePath> = Key::optional(
    "certificate",
    FilePath,
    "PEM file of the certificate by which this PC shows the broker who it is, with the intermediate ones after it. Read \
     anew on reload.",
);
static PRIVATE_KEY: Key<FilePath> = Key::optional(
    "private_key",
    FilePath,
    "PEM file of the certificate's private key, for the agent alone to read.",
);
static CLIENT_ID: Key<Text<String>> = Key::optional(
    "client_id",
    Text {
        read: |at, text| {
            if !(1..=128).contains(&text.len()) || text.chars().any(char::is_control) {
                return at.not("1 to 128 bytes in one line", "correct it");
            }
            Some(text.to_owned())
        },
        words: "1 to 128 bytes in one line",
        pattern: "",
    },
    "By what name the broker knows this PC's session. By default `lineshot-<site>-<name>`.",
);
static USER: Key<Text<String>> = Key::optional(
    "user",
    Text { read: |_, text| Some(text.to_owned()), words: "a text", pattern: "" },
    "User name, if the broker asks for one.",
);
static PASSWORD_FILE: Key<FilePath> = Key::optional(
    "password_file",
    FilePath,
    "The file that holds the password alone; passwords never stand in TOML.",
);
/// A broker that is away over a long weekend still has the events of the last shift, and knows the session of a
/// PC that was away.
static SESSION_EXPIRY: Key<Span> = Key::default(
    "session_expiry",
    Span(Duration::from_mins(1)..=Duration::from_hours(30 * 24)),
    "\"7d\"",
    "How long the broker keeps events for this PC while it is away.",
);
/// A car's stay is tens of seconds: a dead link is noticed within one.
static KEEP_ALIVE: Key<Span> = Key::default(
    "keep_alive",
    Span(Duration::from_secs(5)..=Duration::from_secs(120)),
    "\"10s\"",
    "How soon a dead line is noticed.",
);
static RECEIVE_MAXIMUM: Key<Whole> =
    Key::default("receive_maximum", Whole(1..=64), "16", "Events that may be on their way unacknowledged.");

static KEYS: Keys = Keys {
    about: "How the plant's MQTT broker is reached.",
    keys: &[
        &URL,
        &CA,
        &CERTIFICATE,
        &PRIVATE_KEY,
        &CLIENT_ID,
        &USER,
        &PASSWORD_FILE,
        &SESSION_EXPIRY,
        &KEEP_ALIVE,
        &RECEIVE_MAXIMUM,
    ],
    elsewhere: &[],
};

pub(crate) const BROKER: Nested<Written> = Nested { keys: &KEYS, read };

fn read(table: &Table<'_>) -> Option<Written> {
    let address = table.read(&URL);
    let client_id = table.read(&CLIENT_ID);
    let (user, password_file) = (table.read(&USER), table.read(&PASSWORD_FILE));
    if table.has(&PASSWORD_FILE) && !table.has(&USER) {
        table.missing(USER.name, "a user to the `password_file`");
    }
    let tls = tls(table, address.as_ref().map(|address| address.is_secret));
    let (session_expiry, keep_alive) = (table.read(&SESSION_EXPIRY), table.read(&KEEP_ALIVE));
    let receive_maximum = table.read(&RECEIVE_MAXIMUM);
    let Address { host, port, .. } = address?;
    let broker = Broker {
        host,
        port,
        tls: tls?,
        client_id: String::new(),
        user,
        password_file,
        session_expiry: session_expiry?,
        keep_alive: keep_alive?,
        receive_maximum: u16::try_from(receive_maximum?).ok()?,
    };
    Some(Written { broker, client_id })
}

/// Without a readable URL nobody knows whether the other keys fit it.
fn tls(table: &Table<'_>, is_secret: Option<bool>) -> Option<Option<Tls>> {
    let (ca, certificate, key) = (table.read(&CA), table.read(&CERTIFICATE), table.read(&PRIVATE_KEY));
    if is_secret == Some(false) {
        for key in [&CA, &CERTIFICATE, &PRIVATE_KEY].into_iter().filter(|key| table.has(key)) {
            let mend = "write mqtts:// in `url`, or remove this key";
            let _said: Option<()> = table.wrong(key, "it beside mqtt://", "it with mqtts:// alone", mend);
        }
        return Some(None);
    }
    for (one, other) in [(&CERTIFICATE, &PRIVATE_KEY), (&PRIVATE_KEY, &CERTIFICATE)] {
        if table.has(one) && !table.has(other) {
            table.missing(other.name, &format!("it beside `{}`", one.name));
        }
    }
    let own = certificate.zip(key).map(|(certificate, key)| OwnCertificate { certificate, key });
    Some(Some(Tls { ca, own }))
}

impl Written {
    /// The broker, as this PC reaches it.
    pub(crate) fn of(self, site: &SiteName, name: &AgentName) -> Broker {
        let client_id = self.client_id.unwrap_or_else(|| format!("lineshot-{site}-{name}"));
        Broker { client_id, ..self.broker }
    }
}

const ADDRESS: &str = "mqtt://<host> or mqtts://<host>, with or without :<port>";

/// Host and port, or what is wrong and what to do. Never repeats a URL that may hold a password.
fn address(text: &str) -> Result<Address, (String, &'static str)> {
    let wrong = |found: &str, mend| Err((found.to_owned(), mend));
    let Ok(url) = Url::parse(text.trim()) else {
        return wrong("something that is no URL", "correct it");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("credentials", "remove them; they belong in `user` and `password_file`");
    }
    let is_secret = match url.scheme() {
        "mqtt" => false,
        "mqtts" => true,
        other => return wrong(&quoted(other), "correct the scheme"),
    };
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return wrong("more than host and port", "remove what follows them");
    }
    let host = match url.host() {
        Some(Host::Ipv6(_)) if is_secret => {
            return wrong(
                "an IPv6 address with mqtts://",
                "write the broker's name, which its certificate is for",
            );
        }
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Domain(name)) => name.to_owned(),
        None => return wrong("no host", "add it"),
    };
    let is_safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
    match url.port().unwrap_or(if is_secret { 8883 } else { 1883 }) {
        0 => wrong("port 0", "correct the port"),
        _ if host.is_empty() || !host.bytes().all(is_safe) => {
            wrong("no host name or address", "correct the host")
        }
        port => Ok(Address { host, port, is_secret }),
    }
}
