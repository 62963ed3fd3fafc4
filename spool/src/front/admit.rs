//! Admission: the arrival and all its cases in one transaction; only then may the broker forget it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::{Arrival, CaseId, ViewId};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::case::Case;
use super::ledger::{self, Notice, NoticeKind};
use super::{BookError, Front};

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
}

/// A broker redelivers within its own reconnection times, and no vehicle comes back to the station it
/// just left within a minute.
const SAME_EVENT: Duration = Duration::from_secs(60);

/// What became of an event.
#[derive(Debug)]
#[must_use = "every case in it must be ended"]
pub enum Admission {
    /// It opened these cases.
    New(Vec<Case>),
    /// Its cases exist already; nothing changed.
    Repeated,
}

/// What the transaction opened.
struct Opened {
    cases: Vec<(CaseId, ViewId)>,
    /// The event's id was used before, with other content.
    id_reused: bool,
}

impl Front {
    /// Opens one case per view, durably, unless the event is known.
    ///
    /// # Errors
    /// [`BookError`]; nothing happened then, and the event must not be acknowledged.
    pub fn admit(&self, arrival: &Arrival, place: &Place) -> Result<Admission, BookError> {
        let opened = {
            let mut book = self.0.book();
            self.open_cases(&mut book, arrival, place).map_err(BookError::doing("admitting an arrival"))?
        };
        let Some(Opened { cases, id_reused }) = opened else {
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
        let (arrival, place) = (Arc::new(arrival.clone()), Arc::new(place.clone()));
        let case = |(id, view)| Case::opened(self.clone(), id, view, arrival.clone(), place.clone());
        Ok(Admission::New(cases.into_iter().map(case).collect()))
    }

    /// `None`: the event is known.
    fn open_cases(
        &self,
        book: &mut Connection,
        arrival: &Arrival,
        place: &Place,
    ) -> rusqlite::Result<Option<Opened>> {
        let change = book.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let vehicle = self.0.site_key.vehicle(&arrival.vehicle);
        let received = arrival.received_at.unix_ms();
        if arrival.event.is_none() && arrival.time.is_none() {
            let window = place.dwell.unwrap_or(SAME_EVENT);
            if seen_within(&change, arrival, vehicle.as_str(), window)? {
                return Ok(None);
            }
        }
        let cases: Vec<(CaseId, ViewId)> = place
            .views
            .iter()
            .map(|view| (self.0.site_key.case(arrival, view, received), view.clone()))
            .collect();
        for (case, _) in &cases {
            let known = change
                .query_row("SELECT 1 FROM cases WHERE id = ?", [case.as_str()], |_| Ok(()))
                .optional()?;
            if known.is_some() {
                return Ok(None);
            }
        }
        let id_reused = event_id_known(&change, arrival)?;
        let name = serde_json::to_string(&place.name).expect("a map of texts is JSON");
        change.execute(
            "INSERT INTO arrivals (station, station_name, vehicle, event, event_time, received, unreleased)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                arrival.station.as_str(),
                name,
                vehicle.as_str(),
                arrival.event.as_ref().map(|event| event.as_str()),
                arrival.time.map(|time| time.unix_ms()),
                received,
                self.0.stamp.unreleased,
            ],
        )?;
        let row = change.last_insert_rowid();
        let album = self.0.site_key.album(&arrival.vehicle);
        for (case, view) in &cases {
            let public = self.0.site_key.public(case);
            change.execute(
                "INSERT INTO cases (id, arrival, view, public_id, album, stage) VALUES (?, ?, ?, ?, ?, 'open')",
                params![case.as_str(), row, view.as_str(), public.as_str(), album.as_str()],
            )?;
            let mut salt = [0; 16];
            getrandom::fill(&mut salt).map_err(|_| rusqlite::Error::InvalidQuery)?;
            change
                .execute("INSERT INTO salts (case_id, salt) VALUES (?, ?)", params![case.as_str(), salt])?;
        }
        // Before the commit: from then on a case is either in somebody's hands or ownerless.
        self.0.at_work().extend(cases.iter().map(|(case, _)| case.to_string()));
        if let Err(error) = change.commit() {
            self.0.at_work().retain(|case| !cases.iter().any(|(id, _)| id.as_str() == case));
            return Err(error);
        }
        Ok(Some(Opened { cases, id_reused }))
    }
}

/// Whether the same vehicle was received at the same station less than `window` ago (or, the clock
/// having been set back, less than that ahead).
fn seen_within(
    change: &Transaction<'_>,
    arrival: &Arrival,
    vehicle: &str,
    window: Duration,
) -> rusqlite::Result<bool> {
    let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
    let received = arrival.received_at.unix_ms();
    change
        .query_row(
            "SELECT 1 FROM arrivals WHERE station = ? AND vehicle = ? AND event IS NULL
             AND event_time IS NULL AND received > ? AND received < ? LIMIT 1",
            params![
                arrival.station.as_str(),
                vehicle,
                received.saturating_sub(window),
                received.saturating_add(window)
            ],
            |_| Ok(()),
        )
        .optional()
        .map(|found| found.is_some())
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
    ledger::append(change, at, "outcome", case, &facts.to_string())
}
