//! Arrivals of twenty seconds: a car drives in before the camera, people walk by, the light changes. Enrolled is as on a
//! line that moves: with pictures of other arrivals.
//!
//! A frame is judged twice a second, as the desk would until one may be used.

use fastrand::Rng;
use lineshot_angle::{Lock, Track};

use crate::nuisance::between;
use crate::passing::{Arrival, EVERY, LEVEL, SECONDS, Station};
use crate::photo::{Photo, Pose};
use crate::report::{Report, Sorted, list, share};
use crate::stills::Scene;
use crate::way::{NEVER, Way};
use crate::{Outcome, row};

/// Pictures to enrol with, each of an arrival of its own, and their level.
const ENROL: (usize, f64) = (40, 0.25);
/// So long before an arrival nothing stands there yet, in seconds.
const BEFORE: f64 = 15.0;

/// Arrivals of a scene, of a camera that stands still: without masks, and with two.
const STILL: usize = 130;
const MASKED: usize = 40;
/// Arrivals of a camera that was moved, a scene and round.
const MOVED: usize = 1;

/// As on a wall: one at the upper left, one at the right; in fractions.
const MASKS: [(&str, [(f64, f64); 4]); 2] = [
    ("board", [(0.05, 0.10), (0.25, 0.10), (0.25, 0.30), (0.05, 0.30)]),
    ("cell", [(0.72, 0.35), (0.92, 0.35), (0.92, 0.60), (0.72, 0.60)]),
];

/// When the first frame may be used, in seconds, and how many frames were judged.
struct End {
    sealed: Option<f64>,
    frames: usize,
}

/// What became of the arrivals of a scene, or of all.
#[derive(Default)]
struct Ends {
    still: Tally,
    moved: Tally,
    still_masked: Tally,
    moved_masked: Tally,
    unguarded: usize,
    /// That it could not be enrolled, and why.
    refused: Vec<String>,
}

/// All arrivals over all scenes that could be enrolled while things moved, without masks and with two.
pub(crate) fn bench(way: &Way, scenes: &[Scene], rounds: usize, report: &mut Report) -> Outcome<()> {
    let masked = Way::new(&MASKS.map(|(name, corners)| (name, corners.to_vec())))?;
    let numbers: Vec<usize> = (0..scenes.len()).collect();
    let of = |number: usize| -> Result<Ends, String> {
        let ends = of_scene((way, &masked), scenes, number, MOVED * rounds);
        eprintln!("arrivals of {}: done", scenes[number].name);
        ends.map_err(|error| error.to_string())
    };
    // Whatever a scene's arrivals are drawn by is its own, so it does not matter on which thread.
    let halves = numbers.split_at(numbers.len() / 2);
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| halves.0.iter().map(|number| of(*number)).collect::<Vec<_>>());
        let other: Vec<_> = halves.1.iter().map(|number| of(*number)).collect();
        (one.join(), other)
    });
    let mut all = Ends::default();
    for ends in one.map_err(|_| "a thread of the arrivals panicked")?.into_iter().chain(other) {
        let ends = ends?;
        all.still.add(ends.still);
        all.moved.add(ends.moved);
        all.still_masked.add(ends.still_masked);
        all.moved_masked.add(ends.moved_masked);
        all.unguarded += ends.unguarded;
        all.refused.extend(ends.refused);
    }
    let Ends { still, moved, still_masked, moved_masked, unguarded, refused } = all;
    report.table(
        &[
            "arrivals of 20 s",
            "sealed",
            "with the first frame",
            "seconds until then: p50 / p90 / p99",
            "frames",
        ],
        &[
            still.row("camera still"),
            moved.row(&format!("camera moved by {NEVER} px or more")),
            still_masked.row("camera still, two masks"),
            moved_masked.row(&format!("camera moved by {NEVER} px or more, two masks")),
        ],
    );
    report.says(&format!(
        "Enrolled with {} pictures of other arrivals. Refused: {}.",
        ENROL.0,
        list(refused)
    ));
    report.says(&format!(
        "Still and not sealed: {}. With two masks each, of which {unguarded} of all scenes are unguarded: {}. Moved and \
         sealed: {}; with masks: {}.",
        list(&still.without),
        list(&still_masked.without),
        list(&moved.with),
        list(&moved_masked.with),
    ));
    Ok(())
}

/// Arrivals of one scene, without masks and with them; so many of a camera that was moved.
fn of_scene((way, masked): (&Way, &Way), scenes: &[Scene], number: usize, moved: usize) -> Outcome<Ends> {
    let mut random = Rng::with_seed(900 + number as u64);
    let mut ends = Ends::default();
    let quiet = scenes[number].photo.seen(Pose::default());
    let station = Station::draw(&mut random);
    for (way, times, still, not_still) in [
        (way, STILL, &mut ends.still, &mut ends.moved),
        (masked, MASKED, &mut ends.still_masked, &mut ends.moved_masked),
    ] {
        let watched = (0..ENROL.0).map(|_| {
            let arrival = Arrival::draw(ENROL.1, &station, textures(scenes, number), &mut random);
            arrival.frame(&quiet, between(&mut random, -BEFORE, SECONDS), &mut random)
        });
        let lock = match way.enrol(watched)? {
            Ok(enrolled) => way.lock(enrolled)?,
            Err(error) => {
                let error = error.to_string();
                let what = error.split_once(':').map_or(error.as_str(), |(what, _)| what);
                ends.refused.push(format!("{} ({what})", scenes[number].name));
                continue;
            }
        };
        ends.unguarded += lock.references().unguarded().len();
        let scene = Watched { way, lock: &lock, station: &station, scenes, number };
        scene.still(times, still, &mut random)?;
        scene.moved(moved, not_still, &mut random)?;
    }
    Ok(ends)
}

/// What cars and people look like before this scene: like parts of others.
fn textures(scenes: &[Scene], number: usize) -> (&Photo, &Photo) {
    let of = |after: usize| &scenes[(number + after) % scenes.len()].photo;
    (of(3), of(5))
}

/// What became of arrivals.
#[derive(Default)]
struct Tally {
    ends: Vec<End>,
    /// Of which scenes some were not sealed, and were.
    without: Vec<String>,
    with: Vec<String>,
}

impl Tally {
    fn take(&mut self, scene: &str, end: End) {
        let names = if end.sealed.is_some() { &mut self.with } else { &mut self.without };
        names.push(scene.to_owned());
        self.ends.push(end);
    }

    fn add(&mut self, more: Tally) {
        self.ends.extend(more.ends);
        self.without.extend(more.without);
        self.with.extend(more.with);
    }

    fn row(&self, name: &str) -> Vec<String> {
        let sealed: Vec<f64> = self.ends.iter().filter_map(|end| end.sealed).collect();
        let at_once = sealed.iter().filter(|second| **second == 0.0).count();
        let (all, count) = (self.ends.len(), sealed.len());
        let seconds = if sealed.is_empty() { "–".to_owned() } else { Sorted::new(sealed).three() };
        let frames: usize = self.ends.iter().map(|end| end.frames).sum();
        row![name, share(count, all), share(at_once, all), seconds, frames]
    }
}

/// A scene before which things happen.
struct Watched<'a> {
    way: &'a Way,
    lock: &'a Lock,
    station: &'a Station,
    scenes: &'a [Scene],
    number: usize,
}

impl Watched<'_> {
    fn still(&self, times: usize, tally: &mut Tally, random: &mut Rng) -> Outcome<()> {
        let scene = &self.scenes[self.number];
        let mut seen = scene.photo.seen(Pose::default());
        for at in 0..times {
            if at % 10 == 9 {
                // Screws give a little.
                let (down, right) = between(random, 0.0, std::f64::consts::TAU).sin_cos();
                seen = scene.photo.seen(Pose { right, down, ..Pose::default() });
            }
            tally.take(&scene.name, self.watch(&seen, random)?);
        }
        Ok(())
    }

    fn moved(&self, times: usize, tally: &mut Tally, random: &mut Rng) -> Outcome<()> {
        let scene = &self.scenes[self.number];
        for _ in 0..times {
            let pose = moved_pose(random);
            let end = self.watch(&scene.photo.seen(pose), random)?;
            tally.take(&format!("{} {pose:?}", scene.name), end);
        }
        Ok(())
    }

    fn watch(&self, seen: &Photo, random: &mut Rng) -> Outcome<End> {
        let arrival = Arrival::draw(LEVEL, self.station, textures(self.scenes, self.number), random);
        let mut track = Track::default();
        let mut frames = 0;
        while (frames as f64) * EVERY < SECONDS {
            let second = frames as f64 * EVERY;
            frames += 1;
            let judged = self.way.judge(self.lock, arrival.frame(seen, second, random)?)?;
            if track.take(&judged.verdict) {
                return Ok(End { sealed: Some(second), frames });
            }
        }
        Ok(End { sealed: None, frames })
    }
}

/// Moved so far that nothing may be sealed.
fn moved_pose(random: &mut Rng) -> Pose {
    let sign = if random.bool() { 1.0 } else { -1.0 };
    let still = Pose::default();
    loop {
        let pose = match random.usize(0..4) {
            0 => {
                let (down, right) = between(random, 0.0, std::f64::consts::TAU).sin_cos();
                let far = between(random, NEVER, 50.0);
                Pose { right: far * right, down: far * down, ..still }
            }
            1 => Pose { turn: sign * between(random, 0.36, 2.0), ..still },
            2 => Pose { zoom: sign * between(random, 0.0064, 0.03), ..still },
            _ => Pose { right: sign * between(random, 300.0, 500.0), ..still },
        };
        if pose.corner() >= NEVER {
            return pose;
        }
    }
}
