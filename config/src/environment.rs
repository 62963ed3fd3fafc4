//! `LINESHOT__<TABLE>__<KEY>`: settings of a daemon from its environment, over all files.
//!
//! Both daemons read the same prefix, so that one environment file can serve both: a variable of a
//! table that only the other daemon has is passed over. Stations are out of reach.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::sync::Arc;

use ::config::{Map, Value};

use crate::layers::Layer;
use crate::place::{Document, Place};
use crate::problem::Problem;
use crate::tree::Origin;

const PREFIX: &str = "LINESHOT__";

/// What a message calls the place of such a value, before the variable's name.
pub(crate) const VARIABLE: &str = "environment variable ";

/// Top-level keys that only the agent has, and that only the uploader has.
const AGENTS_OWN: &[&str] = &["name", "site", "site_key", "clock", "broker", "orders", "deny", "socket"];
const UPLOADERS_OWN: &[&str] = &["store"];

/// Whose environment it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Daemon {
    Agent,
    Uploader,
}

/// What the environment says about one daemon.
#[derive(Clone, Debug)]
pub(crate) struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// Picks this daemon's variables.
    pub(crate) fn of(
        daemon: Daemon,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Environment {
        let others = match daemon {
            Daemon::Agent => UPLOADERS_OWN,
            Daemon::Uploader => AGENTS_OWN,
        };
        let is_ours = |name: &str| {
            let first = key(name).and_then(|key| key.split('.').next().map(str::to_owned));
            first.is_some_and(|first| !others.contains(&first.as_str()))
        };
        let named = variables.into_iter().map(|(name, value)| (name.to_string_lossy().into_owned(), value));
        Environment(named.filter(|(name, _)| is_ours(name)).collect())
    }

    /// One layer a variable.
    pub(crate) fn layers(&self) -> impl Iterator<Item = Layer> {
        let is_table = |name: &str| {
            let below = format!("{}__", name.to_uppercase());
            self.0.keys().any(|other| other.to_uppercase().starts_with(&below))
        };
        self.0.iter().map(move |(name, value)| layer(name, value, is_table(name)))
    }
}

fn key(name: &str) -> Option<String> {
    Some(name.strip_prefix(PREFIX)?.to_lowercase().replace("__", "."))
}

fn layer(name: &str, value: &OsString, is_table: bool) -> Layer {
    let document = Arc::new(Document { name: format!("{VARIABLE}{name}"), text: String::new() });
    let mut layer = Layer {
        document: Arc::clone(&document),
        table: Map::new(),
        headers: HashMap::new(),
        problems: Vec::new(),
    };
    let key = key(name).unwrap_or_default();
    let is_word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let mut wrong = |found: &str, expected: &str, mend: &str| {
        layer.problems.push(Problem {
            place: Place::whole(&document),
            key: Some(key.clone()),
            found: found.to_owned(),
            expected: Some(expected.to_owned()),
            nearest: None,
            mend: mend.to_owned(),
        });
    };
    match value.to_str() {
        _ if !key.split('.').all(is_word) => {
            wrong("this name", "LINESHOT__<TABLE>__<KEY>", "correct the name or unset it");
        }
        _ if is_table => {
            wrong("both a value and a table", "one of them", "unset one of the two variables");
        }
        None => wrong("a value that is not UTF-8", "text", "correct or unset it"),
        Some(text) => {
            let origin = Some(Origin { key: 0..0, value: 0..0 }.written());
            let text = Value::new(origin.as_ref(), text);
            let mut parts: Vec<&str> = key.split('.').collect();
            let tables = (1..parts.len()).map(|count| parts[..count].join("."));
            layer.headers = tables.map(|path| (path, Place::whole(&document))).collect();
            let first = parts.remove(0).to_owned();
            let nested = parts.into_iter().rev().fold(text, |inner, part| {
                Value::new(origin.as_ref(), Map::from_iter([(part.to_owned(), inner)]))
            });
            layer.table.insert(first, nested);
        }
    }
    layer
}
