//! `LINESHOT__<TABLE>__<KEY>`: settings of a daemon from its environment, over all files.
//!
//! Both daemons read the same prefix, so that one environment file can serve both: a variable of a
//! table that only the other daemon has is passed over. Stations are out of reach.

use std::collections::BTreeMap;
use std::ffi::OsString;

use toml::{Table, Value};

use crate::ConfigError;
use crate::layers::Kind;

const PREFIX: &str = "LINESHOT__";

/// Top-level keys that only the agent has, and that only the uploader has.
const AGENTS_OWN: &[&str] = &["name", "site", "site_key", "clock", "broker", "orders", "deny", "socket"];
const UPLOADERS_OWN: &[&str] = &["store"];

/// What the environment says about one daemon.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
    table: Table,
}

impl Environment {
    /// Picks this daemon's variables.
    pub(crate) fn of(
        kind: Kind,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Environment, ConfigError> {
        let others = if kind == Kind::Agent { UPLOADERS_OWN } else { AGENTS_OWN };
        let mut ours = Environment { variables: BTreeMap::new(), table: Table::new() };
        for (name, value) in variables {
            let name = name.to_string_lossy();
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let key = rest.to_lowercase().replace("__", ".");
            if others.contains(&key.split('.').next().unwrap_or_default()) {
                continue;
            }
            let wrong = |found: &str, expected: &str, mend: &str| ConfigError::Value {
                file: format!("environment variable {name}"),
                key: key.clone(),
                found: found.to_owned(),
                expected: expected.to_owned(),
                mend: mend.to_owned(),
            };
            let word = |part: &str| {
                !part.is_empty()
                    && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            };
            if !key.split('.').all(word) {
                return Err(wrong("this name", "LINESHOT__<TABLE>__<KEY>", "correct the name or unset it"));
            }
            let Some(value) = value.to_str() else {
                return Err(wrong("a value that is not UTF-8", "text", "correct or unset it"));
            };
            if !insert(&mut ours.table, &key, value) {
                return Err(wrong(
                    "both a value and a table",
                    "one of them",
                    "unset one of the two variables",
                ));
            }
            ours.variables.insert(name.into_owned(), value.to_owned());
        }
        Ok(ours)
    }

    /// The keys and their texts.
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The variable that holds a key or the first below it, for messages.
    pub(crate) fn variable(&self, key: &str) -> String {
        let plain = format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"));
        let holds = |name: &&String| {
            let rest = name.to_uppercase();
            rest.strip_prefix(&plain).is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
        };
        format!("environment variable {}", self.variables.keys().find(holds).unwrap_or(&plain))
    }

    /// The same for the `config` crate.
    pub(crate) fn source(&self) -> ::config::Environment {
        ::config::Environment::with_prefix("LINESHOT")
            .prefix_separator("__")
            .separator("__")
            .source(Some(self.variables.clone().into_iter().collect()))
    }
}

/// Whether there was room: a value cannot stand where a table is, nor the other way round.
fn insert(table: &mut Table, key: &str, value: &str) -> bool {
    match key.split_once('.') {
        None => table.insert(key.to_owned(), Value::String(value.to_owned())).is_none(),
        Some((name, rest)) => {
            let inner = table.entry(name).or_insert_with(|| Value::Table(Table::new()));
            inner.as_table_mut().is_some_and(|inner| insert(inner, rest, value))
        }
    }
}
