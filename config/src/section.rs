//! A part of the settings and its keys, so that every message names file, key, found, expected and mend.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ::config::ConfigError as MergeError;
use lineshot_domain::ViewId;
use serde::Deserialize;
use toml::Value;

use crate::ConfigError;
use crate::layers::Layers;
use crate::text::{duration, spoken};

/// A part of the settings, for messages about what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Section<'a> {
    layers: &'a Layers,
    prefix: String,
}

impl<'a> Section<'a> {
    pub(crate) fn new(layers: &'a Layers, prefix: String) -> Section<'a> {
        Section { layers, prefix }
    }

    /// A part of this part.
    pub(crate) fn under(&self, part: &str) -> Section<'a> {
        self.layers.section(self.key(part))
    }

    fn key(&self, key: &str) -> String {
        match (self.prefix.as_str(), key) {
            ("", key) => key.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, key) if key.starts_with('[') => format!("{prefix}{key}"),
            (prefix, key) => format!("{prefix}.{key}"),
        }
    }

    /// The message about one key.
    pub(crate) fn wrong(
        &self,
        key: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
        mend: impl Into<String>,
    ) -> ConfigError {
        let key = self.key(key);
        ConfigError::Value {
            file: self.layers.file_of(&key),
            key,
            found: found.into(),
            expected: expected.into(),
            mend: mend.into(),
        }
    }

    /// The message about a key that must be there.
    pub(crate) fn missing(&self, key: &str, expected: &str) -> ConfigError {
        self.wrong(key, "nothing", expected, "add this key")
    }

    /// A duration within a range; its bounds are part of the message.
    pub(crate) fn duration(
        &self,
        key: &str,
        text: &str,
        range: RangeInclusive<Duration>,
    ) -> Result<Duration, ConfigError> {
        let [least, most] = [*range.start(), *range.end()].map(spoken);
        duration(text).filter(|value| range.contains(value)).ok_or_else(|| {
            let expected = format!("a duration from \"{least}\" to \"{most}\"");
            self.wrong(key, quoted(text), expected, "write whole numbers with ms, s, m, h or d")
        })
    }

    /// An absolute path.
    pub(crate) fn path(&self, key: &str, text: &str) -> Result<PathBuf, ConfigError> {
        if text.starts_with('/') && !text.contains('\0') {
            return Ok(PathBuf::from(text));
        }
        Err(self.wrong(key, quoted(text), "an absolute path", "begin it with a slash"))
    }

    /// What serde and the `config` crate found, in our words.
    pub(crate) fn explain(&self, error: MergeError) -> ConfigError {
        match error {
            MergeError::NotFound(key) => self.missing(&from_one(&key), "a value"),
            MergeError::Type { unexpected, expected, key, .. } => {
                let key = from_one(&key.unwrap_or_default());
                self.wrong(&key, unexpected.to_string(), expected, "correct the value")
            }
            MergeError::At { error, key, .. } => {
                self.below(&from_one(&key.unwrap_or_default()), &error.to_string())
            }
            // Its message would show whole lines of the file.
            MergeError::FileParse { .. } => {
                self.wrong("", "a number out of range", "numbers that fit 64 bits", "correct the value")
            }
            other => self.below("", &other.to_string()),
        }
    }

    /// Takes serde's sentences apart (`serde::de::Error`, unchanged since 1.0).
    fn below(&self, key: &str, message: &str) -> ConfigError {
        if let Some((name, expected)) =
            message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, expected "))
        {
            let section = if key.is_empty() { self.clone() } else { self.under(key) };
            return section.wrong(
                &shortened(name),
                "an unknown key",
                expected,
                "correct its spelling or remove it",
            );
        }
        let plain = message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: "));
        let (found, expected) =
            plain.unwrap_or(message).split_once(", expected ").unwrap_or((message, "another value"));
        self.wrong(key, found, expected, "correct the value")
    }
}

/// What stands for an element of a list in a key: a view's id, else its number from 1.
pub(crate) fn label(value: &Value, index: usize) -> String {
    let id = value.get("id").and_then(Value::as_str);
    view_label(id, index)
}

/// What stands for a view in a key: its id, else its number from 1.
pub(crate) fn view_label(id: Option<&str>, index: usize) -> String {
    match id.and_then(|id| ViewId::parse(id).ok()) {
        Some(id) => id.to_string(),
        None => (index + 1).to_string(),
    }
}

/// Counts list elements from 1, as people do, and puts the dot that the `config` crate leaves out:
/// `mask[0]name` becomes `mask[1].name`.
fn from_one(key: &str) -> String {
    let mut parts = key.split('[');
    let mut counted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (index, rest) = part.split_once(']').unwrap_or((part, ""));
        let index = index.parse::<usize>().map_or(index.to_owned(), |index| (index + 1).to_string());
        let dot = if rest.is_empty() || rest.starts_with('.') { "" } else { "." };
        counted.push_str(&format!("[{index}]{dot}{rest}"));
    }
    counted
}

/// A key as found, fit for one line.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// A value as found, shortened.
pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}

/// A number, whole or not. The `config` crate alone would also take `true` or `"1"` for one.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, expecting = "invalid type: something else, expected a number")]
pub(crate) enum Number {
    Whole(i64),
    Broken(f64),
}

impl Number {
    pub(crate) fn value(&self) -> f64 {
        match *self {
            Number::Whole(whole) => whole as f64,
            Number::Broken(broken) => broken,
        }
    }
}
