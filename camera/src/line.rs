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
        Ok(Box::new(Line(Renderer::new(self.hall, self.position))))
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
    let frames = (from.since(start).as_nanos() * FRAMES_PER_SECOND).div_ceil(1_000_000_000);
    let nanos = (frames * 1_000_000_000).div_ceil(FRAMES_PER_SECOND);
    start.plus(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
}
