//! `state/state.signed`: the agent's word, renewed all the time; the uploader waits when it grows old.

use lineshot_domain::{AlbumId, StationId};
use rusqlite::Connection;

use super::{BookError, Front, OpenError};
use crate::contract::{LARGEST_STATE, STATE_SCHEMA, StateText, rfc3339};
use crate::disk::{self, Rooms};
use crate::keys::STATE_LABEL;

/// What holds at this moment for all that waits to leave.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Nothing may leave.
    pub stopped: bool,
    /// Albums that nothing may be added to.
    pub denied: &'a [AlbumId],
    /// Releases under which nothing may leave any more.
    pub revoked: &'a [String],
    /// Stations whose pictures wait.
    pub closed: &'a [StationId],
    /// The clock of this PC is trusted.
    pub clock: bool,
}

impl Front {
    /// Writes the state with the next number. Denied albums that no state has room for (there is room for
    /// more than a hundred thousand) stop everything: what is left out of a list of forbidden things would
    /// be allowed.
    ///
    /// # Errors
    /// [`OpenError`] if book or disk refuse; the uploader waits until it is written again.
    pub fn write_state(&self, standing: &Standing<'_>) -> Result<(), OpenError> {
        let number = {
            let mut book = self.0.book();
            next_number(&mut book).map_err(BookError::doing("numbering the state"))?
        };
        let state = StateText {
            schema: STATE_SCHEMA.to_owned(),
            number,
            at: rfc3339(self.0.clock.wall()),
            stopped: standing.stopped,
            revoked: standing.revoked.to_vec(),
            denied: standing.denied.iter().map(AlbumId::to_string).collect(),
            recalled: self.destroyed()?,
            closed: standing.closed.iter().map(StationId::to_string).collect(),
            clock: standing.clock,
        };
        let mut text = self.signed(&state);
        if text.len() as u64 > LARGEST_STATE {
            let albums = standing.denied.len();
            tracing::error!(albums, "too many albums are denied for one state file: nothing leaves at all");
            text = self.signed(&StateText { stopped: true, denied: Vec::new(), ..state });
        }
        disk::replace(
            &self.rooms().agent(),
            &self.rooms().state().join("state.signed"),
            text.as_bytes(),
            0o640,
        )?;
        Ok(())
    }

    fn signed(&self, state: &StateText) -> String {
        let json = serde_json::to_string(state).expect("plain data is JSON");
        let signature = self.0.agent_key.sign(STATE_LABEL, json.as_bytes());
        format!("{signature}\n{json}")
    }
}

/// Whether the state that lies there has a higher number than the book knows, or is gone although the book wrote one.
/// Its signature is not asked: whoever can write there can stop this PC anyway, and nothing else comes of it.
pub(super) fn is_ahead(rooms: &Rooms, book: &Connection) -> Result<bool, OpenError> {
    let known: i64 = book
        .query_row("SELECT coalesce(max(value), 0) FROM numbers WHERE name = 'state'", [], |row| row.get(0))
        .map_err(BookError::doing("reading the state's number"))?;
    let bytes = disk::read_bounded(&rooms.state().join("state.signed"), LARGEST_STATE).unwrap_or_default();
    let json = bytes.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    Ok(match serde_json::from_slice::<StateText>(json) {
        Ok(state) => state.number > known.unsigned_abs(),
        Err(_) => known > 0,
    })
}

fn next_number(book: &mut Connection) -> rusqlite::Result<u64> {
    book.query_row(
        "INSERT INTO numbers (name, value) VALUES ('state', 1)
         ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
        [],
        |row| row.get::<_, i64>(0),
    )
    .map(|number| number.unsigned_abs())
}
