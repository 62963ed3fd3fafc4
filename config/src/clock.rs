//! `clock` of `agent.toml`: what makes the wall clock trusted.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ::config::{Value, ValueKind};
use serde::Deserialize;

use crate::ConfigError;
use crate::section::{Section, quoted};

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

/// `clock` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawClock {
    trust: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawFile {
    file: String,
    max_age: String,
}

pub(crate) const TRUSTS: &str = "\"kernel\", \"unchecked\" or { file = \"/run/…\", max_age = \"5m\" }";
const MAX_AGES: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_hours(24);

impl RawClock {
    pub(crate) fn checked(self, section: &Section<'_>) -> Result<ClockTrust, ConfigError> {
        match self.trust.kind {
            ValueKind::String(word) if word == "kernel" => Ok(ClockTrust::Kernel),
            ValueKind::String(word) if word == "unchecked" => Ok(ClockTrust::Unchecked),
            ValueKind::Table(_) => {
                let section = section.under("trust");
                let raw: RawFile = self.trust.try_deserialize().map_err(|error| section.explain(error))?;
                let path = section.path("file", &raw.file)?;
                Ok(ClockTrust::File { path, max_age: section.duration("max_age", &raw.max_age, MAX_AGES)? })
            }
            other => {
                let found = quoted(&other.to_string());
                Err(section.wrong("trust", found, TRUSTS, "write one of them"))
            }
        }
    }
}
