//! `stop`, `pause` and `resume`: asked of the running agent, or written for the signer.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use lineshot_domain::Clock;
use lineshot_release::{Parcels, Resume, Root};
use serde::Serialize;

use super::settings;
use crate::asking::{AskError, SCHEMA, Said, ask};
use crate::failure::Failure;
use crate::lookout::rfc3339;
use crate::releases::me;

/// Who stops, why.
#[derive(Clone, Debug, Args)]
pub struct StopNow {
    /// Why, for the record: no names, no numbers of cars
    #[arg(long, default_value = "no reason given")]
    reason: String,
    /// Stop nothing: show the stops that hold
    #[arg(long)]
    show: bool,
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    config: PathBuf,
}

/// How long a pause lasts.
#[derive(Clone, Debug, Args)]
pub struct PauseNow {
    /// For how many minutes, at most a shift of 12 hours
    #[arg(long = "for", value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=720))]
    minutes: u32,
    /// End your own pause
    #[arg(long, conflicts_with = "minutes")]
    end: bool,
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    config: PathBuf,
}

/// What a resume says.
#[derive(Clone, Debug, Args)]
pub struct ResumeWritten {
    /// The number of the latest stop, as `lineshot stop --show` prints it
    #[arg(value_name = "NUMBER")]
    stop: String,
    /// What becomes of the pictures that wait
    #[arg(long)]
    parcels: Waiting,
    /// For how many hours it may be used
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=168))]
    hours: u64,
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    config: PathBuf,
}

/// What becomes of the pictures that wait.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Waiting {
    /// They are delivered
    Deliver,
    /// They never are
    Destroy,
}

#[derive(Serialize)]
struct Ask<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<StopAsked<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pause: Option<PauseAsked>,
}

#[derive(Serialize)]
struct StopAsked<'a> {
    reason: &'a str,
    show: bool,
}

#[derive(Serialize)]
struct PauseAsked {
    minutes: u32,
}

/// Stops; shows the number that a resume must name.
///
/// # Errors
/// No agent that answers: then the file `stop` does it.
pub fn stop(asked: &StopNow, shown: &mut dyn Write) -> Result<(), Failure> {
    let stop = StopAsked { reason: &asked.reason, show: asked.show };
    let told = put(&asked.config, &Ask { schema: SCHEMA, stop: Some(stop), pause: None }, shown);
    told.map_err(|error| match error {
        AskError::Closed(..) if !asked.show => Failure::Other(anyhow!(
            "{error}. While it does not run, nothing is photographed; so that it starts stopped: touch {}",
            asked.config.join("stop").display()
        )),
        error => Failure::Other(error.into()),
    })
}

/// Pauses, or ends the pause.
///
/// # Errors
/// No agent that answers, or that says no.
pub fn pause(asked: &PauseNow, shown: &mut dyn Write) -> Result<(), Failure> {
    let minutes = if asked.end { 0 } else { asked.minutes };
    let ask = Ask { schema: SCHEMA, stop: None, pause: Some(PauseAsked { minutes }) };
    put(&asked.config, &ask, shown).map_err(|error| Failure::Other(error.into()))
}

fn put(config: &Path, question: &Ask<'_>, shown: &mut dyn Write) -> Result<(), AskError> {
    let socket = match settings(config) {
        Ok(settings) => settings.socket,
        // A stop does not wait for a configuration that can be read.
        Err(_) => PathBuf::from("/run/lineshot/agent.sock"),
    };
    ask(&socket, question, &mut |said| match said {
        Said::Text(text) => writeln!(shown, "{text}").and_then(|()| shown.flush()),
        Said::Look(_) | Said::Card(_) | Said::Aim(_) | Said::Part(_) => Ok(()),
    })
}

/// The text that lifts a stop, once it is signed.
///
/// # Errors
/// A configuration that cannot be used; a machine without a name.
pub fn resume(asked: &ResumeWritten, clock: &dyn Clock) -> Result<String, Failure> {
    let agent = settings(&asked.config)?;
    let me = me(&Root::of_machine(), &agent.site, &agent.name).map_err(|why| Failure::Other(anyhow!(why)))?;
    let is_number = asked.stop.split_once('-').is_some_and(|(line, hash)| {
        line.parse::<u64>().is_ok() && hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit())
    });
    if !is_number {
        return Err(Failure::Other(anyhow!(
            "{:?} is no stop's number: `lineshot stop --show` prints those that hold",
            asked.stop
        )));
    }
    let parcels = match asked.parcels {
        Waiting::Deliver => Parcels::Deliver,
        Waiting::Destroy => Parcels::Destroy,
    };
    let expires = clock.wall().plus(Duration::from_hours(asked.hours));
    Ok(Resume::prepared(&me, &asked.stop, parcels, &rfc3339(expires)))
}
