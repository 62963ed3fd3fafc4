//! Where calls for a frame come in and the camera's thread says how the camera is.
//!
//! Holds: a call stays here until it is answered or its time is over; after the end every call is
//! answered at once. The thread is the only one that waits here, until somebody waits for its end; callers wait for
//! their own answer. A camera is
//! kept open only while it is to be warm, or for a call.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use lineshot_domain::{Clock, Mono, Reason, Wall};

use crate::health::{CameraState, Health};
use crate::{Fault, Shot};

/// A driver that has not come back for so long hangs: opening a USB camera takes two seconds at most (measured with
/// `uvcvideo`: 0.2 s).
const HANGS: Duration = Duration::from_secs(5);

/// So long a camera stays open after a call although it is not to be warm: whoever wants a picture by hand asks for
/// several frames, one after the other.
const LINGER: Duration = Duration::from_secs(3);

/// Somebody wants a frame.
pub(crate) struct Call {
    pub(crate) from: Mono,
    pub(crate) until: Mono,
    pub(crate) answer: SyncSender<Shot>,
}

/// How the camera is, as far as known.
enum State {
    /// Closed: nobody may want a frame.
    Resting,
    /// Not opened yet.
    Opening,
    /// Open; no frame since.
    Silent,
    /// Frames come.
    Live,
    /// The last thing that was wrong, and no frame since.
    Lost(Arc<Fault>),
}

struct Inner {
    calls: VecDeque<Call>,
    state: State,
    /// Whether it is to be open without a call, too.
    warm: bool,
    /// When somebody called last.
    called: Option<Mono>,
    closed: bool,
    /// The thread has ended.
    ended: bool,
    /// What the thread asked of a driver that has not answered yet, and since when.
    asked: Option<(&'static str, Mono)>,
    last_frame: Option<Mono>,
    dropped: u64,
    resets: u64,
    waker: Option<Waker>,
}

impl Inner {
    /// Whether the stream that is open is not to go on as it does.
    fn is_disturbed(&self) -> bool {
        self.closed || !self.warm || !self.calls.is_empty()
    }

    /// What the driver hangs in, if it does, and for how long.
    fn hang(&self, now: Mono) -> Option<(&'static str, Duration)> {
        let (what, since) = self.asked?;
        let waited = now.since(since);
        (waited >= HANGS).then_some((what, waited))
    }
}

/// What a [`Source`](crate::Source) sees of the camera it serves.
pub struct Post {
    camera: Arc<str>,
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Post {
    pub(crate) fn new(camera: Arc<str>, clock: Arc<dyn Clock>) -> Post {
        let inner = Inner {
            calls: VecDeque::new(),
            state: State::Resting,
            warm: false,
            called: None,
            closed: false,
            ended: false,
            asked: None,
            last_frame: None,
            dropped: 0,
            resets: 0,
            waker: None,
        };
        Post { camera, clock, inner: Mutex::new(inner), changed: Condvar::new() }
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
        self.inner().closed
    }

    /// Whether the camera is to be open.
    pub(crate) fn is_wanted(&self) -> bool {
        let inner = self.inner();
        !inner.closed && inner.warm
    }

    /// Waits, with the camera closed, until it is wanted or the post is closed.
    pub(crate) fn rest(&self) {
        {
            let mut inner = self.inner();
            if !matches!(inner.state, State::Resting) {
                tracing::info!(camera = %self.camera, "camera closed until it may be wanted");
            }
            inner.state = State::Resting;
        }
        self.wait(None, |inner| inner.closed || inner.warm);
        let mut inner = self.inner();
        inner.state = State::Opening;
    }

    /// Whether a frame may be wanted from now on. Told from time to time; a camera that was just called stays open
    /// for the next call all the same.
    pub(crate) fn keep(&self, warm: bool) {
        let now = self.now();
        let mut inner = self.inner();
        let is_called = !inner.calls.is_empty() || inner.called.is_some_and(|at| now.since(at) < LINGER);
        let warm = warm || is_called;
        if inner.warm != warm {
            inner.warm = warm;
            self.announce(inner);
        }
    }

    /// Whether a stream that is idle has to look up: a call is there, or it is to end.
    pub fn is_disturbed(&self) -> bool {
        self.inner().is_disturbed()
    }

    /// Waits until a call is there or the camera is to be closed, for `at_most` if given.
    pub fn wait_for_call(&self, at_most: Option<Duration>) {
        self.wait(at_most, Inner::is_disturbed);
    }

    /// Waits for `at_most`, or until the post is closed; a call changes nothing.
    pub fn wait_for_close(&self, at_most: Duration) {
        self.wait(Some(at_most), |inner| inner.closed);
    }

    /// Ready when a call is there or the camera is to be closed. Only one future of a post may be awaited at a time.
    pub async fn called(&self) {
        self.wake_when(Inner::is_disturbed).await;
    }

    /// Ready when the post is closed. Only one future of a post may be awaited at a time.
    pub async fn closed(&self) {
        self.wake_when(|inner| inner.closed).await;
    }

    /// Asks a driver for something that it may never answer. While it does not, whoever waits for a frame is told so.
    pub fn ask_driver<T>(&self, what: &'static str, ask: impl FnOnce() -> T) -> T {
        let now = self.now();
        self.inner().asked = Some((what, now));
        let answer = ask();
        self.inner().asked = None;
        answer
    }

    /// Says that so many frames never came or were of no use.
    pub fn dropped(&self, frames: u64) {
        let mut inner = self.inner();
        inner.dropped = inner.dropped.saturating_add(frames);
    }

    /// Says that the camera gave a frame, wanted or not.
    pub fn frame_passed(&self) {
        let now = self.now();
        let mut inner = self.inner();
        if let State::Lost(fault) = &inner.state {
            tracing::info!(camera = %self.camera, after = fault.reason().code(), "frames come again");
        }
        inner.state = State::Live;
        inner.last_frame = Some(now);
    }

    /// Says that there is a way to the camera and access. That proves nothing about frames.
    pub fn connected(&self) {
        let mut inner = self.inner();
        let news = match &inner.state {
            State::Resting | State::Opening => true,
            State::Lost(fault) => {
                let out_of_reach = [Reason::CameraUnreachable, Reason::CameraDenied, Reason::CameraIdentity];
                out_of_reach.contains(&fault.reason())
            }
            State::Silent | State::Live => false,
        };
        if news {
            tracing::info!(camera = %self.camera, "camera connected");
            inner.state = State::Silent;
        }
    }

    /// Says what is wrong now. Returns the fault, and whether frames had come before.
    pub(crate) fn lost(&self, fault: Fault) -> (Arc<Fault>, bool) {
        let fault = Arc::new(fault);
        let mut inner = self.inner();
        let known = matches!(&inner.state, State::Lost(old) if old.reason() == fault.reason());
        let error = fault.as_ref() as &dyn std::error::Error;
        if known {
            tracing::debug!(camera = %self.camera, error, "camera still lost");
        } else {
            let mend = fault.reason().mend();
            tracing::warn!(camera = %self.camera, error, mend, "no frames from this camera");
        }
        let was_live = matches!(inner.state, State::Live);
        if was_live {
            inner.resets = inner.resets.saturating_add(1);
        }
        inner.state = State::Lost(fault.clone());
        (fault, was_live)
    }

    /// How the camera is.
    pub(crate) fn health(&self) -> Health {
        let now = self.now();
        let inner = self.inner();
        let state = match &inner.state {
            _ if inner.hang(now).is_some() => CameraState::Lost(Reason::CameraStalled),
            State::Resting => CameraState::Closed,
            State::Opening => CameraState::Opening,
            State::Silent => CameraState::Silent,
            State::Live => CameraState::Live,
            State::Lost(fault) => CameraState::Lost(fault.reason()),
        };
        let last_frame = inner.last_frame.map(|at| now.since(at));
        Health { state, last_frame, dropped: inner.dropped, resets: inner.resets }
    }

    /// The most telling answer to a call whose time is over.
    pub(crate) fn why_no_frame(&self, waited: Duration) -> Arc<Fault> {
        let now = self.now();
        let inner = self.inner();
        if let Some((what, waited)) = inner.hang(now) {
            return Arc::new(Fault::Hangs { what, waited });
        }
        match &inner.state {
            State::Lost(fault) => fault.clone(),
            State::Live => Arc::new(Fault::NoFrame),
            State::Silent => Arc::new(Fault::Stalled { patience: waited }),
            State::Resting | State::Opening => {
                Arc::new(Fault::unreachable(format!("no connection within {waited:?}")))
            }
        }
    }

    /// Takes a call in; false if nobody serves any more.
    pub(crate) fn call(&self, call: Call) -> bool {
        let now = self.now();
        let mut inner = self.inner();
        if inner.closed {
            return false;
        }
        inner.calls.push_back(call);
        inner.called = Some(now);
        inner.warm = true;
        self.announce(inner);
        true
    }

    /// The bounds of the oldest call whose time is not over.
    pub(crate) fn oldest_call(&self) -> Option<(Mono, Mono)> {
        let now = self.now();
        let mut inner = self.inner();
        inner.calls.retain(|call| call.until > now);
        inner.calls.front().map(|call| (call.from, call.until))
    }

    /// Answers the oldest call.
    pub(crate) fn answer(&self, shot: Shot) {
        let call = self.inner().calls.pop_front();
        if let Some(call) = call
            && call.answer.send(shot).is_err()
        {
            tracing::debug!(camera = %self.camera, "a frame came after its time and is dropped");
        }
    }

    /// Closes the post: the thread ends, and whoever still waits is answered by the hang-up.
    pub(crate) fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        inner.calls.clear();
        self.announce(inner);
    }

    /// Closes the post: nobody serves any more.
    pub(crate) fn end(&self) {
        self.close();
        let mut inner = self.inner();
        inner.ended = true;
        self.announce(inner);
    }

    /// Waits until nobody serves any more; false if somebody still does.
    pub(crate) fn wait_for_end(&self, at_most: Duration) -> bool {
        self.wait(Some(at_most), |inner| inner.ended);
        self.inner().ended
    }

    fn announce(&self, mut inner: MutexGuard<'_, Inner>) {
        let waker = inner.waker.take();
        drop(inner);
        self.changed.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn wait(&self, at_most: Option<Duration>, ready: impl Fn(&Inner) -> bool) {
        let inner = self.inner();
        let asleep = |inner: &mut Inner| !ready(inner);
        match at_most {
            None => drop(self.changed.wait_while(inner, asleep)),
            Some(time) => drop(self.changed.wait_timeout_while(inner, time, asleep)),
        }
    }

    async fn wake_when(&self, ready: impl Fn(&Inner) -> bool) {
        poll_fn(|context| {
            let mut inner = self.inner();
            if ready(&inner) {
                return Poll::Ready(());
            }
            inner.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// No code of others runs under the lock, so a poisoned state is still a whole one.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
