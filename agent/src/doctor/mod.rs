//! `lineshot doctor`, the agent's part: walks its true path, by its own code and as its own user.
//!
//! Holds: nothing is photographed, and nothing that it does stays: what is published is empty, what is written is
//! removed.

mod broker;
mod cameras;
mod certificates;
mod place;
mod proof;
mod releases;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use lineshot_clock::MachineClock;
use lineshot_config::{AgentSettings, Problem};
use lineshot_doctor::{Finding, Report, Verdict, unit};
use lineshot_domain::{Clock, Wall};

use crate::command::check;
use crate::failure::Failure;

const CONFIGURATION: &str = "configuration";

/// Walks it. Whether nothing has to be mended.
///
/// # Errors
/// What is found cannot be shown.
pub fn walk(config: &Path, json: bool, shown: &mut dyn Write) -> Result<bool, Failure> {
    let mut report = Report::new("lineshot-agent", json, shown);
    match tell(config, &mut report) {
        Ok(()) => Ok(report.worst() < Verdict::Failed),
        Err(error) => {
            Err(Failure::Other(anyhow::Error::new(error).context("what was found cannot be shown")))
        }
    }
}

fn tell(config: &Path, report: &mut Report<'_>) -> std::io::Result<()> {
    let settings = match AgentSettings::load(config) {
        Ok(settings) => settings,
        Err(problems) => return report.tell_all(problems.iter().map(mistake)),
    };
    let settings = &settings;
    let clock: Arc<dyn Clock> = Arc::new(MachineClock::start());
    report.tell_all(configuration(settings, clock.wall()))?;
    report.tell_all(place::user(settings))?;
    report.tell_all(place::rooms(settings))?;
    report.tell(&place::clock(settings, &clock))?;
    report.tell_all(releases::releases(settings, &*clock))?;
    report.tell_all(broker::broker(settings, &*clock))?;
    report.tell_all(certificates::certificates(settings, &*clock))?;
    let looks = cameras::looks(settings, &clock);
    report.tell_all(cameras::cameras(&looks))?;
    report.tell_all(proof::proof(settings))?;
    report.tell_all(place::disk(settings, looks.bytes(), &*clock))?;
    report.tell(&unit("lineshot-agent", &place::reached(settings)))
}

fn mistake(problem: &Problem) -> Finding {
    Finding::failed(CONFIGURATION, problem.to_string(), "`lineshot check` shows the line")
}

fn configuration(settings: &AgentSettings, now: Wall) -> Vec<Finding> {
    let mut found: Vec<Finding> = check::wrong(settings, now).iter().map(mistake).collect();
    match settings.stations.len() {
        0 if found.is_empty() => {
            let mend = "put one into stations/<id>.toml, or let `lineshot init` begin one";
            found.push(Finding::failed(CONFIGURATION, "there is no station", mend));
        }
        count if found.is_empty() => {
            found.push(Finding::ok(CONFIGURATION, format!("nothing is wrong; stations: {count}")));
        }
        _ => {}
    }
    found
}

/// A sentence with its mend behind a colon, as this program's errors have it.
fn split(sentence: &str) -> (String, String) {
    let (found, mend) = sentence.split_once(": ").unwrap_or((sentence, "look at the agent's log"));
    (found.to_owned(), mend.to_owned())
}
