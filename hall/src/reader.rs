//! Reads the number on the roof back out of a picture: for tests and for the demo, which so prove that
//! the right car is in the picture without trusting who says so.
//!
//! Deliberately absent: searching. The number is where [`ROOF`](crate::ROOF) is, or nowhere.

use crate::assembly::{MARGIN, on_plate, plate_units};
use crate::letters::{ADVANCE, HEIGHT, strokes};
use crate::view::{self, Spot};

/// Points that are looked at for each digit.
const ACROSS: usize = 9;
const UP: usize = 12;
const POINTS: usize = ACROSS * UP;

/// How alike (correlation, 1 is the same) a digit must look. Measured from 480 to 1920 pixels at quality 60:
/// the right digit has 0.87 and more.
const LEAST_LIKENESS: f32 = 0.80;
/// How alike the second best may be, as a share of the best. Measured: 0.91.
const MOST_SECOND: f32 = 0.96;
/// How dark the darkest of the margin may be, as a share of the brightest. At 480 pixels strokes and edges
/// blur into it: measured 0.70.
const LEAST_MARGIN: f32 = 0.55;
/// What paper and ink differ at least by, of 255.
const LEAST_CONTRAST: f32 = 60.0;

/// The order number on the roof of the car that stands in this picture, which shows the whole frame (not
/// cropped) at any width from 480 pixels; `rgb` has three bytes a pixel. `None` if no plate is there, or
/// it cannot be read for sure. A car that has moved by less than a stroke still counts as standing.
pub fn read_order(rgb: &[u8], width: u32, height: u32) -> Option<u32> {
    let pixels = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
    if width < 480 || height < 270 || rgb.len() != pixels.checked_mul(3)? {
        return None;
    }
    let sample = Sample { rgb, width, height };
    if !is_paper(&sample) {
        return None;
    }
    let masters: Vec<[f32; POINTS]> = (0..10).map(master).collect();
    (0..4).try_fold(0, |order, place| Some(order * 10 + digit(&sample, place, &masters)?))
}

struct Sample<'a> {
    rgb: &'a [u8],
    width: u32,
    height: u32,
}

impl Sample<'_> {
    /// How bright the plate is at this point, in letter units from the number's lower left corner.
    fn at(&self, [x, y]: Spot) -> f32 {
        let units = plate_units();
        let spot = on_plate((x + MARGIN[0]) / units[0], (y + MARGIN[1]) / units[1]);
        let scaled = |at: f32, whole: u32, size: u32| at * size as f32 / whole as f32 - 0.5;
        let u = scaled(spot[0], view::WIDTH, self.width);
        let v = scaled(spot[1], view::HEIGHT, self.height);
        let (left, top) = (u.floor(), v.floor());
        let (right, down) = (u - left, v - top);
        let row =
            |y: u32| self.pixel(left as u32, y) * (1.0 - right) + self.pixel(left as u32 + 1, y) * right;
        row(top as u32) * (1.0 - down) + row(top as u32 + 1) * down
    }

    fn pixel(&self, x: u32, y: u32) -> f32 {
        let at = (y.min(self.height - 1) * self.width + x.min(self.width - 1)) as usize * 3;
        self.rgb[at..at + 3].iter().map(|&part| f32::from(part)).sum::<f32>() / 3.0
    }
}

/// Whether the margins around the number are bright and alike.
fn is_paper(sample: &Sample<'_>) -> bool {
    let units = plate_units();
    let [right, top] = [units[0] - 2.0 * MARGIN[0] + 0.55, HEIGHT + 0.55];
    let mut margin = Vec::new();
    for step in 0..=16_u8 {
        let part = f32::from(step) / 16.0;
        margin.extend([[part * right, top + 0.2], [part * right, -0.75]].map(|at| sample.at(at)));
    }
    let (least, most) = margin.iter().fold((f32::MAX, 0.0_f32), |(a, b), &v| (a.min(v), b.max(v)));
    most > 100.0 && least > most * LEAST_MARGIN
}

/// Where the points of a digit are, in letter units.
fn points() -> impl Iterator<Item = Spot> {
    (0..POINTS).map(|at| {
        let (column, row) = (at % ACROSS, at / ACROSS);
        let part = |at: usize, of: usize, size: f32| at as f32 / (of - 1) as f32 * (size + 1.0) - 0.5;
        [part(column, ACROSS, 4.0), part(row, UP, HEIGHT)]
    })
}

/// How dark a digit is at its points, as a blurred picture has it.
fn master(digit: u32) -> [f32; POINTS] {
    let letter = char::from_digit(digit, 10).unwrap_or('0');
    let lines: Vec<[Spot; 2]> = strokes(letter).collect();
    let mut dark = [0.0; POINTS];
    for (dark, point) in dark.iter_mut().zip(points()) {
        let far = lines.iter().map(|&line| distance(point, line)).fold(f32::MAX, f32::min);
        *dark = ((1.05 - far) / 0.95).clamp(0.0, 1.0);
    }
    dark
}

fn distance([x, y]: Spot, [from, to]: [Spot; 2]) -> f32 {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = dx * dx + dy * dy;
    let part = if length > 0.0 { ((x - from[0]) * dx + (y - from[1]) * dy) / length } else { 0.0 };
    let part = part.clamp(0.0, 1.0);
    (x - from[0] - part * dx).hypot(y - from[1] - part * dy)
}

fn digit(sample: &Sample<'_>, place: u8, masters: &[[f32; POINTS]]) -> Option<u32> {
    let left = f32::from(place) * ADVANCE;
    let mut seen = [0.0; POINTS];
    for (seen, [x, y]) in seen.iter_mut().zip(points()) {
        *seen = 255.0 - sample.at([x + left, y]);
    }
    let (least, most) = seen.iter().fold((f32::MAX, 0.0_f32), |(a, b), &v| (a.min(v), b.max(v)));
    if most - least < LEAST_CONTRAST {
        return None;
    }
    let likeness = masters.iter().map(|master| correlation(&seen, master));
    let mut ranked: Vec<(f32, u32)> = likeness.zip(0..).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best, second) = (ranked[0], ranked[1]);
    (best.0 >= LEAST_LIKENESS && second.0 <= best.0 * MOST_SECOND).then_some(best.1)
}

fn correlation(a: &[f32; POINTS], b: &[f32; POINTS]) -> f32 {
    let mean = |values: &[f32; POINTS]| values.iter().sum::<f32>() / POINTS as f32;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let mut sums = [0.0; 3];
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        sums[0] += a * b;
        sums[1] += a * a;
        sums[2] += b * b;
    }
    sums[0] / (sums[1] * sums[2]).sqrt().max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_digits_look_alike() {
        let masters: Vec<_> = (0..10).map(master).collect();
        for (one, a) in masters.iter().enumerate() {
            for (other, b) in masters.iter().enumerate().take(one) {
                let alike = correlation(a, b);
                assert!(alike < 0.92, "{one} and {other}: {alike}");
            }
        }
    }

    #[test]
    fn what_is_no_whole_picture_is_not_read() {
        assert_eq!(read_order(&[], 480, 270), None);
        assert_eq!(read_order(&vec![255; 320 * 180 * 3], 320, 180), None);
        assert_eq!(read_order(&vec![255; 480 * 270 * 3], 480, 270), None);
        assert_eq!(read_order(&vec![0; 480 * 270 * 3], 480, 270), None);
    }
}
