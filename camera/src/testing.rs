//! A real clock, and the picture of a given size: what tests here build the world with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lineshot_domain::{Clock, Mono, Wall};

/// Long enough for any machine; only a test that fails waits for it.
pub(crate) const GENEROUS: Duration = Duration::from_secs(60);

/// The real monotonic clock; sockets know no other. It starts a minute after the process did, so that
/// no subtraction reaches its beginning.
struct RealClock(Instant);

impl Clock for RealClock {
    fn mono(&self) -> Mono {
        Mono::from_start(GENEROUS + self.0.elapsed())
    }

    fn wall(&self) -> Wall {
        Wall::from_unix_ms(0)
    }
}

#[expect(clippy::disallowed_methods, reason = "the door itself, for tests with real sockets")]
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(RealClock(Instant::now()))
}

/// `len` bytes between the markers of a JPEG: a frame tells nothing but its size, so tests tell frames
/// apart by that.
pub(crate) fn jpeg(len: usize) -> Vec<u8> {
    assert!(len >= 4);
    let mut bytes = vec![0xff, 0xd8];
    bytes.resize(len - 2, 0x5a);
    bytes.extend([0xff, 0xd9]);
    bytes
}

/// What a frame of that size prints as.
#[cfg(any(feature = "file", feature = "http"))]
pub(crate) fn printed(len: usize) -> String {
    format!("Frame(MJPEG, {len} bytes)")
}
