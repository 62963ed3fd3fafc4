//! Where a field shows a patch: normalised cross-correlation at each place around one.

use crate::field::Field;

/// How far from its place a patch is searched for, in points.
pub(crate) const REACH: usize = 14;

/// Two places so near to each other are the same peak.
const PEAK: usize = 3;

/// A square of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Patch<const SIDE: usize> {
    rows: Vec<[i16; SIDE]>,
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
        let (rows, rest) = values.as_chunks::<SIDE>();
        if rows.len() != SIDE || !rest.is_empty() {
            return None;
        }
        let sum: i64 = values.iter().map(|value| i64::from(*value)).sum();
        let square: i64 = values.iter().map(|value| i64::from(*value).pow(2)).sum();
        let spread = square as f64 - (sum * sum) as f64 / (SIDE * SIDE) as f64;
        (spread > 0.0).then(|| Patch { rows: rows.to_vec(), sum, spread })
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
        self.rows.iter().flatten().copied()
    }

    /// How well the square with this upper left corner matches: 1 at best, 0 where there is nothing to match.
    pub(crate) fn score(&self, field: &Field, (left, top): (usize, usize)) -> f64 {
        let mut product = 0_i64;
        for (y, row) in self.rows.iter().enumerate() {
            let (other, _) = field.values[(top + y) * field.width + left..].split_at(SIDE);
            let other: &[i16; SIDE] = other.try_into().expect("split at its length");
            let mut sum = 0_i32;
            for x in 0..SIDE {
                sum += i32::from(row[x]) * i32::from(other[x]);
            }
            product += i64::from(sum);
        }
        let count = (SIDE * SIDE) as f64;
        let (sum, square) = field.sums((left, top), SIDE);
        let spread = square as f64 - (sum * sum) as f64 / count;
        if spread <= 0.0 {
            return 0.0;
        }
        (product as f64 - (self.sum * sum) as f64 / count) / (self.spread * spread).sqrt()
    }

    /// The best match within `reach` points of the place with this upper left corner.
    pub(crate) fn search(&self, field: &Field, (left, top): (usize, usize), reach: usize) -> Option<Found> {
        let range = |from: usize, most: usize| {
            let last = most.checked_sub(SIDE)?;
            let range = from.saturating_sub(reach)..=(from + reach).min(last);
            (!range.is_empty()).then_some(range)
        };
        let (xs, ys) = (range(left, field.width)?, range(top, field.height)?);
        let width = xs.end() - xs.start() + 1;
        let scores: Vec<f64> = ys
            .clone()
            .flat_map(|y| xs.clone().map(move |x| (x, y)))
            .map(|at| self.score(field, at))
            .collect();
        let (best, score) =
            scores.iter().copied().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
        let (x, y) = (best % width, best / width);
        let is_apart = |at: usize| (at % width).abs_diff(x) > PEAK || (at / width).abs_diff(y) > PEAK;
        let rivals = scores.iter().enumerate().filter(|(at, _)| is_apart(*at)).map(|(_, score)| *score);
        let rival = rivals.fold(0.0, f64::max);
        let beside = |x: usize, y: usize| scores.get(y * width + x).copied().filter(|_| x < width);
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

/// Where the parabola through three values has its top, from the middle one.
fn top_of(before: f64, middle: f64, after: f64) -> f64 {
    let bend = before - 2.0 * middle + after;
    if bend.abs() < 1e-9 { 0.0 } else { ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5) }
}
