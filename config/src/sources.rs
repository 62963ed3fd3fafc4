//! `[orders]` and `[deny]` of `agent.toml`: what this PC is told of orders and of vehicles never to be
//! photographed.
//!
//! Holds: their topics meet neither each other nor a topic that lineshot publishes itself; that they meet
//! no station's is checked with the stations.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::section::{Section, quoted};
use crate::{ConfigError, Format, Station, Topic, TopicFilter};

/// Where the order directory comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrdersFrom {
    /// A CSV file, absolute.
    File(PathBuf),
    /// One message an order.
    Topic(TopicFilter),
}

/// The order directory: whose vehicle is it, and what does the order permit?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    /// Where it comes from.
    pub from: OrdersFrom,
    /// How old its last word may be, 1 min to 90 days.
    pub max_age: Duration,
}

/// The deny list: albums that nothing may be added to. At least one of `file` and `topic` is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deny {
    /// A file, absolute.
    pub file: Option<PathBuf>,
    /// A topic with the list as its retained message.
    pub topic: Option<Topic>,
    /// How old a list may be, by its time of issue; 1 min to 90 days.
    pub max_age: Duration,
}

/// Both, as far as they are there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) orders: Option<&'a Orders>,
    pub(crate) deny: Option<&'a Deny>,
}

/// Either table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawSource {
    file: Option<String>,
    topic: Option<String>,
    max_age: String,
}

/// From what changes with every car to what is issued once a quarter.
const MAX_AGES: RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(90 * 24);

impl RawSource {
    /// Checks `[orders]`.
    pub(crate) fn orders(&self, section: &Section<'_>) -> Result<Orders, ConfigError> {
        let from = match (&self.file, &self.topic) {
            (Some(file), None) => OrdersFrom::File(section.path("file", file)?),
            (None, Some(topic)) => OrdersFrom::Topic(TopicFilter::parse(section, "topic", topic)?),
            (found, _) => {
                let found = if found.is_some() { "both" } else { "neither" };
                return Err(section.wrong("", found, "exactly one of `file` and `topic`", "name one source"));
            }
        };
        Ok(Orders { from, max_age: section.duration("max_age", &self.max_age, MAX_AGES)? })
    }

    /// Checks `[deny]`.
    pub(crate) fn deny(&self, section: &Section<'_>, orders: Option<&Orders>) -> Result<Deny, ConfigError> {
        if self.file.is_none() && self.topic.is_none() {
            let mend = "name a source, or remove the table if nobody keeps a list";
            return Err(section.wrong("", "neither", "at least one of `file` and `topic`", mend));
        }
        let topic = self.topic.as_deref().map(|text| Topic::parse(section, "topic", text)).transpose()?;
        if let (Some(topic), Some(filter)) = (&topic, orders.and_then(Orders::filter))
            && filter.takes(topic)
        {
            let found = format!("{}, which `orders.topic` takes, too", quoted(topic.as_str()));
            return Err(section.wrong("topic", found, "a topic of its own", "change one of the two"));
        }
        Ok(Deny {
            file: self.file.as_deref().map(|file| section.path("file", file)).transpose()?,
            topic,
            max_age: section.duration("max_age", &self.max_age, MAX_AGES)?,
        })
    }
}

impl Orders {
    /// What it subscribes to, if anything.
    pub(crate) fn filter(&self) -> Option<&TopicFilter> {
        match &self.from {
            OrdersFrom::Topic(filter) => Some(filter),
            OrdersFrom::File(_) => None,
        }
    }
}

impl Sources<'_> {
    /// Whether a station asks only for what somebody says, on topics that nothing else is said on.
    pub(crate) fn fit(&self, station: &Station, root: &Section<'_>) -> Result<(), ConfigError> {
        self.tell_enough(station, root)?;
        let mut own: Vec<&Topic> = Vec::new();
        for (key, topic) in station.topics() {
            let elsewhere = if own.contains(&topic) {
                Some("another key of this station names")
            } else if self.orders.and_then(Orders::filter).is_some_and(|filter| filter.takes(topic)) {
                Some("`orders.topic` of agent.toml takes")
            } else if self.deny.and_then(|deny| deny.topic.as_ref()) == Some(topic) {
                Some("`deny.topic` of agent.toml names")
            } else {
                None
            };
            if let Some(elsewhere) = elsewhere {
                let found = format!("{}, which {elsewhere}, too", quoted(topic.as_str()));
                return Err(root.wrong(key, found, "a topic of its own", "change one of the two"));
            }
            own.push(topic);
        }
        Ok(())
    }

    /// Without a source no market and no class is ever known, and nothing would ever be permitted.
    fn tell_enough(&self, station: &Station, root: &Section<'_>) -> Result<(), ConfigError> {
        if self.orders.is_some() {
            return Ok(());
        }
        let fields = match &station.trigger.format {
            Format::Json(fields) => Some(fields),
            Format::Text => None,
        };
        let market = fields.and_then(|fields| fields.market.as_ref());
        let class = fields.and_then(|fields| fields.class.as_ref());
        for (key, asked, told, field) in [
            ("permit.markets", station.rules.photos.is_some(), market.is_some(), "market"),
            ("permit.classes", station.rules.classes.is_some(), class.is_some(), "class"),
        ] {
            if asked && !told {
                let found =
                    format!("no source of a vehicle's {field}, so that nothing would ever be photographed");
                let expected = format!("[orders] in agent.toml, or `trigger.fields.{field}`");
                return Err(root.wrong(key, found, expected, "add one of them, or remove this key"));
            }
        }
        Ok(())
    }
}
