//! One thread at a time: whoever waits gives the turn back, and the director says who goes on and when it is.
//!
//! Holds: nothing here depends on which thread the system would have run first, so a run can be had again.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lineshot_spool::model::{self, Crash};
use tokio::runtime::Handle;

use super::time::Time;

/// Who takes part, and whose turn it is.
#[derive(Debug)]
pub(crate) struct Turns {
    state: Mutex<State>,
    changed: Condvar,
    time: Arc<Time>,
}

#[derive(Debug, Default)]
struct State {
    /// `None`: the director's.
    turn: Option<u64>,
    begun: u64,
    waiting: BTreeSet<u64>,
    /// What a thread died of that nobody had killed.
    fault: Option<String>,
}

thread_local! {
    static SEAT: RefCell<Option<(Arc<Turns>, Option<u64>)>> = const { RefCell::new(None) };
}

fn seat() -> Option<(Arc<Turns>, Option<u64>)> {
    SEAT.with(|it| it.borrow().clone())
}

/// Whether this thread takes part in a simulation.
pub(crate) fn is_simulated() -> bool {
    seat().is_some()
}

/// As [`crate::threads::wait_until`], by the simulated clock; `false`: this is no simulation.
pub(crate) fn wait_until(at_most: Duration, mut is_done: impl FnMut() -> bool) -> bool {
    let Some((turns, me)) = seat() else { return false };
    let deadline = turns.time.now() + at_most;
    while !is_done() && turns.time.now() < deadline {
        turns.give_back(me.expect("the director waits for nobody"));
    }
    true
}

/// `work` as a thread of the simulation that this thread takes part in, if it does.
pub(crate) fn taking_part(work: impl FnOnce() + Send + 'static) -> Box<dyn FnOnce() + Send> {
    let Some((turns, _)) = seat() else { return Box::new(work) };
    let (process, runtime) = (model::current().expect("a process begins it"), Handle::current());
    let me = turns.enrol();
    Box::new(move || {
        let _runtime = runtime.enter();
        let _process = process.enter();
        SEAT.with(|it| *it.borrow_mut() = Some((turns.clone(), Some(me))));
        let done = catch_unwind(AssertUnwindSafe(|| {
            turns.wait_for_turn(me);
            work();
        }));
        turns.leave(me, done.err().filter(|_| !process.is_over()).map(|it| told(&*it)));
    })
}

/// What a panic says.
pub(crate) fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    let crash = panic.is::<Crash>().then(|| "a crash".to_owned());
    text.or(crash).unwrap_or_else(|| "a panic".to_owned())
}

impl Turns {
    /// The calling thread is the director.
    pub(crate) fn directed(time: &Arc<Time>) -> Arc<Turns> {
        let turns = Arc::new(Turns { state: Mutex::default(), changed: Condvar::new(), time: time.clone() });
        SEAT.with(|it| *it.borrow_mut() = Some((turns.clone(), None)));
        turns
    }

    /// The calling thread is the director no more.
    pub(crate) fn close() {
        SEAT.with(|it| *it.borrow_mut() = None);
    }

    /// Each thread that waits has its turn once, those that began first first. Whether there was one.
    ///
    /// # Panics
    /// If one died that nobody had killed.
    pub(crate) fn give_to_all(&self) -> bool {
        let all: Vec<u64> = self.state().waiting.iter().copied().collect();
        for next in &all {
            let mut state = self.state();
            state.turn = Some(*next);
            self.changed.notify_all();
            state = self
                .changed
                .wait_while(state, |state| state.turn.is_some())
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(fault) = state.fault.take() {
                drop(state);
                panic!("a thread died: {fault}");
            }
        }
        !all.is_empty()
    }

    /// Whether anybody waits.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.state().waiting.is_empty()
    }

    fn enrol(&self) -> u64 {
        let mut state = self.state();
        state.begun += 1;
        let me = state.begun;
        state.waiting.insert(me);
        me
    }

    fn give_back(&self, me: u64) {
        self.state().turn = None;
        self.changed.notify_all();
        self.wait_for_turn(me);
    }

    fn wait_for_turn(&self, me: u64) {
        let is_anothers = |state: &mut State| state.turn != Some(me);
        drop(self.changed.wait_while(self.state(), is_anothers).unwrap_or_else(PoisonError::into_inner));
        model::live_on();
    }

    fn leave(&self, me: u64, fault: Option<String>) {
        let mut state = self.state();
        state.waiting.remove(&me);
        state.turn = None;
        state.fault = state.fault.take().or(fault);
        drop(state);
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
