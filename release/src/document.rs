//! A release as it is written: TOML that a person can read.

use std::time::Duration;

use lineshot_config::Station;
use lineshot_domain::Wall;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use toml::Table;

const FORMAT: &str = "lineshot-release-1";
/// Nobody looks at a station for longer.
const LONGEST_VALIDITY: Duration = Duration::from_hours(180 * 24);
/// Bytes of a release: forty stations with eight views.
pub const LONGEST: usize = 1024 * 1024;

/// Why a release cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Not TOML, or not of this form.
    #[error("it is not understood: prepare it anew with `lineshot release prepare`")]
    Form(#[source] Box<toml::de::Error>),
    /// Not text.
    #[error("it is no UTF-8 text: copy it again")]
    Text,
    /// Of another form.
    #[error("it is of the format {0:?}, not {FORMAT}: prepare it anew with the lineshot that is installed")]
    Format(String),
    /// A time that is none.
    #[error("its `{0}` is no time such as 2026-11-25T00:00:00Z")]
    Time(&'static str),
    /// Valid for too long.
    #[error("it is valid for more than 180 days, or for none: prepare it anew")]
    Validity,
    /// A station that is none.
    #[error("its station number {number} is not understood by this lineshot: {problems}")]
    Station {
        /// From 1.
        number: usize,
        /// What is wrong with it.
        problems: String,
    },
    /// Two stations with one id.
    #[error("it has the station {0} twice")]
    Twice(String),
}

/// What a release says beside its stations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    format: String,
    /// Counts up with every release: an older one is never believed again.
    pub serial: u64,
    /// For which site.
    pub site: String,
    /// For which agent.
    pub agent: String,
    /// For which machine.
    pub host: String,
    /// By which darkroom the pictures on the sheet were covered.
    pub darkroom: u32,
    not_before: String,
    expires: String,
    /// What the pictures are classified as, for people.
    pub classification: String,
    /// For how many days pictures are to be kept, for people and the portal.
    pub retention_days: u32,
    /// What the angles are compared with, for people: `station/view` and SHA-256. What counts stands in each view's `lock`.
    pub references: Vec<String>,
    /// Settings of the agent that decide what is permitted.
    pub settings: Table,
    station: Vec<Table>,
}

/// A release that was read.
#[derive(Clone, Debug)]
pub struct Release {
    /// SHA-256 of its bytes, in hex: its name everywhere.
    pub id: String,
    /// What it says beside its stations.
    pub header: Header,
    /// From when on it counts.
    pub not_before: Wall,
    /// Until when.
    pub expires: Wall,
    /// The stations as they were signed.
    pub stations: Vec<Station>,
}

impl Release {
    /// Reads the bytes whose signature was verified.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn read(bytes: &[u8]) -> Result<Release, DocumentError> {
        let text = std::str::from_utf8(bytes).map_err(|_| DocumentError::Text)?;
        let header: Header = toml::from_str(text).map_err(|error| DocumentError::Form(Box::new(error)))?;
        if header.format != FORMAT {
            return Err(DocumentError::Format(header.format.chars().take(40).collect()));
        }
        let (not_before, expires) =
            (time("not_before", &header.not_before)?, time("expires", &header.expires)?);
        if expires <= not_before || expires.since(not_before) > LONGEST_VALIDITY {
            return Err(DocumentError::Validity);
        }
        let mut stations: Vec<Station> = Vec::new();
        for (index, table) in header.station.iter().enumerate() {
            let station = Station::released(&table.to_string())
                .map_err(|problems| DocumentError::Station { number: index + 1, problems })?;
            if stations.iter().any(|other| other.id == station.id) {
                return Err(DocumentError::Twice(station.id.to_string()));
            }
            stations.push(station);
        }
        Ok(Release { id: hex::encode(Sha256::digest(bytes)), header, not_before, expires, stations })
    }
}

fn time(key: &'static str, text: &str) -> Result<Wall, DocumentError> {
    let at: jiff::Timestamp = text.parse().map_err(|_| DocumentError::Time(key))?;
    Ok(Wall::from_unix_ms(at.as_millisecond()))
}
