//! The `[permit]` of a station: when, in which markets, for which classes, in which states of the line.
//!
//! Holds: nothing here permits by being empty. A list that would close the station for ever is an error.

use ::config::ValueKind;
use lineshot_domain::{
    Calendar, ClosedPeriod, Days, Keep, LocalDate, Market, MarketRule, Rules, StationId, TimeOfDay,
    VehicleClass, Window, Zone,
};
use serde_json::json;

use crate::LineTopic;
use crate::key::{Key, Keys, Shape, Table};
use crate::line_topic::{LINE, Written as LineWritten};
use crate::nearest::nearest;
use crate::shape::{List, Nested, Own, Text, Word};

/// Where a station without anything local is: a day there is a day of UTC.
const NOWHERE: &str = "Etc/UTC";

static DAYS: Key<Text<Days>> = Key::needed(
    "days",
    Text {
        read: |at, text| {
            let mend = "write days and ranges as in \"mon-fri\", \"mon,wed,sat\" or \"daily\"";
            Days::parse(text).ok().or_else(|| at.not("weekdays, each once", mend))
        },
        words: "weekdays, each once, such as \"mon-fri\", \"mon,wed,sat\" or \"daily\"",
        pattern: "",
    },
    "On which days it begins.",
);

const TIME: Text<TimeOfDay> = Text {
    read: |at, text| {
        let expected = "a time from \"00:00\" to \"24:00\"";
        TimeOfDay::parse(text).ok().or_else(|| at.not(expected, "write two digits each, as in \"06:00\""))
    },
    words: "a time from \"00:00\" to \"24:00\"",
    pattern: "^[0-9]{2}:[0-9]{2}$",
};
static FROM: Key<Text<TimeOfDay>> = Key::needed("from", TIME, "By the local clock.");
static TO: Key<Text<TimeOfDay>> =
    Key::needed("to", TIME, "By the local clock; earlier than `from`: on the next day. 24:00 ends the day.");

static WINDOW_KEYS: Keys = Keys {
    about: "Hours in which photographs are permitted, by the local clock. A window over midnight belongs to the day it \
            begins.",
    keys: &[&DAYS, &FROM, &TO],
    elsewhere: &[],
};

const WINDOW: Nested<Window> = Nested {
    keys: &WINDOW_KEYS,
    read: |table| {
        let (days, from, to) = (table.read(&DAYS), table.read(&FROM), table.read(&TO));
        let (from, to) = (from?, to?);
        Window::new(days?, from, to).ok().or_else(|| {
            let mend = "for whole days write from = \"00:00\", to = \"24:00\"";
            table.at.wrong(format!("{from} to {to}"), "two different times, the first before 24:00", mend)
        })
    },
};

static WINDOWS: Key<List<Nested<Window>>> = Key::optional(
    "windows",
    List {
        of: WINDOW,
        count: 1..=usize::MAX,
        words: "a list of windows such as { days = \"mon-fri\", from = \"06:00\", to = \"14:30\" }",
        mend: "to keep a station closed, rename its file so that it does not end in .toml; to keep it open at all times, \
               write { days = \"daily\", from = \"00:00\", to = \"24:00\" }",
    },
    "When photographs are permitted. Without it: at all times.",
);

const PERIOD: Text<ClosedPeriod> = Text {
    read: |at, text| {
        let expected = "a day such as \"2026-12-24\", or a first and a last day";
        let mend = "write \"2026-12-24/2027-01-06\", existing days, the earlier first";
        ClosedPeriod::parse(text).ok().or_else(|| at.not(expected, mend))
    },
    words: "a day such as \"2026-12-24\", or a first and a last day",
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?$",
};
static CLOSED: Key<List<Text<ClosedPeriod>>> = Key::default(
    "closed",
    List {
        of: PERIOD,
        count: 0..=usize::MAX,
        words: "a list of days such as [\"2026-12-24/2027-01-06\"]",
        mend: "write them in brackets",
    },
    "[]",
    "Never on these days, first and last included, whatever the windows say.",
);

const MARKET_WORD: &str = "2 to 8 letters or digits, such as \"US\"";
static MARKET: Key<Text<Market>> = Key::needed(
    "market",
    Text {
        read: |at, text| Market::parse(text).ok().or_else(|| at.not(MARKET_WORD, "write it as in \"US\"")),
        words: MARKET_WORD,
        pattern: "^\\s*[A-Za-z0-9]{2,8}\\s*$",
    },
    "Where a car is sold.",
);
const DAY: Text<LocalDate> = Text {
    read: |at, text| {
        LocalDate::parse(text).ok().or_else(|| at.not("an existing day", "write it as in \"2027-01-01\""))
    },
    words: "a day such as \"2027-01-01\"",
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
};
static FIRST: Key<Text<LocalDate>> = Key::optional("from", DAY, "The first day.");
static LAST: Key<Text<LocalDate>> = Key::optional("until", DAY, "The last day.");

static MARKET_KEYS: Keys = Keys {
    about: "A market, from the first day until the last.",
    keys: &[&MARKET, &FIRST, &LAST],
    elsewhere: &[],
};

const DATED: Nested<MarketRule> = Nested {
    keys: &MARKET_KEYS,
    read: |table| {
        let (market, from, until) = (table.read(&MARKET), table.read(&FIRST), table.read(&LAST));
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            let found = format!("{until}, before `from`");
            return table.wrong(&LAST, found, "a day not before `from`", "write the earlier day first");
        }
        Some(MarketRule { market: market?, from, until })
    },
};

/// `"US"`, or a market with its first or last day.
const RULE: Own<MarketRule> = Own {
    read: |at| match at.kind() {
        Some(ValueKind::String(text)) => {
            let market = (MARKET.shape.read)(at, text)?;
            Some(MarketRule { market, from: None, until: None })
        }
        Some(ValueKind::Table(_)) => DATED.read(at),
        _ => {
            let expected = "a market such as \"US\", or { market = \"US\", from = \"2027-01-01\" }";
            at.not(expected, "correct the value")
        }
    },
    schema: || json!({ "oneOf": [MARKET.shape.schema(), MARKET_KEYS.schema()] }),
    words: "a market such as \"US\", or { market = \"US\", from = \"2027-01-01\" }",
};

static PHOTOS: Key<List<Own<MarketRule>>> = Key::optional(
    "photos",
    List {
        of: RULE,
        count: 1..=usize::MAX,
        words: "markets such as [\"US\"]",
        mend: "name at least one, or remove `markets` if all markets have photographs",
    },
    "Where customers get photographs; with dates from the first day until the last.",
);
static JOURNEY: Key<List<Own<MarketRule>>> = Key::default(
    "journey",
    List {
        of: RULE,
        count: 0..=usize::MAX,
        words: "markets such as [\"US\"]",
        mend: "write them in brackets",
    },
    "[]",
    "Where the customer may follow the car's journey besides.",
);

/// Markets with photographs, and those with the journey besides.
pub(crate) struct Markets {
    photos: Option<Vec<MarketRule>>,
    journey: Vec<MarketRule>,
}

static MARKETS_KEYS: Keys = Keys {
    about: "Where a car is sold: known from `[orders]` in agent.toml or from `trigger.fields.market`. Without this table \
            all markets have photographs.",
    keys: &[&PHOTOS, &JOURNEY],
    elsewhere: &[],
};
static MARKETS: Key<Nested<Markets>> = Key::optional(
    "markets",
    Nested {
        keys: &MARKETS_KEYS,
        read: |table| {
            let (photos, journey) = (table.read(&PHOTOS), table.read(&JOURNEY));
            if !table.has(&PHOTOS) && !table.tree().is_part() {
                let mend = "name the markets with photographs; `journey` comes on top of them";
                return table.wrong(&PHOTOS, "nothing", "a list such as [\"US\"]", mend);
            }
            Some(Markets { photos, journey: journey? })
        },
    },
    "Which services each market has.",
);

static CLASSES: Key<List<Text<VehicleClass>>> = Key::optional(
    "classes",
    List {
        of: Text {
            read: |at, text| {
                let expected = "1 to 32 characters of a-z, 0-9, '-' and '_'";
                VehicleClass::parse(text).ok().or_else(|| at.not(expected, "write it as in \"serial\""))
            },
            words: "1 to 32 characters of a-z, 0-9, '-' and '_'",
            pattern: "^\\s*[A-Za-z0-9_-]{1,32}\\s*$",
        },
        count: 1..=usize::MAX,
        words: "classes such as [\"serial\"]",
        mend: "name at least one, or remove the key if all classes are photographed",
    },
    "Any other or unknown class is refused. Known from `[orders]` in agent.toml or `trigger.fields.class`. Without it all \
     classes are photographed.",
);

static LINE_KEY: Key<Nested<LineWritten>> = Key::optional("line", LINE, "In which states of the line.");

static KEEP: Key<Word<Keep>> = Key::default(
    "keep",
    Word { words: &[("first", Keep::First), ("last", Keep::Last), ("all", Keep::All)], later: &[] },
    "\"first\"",
    "If a vehicle comes again (rework), which picture counts.",
);

static KEYS: Keys = Keys {
    about: "What is permitted. Without a key, nothing is asked: every time, market, class and state of the line is alike.",
    keys: &[&WINDOWS, &CLOSED, &MARKETS, &CLASSES, &LINE_KEY, &KEEP],
    elsewhere: &[],
};

pub(crate) const PERMIT: Nested<Written> = Nested { keys: &KEYS, read };

/// A permit before zone and station are known.
pub(crate) struct Written {
    windows: Option<Vec<Window>>,
    closed: Vec<ClosedPeriod>,
    photos: Option<Vec<MarketRule>>,
    journey: Vec<MarketRule>,
    classes: Option<Vec<VehicleClass>>,
    line: Option<LineWritten>,
    keep: Keep,
}

fn read(table: &Table<'_>) -> Option<Written> {
    let (windows, closed) = (table.read(&WINDOWS), table.read(&CLOSED));
    let (markets, classes) = (table.read(&MARKETS), table.read(&CLASSES));
    let (line, keep) = (table.read(&LINE_KEY), table.read(&KEEP));
    let (photos, journey) = markets.map_or((None, Vec::new()), |markets| (markets.photos, markets.journey));
    Some(Written { windows, closed: closed?, photos, journey, classes, line, keep: keep? })
}

impl Default for Written {
    fn default() -> Written {
        Written {
            windows: None,
            closed: Vec::new(),
            photos: None,
            journey: Vec::new(),
            classes: None,
            line: None,
            keep: Keep::First,
        }
    }
}

impl Written {
    /// The rules of a station in this zone. `root` is where the zone is missing if it is needed.
    pub(crate) fn of(
        self,
        root: &Table<'_>,
        zone: Option<Zone>,
        station: &StationId,
    ) -> Option<(Rules, Option<LineTopic>)> {
        let zone = match zone {
            Some(zone) => zone,
            // What is wrong with it has been said.
            None if root.has(&TIMEZONE) => return None,
            None if self.is_local() => {
                let expected =
                    "a time zone such as \"Europe/Berlin\", since windows, closed days and dates are local";
                root.missing("timezone", expected);
                return None;
            }
            None => Zone::parse(NOWHERE).expect("the name is in every time zone database"),
        };
        let rules = Rules {
            calendar: Calendar::new(zone, self.windows, self.closed),
            photos: self.photos,
            journey: self.journey,
            classes: self.classes,
            keep: self.keep,
        };
        Some((rules, self.line.map(|line| line.of(station))))
    }

    /// Whether anything of it depends on what the clock on the station's wall shows.
    fn is_local(&self) -> bool {
        let mut rules = self.photos.iter().flatten().chain(&self.journey);
        self.windows.is_some()
            || !self.closed.is_empty()
            || rules.any(|rule| rule.from.is_some() || rule.until.is_some())
    }
}

/// The time zone of `line.toml` or of a station's file.
pub(crate) static TIMEZONE: Key<Text<Zone>> = Key::optional(
    "timezone",
    Text {
        read: |at, text| {
            let mend = "write a name of the IANA database as it is spelled there, such as \"Europe/Berlin\"";
            Zone::parse(text).ok().or_else(|| {
                let names: Vec<String> = Zone::names().collect();
                let city =
                    names.iter().find(|name| name.rsplit('/').next() == Some(text)).map(String::as_str);
                let near = city.or_else(|| nearest(text, names.iter().map(String::as_str)));
                at.meant(near, "a time zone", mend)
            })
        },
        words: "a name of the IANA time zone database, such as \"Europe/Berlin\"",
        pattern: "",
    },
    "What the clock on the wall of the hall shows: needed for windows, closed days and dates.",
);
