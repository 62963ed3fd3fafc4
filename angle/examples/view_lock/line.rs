//! The camera `line`: a rendered production line, with what is confidential there covered.

use std::time::Duration;

use fastrand::Rng;
use lineshot_angle::{Lock, Track};
use lineshot_domain::Wall;
use lineshot_hall::{Hall, POSTER, Position, ROBOT_CELL, Renderer, WHITEBOARD};

use crate::nuisance::{Weather, between, jpeg};
use crate::passing::{EVERY, LEVEL, SECONDS};
use crate::photo::{HEIGHT, Photo, Pose, WIDTH};
use crate::report::{Report, Sorted, list, share};
use crate::way::{Kind, NEVER, Way, kind};
use crate::{Outcome, row};

const POSITIONS: [u8; 4] = [0, 3, 7, 12];
const TAKT: Duration = Duration::from_secs(60);
/// 2026-11-26T09:00:00Z, and how long it is watched, and in how many pictures.
const BEGINS: i64 = 1_795_683_600_000;
const WATCHED: (i64, i64) = (300_000, 60);
/// Later moments, of the next hours, at which a vehicle stands there.
const MOMENTS: usize = 50;
const HOURS: i64 = 2;
/// As the camera `line` sends it.
const QUALITY: u8 = 88;

fn polygon(corners: &[[f64; 2]]) -> Vec<(f64, f64)> {
    corners.iter().map(|[x, y]| (*x, *y)).collect()
}

pub(crate) fn bench(report: &mut Report) -> Outcome<()> {
    let way = Way::new(&[
        ("poster", polygon(&POSTER)),
        ("whiteboard", polygon(&WHITEBOARD)),
        ("robot cell", polygon(&ROBOT_CELL)),
    ])?;
    let mut random = Rng::with_seed(12);
    let mut rows = Vec::new();
    let mut strange = Vec::new();
    for number in POSITIONS {
        let (hall, position) = (Hall::new(7, TAKT), Position::new(number)?);
        let mut renderer = Renderer::new(hall.clone(), position);
        let watched = (0..WATCHED.1).map(|at| Wall::from_unix_ms(BEGINS + WATCHED.0 * at / WATCHED.1));
        let enrolled = way.enrol(watched.map(|at| Ok(renderer.jpeg(at, QUALITY))))?;
        let enrolled = match enrolled {
            Ok(enrolled) => enrolled,
            Err(error) => {
                rows.push(row![number, format!("refused: {error}"), "", "", "", "", "", "", "", ""]);
                continue;
            }
        };
        let (anchors, guards) = (enrolled.anchors, enrolled.guards);
        let lock = way.lock(enrolled)?;
        let mut corners = Vec::new();
        let (mut same, mut in_weather, mut in_time, mut moved, mut sealed) = (0, 0, 0, 0, 0);
        for _ in 0..MOMENTS {
            let at = stands(&hall, position, &mut random);
            let picture = renderer.picture(Wall::from_unix_ms(at)).rgb().to_vec();
            let verdict = way.judge(&lock, jpeg(&picture, QUALITY)?)?.verdict;
            if kind(&verdict) == Kind::Same {
                same += 1;
                in_time += 1;
            } else {
                let waited = until_sealed(&way, &lock, &mut renderer, at)?;
                in_time += usize::from(waited.is_some());
                let seen = verdict.seen();
                let then = waited.map_or("not in time".to_owned(), |second| format!("after {second} s"));
                strange.push(format!(
                    "position {number}: {} of {}, {:?}, {then}",
                    seen.found, seen.of, seen.aside
                ));
            }
            corners.extend(verdict.seen().fit.map(|fit| fit.corner));

            let photo = Photo { width: WIDTH, height: HEIGHT, rgb: picture };
            let weather = Weather::draw(&mut random, LEVEL).frame(&photo, 1.0, &[], &mut random)?;
            in_weather += usize::from(kind(&way.judge(&lock, weather)?.verdict) == Kind::Same);
            let pose = knocked(&mut random);
            let verdict = way.judge(&lock, jpeg(&photo.seen(pose).rgb, QUALITY)?)?.verdict;
            moved += usize::from(kind(&verdict) == Kind::Same);
            sealed += usize::from(Track::default().take(&verdict));
            if kind(&verdict) == Kind::Same {
                strange.push(format!("position {number}: accepted {pose:?}"));
            }
        }
        rows.push(row![
            number,
            anchors,
            guards,
            list(lock.references().unguarded()),
            share(same, MOMENTS),
            share(in_weather, MOMENTS),
            share(in_time, MOMENTS),
            Sorted::new(corners).three(),
            share(moved, MOMENTS),
            share(sealed, MOMENTS),
        ]);
    }
    report.table(
        &[
            "position",
            "anchors",
            "of these guards",
            "unguarded",
            "accepted",
            &format!("with light, lens and noise of level {LEVEL}"),
            &format!("within {SECONDS} s"),
            "corner said, px: p50 / p90 / p99",
            &format!("moved by {NEVER} px or more: accepted"),
            "of these sealed",
        ],
        &rows,
    );
    report.says(&format!("Not as wanted: {}.", list(strange)));
    Ok(())
}

/// A moment at which a vehicle stands there: no frame of another is asked for.
fn stands(hall: &Hall, position: Position, random: &mut Rng) -> i64 {
    loop {
        let at = BEGINS + WATCHED.0 + random.i64(0..HOURS * 3_600_000);
        if hall.standing(position, Wall::from_unix_ms(at)).is_some() {
            return at;
        }
    }
}

/// After how many seconds the first frame may be used, if one may: two are judged a second, as in an arrival.
fn until_sealed(way: &Way, lock: &Lock, renderer: &mut Renderer, begins: i64) -> Outcome<Option<f64>> {
    let mut track = Track::default();
    let mut second = 0.0;
    while second < SECONDS {
        let at = Wall::from_unix_ms(begins + (second * 1000.0) as i64);
        if track.take(&way.judge(lock, renderer.jpeg(at, QUALITY))?.verdict) {
            return Ok(Some(second));
        }
        second += EVERY;
    }
    Ok(None)
}

/// At least as far as must never be accepted.
fn knocked(random: &mut Rng) -> Pose {
    let (down, right) = between(random, 0.0, std::f64::consts::TAU).sin_cos();
    let far = between(random, NEVER, 40.0);
    let sign = if random.bool() { 1.0 } else { -1.0 };
    match random.bool() {
        true => Pose { right: far * right, down: far * down, ..Pose::default() },
        false => Pose { turn: sign * between(random, 0.37, 2.0), ..Pose::default() },
    }
}
