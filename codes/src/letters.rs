//! Which letters of the card can be read: as on an optician's wall.
//!
//! A letter counts as read if, of all letters of the card, its own dots look most like what is in its place (normalised
//! cross-correlation), wherever within a quarter of its height it lies.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::card::{Card, DOTS, Letter, ROWS, dots, letters};
use crate::homography::{Homography, Point};
use crate::{Code, Plane};

/// How far from its place a letter is looked for, in parts of its height; and in pixels besides.
const AROUND: (f64, f64) = (0.25, 2.0);

/// Less alike than this is noise.
const ALIKE: f64 = 0.6;

/// So many letters say where the others are better than the corners of a code, which are known to half a module.
const ENOUGH: usize = 8;

/// One row of the card.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Height of its letters on the card, in millimetres.
    pub millimetres: f64,
    /// Their height in the picture, in pixels.
    pub pixels: f64,
    /// How many of its letters were read.
    pub read: u32,
    /// How many it has.
    pub of: u32,
}

impl Row {
    /// Whether nearly all of it can be read.
    pub fn is_legible(&self) -> bool {
        self.read + 1 >= self.of
    }
}

impl Card {
    /// The rows of letters as far as they can be read, from the largest; `None` if none of the card's codes is among
    /// `codes`, so that nobody knows where it is.
    pub fn rows(plane: &Plane, codes: &[Code]) -> Option<Vec<Row>> {
        let ours = codes.iter().filter_map(|code| Some((Card::place(&code.text)?, code.corners)));
        let ((left, top, side), corners) = ours.max_by(|a, b| a.0.2.total_cmp(&b.0.2))?;
        let printed = [(left, top), (left + side, top), (left + side, top + side), (left, top + side)];
        let corners: Vec<(Point, Point)> = printed.into_iter().zip(corners).collect();
        let mut map = Homography::new(corners.iter().copied())?;
        // The second time it is known from the first where the card is.
        read(plane, &mut map, &corners);
        Some(read(plane, &mut map, &corners))
    }
}

/// Reads row by row; what was read tells more exactly where the next row is.
fn read(plane: &Plane, map: &mut Homography, corners: &[(Point, Point)]) -> Vec<Row> {
    let (shapes, mut known, mut rows) = (shapes(), Vec::new(), Vec::new());
    for (number, (height, text)) in ROWS.into_iter().enumerate() {
        let mut row = Row { millimetres: height, pixels: 0.0, read: 0, of: text.len() as u32 };
        let mut found = Vec::new();
        for letter in letters().filter(|letter| letter.row == number) {
            row.pixels = pixels(map, &letter);
            if let Some((seen, middle)) = look(plane, map, &letter, &shapes)
                && seen == letter.letter
            {
                found.push((letter.middle(), middle));
            }
        }
        row.read = found.len() as u32;
        known.extend(found);
        let corners = if known.len() < ENOUGH { corners } else { &[] };
        *map = Homography::new(known.iter().chain(corners).copied()).unwrap_or(*map);
        rows.push(row);
    }
    rows
}

/// A letter's height in the picture.
fn pixels(map: &Homography, letter: &Letter) -> f64 {
    let (head, foot) = (map.at((letter.left, letter.top)), map.at((letter.left, letter.top + letter.height)));
    (foot.0 - head.0).hypot(foot.1 - head.1)
}

/// Dots of a letter and of the white border round it.
const SIDE: usize = DOTS + 2;

/// Which letter looks most like what is near this one's place, and where its middle is.
fn look(
    plane: &Plane,
    map: &Homography,
    letter: &Letter,
    shapes: &[(char, Vec<f64>)],
) -> Option<(char, Point)> {
    let step = letter.height / DOTS as f64;
    let middle_of = |n: usize| (n as f64 - 0.5) * step;
    let places: Vec<Point> = (0..SIDE * SIDE)
        .map(|at| map.at((letter.left + middle_of(at % SIDE), letter.top + middle_of(at / SIDE))))
        .collect();
    let height = pixels(map, letter);
    let (far, by) = (AROUND.0 * height + AROUND.1, (height / 16.0).max(0.5));
    let steps = (far / by) as i32;
    let mut best = (ALIKE, None);
    for (x, y) in (-steps..=steps).flat_map(|y| (-steps..=steps).map(move |x| (x, y))) {
        let (dx, dy) = (f64::from(x) * by, f64::from(y) * by);
        let values = normal(places.iter().map(|(x, y)| -plane.at((x + dx, y + dy))).collect());
        for (letter, shape) in shapes {
            let alike: f64 = values.iter().zip(shape).map(|(value, dot)| value * dot).sum();
            if alike > best.0 {
                best = (alike, Some((*letter, dx, dy)));
            }
        }
    }
    let (seen, dx, dy) = best.1?;
    let middle = map.at(letter.middle());
    Some((seen, (middle.0 + dx, middle.1 + dy)))
}

fn shapes() -> Vec<(char, Vec<f64>)> {
    let all: BTreeSet<char> = ROWS.iter().flat_map(|(_, text)| text.chars()).collect();
    all.into_iter().map(|letter| (letter, shape(letter))).collect()
}

fn shape(letter: char) -> Vec<f64> {
    let mut values = vec![0.0; SIDE * SIDE];
    dots(letter).for_each(|(x, y)| values[(y + 1) * SIDE + x + 1] = 1.0);
    normal(values)
}

/// Less the mean, of length one; flat ones become nothing.
fn normal(mut values: Vec<f64>) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|value| *value -= mean);
    let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length > 0.0 {
        values.iter_mut().for_each(|value| *value /= length);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The card, `zoom` pixels a millimetre, turned by a little, on grey, with the noise of a sensor.
    fn picture(zoom: f64, turn: f64) -> Plane {
        let (across, down) = Card::sheet();
        let (width, height) = ((across * zoom) as usize + 60, (down * zoom) as usize + 60);
        let ink = Card::ink();
        // Nine points a pixel, each taken back to the sheet.
        let mut rows: Vec<Vec<[f64; 4]>> = vec![Vec::new(); down as usize + 1];
        for rect in &ink {
            let last = ((rect[1] + rect[3]) as usize).min(down as usize);
            rows[rect[1] as usize..=last].iter_mut().for_each(|row| row.push(*rect));
        }
        let mut random = fastrand::Rng::with_seed(3);
        let values = (0..width * height).map(|at| {
            let (mut sum, (px, py)) = (0.0, ((at % width) as f64, (at / width) as f64));
            for sub in 0..9 {
                let x = px + (f64::from(sub % 3) + 0.5) / 3.0 - 30.0;
                let y = py + (f64::from(sub / 3) + 0.5) / 3.0 - 30.0;
                let (x, y) =
                    ((x * turn.cos() + y * turn.sin()) / zoom, (y * turn.cos() - x * turn.sin()) / zoom);
                let is_on = (0.0..across).contains(&x) && (0.0..down).contains(&y);
                let is_ink = is_on
                    && rows[y as usize]
                        .iter()
                        .any(|[l, t, w, h]| (*l..l + w).contains(&x) && (*t..t + h).contains(&y));
                sum += if !is_on {
                    110.0
                } else if is_ink {
                    25.0
                } else {
                    220.0
                };
            }
            (sum / 9.0 + random.f64() * 8.0 - 4.0) as u8
        });
        Plane { width, values: values.collect() }
    }

    #[test]
    fn the_card_is_found_and_its_letters_are_read_down_to_a_size() {
        let mut codes = Vec::new();
        for (zoom, turn, smallest) in [(1.0, 0.0, 8.0), (2.0, 0.03, 4.0), (4.0, -0.05, 2.0)] {
            let plane = picture(zoom, turn);
            let found = plane.codes();
            codes.push(found.len());
            let rows = Card::rows(&plane, &found).unwrap();
            assert!((rows[0].pixels / zoom - 32.0).abs() < 1.0, "{rows:?}");
            // At eight pixels a letter can be read; at three nobody could.
            assert!(rows.iter().all(|row| row.pixels < 7.5 || row.is_legible()), "{rows:?}");
            assert!(rows.iter().all(|row| row.pixels > 3.0 || !row.is_legible()), "{rows:?}");
            assert!(rows.iter().any(|row| row.millimetres == smallest && row.is_legible()), "{rows:?}");
        }
        assert!(codes.is_sorted() && codes[0] >= 1 && codes[2] >= 3, "{codes:?}");
    }

    #[test]
    fn a_blurred_card_has_only_its_large_letters() {
        let sharp = picture(2.0, 0.0);
        let height = sharp.values.len() / sharp.width;
        let mean = |x: usize, y: usize| {
            let around = (y.saturating_sub(3)..(y + 4).min(height))
                .flat_map(|y| (x.saturating_sub(3)..(x + 4).min(sharp.width)).map(move |x| (x, y)));
            let values: Vec<u32> =
                around.map(|(x, y)| u32::from(sharp.values[y * sharp.width + x])).collect();
            (values.iter().sum::<u32>() / values.len() as u32) as u8
        };
        let at = |at: usize| mean(at % sharp.width, at / sharp.width);
        let blurred = Plane { width: sharp.width, values: (0..sharp.values.len()).map(at).collect() };
        let rows = Card::rows(&blurred, &sharp.codes()).unwrap();
        assert!(rows[0].is_legible() && !rows[7].is_legible() && !rows[8].is_legible(), "{rows:?}");
    }

    #[test]
    fn where_there_is_no_code_there_is_no_card() {
        let blank = Plane { width: 320, values: vec![128; 320 * 240] };
        assert!(blank.codes().is_empty());
        assert!(Card::rows(&blank, &[]).is_none());
        let foreign = Code { text: "https://example.org".to_owned(), corners: [(0.0, 0.0); 4] };
        assert!(Card::rows(&blank, &[foreign]).is_none());
    }
}
