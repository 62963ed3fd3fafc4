//! How many cases are worked on at once: each has a thread, and somebody may publish arrivals without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Eight views of every station of a long line, twice over.
const MOST: usize = 512;

/// The seats at the desk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<AtomicUsize>);

/// One of them; free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat(Arc<AtomicUsize>);

impl Seats {
    /// `None`: all are taken.
    pub(crate) fn take(&self) -> Option<Seat> {
        let more = |taken| (taken < MOST).then_some(taken + 1);
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).ok().map(|_| Seat(self.0.clone()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_free_again_when_its_case_has_ended() {
        let seats = Seats::default();
        let taken: Vec<Seat> = std::iter::from_fn(|| seats.take()).collect();
        assert_eq!(taken.len(), MOST);
        drop(taken);
        assert!(seats.take().is_some());
    }
}
