//! How old the bytes just read can be.
//!
//! A frame that waited in a socket while this process was held up must not be taken for a new one: its
//! exposure is bounded by when it *arrived*, not by when it was read. TCP tells no arrival times, but the
//! runtime does: it goes to sleep only when its task has read all there is.
//!
//! Holds: bytes read now arrived after [`Quiet::since`], however late they are read. Each time the runtime
//! lies down, everything that had arrived before the *previous* time it lay down has been read: what came
//! between was announced by the wake-up between the two.

use std::sync::{Arc, Mutex, PoisonError};

use lineshot_domain::Mono;

/// The last two moments at which the runtime lay down.
#[derive(Clone, Debug)]
pub(super) struct Quiet(Arc<Mutex<[Mono; 2]>>);

impl Quiet {
    pub(super) fn new(now: Mono) -> Quiet {
        Quiet(Arc::new(Mutex::new([now; 2])))
    }

    /// The runtime lies down.
    pub(super) fn lies_down(&self, now: Mono) {
        let mut moments = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *moments = [moments[1], now];
    }

    /// Bytes read now arrived after this.
    pub(super) fn since(&self) -> Mono {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[0]
    }
}
