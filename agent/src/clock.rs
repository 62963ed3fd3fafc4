//! What is known of the wall clock: by its keeper, by its own steps, and by the ledger.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use lineshot_config::ClockTrust;
use lineshot_domain::{CLOCK_SKEW, Clock, ClockKeeper, ClockState, ClockWatch, Mono, Wall};

/// Much less than a step of the clock.
const SAME_MOMENT: Duration = Duration::from_millis(50);

/// The wall clock under watch.
pub(crate) struct WatchedClock {
    clock: Arc<dyn Clock>,
    trust: ClockTrust,
    watch: Mutex<ClockWatch>,
}

impl WatchedClock {
    /// A clock that has run evenly so far, as far as anybody knows.
    pub(crate) fn new(clock: Arc<dyn Clock>, trust: ClockTrust) -> WatchedClock {
        let watch = WatchedClock { clock, trust, watch: Mutex::new(ClockWatch::new()) };
        watch.look();
        watch
    }

    /// Looks whether the clock was set since the last look, and says by how many milliseconds.
    pub(crate) fn look(&self) -> Option<i64> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, mono) = both(&*self.clock);
        watch.look(wall, mono)
    }

    /// What is known now; `latest` is when the last picture was sealed.
    pub(crate) fn state(&self, latest: Wall) -> ClockState {
        let (now, steady) = {
            // A look of its own: the clock may have been set since the last one, which has to tell of it.
            let mut watch = *self.watch.lock().unwrap_or_else(PoisonError::into_inner);
            let (now, mono) = both(&*self.clock);
            let _told_by_the_next_look = watch.look(now, mono);
            (now, watch.is_steady(mono))
        };
        ClockState { keeper: self.keeper(now), steady, behind: latest.since(now) }
    }

    /// The configured word, stamped on every record.
    pub(crate) fn word(trust: &ClockTrust) -> &'static str {
        match trust {
            ClockTrust::Kernel => "kernel",
            ClockTrust::File { .. } => "file",
            ClockTrust::Unchecked => "unchecked",
        }
    }

    fn keeper(&self, now: Wall) -> ClockKeeper {
        match &self.trust {
            ClockTrust::Unchecked => ClockKeeper::Unchecked,
            ClockTrust::Kernel => match lineshot_clock::kernel() {
                Err(_) => ClockKeeper::Unreadable,
                Ok(said) if said.synchronised && said.max_error <= CLOCK_SKEW => ClockKeeper::Synchronised,
                Ok(_) => ClockKeeper::Unsynchronised,
            },
            ClockTrust::File { path, max_age } => touched(path, now, *max_age),
        }
    }
}

/// Both clocks at one moment. A thread that was put aside between two readings would see a clock that was
/// set.
fn both(clock: &dyn Clock) -> (Wall, Mono) {
    for _ in 0..8 {
        let (before, wall, after) = (clock.mono(), clock.wall(), clock.mono());
        if after.since(before) <= SAME_MOMENT {
            return (wall, after);
        }
    }
    (clock.wall(), clock.mono())
}

/// A time service that touches a file whenever it has synchronised, such as systemd-timesyncd's
/// `/run/systemd/timesync/synchronized`.
fn touched(path: &Path, now: Wall, max_age: Duration) -> ClockKeeper {
    let touched = match fs::metadata(path).and_then(|it| it.modified()) {
        Ok(touched) => touched,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return ClockKeeper::Unsynchronised,
        Err(_) => return ClockKeeper::Unreadable,
    };
    let since = touched.duration_since(UNIX_EPOCH).unwrap_or_default();
    let touched = Wall::from_unix_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    // A file from the future was touched by another clock.
    if touched.since(now) > CLOCK_SKEW || now.since(touched) > max_age {
        return ClockKeeper::Unsynchronised;
    }
    ClockKeeper::Synchronised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_touched_lately_vouches_for_the_clock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("synchronized");
        let minute = Duration::from_secs(60);
        let asked = |now: i64| touched(&path, Wall::from_unix_ms(now), minute);
        assert_eq!(asked(0), ClockKeeper::Unsynchronised, "there is none");
        let file = fs::File::create(&path).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000)).unwrap();
        for (now, want) in [
            (1_000_000_000, ClockKeeper::Synchronised),
            (1_000_060_000, ClockKeeper::Synchronised),
            (1_000_060_001, ClockKeeper::Unsynchronised),
            (999_998_000, ClockKeeper::Synchronised),
            (999_997_999, ClockKeeper::Unsynchronised),
        ] {
            assert_eq!(asked(now), want, "{now}");
        }
    }

    /// The wall clock can be set; the other one stands.
    struct Set(Mutex<i64>);

    impl Clock for Set {
        fn mono(&self) -> Mono {
            Mono::from_start(Duration::ZERO)
        }

        fn wall(&self) -> Wall {
            Wall::from_unix_ms(*self.0.lock().unwrap())
        }
    }

    #[test]
    fn a_clock_that_was_set_is_not_steady_before_anybody_looked_and_the_next_look_tells_of_it() {
        let clock = Arc::new(Set(Mutex::new(1_000_000)));
        let watched = WatchedClock::new(clock.clone(), ClockTrust::Unchecked);
        assert!(watched.state(Wall::from_unix_ms(0)).steady);
        *clock.0.lock().unwrap() += 3_600_000;
        assert!(!watched.state(Wall::from_unix_ms(0)).steady);
        assert_eq!(watched.look(), Some(3_600_000));
        assert!(!watched.state(Wall::from_unix_ms(0)).steady);
    }

    #[test]
    fn a_file_that_may_not_be_looked_at_is_unreadable_not_absent() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::File::create(&file).unwrap();
        let below_a_file = file.join("synchronized");
        let said = touched(&below_a_file, Wall::from_unix_ms(0), Duration::from_secs(60));
        assert_eq!(said, ClockKeeper::Unreadable);
    }
}
