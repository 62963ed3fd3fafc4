//! The `[permit]` of a station: when, in which markets, for which classes, in which states of the line.
//!
//! Holds: nothing here permits by being empty. A list that would close the station for ever is an error.

use ::config::{Value, ValueKind};
use lineshot_domain::{
    Calendar, ClosedPeriod, Days, Keep, LocalDate, Market, MarketRule, Rules, StationId, TimeOfDay,
    VehicleClass, Window, Zone,
};
use serde::Deserialize;

use crate::line_topic::RawLineTopic;
use crate::section::{Section, quoted};
use crate::{ConfigError, LineTopic};

/// `[permit]` as written, in `line.toml` or a station's file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawPermit {
    windows: Option<Vec<RawWindow>>,
    closed: Option<Vec<String>>,
    markets: Option<RawMarkets>,
    classes: Option<Vec<String>>,
    line: Option<RawLineTopic>,
    keep: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawWindow {
    days: String,
    from: String,
    to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawMarkets {
    photos: Option<Vec<Value>>,
    journey: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawMarket {
    market: String,
    from: Option<String>,
    until: Option<String>,
}

/// What of a permit is there, each value checked alone.
struct Parts {
    windows: Option<Vec<Window>>,
    closed: Vec<ClosedPeriod>,
    photos: Option<Vec<MarketRule>>,
    journey: Vec<MarketRule>,
    classes: Option<Vec<VehicleClass>>,
    keep: Keep,
}

/// Where a station without anything local is: a day there is a day of UTC.
const NOWHERE: &str = "Etc/UTC";

impl RawPermit {
    /// Checks the values that `line.toml` has, for whatever station.
    pub(crate) fn check_alone(&self, section: &Section<'_>) -> Result<(), ConfigError> {
        let some_station = StationId::parse("station").expect("the word fits the rule of station ids");
        self.parts(section)?;
        match &self.line {
            Some(line) => line.check_alone(&section.under("line"), &some_station),
            None => Ok(()),
        }
    }

    /// Checks a station's permit as a whole. `root` is where the time zone is missing if it is needed.
    pub(crate) fn checked(
        &self,
        root: &Section<'_>,
        zone: Option<Zone>,
        station: &StationId,
    ) -> Result<(Rules, Option<LineTopic>), ConfigError> {
        let section = root.under("permit");
        let parts = self.parts(&section)?;
        if parts.photos.is_none() && self.markets.is_some() {
            let mend = "name the markets with photographs; `journey` comes on top of them";
            return Err(section.wrong("markets.photos", "nothing", "a list such as [\"US\"]", mend));
        }
        let zone = match zone {
            Some(zone) => zone,
            None if parts.are_local() => {
                let expected =
                    "a time zone such as \"Europe/Berlin\", since windows, closed days and dates are local";
                return Err(root.missing("timezone", expected));
            }
            None => Zone::parse(NOWHERE).expect("the name is in every time zone database"),
        };
        let line = self.line.as_ref();
        let line = line.map(|line| line.checked(&section.under("line"), station)).transpose()?;
        let rules = Rules {
            calendar: Calendar::new(zone, parts.windows, parts.closed),
            photos: parts.photos,
            journey: parts.journey,
            classes: parts.classes,
            keep: parts.keep,
        };
        Ok((rules, line))
    }

    fn parts(&self, section: &Section<'_>) -> Result<Parts, ConfigError> {
        let markets = section.under("markets");
        let photos = self.markets.as_ref().and_then(|markets| markets.photos.as_deref());
        let journey = self.markets.as_ref().and_then(|markets| markets.journey.as_deref());
        Ok(Parts {
            windows: self.windows.as_deref().map(|raw| windows(section, raw)).transpose()?,
            closed: closed(section, self.closed.as_deref().unwrap_or_default())?,
            photos: photos.map(|raw| some_rules(&markets, "photos", raw)).transpose()?,
            journey: rules(&markets, "journey", journey.unwrap_or_default())?,
            classes: self.classes.as_deref().map(|raw| classes(section, raw)).transpose()?,
            keep: keep(section, self.keep.as_deref())?,
        })
    }
}

impl Parts {
    /// Whether anything of it depends on what the clock on the station's wall shows.
    fn are_local(&self) -> bool {
        let mut rules = self.photos.iter().flatten().chain(&self.journey);
        self.windows.is_some()
            || !self.closed.is_empty()
            || rules.any(|rule| rule.from.is_some() || rule.until.is_some())
    }
}

/// The time zone of `line.toml` or of a station's file.
pub(crate) fn zone(root: &Section<'_>, text: Option<&str>) -> Result<Option<Zone>, ConfigError> {
    let Some(text) = text else { return Ok(None) };
    let mend = "write a name of the IANA database as it is spelled there, such as \"Europe/Berlin\"";
    Zone::parse(text).map(Some).map_err(|_| root.wrong("timezone", quoted(text), "a time zone", mend))
}

fn windows(section: &Section<'_>, raw: &[RawWindow]) -> Result<Vec<Window>, ConfigError> {
    if raw.is_empty() {
        let mend = "to keep a station closed, rename its file so that it does not end in .toml; to keep it open at \
                    all times, write { days = \"daily\", from = \"00:00\", to = \"24:00\" }";
        return Err(section.wrong("windows", "an empty list", "at least one window", mend));
    }
    let window = |(index, raw): (usize, &RawWindow)| {
        let section = section.under(&format!("windows[{}]", index + 1));
        let days = Days::parse(&raw.days).map_err(|_| {
            let mend = "write days and ranges as in \"mon-fri\", \"mon,wed,sat\" or \"daily\"";
            section.wrong("days", quoted(&raw.days), "weekdays, each once", mend)
        })?;
        let time = |key, text: &str| {
            let mend = "write two digits each, as in \"06:00\"";
            let wrong = |_| section.wrong(key, quoted(text), "a time from \"00:00\" to \"24:00\"", mend);
            TimeOfDay::parse(text).map_err(wrong)
        };
        let (from, to) = (time("from", &raw.from)?, time("to", &raw.to)?);
        Window::new(days, from, to).map_err(|_| {
            let found = format!("{from} to {to}");
            let expected = "two different times, the first before 24:00";
            let mend = "for whole days write from = \"00:00\", to = \"24:00\"";
            section.wrong("", found, expected, mend)
        })
    };
    raw.iter().enumerate().map(window).collect()
}

fn closed(section: &Section<'_>, raw: &[String]) -> Result<Vec<ClosedPeriod>, ConfigError> {
    let period = |(index, text): (usize, &String)| {
        ClosedPeriod::parse(text).map_err(|_| {
            let expected = "a day such as \"2026-12-24\", or a first and a last day";
            let mend = "write \"2026-12-24/2027-01-06\", existing days, the earlier first";
            section.wrong(&format!("closed[{}]", index + 1), quoted(text), expected, mend)
        })
    };
    raw.iter().enumerate().map(period).collect()
}

fn some_rules(section: &Section<'_>, key: &str, raw: &[Value]) -> Result<Vec<MarketRule>, ConfigError> {
    if raw.is_empty() {
        let mend = "name at least one, or remove `markets` if all markets have photographs";
        return Err(section.wrong(key, "an empty list", "markets such as [\"US\"]", mend));
    }
    rules(section, key, raw)
}

fn rules(section: &Section<'_>, key: &str, raw: &[Value]) -> Result<Vec<MarketRule>, ConfigError> {
    let rule = |(index, value): (usize, &Value)| {
        rule(&section.under(&format!("{key}[{}]", index + 1)), value.clone())
    };
    raw.iter().enumerate().map(rule).collect()
}

/// `"US"`, or a market with its first or last day.
fn rule(section: &Section<'_>, raw: Value) -> Result<MarketRule, ConfigError> {
    let market = |key, text: &str| {
        let expected = "2 to 8 letters or digits";
        Market::parse(text).map_err(|_| section.wrong(key, quoted(text), expected, "write it as in \"US\""))
    };
    let raw: RawMarket = match &raw.kind {
        ValueKind::String(text) => {
            return Ok(MarketRule { market: market("", text)?, from: None, until: None });
        }
        ValueKind::Table(_) => raw.try_deserialize().map_err(|error| section.explain(error))?,
        other => {
            let expected = "a market such as \"US\", or { market = \"US\", from = \"2027-01-01\" }";
            return Err(section.wrong("", quoted(&other.to_string()), expected, "correct the value"));
        }
    };
    let day = |key, text: &Option<String>| {
        let wrong =
            |text: &str| section.wrong(key, quoted(text), "an existing day", "write it as in \"2027-01-01\"");
        text.as_deref().map(|text| LocalDate::parse(text).map_err(|_| wrong(text))).transpose()
    };
    let rule = MarketRule {
        market: market("market", &raw.market)?,
        from: day("from", &raw.from)?,
        until: day("until", &raw.until)?,
    };
    if let (Some(from), Some(until)) = (rule.from, rule.until)
        && until < from
    {
        let found = format!("{until}, before `from`");
        return Err(section.wrong("until", found, "a day not before `from`", "write the earlier day first"));
    }
    Ok(rule)
}

fn classes(section: &Section<'_>, raw: &[String]) -> Result<Vec<VehicleClass>, ConfigError> {
    if raw.is_empty() {
        let mend = "name at least one, or remove the key if all classes are photographed";
        return Err(section.wrong("classes", "an empty list", "classes such as [\"serial\"]", mend));
    }
    let class = |text: &String| {
        let expected = "1 to 32 characters of a-z, 0-9, '-' and '_'";
        let wrong = |_| section.wrong("classes", quoted(text), expected, "write it as in \"serial\"");
        VehicleClass::parse(text).map_err(wrong)
    };
    raw.iter().map(class).collect()
}

fn keep(section: &Section<'_>, word: Option<&str>) -> Result<Keep, ConfigError> {
    match word {
        None => Ok(Keep::default()),
        Some("first") => Ok(Keep::First),
        Some("last") => Ok(Keep::Last),
        Some("all") => Ok(Keep::All),
        Some(other) => {
            let expected = "\"first\", \"last\" or \"all\"";
            Err(section.wrong("keep", quoted(other), expected, "write one of them"))
        }
    }
}
