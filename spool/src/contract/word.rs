//! What the PLC is told of an arrival: that it was taken in, and at the end what became of it.
//!
//! Closed: no field but these is ever added to version 1, and no word is longer than 8 KiB.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The value of `schema` in the version written here.
pub const WORD_SCHEMA: &str = "lineshot/word/1";

/// One word about one arrival. Words may be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordText {
    /// [`WORD_SCHEMA`].
    pub schema: String,
    /// Where.
    pub station: String,
    /// The id of the event that told of the arrival, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// `accepted`, and once all views have ended one of `done`, `failed`, `withheld`, `missed`, `refused`.
    pub word: String,
    /// The arrival was simulated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// How each view ended; empty with `accepted`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, WordView>,
}

/// How one view ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordView {
    /// One of the outcomes.
    pub outcome: String,
    /// Why there is no picture, as it is told outside the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
