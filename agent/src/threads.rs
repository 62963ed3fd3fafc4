//! Threads, and waiting in them: one door, so that a simulation can let the whole house run on a clock of its own, one
//! thread at a time.
//!
//! Holds: no case is worked on by a thread that was not begun here, and none waits for a car, an end of a stay or a
//! proof of the line but here; it waits for a frame behind the door `Eye`.
//!
//! Deliberately absent: the threads of the house itself (look-out, rounds, door, intake). A simulation calls what they
//! do.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinError;

#[cfg(test)]
use crate::simulation::turns;

/// Waits until `is_done` says so, or for `at_most`. `changed` is notified whenever the answer may be another.
pub(crate) fn wait_until<'a, T>(
    lock: &'a Mutex<T>,
    changed: &Condvar,
    at_most: Duration,
    mut is_done: impl FnMut(&T) -> bool,
) -> MutexGuard<'a, T> {
    #[cfg(test)]
    if turns::wait_until(at_most, || is_done(&locked(lock))) {
        return locked(lock);
    }
    changed
        .wait_timeout_while(locked(lock), at_most, |it| !is_done(it))
        .unwrap_or_else(PoisonError::into_inner)
        .0
}

/// Has `work` done by a thread of its own.
///
/// # Errors
/// A system without a thread to give.
pub(crate) fn begin(name: String, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    #[cfg(test)]
    let work = turns::taking_part(work);
    std::thread::Builder::new().name(name).spawn(work).map(drop)
}

/// What comes of work that is done aside.
pub(crate) type Aside<T> = Pin<Box<dyn Future<Output = Result<T, JoinError>> + Send>>;

/// Has `work`, which may block, done aside of the runtime's own threads.
pub(crate) fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Aside<T> {
    #[cfg(test)]
    if turns::is_simulated() {
        return Box::pin(std::future::ready(Ok(work())));
    }
    Box::pin(tokio::task::spawn_blocking(work))
}

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
