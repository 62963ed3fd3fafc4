//! A proof that somebody waits for, and the line's end of it.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use lineshot_domain::Mono;

use super::pulse::lock;
use crate::threads;

/// A proof that was asked for.
#[derive(Debug)]
#[must_use = "a proof that nobody waits for proves nothing"]
pub struct Pending(pub(super) Arc<Slot>);

#[derive(Debug, Default)]
pub(super) struct Slot {
    answer: Mutex<Answer>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Answer {
    #[default]
    Open,
    Proven(Mono),
    Never,
}

/// The line's end of a [`Pending`]; dropped without an answer, there will be none.
#[derive(Debug)]
pub(super) struct Waiter(pub(super) Arc<Slot>);

impl Waiter {
    pub(super) fn answer(&self, answer: Answer) {
        let mut now = lock(&self.0.answer);
        if *now == Answer::Open {
            *now = answer;
            self.0.changed.notify_all();
        }
    }

    pub(super) fn is_there(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.answer(Answer::Never);
    }
}

impl Pending {
    /// When the proof came: everything that the broker had taken when it was asked for was heard before.
    ///
    /// Blocks until then, but no longer than `patience`. `None`: the connection is gone, the broker
    /// refuses, or does not answer in time.
    #[must_use]
    pub fn wait(self, patience: Duration) -> Option<Mono> {
        let is_answered = |answer: &Answer| *answer != Answer::Open;
        match *threads::wait_until(&self.0.answer, &self.0.changed, patience, is_answered) {
            Answer::Proven(at) => Some(at),
            Answer::Open | Answer::Never => None,
        }
    }
}
