//! Scenes of two depths: a camera that slides moves what is near and hardly what is far.

use fastrand::Rng;
use lineshot_angle::Verdict;

use crate::nuisance::{between, still};
use crate::photo::{HEIGHT, Photo, Pose, WIDTH};
use crate::report::{Report, list, share};
use crate::stills::Scene;
use crate::way::Way;
use crate::{Outcome, row};

/// The part of the frame that is near, what it shows, and the mask in it; in fractions.
struct Layout {
    name: &'static str,
    near: (f64, f64, f64, f64),
    is_plain: bool,
    mask: (f64, f64, f64, f64),
}

const LAYOUTS: [Layout; 5] = [
    Layout {
        name: "near: lower part, textured; mask in its midst",
        near: (0.0, 0.55, 1.0, 1.0),
        is_plain: false,
        mask: (0.40, 0.80, 0.60, 0.95),
    },
    Layout {
        name: "near: left third, textured; mask in its midst",
        near: (0.0, 0.0, 0.36, 1.0),
        is_plain: false,
        mask: (0.08, 0.40, 0.22, 0.65),
    },
    Layout {
        name: "near: lower part, textured; mask at its border",
        near: (0.0, 0.55, 1.0, 1.0),
        is_plain: false,
        mask: (0.40, 0.57, 0.60, 0.75),
    },
    Layout {
        name: "near: lower part, plain; mask in its midst",
        near: (0.0, 0.45, 1.0, 1.0),
        is_plain: true,
        mask: (0.40, 0.80, 0.60, 0.95),
    },
    Layout {
        name: "near: lower part, plain; mask at its border",
        near: (0.0, 0.55, 1.0, 1.0),
        is_plain: true,
        mask: (0.40, 0.57, 0.60, 0.75),
    },
];

/// How far the near part goes, in pixels.
const SHIFTS: [f64; 4] = [8.0, 16.0, 24.0, 40.0];
const LEVELS: [f64; 2] = [0.5, 1.0];

/// Pairs of photographs of a layout.
const PAIRS: usize = 4;

fn corners((left, top, right, bottom): (f64, f64, f64, f64)) -> Vec<(f64, f64)> {
    vec![(left, top), (right, top), (right, bottom), (left, bottom)]
}

/// The near part over the far one, each moved by so much.
fn composed(layout: &Layout, far: &Photo, near: &Photo, moved: (f64, f64)) -> Photo {
    let mut picture = far.seen(Pose { right: moved.0, ..Pose::default() });
    let front = near.seen(Pose { right: moved.1, ..Pose::default() });
    let (left, top, right, bottom) = layout.near;
    // Its border goes where it goes.
    let border = |part: f64, most: usize| {
        let at = part * most as f64;
        if part > 0.0 && part < 1.0 { (at - moved.1).round() as usize } else { at as usize }
    };
    let xs = border(left, WIDTH)..border(right, WIDTH);
    for y in (top * HEIGHT as f64) as usize..(bottom * HEIGHT as f64) as usize {
        for x in xs.clone() {
            let at = (y * WIDTH + x) * 3;
            let own = &mut picture.rgb[at..at + 3];
            if layout.is_plain {
                let grey = 90 + (y * 40 / HEIGHT) as u8;
                own.copy_from_slice(&[grey; 3]);
            } else {
                own.copy_from_slice(&front.rgb[at..at + 3]);
            }
        }
    }
    picture
}

/// Counts of SAME, MOVED for the guards alone, MOVED, UNVERIFIABLE.
#[derive(Default)]
struct Count {
    same: usize,
    aside: usize,
    moved: usize,
    unverifiable: usize,
}

impl Count {
    fn take(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Same(_) => self.same += 1,
            Verdict::Moved(seen) if seen.aside.is_some() => self.aside += 1,
            Verdict::Moved(_) => self.moved += 1,
            Verdict::Unverifiable(_) => self.unverifiable += 1,
        }
    }

    fn all(&self) -> usize {
        self.same + self.aside + self.moved + self.unverifiable
    }
}

pub(crate) fn bench(scenes: &[Scene], rounds: usize, report: &mut Report) -> Outcome<()> {
    let mut random = Rng::with_seed(10);
    let mut rows = Vec::new();
    let mut refused = Vec::new();
    let usable: Vec<&Scene> = scenes.iter().filter(|scene| scene.lock.is_some()).collect();
    for layout in LAYOUTS {
        let way = Way::new(&[("near", corners(layout.mask))])?;
        let (mut enrolled_pairs, mut unguarded) = (0, 0);
        let (mut stands, mut shifted) = (Count::default(), Count::default());
        for pair in 0..PAIRS {
            let (far, near) = (usable[pair * 3 % usable.len()], usable[(pair * 3 + 4) % usable.len()]);
            let quiet = composed(&layout, &far.photo, &near.photo, (0.0, 0.0));
            let lock = match way.enrol_scene(&quiet, &mut random)? {
                Ok(enrolled) => way.lock(enrolled)?,
                Err(error) => {
                    refused.push(format!("{} before {}: {error}", near.name, far.name));
                    continue;
                }
            };
            enrolled_pairs += 1;
            unguarded += usize::from(!lock.references().unguarded().is_empty());
            for level in LEVELS {
                for _ in 0..2 * rounds {
                    let jpeg = still(&quiet, level, None, &mut random)?;
                    stands.take(&way.judge(&lock, jpeg)?.verdict);
                }
                for shift in SHIFTS {
                    for _ in 0..rounds {
                        let side = if random.bool() { 1.0 } else { -1.0 };
                        let wall = between(&mut random, 0.0, 1.0);
                        let moved = (side * wall, side * shift);
                        let picture = composed(&layout, &far.photo, &near.photo, moved);
                        let jpeg = still(&picture, level, None, &mut random)?;
                        shifted.take(&way.judge(&lock, jpeg)?.verdict);
                    }
                }
            }
        }
        let all = shifted.all();
        rows.push(row![
            layout.name,
            format!("{enrolled_pairs} of {PAIRS}"),
            unguarded,
            share(stands.same, stands.all()),
            share(shifted.same, all),
            shifted.aside,
            shifted.moved,
            shifted.unverifiable,
        ]);
    }
    report.table(
        &[
            "scene",
            "enrolled",
            "of these, mask named as unguarded",
            "still: accepted",
            "near part moved 8 to 40 px: accepted",
            "moved, by the guards",
            "moved, by all anchors",
            "unverifiable",
        ],
        &rows,
    );
    report.says(&format!("Refused at enrolment: {}.", list(refused)));
    Ok(())
}
