//! Which part of a JSON message says what: by the value, where it tells, and by its name.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lineshot_domain::{BodyNumber, Market, OrderNumber, VehicleClass, Vin};
use serde_json::Value;

use crate::plc::{Fields, TimeFormat, is_of_century};

/// No document of a PLC is deeper or has more values; what has is looked at so far.
const DEPTH: usize = 8;
const LEAVES: usize = 400;

/// What an event can say, in the order in which it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Vin,
    Time,
    Order,
    Body,
    Event,
    Sequence,
    Market,
    Class,
}

pub(super) const ALL: [Field; 8] = [
    Field::Vin,
    Field::Time,
    Field::Order,
    Field::Body,
    Field::Event,
    Field::Sequence,
    Field::Market,
    Field::Class,
];

/// A text or a number, and the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    way: Vec<String>,
    pub(super) text: String,
    is_integer: bool,
}

impl Leaf {
    /// RFC 6901.
    pub(super) fn pointer(&self) -> String {
        self.way.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect()
    }

    fn name(&self) -> String {
        self.way.last().map(|step| folded(step)).unwrap_or_default()
    }

    fn parent(&self) -> String {
        self.way.iter().rev().nth(1).map(|step| folded(step)).unwrap_or_default()
    }
}

/// `vehicle_id`, `vehicleID` and `Vehicle-Id` are one name.
fn folded(step: &str) -> String {
    step.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// All texts and numbers of a document.
pub(super) fn leaves(json: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    collect(json, &mut Vec::new(), &mut found);
    found
}

fn collect(json: &Value, way: &mut Vec<String>, found: &mut Vec<Leaf>) {
    if found.len() == LEAVES || way.len() > DEPTH {
        return;
    }
    let mut inner = |step: String, value: &Value| {
        way.push(step);
        collect(value, way, found);
        way.pop();
    };
    match json {
        Value::Object(members) => members.iter().for_each(|(name, value)| inner(name.clone(), value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| inner(at.to_string(), value));
        }
        Value::String(text) => {
            found.push(Leaf { way: way.clone(), text: text.clone(), is_integer: false });
        }
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            found.push(Leaf { way: way.clone(), text: number.to_string(), is_integer: true });
        }
        Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

impl Field {
    /// Its key in `[trigger.fields]`.
    pub(super) fn key(self) -> &'static str {
        match self {
            Field::Vin => "vin",
            Field::Time => "time",
            Field::Order => "order",
            Field::Body => "body",
            Field::Event => "event",
            Field::Sequence => "sequence",
            Field::Market => "market",
            Field::Class => "class",
        }
    }

    /// How much speaks for it; 0: nothing, or it could not be read there.
    pub(super) fn score(self, leaf: &Leaf) -> u32 {
        let (name, parent) = (leaf.name(), leaf.parent());
        let name = name.as_str();
        let points = match self {
            Field::Vin => match !leaf.is_integer && Vin::parse(&leaf.text).is_ok() {
                true => 20 + 10 * u32::from(name.contains("vin") || name == "fin"),
                false => 0,
            },
            Field::Time => time(leaf).map_or(0, |_| match name {
                "time" | "timestamp" | "ts" => 30,
                _ if name.contains("time") || name.contains("date") => 25,
                _ => 10,
            }),
            Field::Order if OrderNumber::parse(&leaf.text).is_ok() => {
                number(name, &parent, &["order", "auftrag"])
            }
            Field::Body if BodyNumber::parse(&leaf.text).is_ok() => {
                number(name, &parent, &["body", "karosse"])
            }
            Field::Event if !leaf.text.is_empty() && leaf.text.len() <= 128 => event(leaf, name, &parent),
            Field::Sequence if leaf.text.parse::<u64>().is_ok() => {
                let names = ["sequence", "seq", "seqno", "sequenceno", "sequencenumber", "count", "counter"];
                20 * u32::from(names.contains(&name))
            }
            Field::Market if !leaf.is_integer && Market::parse(&leaf.text).is_ok() => {
                20 * u32::from(["market", "country", "countrycode", "destination", "land"].contains(&name))
            }
            Field::Class if !leaf.is_integer && VehicleClass::parse(&leaf.text).is_ok() => {
                20 * u32::from(["class", "vehicleclass", "category"].contains(&name))
            }
            _ => 0,
        };
        // Of two that are alike, the one that is less deep.
        points.saturating_sub(u32::try_from(leaf.way.len()).unwrap_or(u32::MAX)).max(u32::from(points > 0))
    }
}

/// An order's or a body's number: `orderNumber`, `order_no`, or `number` in `order`; not `orderDate`.
fn number(name: &str, parent: &str, words: &[&str]) -> u32 {
    const NUMBERS: [&str; 6] = ["", "number", "no", "nr", "id", "num"];
    let is_said = |text: &str, more: &[&str]| {
        words.iter().any(|word| text.strip_prefix(word).is_some_and(|rest| more.contains(&rest)))
    };
    match is_said(name, &NUMBERS) || is_said(parent, &[""]) && NUMBERS.contains(&name) {
        true => 20,
        false => 0,
    }
}

/// The event's own id: not that of something in it.
fn event(leaf: &Leaf, name: &str, parent: &str) -> u32 {
    const MESSAGES: [&str; 6] = ["event", "message", "msg", "header", "meta", "envelope"];
    let is_own = leaf.way.len() == 1 || MESSAGES.contains(&parent);
    match name {
        "eventid" | "messageid" | "msgid" => 30,
        "id" | "uuid" | "guid" if is_own => 25,
        "event" if leaf.text.bytes().any(|b| b.is_ascii_digit()) => 15,
        _ => 0,
    }
}

/// How a time is written, and which one it is.
pub(super) fn time(leaf: &Leaf) -> Option<(TimeFormat, Timestamp)> {
    if let Ok(time) = leaf.text.parse()
        && !leaf.is_integer
    {
        return Some((TimeFormat::Rfc3339, time));
    }
    let ms = leaf.text.parse().ok().filter(|ms| is_of_century(*ms))?;
    Some((TimeFormat::UnixMs, Timestamp::from_millisecond(ms).ok()?))
}

/// What most documents agree on: where each field is, and what stood there last.
pub(super) fn fields(documents: &[Value]) -> BTreeMap<Field, Leaf> {
    let mut agreed: BTreeMap<Field, Leaf> = BTreeMap::new();
    for field in ALL {
        let mut points: BTreeMap<String, (u32, Leaf)> = BTreeMap::new();
        for leaf in documents.iter().flat_map(leaves) {
            let (more, pointer) = (field.score(&leaf), leaf.pointer());
            let is_taken = agreed.values().any(|other| other.pointer() == pointer);
            if more > 0 && !is_taken && !pointer.chars().any(char::is_control) {
                let (sum, last) = points.entry(pointer).or_insert_with(|| (0, leaf.clone()));
                (*sum, *last) = (*sum + more, leaf);
            }
        }
        if let Some((_, leaf)) = points.into_values().max_by_key(|(sum, _)| *sum) {
            agreed.insert(field, leaf);
        }
    }
    agreed
}

/// What the agent would be told.
pub(super) fn as_configured(agreed: &BTreeMap<Field, Leaf>) -> Fields {
    let at = |field: Field| agreed.get(&field).map(Leaf::pointer);
    Fields {
        event: at(Field::Event),
        time: at(Field::Time),
        time_format: agreed.get(&Field::Time).and_then(time).map(|(format, _)| format).unwrap_or_default(),
        vin: at(Field::Vin),
        order: at(Field::Order),
        body: at(Field::Body),
        market: at(Field::Market),
        class: at(Field::Class),
        sequence: at(Field::Sequence),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(document: Value) -> Vec<(&'static str, String)> {
        fields(&[document]).iter().map(|(field, leaf)| (field.key(), leaf.pointer())).collect()
    }

    #[test]
    fn what_plants_send_is_understood() {
        let want = |pairs: &[(&'static str, &str)]| {
            pairs.iter().map(|(key, pointer)| (*key, (*pointer).to_owned())).collect::<Vec<_>>()
        };
        for (document, fields) in [
            (
                json!({
                    "id": "0196f3a2-b4c8-4d7e-9f00-112233445566", "timestamp": "2026-11-24T06:00:00Z",
                    "vehicle": { "vin": "WP0ZZZ99ZTS392124", "body": "B123", "class": "serial" },
                    "order": { "number": 4711, "market": "US", "date": "2026-10-01T00:00:00Z" }, "count": 7
                }),
                want(&[
                    ("vin", "/vehicle/vin"),
                    ("time", "/timestamp"),
                    ("order", "/order/number"),
                    ("body", "/vehicle/body"),
                    ("event", "/id"),
                    ("sequence", "/count"),
                    ("market", "/order/market"),
                    ("class", "/vehicle/class"),
                ]),
            ),
            (
                json!({ "header": { "msgId": 12, "ts": 1_790_000_000_000_u64 },
                        "d/ata": [{ "FIN": "WP0ZZZ99ZTS392124", "Auftrag_Nr": "A-1" }] }),
                want(&[
                    ("vin", "/d~1ata/0/FIN"),
                    ("time", "/header/ts"),
                    ("order", "/d~1ata/0/Auftrag_Nr"),
                    ("event", "/header/msgId"),
                ]),
            ),
            (json!({ "serial": "WP0ZZZ99ZTS392124" }), want(&[("vin", "/serial")])),
            (json!({ "order": { "customer": { "id": "12" } }, "speed": 1.5, "on": true }), want(&[])),
            (json!("WP0ZZZ99ZTS392124"), want(&[("vin", "")])),
            (json!({ "temperature": 21, "count": -1 }), want(&[])),
        ] {
            assert_eq!(found(document), fields);
        }
    }

    #[test]
    fn most_documents_decide_and_a_value_says_only_one_thing() {
        let document = |vin: &str| json!({ "a": vin, "b": "WP0ZZZ99ZTS392124" });
        let documents = ["x", "WP0ZZZ99ZTS392124", "y"].map(document);
        assert_eq!(fields(&documents)[&Field::Vin].pointer(), "/b");
        assert_eq!(found(json!({ "order": "1", "orderNo": "2" })).len(), 1);
        let deep = (0..200).fold(json!("WP0ZZZ99ZTS392124"), |inner, _| json!({ "x": inner }));
        assert!(found(deep).is_empty());
    }
}
