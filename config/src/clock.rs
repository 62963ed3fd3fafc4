//! `clock` of `agent.toml`: what makes the wall clock trusted.

use std::path::PathBuf;
use std::time::Duration;

use ::config::ValueKind;
use serde_json::json;

use crate::key::{Key, Keys, Table};
use crate::nearest::nearest;
use crate::shape::{FilePath, Nested, Own, Span};

/// What makes the wall clock trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClockTrust {
    /// The kernel says that it is synchronised.
    Kernel,
    /// A file says so, which the time service touches whenever it has synchronised.
    File {
        /// Which file, absolute.
        path: PathBuf,
        /// How long ago it may have been touched, 10 s to 24 h.
        max_age: Duration,
    },
    /// Nothing: allowed in trial operation only, and stamped on every record.
    Unchecked,
}

const TRUSTS: &str = "\"kernel\", \"unchecked\" or { file = \"/run/…\", max_age = \"5m\" }";

static FILE: Key<FilePath> =
    Key::needed("file", FilePath, "The file that the time service touches whenever it has synchronised.");
static MAX_AGE: Key<Span> = Key::needed(
    "max_age",
    Span(Duration::from_secs(10)..=Duration::from_hours(24)),
    "How long ago it may have been touched.",
);

static FILE_KEYS: Keys =
    Keys { about: "The clock is trusted while a file is touched.", keys: &[&FILE, &MAX_AGE], elsewhere: &[] };

const TOUCHED: Nested<ClockTrust> = Nested {
    keys: &FILE_KEYS,
    read: |table| {
        let (path, max_age) = (table.read(&FILE), table.read(&MAX_AGE));
        Some(ClockTrust::File { path: path?, max_age: max_age? })
    },
};

static TRUST: Key<Own<ClockTrust>> = Key::needed(
    "trust",
    Own {
        read: |at| match at.kind() {
            Some(ValueKind::String(word)) if word == "kernel" => Some(ClockTrust::Kernel),
            Some(ValueKind::String(word)) if word == "unchecked" => Some(ClockTrust::Unchecked),
            Some(ValueKind::Table(_)) => crate::key::Shape::read(&TOUCHED, at),
            Some(ValueKind::String(word)) => {
                at.meant(nearest(word, ["kernel", "unchecked"].into_iter()), TRUSTS, "write one of them")
            }
            _ => at.not(TRUSTS, "write one of them"),
        },
        schema: || json!({ "oneOf": [{ "enum": ["kernel", "unchecked"] }, FILE_KEYS.schema()] }),
        words: TRUSTS,
    },
    "`\"kernel\"`: the kernel says that it is synchronised, to 2 s or better. A file with `max_age`: the time service \
     touched it, at most so long ago. `\"unchecked\"`: nothing; for trials, and every record says so.",
);

static KEYS: Keys = Keys {
    about: "What makes the wall clock trusted. While it is not trusted no picture is taken.",
    keys: &[&TRUST],
    elsewhere: &[],
};

pub(crate) const CLOCK: Nested<ClockTrust> =
    Nested { keys: &KEYS, read: |table: &Table<'_>| table.read(&TRUST) };
