//! What a message says: payload in, vehicle, event id and time out. Pure.
//!
//! Holds: any bytes give an event or an error, never a panic; an error names the field and never
//! repeats its value.
//!
//! Deliberately absent: any decision whether the event may be believed or is too old.

use std::time::Duration;

use lineshot_domain::{
    BodyNumber, Claims, EventAge, EventId, Market, NameError, OrderNumber, Vehicle, VehicleClass,
    VehicleError, Vin, Wall,
};
use serde_json::Value;

use super::json::Strict;

/// Largest payload that is read, in bytes: a hundred times what an event needs.
pub(super) const MAX_PAYLOAD: usize = 32 * 1024;

/// How a payload is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// The bare text of a VIN; padding does not matter.
    Text,
    /// A JSON document.
    Json {
        /// Where to look.
        fields: Fields,
    },
}

/// Where a JSON event has what: JSON pointers (RFC 6901). What no pointer names is not looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The event's own id: a text or an integer.
    pub event: Option<String>,
    /// When it happened, written as `time_format` says.
    pub time: Option<String>,
    /// How that time is written.
    pub time_format: TimeFormat,
    /// The VIN: a text.
    pub vin: Option<String>,
    /// The order number: a text or an integer.
    pub order: Option<String>,
    /// The body number: a text or an integer.
    pub body: Option<String>,
    /// Where the car is sold: a text.
    pub market: Option<String>,
    /// What kind of vehicle it is: a text.
    pub class: Option<String>,
    /// The sender's count of arrivals at the station: an integer, or its digits in a text.
    pub sequence: Option<String>,
}

/// How an event writes its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// A text with an offset, such as 2026-11-23T10:00:00Z.
    #[default]
    Rfc3339,
    /// Milliseconds since 1970-01-01T00:00:00Z: an integer, or its digits in a text.
    UnixMs,
}

/// The times that milliseconds are believed for: the years 2000 to 2099. Seconds and microseconds of
/// those years are not among them.
const CENTURY: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// Whether milliseconds since 1970 are believed.
pub fn is_of_century(ms: i64) -> bool {
    CENTURY.contains(&ms)
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whose car it is about.
    pub vehicle: Vehicle,
    /// Its own id.
    pub event: Option<EventId>,
    /// Its own time.
    pub time: Option<Wall>,
    /// What it claims about its order.
    pub claims: Claims,
    /// The sender's count of arrivals.
    pub sequence: Option<u64>,
}

impl Event {
    fn of(vehicle: Vehicle) -> Event {
        Event { vehicle, event: None, time: None, claims: Claims::default(), sequence: None }
    }
}

/// Why a payload could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Too large.
    #[error("the event has more than {MAX_PAYLOAD} bytes: send what the fields name, nothing else")]
    Large,
    /// Not text.
    #[error("the event is not UTF-8 text: check the sender's encoding and the configured `format`")]
    NotText,
    /// Not JSON, nested too deeply, or with a name twice in one object.
    #[error(
        "the event is not JSON with every name once in its object (line {line}, column {column}): \
         check the sender and the configured `format`"
    )]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
    /// Neither text nor, where allowed, an integer.
    #[error("the event's `{field}` is {found}, not {expected}: check the sender and the pointer in `fields`")]
    Type {
        /// Its key in the configuration.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// Not a VIN, an order number or a body number.
    #[error("the event's `{field}` cannot be used: check the sender and the configured `format`")]
    Vehicle {
        /// Its key in the configuration.
        field: &'static str,
        /// What is wrong with it.
        source: VehicleError,
    },
    /// Not an event id, a market or a class.
    #[error("the event's `{field}` cannot be used: check the sender and the pointer in `fields`")]
    Name {
        /// Its key in the configuration.
        field: &'static str,
        /// What is wrong with it.
        source: NameError,
    },
    /// Not a time.
    #[error("the event's `time` is not an RFC 3339 time with an offset, such as 2026-11-23T10:00:00Z")]
    Time,
    /// Not a time of this century.
    #[error(
        "the event's `time` is not in the years 2000 to 2099 as milliseconds since 1970: does the sender \
         count seconds, or write another `time_format`?"
    )]
    UnixMs,
    /// Not a count.
    #[error("the event's `sequence` is not a whole number from 0 to 18446744073709551615: check the sender")]
    Sequence,
    /// No field names a vehicle.
    #[error("the event is about no vehicle: send one of the configured `vin`, `order` and `body`")]
    Nobody,
}

/// Reads an arrival. A field that is missing or null is absent.
///
/// # Errors
/// [`EventError`] if it cannot be read, or names no vehicle.
pub fn parse(format: &Format, payload: &[u8]) -> Result<Event, EventError> {
    match Document::read(format, payload)? {
        Document::Text(text) => vehicle_of_text(text).map(Event::of),
        Document::Json(json, fields) => Ok(Event {
            event: id_of(&json, fields)?,
            time: time_of(&json, fields)?,
            claims: claims_of(&json, fields)?,
            sequence: sequence_of(&json, fields)?,
            ..Event::of(vehicle_of_json(&json, fields)?.ok_or(EventError::Nobody)?)
        }),
    }
}

/// Reads a departure: it may leave open who left, down to an empty payload.
///
/// # Errors
/// [`EventError`] if it cannot be read.
pub fn parse_departure(format: &Format, payload: &[u8]) -> Result<Option<Vehicle>, EventError> {
    if payload.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace()) {
        return Ok(None);
    }
    match Document::read(format, payload)? {
        Document::Text(text) => vehicle_of_text(text).map(Some),
        Document::Json(json, fields) => vehicle_of_json(&json, fields),
    }
}

/// The word for a state: a bare text, or the text, number or truth value that `pointer` (RFC 6901) names in
/// a JSON message. `None`: it cannot be read.
pub fn state_word(pointer: Option<&str>, payload: &[u8]) -> Option<String> {
    let word = match pointer {
        None => std::str::from_utf8(payload).ok()?.to_owned(),
        Some(pointer) => {
            let Strict(json) = serde_json::from_slice(payload).ok()?;
            match json.pointer(pointer)? {
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) => json.pointer(pointer)?.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            }
        }
    };
    let word = word.trim_matches(|c: char| c == '\0' || c.is_ascii_whitespace());
    (!word.is_empty()).then(|| word.to_owned())
}

/// How an event proves how old it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeMode {
    /// By the time it carries.
    Time,
    /// By its MQTT 5 message expiry.
    Expiry,
}

/// What proves the age of an event with this time and what is left of this expiry.
pub fn age(mode: AgeMode, event_time: Option<Wall>, expiry: Option<Duration>) -> EventAge {
    match mode {
        AgeMode::Time => event_time.map_or(EventAge::Unproven, EventAge::At),
        AgeMode::Expiry => expiry.map_or(EventAge::Unproven, EventAge::Expires),
    }
}

enum Document<'a> {
    Text(&'a str),
    Json(Value, &'a Fields),
}

impl<'a> Document<'a> {
    fn read(format: &'a Format, payload: &'a [u8]) -> Result<Document<'a>, EventError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(EventError::Large);
        }
        match format {
            Format::Text => std::str::from_utf8(payload).map(Document::Text).map_err(|_| EventError::NotText),
            Format::Json { fields } => {
                let Strict(json) = serde_json::from_slice(payload)
                    .map_err(|e| EventError::NotJson { line: e.line(), column: e.column() })?;
                Ok(Document::Json(json, fields))
            }
        }
    }
}

fn vehicle_of_text(text: &str) -> Result<Vehicle, EventError> {
    Vin::parse(text)
        .and_then(|vin| Vehicle::new(Some(vin), None, None))
        .map_err(|source| EventError::Vehicle { field: "vin", source })
}

fn vehicle_of_json(json: &Value, fields: &Fields) -> Result<Option<Vehicle>, EventError> {
    let wrong = |field| move |source| EventError::Vehicle { field, source };
    let vin = text(json, "vin", &fields.vin)?;
    let vin = vin.map(|vin| Vin::parse(&vin).map_err(wrong("vin"))).transpose()?;
    let order = text_or_integer(json, "order", &fields.order)?;
    let order = order.map(|order| OrderNumber::parse(&order).map_err(wrong("order"))).transpose()?;
    let body = text_or_integer(json, "body", &fields.body)?;
    let body = body.map(|body| BodyNumber::parse(&body).map_err(wrong("body"))).transpose()?;
    Ok(Vehicle::new(vin, order, body).ok())
}

fn id_of(json: &Value, fields: &Fields) -> Result<Option<EventId>, EventError> {
    let id = text_or_integer(json, "event", &fields.event)?;
    id.map(|id| EventId::parse(&id).map_err(misnamed("event"))).transpose()
}

fn claims_of(json: &Value, fields: &Fields) -> Result<Claims, EventError> {
    let market = text(json, "market", &fields.market)?;
    let market = market.map(|market| Market::parse(&market).map_err(misnamed("market"))).transpose()?;
    let class = text(json, "class", &fields.class)?;
    let class = class.map(|class| VehicleClass::parse(&class).map_err(misnamed("class"))).transpose()?;
    Ok(Claims { market, class })
}

fn misnamed(field: &'static str) -> impl Fn(NameError) -> EventError {
    move |source| EventError::Name { field, source }
}

fn sequence_of(json: &Value, fields: &Fields) -> Result<Option<u64>, EventError> {
    let count = text_or_integer(json, "sequence", &fields.sequence)?;
    count.map(|count| digits(&count).ok_or(EventError::Sequence)).transpose()
}

fn time_of(json: &Value, fields: &Fields) -> Result<Option<Wall>, EventError> {
    match fields.time_format {
        TimeFormat::Rfc3339 => {
            let Some(time) = text(json, "time", &fields.time)? else { return Ok(None) };
            let time: jiff::Timestamp = time.parse().map_err(|_| EventError::Time)?;
            Ok(Some(Wall::from_unix_ms(time.as_millisecond())))
        }
        TimeFormat::UnixMs => {
            let Some(time) = text_or_integer(json, "time", &fields.time)? else { return Ok(None) };
            let ms = digits(&time).filter(|ms| is_of_century(*ms)).ok_or(EventError::UnixMs)?;
            Ok(Some(Wall::from_unix_ms(ms)))
        }
    }
}

/// A number written in digits alone, padding aside: no sign, no fraction.
fn digits<N: std::str::FromStr>(text: &str) -> Option<N> {
    let text = text.trim_matches(|c: char| c == '\0' || c.is_ascii_whitespace());
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// What the pointer leads to; a missing value, null and an empty or blank text, as PLCs send what they do not
/// know, are all absent.
fn value<'a>(json: &'a Value, pointer: &Option<String>) -> Option<&'a Value> {
    let blank = |text: &str| text.chars().all(|c| c == '\0' || c.is_ascii_whitespace());
    pointer
        .as_ref()
        .and_then(|pointer| json.pointer(pointer))
        .filter(|value| !value.is_null() && !value.as_str().is_some_and(blank))
}

fn text(json: &Value, field: &'static str, pointer: &Option<String>) -> Result<Option<String>, EventError> {
    match value(json, pointer) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(EventError::Type { field, expected: "a text", found: kind(other) }),
    }
}

fn text_or_integer(
    json: &Value,
    field: &'static str,
    pointer: &Option<String>,
) -> Result<Option<String>, EventError> {
    match value(json, pointer) {
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(Some(number.to_string())),
        Some(other) if !other.is_string() => {
            Err(EventError::Type { field, expected: "a text or an integer", found: kind(other) })
        }
        _ => text(json, field, pointer),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number with a fraction or out of range",
        Value::Number(_) => "an integer",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
