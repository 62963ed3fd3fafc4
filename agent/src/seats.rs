//! How many cases are worked on at once: each has a thread, and somebody may publish arrivals without end.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Eight views of every station of a long line, twice over.
const MOST: usize = 512;

/// The seats at the desk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<Taken>);

/// How many are taken.
#[derive(Debug, Default)]
struct Taken {
    count: Mutex<usize>,
    changed: Condvar,
}

/// One of them; free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat(Arc<Taken>);

impl Seats {
    /// `None`: all are taken.
    pub(crate) fn take(&self) -> Option<Seat> {
        let mut count = self.0.count.lock().unwrap_or_else(PoisonError::into_inner);
        (*count < MOST).then(|| {
            *count += 1;
            Seat(self.0.clone())
        })
    }

    /// Waits until nobody sits there, but no longer than this. How many do then.
    pub(crate) fn wait_until_free(&self, at_most: Duration) -> usize {
        let count = self.0.count.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.changed.wait_timeout_while(count, at_most, |count| *count > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        *self.0.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.changed.notify_all();
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
        assert_eq!(seats.wait_until_free(Duration::ZERO), MOST);
        drop(taken);
        assert_eq!(seats.wait_until_free(Duration::ZERO), 0);
        assert!(seats.take().is_some());
    }
}
