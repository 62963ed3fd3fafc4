//! A line whose cars a file names.

use std::error::Error;
use std::fs;
use std::path::Path;

use lineshot_domain::Reason;
use lineshot_hall::{Nudge, Plan, Visit};

use super::*;

const SEED: u64 = 7;
/// Whatever the test's machine needs, it is over before this.
const FOREVER: Wall = Wall::from_unix_ms(4_000_000_000_000);

fn position() -> Position {
    Position::new(1).unwrap()
}

/// A plan on which this order has stood since ever.
fn plan(order: u32) -> Plan {
    let arrives = Wall::from_unix_ms(1_000_000_000_000);
    Plan::new(vec![Visit { order, position: position(), arrives, leaves: FOREVER }]).unwrap()
}

/// As whoever changes the plan does it.
#[expect(clippy::disallowed_methods, reason = "a plan made for a test")]
fn put(path: &Path, text: impl AsRef<[u8]>) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, path).unwrap();
}

fn start(path: &Path, clock: Arc<dyn Clock>) -> Camera {
    let source = LineSource::planned(SEED, path.to_owned(), position());
    Camera::start("line".into(), Box::new(source), clock)
}

fn ahead() -> Arc<Ahead> {
    Arc::new(Ahead(clock(), 1_795_413_600_000, Mutex::default()))
}

fn next(camera: &Camera, clock: &dyn Clock) -> String {
    let from = clock.mono();
    let shot = camera.next_after(from, from.plus(GENEROUS)).unwrap();
    assert!(shot.exposure.earliest() >= from);
    format!("{:?}", shot.frame)
}

/// The frame, which tells nothing but its size, that shows the plan at this moment.
fn frame(plan: Plan, at: Wall) -> String {
    let jpeg = Hall::planned(SEED, plan).jpeg(position(), at, QUALITY);
    format!("{:?}", Frame::mjpeg(jpeg).unwrap())
}

#[test]
fn the_plan_is_read_anew_for_each_frame() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), ahead());
    let path = folder.path().join("plan");
    put(&path, plan(7).to_string());
    let camera = start(&path, clock.clone());
    for shown in [plan(7), plan(8), Plan::default(), plan(7)] {
        put(&path, shown.to_string());
        let found = next(&camera, &*clock);
        let at = *clock.2.lock().unwrap().last().unwrap();
        assert_eq!(found, frame(shown.clone(), at), "{shown}");
        for other in [plan(8), Plan::default()].into_iter().filter(|other| *other != shown) {
            assert_ne!(found, frame(other, at), "{shown}");
        }
    }
}

#[test]
fn a_camera_that_is_knocked_shows_it_from_the_next_frame_on_and_no_longer_than_the_plan_says_so() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), ahead());
    let path = folder.path().join("plan");
    put(&path, plan(7).to_string());
    let camera = start(&path, clock.clone());
    let knocked = plan(7).nudged(position(), Nudge::new(125, -80, 1_500, 3_000).unwrap());
    for (shown, other) in [(plan(7), knocked.clone()), (knocked.clone(), plan(7)), (plan(7), knocked)] {
        put(&path, shown.to_string());
        let found = next(&camera, &*clock);
        let at = *clock.2.lock().unwrap().last().unwrap();
        assert_eq!(found, frame(shown.clone(), at), "{shown}");
        assert_ne!(found, frame(other, at), "{shown}");
    }
}

/// A clock that exchanges the plan as soon as the shown moment has been read.
struct Hasty(Arc<Ahead>, std::path::PathBuf);

impl Clock for Hasty {
    fn mono(&self) -> Mono {
        self.0.mono()
    }

    fn wall(&self) -> Wall {
        let wall = self.0.wall();
        put(&self.1, plan(8).to_string());
        wall
    }
}

#[test]
fn a_plan_that_comes_after_the_exposure_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan");
    put(&path, plan(7).to_string());
    let (ahead, clock) = (ahead(), ahead());
    let camera = start(&path, Arc::new(Hasty(ahead.clone(), path.clone())));
    let found = next(&camera, &*clock);
    let at = *ahead.2.lock().unwrap().last().unwrap();
    assert_eq!(found, frame(plan(7), at));
    assert_eq!(fs::read_to_string(path).unwrap(), plan(8).to_string());
}

#[test]
fn what_is_no_plan_is_a_fault_that_names_the_file_and_the_mend() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let at = |name: &str| folder.path().join(name);
    put(&at("drawing"), [0xff, 0xd8, 0xff, 0x00]);
    put(&at("torn"), "lineshot-plan-1\n7 1 100 20");
    put(&at("broken"), "lineshot-plan-1\n7 1 100 200\n\u{fffd}\n");
    put(&at("double"), "lineshot-plan-1\n7 1 100 200\n8 1 150 300\n");
    put(&at("knocked"), "lineshot-plan-1\nnudge 1 0 0 0 0\nnudge 1 0 0 0 0\n");
    put(&at("endless"), vec![b'7'; Plan::MOST_BYTES + 1]);
    for (name, reason, mend) in [
        ("missing", Reason::CameraUnreachable, "is the path right"),
        ("drawing", Reason::CameraAnswer, "the first line is not `lineshot-plan-1`"),
        ("torn", Reason::CameraAnswer, "write the text whole"),
        ("broken", Reason::CameraAnswer, "line 3 is no visit: write"),
        ("double", Reason::CameraAnswer, "the visits `7 1 100 200` and `8 1 150 300` meet"),
        ("knocked", Reason::CameraAnswer, "position 1 is nudged twice"),
        ("endless", Reason::CameraAnswer, "leave out visits that are long over"),
    ] {
        let camera = start(&at(name), clock.clone());
        let now = clock.mono();
        let error = camera.next_after(now, now.plus(Duration::from_millis(500))).unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        let said = format!("{error} {cause}");
        for part in [&*at(name).display().to_string(), mend] {
            assert!(said.contains(part), "{said}");
        }
    }
}

#[test]
fn a_plan_that_is_mended_is_shown_without_a_new_start() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), ahead());
    let path = folder.path().join("plan");
    put(&path, plan(7).to_string());
    let camera = start(&path, clock.clone());
    next(&camera, &*clock);
    put(&path, "nothing");
    let now = clock.mono();
    assert!(camera.next_after(now, now.plus(Duration::from_millis(50))).is_err());
    put(&path, plan(8).to_string());
    let found = next(&camera, &*clock);
    let at = *clock.2.lock().unwrap().last().unwrap();
    assert_eq!(found, frame(plan(8), at));
}
