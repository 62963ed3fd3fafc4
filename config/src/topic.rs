//! MQTT topics of stations.

use std::fmt;

use lineshot_domain::StationId;

use crate::ConfigError;
use crate::section::{Section, quoted};

/// Far more than a plant's names need, far less than MQTT's 65,535.
const TOPIC_BYTES: usize = 256;

/// An MQTT topic without wildcards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(String);

impl Topic {
    /// Puts the station's id in place of `{station}`.
    pub(crate) fn parse(
        section: &Section<'_>,
        key: &str,
        text: &str,
        station: &StationId,
    ) -> Result<Topic, ConfigError> {
        let topic = text.replace("{station}", station.as_str());
        let wrong = |expected: &str, mend: &str| Err(section.wrong(key, quoted(text), expected, mend));
        if !(1..=TOPIC_BYTES).contains(&topic.len()) || topic.chars().any(char::is_control) {
            return wrong("1 to 256 bytes without control characters", "shorten or correct it");
        }
        if topic.contains(['+', '#']) {
            return wrong(
                "a topic without wildcards",
                "name this station's own topic; `{station}` stands for its id",
            );
        }
        if topic.contains(['{', '}']) {
            return wrong("no other placeholder than `{station}`", "correct its spelling");
        }
        if topic.starts_with('$') {
            return wrong(
                "a topic that the line publishes",
                "topics that begin with `$` belong to the broker",
            );
        }
        Ok(Topic(topic))
    }

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
