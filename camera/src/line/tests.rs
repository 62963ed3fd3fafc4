//! What a frame of the line shows, and when.

mod planned;

use std::sync::Mutex;

use lineshot_domain::{Clock, Crop, Scene, Show, Size, Wall};
use lineshot_hall::FRAME;
use lineshot_picture::{Mark, Plan, develop};

use super::*;
use crate::Camera;
use crate::testing::{GENEROUS, clock};

/// A monotonic clock that runs, and a wall clock that is so far ahead of it.
struct Ahead(Arc<dyn Clock>, i64, Mutex<Vec<Wall>>);

impl Clock for Ahead {
    fn mono(&self) -> Mono {
        self.0.mono()
    }

    fn wall(&self) -> Wall {
        let ms = self.mono().since(Mono::from_start(Duration::ZERO)).as_millis();
        let wall = Wall::from_unix_ms(self.1 + ms as i64);
        self.2.lock().unwrap().push(wall);
        wall
    }
}

fn line() -> (Hall, Position) {
    (Hall::new(7, Duration::from_secs(12)), Position::new(1).unwrap())
}

fn start() -> (Camera, Arc<Ahead>) {
    let clock = Arc::new(Ahead(clock(), 1_795_413_600_000, Mutex::default()));
    let (hall, position) = line();
    (Camera::start("line".into(), Box::new(LineSource::new(hall, position)), clock.clone()), clock)
}

#[test]
fn a_frame_shows_the_line_at_the_moment_of_its_exposure() {
    let (camera, clock) = start();
    for _ in 0..3 {
        let from = clock.mono();
        let shot = camera.next_after(from, from.plus(GENEROUS)).unwrap();
        assert!(shot.exposure.earliest() >= from);
        let shown = *clock.2.lock().unwrap().last().unwrap();
        let (hall, position) = line();
        let expected = Frame::mjpeg(hall.jpeg(position, shown, QUALITY)).unwrap();
        // A frame tells nothing but its size; two moments of the moving robot differ in it.
        assert_eq!(format!("{:?}", shot.frame), format!("{expected:?}"));
        let ms = shown.unix_ms() - clock.1;
        let [earliest, latest] = [shot.exposure.earliest(), shot.exposure.latest()]
            .map(|at| at.since(Mono::from_start(Duration::ZERO)).as_millis() as i64);
        assert!((earliest..=latest).contains(&ms), "{earliest} {ms} {latest}");
    }
}

#[test]
fn frames_are_exposed_no_sooner_than_the_grid_of_fifteen_a_second() {
    let (camera, clock) = start();
    let mut from = clock.mono();
    for _ in 0..4 {
        let shot = camera.next_after(from, from.plus(GENEROUS)).unwrap();
        assert!(shot.exposure.earliest() >= next_frame(from));
        from = shot.exposure.latest().plus(Duration::from_nanos(1));
    }
}

#[test]
fn the_grid_has_fifteen_frames_in_every_second() {
    let at = |nanos| Mono::from_start(Duration::from_nanos(nanos));
    for (from, due) in [
        (0, 0),
        (1, 66_666_667),
        (66_666_667, 66_666_667),
        (66_666_668, 133_333_334),
        (999_999_999, 1_000_000_000),
        (1_000_000_000, 1_000_000_000),
    ] {
        assert_eq!(next_frame(at(from)), at(due), "{from}");
    }
}

#[test]
fn nothing_is_drawn_until_somebody_asks() {
    let (camera, clock) = start();
    drop(camera);
    assert!(clock.2.lock().unwrap().is_empty());
}

#[test]
fn the_darkroom_develops_its_frames() {
    let (camera, clock) = start();
    let now = clock.mono();
    let shot = camera.next_after(now, now.plus(GENEROUS)).unwrap();
    let frame = Size::new(FRAME[0], FRAME[1]).unwrap();
    let scene = Scene::new(frame, Show::All, Vec::new()).unwrap();
    let plan = Plan::new(&scene, Crop::whole(frame), &[480], Mark::Unreleased).unwrap();
    let pictures = develop(shot.frame, &plan).unwrap().pictures().unwrap();
    assert_eq!(pictures.len(), 2);
}
