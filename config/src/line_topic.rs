//! `[permit.line]`: the topic on which the line says in which state it is.

use std::ops::RangeInclusive;
use std::time::Duration;

use lineshot_domain::StationId;
use serde::Deserialize;

use crate::section::{Section, quoted};
use crate::{ConfigError, JsonPointer, Topic};

/// Where the line says in which state it is, and which states permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTopic {
    /// Several stations may name the same, each with its own field and states.
    pub topic: Topic,
    /// Where in a JSON document the state is; without it the whole text is the state.
    pub field: Option<JsonPointer>,
    /// The states that permit, at least one, each a single line of at most 64 characters without
    /// padding.
    pub allowed: Vec<String>,
    /// How old the last word may be, 1 s to 24 h.
    pub max_age: Duration,
}

/// `line` as written, in `line.toml` or a station's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawLineTopic {
    topic: Option<String>,
    field: Option<String>,
    allowed: Option<Vec<String>>,
    max_age: Option<String>,
}

const MAX_AGES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24);

/// What of it is there, each value checked alone.
struct Parts {
    topic: Option<Topic>,
    field: Option<JsonPointer>,
    allowed: Option<Vec<String>>,
    max_age: Option<Duration>,
}

impl RawLineTopic {
    /// Checks the values that `line.toml` has.
    pub(crate) fn check_alone(&self, section: &Section<'_>, some: &StationId) -> Result<(), ConfigError> {
        self.parts(section, some).map(|_| ())
    }

    /// Checks it as a whole.
    pub(crate) fn checked(
        &self,
        section: &Section<'_>,
        station: &StationId,
    ) -> Result<LineTopic, ConfigError> {
        let Parts { topic, field, allowed, max_age } = self.parts(section, station)?;
        Ok(LineTopic {
            topic: topic.ok_or_else(|| section.missing("topic", "the MQTT topic of the line's state"))?,
            field,
            allowed: allowed.ok_or_else(|| section.missing("allowed", STATES))?,
            max_age: max_age.ok_or_else(|| section.missing("max_age", "a duration such as \"60s\""))?,
        })
    }

    fn parts(&self, section: &Section<'_>, station: &StationId) -> Result<Parts, ConfigError> {
        let topic = self.topic.as_deref();
        let field = self.field.as_deref();
        let max_age = self.max_age.as_deref();
        Ok(Parts {
            topic: topic.map(|text| Topic::of_station(section, "topic", text, station)).transpose()?,
            field: field.map(|text| JsonPointer::parse(section, "field", text)).transpose()?,
            allowed: self.allowed.as_deref().map(|states| allowed(section, states)).transpose()?,
            max_age: max_age.map(|text| section.duration("max_age", text, MAX_AGES)).transpose()?,
        })
    }
}

const STATES: &str = "the states that permit, such as [\"AUTO\"]";

fn allowed(section: &Section<'_>, states: &[String]) -> Result<Vec<String>, ConfigError> {
    if states.is_empty() {
        let mend = "name at least one, or remove `line` if the line's state does not matter";
        return Err(section.wrong("allowed", "an empty list", STATES, mend));
    }
    let fits = |state: &String| {
        (1..=64).contains(&state.chars().count())
            && state.trim() == state
            && !state.chars().any(char::is_control)
    };
    match states.iter().find(|state| !fits(state)) {
        None => Ok(states.to_vec()),
        Some(state) => {
            let expected = "1 to 64 characters in one line, without padding";
            Err(section.wrong("allowed", quoted(state), expected, "write it as the line sends it"))
        }
    }
}
