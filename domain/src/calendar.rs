//! When a station may photograph: weekly windows and closed periods in the station's own time zone.
//!
//! Holds:
//! - a moment is judged by what the clock on the station's wall shows: it is in a window begun on day
//!   D if D is one of the window's days and the local date and time lie from D's beginning of the
//!   window (inclusive) to its end (exclusive). An hour that summer time repeats counts both times
//!   or, if only a part of it is in the window, twice that part; an hour that it skips is nobody's;
//! - a window over midnight belongs to the day it began;
//! - a closed period wins: on its days nothing is open, and a window that would begin on one of them
//!   does not begin, so its part after midnight is not open either;
//! - windows that touch or overlap are one open time;
//! - every answer follows from the arguments: the time zone data is part of the program.
//!
//! Deliberately absent: the clock and whether it can be trusted, configuration, the gate.

mod date;
mod error;
mod window;
mod zone;

use std::collections::BTreeMap;

pub use date::{ClosedPeriod, LocalDate};
pub use error::CalendarError;
pub use window::{Days, TimeOfDay, Window};
pub use zone::Zone;

use crate::Wall;
use zone::{Stretch, within_reach};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;

/// How far ahead an end or an opening is looked for: more than a year, so that every yearly shutdown
/// and both changes of the clock are passed.
const HORIZON_MS: i64 = 400 * DAY_MS;

/// 1970-01-01 was a Thursday; Monday is 0.
const WEEKDAY_OF_DAY_ZERO: i64 = 3;

/// More than any zone is or was away from UTC.
const WIDEST_OFFSET_MS: i64 = 26 * 60 * 60 * 1000;

/// The windows and closed periods of a station, in its time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Zone,
    windows: Option<Vec<Window>>,
    closed: Vec<ClosedPeriod>,
}

/// Whether a calendar is open at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarState {
    /// Open.
    Open {
        /// The first later moment that is not open; `None` if there is none within 400 days.
        until: Option<Wall>,
    },
    /// No window is open.
    OutsideWindows {
        /// The first later moment that is open; `None` if there is none within 400 days.
        opens: Option<Wall>,
    },
    /// The local day is closed, whatever the windows say.
    Closed {
        /// The first closed period, in the order given, that the day belongs to.
        period: ClosedPeriod,
        /// The first later moment that is open; `None` if there is none within 400 days.
        opens: Option<Wall>,
    },
}

impl Calendar {
    /// Open in `windows` (`None`: always; an empty list: never), except in the `closed` periods.
    pub fn new(zone: Zone, windows: Option<Vec<Window>>, closed: Vec<ClosedPeriod>) -> Calendar {
        Calendar { zone, windows, closed }
    }

    /// Open at every moment.
    pub fn always(zone: Zone) -> Calendar {
        Calendar::new(zone, None, Vec::new())
    }

    /// The station's time zone.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The windows in the order given; `None` if it is always open.
    pub fn windows(&self) -> Option<&[Window]> {
        self.windows.as_deref()
    }

    /// The closed periods in the order given.
    pub fn closed(&self) -> &[ClosedPeriod] {
        &self.closed
    }

    /// Whether this is open at no moment at which `other` is not: the same zone, each minute of the week, and each
    /// closed period within one of this. Two clocks that differ by a zone are never compared.
    pub fn is_within(&self, other: &Calendar) -> bool {
        let closed = |period: &ClosedPeriod| {
            self.closed.iter().any(|own| own.first() <= period.first() && period.last() <= own.last())
        };
        let hours = match (&self.windows, &other.windows) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(others)) => {
                let (own, others) = (minutes(own), minutes(others));
                // What begins on a day ends with its closing; what goes on from the day before ends with both.
                (own.iter().zip(others)).all(|(own, other)| {
                    (!own.evening || other.evening) && (!own.morning || other.morning || other.evening)
                })
            }
        };
        self.zone == other.zone && hours && other.closed.iter().all(closed)
    }

    /// Is it open at `now`, and when does that change?
    ///
    /// A moment outside the years -9999 to 9999 counts as the nearest one inside.
    pub fn at(&self, now: Wall) -> CalendarState {
        let now = within_reach(now);
        let horizon = shifted(now, HORIZON_MS);
        let mut spans = self.spans(now, horizon);
        let first = spans.next();
        if let Some(open) = first.filter(|span| span.from == now) {
            let mut end = open.to;
            for next in spans {
                if next.from > end {
                    break;
                }
                end = next.to;
            }
            return CalendarState::Open { until: Some(end).filter(|end| *end < horizon) };
        }
        let opens = first.map(|span| span.from);
        match self.closed_on(self.zone.date(now)) {
            Some(period) => CalendarState::Closed { period, opens },
            None => CalendarState::OutsideWindows { opens },
        }
    }

    /// The open times of seven local days, the first the one that `from` lies on; for people.
    ///
    /// Whole days, whatever the time of `from`; each interval is from (inclusive) to (exclusive), and
    /// one over midnight is cut there. A day without open times has none.
    pub fn week(&self, from: Wall) -> Vec<(LocalDate, Vec<(Wall, Wall)>)> {
        let first = self.zone.date(from).day();
        let start = Wall::from_unix_ms(first * DAY_MS - WIDEST_OFFSET_MS);
        let end = Wall::from_unix_ms((first + 7) * DAY_MS + WIDEST_OFFSET_MS);
        let mut days: BTreeMap<i64, Vec<(Wall, Wall)>> =
            (first..first + 7).map(|day| (day, Vec::new())).collect();
        for span in self.spans(start, end) {
            let Some(open) = days.get_mut(&span.day) else { continue };
            match open.last_mut() {
                Some(last) if last.1 == span.from => last.1 = span.to,
                _ => open.push((span.from, span.to)),
            }
        }
        days.into_iter().map(|(day, open)| (LocalDate::from_day(day), open)).collect()
    }

    /// The open times in `[from, to)`, in order, without overlap and none empty; they may touch.
    fn spans(&self, from: Wall, to: Wall) -> impl Iterator<Item = Span> {
        self.zone.stretches(from, to).flat_map(move |stretch| {
            let first = local_ms(stretch, stretch.from).div_euclid(DAY_MS);
            let last = (local_ms(stretch, stretch.to) - 1).div_euclid(DAY_MS);
            (first..=last).flat_map(move |day| {
                let parts = self.parts_of_day(day).into_iter();
                parts.filter_map(move |(from, to)| Span::within(stretch, day, from, to))
            })
        })
    }

    /// The open parts of a local day by the clock on the wall, in order and apart from each other.
    fn parts_of_day(&self, day: i64) -> Vec<(TimeOfDay, TimeOfDay)> {
        let is_closed = |day| self.closed_on(LocalDate::from_day(day)).is_some();
        if is_closed(day) {
            return Vec::new();
        }
        let Some(windows) = &self.windows else {
            return vec![(TimeOfDay::START, TimeOfDay::END)];
        };
        let mut parts: Vec<_> = windows.iter().filter_map(|window| window.evening(weekday(day))).collect();
        if !is_closed(day - 1) {
            parts.extend(windows.iter().filter_map(|window| window.morning_after(weekday(day - 1))));
        }
        parts.sort_unstable();
        parts.dedup_by(|next, last| {
            let joins = next.0 <= last.1;
            if joins {
                last.1 = last.1.max(next.1);
            }
            joins
        });
        parts
    }

    fn closed_on(&self, date: LocalDate) -> Option<ClosedPeriod> {
        self.closed.iter().copied().find(|period| period.includes(date))
    }
}

/// An open time of one local day and one offset, `[from, to)`.
#[derive(Clone, Copy, Debug)]
struct Span {
    day: i64,
    from: Wall,
    to: Wall,
}

impl Span {
    /// The moments of a stretch that the local clock shows as from `from` to `to` on a day, if any.
    fn within(stretch: Stretch, day: i64, from: TimeOfDay, to: TimeOfDay) -> Option<Span> {
        let instant = |time: TimeOfDay| {
            Wall::from_unix_ms(day * DAY_MS + i64::from(time.minute()) * MINUTE_MS - stretch.offset_ms)
        };
        let span = Span { day, from: instant(from).max(stretch.from), to: instant(to).min(stretch.to) };
        (span.from < span.to).then_some(span)
    }
}

/// What the local clock shows at a moment of (or at the end of) a stretch, as milliseconds since 1970.
fn local_ms(stretch: Stretch, at: Wall) -> i64 {
    at.unix_ms() + stretch.offset_ms
}

fn shifted(at: Wall, by_ms: i64) -> Wall {
    Wall::from_unix_ms(at.unix_ms() + by_ms)
}

/// The weekday of a local day; Monday is 0, Sunday 6.
fn weekday(day: i64) -> usize {
    usize::try_from((day + WEEKDAY_OF_DAY_ZERO).rem_euclid(7)).expect("0 to 6")
}

/// Whether a minute of the week lies in a window that began on its day, or on the day before.
#[derive(Clone, Copy, Default)]
struct Minute {
    evening: bool,
    morning: bool,
}

fn minutes(windows: &[Window]) -> Vec<Minute> {
    let mut open = vec![Minute::default(); 7 * 24 * 60];
    for window in windows {
        for weekday in 0..7 {
            let span = |day: usize, (from, to): (TimeOfDay, TimeOfDay)| {
                let start = day * 24 * 60;
                start + usize::from(from.minute())..start + usize::from(to.minute())
            };
            if let Some(part) = window.evening(weekday) {
                open[span(weekday, part)].iter_mut().for_each(|minute| minute.evening = true);
            }
            if let Some(part) = window.morning_after(weekday) {
                open[span((weekday + 1) % 7, part)].iter_mut().for_each(|minute| minute.morning = true);
            }
        }
    }
    open
}

#[cfg(test)]
mod tests;
