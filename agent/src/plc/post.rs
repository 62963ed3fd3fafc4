//! Own publications: from the outbox on disk to the broker, one at a time.
//!
//! Holds: a row leaves the outbox only after the broker took it; a row that was under way when the
//! connection broke is sent again.
//!
//! Deliberately absent: a copy of rows in memory (the disk is asked again), reordering.

use std::error::Error;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::threads::{self, Aside};

/// Pause after the disk or the broker refused a row: neither is mended within a second, and once it is,
/// the next takt's row goes out.
const REST: Duration = Duration::from_secs(20);

/// A row of the outbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Publication {
    /// Its number in the outbox.
    pub id: i64,
    /// Where to.
    pub topic: String,
    /// At most 8 KiB.
    pub payload: Vec<u8>,
}

/// Why the outbox could not be read or written.
pub type OutboxError = Box<dyn Error + Send + Sync>;

/// The door to the publications that wait on disk. Its calls may block for some milliseconds.
pub trait Outbox {
    /// The oldest row that is not done; the same one again until [`Outbox::done`] names it.
    ///
    /// # Errors
    /// What the disk says. Asked again after a pause.
    fn next(&mut self) -> Result<Option<Publication>, OutboxError>;

    /// The broker took row `id`: it need not be sent again.
    ///
    /// # Errors
    /// What the disk says. The row is then sent again.
    fn done(&mut self, id: i64) -> Result<(), OutboxError>;
}

/// Tells the line that the outbox has something new.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Never blocks; waking twice is waking once.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

type Read = Result<Option<Publication>, OutboxError>;

enum State {
    /// The outbox was empty when last asked.
    Empty,
    /// The disk is being asked.
    Reading(Aside<Read>),
    /// This row is under way.
    Sent(i64),
    /// Something refused; asked again then.
    Resting(Instant),
}

/// The outbox and what is under way from it.
pub(super) struct Post {
    outbox: Arc<Mutex<Box<dyn Outbox + Send>>>,
    state: State,
    wake: Wake,
    failing: bool,
}

impl Post {
    pub(super) fn new(outbox: Box<dyn Outbox + Send>, wake: Wake) -> Post {
        let (outbox, state) = (Arc::new(Mutex::new(outbox)), State::Resting(Instant::now()));
        Post { outbox, state, wake, failing: false }
    }

    /// The next row to send, as soon as there is one and none is under way. May be dropped and called
    /// again at any time.
    pub(super) async fn next(&mut self) -> Publication {
        loop {
            match &mut self.state {
                State::Empty => {
                    self.wake.0.notified().await;
                    self.read(None);
                }
                State::Resting(until) => {
                    sleep_until(*until).await;
                    self.read(None);
                }
                State::Sent(_) => pending().await,
                State::Reading(task) => {
                    let read = task.await.unwrap_or_else(|panic| Err(Box::new(panic)));
                    if let Some(row) = self.take(read) {
                        return row;
                    }
                }
            }
        }
    }

    fn take(&mut self, read: Read) -> Option<Publication> {
        match read {
            Ok(row) => {
                self.failing = false;
                self.state = row.as_ref().map_or(State::Empty, |row| State::Sent(row.id));
                row
            }
            Err(error) => {
                if !self.failing {
                    tracing::error!(
                        error = &*error as &dyn Error,
                        "the outbox cannot be read or written, so nothing is published; is the disk full?"
                    );
                }
                self.failing = true;
                self.rest();
                None
            }
        }
    }

    /// The broker took the row under way.
    pub(super) fn taken(&mut self) {
        if let State::Sent(id) = self.state {
            self.read(Some(id));
        }
    }

    /// The row under way was refused: tried again after a pause.
    pub(super) fn rest(&mut self) {
        self.state = State::Resting(Instant::now() + REST);
    }

    /// The connection is gone: what was under way is sent again on the next one.
    pub(super) fn unsent(&mut self) {
        if let State::Sent(_) = self.state {
            self.state = State::Resting(Instant::now());
        }
    }

    /// Waits until the disk has answered, so that no row that the broker took is forgotten.
    pub(super) async fn settle(&mut self) {
        if let State::Reading(task) = &mut self.state {
            let read = task.await.unwrap_or_else(|panic| Err(Box::new(panic)));
            let _unsent = self.take(read);
        }
    }

    fn read(&mut self, done: Option<i64>) {
        let outbox = Arc::clone(&self.outbox);
        self.state = State::Reading(threads::aside(move || {
            let mut outbox = outbox.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(id) = done {
                outbox.done(id)?;
            }
            outbox.next()
        }));
    }
}
