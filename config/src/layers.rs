//! Files and environment laid over each other; the `config` crate merges them, tables key by key.
//!
//! Holds:
//! - a value keeps its place through the merge: it travels as the value's `origin`;
//! - a top-level key that reaches the merge is a plain word: the `config` crate reads others as paths,
//!   and `"a[999999999]"` would make it fill the memory.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use ::config::{Config, Map, Source, Value, ValueKind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::environment::Environment;
use crate::files::Files;
use crate::place::{Document, Place};
use crate::problem::Problem;
use crate::tree::{Origin, Tree};

/// The format of all files that this version reads.
const VERSION: i64 = 1;

/// One file, parsed; or what the environment says.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) document: Arc<Document>,
    pub(crate) table: Map<String, Value>,
    /// Where the tables that are no list's elements are opened, by path.
    pub(crate) headers: HashMap<String, Place>,
    /// What is wrong with it as a whole. Nothing else is read from it then.
    pub(crate) problems: Vec<Problem>,
}

impl Layer {
    /// A file that must say which version of the format it is.
    pub(crate) fn main(files: &Files, path: &Path) -> Layer {
        let mut layer = Layer::part(files, path);
        if layer.problems.is_empty() && !layer.table.contains_key("version") {
            layer.problems.push(version_problem(Place::whole(&layer.document), "nothing".to_owned()));
        }
        layer
    }

    /// A file of a `.d` folder, where the version may be left out.
    pub(crate) fn part(files: &Files, path: &Path) -> Layer {
        match files.read(path) {
            Ok(text) => Layer::parse(path.display().to_string(), text),
            Err(error) => unreadable(path, &error),
        }
    }

    pub(crate) fn parse(name: String, text: String) -> Layer {
        let document = Arc::new(Document { name, text });
        let (root, mut errors) = DeTable::parse_recoverable(&document.text);
        errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
        let mut layer = Layer {
            document: Arc::clone(&document),
            table: Map::new(),
            headers: HashMap::new(),
            problems: errors.iter().map(|error| syntax_problem(&document, error)).collect(),
        };
        if layer.problems.is_empty() {
            layer.table = layer.table_of(root.get_ref(), "");
            layer.look_at_the_whole();
        }
        layer
    }

    /// The text of a top-level key.
    pub(crate) fn word(&self, key: &str) -> Option<&str> {
        match &self.table.get(key)?.kind {
            ValueKind::String(text) => Some(text),
            _ => None,
        }
    }

    fn look_at_the_whole(&mut self) {
        let is_plain = |key: &str| {
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        };
        let odd: Vec<String> = self.table.keys().filter(|key| !is_plain(key)).cloned().collect();
        for key in odd {
            let value = self.table.remove(&key);
            let origin = value.as_ref().and_then(Value::origin).and_then(Origin::read);
            self.problems.push(Problem {
                place: origin.map_or(Place::whole(&self.document), |o| Place::at(&self.document, o.key)),
                key: Some(shortened(&key)),
                found: "an unknown key".to_owned(),
                expected: Some("a plain word".to_owned()),
                nearest: None,
                mend: "correct its spelling or remove it".to_owned(),
            });
        }
        let version = self.table.remove("version");
        if let Some(version) = version {
            let is_ours = matches!(version.kind, ValueKind::I64(VERSION));
            if !is_ours {
                let origin = version.origin().and_then(Origin::read);
                let place =
                    origin.map_or(Place::whole(&self.document), |o| Place::at(&self.document, o.value));
                self.problems.push(version_problem(place, shortened(&version.to_string())));
            }
            self.table.insert(
                "version".to_owned(),
                Value::new(version.origin().map(str::to_owned).as_ref(), VERSION),
            );
        }
    }

    /// Values with their places; tables that are no list's elements leave theirs in `headers`.
    fn table_of(&mut self, table: &DeTable<'_>, path: &str) -> Map<String, Value> {
        let mut values = Map::new();
        for (key, value) in table {
            let name = key.get_ref().to_string();
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let origin = Origin { key: key.span(), value: value.span() };
            if let DeValue::Table(inner) = value.get_ref() {
                let place = Place::at(&self.document, key.span());
                self.headers.insert(below.clone(), place);
                let inner = self.table_of(inner, &below);
                values.insert(name, Value::new(Some(&origin.written()), inner));
            } else {
                values.insert(name, value_of(value, key.span()));
            }
        }
        values
    }
}

fn value_of(value: &Spanned<DeValue<'_>>, key: std::ops::Range<usize>) -> Value {
    let origin = Some(Origin { key, value: value.span() }.written());
    let kind = match value.get_ref() {
        DeValue::String(text) => ValueKind::String(text.to_string()),
        DeValue::Boolean(flag) => ValueKind::Boolean(*flag),
        DeValue::Float(number) => match number.as_str().replace('_', "").parse::<f64>() {
            Ok(number) => ValueKind::Float(number),
            Err(_) => ValueKind::Nil,
        },
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => ValueKind::I64(number),
            // Beyond 64 bits no key takes it.
            Err(_) => ValueKind::Nil,
        },
        // No key takes one.
        DeValue::Datetime(_) => ValueKind::Nil,
        DeValue::Array(list) => {
            ValueKind::Array(list.iter().map(|inner| value_of(inner, inner.span())).collect())
        }
        DeValue::Table(table) => ValueKind::Table(
            table
                .iter()
                .map(|(key, inner)| (key.get_ref().to_string(), value_of(inner, key.span())))
                .collect(),
        ),
    };
    Value::new(origin.as_ref(), kind)
}

/// What the `config` crate merges: one layer, whose values know which layer it is.
#[derive(Clone, Debug)]
struct Numbered(usize, Map<String, Value>);

impl Source for Numbered {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ::config::ConfigError> {
        Ok(self.1.iter().map(|(key, value)| (key.clone(), Origin::numbered(value, self.0))).collect())
    }
}

/// Lays them over each other, later ones winning.
pub(crate) fn merged(home: &Path, layers: Vec<Layer>) -> Tree {
    let mut builder = Config::builder();
    for (number, layer) in layers.iter().enumerate() {
        builder = builder.add_source(Numbered(number, layer.table.clone()));
    }
    // Plain words and values of TOML give the crate nothing to fail on.
    let root = builder.build().map(|config| config.cache.kind);
    let root = match root {
        Ok(ValueKind::Table(root)) => root,
        _ => Map::new(),
    };
    Tree::new(home, layers, root)
}

/// `<name>.toml`, `<name>.d/*.toml` in the order of their names, and the environment.
pub(crate) fn of_daemon(files: &Files, dir: &Path, name: &str, environment: Environment) -> Tree {
    let home = dir.join(format!("{name}.toml"));
    let mut layers = vec![Layer::main(files, &home)];
    match files.toml_below(&dir.join(format!("{name}.d"))) {
        Ok(parts) => layers.extend(parts.iter().map(|path| Layer::part(files, path))),
        Err(layer) => layers.push(*layer),
    }
    layers.extend(environment.layers());
    merged(&home, layers)
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Layer {
    let document = Arc::new(Document { name: path.display().to_string(), text: String::new() });
    let problem = Problem {
        place: Place::whole(&document),
        key: None,
        found: format!("it cannot be read: {error}"),
        expected: None,
        nearest: None,
        mend: "it must exist, be readable for this user, and a file be UTF-8 text".to_owned(),
    };
    Layer { document, table: Map::new(), headers: HashMap::new(), problems: vec![problem] }
}

fn syntax_problem(document: &Arc<Document>, error: &toml::de::Error) -> Problem {
    Problem {
        place: error.span().map_or_else(|| Place::whole(document), |span| Place::at(document, span)),
        key: None,
        found: format!("not TOML: {}", error.message()),
        expected: None,
        nearest: None,
        mend: "mend this line; texts stand in \"double quotes\", every table in [brackets]".to_owned(),
    }
}

fn version_problem(place: Place, found: String) -> Problem {
    Problem {
        place,
        key: Some("version".to_owned()),
        found,
        expected: Some(VERSION.to_string()),
        nearest: None,
        mend: format!("write `version = {VERSION}` at the top of the file"),
    }
}

/// A key or value as found, fit for one line.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect()
}
