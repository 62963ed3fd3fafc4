//! The clocks of a simulated machine.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lineshot_domain::{Clock, Mono, Wall};

/// A Monday, 06:00 in UTC.
const MORNING: i64 = 1_795_413_600_000;

/// Simulated time; only the director moves it.
#[derive(Debug, Default)]
pub(crate) struct Time {
    now: Mutex<Duration>,
    /// By how many milliseconds the machine's wall clock is wrong.
    wrong: Mutex<i64>,
}

impl Time {
    /// Since the simulation began.
    pub(crate) fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    /// It is this later.
    pub(crate) fn pass(&self, by: Duration) {
        *self.now.lock().unwrap() += by;
    }

    /// Somebody sets the machine's wall clock.
    pub(crate) fn set_wrong(&self, by: i64) {
        *self.wrong.lock().unwrap() = by;
    }

    /// What the plant's clocks show.
    pub(crate) fn plant(&self) -> Wall {
        Wall::from_unix_ms(MORNING + i64::try_from(self.now().as_millis()).unwrap())
    }
}

/// The clocks as one process has them.
#[derive(Debug)]
pub(crate) struct ProcessClock {
    time: Arc<Time>,
    born: Duration,
}

impl ProcessClock {
    /// Of a process that begins now.
    pub(crate) fn new(time: &Arc<Time>) -> Arc<ProcessClock> {
        Arc::new(ProcessClock { time: time.clone(), born: time.now() })
    }
}

impl Clock for ProcessClock {
    fn mono(&self) -> Mono {
        Mono::from_start(self.time.now() - self.born)
    }

    fn wall(&self) -> Wall {
        Wall::from_unix_ms(self.time.plant().unix_ms() + *self.time.wrong.lock().unwrap())
    }
}
