//! The commands that a person runs, beside `run`.

pub mod angle;
pub mod cameras;
pub(crate) mod check;
pub mod halt;
pub mod ledger;
pub mod mask_test;
pub mod snapshot;
mod spool_check;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use lineshot_config::AgentSettings;
use lineshot_domain::{BodyNumber, OrderNumber, SiteKey, Vehicle, Vin};
use lineshot_spool::Rooms;
use serde::Serialize;

pub use check::check;
pub use spool_check::spool_check;

use crate::failure::Failure;
use crate::site_key;

/// A view as it is asked for at the agent's door.
#[derive(Clone, Copy, Debug, Serialize)]
struct AskedView<'a> {
    station: &'a str,
    /// None: the only one.
    view: Option<&'a str>,
}

impl AskedView<'_> {
    /// Of `STATION` or `STATION/VIEW`.
    fn named(name: &str) -> AskedView<'_> {
        let (station, view) = match name.split_once('/') {
            Some((station, view)) => (station, Some(view)),
            None => (name, None),
        };
        AskedView { station, view }
    }
}

/// Reads the settings; what is wrong with them ends with exit code 64.
///
/// # Errors
/// [`Failure::Problems`].
pub fn settings(config: &Path) -> Result<AgentSettings, Failure> {
    Ok(AgentSettings::load(config)?)
}

/// What is said of a data folder that is not there.
pub(crate) fn no_data_folder(data: &Path) -> String {
    format!("the data folder {} does not exist: make it, or correct `data` in agent.toml", data.display())
}

/// `spool list`: the newest cases, one a line.
///
/// # Errors
/// A book that cannot be read.
pub fn spool_list(data: &Path, limit: u32) -> anyhow::Result<String> {
    let mut text = format!(
        "{:24}  {:16}  {:12}  {:10}  {:30}  {}\n",
        "received", "case", "station", "view", "outcome", "delivery"
    );
    let lines = lineshot_spool::list(data, limit)?;
    let more = u32::try_from(lines.len()).is_ok_and(|shown| shown == limit);
    for line in lines {
        let received = Timestamp::from_millisecond(line.received.unix_ms())
            .map(|at| format!("{at:.3}"))
            .unwrap_or_default();
        let outcome = match (&line.outcome, &line.reason) {
            (Some(outcome), Some(reason)) => format!("{outcome}({reason})"),
            (Some(outcome), None) => outcome.clone(),
            (None, _) => line.stage.clone(),
        };
        let delivery = match (&line.delivery, line.stage.as_str()) {
            (Some(delivery), _) => delivery.as_str(),
            (None, "ended" | "handed") => "waiting",
            (None, _) => "-",
        };
        text.push_str(&format!(
            "{received:24}  {:16}  {:12}  {:10}  {outcome:30}  {delivery}\n",
            line.case, line.station, line.view
        ));
    }
    if more {
        text.push_str(&format!(
            "These are the newest {limit}; `lineshot-agent spool list --limit N` shows more.\n"
        ));
    }
    Ok(text)
}

/// Whose album is asked for.
#[derive(Clone, Debug)]
pub enum Whose {
    /// The order's.
    Order(String),
    /// The body number's.
    Body(String),
    /// The VIN's.
    Vin(String),
}

/// The agent knows nothing of the store, so it cannot name the whole key.
const BELOW: &str = "below `prefix` of uploader.toml";

/// `album`: where an order's pictures are, below the store's prefix.
///
/// # Errors
/// A number that is none, or a site key that cannot be read.
pub fn album(
    whose: &Whose,
    config: &Path,
    data: Option<&Path>,
    key: Option<&Path>,
) -> Result<String, Failure> {
    let vehicle = vehicle(whose)?;
    let (key, trial) = match key {
        Some(path) => (site_key::read(path).context("the given key cannot be used")?, false),
        None => configured_key(config, data)?,
    };
    let album = key.album(&vehicle);
    Ok(match trial {
        true => format!("unreleased/albums/{album}/        {BELOW}\n"),
        false => format!("albums/{album}/        (of trials: unreleased/albums/{album}/)  {BELOW}\n"),
    })
}

/// The vehicle that is known by this number alone.
pub(crate) fn vehicle(whose: &Whose) -> anyhow::Result<Vehicle> {
    match whose {
        Whose::Order(order) => OrderNumber::parse(order).and_then(|o| Vehicle::new(None, Some(o), None)),
        Whose::Body(body) => BodyNumber::parse(body).and_then(|b| Vehicle::new(None, None, Some(b))),
        Whose::Vin(vin) => Vin::parse(vin).and_then(|v| Vehicle::new(Some(v), None, None)),
    }
    .context("the number cannot be used")
}

/// The site's key, else the throwaway one of a trial.
fn configured_key(config: &Path, data: Option<&Path>) -> Result<(SiteKey, bool), Failure> {
    let settings = settings(config)?;
    match site_key::read(&settings.site_key) {
        Ok(key) => Ok((key, false)),
        Err(site_key::KeyFileError::Absent(absent)) => {
            let data: PathBuf = data.map_or_else(|| settings.data.clone(), Path::to_owned);
            let throwaway = Rooms::below(&data).throwaway_key();
            match site_key::read(&throwaway) {
                Ok(key) => Ok((key, true)),
                Err(_) => Err(Failure::Configuration(site_key::KeyFileError::Absent(absent).into())),
            }
        }
        Err(error) => Err(Failure::Configuration(error.into())),
    }
}
