//! What a message says: payload in, vehicle, event id and time out. Pure.
//!
//! Holds: any bytes give an event or an error, never a panic; an error names the field and never
//! repeats its value.
//!
//! Deliberately absent: any decision whether the event may be believed or is too old.

use std::time::Duration;

use lineshot_domain::{
    BodyNumber, EventAge, EventId, NameError, OrderNumber, Vehicle, VehicleError, Vin, Wall,
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
    /// When it happened: an RFC 3339 text.
    pub time: Option<String>,
    /// The VIN: a text.
    pub vin: Option<String>,
    /// The order number: a text or an integer.
    pub order: Option<String>,
    /// The body number: a text or an integer.
    pub body: Option<String>,
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
    /// Not an event id.
    #[error("the event's `event` cannot be used: check the sender and the pointer in `fields`")]
    Id(#[source] NameError),
    /// Not a time.
    #[error("the event's `time` is not an RFC 3339 time with an offset, such as 2026-11-23T10:00:00Z")]
    Time,
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
        Document::Text(text) => Ok(Event { vehicle: vehicle_of_text(text)?, event: None, time: None }),
        Document::Json(json, fields) => Ok(Event {
            vehicle: vehicle_of_json(&json, fields)?.ok_or(EventError::Nobody)?,
            event: id_of(&json, fields)?,
            time: time_of(&json, fields)?,
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
    id.map(|id| EventId::parse(&id).map_err(EventError::Id)).transpose()
}

fn time_of(json: &Value, fields: &Fields) -> Result<Option<Wall>, EventError> {
    let Some(time) = text(json, "time", &fields.time)? else { return Ok(None) };
    let time: jiff::Timestamp = time.parse().map_err(|_| EventError::Time)?;
    Ok(Some(Wall::from_unix_ms(time.as_millisecond())))
}

/// What the pointer leads to; a missing value and null are both absent.
fn value<'a>(json: &'a Value, pointer: &Option<String>) -> Option<&'a Value> {
    pointer.as_ref().and_then(|pointer| json.pointer(pointer)).filter(|value| !value.is_null())
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
