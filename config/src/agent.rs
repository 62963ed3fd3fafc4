//! `agent.toml` and what belongs to it: the agent's settings as a whole.

use std::path::PathBuf;
use std::time::Duration;

use lineshot_domain::{AgentName, SiteName};

use crate::{BrokenStation, Station};

/// What makes the wall clock trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockTrust {
    /// Nothing: allowed in trial operation only, and stamped on every record.
    Unchecked,
}

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
    /// Filter of the log, in the syntax of `tracing-subscriber`'s `EnvFilter`.
    pub log: String,
    /// Stations whose files are sound, by id.
    pub stations: Vec<Station>,
    /// Stations that stay closed because of their file, by file name.
    pub broken: Vec<BrokenStation>,
}
