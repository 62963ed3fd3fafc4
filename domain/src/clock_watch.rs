//! Whether the wall clock can be believed: by who keeps it, by its own steps, and by the ledger.

use std::time::Duration;

use crate::{Ending, Mono, Reason, Wall};

/// What the keeper of the clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockKeeper {
    /// Nobody is asked, in trial operation.
    Unchecked,
    /// It is synchronised.
    Synchronised,
    /// It is not, or not well enough.
    Unsynchronised,
    /// It could not be asked.
    Unreadable,
}

/// What is known of the wall clock now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockState {
    /// By its keeper.
    pub keeper: ClockKeeper,
    /// Whether it has run evenly for a while.
    pub steady: bool,
    /// How far it lies before the last line of the ledger.
    pub behind: Duration,
}

/// What two clocks kept by NTP may differ by; a ledger line may lie that far ahead.
const TOLERANCE: Duration = Duration::from_secs(2);

impl ClockState {
    /// Whether the clock is trusted.
    pub(crate) fn is_trusted(&self) -> Result<(), Ending> {
        let no = |reason| Err(Ending::new(reason));
        match self.keeper {
            ClockKeeper::Unreadable => return no(Reason::ClockUnreadable),
            ClockKeeper::Unsynchronised => return no(Reason::ClockUntrusted),
            ClockKeeper::Synchronised | ClockKeeper::Unchecked => {}
        }
        if !self.steady {
            return no(Reason::ClockUnstable);
        }
        if self.behind > TOLERANCE {
            return no(Reason::ClockBehind);
        }
        Ok(())
    }
}

/// Notices when the wall clock is set: compares it with the monotonic clock from look to look.
#[derive(Clone, Copy, Debug)]
pub struct ClockWatch {
    seen: Option<(Wall, Mono)>,
    stepped: Option<Mono>,
}

/// A difference that no NTP client makes by slewing between two looks, beside what it may slew.
const STEP: Duration = Duration::from_millis(500);
/// The kernel slews by at most 500 ppm (adjtimex(2)); chrony by more: a tenth is its ceiling by default.
const SLEW: u32 = 10;
/// How long a clock that was set must run evenly: a service that sets it twice does so within seconds.
const STABLE: Duration = Duration::from_secs(60);

impl Default for ClockWatch {
    fn default() -> ClockWatch {
        ClockWatch::new()
    }
}

impl ClockWatch {
    /// A watch that has seen nothing yet.
    pub fn new() -> ClockWatch {
        ClockWatch { seen: None, stepped: None }
    }

    /// Looks at both clocks. Says by how much the wall clock was set since the last look, in
    /// milliseconds, if it was.
    pub fn look(&mut self, wall: Wall, mono: Mono) -> Option<i64> {
        let before = self.seen.replace((wall, mono));
        let (wall_before, mono_before) = before?;
        let passed = mono.since(mono_before);
        let drift = (wall.unix_ms() - wall_before.unix_ms())
            .saturating_sub(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX));
        let allowed = STEP + passed / SLEW;
        if Duration::from_millis(drift.unsigned_abs()) <= allowed {
            return None;
        }
        self.stepped = Some(mono);
        Some(drift)
    }

    /// Whether it has run evenly for a minute, or since the first look.
    pub fn is_steady(&self, mono: Mono) -> bool {
        self.stepped.is_none_or(|at| mono.since(at) >= STABLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(watch: &mut ClockWatch, wall: i64, mono: u64) -> Option<i64> {
        watch.look(Wall::from_unix_ms(wall), Mono::from_start(Duration::from_millis(mono)))
    }

    #[test]
    fn a_step_closes_for_a_minute_and_slewing_does_not() {
        let mut watch = ClockWatch::new();
        let at = |ms| Mono::from_start(Duration::from_millis(ms));
        assert_eq!(look(&mut watch, 1_000_000, 0), None);
        assert_eq!(look(&mut watch, 1_010_400, 10_000), None, "slewed");
        assert!(watch.is_steady(at(10_000)));
        assert_eq!(look(&mut watch, 4_620_400, 20_000), Some(3_600_000), "an hour ahead");
        assert!(!watch.is_steady(at(79_999)));
        assert!(watch.is_steady(at(80_000)));
        assert_eq!(look(&mut watch, 4_620_400 - 2_000, 21_000), Some(-3_000), "and back");
        assert!(!watch.is_steady(at(80_000)));
    }

    #[test]
    fn a_suspended_pc_is_no_step_if_both_clocks_stood_or_both_ran() {
        let mut watch = ClockWatch::new();
        assert_eq!(look(&mut watch, 0, 0), None);
        assert_eq!(look(&mut watch, 7_200_000, 7_200_000), None);
    }
}
