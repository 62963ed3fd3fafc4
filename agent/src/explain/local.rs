//! Moments as the clock on the station's wall shows them, read and written.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, Zoned};
use lineshot_domain::{LocalDate, Wall, Zone};

/// Why a text names no moment.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// Neither a moment nor a local time.
    #[error(
        "{0:?} is no time; write local time of the station as in 2026-11-24T05:59, a time with an offset as \
         in 2026-11-24T05:59:30+01:00, or now"
    )]
    Unreadable(String),
    /// The clocks skip it.
    #[error(
        "no clock in {zone} shows {time}: on that day it is skipped; write another time, or one with an offset"
    )]
    Skipped {
        /// As it was asked for.
        time: DateTime,
        /// Where.
        zone: String,
    },
    /// The clocks show it twice.
    #[error("clocks in {zone} show {time} twice on that day; write {first} or {second}")]
    Twice {
        /// As it was asked for.
        time: DateTime,
        /// Where.
        zone: String,
        /// The first of the two, with its offset.
        first: String,
        /// The second.
        second: String,
    },
}

/// What the clock on a wall shows.
pub(super) struct Local {
    name: String,
    tz: TimeZone,
}

/// A moment at which the clocks are set.
pub(super) struct Change {
    /// On which day, by the clock that was just set.
    pub(super) day: Date,
    /// The time at which it was set, `03:00`.
    pub(super) from: String,
    /// The time to which.
    pub(super) to: String,
}

impl Local {
    pub(super) fn of(zone: &Zone) -> Local {
        let tz = TimeZoneDatabase::bundled().get(zone.as_str()).expect("a zone is a name of this database");
        Local { name: zone.as_str().to_owned(), tz }
    }

    /// Reads `now`, a moment with its offset (RFC 3339), or local time to the minute or second.
    pub(super) fn read(&self, text: &str, now: Wall) -> Result<Wall, MomentError> {
        let text = text.trim();
        let unreadable = || MomentError::Unreadable(text.chars().take(40).collect());
        if text.eq_ignore_ascii_case("now") {
            return Ok(now);
        }
        // A day alone is no moment, and a zone's name in brackets would not be looked at.
        if !text.contains(':') || text.contains('[') {
            return Err(unreadable());
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(wall(moment));
        }
        let time: DateTime = text.parse().map_err(|_| unreadable())?;
        let at = |offset: Offset| offset.to_timestamp(time).map_err(|_| unreadable());
        match self.tz.to_ambiguous_timestamp(time).offset() {
            AmbiguousOffset::Unambiguous { offset } => at(offset).map(wall),
            AmbiguousOffset::Gap { .. } => Err(MomentError::Skipped { time, zone: self.name.clone() }),
            AmbiguousOffset::Fold { before, after } => {
                let full = |moment: Timestamp| self.zoned(wall(moment)).strftime("%FT%T%:z").to_string();
                let (first, second) = (full(at(before)?), full(at(after)?));
                Err(MomentError::Twice { time, zone: self.name.clone(), first, second })
            }
        }
    }

    /// `Mon 2026-11-23 10:00 (+01:00)`, with seconds where there are some.
    pub(super) fn moment(&self, at: Wall) -> String {
        let at = self.zoned(at);
        let format = if at.second() == 0 { "%a %F %R (%:z)" } else { "%a %F %T (%:z)" };
        at.strftime(format).to_string()
    }

    /// `10:00`, with seconds where there are some, and with the offset where the clock shows it twice.
    pub(super) fn time(&self, at: Wall) -> String {
        let at = self.zoned(at);
        let twice = self.tz.to_ambiguous_timestamp(at.datetime()).is_ambiguous();
        let time = if at.second() == 0 { "%R" } else { "%T" };
        at.strftime(&format!("{time}{}", if twice { "(%:z)" } else { "" })).to_string()
    }

    /// An end, exclusive, of what began on `day`: midnight is 24:00 of the day before.
    pub(super) fn end(&self, day: LocalDate, at: Wall) -> String {
        let zoned = self.zoned(at);
        let midnight = (zoned.hour(), zoned.minute(), zoned.second()) == (0, 0, 0);
        if midnight && zoned.date() != date(day) { "24:00".to_owned() } else { self.time(at) }
    }

    /// When the clocks are set, from this day on, for so many days.
    pub(super) fn changes(&self, first: LocalDate, days: i64) -> Vec<Change> {
        let hours = |hours| SignedDuration::from_hours(hours);
        let Ok(midnight) = Offset::UTC.to_timestamp(date(first).at(0, 0, 0, 0)) else { return Vec::new() };
        // No zone is a whole day away from UTC twice over: what is a day too early or late is not asked for.
        let (from, to) =
            (midnight.saturating_sub(hours(48)), midnight.saturating_add(hours(24 * (days + 2))));
        let (Ok(from), Ok(to)) = (from, to) else { return Vec::new() };
        let moments = self.tz.following(from).map(|change| change.timestamp());
        let changes = moments.take_while(|moment| *moment < to).filter_map(|moment| {
            let before = self.tz.to_offset(moment.saturating_sub(SignedDuration::from_secs(1)).ok()?);
            let after = self.tz.to_offset(moment);
            let time = |offset: Offset| offset.to_datetime(moment).strftime("%R").to_string();
            let day = after.to_datetime(moment).date();
            (before != after).then(|| Change { day, from: time(before), to: time(after) })
        });
        changes.collect()
    }

    fn zoned(&self, at: Wall) -> Zoned {
        let nearest = if at.unix_ms() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_millisecond(at.unix_ms()).unwrap_or(nearest).to_zoned(self.tz.clone())
    }
}

/// The same day as jiff has it.
pub(super) fn date(day: LocalDate) -> Date {
    day.to_string().parse().expect("a local date is written as jiff writes it")
}

fn wall(moment: Timestamp) -> Wall {
    Wall::from_unix_ms(moment.as_millisecond())
}
