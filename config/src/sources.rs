//! `[orders]` and `[deny]` of `agent.toml`: what this PC is told of orders and of vehicles never to be
//! photographed.
//!
//! Holds: their topics meet neither each other nor a topic that lineshot publishes itself; that they meet
//! no station's is checked with the stations.

use std::path::PathBuf;
use std::time::Duration;

use crate::key::{Key, Keys, Table};
use crate::shape::{FilePath, Nested, Span, Text};
use crate::topic::{FILTER, TOPIC};
use crate::tree::quoted;
use crate::{Format, Station, Topic, TopicFilter};

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

/// From what changes with every car to what is issued once a quarter.
const AGES: Span = Span(Duration::from_mins(1)..=Duration::from_hours(90 * 24));

static ORDERS_FILE: Key<FilePath> = Key::optional(
    "file",
    FilePath,
    "A CSV file with the heading order,vin,body,market,class,consent,state,at. One unreadable line spoils the whole.",
);
static ORDERS_TOPIC: Key<Text<TopicFilter>> =
    Key::optional("topic", FILTER, "Each message is one order, a JSON object with the same fields.");
static ORDERS_MAX_AGE: Key<Span> =
    Key::needed("max_age", AGES, "How old the last word may be: with nothing newer, no picture is taken.");
static ORDERS_KEYS: Keys = Keys {
    about: "Whose vehicle is it, and what does its order permit? With it only vehicles of known orders are \
            photographed, and only if the customer agreed. Exactly one of `file` and `topic`.",
    keys: &[&ORDERS_FILE, &ORDERS_TOPIC, &ORDERS_MAX_AGE],
    elsewhere: &[],
};

pub(crate) const ORDERS: Nested<Orders> = Nested {
    keys: &ORDERS_KEYS,
    read: |table| {
        let (file, topic) = (table.read(&ORDERS_FILE), table.read(&ORDERS_TOPIC));
        let max_age = table.read(&ORDERS_MAX_AGE);
        let from = match (table.has(&ORDERS_FILE), table.has(&ORDERS_TOPIC)) {
            (true, false) => OrdersFrom::File(file?),
            (false, true) => OrdersFrom::Topic(topic?),
            (both, _) => {
                let found = if both { "both" } else { "neither" };
                return table.at.wrong(found, "exactly one of `file` and `topic`", "name one source");
            }
        };
        Some(Orders { from, max_age: max_age? })
    },
};

static DENY_FILE: Key<FilePath> =
    Key::optional("file", FilePath, "A list of albums, as deny.txt beside the examples.");
static DENY_TOPIC: Key<Text<Topic>> =
    Key::optional("topic", TOPIC, "The topic that has the list as its retained message.");
static DENY_MAX_AGE: Key<Span> = Key::needed(
    "max_age",
    AGES,
    "So long after its time of issue a list is believed; then no picture is taken.",
);
static DENY_KEYS: Keys = Keys {
    about: "What must never be photographed: a list of albums. At least one of `file` and `topic`; with both, what \
            either names is denied.",
    keys: &[&DENY_FILE, &DENY_TOPIC, &DENY_MAX_AGE],
    elsewhere: &[],
};

pub(crate) const DENY: Nested<Deny> = Nested {
    keys: &DENY_KEYS,
    read: |table| {
        let (file, topic) = (table.read(&DENY_FILE), table.read(&DENY_TOPIC));
        let max_age = table.read(&DENY_MAX_AGE);
        if !table.has(&DENY_FILE) && !table.has(&DENY_TOPIC) {
            let mend = "name a source, or remove the table if nobody keeps a list";
            return table.at.wrong("neither", "at least one of `file` and `topic`", mend);
        }
        Some(Deny { file, topic, max_age: max_age? })
    },
};

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
    /// Whether the two sources are told of on topics of their own.
    pub(crate) fn fit_each_other(&self, root: &Table<'_>) -> Option<()> {
        let topic = self.deny.and_then(|deny| deny.topic.as_ref());
        if let (Some(topic), Some(filter)) = (topic, self.orders.and_then(Orders::filter))
            && filter.takes(topic)
        {
            let found = format!("{}, which `orders.topic` takes, too", quoted(topic.as_str()));
            let deny = root.at.get("deny")?;
            return deny.wrong_at("topic", found, "a topic of its own", "change one of the two");
        }
        Some(())
    }

    /// Whether a station asks only for what somebody says, on topics that nothing else is said on.
    pub(crate) fn fit(&self, station: &Station, root: &Table<'_>) {
        self.tell_enough(station, root);
        let mut own: Vec<&Topic> = Vec::new();
        for (path, topic) in station.topics() {
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
                root.wrong_below(path, found, "a topic of its own", "change one of the two");
            }
            own.push(topic);
        }
    }

    /// Without a source no market and no class is ever known, and nothing would ever be permitted.
    fn tell_enough(&self, station: &Station, root: &Table<'_>) {
        if self.orders.is_some() {
            return;
        }
        let fields = match &station.trigger.format {
            Format::Json(fields) => Some(fields),
            Format::Text => None,
        };
        let market = fields.and_then(|fields| fields.market.as_ref());
        let class = fields.and_then(|fields| fields.class.as_ref());
        for (path, asked, told, field) in [
            ("permit.markets", station.rules.photos.is_some(), market.is_some(), "market"),
            ("permit.classes", station.rules.classes.is_some(), class.is_some(), "class"),
        ] {
            if asked && !told {
                let found =
                    format!("no source of a vehicle's {field}, so that nothing would ever be photographed");
                let expected = format!("[orders] in agent.toml, or `trigger.fields.{field}`");
                root.wrong_below(path, found, expected, "add one of them, or remove this key");
            }
        }
    }
}
