//! `stations/<id>.toml` over `line.toml`: one place on the line.

use std::collections::BTreeMap;
use std::path::Path;

use lineshot_domain::{Rules, StationId, Zone};
use serde_json::json;

use crate::daemon::VERSION;
use crate::expect::{EXPECT, Expectation};
use crate::files::Files;
use crate::key::{Elsewhere, Key, Keys, Table};
use crate::layers::{Layer, merged};
use crate::permit::{PERMIT, TIMEZONE, Written as PermitWritten};
use crate::shape::{List, Nested, Own, Text, text};
use crate::sources::Sources;
use crate::tree::{At, Tree, quoted};
use crate::trigger::{TRIGGER, Written as TriggerWritten};
use crate::view::{VIEW, View};
use crate::{CameraSetting, LineTopic, Problems, Topic, Trigger};

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
    /// What its configuration is tested by.
    pub expect: Vec<Expectation>,
}

impl Station {
    /// All its topics, each with its key.
    pub(crate) fn topics(&self) -> impl Iterator<Item = (&'static str, &Topic)> {
        [
            ("trigger.topic", Some(&self.trigger.topic)),
            ("trigger.leave", self.trigger.leave.as_ref()),
            ("trigger.ready", self.trigger.ready.as_ref()),
            (LINE, self.line.as_ref().map(|line| &line.topic)),
        ]
        .into_iter()
        .filter_map(|(key, topic)| Some((key, topic?)))
    }
}

/// The key of the one topic that stations may share.
pub(crate) const LINE: &str = "permit.line.topic";

/// Views of one station: more is more than one agent keeps up.
const MOST_VIEWS: usize = 8;

const ID_WORDS: &str = "1 to 32 characters of a-z, 0-9 and '-'";
static ID: Key<Text<StationId>> = Key::needed(
    "id",
    Text {
        read: |at, text| StationId::parse(text).ok().or_else(|| at.not(ID_WORDS, "correct it")),
        words: ID_WORDS,
        pattern: "^[a-z0-9-]{1,32}$",
    },
    "The station's id, which is also the file's name.",
);
const NAMES: &str = "a name in at least one language, such as { en = \"Marriage\" }";
static NAME: Key<Own<BTreeMap<String, String>>> = Key::needed(
    "name",
    Own {
        read: names,
        schema: || {
            json!({
                "type": "object",
                "patternProperties": { "^[a-z]{2}$": { "type": "string", "minLength": 1, "maxLength": 200 } },
                "additionalProperties": false,
                "minProperties": 1,
            })
        },
        words: NAMES,
    },
    "What customers read, by language (two letters, ISO 639-1).",
);
static TRIGGER_KEY: Key<Nested<TriggerWritten>> =
    Key::needed("trigger", TRIGGER, "Which MQTT message says that a vehicle came or left.");
static PERMIT_KEY: Key<Nested<PermitWritten>> = Key::optional("permit", PERMIT, "What is permitted.");
static VIEWS: Key<List<Nested<View>>> = Key::needed(
    "view",
    List {
        of: VIEW,
        count: 1..=MOST_VIEWS,
        words: "1 to 8 views",
        mend: "write one [[view]] for each camera angle, at most 8",
    },
    "One for each camera angle.",
);

/// What `line.toml` has: the same keys, but those that each station has alone.
pub(crate) static LINE_KEYS: Keys = Keys {
    about: "Defaults for every station of a line PC. One level and no magic: a key in a station's file wins over the same \
            key here, also key by key within the tables. A station's list replaces this one.",
    keys: &[&VERSION, &TIMEZONE, &TRIGGER_KEY, &PERMIT_KEY],
    elsewhere: &[
        Elsewhere::Misplaced("id", "each station has its own: move it to stations/<id>.toml"),
        Elsewhere::Misplaced("name", "each station has its own: move it to stations/<id>.toml"),
        Elsewhere::Misplaced("view", "each station has its own: move it to stations/<id>.toml"),
        Elsewhere::Misplaced("expect", "each station has its own: move it to stations/<id>.toml"),
    ],
};

pub(crate) static KEYS: Keys = Keys {
    about: "One station of a line PC; the file's name is its id. An error in this file closes this station and no other.",
    keys: &[&VERSION, &ID, &NAME, &TIMEZONE, &TRIGGER_KEY, &PERMIT_KEY, &VIEWS, &EXPECT],
    elsewhere: &[],
};

/// Reads `line.toml`, the defaults of all stations, and what is wrong with it; none if there is no such file.
pub(crate) fn line_defaults(files: &Files, path: &Path) -> (Option<Layer>, Option<Problems>) {
    if !files.has(path) {
        return (None, None);
    }
    let line = Layer::main(files, path);
    let tree = merged(path, vec![line.clone()]).part();
    if let Some(table) = Table::of(&tree.root(), &LINE_KEYS) {
        let _alone = (table.read(&TIMEZONE), table.read(&TRIGGER_KEY), table.read(&PERMIT_KEY));
    }
    let wrong = tree.end(Some(())).err();
    (Some(line), wrong)
}

/// A station's settings over the defaults.
pub(crate) fn tree(path: &Path, line: Option<&Layer>, file: Layer) -> Tree {
    merged(path, line.cloned().into_iter().chain([file]).collect())
}

/// Checks a station's file over the defaults, and whether it fits what all stations have in common; without
/// `sources` nobody knows what that is.
pub(crate) fn station(path: &Path, tree: &Tree, sources: Option<Sources<'_>>) -> Option<Station> {
    let table = Table::of(&tree.root(), &KEYS)?;
    let id = table.read(&ID);
    if let Some(id) = &id
        && path.file_stem().is_none_or(|stem| stem != id.as_str())
    {
        let mend = "rename the file or correct the id";
        let _said: Option<()> =
            table.wrong(&ID, quoted(id.as_str()), "the file's name without `.toml`", mend);
    }
    let (name, zone) = (table.read(&NAME), table.read(&TIMEZONE));
    let (trigger, permit) = (table.read(&TRIGGER_KEY), table.read(&PERMIT_KEY));
    let (views, expect) = (table.read(&VIEWS), table.read(&EXPECT));
    let id = id?;
    let trigger = trigger.and_then(|trigger| trigger.of(&id, &table));
    let rules = rules(&table, permit, zone, &id);
    let (views, trigger) = (views?, trigger?);
    all_fit(&table, &views, &trigger)?;
    let (rules, line) = rules?;
    let station = Station { id, name: name?, trigger, rules, line, views, expect: expect? };
    if let Some(sources) = sources {
        sources.fit(&station, &table);
    }
    tree.is_sound().then_some(station)
}

fn rules(
    table: &Table<'_>,
    permit: Option<PermitWritten>,
    zone: Option<Zone>,
    id: &StationId,
) -> Option<(Rules, Option<LineTopic>)> {
    match permit {
        Some(permit) => permit.of(table, zone, id),
        // What is wrong with it has been said.
        None if table.has(&PERMIT_KEY) => None,
        None => PermitWritten::default().of(table, zone, id),
    }
}

/// Views with ids of their own, each of which finds its frames in time.
fn all_fit(table: &Table<'_>, views: &[View], trigger: &Trigger) -> Option<()> {
    let places = table.at.get(VIEWS.name)?.list()?;
    for (index, (view, at)) in views.iter().zip(&places).enumerate() {
        let here = Table { at: at.clone() };
        if views[..index].iter().any(|other| other.id == view.id) {
            let found = format!("{} twice", quoted(view.id.as_str()));
            return here.at.wrong_at("id", found, "an id of its own for each view", "rename one of them");
        }
        let taken = views[..index].iter().flat_map(usb_names).collect::<Vec<_>>();
        if let Some(name) = usb_names(view).into_iter().find(|name| taken.contains(name)) {
            let mend = "draw one view on it, or plug in another camera";
            return here.at.wrong_at(
                "camera",
                format!("{name} twice"),
                "a USB camera of its own for each view",
                mend,
            );
        }
        view.fits(trigger, &here)?;
    }
    Some(())
}

/// The kernel opens a camera once.
fn usb_names(view: &View) -> Vec<String> {
    match &view.camera {
        CameraSetting::Usb { camera, .. } => camera.names(),
        CameraSetting::Http { .. } | CameraSetting::File { .. } | CameraSetting::Line { .. } => Vec::new(),
    }
}

fn names(at: &At<'_>) -> Option<BTreeMap<String, String>> {
    if !at.is_table() {
        return at.not(NAMES, "write { en = \"…\" }");
    }
    let mut names = BTreeMap::new();
    for language in at.keys() {
        let below = at.get(language)?;
        if language.len() != 2 || !language.bytes().all(|b| b.is_ascii_lowercase()) {
            let mend = "write the language's code of two letters, such as en";
            return at.wrong(quoted(language), "two letters a-z (ISO 639-1)", mend);
        }
        let name = text(&below, "1 to 200 characters in one line")?;
        if !(1..=200).contains(&name.trim().chars().count()) || name.chars().any(char::is_control) {
            return below.not("1 to 200 characters in one line", "write what customers shall read");
        }
        names.insert(language.to_owned(), name.to_owned());
    }
    if names.is_empty() {
        return at.wrong("an empty table", "a name in at least one language", "write en = \"…\"");
    }
    Some(names)
}
