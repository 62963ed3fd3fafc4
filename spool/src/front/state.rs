//! `state/state.signed`: the agent's word, renewed all the time; the uploader waits when it grows old.

use rusqlite::Connection;

use super::{BookError, Front, OpenError};
use crate::contract::{STATE_SCHEMA, StateText, rfc3339};
use crate::disk;
use crate::keys::STATE_LABEL;

impl Front {
    /// Writes the state with the next number.
    ///
    /// # Errors
    /// [`OpenError`] if book or disk refuse; the uploader waits until it is written again.
    pub fn write_state(&self) -> Result<(), OpenError> {
        let number = {
            let mut book = self.0.book();
            next_number(&mut book).map_err(BookError::doing("numbering the state"))?
        };
        let state = StateText {
            schema: STATE_SCHEMA.to_owned(),
            number,
            at: rfc3339(self.0.clock.wall()),
            stopped: false,
            revoked: Vec::new(),
            denied: Vec::new(),
            recalled: Vec::new(),
        };
        let json = serde_json::to_string(&state).expect("plain data is JSON");
        let signature = self.0.agent_key.sign(STATE_LABEL, json.as_bytes());
        let text = format!("{signature}\n{json}");
        disk::replace(
            &self.rooms().agent(),
            &self.rooms().state().join("state.signed"),
            text.as_bytes(),
            0o640,
        )?;
        Ok(())
    }
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
