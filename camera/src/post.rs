//! Where calls for a frame come in and the camera's thread says how the camera is.
//!
//! Holds: a call stays here until it is answered or its time is over; after the end every call is
//! answered at once. The thread is the only one that waits here; callers wait for their own answer.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use lineshot_domain::{Clock, Mono, Reason, Wall};

use crate::{Fault, Shot};

/// Somebody wants a frame.
pub(crate) struct Call {
    pub(crate) from: Mono,
    pub(crate) until: Mono,
    pub(crate) answer: SyncSender<Shot>,
}

/// How the camera is, as far as known.
enum Health {
    /// Not opened yet.
    Opening,
    /// Open; no frame since.
    Silent,
    /// Frames come.
    Live,
    /// The last thing that was wrong, and no frame since.
    Lost(Arc<Fault>),
}

struct State {
    calls: VecDeque<Call>,
    health: Health,
    closed: bool,
    waker: Option<Waker>,
}

/// What a [`Source`](crate::Source) sees of the camera it serves.
pub struct Post {
    camera: Arc<str>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    changed: Condvar,
}

impl Post {
    pub(crate) fn new(camera: Arc<str>, clock: Arc<dyn Clock>) -> Post {
        let state = State { calls: VecDeque::new(), health: Health::Opening, closed: false, waker: None };
        Post { camera, clock, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Now, by the monotonic clock.
    pub fn now(&self) -> Mono {
        self.clock.mono()
    }

    /// Now, by the wall clock: for sources that show what the wall clock says.
    pub fn wall(&self) -> Wall {
        self.clock.wall()
    }

    /// Whether the camera is to end.
    pub fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Waits until a call is there or the post is closed, for `at_most` if given.
    pub fn wait_for_call(&self, at_most: Option<Duration>) {
        self.wait(at_most, |state| state.closed || !state.calls.is_empty());
    }

    /// Waits for `at_most`, or until the post is closed; a call changes nothing.
    pub fn wait_for_close(&self, at_most: Duration) {
        self.wait(Some(at_most), |state| state.closed);
    }

    /// Ready when a call is there or the post is closed. Only one future of a post may be awaited at a time.
    pub async fn called(&self) {
        self.wake_when(|state| state.closed || !state.calls.is_empty()).await;
    }

    /// Ready when the post is closed. Only one future of a post may be awaited at a time.
    pub async fn closed(&self) {
        self.wake_when(|state| state.closed).await;
    }

    /// Says that the camera gave a frame, wanted or not.
    pub fn frame_passed(&self) {
        let mut state = self.state();
        if let Health::Lost(fault) = &state.health {
            tracing::info!(camera = %self.camera, after = fault.reason().code(), "frames come again");
        }
        state.health = Health::Live;
    }

    /// Says that there is a way to the camera and access. That proves nothing about frames.
    pub fn connected(&self) {
        let mut state = self.state();
        let news = match &state.health {
            Health::Opening => true,
            Health::Lost(fault) => {
                matches!(fault.reason(), Reason::CameraUnreachable | Reason::CameraDenied)
            }
            Health::Silent | Health::Live => false,
        };
        if news {
            tracing::info!(camera = %self.camera, "camera connected");
            state.health = Health::Silent;
        }
    }

    /// Says what is wrong now. Returns the fault, and whether frames had come before.
    pub(crate) fn lost(&self, fault: Fault) -> (Arc<Fault>, bool) {
        let fault = Arc::new(fault);
        let mut state = self.state();
        let known = matches!(&state.health, Health::Lost(old) if old.reason() == fault.reason());
        let error = fault.as_ref() as &dyn std::error::Error;
        if known {
            tracing::debug!(camera = %self.camera, error, "camera still lost");
        } else {
            let mend = fault.reason().mend();
            tracing::warn!(camera = %self.camera, error, mend, "no frames from this camera");
        }
        let was_live = matches!(state.health, Health::Live);
        state.health = Health::Lost(fault.clone());
        (fault, was_live)
    }

    /// The most telling answer to a call whose time is over.
    pub(crate) fn why_no_frame(&self, waited: Duration) -> Arc<Fault> {
        match &self.state().health {
            Health::Lost(fault) => fault.clone(),
            Health::Live => Arc::new(Fault::NoFrame),
            Health::Silent => Arc::new(Fault::Stalled { patience: waited }),
            Health::Opening => Arc::new(Fault::unreachable(format!("no connection within {waited:?}"))),
        }
    }

    /// Takes a call in; false if nobody serves any more.
    pub(crate) fn call(&self, call: Call) -> bool {
        let mut state = self.state();
        if state.closed {
            return false;
        }
        state.calls.push_back(call);
        self.announce(state);
        true
    }

    /// The bounds of the oldest call whose time is not over.
    pub(crate) fn oldest_call(&self) -> Option<(Mono, Mono)> {
        let now = self.now();
        let mut state = self.state();
        state.calls.retain(|call| call.until > now);
        state.calls.front().map(|call| (call.from, call.until))
    }

    /// Answers the oldest call.
    pub(crate) fn answer(&self, shot: Shot) {
        let call = self.state().calls.pop_front();
        if let Some(call) = call
            && call.answer.send(shot).is_err()
        {
            tracing::debug!(camera = %self.camera, "a frame came after its time and is dropped");
        }
    }

    /// Closes the post: the thread ends, and whoever still waits is answered by the hang-up.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.calls.clear();
        self.announce(state);
    }

    fn announce(&self, mut state: MutexGuard<'_, State>) {
        let waker = state.waker.take();
        drop(state);
        self.changed.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn wait(&self, at_most: Option<Duration>, ready: impl Fn(&State) -> bool) {
        let state = self.state();
        let asleep = |state: &mut State| !ready(state);
        match at_most {
            None => drop(self.changed.wait_while(state, asleep)),
            Some(time) => drop(self.changed.wait_timeout_while(state, time, asleep)),
        }
    }

    async fn wake_when(&self, ready: impl Fn(&State) -> bool) {
        poll_fn(|context| {
            let mut state = self.state();
            if ready(&state) {
                return Poll::Ready(());
            }
            state.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// No code of others runs under the lock, so a poisoned state is still a whole one.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
