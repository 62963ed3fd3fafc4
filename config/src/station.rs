//! `stations/<id>.toml` over `line.toml`: one place on the line.

use std::collections::BTreeMap;
use std::path::Path;

use ::config::Value;
use lineshot_domain::{Rules, StationId};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::layers::{Kind, Layer, Layers};
use crate::permit::{RawPermit, zone};
use crate::section::{Section, quoted, view_label};
use crate::sources::Sources;
use crate::trigger::RawTrigger;
use crate::view::RawView;
use crate::{ConfigError, LineTopic, Topic, Trigger, View};

/// A place on the line where vehicles are photographed.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Its id, which is also its file's name.
    pub id: StationId,
    /// What customers read, by language (`[a-z]{2}`); at least one.
    pub name: BTreeMap<String, String>,
    /// What says that a vehicle came or left.
    pub trigger: Trigger,
    /// When, in which markets and for which classes; markets and classes have a source.
    pub rules: Rules,
    /// Where the line says in which state it is; `None`: it is not asked.
    pub line: Option<LineTopic>,
    /// 1 to 8 camera angles.
    pub views: Vec<View>,
}

impl Station {
    /// All its topics, each with its key.
    pub(crate) fn topics(&self) -> impl Iterator<Item = (&'static str, &Topic)> {
        [
            (ARRIVALS, Some(&self.trigger.topic)),
            ("trigger.leave", self.trigger.leave.as_ref()),
            ("trigger.ready", self.trigger.ready.as_ref()),
            (LINE, self.line.as_ref().map(|line| &line.topic)),
        ]
        .into_iter()
        .filter_map(|(key, topic)| Some((key, topic?)))
    }
}

const ARRIVALS: &str = "trigger.topic";
/// The key of the one topic that stations may share.
pub(crate) const LINE: &str = "permit.line.topic";

/// `line.toml` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawLine {
    #[serde(rename = "version")]
    _checked_before: IgnoredAny,
    timezone: Option<String>,
    trigger: Option<RawTrigger>,
    permit: Option<RawPermit>,
}

/// A station's file over `line.toml` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawStation {
    #[serde(rename = "version")]
    _checked_before: IgnoredAny,
    id: String,
    name: BTreeMap<String, String>,
    timezone: Option<String>,
    #[serde(default)]
    trigger: RawTrigger,
    #[serde(default)]
    permit: RawPermit,
    #[serde(default)]
    view: Vec<Value>,
}

/// More cameras than a station has places for, few enough that one agent keeps up.
const MOST_VIEWS: usize = 8;

/// Reads `line.toml`, the defaults of all stations; none if there is no such file.
pub(crate) fn line_defaults(path: &Path) -> Result<Option<Layer>, ConfigError> {
    if !path.try_exists().map_err(|source| ConfigError::Read { path: path.to_owned(), source })? {
        return Ok(None);
    }
    let line = Layer::main(Kind::Line, path)?;
    let alone = Layers::new(path, vec![line.clone()], None);
    let raw: RawLine = alone.read()?;
    zone(&alone.section(""), raw.timezone.as_deref())?;
    if let Some(trigger) = raw.trigger {
        trigger.check_alone(&alone.section("trigger"))?;
    }
    if let Some(permit) = raw.permit {
        permit.check_alone(&alone.section("permit"))?;
    }
    Ok(Some(line))
}

/// Checks a station's file over the defaults, and whether it fits what all stations have in common.
pub(crate) fn station(
    path: &Path,
    line: Option<&Layer>,
    file: Layer,
    sources: Sources<'_>,
) -> Result<Station, ConfigError> {
    let layers = Layers::new(path, line.cloned().into_iter().chain([file]).collect(), None);
    let raw: RawStation = layers.read()?;
    let root = layers.section("");
    let id = StationId::parse(&raw.id).map_err(|_| {
        root.wrong("id", quoted(&raw.id), "1 to 32 characters of a-z, 0-9 and '-'", "correct it")
    })?;
    if path.file_stem().is_none_or(|stem| stem != id.as_str()) {
        let mend = "rename the file or correct the id";
        return Err(root.wrong("id", quoted(id.as_str()), "the file's name without `.toml`", mend));
    }
    let name = names(&root, raw.name)?;
    let trigger = raw.trigger.checked(&layers.section("trigger"), &id)?;
    let zone = zone(&root, raw.timezone.as_deref())?;
    let (rules, line) = raw.permit.checked(&root, zone, &id)?;
    let views = views(&layers, raw.view, &trigger)?;
    let station = Station { id, name, trigger, rules, line, views };
    sources.fit(&station, &root)?;
    Ok(station)
}

fn names(
    root: &Section<'_>,
    names: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    if names.is_empty() {
        return Err(root.wrong(
            "name",
            "an empty table",
            "a name in at least one language",
            "write en = \"…\"",
        ));
    }
    for (language, text) in &names {
        let key = format!("name.{language}");
        if language.len() != 2 || !language.bytes().all(|b| b.is_ascii_lowercase()) {
            let mend = "write the language's code of two letters, such as en";
            return Err(root.wrong("name", quoted(language), "two letters a-z (ISO 639-1)", mend));
        }
        if !(1..=200).contains(&text.trim().chars().count()) || text.chars().any(char::is_control) {
            let mend = "write what customers shall read";
            return Err(root.wrong(&key, quoted(text), "1 to 200 characters in one line", mend));
        }
    }
    Ok(names)
}

fn views(layers: &Layers, raw: Vec<Value>, trigger: &Trigger) -> Result<Vec<View>, ConfigError> {
    if !(1..=MOST_VIEWS).contains(&raw.len()) {
        let (found, expected) = (format!("{} views", raw.len()), format!("1 to {MOST_VIEWS}"));
        let mend = "write one [[view]] for each camera angle";
        return Err(layers.section("").wrong("view", found, expected, mend));
    }
    let mut views: Vec<View> = Vec::with_capacity(raw.len());
    for (index, value) in raw.into_iter().enumerate() {
        let id =
            value.clone().into_table().ok().and_then(|table| table.get("id")?.clone().into_string().ok());
        let section = layers.section(format!("view[{}]", view_label(id.as_deref(), index)));
        let raw: RawView = value.try_deserialize().map_err(|error| section.explain(error))?;
        let view = raw.checked(&section, trigger.dwell.map(|dwell| dwell.saturating_sub(trigger.max_age)))?;
        if views.iter().any(|other| other.id == view.id) {
            let found = format!("{} twice", quoted(view.id.as_str()));
            return Err(section.wrong("id", found, "an id of its own for each view", "rename one of them"));
        }
        views.push(view);
    }
    Ok(views)
}
