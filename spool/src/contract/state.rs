//! `state/state.signed`: what the uploader must know before each PUT.
//!
//! One file, so that a reader never sees half of it: the first line is the Ed25519 signature in
//! hexadecimal digits, the rest is the JSON that it signs.

use serde::{Deserialize, Serialize};

/// The value of `schema` in the version written here.
pub const STATE_SCHEMA: &str = "lineshot/state/1";

/// The longest state file, in bytes: room for more than a hundred thousand denied albums. A longer one is
/// neither written nor read.
pub const LARGEST_STATE: u64 = 4 * 1024 * 1024;

/// What the agent says today about yesterday's permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateText {
    /// [`STATE_SCHEMA`].
    pub schema: String,
    /// Grows with every writing; an older number is never believed again.
    pub number: u64,
    /// When it was written, RFC 3339.
    pub at: String,
    /// Nothing may leave.
    pub stopped: bool,
    /// Releases taken back: nothing taken under them may leave.
    #[serde(default)]
    pub revoked: Vec<String>,
    /// Albums that nothing may be added to.
    #[serde(default)]
    pub denied: Vec<String>,
    /// Public ids taken back.
    #[serde(default)]
    pub recalled: Vec<String>,
    /// Stations whose pictures wait: somebody is drawing their views.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<String>,
    /// The agent trusts the clock of this PC: by its time something may be too old.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clock: bool,
}
