//! Whether what the book says of cases is on disk, and nothing else is.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use lineshot_domain::CaseId;
use rusqlite::{Connection, OptionalExtension as _};

use super::lines::unreadable;
use super::{Books, Look, What};
use crate::back::parcel;
use crate::disk::{self, DiskError};
use crate::front::receipts;

/// A case's row, as far as its files go.
struct Row {
    stage: String,
    /// It has facts alone, and the row keeps them until they are handed over.
    is_kept: bool,
}

impl Look<'_> {
    pub(super) fn cases(&mut self, books: &Books) {
        if let Err(error) = self.look_at_cases(books) {
            self.found(self.rooms.agent().join("agent.db"), unreadable(&error));
        }
    }

    fn look_at_cases(&mut self, books: &Books) -> rusqlite::Result<()> {
        // The names first: a row is there before its folder is.
        let [open, ready, answers] = [self.rooms.open(), self.rooms.ready(), self.rooms.receipts()]
            .map(|room| disk::names(&room).unwrap_or_default());
        let waiting = waiting(&books.book)?;
        for (case, row) in &waiting {
            self.waiting(books, case, row)?;
        }
        for name in &ready {
            match CaseId::parse(name) {
                Err(_) => self.found(self.rooms.ready().join(name), What::Stranger),
                Ok(_) if waiting.contains_key(name) => self.counted.parcels += 1,
                Ok(_) => {
                    self.counted.parcels += 1;
                    self.handed(books, name)?;
                }
            }
        }
        for name in &answers {
            self.receipt(books, name)?;
        }
        for name in &open {
            self.unfinished(books, name)?;
        }
        Ok(())
    }

    /// A case without an answer: from place to place, as its parcel moves.
    fn waiting(&mut self, books: &Books, case: &str, row: &Row) -> rusqlite::Result<()> {
        if row.is_kept {
            return Ok(());
        }
        let made = self.rooms.open().join(case);
        if row.stage == "ended" && made.exists() {
            let why = broken(&made, case, books);
            // Handed over while it was read: then it is looked at there.
            if why.is_none() || made.exists() {
                if let Some(why) = why {
                    self.found(made, What::BrokenParcel(why));
                }
                return Ok(());
            }
        }
        let ready = self.rooms.ready().join(case);
        let what = match ready.exists() {
            false => What::Lost { case: case.to_owned() },
            true => match broken(&ready, case, books) {
                Some(why) => What::BrokenParcel(why),
                None => return Ok(()),
            },
        };
        if !self.is_answered(books, case)? {
            self.found(ready, what);
        }
        Ok(())
    }

    /// Whether the uploader has answered: it does before it touches the parcel.
    fn is_answered(&self, books: &Books, case: &str) -> rusqlite::Result<bool> {
        if self.rooms.receipts().join(format!("{case}.json")).exists() {
            return Ok(true);
        }
        Ok(row_of(&books.book, case)?.is_some_and(|row| row.stage == "receipted"))
    }

    /// A parcel of a case that does not wait.
    fn handed(&mut self, books: &Books, case: &str) -> rusqlite::Result<()> {
        let path = self.rooms.ready().join(case);
        match row_of(&books.book, case)? {
            None => self.found(path, What::UnknownParcel),
            Some(row) if row.stage == "open" => self.found(path, What::EarlyParcel),
            Some(row) if row.stage == "receipted" => {
                let is_known = match &books.queue {
                    Some(queue) => Some(is_settled(queue, case)?),
                    None => None,
                };
                // The uploader forgets its result last of all.
                match (is_known, path.exists()) {
                    (_, false) | (Some(true), _) => {}
                    (Some(false), true) => self.found(path, What::SettledParcel),
                    (None, true) => self.found(path, What::AnsweredParcel),
                }
            }
            // It ended meanwhile.
            Some(row) => self.waiting(books, case, &row)?,
        }
        Ok(())
    }

    fn receipt(&mut self, books: &Books, name: &str) -> rusqlite::Result<()> {
        let path = self.rooms.receipts().join(name);
        if !name.ends_with(".json") {
            self.found(path, What::NoReceipt);
            return Ok(());
        }
        let read = match disk::read_bounded(&path, receipts::LARGEST) {
            Ok(bytes) => receipts::read(&bytes, name),
            Err(DiskError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) => None,
        };
        let Some((case, _)) = read else {
            self.found(path, What::BrokenReceipt);
            return Ok(());
        };
        if row_of(&books.book, case.as_str())?.is_none_or(|row| row.stage == "open") {
            self.found(path, What::UnknownReceipt);
        }
        Ok(())
    }

    /// Something in `agent/open`: a case's that is open or about to be handed over, or nobody's.
    fn unfinished(&mut self, books: &Books, name: &str) -> rusqlite::Result<()> {
        let row = row_of(&books.book, name.strip_suffix(".facts").unwrap_or(name))?;
        let path = self.rooms.open().join(name);
        let is_needed = row.is_some_and(|row| matches!(row.stage.as_str(), "open" | "ended"));
        if !is_needed && path.exists() {
            self.found(path, What::Leftover);
        }
        Ok(())
    }
}

/// What does not fit in a parcel's folder; `None` also where no key is there to ask.
fn broken(folder: &Path, case: &str, books: &Books) -> Option<String> {
    let (key, case) = (books.key.as_ref()?, CaseId::parse(case).ok()?);
    parcel::look(folder, &case, key).err()
}

fn waiting(book: &Connection) -> rusqlite::Result<BTreeMap<String, Row>> {
    let mut rows =
        book.prepare("SELECT id, stage, parcel IS NOT NULL FROM cases WHERE stage IN ('ended', 'handed')")?;
    rows.query_map([], |row| Ok((row.get(0)?, Row { stage: row.get(1)?, is_kept: row.get(2)? })))?.collect()
}

fn row_of(book: &Connection, case: &str) -> rusqlite::Result<Option<Row>> {
    let mut rows = book.prepare_cached("SELECT stage, parcel IS NOT NULL FROM cases WHERE id = ?")?;
    rows.query_row([case], |row| Ok(Row { stage: row.get(0)?, is_kept: row.get(1)? })).optional()
}

fn is_settled(queue: &Connection, case: &str) -> rusqlite::Result<bool> {
    queue.query_row("SELECT EXISTS (SELECT 1 FROM results WHERE case_id = ?)", [case], |row| row.get(0))
}
