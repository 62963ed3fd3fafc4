//! One camera, one thread: opens its source, keeps it warm, answers calls for frames.
//!
//! Holds: a caller waits for its own answer with its own deadline, so it is never held up by what the
//! thread does; a panic of the thread hangs up on every caller at once. A dead thread is not restarted:
//! every further call fails as `internal`.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::{Builder, JoinHandle};

use lineshot_domain::{Clock, Mono};

use crate::backoff::pause;
use crate::post::{Call, Post};
use crate::{CameraError, Fault, Shot, Source};

/// A camera that is kept warm on its own thread. Dropping it ends the thread.
pub struct Camera {
    name: Arc<str>,
    post: Arc<Post>,
    thread: Option<JoinHandle<()>>,
}

impl Camera {
    /// Starts the camera's thread. `name` is what messages call it, beside the source's address.
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
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(camera = %self.name, "the camera's thread had died of a panic");
        }
    }
}

/// Closes the post when the thread ends, however it ends.
struct HangUp(Arc<Post>);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn serve(source: &mut dyn Source, post: &Arc<Post>) {
    let mut failures = 0;
    while let Err(fault) = open_and_serve(source, post)
        && !post.is_closed()
    {
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

/// Serves until the camera fails; `Ok` only when the post was closed.
fn open_and_serve(source: &mut dyn Source, post: &Arc<Post>) -> Result<(), Fault> {
    let mut stream = source.open(post)?;
    while !post.is_closed() {
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
    use std::time::Duration;

    use lineshot_domain::{Exposure, Reason};
    use lineshot_picture::Frame;

    use super::*;
    use crate::Stream;
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
    }

    struct Scripted(Script, u32);

    impl Source for Scripted {
        fn address(&self) -> String {
            "nowhere".into()
        }

        fn open<'a>(&'a mut self, post: &Arc<Post>) -> Result<Box<dyn Stream + 'a>, Fault> {
            self.1 += 1;
            match self.0 {
                Script::Denies => return Err(Fault::Denied { what: "status 401".into() }),
                Script::Returns if self.1 < 3 => return Err(Fault::unreachable("nobody answers")),
                Script::PanicsAtOnce => panic!("on purpose"),
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
        (Camera::start("front".into(), Box::new(Scripted(script, 0)), clock.clone()), clock)
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
