//! Stops: a state of the ledger, lifted by a signed resume alone.
//!
//! Holds: a stop that was recorded survives whatever is restarted, reloaded or removed; what lifts it names its line of
//! this very ledger, number and hash, so that nothing signed for another stop, or another ledger, lifts it; a second
//! stop by the same door adds nothing while the first holds. If the book refuses, this run is stopped all the same, and
//! the stop is recorded as soon as the book takes it: only then it has a number, and somebody can lift it.

use std::sync::atomic::Ordering;

use lineshot_domain::{StationId, Wall};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::ledger::append;
use super::{BookError, Front};

/// Of a pause's name in the table of numbers, before the user's.
const PAUSE: &str = "pause:";

/// Of a line's hash in a stop's number: enough that no two ledgers have the same.
const HASH: usize = 16;

/// A stop that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What a resume must name: the ledger's line and the beginning of its hash.
    pub number: String,
    /// By which door it came, such as `person 1000` or `file`.
    pub door: String,
}

impl Front {
    /// Stops photographs and deliveries. A stop by the same door that still holds is that stop.
    ///
    /// # Errors
    /// [`BookError`]: stopped for this run, though not durably before [`Front::record_stops`] has succeeded.
    pub fn stop(&self, door: &str, why: &str) -> Result<Stop, BookError> {
        // Beneath the book's lock, as a lifting is: neither can undo what the other has just said.
        let mut book = self.0.book();
        self.0.stopped.store(true, Ordering::SeqCst);
        let added = add(&mut book, self.0.clock.wall(), (door, why));
        match &added {
            Ok(_) => drop(self.0.unrecorded().remove(door)),
            Err(_) => drop(self.0.unrecorded().entry(door.to_owned()).or_insert_with(|| why.to_owned())),
        }
        added.map_err(BookError::doing("recording a stop"))
    }

    /// Records the stops that the book did not take when they came.
    ///
    /// # Errors
    /// [`BookError`]: those that are left still hold, though not durably.
    pub fn record_stops(&self) -> Result<(), BookError> {
        let unrecorded = self.0.unrecorded().clone();
        unrecorded.iter().try_for_each(|(door, why)| self.stop(door, why).map(drop))
    }

    /// Whether any stop holds.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// The stops that hold, the latest last.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn stops(&self) -> Result<Vec<Stop>, BookError> {
        all(&self.0.book()).map_err(BookError::doing("reading the stops"))
    }

    /// Lifts the stop of this number and all before it; later ones hold on. `destroy`: what waits for delivery never
    /// leaves. Says whether there was such a stop.
    ///
    /// # Errors
    /// [`BookError`]: nothing was lifted.
    pub fn lift(&self, named: &str, destroy: bool, facts: &serde_json::Value) -> Result<bool, BookError> {
        let lift = |book: &mut Connection| {
            let change = book.transaction()?;
            let mut holding = change.prepare("SELECT seq, hash, door FROM stops WHERE lifted IS NULL")?;
            let rows: Vec<(i64, String)> =
                holding.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
            drop(holding);
            let Some((until, _)) = rows.iter().find(|(seq, hash)| number(*seq, hash) == named) else {
                return Ok(None);
            };
            if destroy {
                change.execute(
                    "INSERT OR IGNORE INTO destroyed SELECT public_id FROM cases
                     WHERE outcome = 'sealed' AND delivery IS NULL",
                    [],
                )?;
            }
            let (line, _) = append(&change, self.0.clock.wall(), "notice", "", &facts.to_string())?;
            change.execute(
                "UPDATE stops SET lifted = ? WHERE lifted IS NULL AND seq <= ?",
                params![line, until],
            )?;
            let left: bool =
                change.query_row("SELECT EXISTS (SELECT 1 FROM stops WHERE lifted IS NULL)", [], |row| {
                    row.get(0)
                })?;
            change.commit()?;
            Ok(Some(left))
        };
        let mut book = self.0.book();
        let lifted = lift(&mut book).map_err(BookError::doing("lifting a stop"))?;
        if let Some(left) = lifted {
            self.0.stopped.store(left || !self.0.unrecorded().is_empty(), Ordering::SeqCst);
        }
        drop(book);
        Ok(lifted.is_some())
    }

    /// Pauses photographs until then, by this user's wish; each user has a pause of their own.
    ///
    /// # Errors
    /// [`BookError`]: nothing is paused.
    pub fn pause(&self, uid: u32, until: Wall) -> Result<(), BookError> {
        self.0
            .book()
            .execute(
                "INSERT OR REPLACE INTO numbers (name, value) VALUES (?, ?)",
                params![format!("{PAUSE}{uid}"), until.unix_ms()],
            )
            .map(|_| ())
            .map_err(BookError::doing("keeping a pause"))
    }

    /// Who paused, and until when; it may have passed.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn paused(&self) -> Result<Vec<(u32, Wall)>, BookError> {
        let read = |book: &Connection| {
            let mut rows = book.prepare("SELECT name, value FROM numbers WHERE name LIKE 'pause:%'")?;
            let pause = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
            rows.query_map([], pause)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        let found = read(&self.0.book()).map_err(BookError::doing("reading the pauses"))?;
        let pause = |(name, until): (String, i64)| {
            Some((name.strip_prefix(PAUSE)?.parse().ok()?, Wall::from_unix_ms(until)))
        };
        Ok(found.into_iter().filter_map(pause).collect())
    }

    /// From now on the book is believed to know of every stop: a released run has recorded that it began stopped.
    ///
    /// # Errors
    /// [`BookError`]: the next start is stopped, too.
    pub fn settle(&self) -> Result<(), BookError> {
        let book = self.0.book();
        book.execute("DELETE FROM numbers WHERE name = 'unsettled'", [])
            .map(|_| ())
            .map_err(BookError::doing("settling the book"))
    }

    /// Public ids of pictures that a resume destroyed and that the uploader has not answered for yet.
    pub(super) fn destroyed(&self) -> Result<Vec<String>, BookError> {
        let read = |book: &Connection| {
            let mut ids = book.prepare(
                "SELECT d.public_id FROM destroyed d JOIN cases c ON c.public_id = d.public_id
                 WHERE c.delivery IS NULL ORDER BY 1",
            )?;
            ids.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
        };
        read(&self.0.book()).map_err(BookError::doing("reading what was destroyed"))
    }

    /// The highest serial of a release that was ever verified for a station; 0 before the first.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn serial(&self, station: &StationId) -> Result<u64, BookError> {
        let book = self.0.book();
        let serial: Result<Option<i64>, _> = book
            .query_row("SELECT serial FROM serials WHERE station = ?", [station.as_str()], |row| row.get(0))
            .optional();
        serial
            .map(|serial| serial.map_or(0, i64::unsigned_abs))
            .map_err(BookError::doing("reading a release's serial"))
    }

    /// Keeps it, unless a higher one was seen.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn saw_serial(&self, station: &StationId, serial: u64) -> Result<(), BookError> {
        let serial = i64::try_from(serial).unwrap_or(i64::MAX);
        self.0
            .book()
            .execute(
                "INSERT INTO serials (station, serial) VALUES (?1, ?2)
                 ON CONFLICT (station) DO UPDATE SET serial = max(serial, ?2)",
                params![station.as_str(), serial],
            )
            .map(|_| ())
            .map_err(BookError::doing("keeping a release's serial"))
    }
}

fn add(book: &mut Connection, at: Wall, (door, why): (&str, &str)) -> rusqlite::Result<Stop> {
    let change = book.transaction()?;
    let before = change
        .query_row(
            "SELECT seq, hash, door FROM stops WHERE lifted IS NULL AND door = ? ORDER BY seq DESC LIMIT 1",
            [door],
            stop_of,
        )
        .optional()?;
    if let Some(before) = before {
        return Ok(before);
    }
    let facts = serde_json::json!({ "notice": "stopped", "door": door, "detail": why });
    let (seq, hash) = append(&change, at, "notice", "", &facts.to_string())?;
    change.execute("INSERT INTO stops (seq, hash, door) VALUES (?, ?, ?)", params![seq, hash, door])?;
    change.commit()?;
    Ok(Stop { number: number(seq, &hash), door: door.to_owned() })
}

/// Whether any stop holds, for a book that was just opened.
pub(super) fn any(book: &Connection) -> Result<bool, BookError> {
    all(book).map(|stops| !stops.is_empty()).map_err(BookError::doing("reading the stops"))
}

/// Whether the table of stops is not what the ledger tells: one is missing, or one is lifted without a resume.
pub(crate) fn is_short(book: &Connection) -> Result<bool, BookError> {
    let count = |question: &str| book.query_row(question, [], |row| row.get::<_, i64>(0));
    let short = || {
        let told = count(
            "SELECT count(*) FROM ledger WHERE kind = 'notice' AND facts LIKE '%\"notice\":\"stopped\"%'
             AND json_extract(facts, '$.door') IS NOT NULL",
        )?;
        let unsigned = count(
            "SELECT count(*) FROM stops s WHERE s.lifted IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM ledger l WHERE l.seq = s.lifted AND l.seq > s.seq AND l.kind = 'notice'
                AND json_extract(l.facts, '$.notice') = 'resumed')",
        )?;
        Ok(unsigned > 0 || told != count("SELECT count(*) FROM stops")?)
    };
    short().map_err(BookError::doing("comparing the stops"))
}

/// Whether no released run has begun with this book yet.
pub(super) fn is_unsettled(book: &Connection) -> Result<bool, BookError> {
    book.query_row("SELECT EXISTS (SELECT 1 FROM numbers WHERE name = 'unsettled')", [], |row| row.get(0))
        .map_err(BookError::doing("reading whether the book is settled"))
}

fn all(book: &Connection) -> rusqlite::Result<Vec<Stop>> {
    let mut stops = book.prepare("SELECT seq, hash, door FROM stops WHERE lifted IS NULL ORDER BY seq")?;
    stops.query_map([], stop_of)?.collect()
}

fn stop_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stop> {
    let (seq, hash): (i64, String) = (row.get(0)?, row.get(1)?);
    Ok(Stop { number: number(seq, &hash), door: row.get(2)? })
}

fn number(seq: i64, hash: &str) -> String {
    format!("{seq}-{}", &hash[..HASH.min(hash.len())])
}
