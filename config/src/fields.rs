//! `[trigger.fields]`: where a JSON event says what.

use serde::Deserialize;

use crate::section::Section;
use crate::{ConfigError, JsonPointer};

/// Where a JSON event says what. At least one of `vin`, `order` and `body` is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The event's own id.
    pub event: Option<JsonPointer>,
    /// When it happened, written as the trigger's [`TimeFormat`](crate::TimeFormat) says.
    pub time: Option<JsonPointer>,
    /// The number that the PLC counts its events with.
    pub sequence: Option<JsonPointer>,
    /// The vehicle identification number.
    pub vin: Option<JsonPointer>,
    /// The number of the customer's order.
    pub order: Option<JsonPointer>,
    /// The number of the body in the plant.
    pub body: Option<JsonPointer>,
    /// Where the vehicle is sold.
    pub market: Option<JsonPointer>,
    /// What kind of vehicle it is.
    pub class: Option<JsonPointer>,
}

/// The table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawFields {
    event: Option<String>,
    time: Option<String>,
    sequence: Option<String>,
    vin: Option<String>,
    order: Option<String>,
    body: Option<String>,
    market: Option<String>,
    class: Option<String>,
}

impl RawFields {
    pub(crate) fn checked(&self, section: &Section<'_>) -> Result<Fields, ConfigError> {
        let pointer = |key, text: &Option<String>| {
            text.as_deref().map(|text| JsonPointer::parse(section, key, text)).transpose()
        };
        Ok(Fields {
            event: pointer("event", &self.event)?,
            time: pointer("time", &self.time)?,
            sequence: pointer("sequence", &self.sequence)?,
            vin: pointer("vin", &self.vin)?,
            order: pointer("order", &self.order)?,
            body: pointer("body", &self.body)?,
            market: pointer("market", &self.market)?,
            class: pointer("class", &self.class)?,
        })
    }
}

impl Fields {
    /// Whether the event can say which vehicle it is about.
    pub(crate) fn name_a_vehicle(&self) -> bool {
        self.vin.is_some() || self.order.is_some() || self.body.is_some()
    }
}
