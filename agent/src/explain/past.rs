//! `lineshot explain --order`, `--body`, `--vin` and `--event`: what became of a vehicle here, and why.
//!
//! Holds:
//! - it reads the agent's book alone, never writes, and does not need the running agent;
//! - the reason is the ledger's own, also where others are told `not_permitted`: who may enter the agent's
//!   room may know it, and nobody else can read the book;
//! - no number is repeated: what was asked for is not said again.
//!
//! Deliberately absent: the order directory as it is now. A case is found under the order that its vehicle
//! had when it arrived.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use lineshot_config::AgentSettings;
use lineshot_domain::{EventId, Reason, SiteKey};
use lineshot_spool::contract::rfc3339;
use lineshot_spool::{PastCase, Rooms, Sought};
use serde::Serialize;

use super::Answer;
use crate::Failure;
use crate::command::{self, Whose};
use crate::site_key::{self, KeyFileError};

const SCHEMA: &str = "lineshot/explained/1";

/// Whose past is asked for.
#[derive(Clone, Debug)]
pub enum Of {
    /// A vehicle's.
    Vehicle(Whose),
    /// That of the event with this id.
    Event(String),
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Past {
    /// Of what.
    pub of: Of,
    /// The configuration's folder.
    pub config: PathBuf,
    /// The data folder, if not the configured one.
    pub data: Option<PathBuf>,
    /// Whether a program asks.
    pub json: bool,
}

/// Answers by the book of the agent that this configuration is for.
///
/// # Errors
/// [`Failure::Configuration`] also without a site key; a number that is none and a book that cannot be read
/// as [`Failure::Other`].
pub fn past(asked: &Past) -> Result<Answer, Failure> {
    let settings = command::settings(&asked.config)?;
    let data = asked.data.as_deref().unwrap_or(&settings.data);
    let cases = match &asked.of {
        Of::Event(id) => {
            let event = EventId::parse(id).context("the event's id cannot be used")?;
            look(data, &Sought::Event(&event))?
        }
        Of::Vehicle(whose) => {
            let vehicle = command::vehicle(whose)?;
            look(data, &Sought::Vehicle(&vehicle, &keys(&settings, data)?))?
        }
    };
    let told: Vec<CaseText<'_>> = cases.iter().map(CaseText::of).collect();
    let text = match (asked.json, told.as_slice()) {
        (true, _) => json(&told),
        (false, []) => nobody(&asked.of),
        (false, some) => some.iter().zip(&cases).map(|(told, case)| sentences(told, case)).collect(),
    };
    Ok(Answer { yes: !cases.is_empty(), text })
}

fn look(data: &Path, sought: &Sought<'_>) -> anyhow::Result<Vec<PastCase>> {
    Ok(lineshot_spool::past(data, sought)?)
}

/// The site's key and the throwaway one of trials: a site that has its key now may have begun without.
fn keys(settings: &AgentSettings, data: &Path) -> Result<Vec<SiteKey>, Failure> {
    let wrong = |error: KeyFileError| Failure::Configuration(error.into());
    let throwaway = match site_key::read(&Rooms::below(data).throwaway_key()) {
        Ok(key) => Some(key),
        Err(KeyFileError::Absent(_)) => None,
        Err(error) => return Err(wrong(error)),
    };
    match (site_key::read(&settings.site_key), throwaway) {
        (Ok(key), throwaway) => Ok([key].into_iter().chain(throwaway).collect()),
        (Err(KeyFileError::Absent(_)), Some(throwaway)) => Ok(vec![throwaway]),
        (Err(error), _) => Err(wrong(error)),
    }
}

/// The answer for programs, `docs/contract/explained.schema.json`.
#[derive(Serialize)]
struct ExplainedText<'a> {
    schema: &'static str,
    cases: &'a [CaseText<'a>],
}

/// One case in it.
#[derive(Serialize)]
struct CaseText<'a> {
    case: &'a str,
    event: Option<&'a str>,
    station: &'a str,
    view: &'a str,
    received: String,
    outcome: Option<&'a str>,
    reason: Option<&'a str>,
    sentence: Option<&'static str>,
    mend: Option<&'static str>,
    delivery: Option<&'a str>,
    undelivered: Option<&'a str>,
    simulated: bool,
    unreleased: bool,
}

impl CaseText<'_> {
    /// Sentence and mend are of what keeps the picture from the album: why there is none, else why it
    /// could not be delivered.
    fn of(case: &PastCase) -> CaseText<'_> {
        let (reason, undelivered) = (case.reason.as_deref(), case.undelivered.as_deref());
        let known = reason.or(undelivered).and_then(Reason::from_code);
        CaseText {
            case: &case.case,
            event: case.event.as_deref(),
            station: &case.station,
            view: &case.view,
            received: rfc3339(case.received),
            outcome: case.outcome.as_deref(),
            reason,
            sentence: known.map(Reason::sentence),
            mend: known.map(Reason::mend),
            delivery: case.delivery.as_deref(),
            undelivered,
            simulated: case.simulated,
            unreleased: case.unreleased,
        }
    }
}

fn json(cases: &[CaseText<'_>]) -> String {
    let text = ExplainedText { schema: SCHEMA, cases };
    format!("{}\n", serde_json::to_string(&text).expect("plain data is JSON"))
}

/// That there is no case, and by what one would be found.
fn nobody(of: &Of) -> String {
    let (what, found) = match of {
        Of::Vehicle(Whose::Order(_)) => (
            "Nobody has announced this order here.",
            "An arrival is found by the order that it told, or that the order directory named for it when it \
             came.",
        ),
        Of::Vehicle(Whose::Body(_)) => (
            "Nobody has announced this body here by its number.",
            "An arrival whose order was known is found by its order, unless it told the body alone.",
        ),
        Of::Vehicle(Whose::Vin(_)) => (
            "Nobody has announced this vehicle here by its VIN.",
            "An arrival whose order or body was known is found by that, unless it told the VIN alone.",
        ),
        Of::Event(_) => (
            "No event with this id has come here.",
            "One that could not be read opens no case; the agent's log tells of it.",
        ),
    };
    format!("No: {what}\n{found}\n")
}

/// One case for people: a line with what became of it, and below it why.
fn sentences(told: &CaseText<'_>, case: &PastCase) -> String {
    let received = Timestamp::from_millisecond(case.received.unix_ms())
        .map(|at| at.strftime("%F %T UTC").to_string())
        .unwrap_or_default();
    let marks: String = [(case.simulated, ", simulated"), (case.unreleased, ", unreleased")]
        .into_iter()
        .filter_map(|(is_so, mark)| is_so.then_some(mark))
        .collect();
    let event = told.event.map(|event| format!(", event {event}")).unwrap_or_default();
    let became = match (told.outcome, told.reason) {
        (None, _) => "is being photographed".to_owned(),
        (Some(outcome), None) => outcome.to_owned(),
        (Some(outcome), Some(reason)) => format!("{outcome}({reason})"),
    };
    let mut text = format!("{received}  {}, {}{event}{marks}: {became}\n", told.station, told.view);
    for line in why_and_where(told, case) {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

/// What there is to say of a case below its first line.
fn why_and_where(told: &CaseText<'_>, case: &PastCase) -> Vec<String> {
    let sealed = told.outcome.is_some() && told.reason.is_none();
    let mut lines = Vec::new();
    if told.outcome.is_none() {
        lines.push("It has no outcome yet; if the agent does not run, its next start ends it.".to_owned());
    }
    lines.extend(told.undelivered.map(|code| format!("undeliverable({code})")));
    lines.extend(told.sentence.map(str::to_owned));
    lines.extend(told.mend.map(|mend| format!("What to do: {mend}")));
    lines.extend(told.delivery.map(|delivery| delivered(delivery, sealed)));
    if let Some(told) = told.reason.and_then(Reason::from_code).and_then(hidden) {
        lines.push(format!("Others are told {told}; the reason is for this house alone."));
    }
    if case.discreet {
        lines.push("Nothing about its order leaves this PC.".to_owned());
    }
    lines
}

/// What others are told instead of the reason, if it is kept from them.
fn hidden(reason: Reason) -> Option<&'static str> {
    (reason.told() != reason.code()).then(|| reason.told())
}

fn delivered(delivery: &str, sealed: bool) -> String {
    let what = if sealed { "The picture" } else { "The album's note that there is no picture" };
    match delivery {
        "delivered" => format!("{what} is delivered."),
        "waiting" => format!("{what} waits for its delivery."),
        "undeliverable" => format!("{what} can never be delivered."),
        "expired" => format!("{what} became too old before it could be delivered."),
        other => format!("{what} was not delivered: {other}."),
    }
}

#[cfg(test)]
mod tests;
