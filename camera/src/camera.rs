//! One camera, one thread: opens its source when a frame may be wanted, keeps it warm, answers calls for frames.
//!
//! Holds: a caller waits for its own answer with its own deadline, so it is never held up by what the
//! thread does; a panic of the thread hangs up on every caller at once. A dead thread is not restarted:
//! every further call fails as `internal`. A thread that a driver does not let go is left behind, never waited
//! for.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use lineshot_domain::{Clock, Mono};

use crate::backoff::pause;
use crate::health::Health;
use crate::post::{Call, Post};
use crate::{CameraError, Fault, Shot, Source};

/// So long a thread has to end: a source heeds the closing within a moment, and whatever does not is held by a driver.
const FAREWELL: Duration = Duration::from_secs(5);

/// A camera on its own thread. Dropping it ends the thread.
pub struct Camera {
    name: Arc<str>,
    post: Arc<Post>,
    thread: Option<JoinHandle<()>>,
}

impl Camera {
    /// Starts the camera's thread; the camera stays closed until [`Camera::keep`] or a call. `name` is what messages
    /// call it, beside the source's address.
    ///
    /// It never fails: a camera that cannot be opened is opened again with growing pauses, and at once
    /// when somebody calls; without a thread every call fails as `internal`.
    pub fn start(name: String, mut source: Box<dyn Source>, clock: Arc<dyn Clock>) -> Camera {
        let full_name: Arc<str> = format!("{name} at {}", source.address()).into();
        let post = Arc::new(Post::new(full_name.clone(), clock));
        let theirs = post.clone();
        let thread = Builder::new().name(format!("camera {name}")).spawn(move || {
            let hang_up = HangUp(theirs);
            serve(source.as_mut(), &hang_up.0);
        });
        let thread = thread
            .inspect_err(|error| {
                tracing::error!(camera = %full_name, %error, "the camera's thread could not be started");
                post.close();
            })
            .ok();
        Camera { name: full_name, post, thread }
    }

    /// Whether a frame may be wanted from now on: only then the camera is open without a call. To be told every so
    /// often: a camera that was just called stays open until it is told so again, some seconds later.
    pub fn keep(&self, warm: bool) {
        self.post.keep(warm);
    }

    /// How the camera is.
    pub fn health(&self) -> Health {
        self.post.health()
    }

    /// The first frame whose whole exposure lies at or after `from`. Waits for it until `until`.
    ///
    /// Each later call for the same vehicle gives a `from` after the last exposure. Calls from several
    /// threads are served one after another.
    ///
    /// # Errors
    /// When `until` has passed: the most telling thing known of the camera. At once only if its thread
    /// has died.
    pub fn next_after(&self, from: Mono, until: Mono) -> Result<Shot, CameraError> {
        let (answer, shot) = sync_channel(1);
        let waited = until.since(self.post.now());
        let fault = if !self.post.call(Call { from, until, answer }) {
            Arc::new(Fault::Died)
        } else {
            match shot.recv_timeout(waited) {
                Ok(shot) => return Ok(shot),
                Err(RecvTimeoutError::Disconnected) if self.post.is_closed() => Arc::new(Fault::Died),
                Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {
                    self.post.why_no_frame(waited)
                }
            }
        };
        Err(CameraError::new(self.name.clone(), fault))
    }
}

impl fmt::Debug for Camera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Camera").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.post.close();
        let Some(thread) = self.thread.take() else { return };
        if !self.post.wait_for_end(FAREWELL) {
            let mend = "plug the camera in anew, or restart this PC";
            tracing::error!(camera = %self.name, mend, "its driver does not let the camera's thread go: it is left behind");
        } else if thread.join().is_err() {
            tracing::error!(camera = %self.name, "the camera's thread had died of a panic");
        }
    }
}

/// Closes the post when the thread ends, however it ends.
struct HangUp(Arc<Post>);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.end();
    }
}

fn serve(source: &mut dyn Source, post: &Arc<Post>) {
    let mut failures = 0;
    while !post.is_closed() {
        if !post.is_wanted() {
            post.rest();
            failures = 0;
            continue;
        }
        let Err(fault) = open_and_serve(source, post) else { continue };
        if post.is_closed() {
            break;
        }
        let (fault, was_live) = post.lost(fault);
        if was_live {
            failures = 0;
        }
        let pause = pause(failures, &fault, fastrand::f64());
        failures = failures.saturating_add(1);
        post.wait_for_close(pause.firm);
        post.wait_for_call(Some(pause.soft));
    }
}

/// Serves until the camera fails; `Ok` only when the camera is not wanted any more.
fn open_and_serve(source: &mut dyn Source, post: &Arc<Post>) -> Result<(), Fault> {
    let mut stream = source.open(post)?;
    while post.is_wanted() {
        let Some((from, until)) = post.oldest_call() else {
            stream.idle(post)?;
            continue;
        };
        if let Some(shot) = stream.shot(from, until, post)? {
            post.frame_passed();
            post.answer(shot);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use lineshot_domain::{Exposure, Reason};
    use lineshot_picture::Frame;

    use super::*;
    use crate::Stream;
    use crate::health::CameraState;
    use crate::testing::{GENEROUS, clock, jpeg};

    const SHORT: Duration = Duration::from_millis(50);

    /// What a scripted camera does.
    #[derive(Clone, Copy, PartialEq)]
    enum Script {
        /// Exposes a frame when asked.
        Works,
        /// Lets nobody in.
        Denies,
        /// Is open and gives nothing until it is closed.
        Hangs,
        /// Panics when it is opened.
        PanicsAtOnce,
        /// Panics when it is asked for a frame.
        PanicsWhenAsked,
        /// Cannot be reached a few times, then works.
        Returns,
        /// Its driver never comes back.
        Sticks,
    }

    /// And how often it was opened.
    struct Scripted(Script, Arc<AtomicU32>);

    impl Source for Scripted {
        fn address(&self) -> String {
            "nowhere".into()
        }

        fn open<'a>(&'a mut self, post: &Arc<Post>) -> Result<Box<dyn Stream + 'a>, Fault> {
            let opened = self.1.fetch_add(1, Ordering::SeqCst) + 1;
            match self.0 {
                Script::Denies => return Err(Fault::Denied { what: "status 401".into() }),
                Script::Returns if opened < 3 => return Err(Fault::unreachable("nobody answers")),
                Script::PanicsAtOnce => panic!("on purpose"),
                Script::Sticks => post.ask_driver("opening it", || {
                    loop {
                        std::thread::park()
                    }
                }),
                _ => post.connected(),
            }
            Ok(Box::new(Open(self.0)))
        }
    }

    struct Open(Script);

    impl Stream for Open {
        fn idle(&mut self, post: &Post) -> Result<(), Fault> {
            post.wait_for_call(None);
            Ok(())
        }

        fn shot(&mut self, from: Mono, _until: Mono, post: &Post) -> Result<Option<Shot>, Fault> {
            assert!(self.0 != Script::PanicsWhenAsked, "on purpose");
            if self.0 == Script::Hangs {
                post.wait_for_close(GENEROUS * 60);
                return Ok(None);
            }
            post.wait_for_close(from.since(post.now()));
            let frame = Frame::mjpeg(jpeg(100)).unwrap();
            Ok(Some(Shot { frame, exposure: Exposure::measured(post.now()) }))
        }
    }

    fn camera(script: Script) -> (Camera, Arc<dyn Clock>) {
        let clock = clock();
        (Camera::start("front".into(), Box::new(Scripted(script, Arc::default())), clock.clone()), clock)
    }

    fn ask(camera: &Camera, clock: &Arc<dyn Clock>, patience: Duration) -> Result<Shot, Reason> {
        let now = clock.mono();
        camera.next_after(now, now.plus(patience)).map_err(|error| error.reason())
    }

    #[test]
    fn each_call_gets_a_frame_exposed_after_it() {
        let (camera, clock) = camera(Script::Works);
        for _ in 0..20 {
            let from = clock.mono();
            let shot = camera.next_after(from, from.plus(GENEROUS)).unwrap();
            assert!(shot.exposure.earliest() >= from);
        }
    }

    #[test]
    fn callers_from_several_threads_each_get_a_frame() {
        let (camera, clock) = camera(Script::Works);
        let shots = std::thread::scope(|scope| {
            let callers: Vec<_> =
                (0..4).map(|_| scope.spawn(|| ask(&camera, &clock, GENEROUS).is_ok())).collect();
            callers.into_iter().map(|it| it.join().unwrap()).filter(|ok| *ok).count()
        });
        assert_eq!(shots, 4);
    }

    #[test]
    fn an_error_is_the_most_telling_thing_known_of_the_camera() {
        for (script, want) in [
            (Script::Denies, Reason::CameraDenied),
            (Script::Hangs, Reason::CameraStalled),
            (Script::PanicsAtOnce, Reason::Internal),
            (Script::PanicsWhenAsked, Reason::Internal),
        ] {
            let (camera, clock) = camera(script);
            assert_eq!(ask(&camera, &clock, SHORT * 10).err(), Some(want));
        }
    }

    #[test]
    fn a_camera_that_works_but_has_no_frame_in_time_is_no_broken_camera() {
        let (camera, clock) = camera(Script::Works);
        ask(&camera, &clock, GENEROUS).unwrap();
        let now = clock.mono();
        let late = camera.next_after(now.plus(GENEROUS), now.plus(SHORT));
        assert_eq!(late.unwrap_err().reason(), Reason::NoFrame);
    }

    #[test]
    fn a_call_after_a_panic_fails_at_once_and_for_ever() {
        let (camera, clock) = camera(Script::PanicsWhenAsked);
        for _ in 0..3 {
            assert_eq!(ask(&camera, &clock, GENEROUS * 60).err(), Some(Reason::Internal));
        }
    }

    #[test]
    fn a_camera_that_comes_back_while_somebody_waits_serves_him() {
        let (camera, clock) = camera(Script::Returns);
        assert!(ask(&camera, &clock, GENEROUS).is_ok());
    }

    #[test]
    fn a_camera_that_hangs_can_be_dropped() {
        let (camera, clock) = camera(Script::Hangs);
        assert_eq!(ask(&camera, &clock, SHORT).err(), Some(Reason::CameraStalled));
        drop(camera);
    }

    /// A clock that a test moves.
    struct HandClock(AtomicU32);

    impl Clock for HandClock {
        fn mono(&self) -> Mono {
            Mono::from_start(GENEROUS + Duration::from_secs(u64::from(self.0.load(Ordering::SeqCst))))
        }

        fn wall(&self) -> lineshot_domain::Wall {
            lineshot_domain::Wall::from_unix_ms(0)
        }
    }

    #[test]
    fn a_camera_is_closed_until_a_frame_may_be_wanted_and_again_when_it_may_not() {
        let (opened, clock) = (Arc::new(AtomicU32::new(0)), Arc::new(HandClock(AtomicU32::new(0))));
        let source = Box::new(Scripted(Script::Works, opened.clone()));
        let camera = Camera::start("front".into(), source, clock.clone());
        let comes_to = |state: CameraState| {
            while camera.health().state != state {
                std::thread::yield_now();
            }
        };
        camera.keep(false);
        comes_to(CameraState::Closed);
        assert_eq!(opened.load(Ordering::SeqCst), 0);
        camera.keep(true);
        comes_to(CameraState::Silent);
        camera.keep(false);
        comes_to(CameraState::Closed);
        assert_eq!(opened.load(Ordering::SeqCst), 1);

        let now = clock.mono();
        camera.next_after(now, now.plus(GENEROUS)).unwrap();
        camera.keep(false);
        assert_eq!(camera.health().state, CameraState::Live, "the next call may come at once");
        clock.0.store(10, Ordering::SeqCst);
        camera.keep(false);
        comes_to(CameraState::Closed);
        assert_eq!(opened.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_driver_that_hangs_holds_up_nobody_and_is_told() {
        let clock = Arc::new(HandClock(AtomicU32::new(0)));
        let source = Box::new(Scripted(Script::Sticks, Arc::default()));
        let camera = Camera::start("front".into(), source, clock.clone());
        let ask = || camera.next_after(clock.mono(), clock.mono().plus(SHORT)).unwrap_err();
        assert_eq!(ask().reason(), Reason::CameraUnreachable, "it may still come");
        clock.0.store(10, Ordering::SeqCst);
        let error = ask();
        assert_eq!(error.reason(), Reason::CameraStalled);
        assert!(
            error.to_string().contains("its driver hangs: opening it has not ended after 10s"),
            "{error}"
        );
        assert_eq!(camera.health().state, CameraState::Lost(Reason::CameraStalled));
        drop(camera);
    }

    #[test]
    fn a_caller_whose_time_is_over_does_not_take_the_frame_of_the_next() {
        let (camera, clock) = camera(Script::Works);
        let now = clock.mono();
        assert!(camera.next_after(now.plus(SHORT * 3), now.plus(SHORT)).is_err());
        assert!(camera.next_after(now, now).is_err());
        let from = clock.mono();
        let shot = camera.next_after(from, from.plus(GENEROUS)).unwrap();
        assert!(shot.exposure.earliest() >= from);
    }
}
