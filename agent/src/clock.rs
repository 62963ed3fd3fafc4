//! The door to the machine's clocks: the only place of this daemon that reads them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lineshot_domain::{Clock, Mono, Wall};

/// The machine's own clocks.
#[derive(Debug)]
pub(crate) struct MachineClock {
    start: Instant,
}

impl MachineClock {
    /// Counts the monotonic clock from now on.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn start() -> MachineClock {
        MachineClock { start: Instant::now() }
    }
}

impl Clock for MachineClock {
    fn mono(&self) -> Mono {
        Mono::from_start(self.start.elapsed())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    fn wall(&self) -> Wall {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Wall::from_unix_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
