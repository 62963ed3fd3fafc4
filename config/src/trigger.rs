//! The `[trigger]` of a station: which MQTT message says that a vehicle came or left.

use std::time::Duration;

use lineshot_domain::StationId;

use crate::Topic;
use crate::fields::{FIELDS, Fields};
use crate::key::{Key, Keys, Table};
use crate::shape::{Nested, Span, Text, Word};
use crate::text::spoken;
use crate::topic::{PATTERN, Pattern};

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

/// How the field `time` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// A text as RFC 3339 has it, such as `2026-11-23T10:00:00Z`.
    #[default]
    Rfc3339,
    /// Milliseconds since 1970-01-01T00:00:00Z: an integer, or its digits in a text.
    UnixMs,
}

/// Which messages say that a vehicle came to or left a station. At least one of `leave` and `dwell`
/// is there: something bounds the stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// A vehicle came. This and the other two differ from every other topic of this PC.
    pub topic: Topic,
    /// It left.
    pub leave: Option<Topic>,
    /// Where the PLC is told whether a vehicle could be photographed, and what became of each.
    pub ready: Option<Topic>,
    /// What arrivals and departures look like.
    pub format: Format,
    /// How the field `time` is written; of no meaning where the format names none.
    pub time_format: TimeFormat,
    /// How they prove how old they are.
    pub age: AgeProof,
    /// How old an arrival may be on receipt, 100 ms to 1 h.
    pub max_age: Duration,
    /// How long a vehicle surely stays, 1 s to 24 h.
    pub dwell: Option<Duration>,
    /// Inside windows, silence for longer is an alarm; 10 s to 24 h.
    pub expect_every: Option<Duration>,
    /// No vehicle follows another sooner; 1 s to 1 h, less than `expect_every`.
    pub shortest: Option<Duration>,
}

/// The word for a format, which says nothing yet about its fields.
#[derive(Clone, Copy, Debug)]
enum FormatWord {
    Json,
    Text,
}

/// A trigger before the station's id is known.
pub(crate) struct Written {
    trigger: Trigger,
    topic: Pattern,
    leave: Option<Pattern>,
    ready: Option<Pattern>,
}

static TOPIC: Key<Text<Pattern>> = Key::needed(
    "topic",
    PATTERN,
    "A vehicle came. A topic belongs to one station: no wildcards; `{station}` stands for the station's id.",
);
static LEAVE: Key<Text<Pattern>> = Key::optional(
    "leave",
    PATTERN,
    "A vehicle left. Optional, but it bounds the exposure; one of `leave` and `dwell` is needed.",
);
static READY: Key<Text<Pattern>> = Key::optional(
    "ready",
    PATTERN,
    "Where the PLC is told whether a vehicle could be photographed now, and what became of each that came.",
);
static FORMAT: Key<Word<FormatWord>> = Key::needed(
    "format",
    Word {
        words: &[("json", FormatWord::Json), ("text", FormatWord::Text)],
        later: &[("sparkplug-b", "cannot read Sparkplug B yet", "send \"json\" or \"text\"")],
    },
    "What arrivals and departures look like; a text is the bare VIN and has no fields.",
);
static TIME_FORMAT: Key<Word<TimeFormat>> = Key::optional(
    "time_format",
    Word { words: &[("rfc3339", TimeFormat::Rfc3339), ("unix-ms", TimeFormat::UnixMs)], later: &[] },
    "How the field `time` is written: RFC 3339 (by default), or milliseconds since 1970.",
);
static AGE: Key<Word<AgeProof>> = Key::needed(
    "age",
    Word { words: &[("time", AgeProof::Time), ("expiry", AgeProof::Expiry)], later: &[] },
    "How an arrival proves how old it is: by its field `time`, or by the MQTT 5 message expiry that its publisher sets \
     and that must not be longer than `max_age`. One that proves nothing is refused.",
);
static MAX_AGE: Key<Span> = Key::needed(
    "max_age",
    Span(Duration::from_millis(100)..=Duration::from_hours(1)),
    "An older arrival gets no picture.",
);
static DWELL: Key<Span> = Key::optional(
    "dwell",
    Span(Duration::from_secs(1)..=Duration::from_hours(24)),
    "How long a vehicle surely stays; needed without `leave`, and longer than `max_age`, `delay` and `latency` together.",
);
static EXPECT_EVERY: Key<Span> = Key::optional(
    "expect_every",
    Span(Duration::from_secs(10)..=Duration::from_hours(24)),
    "Inside windows, longer silence is an alarm.",
);
static SHORTEST: Key<Span> = Key::optional(
    "shortest",
    Span(Duration::from_secs(1)..=Duration::from_hours(1)),
    "No vehicle follows another sooner; what does is withheld.",
);
static FIELDS_KEY: Key<Nested<Fields>> = Key::optional("fields", FIELDS, "Where a JSON event says what.");

static KEYS: Keys = Keys {
    about: "Which MQTT message says that a vehicle came or left.",
    keys: &[
        &TOPIC,
        &LEAVE,
        &READY,
        &FORMAT,
        &AGE,
        &MAX_AGE,
        &DWELL,
        &TIME_FORMAT,
        &EXPECT_EVERY,
        &SHORTEST,
        &FIELDS_KEY,
    ],
    elsewhere: &[],
};

pub(crate) const TRIGGER: Nested<Written> = Nested { keys: &KEYS, read };

fn read(table: &Table<'_>) -> Option<Written> {
    let (topic, leave, ready) = (table.read(&TOPIC), table.read(&LEAVE), table.read(&READY));
    let (word, time_format, fields) =
        (table.read(&FORMAT), table.read(&TIME_FORMAT), table.read(&FIELDS_KEY));
    let (age, max_age, dwell) = (table.read(&AGE), table.read(&MAX_AGE), table.read(&DWELL));
    let (expect_every, shortest) = (table.read(&EXPECT_EVERY), table.read(&SHORTEST));
    if table.tree().is_part() {
        return None;
    }
    if !table.has(&LEAVE) && !table.has(&DWELL) {
        let mend = "say how long a vehicle surely stays, or name the topic of departures as `leave`";
        let _said: Option<()> = table.wrong(&DWELL, "neither `dwell` nor `leave`", "one of them", mend);
    }
    if let (Some(shortest), Some(every)) = (shortest, expect_every)
        && shortest >= every
    {
        let mend = "lengthen the one or shorten the other";
        let _said: Option<()> = table.wrong(&EXPECT_EVERY, spoken(every), "more than `shortest`", mend);
    }
    let format = format(table, word, fields);
    time_is_told(table, format.as_ref(), age);
    let topic = topic?;
    let some_station = StationId::parse("station").expect("the word fits the rule of station ids");
    let trigger = Trigger {
        topic: topic.of(&some_station),
        leave: None,
        ready: None,
        format: format?,
        time_format: time_format.unwrap_or_default(),
        age: age?,
        max_age: max_age?,
        dwell,
        expect_every,
        shortest,
    };
    Some(Written { trigger, topic, leave, ready })
}

impl Written {
    /// The trigger of this station, whose topics differ.
    pub(crate) fn of(self, station: &StationId, table: &Table<'_>) -> Option<Trigger> {
        let Written { trigger, topic, leave, ready } = self;
        let topic = topic.of(station);
        let [leave, ready] = [leave, ready].map(|pattern| pattern.map(|pattern| pattern.of(station)));
        if leave.as_ref() == Some(&topic) {
            let mend = "give departures a topic of their own, or leave it out and set `dwell`";
            table.wrong_below("trigger.leave", "the topic of arrivals", "another topic", mend);
            return None;
        }
        if ready.is_some() && (ready.as_ref() == Some(&topic) || ready == leave) {
            let mend = "give the answer to the PLC a topic of its own";
            table.wrong_below("trigger.ready", "a topic that the PLC writes to", "another topic", mend);
            return None;
        }
        Some(Trigger { topic, leave, ready, ..trigger })
    }
}

/// Joins a format and its fields.
fn format(table: &Table<'_>, word: Option<FormatWord>, fields: Option<Fields>) -> Option<Format> {
    match word? {
        FormatWord::Text if !table.has(&FIELDS_KEY) => Some(Format::Text),
        FormatWord::Text => {
            let mend = "remove the table (also from line.toml), or write format = \"json\"";
            table.wrong(&FIELDS_KEY, "fields of a text", "none: the text is the VIN", mend)
        }
        FormatWord::Json => match fields {
            Some(fields) if fields.name_a_vehicle() => Some(Format::Json(fields)),
            // What is wrong with them has been said.
            None if table.has(&FIELDS_KEY) => None,
            _ => {
                let mend = "say where the event names the vehicle, such as vin = \"/vehicle/vin\"";
                let expected = "at least one of vin, order and body";
                table.wrong(&FIELDS_KEY, "no field of the vehicle", expected, mend)
            }
        },
    }
}

/// Whether the event tells its time where something depends on it.
fn time_is_told(table: &Table<'_>, format: Option<&Format>, age: Option<AgeProof>) {
    let Some(format) = format else { return };
    if matches!(format, Format::Json(Fields { time: Some(_), .. })) {
        return;
    }
    let expected = "a field that holds the time";
    let _said: Option<()> = if age == Some(AgeProof::Time) {
        let mend = "name the time's field in a JSON event, or write \"expiry\" and let the publisher set it";
        table.wrong(&AGE, "\"time\" without `fields.time`", expected, mend)
    } else if table.has(&TIME_FORMAT) {
        let mend = "name the time's field, or remove this key (also from line.toml)";
        table.wrong(&TIME_FORMAT, "it without `fields.time`", expected, mend)
    } else {
        None
    };
}
