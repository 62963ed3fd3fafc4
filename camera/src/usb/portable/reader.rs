//! The thread on which nokhwa opens a camera and waits for its frames.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::Builder;
use std::time::Duration;

use lineshot_domain::{Mono, Wall};
use nokhwa::{Buffer, Camera};

use super::BUFFERS;
use super::device::{Opening, fault};
use crate::usb::truth::Moment;
use crate::{Fault, Post};

/// Two seconds of a driver, and as much again for the library's many questions.
const OPENING: Duration = Duration::from_secs(10);

/// What is said of a thread that panicked.
pub(super) const DIED: &str = "nokhwa's thread died of what the driver says";

/// A frame, copied by the library.
pub(super) struct Read {
    pub(super) buffer: Buffer,
    /// Its buffer was given to the driver after this.
    pub(super) since: Mono,
    pub(super) until: Mono,
    /// When the kernel noted it.
    pub(super) at: Option<Moment>,
}

/// The thread, seen from outside.
pub(super) struct Reader {
    pub(super) reads: Receiver<Result<Read, Fault>>,
    stop: Arc<AtomicBool>,
}

impl Reader {
    /// Starts it, and waits until the camera is open. `token` lives as long as the thread.
    pub(super) fn start(opening: Opening, token: Arc<()>, post: &Arc<Post>) -> Result<Reader, Fault> {
        let (opened, is_open) = sync_channel(1);
        let (to, reads) = sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let (theirs, clock) = (stop.clone(), post.clone());
        let started = Builder::new().name("nokhwa".into()).spawn(move || {
            let _token = token;
            match opening.open() {
                Ok(camera) => {
                    if opened.send(Ok(())).is_ok() {
                        read(camera, &to, &theirs, &clock);
                    }
                }
                Err(fault) => drop(opened.send(Err(fault))),
            }
        });
        started
            .map_err(|error| Fault::unreachable(format!("no thread could be started for nokhwa: {error}")))?;
        match post.ask_driver("opening it", || is_open.recv_timeout(OPENING)) {
            Ok(opened) => opened.map(|()| Reader { reads, stop }),
            Err(RecvTimeoutError::Timeout) => Err(Fault::Hangs { what: "opening it", waited: OPENING }),
            Err(RecvTimeoutError::Disconnected) => Err(Fault::unreachable(DIED)),
        }
    }

    /// Ends it; false if it does not let the camera go although no frame came for so long.
    pub(super) fn stop(&self, at_most: Duration) -> bool {
        self.stop.store(true, Ordering::SeqCst);
        // A frame may lie there already, and one more may come.
        for _ in 0..3 {
            match self.reads.recv_timeout(at_most) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
        false
    }
}

/// Reads until it is to stop or the camera fails. A frame that nobody takes before the next is dropped.
fn read(mut camera: Camera, to: &SyncSender<Result<Read, Fault>>, stop: &AtomicBool, clock: &Post) {
    // The library gives a buffer back when it is asked for the next frame, so that of this frame was given back three
    // calls ago.
    let mut calls = VecDeque::with_capacity(BUFFERS + 1);
    while !stop.load(Ordering::SeqCst) {
        let asked = (clock.now(), clock.wall());
        calls.push_back(asked.0);
        if calls.len() > BUFFERS {
            calls.pop_front();
        }
        let buffer = match camera.frame() {
            Ok(buffer) => buffer,
            Err(error) => {
                drop(to.send(Err(fault("reading", error))));
                return;
            }
        };
        let answered = Answered { before: clock.now(), wall: clock.wall(), after: clock.now() };
        let at = buffer.capture_timestamp().and_then(|told| answered.moment(told, asked));
        let since = calls.front().copied().unwrap_or(asked.0);
        drop(to.try_send(Ok(Read { buffer, since, until: answered.after, at })));
    }
}

/// Both clocks, right after the library has answered.
struct Answered {
    before: Mono,
    wall: Wall,
    after: Mono,
}

/// By more than this the wall clock was set, not read in whole milliseconds.
const STEP: Duration = Duration::from_millis(3);
/// What it may have been set by without that being noticed, and the millisecond in which it is read.
const SLACK: Duration = Duration::from_millis(6);

impl Answered {
    /// When the wall clock said this; `None` if it was set since the library was asked.
    fn moment(&self, told: Duration, asked: (Mono, Wall)) -> Option<Moment> {
        let ran = self.before.since(asked.0).as_millis();
        let showed = u128::try_from(self.wall.unix_ms() - asked.1.unix_ms()).ok()?;
        if ran.abs_diff(showed) > STEP.as_millis() {
            return None;
        }
        let wall = Duration::from_millis(u64::try_from(self.wall.unix_ms()).ok()?);
        let [most, least] = [wall + SLACK, wall.saturating_sub(SLACK)].map(|now| now.saturating_sub(told));
        Some(Moment { earliest: self.before.minus(most), latest: self.after.minus(least) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The library makes its time of the kernel's age of the frame and of a look at the wall clock; that may be
        /// set at any moment, by anybody.
        #[test]
        fn the_true_moment_lies_within_what_is_said_or_nothing_is_said(
            waited in 0_u64..100_000_000, age in 0_u64..400_000_000, looked in 0_u64..1_000_000,
            step in prop_oneof![Just(0_i64), -4_000_000..4_000_000_i64, -5_000_000_000..5_000_000_000_i64],
            early: bool,
        ) {
            let nanos = Duration::from_nanos;
            let own = |at: u64| Mono::from_start(nanos(100_000_000_000 + at));
            let wall = |at: u64, step: i64| 1_800_000_000_000_000_000 + at.cast_signed() + step;
            let ms = |nanos: i64| Wall::from_unix_ms(nanos / 1_000_000);
            let answered = waited + looked;
            // Set before the library looks at it, or after.
            let told = wall(waited, if early { step } else { 0 }) - age.cast_signed();
            let asked = (own(0), ms(wall(0, 0)));
            let read = Answered { before: own(answered), wall: ms(wall(answered, step)), after: own(answered + 1000) };
            if let Some(moment) = read.moment(nanos(told.cast_unsigned()), asked) {
                let truth = own(waited).minus(nanos(age));
                prop_assert!(moment.earliest <= truth && truth <= moment.latest, "{moment:?} {truth:?}");
            } else {
                prop_assert!(step != 0);
            }
        }
    }
}
