//! The outcome of a case as it is published: CloudEvents 1.0, structured JSON
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>).

use serde::{Deserialize, Serialize};

/// One outcome, for whoever listens on the plant's broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeEvent {
    /// `1.0`.
    pub specversion: String,
    /// The case's public id and what is told: a repetition has the same id.
    pub id: String,
    /// `lineshot/<site>/<agent>`.
    pub source: String,
    /// `lineshot.outcome.1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When the case ended, RFC 3339.
    pub time: String,
    /// `application/json`.
    pub datacontenttype: String,
    /// The outcome.
    pub data: EventData,
}

/// The outcome itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventData {
    /// Where.
    pub station: String,
    /// Which camera angle.
    pub view: String,
    /// One of the outcomes.
    pub outcome: String,
    /// Why there is no picture, as it is told outside the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The id of the event that opened the case, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Taken in a trial, without a release.
    pub unreleased: bool,
    /// The arrival was simulated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
}
