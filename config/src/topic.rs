//! MQTT topics and topic filters that the plant publishes on, or listens to for the PLC.
//!
//! Holds: none of them begins with `lineshot/`, where lineshot speaks of itself.

use std::fmt;

use lineshot_domain::StationId;

use crate::shape::Text;
use crate::tree::{At, quoted};

/// Far more than a plant's names need, far less than MQTT's 65,535.
const TOPIC_BYTES: usize = 256;

/// The first level of all that lineshot publishes about itself.
const OWN: &str = "lineshot";

const NOT_OWN: &str = "no topic below `lineshot/`, which lineshot itself publishes on";

/// The longest id that a station can have, for what holds of every station.
const LONGEST_ID: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/// An MQTT topic without wildcards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(String);

/// A topic in which `{station}` stands for the station's id.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(String);

/// A topic of one station, as written.
pub(crate) const PATTERN: Text<Pattern> = Text {
    read: |at, text| {
        let with_id = text.replace("{station}", LONGEST_ID);
        let expected = "a topic without wildcards (`{station}` stands for the station's id)";
        plain(at, &with_id, expected, "no other placeholder than `{station}`")?;
        Some(Pattern(text.to_owned()))
    },
    words: "an MQTT topic, in which `{station}` stands for the station's id",
    pattern: "^[^+#$][^+#]*$",
};

/// A topic that belongs to no station.
pub(crate) const TOPIC: Text<Topic> = Text {
    read: |at, text| {
        plain(at, text, "a topic without wildcards", "no placeholder")?;
        Some(Topic(text.to_owned()))
    },
    words: "an MQTT topic",
    pattern: "^[^+#$][^+#]*$",
};

impl Pattern {
    /// The topic of this station.
    pub(crate) fn of(&self, station: &StationId) -> Topic {
        Topic(self.0.replace("{station}", station.as_str()))
    }
}

impl Topic {
    /// The topic as subscribed or published.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn plain(at: &At<'_>, topic: &str, expected: &str, placeholders: &str) -> Option<()> {
    if topic.contains(['+', '#']) {
        return at.not(expected, "name the one topic");
    }
    shaped(at, topic, placeholders)?;
    if topic.split('/').next() == Some(OWN) {
        return at.not(NOT_OWN, "choose a topic of the plant's own");
    }
    Some(())
}

/// What topics and filters have in common.
fn shaped(at: &At<'_>, text: &str, placeholders: &str) -> Option<()> {
    if !(1..=TOPIC_BYTES).contains(&text.len()) || text.chars().any(char::is_control) {
        return at.not("1 to 256 bytes without control characters", "shorten or correct it");
    }
    if text.contains(['{', '}']) {
        return at.not(placeholders, "correct its spelling");
    }
    if text.starts_with('$') {
        return at.not("a topic that the plant publishes", "topics that begin with `$` belong to the broker");
    }
    Some(())
}

/// An MQTT topic filter: a topic that may have the wildcards `+` and `#`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter(String);

/// `+` alone in a level, `#` alone in the last (MQTT 5, 4.7.1); never shared with other clients
/// (4.8.2), who would take messages away from this PC.
pub(crate) const FILTER: Text<TopicFilter> = Text {
    read: |at, text| {
        shaped(at, text, "no placeholder")?;
        let levels: Vec<&str> = text.split('/').collect();
        let fits = |(index, level): (usize, &&str)| match *level {
            "+" => true,
            "#" => index + 1 == levels.len(),
            name => !name.contains(['+', '#']),
        };
        if !levels.iter().enumerate().all(fits) {
            let mend = "write `+` for any one level, such as plant/orders/+, or `#` for all that follow";
            return at.wrong(quoted(text), "`+` alone in a level, `#` alone in the last", mend);
        }
        if meet(text, "lineshot/#") {
            return at.not(NOT_OWN, "begin it with the name of the plant's own first level");
        }
        Some(TopicFilter(text.to_owned()))
    },
    words: "an MQTT topic, which may have the wildcards `+` and `#`",
    pattern: "^[^$]",
};

impl TopicFilter {
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
