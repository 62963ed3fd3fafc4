//! What both daemons' files have in common.

use crate::key::Key;
use crate::shape::{FilePath, Text, Whole};

/// Checked before anything else is read.
pub(crate) static VERSION: Key<Whole> = Key::default(
    "version",
    Whole(1..=1),
    "1",
    "The version of this file's format; the main files must say it.",
);

pub(crate) static DATA: Key<FilePath> = Key::default(
    "data",
    FilePath,
    "\"/var/lib/lineshot\"",
    "The data folder. The same in agent.toml and uploader.toml.",
);

pub(crate) static LOG: Key<Text<String>> = Key::default(
    "log",
    Text {
        read: |at, text| {
            if text.trim().is_empty() || text.chars().any(char::is_control) {
                return at.not("a filter such as \"info\"", "write error, warn, info or debug");
            }
            Some(text.to_owned())
        },
        words: "error, warn, info or debug, also by module: \"info,rumqttc=warn\"",
        pattern: "\\S",
    },
    "\"info\"",
    "What is logged.",
);
