//! The hand-over: what a committed row promises appears in `ready/`, whole, by one rename.

use rusqlite::{OptionalExtension as _, params};

use super::{BookError, Front};
use crate::disk::{self, DiskError};

/// What kept a parcel from being handed over. The next round tries again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandError {
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error(transparent)]
    Book(#[from] BookError),
    #[error("the parcel of case {0} is not in agent/open")]
    Nowhere(String),
}

impl Front {
    /// Hands over every ended case that is not in `ready/` yet, and says how many are still left.
    ///
    /// # Errors
    /// [`BookError`] if the book could not be read.
    pub fn hand_over(&self) -> Result<usize, BookError> {
        let mut left = 0;
        for case in self.cases_in("ended")? {
            if let Err(error) = self.hand_over_case(&case) {
                tracing::warn!(%case, error = &error as &dyn std::error::Error, "handing over failed; it is tried again");
                left += 1;
            }
        }
        Ok(left)
    }

    pub(crate) fn cases_in(&self, stage: &str) -> Result<Vec<String>, BookError> {
        let book = self.0.book();
        let read = || {
            let mut rows = book.prepare("SELECT id FROM cases WHERE stage = ? ORDER BY rowid")?;
            rows.query_map([stage], |row| row.get(0))?.collect::<rusqlite::Result<_>>()
        };
        read().map_err(BookError::doing("reading cases"))
    }

    pub(crate) fn hand_over_case(&self, case: &str) -> Result<(), HandError> {
        let _one_at_a_time = self.0.handing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (open, ready) = (self.rooms().open().join(case), self.rooms().ready().join(case));
        let whole = match self.parcel_to_hand(case)? {
            ToHand::Nothing => return Ok(()),
            ToHand::Pictures => open,
            ToHand::FactsAlone(json) => {
                // Never in the pictures' folder: a desk that lost the race for the outcome may still be
                // writing there.
                let alone = self.rooms().open().join(format!("{case}.facts"));
                if !ready.exists() {
                    disk::remove(&alone)?;
                    disk::make_room(&alone, 0o770)?;
                    self.write_signed(&alone, &json)?;
                }
                alone
            }
        };
        if whole.exists() {
            disk::move_durably(&whole, &ready)?;
        } else if !ready.exists() {
            return Err(HandError::Nowhere(case.to_owned()));
        }
        self.mark_handed(case)?;
        Ok(())
    }

    fn parcel_to_hand(&self, case: &str) -> Result<ToHand, BookError> {
        let book = self.0.book();
        book.query_row("SELECT outcome, parcel FROM cases WHERE id = ? AND stage = 'ended'", [case], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
        })
        .optional()
        .map(|row| match row {
            None => ToHand::Nothing,
            Some((_, Some(json))) => ToHand::FactsAlone(json),
            Some((_, None)) => ToHand::Pictures,
        })
        .map_err(BookError::doing("reading a case"))
    }

    fn mark_handed(&self, case: &str) -> Result<(), BookError> {
        // The facts are in the parcel now; the row keeps no second copy.
        let book = self.0.book();
        book.execute(
            "UPDATE cases SET stage = 'handed', parcel = NULL WHERE id = ? AND stage = 'ended'",
            params![case],
        )
        .map(|_| ())
        .map_err(BookError::doing("marking a case as handed over"))
    }
}

enum ToHand {
    Nothing,
    Pictures,
    FactsAlone(String),
}
