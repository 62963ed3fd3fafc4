//! What can be wrong with a calendar as it is written.

use super::{LocalDate, TimeOfDay};

/// What is wrong with a time zone, a window or a closed period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not a name of the bundled time zone database.
    #[error(
        "{found:?} is no time zone; write a name of the IANA database as it is spelled there, such as Europe/Berlin"
    )]
    Zone {
        /// What was found, shortened.
        found: String,
    },
    /// Not a time of day.
    #[error("{found:?} is no time of day; write hours and minutes from 00:00 to 24:00, such as 06:00")]
    TimeOfDay {
        /// What was found, shortened.
        found: String,
    },
    /// Not a set of weekdays.
    #[error("{found:?} names no weekdays; write mon-fri, sat, mon,wed,fri or daily, each day once")]
    Days {
        /// What was found, shortened.
        found: String,
    },
    /// A window that begins where it ends.
    #[error("a window from {0} to {0} is empty; for whole days write from 00:00 to 24:00")]
    EmptyWindow(TimeOfDay),
    /// A window that begins at 24:00.
    #[error("a window cannot begin at 24:00; write from 00:00 and the next day")]
    BeginsAtTheEnd,
    /// Not a day of the calendar.
    #[error("{found:?} is no date; write year, month and day of an existing day, such as 2026-12-24")]
    Date {
        /// What was found, shortened.
        found: String,
    },
    /// A closed period that ends before it starts.
    #[error("the closed period ends on {last}, before it starts on {first}; write the earlier day first")]
    Backwards {
        /// The day written first.
        first: LocalDate,
        /// The day written last.
        last: LocalDate,
    },
}

/// Enough of a text to recognise it in a message.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
