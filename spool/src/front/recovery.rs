//! Start-up: redo what committed lines promise, end what was left open, sweep what nobody promised.

use std::collections::BTreeMap;

use lineshot_domain::{AlbumId, CaseId, Ending, PublicId, Reason, StationId, ViewId, Wall};

use super::facts::CaseFacts;
use super::{BookError, Front, OpenError};
use crate::contract::ParcelText;
use crate::disk;

/// What a start found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Cases that were open and are `interrupted` now.
    pub interrupted: usize,
    /// Parcels that were promised and are handed over now.
    pub handed: usize,
    /// Receipts that were waiting.
    pub receipts: usize,
    /// Unfinished pictures that nobody had promised, swept.
    pub swept: usize,
}

impl Front {
    pub(crate) fn recover(&self) -> Result<Recovery, OpenError> {
        let receipts = self.import_receipts()?.len();
        let promised = self.cases_in("ended")?;
        for case in &promised {
            self.keep_promise(case)?;
        }
        let interrupted = self.interrupt_open()?;
        let swept = self.sweep()?;
        Ok(Recovery { interrupted, handed: promised.len(), receipts, swept })
    }

    /// Ends every open case as `interrupted(restart)`: at a start, and at a stop, when nobody works on
    /// them any more. Says how many there were.
    ///
    /// # Errors
    /// [`BookError`]; the next start ends what is left.
    pub fn interrupt_open(&self) -> Result<usize, BookError> {
        let open = self.cases_in("open")?;
        for case in &open {
            self.end_for(case, Reason::Restart)?;
        }
        self.hand_over()?;
        Ok(open.len())
    }

    /// Ends every open case that nobody works on as `failed(internal)`: its thread could not be started,
    /// died, or could not record what it had decided. Says how many there were.
    ///
    /// # Errors
    /// [`BookError`]; the next round ends what is left.
    pub fn end_ownerless(&self) -> Result<usize, BookError> {
        let mut ended = 0;
        for case in self.cases_in("open")? {
            if !self.0.at_work().contains(&case) {
                tracing::error!(%case, "nobody works on this case any more: it has failed");
                self.end_for(&case, Reason::Internal)?;
                ended += 1;
            }
        }
        self.hand_over()?;
        Ok(ended)
    }

    fn keep_promise(&self, case: &str) -> Result<(), OpenError> {
        use super::hand::HandError;
        match self.hand_over_case(case) {
            Ok(()) => Ok(()),
            Err(HandError::Disk(error)) => Err(error.into()),
            Err(HandError::Book(error)) => Err(error.into()),
            Err(HandError::Nowhere(_)) => {
                // The uploader may have taken and finished it since the receipts were read.
                self.import_receipts()?;
                if self.cases_in("ended")?.iter().any(|ended| ended == case) {
                    return Err(OpenError::Lost { case: case.to_owned() });
                }
                Ok(())
            }
        }
    }

    fn end_for(&self, case: &str, reason: Reason) -> Result<(), BookError> {
        let facts = self.facts_of_open(case, Ending::new(reason))?;
        self.commit_outcome(&facts)?;
        Ok(())
    }

    fn facts_of_open(&self, case: &str, ending: Ending) -> Result<CaseFacts, BookError> {
        let row = {
            let book = self.0.book();
            book.query_row(
                "SELECT c.public_id, c.album, a.station, a.station_name, c.view, a.keep, a.received, a.event,
                        a.unreleased, a.simulated, c.discreet
                 FROM cases c JOIN arrivals a ON a.id = c.arrival WHERE c.id = ?",
                [case],
                |row| {
                    let texts: [String; 6] =
                        [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
                    let flags: [bool; 3] = [row.get(8)?, row.get(9)?, row.get(10)?];
                    Ok((texts, row.get::<_, i64>(6)?, row.get::<_, Option<String>>(7)?, flags))
                },
            )
            .map_err(BookError::doing("reading an open case"))?
        };
        let ([public, album, station, name, view, keep], received, event, flags) = row;
        let [unreleased, simulated, discreet] = flags;
        let name: BTreeMap<String, String> = serde_json::from_str(&name).unwrap_or_default();
        let expected = "the book holds only names that were parsed before they were written";
        let parcel = ParcelText {
            // As it was received: the start after it may have been another kind.
            unreleased,
            simulated,
            keep,
            ..self.parcel_of_facts(
                &CaseId::parse(case).expect(expected),
                (&PublicId::parse(&public).expect(expected), &AlbumId::parse(&album).expect(expected)),
                (&StationId::parse(&station).expect(expected), &name),
                &ViewId::parse(&view).expect(expected),
                Wall::from_unix_ms(received),
            )
        };
        Ok(CaseFacts::new(parcel, event, Some(ending), discreet, self.0.clock.wall()))
    }

    /// Removes what is left in `agent/open/`: no committed line speaks of it. Nothing else is swept.
    fn sweep(&self) -> Result<usize, OpenError> {
        let open = self.rooms().open();
        let ended = self.cases_in("ended")?;
        let mut swept = 0;
        for name in disk::names(&open)? {
            if !ended.contains(&name) {
                disk::remove(&open.join(name))?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}
