//! Two clocks, never mixed: the wall's for records and the age of events, the monotonic one for
//! every duration.

use std::time::Duration;

/// A moment on the wall clock, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(i64);

impl Wall {
    /// The moment `ms` milliseconds after (or before) the Unix epoch.
    pub const fn from_unix_ms(ms: i64) -> Wall {
        Wall(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// How long `earlier` lies before this moment; zero if it does not.
    pub fn since(self, earlier: Wall) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This moment plus `by`, saturating at the end of time.
    pub fn plus(self, by: Duration) -> Wall {
        Wall(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// What two clocks that NTP keeps over a plant network may differ by. Whatever lies further ahead of this
/// PC's clock, or behind what it has recorded, is the word of a clock that is wrong.
pub const CLOCK_SKEW: Duration = Duration::from_secs(2);

/// A moment on the monotonic clock of this process, counted from its start.
///
/// It means nothing in another process and is never written to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(Duration);

impl Mono {
    /// The moment `since_start` after the process began.
    pub const fn from_start(since_start: Duration) -> Mono {
        Mono(since_start)
    }

    /// How long `earlier` lies before this moment; zero if it does not.
    pub fn since(self, earlier: Mono) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment plus `by`, saturating.
    pub fn plus(self, by: Duration) -> Mono {
        Mono(self.0.saturating_add(by))
    }

    /// This moment minus `by`, never before the process began.
    pub fn minus(self, by: Duration) -> Mono {
        Mono(self.0.saturating_sub(by))
    }
}

/// The door to both clocks. The agent has the real one; tests and simulations bring their own.
pub trait Clock: Send + Sync {
    /// Now, by the monotonic clock of this process.
    fn mono(&self) -> Mono;

    /// Now, by the wall clock.
    fn wall(&self) -> Wall;
}
