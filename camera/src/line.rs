//! The rendered production line in place of a camera: demo, rehearsals, simulation.
//!
//! Holds: a frame is drawn when it is wanted, never before, on a grid of 15 a second; what it shows is
//! the line at exactly the moment that its exposure says. Without a call it costs nothing.
//!
//! Deliberately absent: any way to be released. Whoever watches this line watches no car.

use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::{Exposure, Mono};
use lineshot_hall::{Hall, Position, Renderer};
use lineshot_picture::Frame;

use crate::{Fault, Post, Shot, Source, Stream};

const FRAMES_PER_SECOND: u128 = 15;

/// As cameras send it; about 350 kB a frame.
const QUALITY: u8 = 88;

/// One position of a rendered line.
#[derive(Debug)]
pub struct LineSource {
    hall: Hall,
    position: Position,
}

impl LineSource {
    /// Looks at `position` of `hall`, 1920x1080, 15 frames a second.
    pub fn new(hall: Hall, position: Position) -> LineSource {
        LineSource { hall, position }
    }
}

impl Source for LineSource {
    fn address(&self) -> String {
        format!("the rendered line, position {}", self.position.number())
    }

    fn open<'a>(&'a mut self, post: &Arc<Post>) -> Result<Box<dyn Stream + 'a>, Fault> {
        post.connected();
        Ok(Box::new(Line(Renderer::new(self.hall.clone(), self.position))))
    }
}

struct Line(Renderer);

impl Stream for Line {
    fn idle(&mut self, post: &Post) -> Result<(), Fault> {
        post.wait_for_call(None);
        Ok(())
    }

    fn shot(&mut self, from: Mono, until: Mono, post: &Post) -> Result<Option<Shot>, Fault> {
        let due = next_frame(from.max(post.now()));
        post.wait_for_close(due.min(until).since(post.now()));
        // The two clocks are read one after the other; the shown moment lies between these two.
        let (before, wall, after) = (post.now(), post.wall(), post.now());
        if after >= until || before < due || post.is_closed() {
            return Ok(None);
        }
        let frame = Frame::mjpeg(self.0.jpeg(wall, QUALITY))
            .map_err(|error| Fault::answer(format!("the rendered frame is no JPEG: {error}")))?;
        Ok(Some(Shot { frame, exposure: Exposure::between(before, after) }))
    }
}

/// The first moment of the grid at or after `from`.
fn next_frame(from: Mono) -> Mono {
    let start = Mono::from_start(Duration::ZERO);
    let passed = from.since(start).as_nanos();
    let frames = passed.checked_sub(1).map_or(0, |nanos| nanos * FRAMES_PER_SECOND / 1_000_000_000 + 1);
    let nanos = (frames * 1_000_000_000).div_ceil(FRAMES_PER_SECOND);
    start.plus(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
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
        let pictures = develop(shot.frame, &plan).unwrap().pictures(&plan).unwrap();
        assert_eq!(pictures.len(), 2);
    }
}
