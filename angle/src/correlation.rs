//! Where a field shows a patch: normalised cross-correlation at each place around one.

use std::ops::RangeInclusive;

use wide::{i16x8, i32x4};

use crate::field::Field;

/// How far from its place a patch is searched for, in points.
pub(crate) const REACH: usize = 14;

/// Two places so near to each other are the same peak.
const PEAK: usize = 3;

/// A square of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Patch<const SIDE: usize> {
    /// Row by row.
    values: Vec<i16>,
    sum: i64,
    spread: f64,
}

/// Where a patch was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    /// By how many points to the right of its place.
    pub(crate) right: f64,
    /// By how many points below it.
    pub(crate) down: f64,
    /// The correlation there, 1 at most.
    pub(crate) score: f64,
    /// The best correlation elsewhere.
    pub(crate) rival: f64,
}

impl<const SIDE: usize> Patch<SIDE> {
    /// From its values, row by row; `None` if they are not as many, or all the same.
    pub(crate) fn new(values: &[i16]) -> Option<Patch<SIDE>> {
        if values.len() != SIDE * SIDE {
            return None;
        }
        let sum: i64 = values.iter().map(|value| i64::from(*value)).sum();
        let square: i64 = values.iter().map(|value| i64::from(*value).pow(2)).sum();
        let spread = square as f64 - (sum * sum) as f64 / (SIDE * SIDE) as f64;
        (spread > 0.0).then(|| Patch { values: values.to_vec(), sum, spread })
    }

    /// The square of the field with this upper left corner.
    pub(crate) fn cut(field: &Field, (left, top): (usize, usize)) -> Option<Patch<SIDE>> {
        if left + SIDE > field.width || top + SIDE > field.height {
            return None;
        }
        let row = |y: usize| field.values[(top + y) * field.width + left..][..SIDE].iter().copied();
        Patch::new(&(0..SIDE).flat_map(row).collect::<Vec<_>>())
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = i16> + '_ {
        self.values.iter().copied()
    }

    /// How well the square with this upper left corner matches: 1 at best, 0 where there is nothing to match.
    pub(crate) fn score(&self, field: &Field, (left, top): (usize, usize)) -> f64 {
        self.scores(field, left, top..=top).next().expect("one place was asked for")
    }

    /// The same of all squares that begin in these rows, one below the other.
    fn scores<'a>(
        &'a self,
        field: &'a Field,
        left: usize,
        tops: RangeInclusive<usize>,
    ) -> impl Iterator<Item = f64> + 'a {
        let first = *tops.start();
        let rows = field.values.chunks_exact(field.width).take(tops.end() + SIDE).skip(first);
        // Copied, so that each square is one run of values, and a processor makes and adds many products at once.
        let mut strip: Vec<i16> = Vec::with_capacity((tops.end() + SIDE - first) * SIDE);
        rows.for_each(|row| strip.extend_from_slice(&row[left..left + SIDE]));
        tops.map(move |top| {
            let other = &strip[(top - first) * SIDE..][..SIDE * SIDE];
            let product = products(&self.values, other);
            let count = (SIDE * SIDE) as f64;
            let (sum, square) = field.sums((left, top), SIDE);
            let spread = square as f64 - (sum * sum) as f64 / count;
            if spread <= 0.0 {
                return 0.0;
            }
            (f64::from(product) - (self.sum * sum) as f64 / count) / (self.spread * spread).sqrt()
        })
    }

    /// The best match within `reach` points of the place with this upper left corner.
    pub(crate) fn search(&self, field: &Field, (left, top): (usize, usize), reach: usize) -> Option<Found> {
        let range = |from: usize, most: usize| {
            let last = most.checked_sub(SIDE)?;
            let range = from.saturating_sub(reach)..=(from + reach).min(last);
            (!range.is_empty()).then_some(range)
        };
        let (xs, ys) = (range(left, field.width)?, range(top, field.height)?);
        let height = ys.end() - ys.start() + 1;
        let scores: Vec<f64> = xs.clone().flat_map(|x| self.scores(field, x, ys.clone())).collect();
        let (best, score) =
            scores.iter().copied().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
        let (x, y) = (best / height, best % height);
        let is_apart = |at: usize| (at / height).abs_diff(x) > PEAK || (at % height).abs_diff(y) > PEAK;
        let rivals = scores.iter().enumerate().filter(|(at, _)| is_apart(*at)).map(|(_, score)| *score);
        let rival = rivals.fold(0.0, f64::max);
        let beside = |x: usize, y: usize| scores.get(x * height + y).copied().filter(|_| y < height);
        let finer = |before: Option<f64>, after: Option<f64>| match (before, after) {
            (Some(before), Some(after)) => top_of(before, score, after),
            _ => 0.0,
        };
        let across = finer(x.checked_sub(1).and_then(|x| beside(x, y)), beside(x + 1, y));
        let along = finer(y.checked_sub(1).and_then(|y| beside(x, y)), beside(x, y + 1));
        Some(Found {
            right: (xs.start() + x) as f64 - left as f64 + across,
            down: (ys.start() + y) as f64 - top as f64 + along,
            score,
            rival,
        })
    }
}

/// The sum of the products of what stands at the same place. All of a patch fit in an i32.
fn products(one: &[i16], other: &[i16]) -> i32 {
    let ((eights, rest), (other_eights, other_rest)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let pairs = eights.iter().zip(other_eights);
    let sums = pairs.map(|(one, other)| i16x8::new(*one).dot(i16x8::new(*other)));
    let rest = rest.iter().zip(other_rest).map(|(one, other)| i32::from(*one) * i32::from(*other));
    sums.fold(i32x4::ZERO, |sum, more| sum + more).reduce_add() + rest.sum::<i32>()
}

/// Where the parabola through three values has its top, from the middle one.
fn top_of(before: f64, middle: f64, after: f64) -> f64 {
    let bend = before - 2.0 * middle + after;
    if bend.abs() < 1e-9 { 0.0 } else { ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 8;

    /// Noise of which no two places look alike.
    fn noise(width: usize, height: usize) -> Field {
        let mut random = fastrand::Rng::with_seed(1);
        Field::from_values((0..width * height).map(|_| random.i16(-100..=100)).collect(), width, height)
    }

    fn mapped(field: &Field, map: impl Fn(i16) -> i16) -> Field {
        Field::from_values(field.values.iter().map(|value| map(*value)).collect(), field.width, field.height)
    }

    #[test]
    fn a_patch_is_found_where_it_was_cut_and_where_it_went() {
        let field = noise(60, 50);
        for (from, to) in [((20, 20), (20, 20)), ((20, 20), (27, 15)), ((0, 0), (3, 9)), ((52, 42), (40, 40))]
        {
            let patch = Patch::<SIDE>::cut(&field, to).unwrap();
            let found = patch.search(&field, from, REACH).unwrap();
            let way = (found.right.round(), found.down.round());
            assert_eq!(way, (to.0 as f64 - from.0 as f64, to.1 as f64 - from.1 as f64), "{from:?} {to:?}");
            assert!((found.score - 1.0).abs() < 1e-9 && found.rival < 0.8, "{found:?}");
        }
    }

    #[test]
    fn brightness_and_contrast_change_no_score_and_a_negative_reverses_it() {
        let field = noise(30, 30);
        let patch = Patch::<SIDE>::cut(&field, (10, 10)).unwrap();
        for (name, changed, score) in [
            ("brighter", mapped(&field, |value| value + 20), 1.0),
            ("more contrast", mapped(&field, |value| value * 3), 1.0),
            ("negative", mapped(&field, |value| -value), -1.0),
            ("nothing", mapped(&field, |_| 5), 0.0),
        ] {
            assert!((patch.score(&changed, (10, 10)) - score).abs() < 1e-9, "{name}");
        }
    }

    #[test]
    fn what_is_all_alike_or_lies_outside_is_no_patch() {
        let field = noise(30, 30);
        assert_eq!(Patch::<SIDE>::cut(&mapped(&field, |_| 7), (3, 3)), None);
        assert_eq!(Patch::<SIDE>::cut(&field, (23, 3)), None);
        assert_eq!(Patch::<SIDE>::new(&[1, 2, 3]), None);
    }

    #[test]
    fn a_pattern_that_repeats_has_a_rival() {
        let cells = |at: usize| if (at % 60 / 5 + at / 60 / 5).is_multiple_of(2) { 50 } else { -50 };
        let field = Field::from_values((0..60 * 60).map(cells).collect(), 60, 60);
        let patch = Patch::<SIDE>::cut(&field, (25, 25)).unwrap();
        assert!(patch.search(&field, (25, 25), REACH).unwrap().rival > 0.99);
    }

    #[test]
    fn the_top_lies_between_points() {
        for (three, top) in [
            ([1.0, 2.0, 1.0], 0.0),
            ([1.0, 2.0, 2.0], 0.5),
            ([2.0, 2.0, 1.0], -0.5),
            ([1.0, 1.0, 1.0], 0.0),
            ([0.0, 3.0, 2.0], 0.25),
        ] {
            assert_eq!(top_of(three[0], three[1], three[2]), top, "{three:?}");
        }
    }

    #[test]
    fn a_place_outside_the_field_is_searched_as_far_as_there_is_one() {
        let field = noise(20, 20);
        let patch = Patch::<SIDE>::cut(&field, (12, 12)).unwrap();
        assert!(patch.search(&field, (12, 12), REACH).is_some());
        assert_eq!(patch.search(&field, (60, 12), REACH), None);
        assert_eq!(patch.search(&noise(7, 20), (0, 0), REACH), None);
    }
}
