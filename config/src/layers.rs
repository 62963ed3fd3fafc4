//! Files and environment laid over each other; the `config` crate merges them, tables key by key.
//!
//! Holds:
//! - every layer is checked on its own before the merge, so that a message names the right file;
//! - a top-level key that reaches the merge is a plain word: the `config` crate reads others as paths,
//!   and `"a[999999999]"` would make it fill the memory.

use std::path::{Path, PathBuf};

use ::config::{Config, File, FileFormat};
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::environment::Environment;
use crate::section::{Section, shortened};
use crate::{ConfigError, absent};

/// The format of all files that this version reads.
const VERSION: i64 = 1;

/// Which of the files a layer is, or lies over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `agent.toml`.
    Agent,
    /// `uploader.toml`.
    Uploader,
    /// `line.toml`.
    Line,
    /// `stations/<id>.toml`.
    Station,
}

/// One file, parsed and checked for keys that are refused by name.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    file: String,
    text: String,
    table: Table,
}

impl Layer {
    /// A file that must say which version of the format it is.
    pub(crate) fn main(kind: Kind, path: &Path) -> Result<Layer, ConfigError> {
        let layer = Layer::part(kind, path)?;
        if layer.table.contains_key("version") {
            return Ok(layer);
        }
        Err(version_error(&layer.file, "nothing".to_owned()))
    }

    /// A file of a `.d` folder, where the version may be left out.
    pub(crate) fn part(kind: Kind, path: &Path) -> Result<Layer, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Layer::parse(kind, path.display().to_string(), text)
    }

    fn parse(kind: Kind, file: String, text: String) -> Result<Layer, ConfigError> {
        let table: Table = toml::from_str(&text).map_err(|error| {
            let (line, column) = position(&text, error.span().map_or(0, |span| span.start));
            ConfigError::Syntax { file: file.clone(), line, column, problem: error.message().to_owned() }
        })?;
        plain_words(&table, &file)?;
        match table.get("version") {
            None => {}
            Some(Value::Integer(VERSION)) => {}
            Some(other) => return Err(version_error(&file, other.to_string())),
        }
        absent::check(kind, &table, |_| file.clone())?;
        Ok(Layer { file, text, table })
    }

    /// The text of a top-level key.
    pub(crate) fn word(&self, key: &str) -> Option<&str> {
        self.table.get(key)?.as_str()
    }
}

fn plain_words(table: &Table, file: &str) -> Result<(), ConfigError> {
    let plain = |key: &&String| {
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    match table.keys().find(|key| !plain(key)) {
        None => Ok(()),
        Some(key) => Err(ConfigError::Value {
            file: file.to_owned(),
            key: shortened(key),
            found: "an unknown key".to_owned(),
            expected: "a plain word".to_owned(),
            mend: "correct its spelling or remove it".to_owned(),
        }),
    }
}

fn version_error(file: &str, found: String) -> ConfigError {
    ConfigError::Value {
        file: file.to_owned(),
        key: "version".to_owned(),
        found,
        expected: VERSION.to_string(),
        mend: format!("write `version = {VERSION}` at the top of the file"),
    }
}

/// Line and column, both from 1, of a place in a text.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (before.matches('\n').count() + 1, column)
}

/// Layers of one set of settings, later ones winning.
#[derive(Debug)]
pub(crate) struct Layers {
    /// The file that a missing key should be in.
    home: String,
    layers: Vec<Layer>,
    environment: Option<Environment>,
}

impl Layers {
    /// `layers` must not be empty; `home` is the file that a missing key should be in.
    pub(crate) fn new(home: &Path, layers: Vec<Layer>, environment: Option<Environment>) -> Layers {
        Layers { home: home.display().to_string(), layers, environment }
    }

    /// Reads `<name>.toml`, `<name>.d/*.toml` in the order of their names, and the environment.
    pub(crate) fn of_daemon(
        kind: Kind,
        dir: &Path,
        name: &str,
        environment: Environment,
    ) -> Result<Layers, ConfigError> {
        let home = dir.join(format!("{name}.toml"));
        let mut layers = vec![Layer::main(kind, &home)?];
        for path in toml_files(&dir.join(format!("{name}.d")))? {
            layers.push(Layer::part(kind, &path)?);
        }
        absent::check(kind, environment.table(), |key| environment.variable(key))?;
        Ok(Layers::new(&home, layers, Some(environment)))
    }

    /// The merged settings.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        let mut builder = Config::builder();
        for layer in &self.layers {
            builder = builder.add_source(File::from_str(&layer.text, FileFormat::Toml));
        }
        if let Some(environment) = &self.environment {
            builder = builder.add_source(environment.source());
        }
        let merged = builder.build().and_then(Config::try_deserialize);
        merged.map_err(|error| self.section("").explain(error))
    }

    /// For messages about keys below `prefix`.
    pub(crate) fn section(&self, prefix: impl Into<String>) -> Section<'_> {
        Section::new(self, prefix.into())
    }

    /// The uppermost layer that has the key, as far as it can be followed through tables.
    pub(crate) fn file_of(&self, key: &str) -> String {
        let path = key.split('[').next().unwrap_or(key);
        let has = |table: &Table| {
            let mut names = path.split('.');
            let first = names.next().and_then(|name| table.get(name));
            names.try_fold(first, |value, name| value.map(|v| v.get(name))).flatten().is_some()
        };
        if let Some(environment) = self.environment.as_ref().filter(|environment| has(environment.table())) {
            return environment.variable(path);
        }
        self.layers
            .iter()
            .rev()
            .find(|layer| has(&layer.table))
            .map_or(&self.home, |layer| &layer.file)
            .clone()
    }
}

/// The `*.toml` files of a folder by name; none if there is no such folder.
pub(crate) fn toml_files(dir: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let unreadable = |source| ConfigError::Read { path: dir.to_owned(), source };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
