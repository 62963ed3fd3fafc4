//! Single frames of photographs: a camera that stands still or was moved, in three levels of nuisance.

use fastrand::Rng;
use lineshot_angle::Lock;

use crate::nuisance::{between, still};
use crate::photo::{Photo, Pose};
use crate::report::{Report, Sorted, list, share};
use crate::way::{Kind, NEVER, Way, kind};
use crate::{Outcome, plot, row};

pub(crate) const LEVELS: [f64; 3] = [0.5, 1.0, 2.0];

/// A photograph that was tried, and its lock if it could be enrolled.
pub(crate) struct Scene {
    pub(crate) name: String,
    pub(crate) photo: Photo,
    pub(crate) lock: Option<Lock>,
}

/// What was done to the camera.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Shift(f64),
    Turn(f64),
    Zoom(f64),
    Mirrored,
    Neighbour,
    Other,
}

/// What is done, and how often each round.
const CHANGES: [(Change, usize); 20] = [
    (Change::Shift(0.0), 2),
    (Change::Shift(1.0), 2),
    (Change::Shift(2.0), 1),
    (Change::Shift(3.0), 1),
    (Change::Shift(4.0), 1),
    (Change::Shift(5.0), 1),
    (Change::Shift(6.0), 1),
    (Change::Shift(8.0), 1),
    (Change::Shift(16.0), 1),
    (Change::Shift(40.0), 1),
    (Change::Turn(0.2), 1),
    (Change::Turn(0.5), 1),
    (Change::Turn(1.0), 1),
    (Change::Turn(2.0), 1),
    (Change::Zoom(0.01), 1),
    (Change::Zoom(0.02), 1),
    (Change::Zoom(0.03), 1),
    (Change::Mirrored, 1),
    (Change::Neighbour, 1),
    (Change::Other, 1),
];

/// How far a corner went, in classes, from and to.
pub(crate) const CLASSES: [(f64, f64); 9] = [
    (0.0, 1.5),
    (1.5, 2.5),
    (2.5, 3.5),
    (3.5, 4.5),
    (4.5, 5.5),
    (5.5, NEVER),
    (NEVER, 13.0),
    (13.0, 25.0),
    (25.0, 50.0),
];

/// One frame that was judged.
struct Frame {
    level: usize,
    change: Change,
    /// How far a corner really went.
    corner: f64,
    kind: Kind,
    /// How far the lock says it went.
    said: Option<f64>,
    scene: usize,
    found: (u32, u32),
}

/// Reads and enrols all scenes.
pub(crate) fn scenes(
    way: &Way,
    files: &[(String, std::path::PathBuf)],
    report: &mut Report,
) -> Outcome<Vec<Scene>> {
    let mut random = Rng::with_seed(7);
    let (mut scenes, mut rows) = (Vec::new(), Vec::new());
    for (name, path) in files {
        let photo = Photo::read(path)?;
        let lock = match way.enrol_scene(&photo.seen(Pose::default()), &mut random)? {
            Ok(enrolled) => {
                rows.push(row![name, enrolled.anchors, ""]);
                Some(way.lock(enrolled)?)
            }
            Err(error) => {
                rows.push(row![name, "–", format!("refused: {error}")]);
                None
            }
        };
        scenes.push(Scene { name: name.clone(), photo, lock });
    }
    report.table(&["photograph", "anchors", "enrolment"], &rows);
    Ok(scenes)
}

/// Judges every change of every scene and tells what came out; returns the plot.
pub(crate) fn bench(way: &Way, scenes: &[Scene], rounds: usize, report: &mut Report) -> Outcome<String> {
    let mut random = Rng::with_seed(8);
    let mut frames = Vec::new();
    for (number, scene) in scenes.iter().enumerate() {
        let Some(lock) = &scene.lock else { continue };
        let cars = &scenes[(number + 3) % scenes.len()].photo;
        for (change, times) in CHANGES {
            for _ in 0..times * rounds {
                let (pose, corner) = pose(change, &mut random);
                let other = (number + 1 + random.usize(0..scenes.len() - 1)) % scenes.len();
                let shown = if change == Change::Other { other } else { number };
                let seen = scenes[shown].photo.seen(pose);
                for (level, much) in LEVELS.into_iter().enumerate() {
                    let jpeg = still(&seen, much, Some(cars), &mut random)?;
                    let judged = way.judge(lock, jpeg)?;
                    let seen = judged.verdict.seen();
                    frames.push(Frame {
                        level,
                        change,
                        corner,
                        kind: kind(&judged.verdict),
                        said: seen.fit.map(|fit| fit.corner),
                        scene: number,
                        found: (seen.found, seen.of),
                    });
                }
            }
        }
    }
    tell(&frames, scenes, report);
    Ok(plot::accepted(&curves(&frames)))
}

fn pose(change: Change, random: &mut Rng) -> (Pose, f64) {
    let sign = if random.bool() { 1.0 } else { -1.0 };
    let still = Pose::default();
    let pose = match change {
        Change::Shift(way) => {
            let (down, right) = between(random, 0.0, std::f64::consts::TAU).sin_cos();
            Pose { right: way * right, down: way * down, ..still }
        }
        Change::Turn(degrees) => Pose { turn: sign * degrees, ..still },
        Change::Zoom(part) => Pose { zoom: sign * part, ..still },
        Change::Mirrored => Pose { mirrored: true, ..still },
        Change::Neighbour => Pose { right: sign * between(random, 300.0, 500.0), ..still },
        Change::Other => still,
    };
    let is_elsewhere = matches!(change, Change::Mirrored | Change::Neighbour | Change::Other);
    (pose, if is_elsewhere { f64::INFINITY } else { pose.corner() })
}

fn tell(frames: &[Frame], scenes: &[Scene], report: &mut Report) {
    let count = |of: &dyn Fn(&Frame) -> bool| frames.iter().filter(|frame| of(frame)).count();
    let rows: Vec<_> = LEVELS
        .iter()
        .enumerate()
        .map(|(level, much)| {
            let is_still = |frame: &Frame| frame.level == level && frame.corner < 1.5;
            let all = count(&is_still);
            let kinds = [Kind::Same, Kind::Moved, Kind::Unverifiable]
                .map(|kind| share(count(&|frame| is_still(frame) && frame.kind == kind), all));
            row![much, kinds[0], kinds[1], kinds[2]]
        })
        .collect();
    report.says("Camera still (0 and 1 px):");
    report.table(&["level", "accepted", "called moved", "unverifiable"], &rows);

    let accepted = |name: String, is_one: &dyn Fn(&Frame) -> bool| {
        let cells = (0..LEVELS.len()).map(|level| {
            let all = count(&|frame| frame.level == level && is_one(frame));
            share(count(&|it| it.level == level && is_one(it) && it.kind == Kind::Same), all)
        });
        [name].into_iter().chain(cells).collect::<Vec<String>>()
    };
    let mut rows: Vec<_> = CLASSES
        .iter()
        .map(|(from, to)| {
            let must = if *from >= NEVER { " (never)" } else { "" };
            accepted(format!("{from} to {to} px{must}"), &|it| (*from..*to).contains(&it.corner))
        })
        .collect();
    for (name, change) in [
        ("mirrored (never)", Change::Mirrored),
        ("neighbouring camera (never)", Change::Neighbour),
        ("other scene (never)", Change::Other),
    ] {
        rows.push(accepted(name.to_owned(), &|it| it.change == change));
    }
    rows.push(accepted("all that must never be".to_owned(), &|it| it.corner >= NEVER));
    report.says("Accepted, by how far a corner really went:");
    report.table(&["corner", "level 0.5", "level 1", "level 2"], &rows);

    let errors = |level: Option<usize>| {
        let one = |frame: &Frame| Some((frame.said? - frame.corner).abs());
        let near = frames.iter().filter(|it| it.corner < 50.0 && level.is_none_or(|level| it.level == level));
        Sorted::new(near.filter_map(one).collect()).three()
    };
    report.says("How far what the lock says of the corner is from the truth, px, where it says anything:");
    let cells: Vec<String> = (0..3).map(|level| errors(Some(level))).chain([errors(None)]).collect();
    report.table(&["level 0.5: p50 / p90 / p99", "level 1", "level 2", "all"], &[cells]);

    let worse = frames.iter().filter(|it| it.level == 1 && it.corner < 1.5 && it.kind != Kind::Same);
    let names = worse.map(|it| {
        let corner = it.said.map_or("no fit".to_owned(), |corner| format!("corner {corner:.1} px"));
        format!("{} ({} of {} anchors, {corner})", scenes[it.scene].name, it.found.0, it.found.1)
    });
    report.says(&format!("Still at level 1 and not accepted: {}.", list(names)));
    let wrong = frames.iter().filter(|it| it.corner >= NEVER && it.kind == Kind::Same);
    let names = wrong.map(|it| {
        let said = it.said.unwrap_or(f64::NAN);
        format!("{} {:?} {:.1} px, said {said:.1}", scenes[it.scene].name, it.change, it.corner)
    });
    report.says(&format!("Moved by {NEVER} px or more and accepted: {}.", list(names)));
}

/// Per level: the mean corner of each class and the share that was accepted.
fn curves(frames: &[Frame]) -> Vec<(String, Vec<(f64, f64)>)> {
    let curve = |level: usize| {
        let class = |(from, to): (f64, f64)| {
            let own: Vec<&Frame> =
                frames.iter().filter(|it| it.level == level && (from..to).contains(&it.corner)).collect();
            let all = own.len() as f64;
            let accepted = own.iter().filter(|it| it.kind == Kind::Same).count() as f64;
            let mean = own.iter().map(|it| it.corner).sum::<f64>() / all;
            (all > 0.0).then_some((mean, accepted / all))
        };
        CLASSES.into_iter().filter_map(class).collect()
    };
    LEVELS.iter().enumerate().map(|(level, much)| (format!("level {much}"), curve(level))).collect()
}
