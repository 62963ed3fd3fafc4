//! Whether the wall clock can be believed: by who keeps it, by its own steps, and by the ledger.

use std::time::Duration;

use crate::{CLOCK_SKEW, Ending, Mono, Reason, Wall};

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
    /// How far it lies before the last picture in the ledger.
    pub behind: Duration,
}

impl ClockState {
    /// Whether the clock is trusted.
    ///
    /// # Errors
    /// Why it is not.
    pub fn is_trusted(&self) -> Result<(), Ending> {
        let no = |reason| Err(Ending::new(reason));
        match self.keeper {
            ClockKeeper::Unreadable => return no(Reason::ClockUnreadable),
            ClockKeeper::Unsynchronised => return no(Reason::ClockUntrusted),
            ClockKeeper::Synchronised | ClockKeeper::Unchecked => {}
        }
        if !self.steady {
            return no(Reason::ClockUnstable);
        }
        if self.behind > CLOCK_SKEW {
            return no(Reason::ClockBehind);
        }
        Ok(())
    }
}

/// Notices when the wall clock is set: compares it with the monotonic clock from look to look.
#[derive(Clone, Copy, Debug)]
pub struct ClockWatch {
    seen: Option<(Wall, Mono)>,
    /// A look some time ago: many small steps are one large one.
    anchor: Option<(Wall, Mono)>,
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
        ClockWatch { seen: None, anchor: None, stepped: None }
    }

    /// Looks at both clocks. Says by how much the wall clock was set since the last look, in
    /// milliseconds, if it was.
    pub fn look(&mut self, wall: Wall, mono: Mono) -> Option<i64> {
        let now = (wall, mono);
        let anchor = *self.anchor.get_or_insert(now);
        let before = self.seen.replace(now)?;
        let set = stepped(before, now).or_else(|| stepped(anchor, now));
        if set.is_some() {
            self.stepped = Some(mono);
        }
        if set.is_some() || mono.since(anchor.1) >= STABLE {
            self.anchor = Some(now);
        }
        set
    }

    /// Whether it has run evenly for a minute, or since the first look.
    pub fn is_steady(&self, mono: Mono) -> bool {
        self.stepped.is_none_or(|at| mono.since(at) >= STABLE)
    }
}

/// By how much the wall clock was set between two looks, in milliseconds.
fn stepped(before: (Wall, Mono), now: (Wall, Mono)) -> Option<i64> {
    let passed = now.1.since(before.1);
    let drift = (now.0.unix_ms() - before.0.unix_ms())
        .saturating_sub(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX));
    (Duration::from_millis(drift.unsigned_abs()) > STEP + passed / SLEW).then_some(drift)
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
        assert_eq!(look(&mut watch, 4_620_900, 20_500), None, "told once");
        assert!(!watch.is_steady(at(79_999)));
        assert!(watch.is_steady(at(80_000)));
        assert_eq!(look(&mut watch, 4_621_400 - 3_000, 21_000), Some(-3_000), "and back");
        assert!(!watch.is_steady(at(80_000)));
    }

    #[test]
    fn half_a_second_and_a_tenth_of_the_time_are_no_step_and_a_millisecond_more_is() {
        for (wall, told) in [(11_500, None), (11_501, Some(1_501)), (8_500, None), (8_499, Some(-1_501))] {
            let mut watch = ClockWatch::new();
            assert_eq!(look(&mut watch, 0, 0), None);
            assert_eq!(look(&mut watch, wall, 10_000), told, "{wall}");
        }
    }

    #[test]
    fn a_clock_that_is_pulled_in_many_small_steps_was_set() {
        let mut watch = ClockWatch::new();
        let pulled = |watch: &mut ClockWatch, looks: u64, by: i64| {
            (0..looks).filter(|i| look(watch, (*i).cast_signed() * (1_000 + by), i * 1_000).is_some()).count()
        };
        assert!(pulled(&mut watch, 60, 400) > 0, "by 40 %");
        assert_eq!(pulled(&mut ClockWatch::new(), 600, 90), 0, "as fast as chrony slews");
    }

    #[test]
    fn a_suspended_pc_is_no_step_if_both_clocks_stood_or_both_ran() {
        let mut watch = ClockWatch::new();
        assert_eq!(look(&mut watch, 0, 0), None);
        assert_eq!(look(&mut watch, 7_200_000, 7_200_000), None);
    }
}
