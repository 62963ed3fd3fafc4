//! `[[expect]]`: what a station's configuration must say of some moment, tested by `lineshot check`.

use lineshot_domain::{Ending, Market, Reason, VehicleClass};

use crate::key::{Key, Keys, Table};
use crate::place::Place;
use crate::shape::{List, Nested, Text};

/// What a person expects of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Local time of the station, or a moment with its offset; read by who asks the gate.
    pub at: String,
    /// What the order directory would say, or the event where there is none.
    pub market: Option<Market>,
    /// The same of the class.
    pub class: Option<VehicleClass>,
    /// `None`: a picture.
    pub refused: Option<Reason>,
    /// Where it stands.
    pub place: Place,
}

static AT: Key<Text<String>> = Key::needed(
    "at",
    Text {
        read: |_, text| Some(text.to_owned()),
        words: "local time of the station, such as \"2026-11-23T10:00\", or a time with an offset",
        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T",
    },
    "When a vehicle is supposed to arrive.",
);
static MARKET: Key<Text<Market>> = Key::optional(
    "market",
    Text {
        read: |at, text| {
            let expected = "2 to 8 letters or digits, such as \"US\"";
            Market::parse(text).ok().or_else(|| at.not(expected, "write it as in \"US\""))
        },
        words: "2 to 8 letters or digits, such as \"US\"",
        pattern: "",
    },
    "The market of its order.",
);
static CLASS: Key<Text<VehicleClass>> = Key::optional(
    "class",
    Text {
        read: |at, text| {
            let expected = "1 to 32 characters of a-z, 0-9, '-' and '_'";
            VehicleClass::parse(text).ok().or_else(|| at.not(expected, "write it as in \"serial\""))
        },
        words: "1 to 32 characters of a-z, 0-9, '-' and '_'",
        pattern: "",
    },
    "The class of the vehicle.",
);
const OUTCOMES: &str = "\"sealed\", or \"refused(reason)\" with a reason of `lineshot why`";
static OUTCOME: Key<Text<Option<Reason>>> = Key::needed(
    "outcome",
    Text {
        read: |at, text| {
            if text == "sealed" {
                return Some(None);
            }
            let code = text.strip_suffix(')').and_then(|text| text.split_once('(')).map(|(_, code)| code);
            let reason = code.and_then(Reason::from_code);
            match reason.filter(|reason| Ending::new(*reason).to_string() == text) {
                Some(reason) => Some(Some(reason)),
                None => at.not(OUTCOMES, "write one of them"),
            }
        },
        words: OUTCOMES,
        pattern: "^(sealed|[a-z]+\\([a-z_]+\\))$",
    },
    "What must become of it: a picture (`sealed`), or the reason for none.",
);

static KEYS: Keys = Keys {
    about: "A test of this very configuration, run by `lineshot check`: what must become of a vehicle that arrives then.",
    keys: &[&AT, &MARKET, &CLASS, &OUTCOME],
    elsewhere: &[],
};

pub(crate) static EXPECT: Key<List<Nested<Expectation>>> = Key::default(
    "expect",
    List {
        of: Nested { keys: &KEYS, read },
        count: 0..=usize::MAX,
        words: "a list of tables",
        mend: "write one [[expect]] for each",
    },
    "[]",
    "Tests of this very configuration.",
);

fn read(table: &Table<'_>) -> Option<Expectation> {
    let (at, outcome) = (table.read(&AT), table.read(&OUTCOME));
    let (market, class) = (table.read(&MARKET), table.read(&CLASS));
    Some(Expectation { at: at?, market, class, refused: outcome?, place: table.at.place() })
}
