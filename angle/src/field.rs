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

/// Brightness is reckoned in parts so small once neighbours are mixed...
pub(crate) const SMOOTH: u16 = 16;
/// ...and in parts so small once the mean is gone: the squares of a whole square's points still fit in an i32.
const ABOVE: f32 = 8.0;

/// A plane without its light.
pub(crate) struct Field {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// -127 to 127; 0 where nothing of the scene is shown.
    pub(crate) values: Vec<i16>,
    /// Sums of the values, and of their squares, of all points above and to the left.
    sums: Vec<(i32, u32)>,
}

impl Field {
    pub(crate) fn of(plane: &Plane, ground: &Ground) -> Field {
        let (width, height) = (ground.width, ground.height);
        // A point beside what is hidden would be mixed with it.
        let sound = eroded(&plane.shown, width);
        let mut light = smoothed(&plane.bright, width);
        light.iter_mut().zip(&sound).for_each(|(light, sound)| *light *= u16::from(*sound));

        let mut count = Around::new(width);
        let mut sum = Around::new(width);
        let mut above: Vec<i16> = Vec::with_capacity(light.len());
        for (y, lights) in light.chunks_exact(width).enumerate() {
            let around = sum.row(&light, y, i32::from).iter().zip(count.row(&sound, y, i32::from));
            let points = lights.iter().zip(&sound[y * width..]).zip(around);
            above.extend(points.map(|((light, sound), (sum, count))| {
                let mean = *sum as f32 / (*count).max(1) as f32;
                nearest((f32::from(*light) - mean) * (ABOVE / f32::from(SMOOTH))) * i16::from(*sound)
            }));
        }

        let (mut count, mut square) = (Around::new(width), Around::new(width));
        let mut values: Vec<i16> = Vec::with_capacity(above.len());
        for (y, row) in above.chunks_exact(width).enumerate() {
            let squares = square.row(&above, y, |above| i32::from(above) * i32::from(above));
            let around = squares.iter().zip(count.row(&sound, y, i32::from));
            values.extend(row.iter().zip(around).map(|(above, (square, count))| {
                let spread = (*square as f32 / (*count).max(1) as f32).sqrt();
                let value = f32::from(*above) * STEPS / (spread + NOISE * ABOVE);
                nearest(value.clamp(-127.0, 127.0))
            }));
        }
        Field::from_values(values, width, height)
    }

    pub(crate) fn from_values(values: Vec<i16>, width: usize, height: usize) -> Field {
        let mut sums = vec![(0_i32, 0_u32); (width + 1) * (height + 1)];
        for (y, line) in values.chunks_exact(width).enumerate() {
            let (above, own) = sums[y * (width + 1)..].split_at_mut(width + 1);
            let (mut sum, mut square) = (0_i32, 0_u32);
            for ((value, above), own) in line.iter().zip(&above[1..]).zip(&mut own[1..]) {
                let value = i32::from(*value);
                sum += value;
                square += (value * value).unsigned_abs();
                // Beyond the largest number it begins anew, and differences stay right.
                *own = (above.0.wrapping_add(sum), above.1.wrapping_add(square));
            }
        }
        Field { width, height, values, sums }
    }

    /// Sum and sum of squares of the square of this side.
    pub(crate) fn sums(&self, (left, top): (usize, usize), side: usize) -> (i64, i64) {
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        let (a, b) = (at(left, top), at(left + side, top));
        let (c, d) = (at(left, top + side), at(left + side, top + side));
        let sum = d.0.wrapping_sub(b.0).wrapping_sub(c.0).wrapping_add(a.0);
        let square = d.1.wrapping_sub(b.1).wrapping_sub(c.1).wrapping_add(a.1);
        (i64::from(sum), i64::from(square))
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

/// The nearest whole number, for small ones: a number of which 1 is the last bit takes it in, so that a processor does many
/// at once, as it cannot with `as`, which looks for what is too large.
fn nearest(value: f32) -> i16 {
    const LAST_IS_ONE: f32 = (3 << 22) as f32;
    ((value + LAST_IS_ONE).to_bits() as i32 - LAST_IS_ONE.to_bits() as i32) as i16
}

/// Sums of the square around each point, as much of it as there is; a row after the other from the first on.
struct Around {
    /// Of the rows of the square, column by column.
    columns: Vec<i32>,
    /// Of the columns before each. Beyond the largest number it begins anew, and differences stay right.
    before: Vec<i32>,
    sums: Vec<i32>,
}

impl Around {
    fn new(width: usize) -> Around {
        Around { columns: vec![0; width], before: vec![0; width + 1], sums: vec![0; width] }
    }

    /// Of what `of` makes of the values.
    fn row<T: Copy>(&mut self, values: &[T], y: usize, of: impl Fn(T) -> i32) -> &[i32] {
        let Around { columns, before, sums } = self;
        let width = columns.len();
        let height = values.len() / width;
        let line = |y: usize| values[y * width..][..width].iter().map(|value| of(*value));
        let entering =
            if y == 0 { 0..(AROUND + 1).min(height) } else { y + AROUND..(y + AROUND + 1).min(height) };
        for y in entering {
            columns.iter_mut().zip(line(y)).for_each(|(sum, value)| *sum += value);
        }
        if y > AROUND {
            columns.iter_mut().zip(line(y - AROUND - 1)).for_each(|(sum, value)| *sum -= value);
        }
        let mut sum = 0_i32;
        for (before, column) in before[1..].iter_mut().zip(columns.iter()) {
            sum = sum.wrapping_add(*column);
            *before = sum;
        }
        let edge = AROUND.min(width);
        let inner = width.saturating_sub(AROUND).max(edge);
        for x in (0..edge).chain(inner..width) {
            sums[x] = before[(x + AROUND + 1).min(width)].wrapping_sub(before[x.saturating_sub(AROUND)]);
        }
        if edge < inner {
            let ends = before[2 * AROUND + 1..].iter().zip(before.iter());
            sums[edge..inner]
                .iter_mut()
                .zip(ends)
                .for_each(|(sum, (high, low))| *sum = high.wrapping_sub(*low));
        }
        sums
    }
}

/// A quarter, a half and a quarter of each three neighbours, both ways; in parts of [`SMOOTH`].
pub(crate) fn smoothed(bright: &[u8], width: usize) -> Vec<u16> {
    let height = bright.len() / width;
    let mut rows = vec![0_u16; bright.len()];
    for (line, row) in bright.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        let of = |x: usize| u16::from(line[x]);
        let last = width - 1;
        for x in [0, last] {
            row[x] = of(x.saturating_sub(1)) + 2 * of(x) + of((x + 1).min(last));
        }
        for (own, three) in row[1..].iter_mut().zip(line.windows(3)) {
            *own = u16::from(three[0]) + 2 * u16::from(three[1]) + u16::from(three[2]);
        }
    }
    let mut smooth = vec![0_u16; bright.len()];
    for (y, out) in smooth.chunks_exact_mut(width).enumerate() {
        let line = |y: usize| &rows[y * width..][..width];
        let three = line(y.saturating_sub(1)).iter().zip(line(y)).zip(line((y + 1).min(height - 1)));
        for (own, ((before, middle), after)) in out.iter_mut().zip(three) {
            *own = before + 2 * middle + after;
        }
    }
    smooth
}

/// Whether a point and all eight around it are shown.
pub(crate) fn eroded(shown: &[bool], width: usize) -> Vec<bool> {
    let height = shown.len() / width;
    let mut rows = shown.to_vec();
    for (line, row) in shown.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        row[1..].iter_mut().zip(line).for_each(|(own, before)| *own &= before);
        row.iter_mut().zip(&line[1..]).for_each(|(own, after)| *own &= after);
    }
    let mut sound = rows.clone();
    for (y, out) in sound.chunks_exact_mut(width).enumerate() {
        for other in [y.saturating_sub(1), (y + 1).min(height - 1)] {
            out.iter_mut().zip(&rows[other * width..]).for_each(|(own, other)| *own &= other);
        }
    }
    sound
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
    fn the_nearest_whole_number_is_that_of_the_library() {
        let all = (-20_400..=20_400).map(|step| f32::from(step as i16) / 10.0);
        assert!(all.into_iter().all(|value| nearest(value) == value.round_ties_even() as i16));
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
            assert!(apart.unwrap() <= 24, "{name}: {apart:?}");
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
        let values: Vec<u8> = (0..width * height).map(|_| random.u8(..)).collect();
        let mut around = Around::new(width);
        let sums: Vec<i32> = (0..height).flat_map(|y| around.row(&values, y, i32::from).to_vec()).collect();
        for (x, y) in [(0, 0), (49, 36), (25, 18), (10, 11), (11, 10), (39, 26), (3, 30)] {
            let ys = y.max(AROUND) - AROUND..(y + AROUND + 1).min(height);
            let xs = x.max(AROUND) - AROUND..(x + AROUND + 1).min(width);
            let places = ys.flat_map(|y| xs.clone().map(move |x| y * width + x));
            let square = places.map(|at| i32::from(values[at]));
            assert_eq!(sums[y * width + x], square.sum::<i32>(), "{x} {y}");
        }
    }

    #[test]
    fn smoothing_keeps_what_is_even_and_spreads_a_point() {
        let even = smoothed(&[9; 20], 5);
        assert!(even.iter().all(|value| *value == 9 * SMOOTH));
        let mut point = [0; 25];
        point[12] = 1;
        let smooth = smoothed(&point, 5);
        assert_eq!((smooth[12], smooth[11], smooth[6], smooth[10]), (4, 2, 1, 0));
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
