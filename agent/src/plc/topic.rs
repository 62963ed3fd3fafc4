//! Topics to listen to: what their messages are about, and which message belongs to which.
//!
//! Holds: no message belongs to two topics, so a broker never delivers one twice, and it never says two
//! things.

use lineshot_domain::StationId;

use super::event::MAX_PAYLOAD;
use super::link::LinkError;

/// What a station's messages say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A vehicle came to the station.
    Arrival,
    /// It left.
    Departure,
}

/// A state that is kept elsewhere and told to us, the last word of it retained at the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Whether the line runs, as far as it is said while we listen. Several stations may share a topic.
    LineState,
    /// No photographs for a while.
    Blackout,
    /// No photographs until somebody signs a resume.
    Stop,
    /// Whose car is never photographed.
    DenyList,
    /// What is known about orders; the topic may have wildcards.
    Orders,
}

impl SourceKind {
    /// Largest payload that is handed over in full, in bytes. A longer one comes cut to one byte more.
    pub const fn max_payload(self) -> usize {
        match self {
            // Some ten thousand vehicles.
            SourceKind::DenyList => 256 * 1024,
            SourceKind::LineState | SourceKind::Blackout | SourceKind::Stop | SourceKind::Orders => {
                MAX_PAYLOAD
            }
        }
    }
}

/// What a topic's messages are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Who stands at a station now. What the broker has stored is never asked for.
    Stay {
        /// Which station.
        station: StationId,
        /// What they say.
        kind: Kind,
    },
    /// A state. What the broker has stored is asked for on every connection, so that what it dropped
    /// meanwhile is made up for.
    Source(SourceKind),
}

/// A topic to listen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its full name; that of [`SourceKind::Orders`] may have the wildcards `+` and `#`.
    pub name: String,
    /// What its messages are about.
    pub about: About,
}

impl Topic {
    pub(super) fn takes(&self, name: &str) -> bool {
        matches(&self.name, name)
    }

    pub(super) fn max_payload(&self) -> usize {
        match self.about {
            About::Stay { .. } => MAX_PAYLOAD,
            About::Source(source) => source.max_payload(),
        }
    }

    pub(super) fn is_state(&self) -> bool {
        matches!(self.about, About::Source(_))
    }

    /// Whether only what is said while we listen counts: words that the broker kept for us would tell of
    /// the past as if it were now.
    pub(super) fn is_live(&self) -> bool {
        self.about == About::Source(SourceKind::LineState)
    }

    /// Whether so much may be stored there that the broker drops some of it.
    pub(super) fn is_many(&self) -> bool {
        self.about == About::Source(SourceKind::Orders)
    }

    /// Whether the broker is to keep for us (QoS 1) what is said while we are away or have much to do. A
    /// line that speaks all the time would fill the queue that arrivals need; orders are too many for it
    /// (`ask` says what is dropped then).
    pub(super) fn is_kept(&self) -> bool {
        !matches!(self.about, About::Source(SourceKind::LineState | SourceKind::Orders))
    }
}

/// Every topic once, if each can be subscribed to and none meets another or the `pulse`.
pub(super) fn distinct(topics: Vec<Topic>, pulse: &str) -> Result<Vec<Topic>, LinkError> {
    let mut distinct: Vec<Topic> = Vec::new();
    for topic in topics {
        let wild = topic.about == About::Source(SourceKind::Orders);
        if !is_filter(&topic.name) || !wild && !is_topic_name(&topic.name) {
            return Err(LinkError::Topic(topic.name));
        }
        if topic.is_state() && distinct.contains(&topic) {
            continue;
        }
        let names = distinct.iter().map(|other| other.name.as_str());
        if names.chain([pulse]).any(|other| meet(other, &topic.name)) {
            return Err(LinkError::Twice(topic.name));
        }
        distinct.push(topic);
    }
    Ok(distinct)
}

/// Whether a message can be published under this name (MQTT 5, 4.7.1 and 4.7.3).
pub(super) fn is_topic_name(name: &str) -> bool {
    (1..=65_535).contains(&name.len()) && !name.contains(['+', '#', '\0'])
}

/// Whether it is a filter (MQTT 5, 4.7.1), and not one shared with other clients (4.8.2), who would then
/// take messages away from us.
pub(super) fn is_filter(filter: &str) -> bool {
    let mut levels = filter.split('/').rev();
    let last = levels.next().unwrap_or_default();
    let plain = |level: &str| level == "+" || !level.contains(['+', '#', '\0']);
    (1..=65_535).contains(&filter.len())
        && !filter.starts_with("$share/")
        && (last == "#" || plain(last))
        && levels.all(plain)
}

fn matches(filter: &str, name: &str) -> bool {
    if name.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let (mut filter, mut name) = (filter.split('/'), name.split('/'));
    loop {
        match (filter.next(), name.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(level), Some(other)) if level == other => {}
            _ => return false,
        }
    }
}

/// Whether some name belongs to both filters.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn topic(name: &str, about: About) -> Topic {
        Topic { name: name.into(), about }
    }

    fn arrival(name: &str) -> Topic {
        let station = StationId::parse("marriage").unwrap();
        topic(name, About::Stay { station, kind: Kind::Arrival })
    }

    fn source(name: &str, kind: SourceKind) -> Topic {
        topic(name, About::Source(kind))
    }

    #[test]
    fn a_message_belongs_to_a_filter_as_the_standard_says() {
        for (filter, name, belongs) in [
            ("a/b", "a/b", true),
            ("a/b", "a/b/c", false),
            ("a/+", "a/b", true),
            ("a/+", "a", false),
            ("a/+/c", "a//c", true),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("a/#", "ab", false),
            ("#", "a/b", true),
            ("#", "$SYS/a", false),
            ("+/a", "$SYS/a", false),
            ("$SYS/#", "$SYS/a", true),
        ] {
            assert_eq!(matches(filter, name), belongs, "{filter} {name}");
        }
    }

    #[test]
    fn a_stations_topic_is_one_place_and_used_once() {
        for bad in ["", "a/+/b", "a/#", "a\0", "$share/group/a"] {
            assert_eq!(distinct(vec![arrival(bad)], "p"), Err(LinkError::Topic(bad.into())), "{bad:?}");
        }
        for bad in ["", "a/b+", "#/a", "a#", "$share/group/a"] {
            let orders = source(bad, SourceKind::Orders);
            assert_eq!(distinct(vec![orders], "p"), Err(LinkError::Topic(bad.into())), "{bad:?}");
        }
        let wild = source("a/+", SourceKind::DenyList);
        assert_eq!(distinct(vec![wild], "p"), Err(LinkError::Topic("a/+".into())));
        for (other, name) in [
            (arrival("a"), "a"),
            (source("a", SourceKind::LineState), "a"),
            (source("+", SourceKind::Orders), "+"),
            (source("#", SourceKind::Orders), "#"),
        ] {
            let twice = Err(LinkError::Twice(name.into()));
            assert_eq!(distinct(vec![arrival("a"), other.clone()], "p"), twice, "{name}");
            assert_eq!(distinct(vec![other], "a"), twice, "{name}");
        }
    }

    #[test]
    fn stations_may_share_the_topic_of_a_state() {
        let state = || source("line/state", SourceKind::LineState);
        assert_eq!(distinct(vec![state(), arrival("a"), state()], "p"), Ok(vec![state(), arrival("a")]));
        let denied = source("line/state", SourceKind::DenyList);
        assert_eq!(distinct(vec![state(), denied], "p"), Err(LinkError::Twice("line/state".into())));
    }

    fn filter() -> impl Strategy<Value = String> {
        let levels = prop::collection::vec(prop_oneof!["[ab]", Just("+".to_owned())], 1..4);
        (levels, any::<bool>()).prop_map(|(levels, all)| levels.join("/") + if all { "/#" } else { "" })
    }

    proptest! {
        #[test]
        fn two_filters_that_take_one_message_are_found_out(
            one in filter(), other in filter(), name in "[ab](/[ab]){0,4}",
        ) {
            prop_assert!(is_filter(&one));
            prop_assert_eq!(meet(&one, &other), meet(&other, &one));
            if matches(&one, &name) && matches(&other, &name) {
                prop_assert!(meet(&one, &other));
            }
        }
    }
}
