//! MQTT topics and topic filters that the plant publishes on, or listens to for the PLC.
//!
//! Holds: none of them begins with `lineshot/`, where lineshot speaks of itself.

use std::fmt;

use lineshot_domain::StationId;

use crate::ConfigError;
use crate::section::{Section, quoted};

/// Far more than a plant's names need, far less than MQTT's 65,535.
const TOPIC_BYTES: usize = 256;

/// The first level of all that lineshot publishes about itself.
const OWN: &str = "lineshot";

/// An MQTT topic without wildcards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(String);

impl Topic {
    /// A topic that belongs to no station.
    pub(crate) fn parse(section: &Section<'_>, key: &str, text: &str) -> Result<Topic, ConfigError> {
        Topic::checked(text.to_owned(), "no placeholder", "a topic without wildcards", |expected, mend| {
            section.wrong(key, quoted(text), expected, mend)
        })
    }

    /// Puts the station's id in place of `{station}`.
    pub(crate) fn of_station(
        section: &Section<'_>,
        key: &str,
        text: &str,
        station: &StationId,
    ) -> Result<Topic, ConfigError> {
        let topic = text.replace("{station}", station.as_str());
        Topic::checked(
            topic,
            "no other placeholder than `{station}`",
            "a topic without wildcards (`{station}` stands for the station's id)",
            |expected, mend| section.wrong(key, quoted(text), expected, mend),
        )
    }

    fn checked(
        topic: String,
        placeholders: &str,
        plain: &str,
        wrong: impl Fn(&str, &str) -> ConfigError,
    ) -> Result<Topic, ConfigError> {
        if topic.contains(['+', '#']) {
            return Err(wrong(plain, "name the one topic"));
        }
        shaped(&topic, placeholders, &wrong)?;
        if topic.split('/').next() == Some(OWN) {
            return Err(wrong(NOT_OWN, "choose a topic of the plant's own"));
        }
        Ok(Topic(topic))
    }

    /// The topic as subscribed or published.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const NOT_OWN: &str = "no topic below `lineshot/`, which lineshot itself publishes on";

/// What topics and filters have in common.
fn shaped(
    text: &str,
    placeholders: &str,
    wrong: impl Fn(&str, &str) -> ConfigError,
) -> Result<(), ConfigError> {
    if !(1..=TOPIC_BYTES).contains(&text.len()) || text.chars().any(char::is_control) {
        return Err(wrong("1 to 256 bytes without control characters", "shorten or correct it"));
    }
    if text.contains(['{', '}']) {
        return Err(wrong(placeholders, "correct its spelling"));
    }
    if text.starts_with('$') {
        let mend = "topics that begin with `$` belong to the broker";
        return Err(wrong("a topic that the plant publishes", mend));
    }
    Ok(())
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An MQTT topic filter: a topic that may have the wildcards `+` and `#`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter(String);

impl TopicFilter {
    /// `+` alone in a level, `#` alone in the last (MQTT 5, 4.7.1); never shared with other clients
    /// (4.8.2), who would take messages away from this PC.
    pub(crate) fn parse(section: &Section<'_>, key: &str, text: &str) -> Result<TopicFilter, ConfigError> {
        let wrong = |expected: &str, mend: &str| section.wrong(key, quoted(text), expected, mend);
        shaped(text, "no placeholder", wrong)?;
        let levels: Vec<&str> = text.split('/').collect();
        let fits = |(at, level): (usize, &&str)| match *level {
            "+" => true,
            "#" => at + 1 == levels.len(),
            name => !name.contains(['+', '#']),
        };
        if !levels.iter().enumerate().all(fits) {
            let mend = "write `+` for any one level, such as plant/orders/+, or `#` for all that follow";
            return Err(wrong("`+` alone in a level, `#` alone in the last", mend));
        }
        if meet(text, "lineshot/#") {
            return Err(wrong(NOT_OWN, "begin it with the name of the plant's own first level"));
        }
        Ok(TopicFilter(text.to_owned()))
    }

    /// The filter as subscribed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the topic's messages belong to it.
    pub(crate) fn takes(&self, topic: &Topic) -> bool {
        meet(&self.0, topic.as_str())
    }
}

/// Whether some topic belongs to both filters; neither begins with `$`.
fn meet(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.split('/'), other.split('/'));
    loop {
        match (one.next(), other.next()) {
            (Some("#"), _) | (_, Some("#")) | (None, None) => return true,
            (Some(a), Some(b)) if a == b || a == "+" || b == "+" => {}
            _ => return false,
        }
    }
}
