//! Local dates and closed periods: whole days, without a time and without a zone.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, date};

use super::CalendarError;
use super::error::shortened;

/// The day that local days are counted from.
const EPOCH: Date = date(1970, 1, 1);

/// A day of the Gregorian calendar, as the clock on the station's wall shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(Date);

impl LocalDate {
    /// Accepts `YYYY-MM-DD`, an existing day of the years 0000 to 9999.
    ///
    /// # Errors
    /// [`CalendarError::Date`] for anything else.
    pub fn parse(text: &str) -> Result<LocalDate, CalendarError> {
        parts(text).map(LocalDate).ok_or_else(|| CalendarError::Date { found: shortened(text) })
    }

    pub(super) fn from_civil(date: Date) -> LocalDate {
        LocalDate(date)
    }

    /// Days since 1970-01-01.
    pub(super) fn day(self) -> i64 {
        self.0.duration_since(EPOCH).as_hours() / 24
    }

    /// The date `day` days after 1970-01-01, or the nearest that the calendar reaches.
    pub(super) fn from_day(day: i64) -> LocalDate {
        LocalDate(EPOCH.saturating_add(SignedDuration::from_hours(day * 24)))
    }
}

fn parts(text: &str) -> Option<Date> {
    let shaped = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    if !shaped {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?).ok()
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whole local days on which nothing is photographed, whatever the windows say; both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClosedPeriod {
    first: LocalDate,
    last: LocalDate,
}

impl ClosedPeriod {
    /// Accepts `2026-12-24/2027-01-06` (both days belong to it) or a single `2026-12-24`.
    ///
    /// # Errors
    /// [`CalendarError::Date`], or [`CalendarError::Backwards`] if it ends before it starts.
    pub fn parse(text: &str) -> Result<ClosedPeriod, CalendarError> {
        let (first, last) = text.split_once('/').unwrap_or((text, text));
        let (first, last) = (LocalDate::parse(first)?, LocalDate::parse(last)?);
        if last < first {
            return Err(CalendarError::Backwards { first, last });
        }
        Ok(ClosedPeriod { first, last })
    }

    /// The first closed day.
    pub fn first(&self) -> LocalDate {
        self.first
    }

    /// The last closed day.
    pub fn last(&self) -> LocalDate {
        self.last
    }

    /// Is this day one of the closed ones?
    pub fn includes(&self, date: LocalDate) -> bool {
        (self.first..=self.last).contains(&date)
    }
}

/// As it is written in the configuration.
impl fmt::Display for ClosedPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return self.first.fmt(f);
        }
        write!(f, "{}/{}", self.first, self.last)
    }
}
