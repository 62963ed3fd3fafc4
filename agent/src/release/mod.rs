//! `lineshot release`: what is laid before the signer, and how what was signed compares with what runs.
//!
//! Deliberately absent: signing. That is `ssh-keygen`'s, with a key that is never on this PC.

mod prepare;
mod sheet;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::anyhow;
use lineshot_config::AgentSettings;
use lineshot_domain::{Clock, StationId};
use lineshot_release::{Differences, Settings, compare};

use crate::command::settings;
use crate::failure::Failure;
use crate::releases::from_outside;

pub use prepare::{Prepare, prepare};

/// The stations named, or all.
fn chosen(agent: &AgentSettings, named: &[String]) -> Result<Vec<StationId>, Failure> {
    if let Some(problems) = agent.problems() {
        return Err(problems.into());
    }
    let known = |name: &String| {
        let found = agent.stations.iter().find(|station| station.id.as_str() == name);
        found.map(|station| station.id.clone()).ok_or_else(|| {
            let all: Vec<&str> = agent.stations.iter().map(|station| station.id.as_str()).collect();
            Failure::Other(anyhow!("there is no station {name:?}; there are: {}", all.join(", ")))
        })
    };
    match named {
        [] => Ok(agent.stations.iter().map(|station| station.id.clone()).collect()),
        named => named.iter().map(known).collect(),
    }
}

/// `release verify`: whether each station is released, by whom and until when, or why not. The second value: all are.
///
/// # Errors
/// A configuration that cannot be used.
pub fn verify(config: &Path, named: &[String], clock: &dyn Clock) -> Result<(String, bool), Failure> {
    let agent = settings(config)?;
    let stations = chosen(&agent, named)?;
    let look = from_outside(&agent, clock.wall());
    let (mut text, mut all) = (String::new(), true);
    for station in agent.stations.iter().filter(|station| stations.contains(&station.id)) {
        // What the running agent has seen before, its book knows alone.
        match look.judge(station, &Settings::of(&agent), 0) {
            Ok(valid) => {
                let until = crate::lookout::rfc3339(valid.expires);
                let _ = writeln!(
                    text,
                    "{}: released until {until}, serial {}, signed by {}",
                    station.id,
                    valid.serial,
                    valid.signers.join(" and ")
                );
                for narrower in valid.narrower {
                    let _ = writeln!(text, "  runs narrower: {narrower}");
                }
            }
            Err(void) => {
                all = false;
                let _ = writeln!(text, "{}: refused({}). {}", station.id, void.reason.code(), void.why);
                let _ = writeln!(text, "  What to do: {}", void.reason.mend());
            }
        }
    }
    Ok((text, all))
}

/// `release diff`: in words, what is other than it was signed. The second value: nothing is wider.
///
/// # Errors
/// A configuration that cannot be used.
pub fn diff(config: &Path, named: &[String], clock: &dyn Clock) -> Result<(String, bool), Failure> {
    let agent = settings(config)?;
    let stations = chosen(&agent, named)?;
    let look = from_outside(&agent, clock.wall());
    let (mut text, mut holds) = (String::new(), true);
    for station in agent.stations.iter().filter(|station| stations.contains(&station.id)) {
        let Some((name, signed)) = look.signed(&station.id) else {
            holds = false;
            let _ = writeln!(text, "{}: no signed release names it", station.id);
            continue;
        };
        let Differences { wider, narrower } = compare(signed, station);
        let verdict = match (wider.is_empty(), narrower.is_empty()) {
            (true, true) => "as it was signed",
            (true, false) => "narrower than it was signed: it runs",
            (false, _) => "wider than it was signed: it is refused",
        };
        holds &= wider.is_empty();
        let _ = writeln!(text, "{}, by {name}: {verdict}", station.id);
        for (mark, differences) in [("wider", wider), ("narrower", narrower)] {
            for difference in differences {
                let _ = writeln!(text, "  {mark}: `{}` {}", difference.key, difference.what);
            }
        }
    }
    Ok((text, holds))
}
