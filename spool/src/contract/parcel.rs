//! `parcel.json`: the facts of one case, for the uploader.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CoverText;

/// The value of `schema` in the version written here.
pub const PARCEL_SCHEMA: &str = "lineshot/parcel/1";

/// The facts of one case. Signed byte for byte in `parcel.sig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParcelText {
    /// [`PARCEL_SCHEMA`].
    pub schema: String,
    /// The case, 16 hexadecimal digits; also the directory's name.
    pub case: String,
    /// What the case is called outside the plant, 16 hexadecimal digits.
    pub id: String,
    /// The album, 32 hexadecimal digits.
    pub album: String,
    /// Where.
    pub station: StationText,
    /// Which camera angle.
    pub view: String,
    /// Who took it.
    pub agent: AgentText,
    /// One of the outcomes.
    pub outcome: String,
    /// Why there is no picture; absent if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the arrival was received, RFC 3339.
    pub arrived: String,
    /// When the picture was exposed; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
    /// Taken in a trial, without a release.
    #[serde(default)]
    pub unreleased: bool,
    /// Taken of a simulated arrival.
    #[serde(default)]
    pub simulated: bool,
    /// Which of several visits counts: `first`, `last` or `all`.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub keep: String,
    /// The customer may follow the car's journey besides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub journey: bool,
    /// How far the clock was trusted.
    pub clock: String,
    /// The release it was taken under; absent in a trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The pictures, the full size first; empty for facts alone.
    #[serde(default)]
    pub pictures: Vec<PictureText>,
    /// What had to be covered; present if there are pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<CoverText>,
    /// What the pictures say of themselves and what stands nowhere else here; absent if they say nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<CaptionText>,
}

/// The part of the pictures' caption that is no fact of the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptionText {
    /// The day at the station, `YYYY-MM-DD`.
    pub date: String,
    /// The program that made them.
    pub program: String,
}

/// Parcels of the first agents do not say it: they kept the first.
fn first() -> String {
    "first".to_owned()
}

fn is_first(keep: &str) -> bool {
    keep == "first"
}

/// A station and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationText {
    /// The station's id.
    pub id: String,
    /// Its name by language.
    #[serde(default)]
    pub name: BTreeMap<String, String>,
}

/// The line PC that took a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentText {
    /// The site's name.
    pub site: String,
    /// The PC's name.
    pub name: String,
}

/// The interval in which a picture was exposed, RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Not before.
    pub from: String,
    /// Not after.
    pub to: String,
}

/// One picture of a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureText {
    /// The file's name in the parcel's directory.
    pub file: String,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// The file's length.
    pub bytes: u64,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
}
