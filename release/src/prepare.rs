//! A release before it is signed: all that holds for some stations, as TOML.

use std::path::Path;
use std::time::Duration;

use lineshot_config::{AgentSettings, ClockTrust, OrdersFrom};
use lineshot_domain::{StationId, Wall};
use toml::{Table, Value};

use crate::document::{DocumentError, Release};
use crate::host::Me;

/// What the signer is asked to sign, beside what is configured.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Higher than every one before.
    pub serial: u64,
    /// From when on.
    pub from: Wall,
    /// For how long, at most 180 days.
    pub valid: Duration,
    /// What the pictures are classified as.
    pub classification: String,
    /// For how many days they are to be kept.
    pub retention_days: u32,
}

/// Settings of the agent that decide what is permitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub(crate) table: Table,
    pub(crate) is_for_trials: bool,
}

impl Settings {
    /// Of this agent.
    pub fn of(agent: &AgentSettings) -> Settings {
        Settings { table: table_of(agent), is_for_trials: agent.clock == ClockTrust::Unchecked }
    }
}

fn table_of(agent: &AgentSettings) -> Table {
    let mut table = Table::new();
    let clock = match &agent.clock {
        ClockTrust::Kernel => "kernel".to_owned(),
        ClockTrust::Unchecked => "unchecked".to_owned(),
        ClockTrust::File { path, max_age } => format!("{} within {} s", path.display(), max_age.as_secs()),
    };
    table.insert("clock".to_owned(), clock.into());
    let broker = &agent.broker;
    let scheme = if broker.tls.is_some() { "mqtts" } else { "mqtt" };
    table.insert("broker".to_owned(), format!("{scheme}://{}:{}", broker.host, broker.port).into());
    table.insert("site_key".to_owned(), agent.site_key.display().to_string().into());
    if let Some(user) = &broker.user {
        table.insert("broker_user".to_owned(), user.as_str().into());
    }
    if let Some(own) = broker.tls.as_ref().and_then(|tls| tls.own.as_ref()) {
        table.insert("broker_certificate".to_owned(), own.certificate.display().to_string().into());
    }
    if let Some(ca) = broker.tls.as_ref().and_then(|tls| tls.ca.as_ref()) {
        table.insert("broker_ca".to_owned(), ca.display().to_string().into());
    }
    if let Some(orders) = &agent.orders {
        let from = match &orders.from {
            OrdersFrom::File(path) => path.display().to_string(),
            OrdersFrom::Topic(topic) => format!("topic {}", topic.as_str()),
        };
        table.insert(
            "orders".to_owned(),
            format!("{from}, at most {} s old", orders.max_age.as_secs()).into(),
        );
    }
    if let Some(deny) = &agent.deny {
        let file = deny.file.iter().map(|path| path.display().to_string());
        let topic = deny.topic.iter().map(|topic| format!("topic {}", topic.as_str()));
        let from: Vec<String> = file.chain(topic).collect();
        let text = format!("{}, at most {} s old", from.join(" and "), deny.max_age.as_secs());
        table.insert("deny".to_owned(), text.into());
    }
    table
}

/// What the angles of these stations are compared with, a line a view.
fn references(agent: &AgentSettings, stations: &[StationId]) -> Vec<Value> {
    let chosen = agent.stations.iter().filter(|station| stations.contains(&station.id));
    let views = chosen.flat_map(|station| station.views.iter().map(move |view| (&station.id, view)));
    let named = views.filter_map(|(station, view)| {
        let hash = view.lock.as_ref()?.references.as_ref()?;
        Some(Value::from(format!("{station}/{} sha256:{hash}", view.id)))
    });
    named.collect()
}

/// The text to be signed, for these stations as they are configured in `folder`. It is read again by the code that
/// will judge it.
///
/// # Errors
/// [`DocumentError`] if it could not be used.
pub fn prepare(
    agent: &AgentSettings,
    folder: &Path,
    stations: &[StationId],
    me: &Me,
    asked: &Prepared,
) -> Result<String, DocumentError> {
    let mut text = format!(
        "# What may be shown at these stations, setting by setting, defaults included. Look at the sheet beside it, read it,\n\
         # then sign it:\n#   ssh-keygen -Y sign -n {} -f KEY THIS_FILE\n",
        crate::RELEASE
    );
    let time = |at: Wall| jiff::Timestamp::from_millisecond(at.unix_ms()).unwrap_or_default();
    let mut header = Table::new();
    for (key, value) in [
        ("format", Value::from("lineshot-release-1")),
        ("serial", Value::from(i64::try_from(asked.serial).unwrap_or(i64::MAX))),
        ("site", Value::from(me.site.as_str())),
        ("agent", Value::from(me.agent.as_str())),
        ("host", Value::from(me.host.as_str())),
        ("darkroom", Value::from(i64::from(me.darkroom))),
        ("not_before", Value::from(format!("{:.0}", time(asked.from)))),
        ("expires", Value::from(format!("{:.0}", time(asked.from.plus(asked.valid))))),
        ("classification", Value::from(asked.classification.as_str())),
        ("retention_days", Value::from(i64::from(asked.retention_days))),
        ("references", Value::Array(references(agent, stations))),
        ("settings", Value::Table(table_of(agent))),
    ] {
        header.insert(key.to_owned(), value);
    }
    let tables = agent.stations.iter().filter(|station| stations.contains(&station.id)).map(|station| {
        let effective = station.effective(folder);
        let table: Table = toml::from_str(&effective).expect("what holds is written as TOML");
        Value::Table(table)
    });
    header.insert("station".to_owned(), Value::Array(tables.collect()));
    text.push_str(&toml::to_string(&header).expect("a table of values is TOML"));
    Release::read(text.as_bytes())?;
    Ok(text)
}
