//! Words to the PLC about one arrival: `accepted`, and at the end what became of it.
//!
//! Holds: a word is written in the transaction that makes it true (the admission, the last outcome), so
//! an arrival has one final word however often the agent dies; only a repeated event repeats it.
//!
//! Deliberately absent: anything about delivery. `done` never waits for storage.

use std::collections::BTreeMap;

use lineshot_domain::{Outcome, Reason, Wall};
use rusqlite::{Transaction, params};

use super::outbox;
use crate::contract::{WORD_SCHEMA, WordText, WordView};

/// What a view's outcome makes of the whole arrival: the first that any view has is said.
const WORDS: [(Outcome, &str); 6] = [
    (Outcome::Sealed, "done"),
    (Outcome::Failed, "failed"),
    (Outcome::Interrupted, "failed"),
    (Outcome::Withheld, "withheld"),
    (Outcome::Missed, "missed"),
    (Outcome::Refused, "refused"),
];

/// The arrival is in the book; whether it is permitted is not said yet.
pub(super) fn accepted(change: &Transaction<'_>, at: Wall, arrival: i64) -> rusqlite::Result<()> {
    say(change, at, arrival, "accepted", BTreeMap::new())
}

/// What became of the arrival, if all of its cases have ended.
pub(super) fn ended(change: &Transaction<'_>, at: Wall, arrival: i64) -> rusqlite::Result<()> {
    let mut rows = change.prepare_cached("SELECT view, outcome, reason FROM cases WHERE arrival = ?")?;
    let views: Vec<(String, Option<String>, Option<String>)> = rows
        .query_map([arrival], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut told = BTreeMap::new();
    for (view, outcome, reason) in views {
        let Some(outcome) = outcome else { return Ok(()) };
        told.insert(view, WordView { outcome, reason: reason.as_deref().map(told_outside) });
    }
    let happened = |outcome: Outcome| told.values().any(|view| view.outcome == outcome.as_str());
    let Some((_, word)) = WORDS.iter().find(|(outcome, _)| happened(*outcome)) else { return Ok(()) };
    say(change, at, arrival, word, told)
}

/// A reason's code as everybody but the ledger sees it.
pub(super) fn told_outside(code: &str) -> String {
    Reason::from_code(code).map_or_else(|| code.to_owned(), |reason| reason.told().to_owned())
}

fn say(
    change: &Transaction<'_>,
    at: Wall,
    arrival: i64,
    word: &str,
    views: BTreeMap<String, WordView>,
) -> rusqlite::Result<()> {
    let (topic, text): (Option<String>, WordText) = change.query_row(
        "SELECT ready, station, event, simulated FROM arrivals WHERE id = ?",
        params![arrival],
        |row| {
            let text = WordText {
                schema: WORD_SCHEMA.to_owned(),
                station: row.get(1)?,
                event: row.get(2)?,
                word: word.to_owned(),
                simulated: row.get(3)?,
                views,
            };
            Ok((row.get(0)?, text))
        },
    )?;
    let Some(topic) = topic else { return Ok(()) };
    let json = serde_json::to_vec(&text).expect("plain data is JSON");
    outbox::post(change, at, &topic, &json)
}
