//! The ledger: an append-only, hash-chained table in the book.
//!
//! A line's hash is SHA-256 over its fields and the hash of the line before, so a changed, removed or
//! inserted line breaks every line after it. What it cannot show: the loss of the newest lines since
//! the last checkpoint, and a book rewritten as a whole by who has root.
//!
//! No VIN or order number is in it: a vehicle is a salted hash of its pseudonym, and the salt is kept
//! in a table of its own, so that a person can be erased while the chain still verifies.

use std::collections::HashMap;
use std::time::Duration;

use lineshot_domain::{LedgerState, Mono, StationId, Wall};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use sha2::{Digest as _, Sha256};

use super::{BookError, Front};

/// The hash before the first line.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Notices of one kind and station within this time make one line and a count.
const NOTICE_EVERY: Duration = Duration::from_secs(10);

/// What a notice tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// An event whose cases exist already came again.
    Repeated,
    /// An event id came again with other content.
    EventIdReused,
    /// A retained message on a trigger topic: it tells of the past and was ignored.
    Retained,
    /// A message that could not be read.
    Malformed,
    /// The agent started.
    Started,
    /// The ledger's chain did not verify.
    LedgerBroken,
    /// Numbers of the PLC's count are missing.
    SequenceGap,
    /// Order directory, deny list or line state could not be read.
    SourceBroken,
    /// It can be read again.
    SourceMended,
    /// A blackout was declared or extended.
    BlackoutDeclared,
    /// The clock of this PC was set.
    ClockStepped,
    /// Photographs were stopped.
    Stopped,
    /// Photographs go on.
    Going,
    /// A person simulated an arrival.
    Simulated,
    /// The order directory was read.
    OrdersRead,
    /// Publications that the broker never took made room for newer ones.
    OutboxFull,
    /// The configuration was read anew, and holds from now on.
    Reloaded,
    /// The configuration could not be read anew; the earlier one still holds.
    ReloadRefused,
    /// A person had a look at the cameras.
    Bench,
    /// A release holds for a station from now on, or what runs is narrower than it.
    Released,
    /// A release does not hold, or no longer.
    ReleaseVoid,
    /// A signed request was refused.
    RequestRefused,
    /// A person paused photographs.
    Paused,
    /// A person looks at a station to draw its views: begin, each still, end.
    Commissioning,
    /// A view's camera was moved, or looks right again, or gets worse.
    Angle,
}

impl NoticeKind {
    fn as_str(self) -> &'static str {
        match self {
            NoticeKind::Repeated => "repeated",
            NoticeKind::EventIdReused => "event_id_reused",
            NoticeKind::Retained => "retained",
            NoticeKind::Malformed => "malformed",
            NoticeKind::Started => "started",
            NoticeKind::LedgerBroken => "ledger_broken",
            NoticeKind::SequenceGap => "sequence_gap",
            NoticeKind::SourceBroken => "source_broken",
            NoticeKind::SourceMended => "source_mended",
            NoticeKind::BlackoutDeclared => "blackout_declared",
            NoticeKind::ClockStepped => "clock_stepped",
            NoticeKind::Stopped => "stopped",
            NoticeKind::Going => "going",
            NoticeKind::Simulated => "simulated",
            NoticeKind::OrdersRead => "orders_read",
            NoticeKind::OutboxFull => "outbox_full",
            NoticeKind::Reloaded => "reloaded",
            NoticeKind::ReloadRefused => "reload_refused",
            NoticeKind::Bench => "bench",
            NoticeKind::Released => "released",
            NoticeKind::ReleaseVoid => "release_void",
            NoticeKind::RequestRefused => "request_refused",
            NoticeKind::Paused => "paused",
            NoticeKind::Commissioning => "commissioning",
            NoticeKind::Angle => "angle",
        }
    }
}

/// A ledger line about something that is no case.
#[derive(Clone, Debug)]
pub struct Notice {
    kind: NoticeKind,
    station: Option<StationId>,
    detail: String,
}

impl Notice {
    /// `detail` is for people and must hold neither VIN nor order number.
    pub fn new(kind: NoticeKind, station: Option<StationId>, detail: impl Into<String>) -> Notice {
        Notice { kind, station, detail: detail.into() }
    }
}

/// Keeps a flood of bad messages from filling the disk.
#[derive(Default)]
pub(crate) struct NoticeLimit {
    last: HashMap<(NoticeKind, Option<StationId>), (Mono, u64)>,
}

impl NoticeLimit {
    /// `Some(n)`: write it, and say that `n` others of its kind were left out before.
    fn admits(&mut self, notice: &Notice, now: Mono) -> Option<u64> {
        // What root or a signature did is never left out, nor who looked through a camera; who asks for that counts them.
        use NoticeKind as N;
        let always =
            [N::Released, N::ReleaseVoid, N::RequestRefused, N::Paused, N::Commissioning, N::Bench, N::Angle];
        if always.contains(&notice.kind) {
            return Some(0);
        }
        let key = (notice.kind, notice.station.clone());
        match self.last.get_mut(&key) {
            Some((since, left_out)) if now.since(*since) < NOTICE_EVERY => {
                *left_out += 1;
                None
            }
            Some(last) => Some(std::mem::replace(last, (now, 0)).1),
            None => {
                self.last.insert(key, (now, 0));
                Some(0)
            }
        }
    }

    fn forget(&mut self, notice: &Notice) {
        self.last.remove(&(notice.kind, notice.station.clone()));
    }
}

impl Front {
    /// Writes a notice, unless one of its kind and station was written a moment ago.
    ///
    /// # Errors
    /// [`BookError`]; nothing was written then.
    pub fn note(&self, notice: &Notice) -> Result<(), BookError> {
        let now = self.0.clock.mono();
        let admitted = {
            let mut limit = self.0.notices.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            limit.admits(notice, now)
        };
        let Some(left_out) = admitted else { return Ok(()) };
        let mut book = self.0.book();
        let write = |book: &mut Connection| {
            let change = book.transaction()?;
            append_notice(&change, self.0.clock.wall(), notice, left_out)?;
            change.commit()
        };
        let written = write(&mut book).map_err(BookError::doing("writing a notice"));
        if written.is_err() {
            // Not told yet: the next of its kind is the first.
            self.0.notices.lock().unwrap_or_else(std::sync::PoisonError::into_inner).forget(notice);
        }
        written
    }

    /// When the last picture was sealed, by the wall clock; the Unix epoch if none was. Only what was
    /// recorded by a clock that the gate trusted holds the clock to its word: a PC that starts with a wrong
    /// year says so in the ledger, too.
    ///
    /// # Errors
    /// [`BookError`] if the book could not be read.
    pub fn latest_picture(&self) -> Result<Wall, BookError> {
        let book = self.0.book();
        book.query_row("SELECT coalesce(max(ended), 0) FROM cases WHERE outcome = 'sealed'", [], |row| {
            row.get(0)
        })
        .map(Wall::from_unix_ms)
        .map_err(BookError::doing("reading when the last picture was sealed"))
    }
}

/// Adds a notice within `change`, which tells that `left_out` of its kind were left out before.
pub(super) fn append_notice(
    change: &Transaction<'_>,
    at: Wall,
    notice: &Notice,
    left_out: u64,
) -> rusqlite::Result<()> {
    let facts = serde_json::json!({
        "notice": notice.kind.as_str(),
        "station": notice.station.as_ref().map(StationId::as_str),
        "detail": notice.detail,
        "left_out": left_out,
    });
    append(change, at, "notice", "", &facts.to_string()).map(|_| ())
}

/// Adds a line within `change`; gives its number and its hash.
pub(crate) fn append(
    change: &Transaction<'_>,
    at: Wall,
    kind: &str,
    case: &str,
    facts: &str,
) -> rusqlite::Result<(i64, String)> {
    let (seq, before): (i64, String) = change
        .query_row("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?
        .unwrap_or((0, GENESIS.to_owned()));
    let (seq, at) = (seq + 1, at.unix_ms());
    let hash = hash(seq, at, kind, case, facts, &before);
    change.execute(
        "INSERT INTO ledger (seq, at, kind, case_id, facts, before, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![seq, at, kind, case, facts, before, hash],
    )?;
    Ok((seq, hash))
}

pub(super) fn hash(seq: i64, at: i64, kind: &str, case: &str, facts: &str, before: &str) -> String {
    let line = format!("lineshot/ledger/1\0{seq}\0{at}\0{kind}\0{case}\0{before}\0{facts}");
    hex::encode(Sha256::digest(line.as_bytes()))
}

/// Verifies the lines since the last checkpoint and, if they hold, moves the checkpoint to the end.
pub(crate) fn verify_since_checkpoint(book: &mut Connection) -> Result<LedgerState, BookError> {
    verify(book).map_err(BookError::doing("verifying the ledger"))
}

fn verify(book: &mut Connection) -> rusqlite::Result<LedgerState> {
    let change = book.transaction()?;
    let checkpoint: i64 = change
        .query_row("SELECT value FROM numbers WHERE name = 'ledger_checkpoint'", [], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let Some(last) = chain_holds(&change, checkpoint)? else { return Ok(LedgerState::Broken) };
    change.execute(
        "INSERT INTO numbers (name, value) VALUES ('ledger_checkpoint', ?1)
         ON CONFLICT (name) DO UPDATE SET value = ?1",
        [last],
    )?;
    change.commit()?;
    Ok(LedgerState::Intact)
}

/// The number of the last line if all lines from `checkpoint` on fit together, and it is still there.
fn chain_holds(book: &Connection, checkpoint: i64) -> rusqlite::Result<Option<i64>> {
    let mut lines = book.prepare(
        "SELECT seq, at, kind, case_id, facts, before, hash FROM ledger WHERE seq >= ? ORDER BY seq",
    )?;
    let mut rows = lines.query([checkpoint])?;
    let mut last: Option<(i64, String)> = None;
    while let Some(row) = rows.next()? {
        let (seq, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        let [kind, case, facts, before, found] =
            [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get::<_, String>(6)?];
        let follows = match &last {
            Some((number, hash)) => seq == number + 1 && before == *hash,
            None if checkpoint == 0 => seq == 1 && before == GENESIS,
            None => seq == checkpoint,
        };
        if !follows || hash(seq, at, &kind, &case, &facts, &before) != found {
            return Ok(None);
        }
        last = Some((seq, found));
    }
    Ok(match last {
        Some((number, _)) => Some(number),
        None if checkpoint == 0 => Some(0),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn notices_of_one_kind_and_station_are_told_once_in_ten_seconds_and_the_others_counted() {
        let mut limit = NoticeLimit::default();
        let at = |ms| Mono::from_start(Duration::from_millis(ms));
        let station = |id| Some(StationId::parse(id).unwrap());
        let mut told = |kind, id, ms| limit.admits(&Notice::new(kind, station(id), "x"), at(ms));
        for (ms, left_out) in [
            (0, Some(0)),
            (1, None),
            (2, None),
            (9_999, None),
            (10_000, Some(3)),
            (19_999, None),
            (20_000, Some(1)),
            (30_000, Some(0)),
        ] {
            assert_eq!(told(NoticeKind::Malformed, "marriage", ms), left_out, "{ms}");
        }
        assert_eq!(told(NoticeKind::Malformed, "paint", 30_001), Some(0), "another station");
        assert_eq!(told(NoticeKind::Retained, "marriage", 30_001), Some(0), "another kind");
        for _ in 0..2 {
            assert_eq!(
                told(NoticeKind::Released, "marriage", 30_001),
                Some(0),
                "what is signed is always told"
            );
        }
    }

    /// A ledger of lines that fit in themselves: each one's number, and the number of the line that it says is before
    /// it.
    fn book(lines: &[(i64, i64)]) -> Connection {
        let book = Connection::open_in_memory().unwrap();
        book.execute_batch("CREATE TABLE ledger (seq, at, kind, case_id, facts, before, hash)").unwrap();
        let mut hashes = BTreeMap::from([(0, GENESIS.to_owned())]);
        for (seq, before) in lines {
            let before = hashes.get(before).cloned().unwrap_or_default();
            let own = hash(*seq, 0, "notice", "", "{}", &before);
            book.execute(
                "INSERT INTO ledger VALUES (?, 0, 'notice', '', '{}', ?, ?)",
                params![seq, before, own],
            )
            .unwrap();
            hashes.insert(*seq, own);
        }
        book
    }

    #[test]
    fn a_line_follows_by_its_number_and_by_the_hash_before_it() {
        let whole = &[(1, 0), (2, 1), (3, 2)];
        type Ledger<'a> = (&'a str, &'a [(i64, i64)], i64, Option<i64>);
        let ledgers: [Ledger<'_>; 9] = [
            ("nothing yet", &[], 0, Some(0)),
            ("nothing left", &[], 3, None),
            ("whole", whole, 0, Some(3)),
            ("whole from what was seen on", whole, 2, Some(3)),
            ("shorter than what was seen", whole, 4, None),
            ("a number left out", &[(1, 0), (3, 1)], 0, None),
            ("another line before it", &[(1, 0), (2, 1), (3, 1)], 0, None),
            ("a second line at first", &[(2, 0)], 0, None),
            ("a first line behind another", &[(1, 9)], 0, None),
        ];
        for (what, lines, checkpoint, last) in ledgers {
            assert_eq!(chain_holds(&book(lines), checkpoint).unwrap(), last, "{what}");
        }
    }
}
