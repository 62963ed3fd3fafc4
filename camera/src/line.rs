//! The rendered production line in place of a camera: demo, rehearsals, simulation.
//!
//! Holds: a frame is drawn when it is wanted, never before, on a grid of 15 a second; what it shows is
//! the line at exactly the moment that its exposure says, with the plan, if it has one, that was in force then.
//! Without a call it costs nothing.
//!
//! Deliberately absent: any way to be released. Whoever watches this line watches no car.

mod plan_file;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::{Exposure, Mono};
use lineshot_hall::{Hall, Position, Renderer};
use lineshot_picture::Frame;

use self::plan_file::PlanFile;
use crate::{Fault, Post, Shot, Source, Stream};

const FRAMES_PER_SECOND: u128 = 15;

/// As cameras send it; about 350 kB a frame.
const QUALITY: u8 = 88;

/// One position of a rendered line.
#[derive(Debug)]
pub struct LineSource {
    cars: Cars,
    position: Position,
}

/// Which cars come.
#[derive(Debug)]
enum Cars {
    Fixed(Hall),
    Planned(PlanFile),
}

impl LineSource {
    /// Looks at `position` of `hall`, 1920x1080, 15 frames a second.
    pub fn new(hall: Hall, position: Position) -> LineSource {
        LineSource { cars: Cars::Fixed(hall), position }
    }

    /// Looks at `position` of the planned hall that `seed` and the [`Plan`](lineshot_hall::Plan) in this file
    /// make. The file is read anew for each frame; replace it by renaming, so that it is always whole.
    pub fn planned(seed: u64, plan: PathBuf, position: Position) -> LineSource {
        LineSource { cars: Cars::Planned(PlanFile { seed, path: plan }), position }
    }
}

impl Source for LineSource {
    fn address(&self) -> String {
        let position = self.position.number();
        match &self.cars {
            Cars::Fixed(_) => format!("the rendered line, position {position}"),
            Cars::Planned(plan) => {
                format!("the line rendered by {}, position {position}", plan.path.display())
            }
        }
    }

    fn open<'a>(&'a mut self, post: &Arc<Post>) -> Result<Box<dyn Stream + 'a>, Fault> {
        let (hall, plan) = match &self.cars {
            Cars::Fixed(hall) => (hall.clone(), None),
            Cars::Planned(plan) => (plan.hall()?, Some(plan)),
        };
        post.connected();
        Ok(Box::new(Line { renderer: Renderer::new(hall, self.position), plan }))
    }
}

struct Line<'a> {
    renderer: Renderer,
    plan: Option<&'a PlanFile>,
}

impl Stream for Line<'_> {
    fn idle(&mut self, post: &Post) -> Result<(), Fault> {
        post.wait_for_call(None);
        Ok(())
    }

    fn shot(&mut self, from: Mono, until: Mono, post: &Post) -> Result<Option<Shot>, Fault> {
        let due = next_frame(from.max(post.now()));
        post.wait_for_close(due.min(until).since(post.now()));
        let before = post.now();
        if before >= until || before < due || post.is_closed() {
            return Ok(None);
        }
        // What is shown is decided one after the other: the plan, then the moment. Both lie between these two.
        if let Some(plan) = self.plan {
            self.renderer.watch(plan.hall()?);
        }
        let (wall, after) = (post.wall(), post.now());
        if after >= until {
            return Ok(None);
        }
        let frame = Frame::mjpeg(self.renderer.jpeg(wall, QUALITY))
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
mod tests;
