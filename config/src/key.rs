//! Keys: what each is called, what it is for, and what may stand there. Reader, JSON Schema and reference page
//! all come from these.

use ::config::{Value, ValueKind};
use serde_json::{Map, Value as Json, json};

use crate::layers::shortened;
use crate::nearest::nearest;
use crate::place::SECRETS;
use crate::problem::Problem;
use crate::tree::{At, Tree};

/// What may stand at a key.
pub(crate) trait Shape {
    /// What it is read as.
    type Value;

    /// Reads it; `None` if it was wrong, which has then been said.
    fn read(&self, at: &At<'_>) -> Option<Self::Value>;

    /// As JSON Schema (draft 2020-12).
    fn schema(&self) -> Json;

    /// In words, for the reference page.
    fn words(&self) -> String;

    /// The keys of the table that stands there, or of each table of the list.
    fn keys(&self) -> Option<&'static Keys> {
        None
    }
}

/// Whether a key may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// It may not.
    Never,
    /// It may: then nothing is set, as the description says.
    Out,
    /// It may: then it is as if this TOML stood there.
    Default(&'static str),
}

/// A key of a table.
#[derive(Clone, Debug)]
pub(crate) struct Key<S> {
    pub(crate) name: &'static str,
    /// What it is for, in a sentence or two.
    pub(crate) about: &'static str,
    pub(crate) shape: S,
    pub(crate) left: Left,
}

impl<S> Key<S> {
    /// A key that must be there.
    pub(crate) const fn needed(name: &'static str, shape: S, about: &'static str) -> Key<S> {
        Key { name, about, shape, left: Left::Never }
    }

    /// A key that may be left out.
    pub(crate) const fn optional(name: &'static str, shape: S, about: &'static str) -> Key<S> {
        Key { name, about, shape, left: Left::Out }
    }

    /// A key with a default, written as TOML.
    pub(crate) const fn default(
        name: &'static str,
        shape: S,
        toml: &'static str,
        about: &'static str,
    ) -> Key<S> {
        Key { name, about, shape, left: Left::Default(toml) }
    }
}

/// A key, whatever its shape.
pub(crate) trait Described: Sync {
    fn name(&self) -> &'static str;
    fn about(&self) -> &'static str;
    fn left(&self) -> Left;
    fn schema(&self) -> Json;
    fn words(&self) -> String;
    fn keys(&self) -> Option<&'static Keys>;
    /// Reads what stands there; what is wrong with it is kept in its tree.
    #[cfg(test)]
    fn reads(&self, at: &At<'_>) -> bool;
}

impl<S: Shape + Sync> Described for Key<S> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn left(&self) -> Left {
        self.left
    }

    fn schema(&self) -> Json {
        let mut schema = self.shape.schema();
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), json!(self.about));
            if let Left::Default(toml) = self.left {
                object.insert("default".to_owned(), json_of(&value_of(toml)));
            }
        }
        schema
    }

    fn words(&self) -> String {
        self.shape.words()
    }

    fn keys(&self) -> Option<&'static Keys> {
        self.shape.keys()
    }

    #[cfg(test)]
    fn reads(&self, at: &At<'_>) -> bool {
        self.shape.read(at).is_some()
    }
}

/// A name that is known here and yet refused, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Elsewhere {
    /// Part of the design; what this version cannot do, and what to do instead.
    NotYet(&'static str, &'static str, &'static str),
    /// In the wrong place, and where it belongs.
    Misplaced(&'static str, &'static str),
}

/// The keys of a table.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    /// What the table is for.
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [&'static dyn Described],
    pub(crate) elsewhere: &'static [Elsewhere],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| key.name())).finish()
    }
}

/// A table that is being read.
#[derive(Clone, Debug)]
pub(crate) struct Table<'a> {
    pub(crate) at: At<'a>,
}

impl<'a> Table<'a> {
    /// The table that stands here. Every name that none of `keys` has is a problem.
    pub(crate) fn of(at: &At<'a>, keys: &'static Keys) -> Option<Table<'a>> {
        if !at.is_table() {
            return at.not("a table", "write it as `[table]` or `{ key = value }`");
        }
        for name in at.keys().filter(|name| !keys.keys.iter().any(|key| key.name() == *name)) {
            unknown(at, name, keys);
        }
        Some(Table { at: at.clone() })
    }

    /// What stands at a key: its value, its default, or nothing, which is a problem if the key is needed.
    pub(crate) fn read<S: Shape>(&self, key: &Key<S>) -> Option<S::Value> {
        match (self.at.get(key.name), key.left) {
            (Some(at), _) => key.shape.read(&at),
            (None, Left::Out) => None,
            (None, Left::Default(toml)) => {
                let value = value_of(toml);
                key.shape.read(&self.at.standing_in(key.name, &value))
            }
            (None, Left::Never) => {
                let words = key.shape.words();
                let expected =
                    key.shape.keys().map_or_else(|| words.clone(), |_| format!("{words}: {}", key.about));
                self.missing(key.name, expected.trim_end_matches('.'));
                None
            }
        }
    }

    /// Says that a key is missing, unless the table is a part of others.
    pub(crate) fn missing(&self, name: &str, expected: &str) {
        if !self.tree().is_part() && !self.tree().is_torn() {
            self.at.tree.add(Problem {
                place: self.at.place(),
                key: Some(self.at.path_of(name)),
                found: "nothing".to_owned(),
                expected: Some(expected.to_owned()),
                nearest: None,
                mend: "add this key".to_owned(),
            });
        }
    }

    pub(crate) fn has<S>(&self, key: &Key<S>) -> bool {
        self.at.has(key.name)
    }

    pub(crate) fn tree(&self) -> &'a Tree {
        self.at.tree
    }

    /// Says that a key is wrong, where it stands, or where it should.
    pub(crate) fn wrong<T, S>(
        &self,
        key: &Key<S>,
        found: impl Into<String>,
        expected: impl Into<String>,
        mend: impl Into<String>,
    ) -> Option<T> {
        self.at.wrong_at(key.name, found, expected, mend)
    }
}

impl Table<'_> {
    /// Says that what stands at a path below this table is wrong, where it stands, or where it should.
    pub(crate) fn wrong_below(
        &self,
        path: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
        mend: impl Into<String>,
    ) {
        let mut at = self.at.clone();
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            match at.get(name) {
                Some(below) if names.peek().is_some() => at = below,
                _ => {
                    let rest: Vec<&str> = std::iter::once(name).chain(names).collect();
                    let _said: Option<()> = at.wrong_at(&rest.join("."), found, expected, mend);
                    return;
                }
            }
        }
    }
}

/// Says that a name is none of the table's keys.
fn unknown(at: &At<'_>, name: &str, keys: &Keys) {
    let place = at.get(name).map_or_else(|| at.place(), |at| at.key_place());
    let shown = shortened(name);
    let mut problem = Problem {
        place,
        key: Some(at.path_of(&shown)),
        found: "an unknown key".to_owned(),
        expected: None,
        nearest: None,
        mend: "correct its spelling or remove it".to_owned(),
    };
    let known = keys.elsewhere.iter().find(|row| row.name() == name);
    if let Some((_, instead)) = SECRETS.iter().find(|(secret, _)| *secret == name) {
        problem.found = "a secret".to_owned();
        problem.expected = Some("none in the configuration".to_owned());
        problem.mend =
            format!("write it to a file that only the daemon can read, and name that file as `{instead}`");
    } else if let Some(row) = known {
        match row {
            Elsewhere::NotYet(_, lacks, mend) => {
                problem.found = format!("a key of the design, but this version {lacks}");
                problem.mend = (*mend).to_owned();
            }
            Elsewhere::Misplaced(_, mend) => {
                problem.found = "a key that belongs elsewhere".to_owned();
                problem.mend = (*mend).to_owned();
            }
        }
    } else {
        let names: Vec<&str> = keys.keys.iter().map(|key| key.name()).collect();
        problem.nearest = nearest(name, names.iter().copied()).map(str::to_owned);
        problem.expected = Some(format!("one of {}", names.join(", ")));
    }
    at.tree.add(problem);
}

impl Elsewhere {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Elsewhere::NotYet(name, ..) | Elsewhere::Misplaced(name, _) => name,
        }
    }
}

impl Keys {
    /// As JSON Schema.
    pub(crate) fn schema(&self) -> Json {
        let properties: Map<String, Json> =
            self.keys.iter().map(|key| (key.name().to_owned(), key.schema())).collect();
        json!({
            "type": "object",
            "description": self.about,
            "properties": properties,
            "additionalProperties": false,
        })
    }
}

/// A default, as if it stood in a file.
pub(crate) fn value_of(toml: &str) -> Value {
    let layer = crate::layers::Layer::parse("a default".to_owned(), format!("value = {toml}"));
    let value = layer.table.get("value").cloned();
    value.expect("defaults are TOML, which a test holds").without_place()
}

trait WithoutPlace {
    fn without_place(self) -> Value;
}

impl WithoutPlace for Value {
    fn without_place(self) -> Value {
        let kind = match self.kind {
            ValueKind::Array(list) => ValueKind::Array(list.into_iter().map(Value::without_place).collect()),
            ValueKind::Table(table) => {
                ValueKind::Table(table.into_iter().map(|(key, value)| (key, value.without_place())).collect())
            }
            plain => plain,
        };
        Value::new(None, kind)
    }
}

/// A value of TOML as JSON.
pub(crate) fn json_of(value: &Value) -> Json {
    match &value.kind {
        ValueKind::Boolean(flag) => json!(flag),
        ValueKind::I64(number) => json!(number),
        ValueKind::Float(number) => json!(number),
        ValueKind::String(text) => json!(text),
        ValueKind::Array(list) => list.iter().map(json_of).collect(),
        ValueKind::Table(table) => {
            Json::Object(table.iter().map(|(key, value)| (key.clone(), json_of(value))).collect())
        }
        _ => Json::Null,
    }
}
