//! The `[trigger]` of a station: which MQTT message says that a vehicle came or left.

use std::ops::RangeInclusive;
use std::time::Duration;

use lineshot_domain::StationId;
use serde::Deserialize;

use crate::section::{Section, quoted};
use crate::{ConfigError, JsonPointer, Topic};

/// Where a JSON event says what. At least one of `vin`, `order` and `body` is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The event's own id.
    pub event: Option<JsonPointer>,
    /// When it happened.
    pub time: Option<JsonPointer>,
    /// The vehicle identification number.
    pub vin: Option<JsonPointer>,
    /// The number of the customer's order.
    pub order: Option<JsonPointer>,
    /// The number of the body in the plant.
    pub body: Option<JsonPointer>,
}

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

/// Which messages say that a vehicle came to or left a station. At least one of `leave` and `dwell`
/// is there: something bounds the stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// A vehicle came. Differs from every other topic of this PC.
    pub topic: Topic,
    /// It left.
    pub leave: Option<Topic>,
    /// What both messages look like.
    pub format: Format,
    /// How they prove how old they are.
    pub age: AgeProof,
    /// How old an arrival may be on receipt, 100 ms to 1 h.
    pub max_age: Duration,
    /// How long a vehicle surely stays, 1 s to 24 h.
    pub dwell: Option<Duration>,
}

/// `[trigger]` as written, in `line.toml` or a station's file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawTrigger {
    topic: Option<String>,
    leave: Option<String>,
    format: Option<String>,
    age: Option<String>,
    max_age: Option<String>,
    dwell: Option<String>,
    fields: Option<RawFields>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawFields {
    event: Option<String>,
    time: Option<String>,
    vin: Option<String>,
    order: Option<String>,
    body: Option<String>,
}

/// What of a trigger is there, each value checked alone.
struct Parts {
    topic: Option<Topic>,
    leave: Option<Topic>,
    format: Option<FormatWord>,
    fields: Option<Fields>,
    age: Option<AgeProof>,
    max_age: Option<Duration>,
    dwell: Option<Duration>,
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
        let topic = parts.topic.ok_or_else(|| section.missing("topic", "the MQTT topic of arrivals"))?;
        let format = parts.format.ok_or_else(|| section.missing("format", FORMATS))?;
        let age = parts.age.ok_or_else(|| section.missing("age", AGES))?;
        let max_age = parts.max_age.ok_or_else(|| section.missing("max_age", "a duration such as \"5s\""))?;
        if parts.leave.as_ref() == Some(&topic) {
            let mend = "give departures a topic of their own, or leave it out and set `dwell`";
            return Err(section.wrong("leave", "the topic of arrivals", "another topic", mend));
        }
        if parts.leave.is_none() && parts.dwell.is_none() {
            let mend = "say how long a vehicle surely stays, or name the topic of departures as `leave`";
            return Err(section.wrong("dwell", "neither `dwell` nor `leave`", "one of them", mend));
        }
        let format = with_fields(section, format, parts.fields)?;
        let has_time = matches!(&format, Format::Json(Fields { time: Some(_), .. }));
        if age == AgeProof::Time && !has_time {
            let mend =
                "name the time's field in a JSON event, or write \"expiry\" and let the publisher set it";
            return Err(section.wrong(
                "age",
                "\"time\" without `fields.time`",
                "a field that holds the time",
                mend,
            ));
        }
        Ok(Trigger { topic, leave: parts.leave, format, age, max_age, dwell: parts.dwell })
    }

    fn parts(&self, section: &Section<'_>, station: &StationId) -> Result<Parts, ConfigError> {
        let topic = |key, text: &Option<String>| {
            text.as_deref().map(|text| Topic::parse(section, key, text, station)).transpose()
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
        Ok(Parts {
            topic: topic("topic", &self.topic)?,
            leave: topic("leave", &self.leave)?,
            format,
            fields: self.fields.as_ref().map(|raw| raw.checked(&section.under("fields"))).transpose()?,
            age,
            max_age: duration("max_age", &self.max_age, MAX_AGE)?,
            dwell: duration("dwell", &self.dwell, DWELL)?,
        })
    }
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
        (FormatWord::Json, Some(fields))
            if fields.vin.is_some() || fields.order.is_some() || fields.body.is_some() =>
        {
            Ok(Format::Json(fields))
        }
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

impl RawFields {
    fn checked(&self, section: &Section<'_>) -> Result<Fields, ConfigError> {
        let pointer = |key, text: &Option<String>| {
            text.as_deref().map(|text| JsonPointer::parse(section, key, text)).transpose()
        };
        Ok(Fields {
            event: pointer("event", &self.event)?,
            time: pointer("time", &self.time)?,
            vin: pointer("vin", &self.vin)?,
            order: pointer("order", &self.order)?,
            body: pointer("body", &self.body)?,
        })
    }
}

const FORMATS: &str = "\"json\" or \"text\"";
const AGES: &str = "\"time\" or \"expiry\"";
const MAX_AGE: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_hours(1);
const DWELL: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24);
