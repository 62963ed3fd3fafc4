//! The files of a configuration folder, some of which may only be planned.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::layers::{Layer, unreadable};

/// Largest file that is read, in bytes: forty stations with masks of hundreds of corners stay far below.
const LARGEST: u64 = 1024 * 1024;

/// What is on disk, and over it what is planned: so a change is checked before anything is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(BTreeMap<PathBuf, String>);

impl Files {
    pub(crate) fn planned(texts: impl IntoIterator<Item = (PathBuf, String)>) -> Files {
        Files(texts.into_iter().collect())
    }

    pub(crate) fn has(&self, path: &Path) -> bool {
        // What cannot be told is looked at, so that the reason is said.
        self.0.contains_key(path) || !matches!(path.try_exists(), Ok(false))
    }

    pub(crate) fn read(&self, path: &Path) -> io::Result<String> {
        if let Some(text) = self.0.get(path) {
            return Ok(text.clone());
        }
        let mut text = String::new();
        File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
        match u64::try_from(text.len()) {
            Ok(0..=LARGEST) => Ok(text),
            _ => Err(io::Error::other("it has more than 1 MiB")),
        }
    }

    /// The `*.toml` files of a folder by name; none if there is no such folder.
    pub(crate) fn toml_below(&self, dir: &Path) -> Result<Vec<PathBuf>, Box<Layer>> {
        let mut files: Vec<PathBuf> =
            self.0.keys().filter(|path| path.parent() == Some(dir)).cloned().collect();
        files.extend(on_disk(dir).map_err(|error| Box::new(unreadable(dir, &error)))?);
        files.retain(|path| {
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            !hidden && path.extension().is_some_and(|extension| extension == "toml")
        });
        files.sort();
        files.dedup();
        Ok(files)
    }
}

fn on_disk(dir: &Path) -> io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(dir) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
