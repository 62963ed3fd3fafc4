//! The `[trigger]` of a station: which MQTT message says that a vehicle came or left.

use std::ops::RangeInclusive;
use std::time::Duration;

use lineshot_domain::StationId;
use serde::Deserialize;

use crate::fields::{Fields, RawFields};
use crate::section::{Section, quoted};
use crate::text::spoken;
use crate::{ConfigError, Topic};

/// What an event looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON document.
    Json(Fields),
    /// The bare text of a VIN.
    Text,
}

/// How an event proves how old it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeProof {
    /// By its field `time`; the format is then JSON and names that field.
    Time,
    /// By the MQTT 5 message expiry interval.
    Expiry,
}

/// How the field `time` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// A text as RFC 3339 has it, such as `2026-11-23T10:00:00Z`.
    #[default]
    Rfc3339,
    /// Milliseconds since 1970-01-01T00:00:00Z: an integer, or its digits in a text.
    UnixMs,
}

/// Which messages say that a vehicle came to or left a station. At least one of `leave` and `dwell`
/// is there: something bounds the stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// A vehicle came. This and the other two differ from every other topic of this PC.
    pub topic: Topic,
    /// It left.
    pub leave: Option<Topic>,
    /// Where the PLC is told whether a vehicle could be photographed, and what became of each.
    pub ready: Option<Topic>,
    /// What arrivals and departures look like.
    pub format: Format,
    /// How the field `time` is written; of no meaning where the format names none.
    pub time_format: TimeFormat,
    /// How they prove how old they are.
    pub age: AgeProof,
    /// How old an arrival may be on receipt, 100 ms to 1 h.
    pub max_age: Duration,
    /// How long a vehicle surely stays, 1 s to 24 h.
    pub dwell: Option<Duration>,
    /// Inside windows, silence for longer is an alarm; 10 s to 24 h.
    pub expect_every: Option<Duration>,
    /// No vehicle follows another sooner; 1 s to 1 h, less than `expect_every`.
    pub shortest: Option<Duration>,
}

/// `[trigger]` as written, in `line.toml` or a station's file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawTrigger {
    topic: Option<String>,
    leave: Option<String>,
    ready: Option<String>,
    format: Option<String>,
    time_format: Option<String>,
    age: Option<String>,
    max_age: Option<String>,
    dwell: Option<String>,
    expect_every: Option<String>,
    shortest: Option<String>,
    fields: Option<RawFields>,
}

/// What of a trigger is there, each value checked alone.
struct Parts {
    topic: Option<Topic>,
    leave: Option<Topic>,
    ready: Option<Topic>,
    format: Option<FormatWord>,
    time_format: Option<TimeFormat>,
    fields: Option<Fields>,
    age: Option<AgeProof>,
    max_age: Option<Duration>,
    dwell: Option<Duration>,
    expect_every: Option<Duration>,
    shortest: Option<Duration>,
}

/// The word for a format, which says nothing yet about its fields.
#[derive(Clone, Copy)]
enum FormatWord {
    Json,
    Text,
}

impl RawTrigger {
    /// Checks the values that `line.toml` has, for whatever station.
    pub(crate) fn check_alone(&self, section: &Section<'_>) -> Result<(), ConfigError> {
        let some_station = StationId::parse("station").expect("the word fits the rule of station ids");
        self.parts(section, &some_station).map(|_| ())
    }

    /// Checks a station's trigger as a whole.
    pub(crate) fn checked(&self, section: &Section<'_>, station: &StationId) -> Result<Trigger, ConfigError> {
        let parts = self.parts(section, station)?;
        let topic =
            parts.topic.clone().ok_or_else(|| section.missing("topic", "the MQTT topic of arrivals"))?;
        let format = parts.format.ok_or_else(|| section.missing("format", FORMATS))?;
        let age = parts.age.ok_or_else(|| section.missing("age", AGES))?;
        let max_age = parts.max_age.ok_or_else(|| section.missing("max_age", "a duration such as \"5s\""))?;
        parts.fit_each_other(section)?;
        let format = with_fields(section, format, parts.fields)?;
        time_is_told(section, &format, age, parts.time_format)?;
        Ok(Trigger {
            topic,
            leave: parts.leave,
            ready: parts.ready,
            format,
            time_format: parts.time_format.unwrap_or_default(),
            age,
            max_age,
            dwell: parts.dwell,
            expect_every: parts.expect_every,
            shortest: parts.shortest,
        })
    }

    fn parts(&self, section: &Section<'_>, station: &StationId) -> Result<Parts, ConfigError> {
        let topic = |key, text: &Option<String>| {
            text.as_deref().map(|text| Topic::of_station(section, key, text, station)).transpose()
        };
        let duration = |key, text: &Option<String>, range: RangeInclusive<Duration>| {
            text.as_deref().map(|text| section.duration(key, text, range)).transpose()
        };
        let format = match self.format.as_deref() {
            None => None,
            Some("json") => Some(FormatWord::Json),
            Some("text") => Some(FormatWord::Text),
            Some(other) => return Err(section.wrong("format", quoted(other), FORMATS, "write one of them")),
        };
        let age = match self.age.as_deref() {
            None => None,
            Some("time") => Some(AgeProof::Time),
            Some("expiry") => Some(AgeProof::Expiry),
            Some(other) => return Err(section.wrong("age", quoted(other), AGES, "write one of them")),
        };
        let time_format = match self.time_format.as_deref() {
            None => None,
            Some("rfc3339") => Some(TimeFormat::Rfc3339),
            Some("unix-ms") => Some(TimeFormat::UnixMs),
            Some(other) => {
                return Err(section.wrong("time_format", quoted(other), TIME_FORMATS, "write one of them"));
            }
        };
        Ok(Parts {
            topic: topic("topic", &self.topic)?,
            leave: topic("leave", &self.leave)?,
            ready: topic("ready", &self.ready)?,
            format,
            time_format,
            fields: self.fields.as_ref().map(|raw| raw.checked(&section.under("fields"))).transpose()?,
            age,
            max_age: duration("max_age", &self.max_age, MAX_AGE)?,
            dwell: duration("dwell", &self.dwell, DWELL)?,
            expect_every: duration("expect_every", &self.expect_every, EXPECT_EVERY)?,
            shortest: duration("shortest", &self.shortest, SHORTEST)?,
        })
    }
}

impl Parts {
    /// Checks topics and times, which no value shows alone.
    fn fit_each_other(&self, section: &Section<'_>) -> Result<(), ConfigError> {
        if self.leave.is_some() && self.leave == self.topic {
            let mend = "give departures a topic of their own, or leave it out and set `dwell`";
            return Err(section.wrong("leave", "the topic of arrivals", "another topic", mend));
        }
        if self.ready.is_some() && (self.ready == self.topic || self.ready == self.leave) {
            let mend = "give the answer to the PLC a topic of its own";
            return Err(section.wrong("ready", "a topic that the PLC writes to", "another topic", mend));
        }
        if self.leave.is_none() && self.dwell.is_none() {
            let mend = "say how long a vehicle surely stays, or name the topic of departures as `leave`";
            return Err(section.wrong("dwell", "neither `dwell` nor `leave`", "one of them", mend));
        }
        if let (Some(shortest), Some(every)) = (self.shortest, self.expect_every)
            && shortest >= every
        {
            let mend = "lengthen the one or shorten the other";
            return Err(section.wrong("expect_every", spoken(every), "more than `shortest`", mend));
        }
        Ok(())
    }
}

/// Whether the event tells its time where something depends on it.
fn time_is_told(
    section: &Section<'_>,
    format: &Format,
    age: AgeProof,
    time_format: Option<TimeFormat>,
) -> Result<(), ConfigError> {
    if matches!(format, Format::Json(Fields { time: Some(_), .. })) {
        return Ok(());
    }
    let expected = "a field that holds the time";
    if age == AgeProof::Time {
        let mend = "name the time's field in a JSON event, or write \"expiry\" and let the publisher set it";
        return Err(section.wrong("age", "\"time\" without `fields.time`", expected, mend));
    }
    if time_format.is_some() {
        let mend = "name the time's field, or remove this key (also from line.toml)";
        return Err(section.wrong("time_format", "it without `fields.time`", expected, mend));
    }
    Ok(())
}

/// Joins a format and its fields.
fn with_fields(
    section: &Section<'_>,
    format: FormatWord,
    fields: Option<Fields>,
) -> Result<Format, ConfigError> {
    match (format, fields) {
        (FormatWord::Text, None) => Ok(Format::Text),
        (FormatWord::Text, Some(_)) => {
            let mend = "remove the table (also from line.toml), or write format = \"json\"";
            Err(section.wrong("fields", "fields of a text", "none: the text is the VIN", mend))
        }
        (FormatWord::Json, Some(fields)) if fields.name_a_vehicle() => Ok(Format::Json(fields)),
        (FormatWord::Json, _) => {
            let mend = "say where the event names the vehicle, such as vin = \"/vehicle/vin\"";
            Err(section.wrong(
                "fields",
                "no field of the vehicle",
                "at least one of vin, order and body",
                mend,
            ))
        }
    }
}

const FORMATS: &str = "\"json\" or \"text\"";
const TIME_FORMATS: &str = "\"rfc3339\" or \"unix-ms\"";
const AGES: &str = "\"time\" or \"expiry\"";
const MAX_AGE: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_hours(1);
const DWELL: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24);
const EXPECT_EVERY: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_hours(24);
const SHORTEST: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(1);
