//! The spool's outbox as the line to the broker sees it.

use lineshot_spool::Front;

use crate::plc::{Outbox, OutboxError, Publication};

/// Publications that wait in the book.
#[derive(Debug)]
pub(crate) struct SpoolOutbox(pub(crate) Front);

impl Outbox for SpoolOutbox {
    fn next(&mut self) -> Result<Option<Publication>, OutboxError> {
        let row = self.0.next_publication()?;
        Ok(row.map(|row| Publication { id: row.id, topic: row.topic, payload: row.payload }))
    }

    fn done(&mut self, id: i64) -> Result<(), OutboxError> {
        Ok(self.0.published(id)?)
    }
}
