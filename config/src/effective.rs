//! All that holds: as written, from `line.toml`, or by default, each value with where it comes from.

use std::path::Path;

use ::config::{Value, ValueKind};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table};

use crate::environment::{Daemon, Environment};
use crate::files::Files;
use crate::key::{Described, Keys, Left, value_of};
use crate::layers::{Layer, of_daemon};
use crate::station::{self, line_defaults};
use crate::tree::At;
use crate::{AgentSettings, Station, UploaderSettings, agent, uploader};

/// Where a value comes from, for people.
const BY_DEFAULT: &str = "by default";

impl AgentSettings {
    /// All that holds for the agent itself, as TOML.
    pub fn effective(&self, dir: &Path) -> String {
        let tree =
            of_daemon(&Files::default(), dir, "agent", Environment::of(Daemon::Agent, std::env::vars_os()));
        let mut document = document(&agent::KEYS, &tree.root());
        if let Some(broker) = document.get_mut("broker").and_then(Item::as_table_mut)
            && !broker.contains_key("client_id")
        {
            broker.insert("client_id", commented(&Value::from(self.broker.client_id.as_str()), BY_DEFAULT));
        }
        document.to_string()
    }
}

impl UploaderSettings {
    /// All that holds for the uploader, as TOML.
    pub fn effective(dir: &Path) -> String {
        let tree = of_daemon(
            &Files::default(),
            dir,
            "uploader",
            Environment::of(Daemon::Uploader, std::env::vars_os()),
        );
        document(&uploader::KEYS, &tree.root()).to_string()
    }
}

impl Station {
    /// All that holds for this station, as TOML.
    pub fn effective(&self, dir: &Path) -> String {
        let (line, _) = line_defaults(&Files::default(), &dir.join("line.toml"));
        let file = dir.join("stations").join(format!("{}.toml", self.id));
        let tree = station::tree(&file, line.as_ref(), Layer::main(&Files::default(), &file));
        let mut document = document(&station::KEYS, &tree.root());
        // They test what holds.
        document.remove("expect");
        let views = document.get_mut("view").and_then(Item::as_array_of_tables_mut);
        for (table, view) in views.into_iter().flat_map(ArrayOfTables::iter_mut).zip(&self.views) {
            for (key, value) in [
                ("crop", Value::from(vec![0, 0, 1, 1])),
                ("sizes", Value::from(view.sizes.iter().map(|width| i64::from(*width)).collect::<Vec<_>>())),
            ] {
                if !table.contains_key(key) {
                    table.insert(key, commented(&value, BY_DEFAULT));
                }
            }
        }
        document.to_string()
    }
}

/// The whole below `at`, in the order of the keys.
fn document(keys: &Keys, at: &At<'_>) -> DocumentMut {
    let mut document = DocumentMut::new();
    fill(document.as_table_mut(), keys, at);
    document
}

fn fill(table: &mut Table, keys: &Keys, at: &At<'_>) {
    for key in keys.keys {
        match (at.get(key.name()), key.left()) {
            (Some(value), _) => table.insert(key.name(), item(*key, &value)),
            (None, Left::Default(toml)) => table.insert(key.name(), commented(&value_of(toml), BY_DEFAULT)),
            (None, Left::Never | Left::Out) => None,
        };
    }
}

fn item(key: &dyn Described, at: &At<'_>) -> Item {
    match (key.keys(), at.list()) {
        (Some(keys), Some(list)) => {
            let mut tables = ArrayOfTables::new();
            for element in list {
                let mut table = Table::new();
                fill(&mut table, keys, &element);
                tables.push(table);
            }
            Item::ArrayOfTables(tables)
        }
        (Some(keys), None) if at.is_table() => {
            let mut table = Table::new();
            fill(&mut table, keys, at);
            Item::Table(table)
        }
        _ => commented(at.raw().unwrap_or(&Value::new(None, ValueKind::Nil)), &at.place().to_string()),
    }
}

/// A value, and behind it where it comes from.
fn commented(value: &Value, from: &str) -> Item {
    let mut value = plain(value);
    value.decor_mut().set_suffix(format!("  # {from}"));
    Item::Value(value)
}

fn plain(value: &Value) -> toml_edit::Value {
    match &value.kind {
        ValueKind::Boolean(flag) => (*flag).into(),
        ValueKind::I64(number) => (*number).into(),
        ValueKind::Float(number) => (*number).into(),
        ValueKind::Array(list) => toml_edit::Value::Array(list.iter().map(plain).collect::<Array>()),
        ValueKind::Table(table) => {
            let mut entries: Vec<(&String, toml_edit::Value)> =
                table.iter().map(|(key, value)| (key, plain(value))).collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            toml_edit::Value::InlineTable(entries.into_iter().collect::<InlineTable>())
        }
        ValueKind::String(text) => text.as_str().into(),
        // Reading has refused it before.
        other => Value::new(None, other.clone()).to_string().into(),
    }
}
