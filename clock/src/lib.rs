//! The door to this machine's clocks, for both daemons: nothing else reads them.
//!
//! Holds: the monotonic clock counts from the start of the process; what the kernel says of its wall
//! clock is asked, never guessed.
//!
//! Deliberately absent: any decision whether a clock may be trusted, and any way to set one.

mod kernel;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lineshot_domain::{Clock, Mono, Wall};

pub use kernel::{KernelClock, kernel};

/// The machine's own clocks.
#[derive(Debug)]
pub struct MachineClock {
    start: Instant,
}

impl MachineClock {
    /// Counts the monotonic clock from now on.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub fn start() -> MachineClock {
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
