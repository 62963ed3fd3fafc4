//! The contract itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lineshot_camera::{Camera, Fault, Post, Shot, Source, Stream};
use lineshot_clock::MachineClock;
use lineshot_domain::{Clock, Crop, Mono, Scene, Show, Size};
use lineshot_picture::{Mark, Plan, develop};

/// Only a test that fails waits for it.
pub(crate) const GENEROUS: Duration = Duration::from_secs(120);

/// What a camera is said to deliver.
pub(crate) struct Promise {
    pub(crate) size: Size,
    /// How its frames are printed.
    pub(crate) printed: &'static str,
}

/// A source that tells when it was given up.
struct Watched(Box<dyn Source>, Arc<AtomicBool>);

impl Source for Watched {
    fn address(&self) -> String {
        self.0.address()
    }

    fn open<'a>(&'a mut self, post: &Arc<Post>) -> Result<Box<dyn Stream + 'a>, Fault> {
        self.0.open(post)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.1.store(true, Ordering::SeqCst);
    }
}

/// A camera under test.
pub(crate) struct Trial {
    pub(crate) clock: Arc<dyn Clock>,
    camera: Option<Camera>,
    given_up: Arc<AtomicBool>,
}

impl Trial {
    pub(crate) fn start(source: Box<dyn Source>) -> Trial {
        // A clock that is not at its beginning: no subtraction may reach that.
        let clock: Arc<dyn Clock> = Arc::new(Later(MachineClock::start()));
        let given_up = Arc::new(AtomicBool::new(false));
        let watched = Box::new(Watched(source, given_up.clone()));
        let camera = Camera::start("front".into(), watched, clock.clone());
        Trial { clock, camera: Some(camera), given_up }
    }

    pub(crate) fn camera(&self) -> &Camera {
        self.camera.as_ref().unwrap()
    }

    /// A frame exposed from then on.
    pub(crate) fn next(&self, from: Mono) -> Shot {
        let shot = self.camera().next_after(from, from.plus(GENEROUS)).unwrap();
        let (earliest, latest) = (shot.exposure.earliest(), shot.exposure.latest());
        assert!(earliest >= from, "exposed from {earliest:?}, asked for from {from:?}");
        assert!(latest <= self.clock.mono(), "an exposure that is not over");
        shot
    }

    /// Ends the camera; its thread must have let go of the device.
    pub(crate) fn close(mut self) {
        drop(self.camera.take());
        assert!(self.given_up.load(Ordering::SeqCst), "its thread was left behind");
    }
}

struct Later(MachineClock);

impl Clock for Later {
    fn mono(&self) -> Mono {
        self.0.mono().plus(Duration::from_secs(3600))
    }

    fn wall(&self) -> lineshot_domain::Wall {
        self.0.wall()
    }
}

/// All that a camera owes.
pub(crate) fn keeps(promise: &Promise, source: impl Fn() -> Box<dyn Source>) {
    let trial = Trial::start(source());
    frames_are_newer_with_each_call(promise, &trial);
    a_frame_is_of_the_asked_time_and_not_before(&trial);
    a_call_whose_time_is_over_gets_nothing(&trial);
    trial.close();
    // It was let go, so that it can be opened anew; and while it is idle it can be closed.
    let trial = Trial::start(source());
    let shot = trial.next(trial.clock.mono());
    assert_delivers(promise, shot);
    trial.close();
    let trial = Trial::start(source());
    trial.camera().keep(true);
    trial.close();
}

fn frames_are_newer_with_each_call(promise: &Promise, trial: &Trial) {
    let mut from = trial.clock.mono();
    for _ in 0..5 {
        let shot = trial.next(from);
        from = shot.exposure.latest().plus(Duration::from_nanos(1));
        assert_delivers(promise, shot);
    }
}

fn a_frame_is_of_the_asked_time_and_not_before(trial: &Trial) {
    // The camera goes on meanwhile; what it sends is not for us.
    trial.next(trial.clock.mono().plus(Duration::from_millis(700)));
}

fn a_call_whose_time_is_over_gets_nothing(trial: &Trial) {
    let now = trial.clock.mono();
    assert!(trial.camera().next_after(now, now).is_err());
    let past = now.minus(Duration::from_secs(5));
    assert!(trial.camera().next_after(past, past.plus(Duration::from_secs(1))).is_err());
    let never = now.plus(GENEROUS * 30);
    assert!(trial.camera().next_after(never, now.plus(Duration::from_millis(300))).is_err());
    // And nobody after it gets what was meant for it.
    trial.next(trial.clock.mono());
}

/// The darkroom refuses frames of another size, and what is not sound.
fn assert_delivers(promise: &Promise, shot: Shot) {
    let printed = format!("{:?}", shot.frame);
    assert!(printed.starts_with(promise.printed), "{printed}");
    let scene = Scene::new(promise.size, Show::All, Vec::new()).unwrap();
    let plan = Plan::new(&scene, Crop::whole(promise.size), &[], Mark::None).unwrap();
    develop(shot.frame, &plan).unwrap();
}
