//! The `[trigger]` of a station: which MQTT message says that a vehicle came or left.

use std::fmt;
use std::time::Duration;

/// An MQTT topic without wildcards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(String);

impl Topic {
    /// The topic as subscribed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where in a JSON document a value is (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonPointer(String);

impl JsonPointer {
    /// The pointer as written, valid for `serde_json::Value::pointer`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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
