//! Admission: the arrival and all its cases in one transaction; only then may the broker forget it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::{AlbumId, Arrival, Before, CaseId, Keep, Vehicle, ViewId, Wall};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::case::Case;
use super::ledger::{self, Notice, NoticeKind};
use super::{BookError, Front, visits, words};

/// Where cases are opened: what the station is called and which views it has.
#[derive(Clone, Debug)]
pub struct Place {
    /// The station's name by language.
    pub name: BTreeMap<String, String>,
    /// One case is opened for each.
    pub views: Vec<ViewId>,
    /// How long a vehicle surely stays: an event without id and time that comes again within it is
    /// the same event. Where it is not known, a minute stands in.
    pub dwell: Option<Duration>,
    /// Where the PLC is told of its arrivals; `None`: it is not.
    pub ready: Option<String>,
    /// Which of several visits counts.
    pub keep: Keep,
}

/// What was found out about an arrival before it is admitted.
#[derive(Clone, Copy, Debug)]
pub struct Admit<'a> {
    /// Where cases are opened.
    pub place: &'a Place,
    /// The vehicle with the order that the order directory names, else as it arrived: the album is its.
    pub owner: &'a Vehicle,
    /// Nothing about its order may leave this PC.
    pub discreet: bool,
}

/// A broker redelivers within its own reconnection times, and no vehicle comes back to the station it
/// just left within a minute.
const SAME_EVENT: Duration = Duration::from_secs(60);

/// What became of an event.
#[derive(Debug)]
#[must_use = "every case in it must be ended"]
pub enum Admission {
    /// It is new.
    New {
        /// The cases that it opened.
        cases: Vec<Case>,
        /// The arrivals admitted before it at its station, the newest first, as many as the gate looks
        /// at. Simulated and real arrivals know nothing of each other.
        before: Vec<Before>,
    },
    /// Its cases exist already; nothing changed but that the PLC is told again.
    Repeated,
}

/// What the transaction opened.
struct Opened {
    cases: Vec<(CaseId, ViewId)>,
    before: Vec<Before>,
    /// The event's id was used before, with other content.
    id_reused: bool,
}

impl Front {
    /// Opens one case per view, durably, unless the event is known. The PLC is told that the arrival was
    /// accepted, and of a known one also what became of it.
    ///
    /// # Errors
    /// [`BookError`]; nothing happened then, and the event must not be acknowledged.
    pub fn admit(&self, arrival: &Arrival, admit: &Admit<'_>) -> Result<Admission, BookError> {
        let album = self.0.site_key.album(admit.owner);
        let opened = {
            let mut book = self.0.book();
            self.open_cases(&mut book, arrival, admit, &album)
                .map_err(BookError::doing("admitting an arrival"))?
        };
        let Some(Opened { cases, before, id_reused }) = opened else {
            let station = Some(arrival.station.clone());
            self.note(&Notice::new(NoticeKind::Repeated, station, "its cases exist already"))?;
            return Ok(Admission::Repeated);
        };
        if id_reused {
            let station = Some(arrival.station.clone());
            let told = "the same event id came with other content: a new case was opened";
            let noted = self.note(&Notice::new(NoticeKind::EventIdReused, station, told));
            if let Err(error) = noted {
                // The cases are open: they must not be lost for a notice.
                tracing::error!(error = &error as &dyn std::error::Error, told);
            }
        }
        let (arrival, place) = (Arc::new(arrival.clone()), Arc::new(admit.place.clone()));
        let case = |of| {
            let whence = (arrival.clone(), place.clone());
            Case::opened(self.clone(), of, whence, (album.clone(), admit.discreet))
        };
        Ok(Admission::New { cases: cases.into_iter().map(case).collect(), before })
    }

    /// `None`: the event is known.
    fn open_cases(
        &self,
        book: &mut Connection,
        arrival: &Arrival,
        admit: &Admit<'_>,
        album: &AlbumId,
    ) -> rusqlite::Result<Option<Opened>> {
        let change = book.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let now = self.0.clock.wall();
        let received = arrival.received_at.unix_ms();
        let cases: Vec<(CaseId, ViewId)> = admit
            .place
            .views
            .iter()
            .map(|view| (self.0.site_key.case(arrival, view, received), view.clone()))
            .collect();
        if let Some(known) = self.known(&change, arrival, admit.place, &cases)? {
            words::accepted(&change, now, known)?;
            words::ended(&change, now, known)?;
            change.commit()?;
            return Ok(None);
        }
        let id_reused = event_id_known(&change, arrival)?;
        let before = visits::before(&change, &arrival.station, arrival.simulated)?;
        let row = self.insert_arrival(&change, arrival, admit.place)?;
        for (case, view) in &cases {
            self.insert_case(&change, (case, view), row, (album, admit.discreet))?;
        }
        words::accepted(&change, now, row)?;
        // Before the commit: from then on a case is either in somebody's hands or ownerless.
        self.0.at_work().extend(cases.iter().map(|(case, _)| case.to_string()));
        if let Err(error) = change.commit() {
            self.0.at_work().retain(|case| !cases.iter().any(|(id, _)| id.as_str() == case));
            return Err(error);
        }
        Ok(Some(Opened { cases, before, id_reused }))
    }

    /// The row of the arrival that this event told of before.
    fn known(
        &self,
        change: &Transaction<'_>,
        arrival: &Arrival,
        place: &Place,
        cases: &[(CaseId, ViewId)],
    ) -> rusqlite::Result<Option<i64>> {
        if arrival.event.is_none() && arrival.time.is_none() {
            let vehicle = self.0.site_key.vehicle(&arrival.vehicle);
            let window = place.dwell.unwrap_or(SAME_EVENT);
            if let Some(known) = seen_within(change, arrival, vehicle.as_str(), window)? {
                return Ok(Some(known));
            }
        }
        for (case, _) in cases {
            let known = change
                .query_row("SELECT arrival FROM cases WHERE id = ?", [case.as_str()], |row| row.get(0))
                .optional()?;
            if known.is_some() {
                return Ok(known);
            }
        }
        Ok(None)
    }

    fn insert_arrival(
        &self,
        change: &Transaction<'_>,
        arrival: &Arrival,
        place: &Place,
    ) -> rusqlite::Result<i64> {
        let name = serde_json::to_string(&place.name).expect("a map of texts is JSON");
        change.execute(
            "INSERT INTO arrivals (station, station_name, vehicle, event, event_time, received, unreleased,
                                   sequence, simulated, ready, keep)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                arrival.station.as_str(),
                name,
                self.0.site_key.vehicle(&arrival.vehicle).as_str(),
                arrival.event.as_ref().map(|event| event.as_str()),
                arrival.time.map(Wall::unix_ms),
                arrival.received_at.unix_ms(),
                self.0.stamp.unreleased,
                arrival.sequence.map(u64::cast_signed),
                arrival.simulated,
                place.ready,
                place.keep.as_str(),
            ],
        )?;
        Ok(change.last_insert_rowid())
    }

    fn insert_case(
        &self,
        change: &Transaction<'_>,
        (case, view): (&CaseId, &ViewId),
        arrival: i64,
        (album, discreet): (&AlbumId, bool),
    ) -> rusqlite::Result<()> {
        let public = self.0.site_key.public(case);
        change.execute(
            "INSERT INTO cases (id, arrival, view, public_id, album, stage, discreet)
             VALUES (?, ?, ?, ?, ?, 'open', ?)",
            params![case.as_str(), arrival, view.as_str(), public.as_str(), album.as_str(), discreet],
        )?;
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|_| rusqlite::Error::InvalidQuery)?;
        change.execute("INSERT INTO salts (case_id, salt) VALUES (?, ?)", params![case.as_str(), salt])?;
        Ok(())
    }
}

/// The arrival of the same vehicle that was received at the same station less than `window` ago (or, the
/// clock having been set back, less than that ahead).
fn seen_within(
    change: &Transaction<'_>,
    arrival: &Arrival,
    vehicle: &str,
    window: Duration,
) -> rusqlite::Result<Option<i64>> {
    let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
    let received = arrival.received_at.unix_ms();
    change
        .query_row(
            "SELECT id FROM arrivals WHERE station = ? AND vehicle = ? AND event IS NULL
             AND event_time IS NULL AND received > ? AND received < ? AND simulated = ?
             ORDER BY id DESC LIMIT 1",
            params![
                arrival.station.as_str(),
                vehicle,
                received.saturating_sub(window),
                received.saturating_add(window),
                arrival.simulated
            ],
            |row| row.get(0),
        )
        .optional()
}

fn event_id_known(change: &Transaction<'_>, arrival: &Arrival) -> rusqlite::Result<bool> {
    let Some(event) = &arrival.event else { return Ok(false) };
    change
        .query_row(
            "SELECT 1 FROM arrivals WHERE station = ? AND event = ? LIMIT 1",
            [arrival.station.as_str(), event.as_str()],
            |_| Ok(()),
        )
        .optional()
        .map(|found| found.is_some())
}

/// The vehicle of a case as the ledger has it: SHA-256 of the case's salt and the pseudonym.
pub(crate) fn commitment(book: &Connection, case: &str) -> rusqlite::Result<Option<String>> {
    use sha2::{Digest as _, Sha256};
    book.query_row(
        "SELECT s.salt, a.vehicle FROM cases c JOIN arrivals a ON a.id = c.arrival
         JOIN salts s ON s.case_id = c.id WHERE c.id = ?",
        [case],
        |row| {
            let (salt, vehicle): (Vec<u8>, String) = (row.get(0)?, row.get(1)?);
            Ok(hex::encode(Sha256::new().chain_update(salt).chain_update(vehicle).finalize()))
        },
    )
    .optional()
}

/// Adds the ledger line of an outcome.
pub(crate) fn append_outcome(
    change: &Transaction<'_>,
    at: lineshot_domain::Wall,
    case: &str,
    mut facts: serde_json::Value,
) -> rusqlite::Result<()> {
    facts["vehicle"] = commitment(change, case)?.into();
    ledger::append(change, at, "outcome", case, &facts.to_string()).map(|_| ())
}
