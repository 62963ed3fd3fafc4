//! The patches of a plane that tell most: those with the most edges in both directions (Shi, Tomasi, "Good features to
//! track", 1994), one a cell of a grid and some beside each mask, unless they look like their own surroundings.

use crate::correlation::{Patch, REACH};
use crate::field::{Field, SMOOTH, eroded, smoothed};
use crate::ground::{Ground, Spot};
use crate::guards::{Side, beside};
use crate::plane::Plane;
use crate::reference::SIDE;

/// The grid of cells that have an anchor each, and how many places of each are tried: on the best one vehicles may stop.
const CELLS: (usize, usize) = (8, 6);
const TRIED_IN_A_CELL: usize = 3;
/// Tries a patch that is wanted.
const TRIES: usize = 4;

/// The lesser of a patch's two directions changes by so much a point, on average; below is noise.
const EDGES: f32 = 0.25;
/// A patch that looks like its surroundings by more than this could be taken for them.
const ALIKE: f64 = 0.85;

/// So many guards of a side are tried, so far apart.
const TRIED: usize = 12;
const GUARDS_APART: usize = 12;

/// A patch that is searched for lies so far inside the picture; a guard may lie nearer to its border, and is not found once
/// it went beyond.
const WITHIN: usize = REACH + SIDE / 2 + 1;
const GUARD_WITHIN: usize = SIDE / 2 + 4;

/// A place that may become an anchor.
pub(crate) struct Candidate {
    pub(crate) at: (usize, usize),
    pub(crate) edges: f32,
    pub(crate) patch: Patch<SIDE>,
    /// In how many pictures it was there...
    pub(crate) there: usize,
    /// ...and in how many of them beyond doubt.
    pub(crate) clearly: usize,
}

/// What became of the places that were tried.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) tried: usize,
    pub(crate) alike: usize,
}

/// Where patches can be taken from a plane.
pub(crate) struct Places<'a> {
    ground: &'a Ground,
    field: Field,
    /// Of the patch with this middle: how much its lesser direction changes; 0 where there can be none.
    edges: Vec<f32>,
}

impl<'a> Places<'a> {
    pub(crate) fn of(plane: &Plane, ground: &'a Ground) -> Places<'a> {
        let (width, height) = (ground.width, ground.height);
        let smooth = smoothed(&plane.bright, width);
        let sound = eroded(&plane.shown, width);
        let at = |x: usize, y: usize| f32::from(smooth[y * width + x]) / f32::from(SMOOTH);
        let mut slopes = vec![(0.0_f32, 0.0_f32, 0.0_f32, 0_u32); (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = (0.0, 0.0, 0.0, 0);
            for x in 0..width {
                if sound[y * width + x] {
                    let across = (at((x + 1).min(width - 1), y) - at(x.saturating_sub(1), y)) / 2.0;
                    let along = (at(x, (y + 1).min(height - 1)) - at(x, y.saturating_sub(1))) / 2.0;
                    row = (row.0 + across * across, row.1 + along * along, row.2 + across * along, row.3);
                } else {
                    row.3 += 1;
                }
                let above = slopes[y * (width + 1) + x + 1];
                slopes[(y + 1) * (width + 1) + x + 1] =
                    (above.0 + row.0, above.1 + row.1, above.2 + row.2, above.3 + row.3);
            }
        }
        let mut edges = vec![0.0; width * height];
        for y in GUARD_WITHIN..height.saturating_sub(GUARD_WITHIN) {
            for x in GUARD_WITHIN..width.saturating_sub(GUARD_WITHIN) {
                let corner =
                    |dx: usize, dy: usize| slopes[(y - SIDE / 2 + dy) * (width + 1) + x - SIDE / 2 + dx];
                let (a, b, c, d) = (corner(0, 0), corner(SIDE, 0), corner(0, SIDE), corner(SIDE, SIDE));
                if d.3 + a.3 == b.3 + c.3 {
                    let count = (SIDE * SIDE) as f32;
                    let sum =
                        |of: fn(&(f32, f32, f32, u32)) -> f32| (of(&d) - of(&b) - of(&c) + of(&a)) / count;
                    let (xx, yy, xy) = (sum(|it| it.0), sum(|it| it.1), sum(|it| it.2));
                    let half = (xx - yy) / 2.0;
                    edges[y * width + x] = (xx + yy) / 2.0 - half.hypot(xy);
                }
            }
        }
        Places { ground, field: Field::of(plane, ground), edges }
    }

    /// The best of each cell, the very best first.
    pub(crate) fn in_cells(&self, tally: &mut Tally) -> Vec<Vec<Candidate>> {
        let (across, down) = CELLS;
        let (width, height) = (self.ground.width, self.ground.height);
        let mut found = Vec::new();
        for row in 0..down {
            for column in 0..across {
                let (xs, ys) = (
                    width * column / across..width * (column + 1) / across,
                    height * row / down..height * (row + 1) / down,
                );
                let points = ys.flat_map(|y| xs.clone().map(move |x| (x, y)));
                let within = |at: usize, most: usize| at >= WITHIN && at + WITHIN < most;
                let points = points.filter(|(x, y)| within(*x, width) && within(*y, height));
                found.push(self.best(points.collect(), TRIED_IN_A_CELL, tally));
            }
        }
        found
    }

    /// The best on a side of a mask; `None` where that side lies outside the picture.
    pub(crate) fn beside(&self, mask: &[Spot], side: Side, tally: &mut Tally) -> Option<Vec<Candidate>> {
        let (left, top, right, bottom) = beside(mask, side);
        let range = |low: f64, high: f64, most: usize| {
            let low = low.max(GUARD_WITHIN as f64);
            let high = high.min(most.saturating_sub(GUARD_WITHIN) as f64);
            (low < high).then(|| low.ceil() as usize..high as usize)
        };
        let (xs, ys) = (range(left, right, self.ground.width)?, range(top, bottom, self.ground.height)?);
        let points = ys.flat_map(|y| xs.clone().map(move |x| (x, y)));
        Some(self.best(points.collect(), TRIED, tally))
    }

    /// The best `most` of these middles that look like nothing around them.
    fn best(&self, mut points: Vec<(usize, usize)>, most: usize, tally: &mut Tally) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        for _ in 0..TRIES * most {
            let edges = |at: &(usize, usize)| self.edges[at.1 * self.ground.width + at.0];
            let best = points.iter().copied().max_by(|one, other| edges(one).total_cmp(&edges(other)));
            let Some(best) = best.filter(|at| edges(at) >= EDGES) else { break };
            tally.tried += 1;
            let at = (best.0 - SIDE / 2, best.1 - SIDE / 2);
            let Some(patch) = Patch::<SIDE>::cut(&self.field, at) else { break };
            let is_alike = patch.search(&self.field, at, REACH).is_none_or(|found| found.rival >= ALIKE);
            let apart = if is_alike { SIDE / 4 } else { GUARDS_APART };
            points.retain(|(x, y)| x.abs_diff(best.0) > apart || y.abs_diff(best.1) > apart);
            if is_alike {
                tally.alike += 1;
                continue;
            }
            found.push(Candidate { at, edges: edges(&best), patch, there: 0, clearly: 0 });
            if found.len() == most {
                break;
            }
        }
        found
    }
}
