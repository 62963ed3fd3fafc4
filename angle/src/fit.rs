//! The movement that most anchors agree on: a shift, a turn and a zoom.
//!
//! Each pair of anchors proposes one; the one with the most others within [`NEAR`] wins, and is made anew from all of
//! these by least squares. Exhaustive, so that the same picture gives the same answer (compare Fischler, Bolles,
//! "Random sample consensus", 1981).

use crate::ground::{Ground, Spot};

/// In pixels of a frame of 1080 lines.
const NEAR: f64 = 3.0;
/// Anchors nearer to each other than this part of the picture's width say little of a turn.
const APART: f64 = 0.1;
/// A camera that was knocked is not turned or zoomed by more: radians, and parts.
const MOST: f64 = 0.08;
/// The anchors that agree span so much of the picture's width and height.
const SPAN: (f64, f64) = (0.25, 0.20);

/// By how much a camera was moved. Lengths in pixels of a frame of 1080 lines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// How far to the right what is seen in the middle went: the camera points too far to the left.
    pub right: f64,
    /// How far down it went: the camera points too high.
    pub down: f64,
    /// How far what is seen was turned clockwise, in degrees.
    pub turn: f64,
    /// How much larger it is, in parts: 0.01 is a hundredth.
    pub zoom: f64,
    /// How far the corner went that went farthest.
    pub corner: f64,
    /// So many anchors agree.
    pub anchors: u32,
}

/// A complex number: `(a, b)` turns and zooms a place.
type Turn = (f64, f64);

/// Where an anchor belongs and where it was found, from the middle of the picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) from: Spot,
    pub(crate) to: Spot,
}

#[derive(Clone, Copy)]
struct Similarity {
    turn: Turn,
    shift: Spot,
}

impl Similarity {
    fn of(&self, (x, y): Spot) -> Spot {
        let (a, b) = self.turn;
        (a * x - b * y + self.shift.0, b * x + a * y + self.shift.1)
    }

    /// The one that these agree on best, by least squares.
    fn through<'a>(pairs: impl Iterator<Item = &'a Pair> + Clone) -> Option<Similarity> {
        let count = pairs.clone().count() as f64;
        let middle = |of: fn(&Pair) -> Spot| {
            let sum = pairs.clone().map(of).fold((0.0, 0.0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
            (sum.0 / count, sum.1 / count)
        };
        let (from, to) = (middle(|pair| pair.from), middle(|pair| pair.to));
        let (mut a, mut b, mut length) = (0.0, 0.0, 0.0);
        for pair in pairs {
            let (px, py) = (pair.from.0 - from.0, pair.from.1 - from.1);
            let (qx, qy) = (pair.to.0 - to.0, pair.to.1 - to.1);
            a += px * qx + py * qy;
            b += px * qy - py * qx;
            length += px * px + py * py;
        }
        if length <= 0.0 {
            return None;
        }
        let turn = (a / length, b / length);
        let shift = (to.0 - turn.0 * from.0 + turn.1 * from.1, to.1 - turn.1 * from.0 - turn.0 * from.1);
        Some(Similarity { turn, shift })
    }

    fn is_likely(&self) -> bool {
        let (a, b) = self.turn;
        (a.hypot(b) - 1.0).abs() <= MOST && b.atan2(a).abs() <= MOST
    }

    fn error(&self, pair: &Pair) -> f64 {
        let (x, y) = self.of(pair.from);
        (x - pair.to.0).hypot(y - pair.to.1)
    }
}

impl Fit {
    /// What most of these agree on, if at least `least` do, all over the picture. `loose`: how many times as far apart
    /// they may be.
    pub(crate) fn of(pairs: &[Pair], least: usize, loose: f64, ground: &Ground) -> Option<Fit> {
        let near = NEAR * loose;
        let (width, height) = (ground.width as f64 * ground.unit, ground.height as f64 * ground.unit);
        let mut best: Option<(usize, f64, Similarity)> = None;
        for (at, one) in pairs.iter().enumerate() {
            for other in &pairs[at + 1..] {
                if (one.from.0 - other.from.0).hypot(one.from.1 - other.from.1) < APART * width {
                    continue;
                }
                let proposed = Similarity::through([one, other].into_iter());
                let Some(proposed) = proposed.filter(Similarity::is_likely) else { continue };
                let errors = pairs.iter().map(|pair| proposed.error(pair)).filter(|error| *error < near);
                let (count, sum) = errors.fold((0, 0.0), |(count, sum), error| (count + 1, sum + error));
                let is_better = |(most, least, _): &(usize, f64, Similarity)| {
                    count > *most || (count == *most && sum < *least)
                };
                if best.as_ref().is_none_or(is_better) {
                    best = Some((count, sum, proposed));
                }
            }
        }
        let (count, _, proposed) = best.filter(|(count, ..)| *count >= least)?;
        let agree: Vec<Pair> = pairs.iter().copied().filter(|pair| proposed.error(pair) < near).collect();
        let span = |of: fn(&Pair) -> f64| {
            let (least, most) = agree
                .iter()
                .map(of)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), at| (least.min(at), most.max(at)));
            most - least
        };
        if span(|pair| pair.from.0) < SPAN.0 * width || span(|pair| pair.from.1) < SPAN.1 * height {
            return None;
        }
        let fit = Similarity::through(agree.iter()).filter(Similarity::is_likely)?;
        let moved = |x: f64, y: f64| {
            let (nx, ny) = fit.of((x, y));
            (nx - x).hypot(ny - y)
        };
        let (x, y) = (width / 2.0, height / 2.0);
        let corners = [moved(-x, -y), moved(x, -y), moved(-x, y), moved(x, y)];
        let (a, b) = fit.turn;
        Some(Fit {
            right: fit.shift.0,
            down: fit.shift.1,
            turn: b.atan2(a).to_degrees(),
            zoom: a.hypot(b) - 1.0,
            corner: corners.into_iter().fold(0.0, f64::max),
            anchors: u32::try_from(count).unwrap_or(u32::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use lineshot_domain::{Crop, Scene, Show, Size};

    use super::*;

    fn ground() -> Ground {
        let frame = Size::new(1920, 1080).unwrap();
        Ground::new(&Scene::new(frame, Show::All, Vec::new()).unwrap(), Crop::whole(frame), None)
    }

    /// Places all over the picture, moved by `way`.
    fn pairs(way: impl Fn(Spot) -> Spot) -> Vec<Pair> {
        let places = (0..5).flat_map(|x| (0..4).map(move |y| (x as f64, y as f64)));
        let from = places.map(|(x, y)| (x * 400.0 - 800.0, y * 300.0 - 450.0));
        from.map(|from| Pair { from, to: way(from) }).collect()
    }

    #[test]
    fn a_shift_a_turn_and_a_zoom_are_told_apart() {
        let (sine, cosine) = 1.0_f64.to_radians().sin_cos();
        let corner = 960.0_f64.hypot(540.0);
        for (name, found, expected) in [
            ("still", pairs(|at| at), [0.0, 0.0, 0.0, 0.0, 0.0]),
            ("shift", pairs(|(x, y)| (x + 3.0, y - 4.0)), [3.0, -4.0, 0.0, 0.0, 5.0]),
            (
                "turn",
                pairs(|(x, y)| (cosine * x - sine * y, sine * x + cosine * y)),
                [0.0, 0.0, 1.0, 0.0, corner * 2.0 * 0.5_f64.to_radians().sin()],
            ),
            ("zoom", pairs(|(x, y)| (x * 1.02, y * 1.02)), [0.0, 0.0, 0.0, 0.02, corner * 0.02]),
        ] {
            let fit = Fit::of(&found, 5, 1.0, &ground()).unwrap();
            let said = [fit.right, fit.down, fit.turn, fit.zoom, fit.corner];
            assert!(
                said.iter().zip(expected).all(|(said, own)| (said - own).abs() < 1e-6),
                "{name}: {fit:?}"
            );
            assert_eq!(fit.anchors, 20, "{name}");
        }
    }

    #[test]
    fn places_that_were_mistaken_say_nothing() {
        let mut found = pairs(|(x, y)| (x + 10.0, y));
        for (at, pair) in found.iter_mut().enumerate().filter(|(at, _)| at % 3 == 0) {
            pair.to.0 += 5.0 + 7.0 * at as f64;
            pair.to.1 -= 6.0 * at as f64;
        }
        let fit = Fit::of(&found, 5, 1.0, &ground()).unwrap();
        assert!((fit.right - 10.0).abs() < 1e-6 && (fit.corner - 10.0).abs() < 1e-6, "{fit:?}");
        assert_eq!(fit.anchors, 13);
    }

    #[test]
    fn too_few_too_near_and_too_far_are_no_fit() {
        let all = pairs(|at| at);
        let some =
            |is_in: fn(&Spot) -> bool| all.iter().copied().filter(|it| is_in(&it.from)).collect::<Vec<_>>();
        for (name, found) in [
            ("none", Vec::new()),
            ("four", all[..4].to_vec()),
            ("one column", some(|(x, _)| *x == 0.0)),
            ("one line", some(|(_, y)| *y == -450.0)),
            ("turned too far", pairs(|(x, y)| (0.99 * x - 0.14 * y, 0.14 * x + 0.99 * y))),
            ("zoomed too far", pairs(|(x, y)| (1.1 * x, 1.1 * y))),
            ("mirrored", pairs(|(x, y)| (-x, y))),
        ] {
            assert_eq!(Fit::of(&found, 5, 1.0, &ground()), None, "{name}");
        }
    }
}
