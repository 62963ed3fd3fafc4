//! What became of one vehicle, for `lineshot explain`: never writes, works beside the agent, asks indexes
//! alone.
//!
//! The book has no number in the clear. A vehicle is found by the album that its cases were admitted to and,
//! where the event told one number alone, by that number's pseudonym, too.
//!
//! It gives the reason as the ledger has it: for who may enter the agent's room.

use std::path::Path;

use lineshot_domain::{EventId, SiteKey, Vehicle, Wall};
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension as _};

use super::BookError;
use super::listing::read_only;

/// Whose cases are looked for.
#[derive(Clone, Copy, Debug)]
pub enum Sought<'a> {
    /// A vehicle's that is known by one number, under any of these keys.
    Vehicle(&'a Vehicle, &'a [SiteKey]),
    /// Those that the event with this id opened, at any station.
    Event(&'a EventId),
}

/// One case as its own house knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCase {
    /// The case.
    pub case: String,
    /// The id of the event that opened it, if it had one.
    pub event: Option<String>,
    /// Where.
    pub station: String,
    /// Which camera angle.
    pub view: String,
    /// When its arrival was received.
    pub received: Wall,
    /// The outcome, once it has one.
    pub outcome: Option<String>,
    /// Why there is no picture: the code as the ledger has it, which may tell what kind of order it is.
    pub reason: Option<String>,
    /// `waiting`, or what the uploader said of what leaves; `None` while it is open and if nothing leaves.
    pub delivery: Option<String>,
    /// Why the uploader could not deliver it.
    pub undelivered: Option<String>,
    /// Nothing about its order may leave this PC.
    pub discreet: bool,
    /// The arrival was simulated.
    pub simulated: bool,
    /// Received on trial, without a release.
    pub unreleased: bool,
}

/// The cases of `sought` in the book below `root`, newest last.
///
/// # Errors
/// [`BookError`] if there is no book or it cannot be read.
pub fn past(root: &Path, sought: &Sought<'_>) -> Result<Vec<PastCase>, BookError> {
    let book = read_only(root)?;
    let read = || {
        let mut cases = match sought {
            Sought::Event(event) => select(&book, OF_AN_EVENT, &[&event.as_str()])?,
            Sought::Vehicle(vehicle, keys) => of_a_vehicle(&book, vehicle, keys)?,
        };
        cases.sort_by_key(|(row, _)| *row);
        let mut cases: Vec<PastCase> = cases.into_iter().map(|(_, case)| case).collect();
        for case in cases.iter_mut().filter(|case| case.delivery.as_deref() == Some("undeliverable")) {
            case.undelivered = undelivered(&book, &case.case)?;
        }
        Ok(cases)
    };
    read().map_err(BookError::doing("looking for cases"))
}

/// Every station that the book knows, by leaps through an index: the other conditions use the rest of it.
macro_rules! at_any_station {
    ($rest:literal) => {
        concat!(
            "WITH RECURSIVE known (station) AS (
                 SELECT min(station) FROM arrivals UNION ALL
                 SELECT (SELECT min(station) FROM arrivals a WHERE a.station > known.station)
                 FROM known WHERE known.station IS NOT NULL)
             SELECT c.rowid, c.id, a.event, a.station, c.view, a.received, c.stage, c.outcome, c.reason,
                    c.delivery, c.discreet, a.simulated, a.unreleased
             FROM arrivals a JOIN cases c ON c.arrival = a.id WHERE ",
            $rest
        )
    };
}

const OF_AN_EVENT: &str = at_any_station!("a.station IN known AND a.event = ?");
const OF_AN_ALBUM_OR_A_NUMBER: &str = at_any_station!(
    "c.rowid IN (
         SELECT rowid FROM cases WHERE album = ?1 UNION
         SELECT c.rowid FROM arrivals a JOIN cases c ON c.arrival = a.id
         WHERE a.station IN known AND a.vehicle = ?2)"
);

fn of_a_vehicle(
    book: &Connection,
    vehicle: &Vehicle,
    keys: &[SiteKey],
) -> rusqlite::Result<Vec<(i64, PastCase)>> {
    let mut cases = Vec::new();
    for key in keys {
        let (album, pseudonym) = (key.album(vehicle), key.vehicle(vehicle));
        cases.extend(select(book, OF_AN_ALBUM_OR_A_NUMBER, &[&album.as_str(), &pseudonym.as_str()])?);
    }
    Ok(cases)
}

fn select(book: &Connection, text: &str, values: &[&dyn ToSql]) -> rusqlite::Result<Vec<(i64, PastCase)>> {
    book.prepare(text)?.query_map(values, |row| Ok((row.get(0)?, case(row)?)))?.collect()
}

fn case(row: &rusqlite::Row<'_>) -> rusqlite::Result<PastCase> {
    let stage: String = row.get("stage")?;
    let delivery: Option<String> = row.get("delivery")?;
    let waits = matches!(stage.as_str(), "ended" | "handed");
    Ok(PastCase {
        case: row.get("id")?,
        event: row.get("event")?,
        station: row.get("station")?,
        view: row.get("view")?,
        received: Wall::from_unix_ms(row.get("received")?),
        outcome: row.get("outcome")?,
        reason: row.get("reason")?,
        delivery: delivery.or_else(|| waits.then(|| "waiting".to_owned())),
        undelivered: None,
        discreet: row.get("discreet")?,
        simulated: row.get("simulated")?,
        unreleased: row.get("unreleased")?,
    })
}

/// The ledger alone has this; it has no index for it, and such a case is rare.
fn undelivered(book: &Connection, case: &str) -> rusqlite::Result<Option<String>> {
    let reason = "SELECT json_extract(facts, '$.reason') FROM ledger WHERE kind = 'delivery' AND case_id = ?";
    Ok(book.query_row(reason, [case], |row| row.get(0)).optional()?.flatten())
}
