//! What is left of a plane without its light: each point against the mean around it, divided by how much the points
//! around it vary. Exposure, slow shadows and haze change it little.
//!
//! Local normalisation as in: Jain, Prabhakar, Hong, "A multichannel approach to fingerprint classification" (1999);
//! means by running sums.

use crate::ground::Ground;
use crate::plane::Plane;

/// Points on each side of the one whose surroundings are asked.
const AROUND: usize = 10;

/// Less than this much of 255 is noise; it stays small.
const NOISE: f32 = 4.0;

/// Steps a unit of the field is told in.
const STEPS: f32 = 32.0;

/// A plane without its light.
pub(crate) struct Field {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// -127 to 127; 0 where nothing of the scene is shown.
    pub(crate) values: Vec<i16>,
    /// Sums of the values, and of their squares, of all points above and to the left.
    sums: Vec<(i64, i64)>,
}

impl Field {
    pub(crate) fn of(plane: &Plane, ground: &Ground) -> Field {
        let (width, height) = (ground.width, ground.height);
        let shown: Vec<f32> = plane.shown.iter().map(|shown| f32::from(u8::from(*shown))).collect();
        let light: Vec<f32> =
            plane.bright.iter().zip(&shown).map(|(bright, shown)| f32::from(*bright) * shown).collect();
        let mean = mean(&light, &shown, width);
        // A point beside what is hidden would be mixed with it.
        let sound = eroded(&plane.shown, width);
        let smooth = smoothed(&plane.bright, width);
        let above: Vec<f32> = smooth
            .iter()
            .zip(&mean)
            .zip(&sound)
            .map(|((smooth, mean), sound)| if *sound { smooth - mean } else { 0.0 })
            .collect();
        let weights: Vec<f32> = sound.iter().map(|sound| f32::from(u8::from(*sound))).collect();
        let squares: Vec<f32> = above.iter().map(|above| above * above).collect();
        let spread = self::mean(&squares, &weights, width);
        let values = above.iter().zip(spread).map(|(above, spread)| {
            let value = above / (spread.max(0.0).sqrt() + NOISE);
            (value * STEPS).clamp(-127.0, 127.0) as i16
        });
        Field::from_values(values.collect(), width, height)
    }

    pub(crate) fn from_values(values: Vec<i16>, width: usize, height: usize) -> Field {
        let mut sums = vec![(0, 0); (width + 1) * (height + 1)];
        for (y, line) in values.chunks_exact(width).enumerate() {
            let (mut sum, mut square) = (0_i64, 0_i64);
            for (x, value) in line.iter().enumerate() {
                let value = i64::from(*value);
                sum += value;
                square += value * value;
                let above: (i64, i64) = sums[y * (width + 1) + x + 1];
                sums[(y + 1) * (width + 1) + x + 1] = (above.0 + sum, above.1 + square);
            }
        }
        Field { width, height, values, sums }
    }

    /// Sum and sum of squares of the square of this side.
    pub(crate) fn sums(&self, (left, top): (usize, usize), side: usize) -> (i64, i64) {
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        let (a, b) = (at(left, top), at(left + side, top));
        let (c, d) = (at(left, top + side), at(left + side, top + side));
        (d.0 - b.0 - c.0 + a.0, d.1 - b.1 - c.1 + a.1)
    }

    /// At half the scale.
    pub(crate) fn halved(&self) -> Field {
        let (width, height) = (self.width / 2, self.height / 2);
        let point = |at: usize| {
            let (x, y) = (at % width * 2, at / width * 2);
            let row = |y: usize| self.values[y * self.width + x] + self.values[y * self.width + x + 1];
            // Half of the sum of four, so that little is lost by rounding.
            (row(y) + row(y + 1)) / 2
        };
        Field::from_values((0..width * height).map(point).collect(), width, height)
    }
}

/// The mean of the values around each point, where `weights` are 1 and 0; 0 where nothing counts.
fn mean(values: &[f32], weights: &[f32], width: usize) -> Vec<f32> {
    let (sums, counts) = (around(values, width), around(weights, width));
    sums.iter().zip(counts).map(|(sum, count)| if count > 0.5 { sum / count } else { 0.0 }).collect()
}

/// The sum of the values of the square around each point, as much of it as there is.
fn around(values: &[f32], width: usize) -> Vec<f32> {
    let height = values.len() / width;
    let mut rows = Vec::with_capacity(values.len());
    for line in values.chunks_exact(width) {
        let mut sum: f32 = line[..AROUND.min(width)].iter().sum();
        for x in 0..width {
            if x + AROUND < width {
                sum += line[x + AROUND];
            }
            if x > AROUND {
                sum -= line[x - AROUND - 1];
            }
            rows.push(sum);
        }
    }
    let line = |y: usize| &rows[y * width..][..width];
    let mut sums = vec![0.0_f32; width];
    for y in 0..AROUND.min(height) {
        sums.iter_mut().zip(line(y)).for_each(|(sum, value)| *sum += value);
    }
    let mut around = Vec::with_capacity(values.len());
    for y in 0..height {
        if y + AROUND < height {
            sums.iter_mut().zip(line(y + AROUND)).for_each(|(sum, value)| *sum += value);
        }
        if y > AROUND {
            sums.iter_mut().zip(line(y - AROUND - 1)).for_each(|(sum, value)| *sum -= value);
        }
        around.extend_from_slice(&sums);
    }
    around
}

/// A quarter, a half and a quarter of each three neighbours, both ways.
pub(crate) fn smoothed(bright: &[u8], width: usize) -> Vec<f32> {
    let height = bright.len() / width;
    let mut rows = Vec::with_capacity(bright.len());
    for line in bright.chunks_exact(width) {
        for x in 0..width {
            let (before, after) = (line[x.saturating_sub(1)], line[(x + 1).min(width - 1)]);
            rows.push(f32::from(before) + 2.0 * f32::from(line[x]) + f32::from(after));
        }
    }
    let mut smooth = Vec::with_capacity(bright.len());
    for y in 0..height {
        let line = |y: usize| &rows[y * width..][..width];
        let (before, own, after) = (line(y.saturating_sub(1)), line(y), line((y + 1).min(height - 1)));
        smooth.extend((0..width).map(|x| (before[x] + 2.0 * own[x] + after[x]) / 16.0));
    }
    smooth
}

/// Whether a point and all eight around it are shown.
pub(crate) fn eroded(shown: &[bool], width: usize) -> Vec<bool> {
    let height = shown.len() / width;
    let is_sound = |at: usize| {
        let (x, y) = (at % width, at / width);
        (y.saturating_sub(1)..=(y + 1).min(height - 1)).all(|y| {
            let row = &shown[y * width..][..width];
            row[x.saturating_sub(1)..=(x + 1).min(width - 1)].iter().all(|shown| *shown)
        })
    };
    (0..shown.len()).map(is_sound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground(width: usize, height: usize) -> Ground {
        Ground {
            frame: (width as u32 * 4, height as u32 * 4),
            crop: (0, 0, width as u32 * 4, height as u32 * 4),
            factor: 4,
            width,
            height,
            unit: 4.0,
            fill: 96,
            band: 0..0,
            masks: Vec::new(),
        }
    }

    fn plane(width: usize, height: usize, bright: impl Fn(usize, usize) -> u8) -> Plane {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let bright: Vec<u8> = places.map(|(x, y)| bright(x, y)).collect();
        Plane { shown: vec![true; bright.len()], detail: vec![0; bright.len()], bright }
    }

    /// Something with edges everywhere, half as bright as it could be.
    fn texture(x: usize, y: usize) -> u8 {
        60 + ((x * 37 + y * 101 + x * y * 13) % 50) as u8
    }

    #[test]
    fn an_even_plane_is_zero_however_bright() {
        for bright in [0, 17, 255] {
            let field = Field::of(&plane(60, 40, |_, _| bright), &ground(60, 40));
            assert!(field.values.iter().all(|value| *value == 0), "{bright}");
        }
    }

    #[test]
    fn light_changes_little() {
        let plain = Field::of(&plane(80, 60, texture), &ground(80, 60));
        for (name, lit) in [
            ("brighter", plane(80, 60, |x, y| texture(x, y) + 40)),
            ("twice", plane(80, 60, |x, y| texture(x, y) * 2)),
            ("darker to the right", plane(80, 60, |x, y| texture(x, y) + 80 - x as u8)),
        ] {
            let lit = Field::of(&lit, &ground(80, 60));
            let apart = plain.values.iter().zip(&lit.values).map(|(one, other)| one.abs_diff(*other)).max();
            assert!(apart.unwrap() <= 16, "{name}: {apart:?}");
        }
    }

    #[test]
    fn what_is_hidden_is_zero_and_says_nothing_around_it() {
        let is_hidden = |x: usize, y: usize| (30..45).contains(&x) && (10..30).contains(&y);
        let of = |cover: u8| {
            let mut plane = plane(80, 60, |x, y| if is_hidden(x, y) { cover } else { texture(x, y) });
            for at in 0..plane.shown.len() {
                plane.shown[at] = !is_hidden(at % 80, at / 80);
            }
            Field::of(&plane, &ground(80, 60))
        };
        let (dark, bright) = (of(0), of(255));
        assert_eq!(dark.values, bright.values);
        assert!((11..29).all(|y| (31..44).all(|x| dark.values[y * 80 + x] == 0)));
    }

    #[test]
    fn sums_are_those_of_the_square() {
        let mut random = fastrand::Rng::with_seed(2);
        let field = Field::from_values((0..30 * 20).map(|_| random.i16(-127..=127)).collect(), 30, 20);
        for (left, top, side) in [(0, 0, 1), (0, 0, 20), (10, 0, 20), (7, 5, 6)] {
            let square = (top..top + side).flat_map(|y| (left..left + side).map(move |x| (x, y)));
            let values = square.map(|(x, y)| i64::from(field.values[y * 30 + x]));
            let expected = values.fold((0, 0), |(sum, squares), it| (sum + it, squares + it * it));
            assert_eq!(field.sums((left, top), side), expected, "{left} {top} {side}");
        }
    }

    #[test]
    fn around_is_the_square_as_far_as_there_is_one() {
        let (width, height) = (50, 37);
        let mut random = fastrand::Rng::with_seed(3);
        let values: Vec<f32> = (0..width * height).map(|_| f32::from(random.u8(..))).collect();
        let sums = around(&values, width);
        for (x, y) in [(0, 0), (49, 36), (25, 18), (10, 11), (11, 10), (39, 26), (3, 30)] {
            let ys = y.max(AROUND) - AROUND..(y + AROUND + 1).min(height);
            let xs = x.max(AROUND) - AROUND..(x + AROUND + 1).min(width);
            let places = ys.flat_map(|y| xs.clone().map(move |x| y * width + x));
            let square = places.map(|at| values[at]);
            assert_eq!(sums[y * width + x], square.sum::<f32>(), "{x} {y}");
        }
    }

    #[test]
    fn smoothing_keeps_what_is_even_and_spreads_a_point() {
        let even = smoothed(&[9; 20], 5);
        assert!(even.iter().all(|value| *value == 9.0));
        let mut point = [0; 25];
        point[12] = 16;
        let smooth = smoothed(&point, 5);
        assert_eq!((smooth[12], smooth[11], smooth[6], smooth[10]), (4.0, 2.0, 1.0, 0.0));
    }

    #[test]
    fn a_hidden_point_takes_its_neighbours_with_it() {
        let mut shown = [true; 25];
        shown[12] = false;
        let sound = eroded(&shown, 5);
        for (at, is_sound) in sound.iter().enumerate() {
            let is_beside = (1..=3).contains(&(at % 5)) && (1..=3).contains(&(at / 5));
            assert_eq!(*is_sound, !is_beside, "{at}");
        }
    }

    #[test]
    fn half_the_scale_has_twice_the_mean_of_each_four() {
        let field = Field::from_values(vec![1, 3, -8, -8, 5, 7, -8, -8], 4, 2);
        assert_eq!(field.halved().values, [8, -16]);
    }
}
