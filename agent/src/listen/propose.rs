//! `[trigger]` as what was heard suggests it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use lineshot_domain::Vin;
use serde_json::Value;

use super::guess::{self, Field, Leaf};
use super::pattern::{Pattern, common};
use super::show::{plain, shortened};
use crate::plc::{Fields, Format, Overheard, TimeFormat, parse};

/// What is remembered: of the last few messages of so many topics.
const TOPICS: usize = 500;
const SAMPLES: usize = 8;

/// A message that may name a vehicle, and when it came.
#[derive(Debug)]
struct Sample {
    payload: Vec<u8>,
    json: Option<Value>,
    at: Timestamp,
    is_retained: bool,
    expiry: Option<Duration>,
}

/// All that was heard.
#[derive(Debug, Default)]
pub(super) struct Memory {
    topics: BTreeMap<String, Vec<Sample>>,
    messages: u64,
}

impl Memory {
    pub(super) fn take(&mut self, message: Overheard, at: Timestamp) {
        self.messages += 1;
        let Overheard { topic, payload, is_retained, expiry } = message;
        let is_room = self.topics.len() < TOPICS || self.topics.contains_key(&topic);
        let json = serde_json::from_slice(&payload).ok();
        let names_vehicle = json.as_ref().map_or_else(
            || std::str::from_utf8(&payload).is_ok_and(|text| Vin::parse(text).is_ok()),
            |json| is_vehicle(&guess::fields(std::slice::from_ref(json))),
        );
        // What this product says itself names no station of the line.
        if !is_room || !names_vehicle || topic.starts_with("lineshot/") || topic.chars().any(char::is_control)
        {
            return;
        }
        let samples = self.topics.entry(topic).or_default();
        if samples.len() == SAMPLES {
            samples.remove(0);
        }
        samples.push(Sample { payload, json, at, is_retained, expiry });
    }

    /// How `[trigger]` may read, as TOML with comments. `stations`: the ids that are configured.
    pub(super) fn proposal(&self, stations: &[String]) -> String {
        if self.topics.is_empty() {
            return format!(
                "# Nothing is proposed: of {} none names a vehicle. A text would have to be a VIN, and a JSON document \
                 to have a VIN, or a number that its name calls one of an order or a body.\n",
                count(self.messages, "message")
            );
        }
        let is_json = |samples: &&Vec<Sample>| samples.iter().all(|sample| sample.json.is_some());
        let json = self.topics.values().filter(is_json).count();
        let is_of_format = |samples: &Vec<Sample>| is_json(&samples) == (2 * json >= self.topics.len());
        let (leaving, coming): (Vec<&str>, Vec<&str>) = self
            .topics
            .iter()
            .filter(|(_, samples)| is_of_format(samples))
            .map(|(topic, _)| topic.as_str())
            .partition(|topic| is_leaving(topic));
        let (coming, leaving) = if coming.is_empty() { (leaving, Vec::new()) } else { (coming, leaving) };
        let topic = common(&coming, stations);
        let leave = (!leaving.is_empty()).then(|| common(&leaving, stations));
        let samples: Vec<&Sample> =
            topic.topics.iter().filter_map(|topic| self.topics.get(topic)).flatten().collect();
        self.written(&topic, leave.as_ref(), &samples)
    }

    fn written(&self, topic: &Pattern, leave: Option<&Pattern>, samples: &[&Sample]) -> String {
        let documents: Vec<Value> = samples.iter().filter_map(|sample| sample.json.clone()).collect();
        let agreed = guess::fields(&documents);
        let format = match documents.is_empty() {
            true => Format::Text,
            false => Format::Json { fields: guess::as_configured(&agreed) },
        };
        let mut text = format!(
            "# Proposed for line.toml from {}; compare it with what the line's people say.\n[trigger]\n",
            count(self.messages, "message")
        );
        written_topic(&mut text, "topic  ", topic);
        if let Some(leave) = leave {
            written_topic(&mut text, "leave  ", leave);
        }
        let word = if documents.is_empty() { "text" } else { "json" };
        let _ = writeln!(text, "format  = \"{word}\"");
        written_age(&mut text, samples, &agreed);
        if leave.is_none() {
            text.push_str("dwell   = \"60s\"   # how long a vehicle surely stays: ask the line's people\n");
        }
        if let Format::Json { fields } = &format {
            written_fields(&mut text, &agreed, fields);
        }
        text.push_str("\n# ");
        text.push_str(&reads(samples, &format));
        if samples.iter().any(|sample| sample.is_retained) {
            text.push_str(
                "# Some were retained at the broker: the agent takes none of those as an arrival. Have the PLC publish \
                 arrivals without the retain flag.\n",
            );
        }
        let others: Vec<&String> = (self.topics.keys())
            .filter(|name| {
                !topic.topics.contains(*name) && !leave.is_some_and(|it| it.topics.contains(*name))
            })
            .collect();
        if !others.is_empty() {
            let others: Vec<String> = others.iter().map(|topic| plain(topic)).collect();
            let _ = writeln!(text, "# These name vehicles too: {}", others.join(", "));
        }
        text
    }
}

fn is_vehicle(fields: &BTreeMap<Field, Leaf>) -> bool {
    [Field::Vin, Field::Order, Field::Body].iter().any(|field| fields.contains_key(field))
}

/// By what plants call it.
fn is_leaving(topic: &str) -> bool {
    const WORDS: [&str; 8] = ["depart", "leav", "left", "exit", "gone", "abfahrt", "ausfahrt", "verlass"];
    let topic = topic.to_lowercase();
    WORDS.iter().any(|word| topic.contains(word)) || topic.split('/').any(|level| level == "out")
}

fn written_topic(text: &mut String, key: &str, pattern: &Pattern) {
    let heard = match pattern.stations.as_slice() {
        [] => " a topic for each station's own file: none of its levels can be a station's id".to_owned(),
        stations => format!(" heard for {}", stations.join(", ")),
    };
    let _ = writeln!(text, "{key} = {}   #{heard}", quoted(&pattern.text));
}

/// A text of JSON without control characters is one of TOML.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn written_age(text: &mut String, samples: &[&Sample], agreed: &BTreeMap<Field, Leaf>) {
    let fresh = || samples.iter().filter(|sample| !sample.is_retained);
    let Some(leaf) = agreed.get(&Field::Time) else {
        text.push_str(match fresh().count() > 0 && fresh().all(|sample| sample.expiry.is_some()) {
            true => "age     = \"expiry\"   # by the message expiry that they were published with\nmax_age = \"5s\"\n",
            false => {
                "age     = \"expiry\"   # NOTHING HEARD PROVES HOW OLD IT IS: such an arrival gets no picture. Have the PLC \
                 send the time, or publish with a message expiry (MQTT 5) of at most max_age\nmax_age = \"5s\"\n"
            }
        });
        return;
    };
    let pointer = leaf.pointer();
    let ages = fresh().filter_map(|sample| {
        let there =
            guess::leaves(sample.json.as_ref()?).into_iter().find(|leaf| leaf.pointer() == pointer)?;
        Some(sample.at.duration_since(guess::time(&there)?.1).as_secs_f64())
    });
    let oldest = match ages.reduce(f64::max) {
        Some(age) if age < -1.0 => {
            format!("   # THE TIMES HEARD ARE {:.1} s AHEAD of this PC's clock: set both clocks first", -age)
        }
        Some(age) => format!("   # the oldest was {:.1} s old when it came", age.max(0.0)),
        None => String::new(),
    };
    let _ = write!(text, "age     = \"time\"\nmax_age = \"5s\"{oldest}\n");
    if let Some((TimeFormat::UnixMs, _)) = guess::time(leaf) {
        text.push_str("time_format = \"unix-ms\"\n");
    }
}

fn written_fields(text: &mut String, agreed: &BTreeMap<Field, Leaf>, fields: &Fields) {
    text.push_str("\n[trigger.fields]\n");
    for (field, leaf) in agreed {
        let example = match field {
            Field::Order | Field::Body => shortened(&leaf.text),
            _ => plain(&leaf.text.chars().take(40).collect::<String>()),
        };
        let _ = writeln!(text, "{:8} = {}   # such as {example}", field.key(), quoted(&leaf.pointer()));
    }
    if fields.event.is_none() {
        text.push_str("# event: nothing heard is an event's own id; without one, a repeated event is known by its time.\n");
    }
}

/// Whether the agent could read what was heard, by the code it reads with.
fn reads(samples: &[&Sample], format: &Format) -> String {
    let errors: Vec<String> = samples
        .iter()
        .filter_map(|sample| parse(format, &sample.payload).err())
        .map(|error| format!("{:#}", anyhow::Error::from(error)))
        .collect();
    match errors.first() {
        None => format!("Read so, {} would be understood.\n", count(samples.len() as u64, "message")),
        Some(first) => {
            format!("Read so, {} of {} would not be understood: {first}\n", errors.len(), samples.len())
        }
    }
}

fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
