//! Windows: weekdays with a time of day to begin and one to end.

use std::fmt;

use super::CalendarError;
use super::error::shortened;

const MINUTES_OF_A_DAY: u16 = 24 * 60;

/// A minute of the day, 00:00 to 24:00. 24:00 is the midnight that ends the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    pub(super) const START: TimeOfDay = TimeOfDay(0);
    pub(super) const END: TimeOfDay = TimeOfDay(MINUTES_OF_A_DAY);

    /// Accepts `HH:MM` from `00:00` to `24:00`, two digits each.
    ///
    /// # Errors
    /// [`CalendarError::TimeOfDay`] for anything else.
    pub fn parse(text: &str) -> Result<TimeOfDay, CalendarError> {
        let minute = minute_of_day(text).filter(|minute| *minute <= MINUTES_OF_A_DAY);
        minute.map(TimeOfDay).ok_or_else(|| CalendarError::TimeOfDay { found: shortened(text) })
    }

    /// Minutes since local midnight, 0 to 1440, by the clock on the wall.
    pub fn minute(self) -> u16 {
        self.0
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let two_digits = |part: &str| {
        let fits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if fits { part.parse::<u16>().ok() } else { None }
    };
    let (hours, minutes) = text.split_once(':')?;
    let minutes = two_digits(minutes).filter(|minutes| *minutes < 60)?;
    Some(two_digits(hours)? * 60 + minutes)
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A set of weekdays, never empty. Bit 0 is Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Days(u8);

impl Days {
    const DAILY: Days = Days(0b111_1111);

    /// Accepts `daily`, or days (`sat`) and ranges (`mon-fri`; `fri-mon` goes over the weekend),
    /// separated by commas. A day named twice is a slip of the pen and refused.
    ///
    /// # Errors
    /// [`CalendarError::Days`] for anything else.
    pub fn parse(text: &str) -> Result<Days, CalendarError> {
        if text == "daily" {
            return Ok(Days::DAILY);
        }
        let none = Some(Days(0));
        let days = text.split(',').fold(none, |days, part| days?.and(range(part.trim())?));
        days.ok_or_else(|| CalendarError::Days { found: shortened(text) })
    }

    fn and(self, more: Days) -> Option<Days> {
        if self.0 & more.0 == 0 { Some(Days(self.0 | more.0)) } else { None }
    }

    /// Does the weekday belong to the set? Monday is 0, Sunday 6.
    pub(super) fn contains(self, weekday: usize) -> bool {
        self.0 >> weekday & 1 == 1
    }
}

fn range(text: &str) -> Option<Days> {
    let weekday = |name: &str| NAMES.iter().position(|known| *known == name);
    let Some((first, last)) = text.split_once('-') else {
        return weekday(text).map(|day| Days(1 << day));
    };
    let (first, last) = (weekday(first)?, weekday(last)?);
    let length = (last + 7 - first) % 7;
    if length == 0 {
        return None;
    }
    Some(Days((0..=length).fold(0, |days, step| days | 1 << ((first + step) % 7))))
}

/// As it is written in the configuration, in the shortest way: equal sets read the same.
impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Days::DAILY {
            return f.write_str("daily");
        }
        let starts = (0..7).filter(|day| self.contains(*day) && !self.contains((day + 6) % 7));
        for (at, first) in starts.enumerate() {
            let length = (1..7).take_while(|step| self.contains((first + step) % 7)).count();
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{}", NAMES[first])?;
            if length > 0 {
                write!(f, "-{}", NAMES[(first + length) % 7])?;
            }
        }
        Ok(())
    }
}

/// A window of permission: on these days, from one time of day (inclusive) to another (exclusive).
///
/// If it ends at or before the time it begins, it goes over midnight and belongs to the day it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    days: Days,
    from: TimeOfDay,
    to: TimeOfDay,
}

impl Window {
    /// A window on `days` from `from` to `to`.
    ///
    /// # Errors
    /// [`CalendarError::EmptyWindow`] if both are the same, [`CalendarError::BeginsAtTheEnd`] if it
    /// begins at 24:00.
    pub fn new(days: Days, from: TimeOfDay, to: TimeOfDay) -> Result<Window, CalendarError> {
        if from == TimeOfDay::END {
            return Err(CalendarError::BeginsAtTheEnd);
        }
        if from == to {
            return Err(CalendarError::EmptyWindow(from));
        }
        Ok(Window { days, from, to })
    }

    /// The days it begins on.
    pub fn days(&self) -> Days {
        self.days
    }

    /// When it begins, inclusive.
    pub fn from(&self) -> TimeOfDay {
        self.from
    }

    /// When it ends, exclusive: on the next day if this is not after the beginning.
    pub fn to(&self) -> TimeOfDay {
        self.to
    }

    fn is_over_midnight(&self) -> bool {
        self.to < self.from
    }

    /// The part of a window begun on a day of this weekday that lies on the day itself.
    pub(super) fn evening(&self, weekday: usize) -> Option<(TimeOfDay, TimeOfDay)> {
        let to = if self.is_over_midnight() { TimeOfDay::END } else { self.to };
        self.days.contains(weekday).then_some((self.from, to))
    }

    /// The part of a window begun on a day of this weekday that lies on the day after.
    pub(super) fn morning_after(&self, weekday: usize) -> Option<(TimeOfDay, TimeOfDay)> {
        let some = self.is_over_midnight() && self.to > TimeOfDay::START && self.days.contains(weekday);
        some.then_some((TimeOfDay::START, self.to))
    }
}

/// For people: `mon-fri 06:00-14:30`, the parts as they are written in the configuration.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}-{}", self.days, self.from, self.to)
    }
}
