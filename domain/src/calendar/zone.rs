//! Time zones by name, and the offsets they consist of.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::error::shortened;
use super::{CalendarError, LocalDate};
use crate::Wall;

/// A time zone of the database that is bundled with the program: the same on every machine, whatever
/// its operating system knows or is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    tz: TimeZone,
}

impl Zone {
    /// Accepts the names of the IANA time zone database in their own spelling, such as
    /// `Europe/Berlin` or `UTC`. No POSIX strings, no `local`, and none of the two names that mean
    /// "nobody has set it" (`Factory`, `Etc/Unknown`).
    ///
    /// # Errors
    /// [`CalendarError::Zone`] for anything else.
    pub fn parse(name: &str) -> Result<Zone, CalendarError> {
        let unknown = || CalendarError::Zone { found: shortened(name) };
        let tz = TimeZoneDatabase::bundled().get(name).map_err(|_| unknown())?;
        if tz.is_unknown() || name == "Factory" || tz.iana_name() != Some(name) {
            return Err(unknown());
        }
        Ok(Zone { name: name.to_owned(), tz })
    }

    /// All names that [`Zone::parse`] accepts.
    pub fn names() -> impl Iterator<Item = String> {
        let known: Vec<_> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
        known.into_iter().filter(|name| Zone::parse(name).is_ok())
    }

    /// The name in the database.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The local date at a moment.
    pub fn date(&self, at: Wall) -> LocalDate {
        LocalDate::from_civil(self.tz.to_datetime(timestamp(at)).date())
    }

    /// A moment in local time, for people: `Mon 2026-11-23 10:00 (+01:00)`.
    pub fn civil(&self, at: Wall) -> String {
        timestamp(at).to_zoned(self.tz.clone()).strftime("%a %Y-%m-%d %H:%M (%:z)").to_string()
    }

    /// The stretches of constant offset that make up `[from, to)`, in order.
    pub(super) fn stretches(&self, from: Wall, to: Wall) -> impl Iterator<Item = Stretch> {
        let changes =
            self.tz.following(timestamp(from)).map(|t| Wall::from_unix_ms(t.timestamp().as_millisecond()));
        let mut changes = changes.take_while(move |change| *change < to);
        let mut next = Some(from);
        std::iter::from_fn(move || {
            let from = next.filter(|from| *from < to)?;
            next = changes.next();
            let offset_ms = i64::from(self.tz.to_offset(timestamp(from)).seconds()) * 1000;
            Some(Stretch { from, to: next.unwrap_or(to), offset_ms })
        })
    }
}

impl std::fmt::Display for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// A stretch of time, `[from, to)`, in which local time is UTC plus one offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) from: Wall,
    pub(super) to: Wall,
    pub(super) offset_ms: i64,
}

/// The moment, or the nearest one that the calendar reaches (the years -9999 to 9999).
fn timestamp(at: Wall) -> Timestamp {
    let nearest = if at.unix_ms() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at.unix_ms()).unwrap_or(nearest)
}

/// The moment itself, or the nearest one that the calendar reaches.
pub(super) fn within_reach(at: Wall) -> Wall {
    Wall::from_unix_ms(timestamp(at).as_millisecond())
}
