//! What is written for others to read, field by field: parcel, receipt, state, outcome event,
//! words to the PLC.
//!
//! Contracts are frozen by the golden files in `golden/`: only optional fields and new codes may be
//! added, and a reader ignores what it does not know. Domain types are never serialised themselves.

mod cover;
mod event;
#[cfg(test)]
mod golden;
mod parcel;
mod receipt;
mod state;
mod word;

pub use cover::CoverText;
pub use event::{EventData, OutcomeEvent};
pub use parcel::{AgentText, CaptionText, PARCEL_SCHEMA, ParcelText, PictureText, StationText, Taken};
pub use receipt::{ObjectText, RECEIPT_SCHEMA, ReceiptText};
pub use state::{LARGEST_STATE, STATE_SCHEMA, StateText};
pub use word::{WORD_SCHEMA, WordText, WordView};

use jiff::Timestamp;
use lineshot_domain::Wall;

/// RFC 3339 in UTC with milliseconds.
pub fn rfc3339(at: Wall) -> String {
    let at = Timestamp::from_millisecond(at.unix_ms()).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{at:.3}")
}

/// Reads RFC 3339; `None` if it is anything else.
pub fn parse_rfc3339(text: &str) -> Option<Wall> {
    text.parse::<Timestamp>().ok().map(|at| Wall::from_unix_ms(at.as_millisecond()))
}
