//! What is known of the wall clock: by its keeper, by its own steps, and by the ledger.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use lineshot_config::ClockTrust;
use lineshot_domain::{Clock, ClockKeeper, ClockState, ClockWatch, Wall};

/// How far off a synchronised clock may be: less than what PLC and line PC may differ by.
const MAX_ERROR: Duration = Duration::from_secs(2);

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
        watch.look(self.clock.wall(), self.clock.mono())
    }

    /// What is known now; `latest` is the time of the latest line of the ledger.
    pub(crate) fn state(&self, latest: Wall) -> ClockState {
        let steady = {
            let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
            watch.is_steady(self.clock.mono())
        };
        let now = self.clock.wall();
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
                Ok(said) if said.synchronised && said.max_error <= MAX_ERROR => ClockKeeper::Synchronised,
                Ok(_) => ClockKeeper::Unsynchronised,
            },
            ClockTrust::File { path, max_age } => touched(path, now, *max_age),
        }
    }
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
    if touched.since(now) > MAX_ERROR || now.since(touched) > max_age {
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
