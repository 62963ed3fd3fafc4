//! Whether the book fits together: its rows, its ledger, and the one with the other.

use rusqlite::Connection;

use super::{Look, What};
use crate::back::parcel::chain;
use crate::front::chain::{Chain, walk};
use crate::front::stops;

/// Each case beside what the ledger tells of it, where the two do not fit.
const MISFITS: &str = "
WITH told AS (
    SELECT case_id, sum(kind = 'outcome') AS outcomes, sum(kind = 'delivery') AS deliveries,
           max(iif(kind = 'outcome' AND json_valid(facts), json_extract(facts, '$.outcome'), NULL)) AS outcome,
           max(iif(kind = 'outcome' AND json_valid(facts), json_extract(facts, '$.reason'), NULL)) AS reason,
           max(iif(kind = 'delivery' AND json_valid(facts), json_extract(facts, '$.result'), NULL)) AS delivery
    FROM ledger WHERE case_id <> '' GROUP BY case_id),
beside AS (
    SELECT c.id, coalesce(t.outcomes, 0) AS outcomes, c.stage <> 'open' AS outcomes_wanted,
           coalesce(t.deliveries, 0) AS deliveries,
           c.stage = 'receipted' AND (c.outcome IS 'sealed' OR c.delivery IS NOT NULL) AS deliveries_wanted,
           c.outcome IS t.outcome AND c.reason IS t.reason AND c.delivery IS t.delivery AS fits
    FROM cases c LEFT JOIN told t ON t.case_id = c.id)
SELECT * FROM beside WHERE outcomes <> outcomes_wanted OR deliveries <> deliveries_wanted OR NOT fits";

/// Cases that the ledger alone knows.
const NO_ROW: &str =
    "SELECT DISTINCT case_id FROM ledger WHERE case_id <> '' AND case_id NOT IN (SELECT id FROM cases)";

impl Look<'_> {
    /// All of it as it was at one moment.
    pub(super) fn lines(&mut self, book: &Connection) {
        let read = || {
            let moment = book.unchecked_transaction()?;
            Ok((count(&moment)?, misfits(&moment)?))
        };
        let path = self.rooms.agent().join("agent.db");
        match read() {
            Ok(((cases, lines), whats)) => {
                (self.counted.cases, self.counted.lines) = (cases, lines);
                whats.into_iter().for_each(|what| self.found(&path, what));
            }
            Err(error) => self.found(path, unreadable(&error)),
        }
    }
}

pub(super) fn unreadable(error: &rusqlite::Error) -> What {
    What::Unreadable(chain(error))
}

fn count(book: &Connection) -> rusqlite::Result<(i64, i64)> {
    book.query_row("SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM ledger)", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

fn misfits(book: &Connection) -> rusqlite::Result<Vec<What>> {
    let seen: i64 = book.query_row(
        "SELECT coalesce(max(value), 0) FROM numbers WHERE name = 'ledger_checkpoint'",
        [],
        |row| row.get(0),
    )?;
    let mut whats = Vec::new();
    match walk(book, &mut |_| ())? {
        Chain::Breaks { at } => whats.push(What::ChainBroken(at)),
        Chain::Holds { lines, .. } if lines < seen => whats.push(What::Shortened { last: lines, seen }),
        Chain::Holds { .. } => {}
    }
    // A line that is no JSON is told of above, or was written so; a question about it would fail.
    let is_json: bool = book.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM ledger WHERE kind = 'notice' AND NOT json_valid(facts))",
        [],
        |row| row.get(0),
    )?;
    if is_json && stops::is_short(book).map_err(source)? {
        whats.push(What::Stops);
    }
    let mut rows = book.prepare(MISFITS)?;
    let misfits = rows.query_map([], misfit)?;
    whats.extend(misfits.collect::<rusqlite::Result<Vec<_>>>()?);
    let mut rows = book.prepare(NO_ROW)?;
    let strangers = rows.query_map([], |row| Ok(What::NoRow { case: row.get(0)? }))?;
    whats.extend(strangers.collect::<rusqlite::Result<Vec<_>>>()?);
    Ok(whats)
}

fn misfit(row: &rusqlite::Row<'_>) -> rusqlite::Result<What> {
    let case: String = row.get("id")?;
    let number = |name| row.get::<_, i64>(name);
    let (found, wanted) = (number("outcomes")?, number("outcomes_wanted")?);
    if found != wanted {
        return Ok(What::Outcomes { case, found, wanted });
    }
    let (found, wanted) = (number("deliveries")?, number("deliveries_wanted")?);
    Ok(if found == wanted { What::Contradicts { case } } else { What::Deliveries { case, found, wanted } })
}

fn source(error: crate::BookError) -> rusqlite::Error {
    match error {
        crate::BookError::Open { source, .. } | crate::BookError::Transaction { source, .. } => source,
        crate::BookError::Version { .. } => rusqlite::Error::InvalidQuery,
    }
}
