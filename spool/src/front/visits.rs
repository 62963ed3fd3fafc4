//! Earlier visits of a vehicle to a station, and the albums that it is known by.

use lineshot_domain::{AlbumId, Before, CaseId, SEQUENCE_MEMORY, StationId, Vehicle, ViewId, Wall};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{BookError, Front};

impl Front {
    /// Whether an earlier visit gave a picture that is delivered or may still be: of the same album,
    /// station and view, and of the same kind as `except` (on trial or not, simulated or not).
    ///
    /// `except` is the case that asks; one that is not in the book asks as a real arrival of this run.
    ///
    /// # Errors
    /// [`BookError`] if the book could not be read.
    pub fn photographed(
        &self,
        album: &AlbumId,
        station: &StationId,
        view: &ViewId,
        except: &CaseId,
    ) -> Result<bool, BookError> {
        let book = self.0.book();
        book.query_row(
            "WITH mine AS (
                 SELECT a.unreleased, a.simulated FROM cases c JOIN arrivals a ON a.id = c.arrival WHERE c.id = ?4)
             SELECT 1 FROM cases c JOIN arrivals a ON a.id = c.arrival
             WHERE c.album = ?1 AND a.station = ?2 AND c.view = ?3 AND c.id <> ?4 AND c.outcome = 'sealed'
             AND (c.delivery IS NULL OR c.delivery NOT IN ('undeliverable', 'expired', 'stopped'))
             AND a.unreleased = coalesce((SELECT unreleased FROM mine), ?5)
             AND a.simulated = coalesce((SELECT simulated FROM mine), 0) LIMIT 1",
            params![
                album.as_str(),
                station.as_str(),
                view.as_str(),
                except.as_str(),
                self.0.stamp.unreleased
            ],
            |_| Ok(()),
        )
        .optional()
        .map(|found| found.is_some())
        .map_err(BookError::doing("looking for earlier visits"))
    }

    /// How many cases are open, and how many ended ones the uploader has not answered for yet.
    ///
    /// # Errors
    /// [`BookError`] if the book could not be read.
    pub fn counts(&self) -> Result<(u64, u64), BookError> {
        let book = self.0.book();
        let count = |stages: &str| {
            let question = format!("SELECT count(*) FROM cases WHERE stage IN ({stages})");
            book.query_row(&question, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
        };
        count("'open'")
            .and_then(|open| Ok((open, count("'ended', 'handed'")?)))
            .map_err(BookError::doing("counting cases"))
    }

    /// The album that a picture of this vehicle goes to.
    pub fn album(&self, vehicle: &Vehicle) -> AlbumId {
        self.0.site_key.album(vehicle)
    }

    /// Every album that a deny list may name this vehicle by.
    pub fn albums(&self, vehicle: &Vehicle) -> Vec<AlbumId> {
        self.0.site_key.albums(vehicle)
    }
}

/// The arrivals admitted at the station so far, the newest first; simulated and real ones know nothing of
/// each other.
pub(super) fn before(
    change: &Transaction<'_>,
    station: &StationId,
    simulated: bool,
) -> rusqlite::Result<Vec<Before>> {
    let mut rows = change.prepare_cached(
        "SELECT sequence, received FROM arrivals WHERE station = ? AND simulated = ? ORDER BY id DESC LIMIT ?",
    )?;
    let memory = i64::try_from(SEQUENCE_MEMORY).unwrap_or(i64::MAX);
    let before = |row: &rusqlite::Row<'_>| {
        Ok(Before {
            sequence: row.get::<_, Option<i64>>(0)?.map(i64::cast_unsigned),
            received: Wall::from_unix_ms(row.get(1)?),
        })
    };
    rows.query_map(params![station.as_str(), simulated, memory], before)?.collect()
}
