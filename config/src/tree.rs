//! The settings of one daemon or station as merged, each value with its place, and what was found wrong.
//!
//! Holds: every problem is kept, and reading goes on; who reads a value that is wrong gets nothing.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use ::config::{Map, Value, ValueKind};

use crate::layers::{Layer, shortened};
use crate::place::{Document, Place};
use crate::problem::{Problem, Problems};

/// Where a value stands in its layer, and which that is. It travels through the merge as the value's `origin`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Origin {
    pub(crate) key: Range<usize>,
    pub(crate) value: Range<usize>,
}

impl Origin {
    pub(crate) fn written(&self) -> String {
        let Origin { key, value } = self;
        format!("0 {} {} {} {}", key.start, key.end, value.start, value.end)
    }

    pub(crate) fn read(text: &str) -> Option<Origin> {
        Origin::of_layer(text).map(|(_, origin)| origin)
    }

    fn of_layer(text: &str) -> Option<(usize, Origin)> {
        let numbers: Vec<usize> = text.split(' ').map_while(|number| number.parse().ok()).collect();
        match numbers[..] {
            [layer, a, b, c, d] => Some((layer, Origin { key: a..b, value: c..d })),
            _ => None,
        }
    }

    /// The value and all below it, of the layer with this number.
    pub(crate) fn numbered(value: &Value, layer: usize) -> Value {
        let origin =
            value.origin().and_then(|text| text.split_once(' ')).map(|(_, rest)| format!("{layer} {rest}"));
        let kind = match &value.kind {
            ValueKind::Table(table) => ValueKind::Table(
                table.iter().map(|(key, value)| (key.clone(), Origin::numbered(value, layer))).collect(),
            ),
            ValueKind::Array(list) => {
                ValueKind::Array(list.iter().map(|value| Origin::numbered(value, layer)).collect())
            }
            plain => plain.clone(),
        };
        Value::new(origin.as_ref(), kind)
    }
}

/// Merged settings.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Where what is missing should be.
    home: Place,
    layers: Vec<Layer>,
    root: Map<String, Value>,
    problems: RefCell<Vec<Problem>>,
    /// Whether the settings are a part of others, so that nothing is missing.
    is_part: Cell<bool>,
}

impl Tree {
    /// `home` is the file in which what is missing should be.
    pub(crate) fn new(home: &Path, layers: Vec<Layer>, root: Map<String, Value>) -> Tree {
        let name = home.display().to_string();
        let known = layers.iter().map(|layer| &layer.document).find(|document| document.name == name);
        let document = known.cloned().unwrap_or_else(|| Arc::new(Document { name, text: String::new() }));
        let problems = layers.iter().flat_map(|layer| layer.problems.clone()).collect();
        Tree {
            home: Place::whole(&document),
            layers,
            root,
            problems: RefCell::new(problems),
            is_part: Cell::new(false),
        }
    }

    /// The same as defaults of others: a key that is left out is not missing.
    pub(crate) fn part(self) -> Tree {
        self.is_part.set(true);
        self
    }

    pub(crate) fn is_part(&self) -> bool {
        self.is_part.get()
    }

    /// Whether a file could not be read or is no TOML: what is missing then may well be there.
    pub(crate) fn is_torn(&self) -> bool {
        self.layers.iter().any(|layer| layer.table.is_empty() && !layer.problems.is_empty())
    }

    /// The whole.
    pub(crate) fn root(&self) -> At<'_> {
        At { tree: self, path: String::new(), value: None, entries: Some(&self.root) }
    }

    pub(crate) fn add(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// What was found wrong, or what `settings` were read.
    pub(crate) fn end<T>(self, settings: Option<T>) -> Result<T, Problems> {
        match (Problems::of(self.problems.into_inner()), settings) {
            (None, Some(settings)) => Ok(settings),
            (Some(problems), _) => Err(problems),
            (None, None) => unreachable!("who reads nothing has said why"),
        }
    }

    fn place(&self, origin: &str, of: impl Fn(Origin) -> Range<usize>) -> Option<Place> {
        let (layer, origin) = Origin::of_layer(origin)?;
        Some(Place::at(&self.layers.get(layer)?.document, of(origin)))
    }

    /// Where a table is opened, in the uppermost layer that has it.
    fn header(&self, path: &str) -> Option<Place> {
        self.layers.iter().rev().find_map(|layer| layer.headers.get(path).cloned())
    }
}

/// A value, or the place where one could be, and its path.
#[derive(Clone, Debug)]
pub(crate) struct At<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) path: String,
    /// `None` for the whole, and for a table that is not there.
    value: Option<&'a Value>,
    entries: Option<&'a Map<String, Value>>,
}

impl<'a> At<'a> {
    /// The value of a key of this table.
    pub(crate) fn get(&self, key: &str) -> Option<At<'a>> {
        let value = self.entries?.get(key)?;
        Some(At::below(self.tree, self.path_of(key), value))
    }

    /// A value that stands for one that is left out: it is never wrong.
    pub(crate) fn standing_in<'b>(&self, key: &str, value: &'b Value) -> At<'b>
    where
        'a: 'b,
    {
        At::below(self.tree, self.path_of(key), value)
    }

    fn below(tree: &'a Tree, path: String, value: &'a Value) -> At<'a> {
        let entries = match &value.kind {
            ValueKind::Table(entries) => Some(entries),
            _ => None,
        };
        At { tree, path, value: Some(value), entries }
    }

    pub(crate) fn path_of(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            ("", key) => key.to_owned(),
            (path, "") => path.to_owned(),
            (path, key) => format!("{path}.{key}"),
        }
    }

    /// The names of this table's keys, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.entries.into_iter().flat_map(|entries| entries.keys().map(String::as_str))
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.is_some_and(|entries| entries.contains_key(key))
    }

    pub(crate) fn kind(&self) -> Option<&'a ValueKind> {
        self.value.map(|value| &value.kind)
    }

    pub(crate) fn raw(&self) -> Option<&'a Value> {
        self.value
    }

    pub(crate) fn is_table(&self) -> bool {
        self.entries.is_some()
    }

    /// Whether the value comes from the environment, where everything is a text.
    pub(crate) fn is_of_environment(&self) -> bool {
        self.place().file().starts_with(crate::environment::VARIABLE)
    }

    /// The elements of a list, each with a path of its own: its id if it has one, else its number from 1.
    pub(crate) fn list(&self) -> Option<Vec<At<'a>>> {
        let Some(ValueKind::Array(list)) = self.kind() else { return None };
        let element = |(index, value): (usize, &'a Value)| {
            At::below(self.tree, format!("{}[{}]", self.path, label(value, index)), value)
        };
        Some(list.iter().enumerate().map(element).collect())
    }

    /// Where the value stands; of a table, where it is opened.
    pub(crate) fn place(&self) -> Place {
        self.stands(|origin| origin.value)
    }

    /// Where its key stands.
    pub(crate) fn key_place(&self) -> Place {
        self.stands(|origin| origin.key)
    }

    fn stands(&self, of: impl Fn(Origin) -> Range<usize>) -> Place {
        let own = self.value.and_then(Value::origin).and_then(|origin| self.tree.place(origin, of));
        own.or_else(|| self.tree.header(&self.path)).unwrap_or_else(|| self.tree.home.clone())
    }

    /// What is there, in words.
    pub(crate) fn found(&self) -> String {
        match self.kind() {
            None => "nothing".to_owned(),
            Some(ValueKind::String(text)) => quoted(text),
            Some(ValueKind::Boolean(flag)) => flag.to_string(),
            Some(ValueKind::Table(_)) => "a table".to_owned(),
            Some(ValueKind::Array(list)) if list.is_empty() => "an empty list".to_owned(),
            Some(ValueKind::Array(_)) => "a list".to_owned(),
            Some(ValueKind::Nil) => "a date, or a number beyond 64 bits".to_owned(),
            Some(number) => Value::new(None, number.clone()).to_string(),
        }
    }

    /// Says that the value is wrong; gives nothing, so that it can end a reading.
    pub(crate) fn wrong<T>(
        &self,
        found: impl Into<String>,
        expected: impl Into<String>,
        mend: impl Into<String>,
    ) -> Option<T> {
        self.tree.add(Problem {
            place: self.place(),
            key: Some(self.path.clone()),
            found: found.into(),
            expected: Some(expected.into()),
            nearest: None,
            mend: mend.into(),
        });
        None
    }

    /// The same about what is there, with the name that was probably meant.
    pub(crate) fn meant<T>(
        &self,
        nearest: Option<&str>,
        expected: impl Into<String>,
        mend: impl Into<String>,
    ) -> Option<T> {
        self.tree.add(Problem {
            place: self.place(),
            key: Some(self.path.clone()),
            found: self.found(),
            expected: Some(expected.into()),
            nearest: nearest.map(str::to_owned),
            mend: mend.into(),
        });
        None
    }

    /// The same about what is there.
    pub(crate) fn not<T>(&self, expected: impl Into<String>, mend: impl Into<String>) -> Option<T> {
        self.wrong(self.found(), expected, mend)
    }

    /// Says that a key of this table is wrong, where it stands, or where it should.
    pub(crate) fn wrong_at<T>(
        &self,
        key: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
        mend: impl Into<String>,
    ) -> Option<T> {
        self.tree.add(Problem {
            place: self.get(key).map_or_else(|| self.place(), |at| at.place()),
            key: Some(self.path_of(key)),
            found: found.into(),
            expected: Some(expected.into()),
            nearest: None,
            mend: mend.into(),
        });
        None
    }
}

/// A value as found, shortened.
pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", shortened(text))
}

/// What stands for an element of a list in a path: its id if that can be one, else its number from 1.
fn label(value: &Value, index: usize) -> String {
    let ValueKind::Table(table) = &value.kind else { return (index + 1).to_string() };
    match table.get("id").map(|id| &id.kind) {
        Some(ValueKind::String(id)) if lineshot_domain::ViewId::parse(id).is_ok() => id.clone(),
        _ => (index + 1).to_string(),
    }
}
