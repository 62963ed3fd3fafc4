//! `agent.toml` and what belongs to it: the agent's settings as a whole.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lineshot_domain::{AgentName, SiteName};
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::{Host, Url};

use crate::clock::RawClock;
use crate::daemon::{DATA, log_filter};
use crate::environment::Environment;
use crate::layers::{Kind, Layers};
use crate::section::{Section, quoted};
use crate::sources::{RawSource, Sources};
use crate::stations::stations;
use crate::{BrokenStation, ClockTrust, ConfigError, Deny, Orders, Station};

/// How to reach the plant's MQTT broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Host name or address; an IPv6 address without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
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

/// All settings of a line PC's agent.
#[derive(Debug)]
pub struct AgentSettings {
    /// This PC's name, unique on its site.
    pub name: AgentName,
    /// The site it stands on.
    pub site: SiteName,
    /// The file that holds the site key.
    pub site_key: PathBuf,
    /// The data folder, shared with the uploader.
    pub data: PathBuf,
    /// What makes the wall clock trusted.
    pub clock: ClockTrust,
    /// The plant's broker.
    pub broker: Broker,
    /// Whose vehicle is it, and what does its order permit; `None`: nobody is asked.
    pub orders: Option<Orders>,
    /// What must never be photographed; `None`: there is no such list.
    pub deny: Option<Deny>,
    /// The door for other commands of this machine, a Unix socket.
    pub socket: PathBuf,
    /// Filter of the log, in the syntax of `tracing-subscriber`'s `EnvFilter`.
    pub log: String,
    /// Stations whose files are sound, by id.
    pub stations: Vec<Station>,
    /// Stations that stay closed because of their file, by file name.
    pub broken: Vec<BrokenStation>,
}

/// `agent.toml` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawAgent {
    #[serde(rename = "version")]
    _checked_before: IgnoredAny,
    name: String,
    site: String,
    site_key: Option<String>,
    data: Option<String>,
    clock: Option<RawClock>,
    broker: RawBroker,
    orders: Option<RawSource>,
    deny: Option<RawSource>,
    socket: Option<String>,
    log: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawBroker {
    url: String,
    client_id: Option<String>,
    user: Option<String>,
    password_file: Option<String>,
    session_expiry: Option<String>,
    keep_alive: Option<String>,
    receive_maximum: Option<u16>,
}

const SITE_KEY: &str = "/etc/lineshot/site.key";
const SOCKET: &str = "/run/lineshot/agent.sock";
/// What a Unix socket's address has room for (`sun_path`), less the byte that ends it.
const SOCKET_BYTES: usize = 107;

/// A broker that is away over a long weekend still has the events of the last shift, and knows the
/// session of a PC that was away.
const SESSION_EXPIRY: Duration = Duration::from_hours(7 * 24);
const SESSION_EXPIRIES: RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(30 * 24);
/// A car's stay is tens of seconds: a dead link is noticed within one.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const KEEP_ALIVES: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(120);
const RECEIVE_MAXIMUM: u16 = 16;

impl AgentSettings {
    /// Reads the configuration folder: `agent.toml` with its layers, `line.toml`, `stations/*.toml`.
    ///
    /// # Errors
    /// The first problem of `agent.toml`, `agent.d/`, the environment or `line.toml`. A station's
    /// problem is not an error here but in [`AgentSettings::broken`].
    pub fn load(dir: &Path) -> Result<AgentSettings, ConfigError> {
        AgentSettings::load_with(dir, std::env::vars_os())
    }

    /// The same for a given environment.
    pub(crate) fn load_with(
        dir: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<AgentSettings, ConfigError> {
        let environment = Environment::of(Kind::Agent, variables)?;
        let layers = Layers::of_daemon(Kind::Agent, dir, "agent", environment)?;
        let raw: RawAgent = layers.read()?;
        let root = layers.section("");
        let name = AgentName::parse(&raw.name).map_err(|_| badly_named(&root, "name", &raw.name))?;
        let site = SiteName::parse(&raw.site).map_err(|_| badly_named(&root, "site", &raw.site))?;
        let clock = raw.clock.ok_or_else(|| root.missing("clock", "{ trust = \"kernel\" }"))?;
        let clock = clock.checked(&layers.section("clock"))?;
        let broker = raw.broker.checked(&layers.section("broker"), &site, &name)?;
        let site_key = root.path("site_key", raw.site_key.as_deref().unwrap_or(SITE_KEY))?;
        let data = root.path("data", raw.data.as_deref().unwrap_or(DATA))?;
        let socket = socket(&root, raw.socket.as_deref().unwrap_or(SOCKET))?;
        let orders = raw.orders.map(|raw| raw.orders(&layers.section("orders"))).transpose()?;
        let deny = raw.deny.map(|raw| raw.deny(&layers.section("deny"), orders.as_ref())).transpose()?;
        let log = log_filter(&root, raw.log)?;
        let sources = Sources { orders: orders.as_ref(), deny: deny.as_ref() };
        let (stations, broken) = stations(dir, sources)?;
        Ok(AgentSettings {
            name,
            site,
            site_key,
            data,
            clock,
            broker,
            orders,
            deny,
            socket,
            log,
            stations,
            broken,
        })
    }
}

fn socket(root: &Section<'_>, text: &str) -> Result<PathBuf, ConfigError> {
    if text.len() > SOCKET_BYTES {
        let expected = format!("a path of at most {SOCKET_BYTES} bytes");
        return Err(root.wrong("socket", quoted(text), expected, "choose a folder nearer to the root"));
    }
    root.path("socket", text)
}

fn badly_named(root: &Section<'_>, key: &str, found: &str) -> ConfigError {
    root.wrong(key, quoted(found), "1 to 32 characters of a-z, 0-9 and '-'", "correct it")
}

impl RawBroker {
    fn checked(
        self,
        section: &Section<'_>,
        site: &SiteName,
        name: &AgentName,
    ) -> Result<Broker, ConfigError> {
        let (host, port) = broker_address(section, &self.url)?;
        let client_id = self.client_id.unwrap_or_else(|| format!("lineshot-{site}-{name}"));
        if !(1..=128).contains(&client_id.len()) || client_id.chars().any(char::is_control) {
            let found = quoted(&client_id);
            return Err(section.wrong("client_id", found, "1 to 128 bytes in one line", "correct it"));
        }
        if self.password_file.is_some() && self.user.is_none() {
            return Err(section.wrong("user", "nothing", "a user to the `password_file`", "add this key"));
        }
        let receive_maximum = self.receive_maximum.unwrap_or(RECEIVE_MAXIMUM);
        if !(1..=64).contains(&receive_maximum) {
            let found = receive_maximum.to_string();
            return Err(section.wrong("receive_maximum", found, "1 to 64", "correct the value"));
        }
        let duration = |key, text: Option<String>, default, range| match text {
            Some(text) => section.duration(key, &text, range),
            None => Ok(default),
        };
        Ok(Broker {
            host,
            port,
            client_id,
            user: self.user,
            password_file: self.password_file.map(|p| section.path("password_file", &p)).transpose()?,
            session_expiry: duration(
                "session_expiry",
                self.session_expiry,
                SESSION_EXPIRY,
                SESSION_EXPIRIES,
            )?,
            keep_alive: duration("keep_alive", self.keep_alive, KEEP_ALIVE, KEEP_ALIVES)?,
            receive_maximum,
        })
    }
}

/// Host and port of `mqtt://host:1883`. Never repeats a URL that may hold a password.
fn broker_address(section: &Section<'_>, text: &str) -> Result<(String, u16), ConfigError> {
    const EXPECTED: &str = "mqtt://<host> or mqtt://<host>:<port>";
    let wrong = |found: &str, mend: &str| Err(section.wrong("url", found, EXPECTED, mend));
    let Ok(url) = Url::parse(text.trim()) else {
        return wrong("something that is no URL", "correct it");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("credentials", "remove them; they belong in `user` and `password_file`");
    }
    if url.scheme() != "mqtt" {
        return wrong(&quoted(url.scheme()), "correct the scheme");
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return wrong("more than host and port", "remove what follows them");
    }
    let host = match url.host() {
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Domain(name)) => name.to_owned(),
        None => return wrong("no host", "add it"),
    };
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
    match url.port().unwrap_or(1883) {
        0 => wrong("port 0", "correct the port"),
        _ if host.is_empty() || !host.bytes().all(safe) => {
            wrong("no host name or address", "correct the host")
        }
        port => Ok((host, port)),
    }
}
