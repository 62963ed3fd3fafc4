//! The band of trial operation: a strip with a word, outside the cover.
//!
//! Holds: its place is a function of the cover alone; it never paints over a covered block. Where no
//! free run of the strip is as wide as the word, the word is cut, but the strip is still there.

use std::ops::Range;

use crate::cover::{BLOCK, Cover};

/// Letters of 5×7 dots, a byte per row, the left dot in bit 4.
const WORD: [[u8; 7]; 10] = [U, N, R, E, L, E, A, S, E, D];
const U: [u8; 7] = [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E];
const N: [u8; 7] = [0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11];
const R: [u8; 7] = [0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11];
const E: [u8; 7] = [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F];
const L: [u8; 7] = [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F];
const A: [u8; 7] = [0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11];
const S: [u8; 7] = [0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E];
const D: [u8; 7] = [0x1E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1E];

/// In dots: ten letters of five with one between them.
const WORD_WIDTH: u32 = 59;
const WORD_HEIGHT: u32 = 7;
const BETWEEN_WORDS: u32 = 12;

/// Amber and black: nothing on a line is lit so.
const PAPER: [u8; 3] = [255, 191, 0];
const INK: [u8; 3] = [0, 0, 0];

/// Where the strip lies and where its words begin.
#[derive(Debug)]
pub(crate) struct Band {
    top: u32,
    height: u32,
    dot: u32,
    runs: Vec<(u32, u32)>,
}

impl Band {
    /// Takes the strip with the fewest covered blocks, the lowest of equals.
    pub(crate) fn new(cover: &Cover) -> Band {
        let size = cover.size();
        // 6 % of the height; 12 pixels hold the letters with a margin.
        let height = (size.height() * 6 / 100).max(12).min(size.height());
        let dot = (height.saturating_sub(4) / WORD_HEIGHT).max(1);
        let lowest = size.height() - height;
        let top = (0..=lowest)
            .rev()
            .step_by(BLOCK as usize)
            .min_by_key(|&top| columns(cover).filter(|&x| !is_free(cover, x, top, height)).count())
            .unwrap_or(lowest);
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for x in columns(cover).filter(|&x| is_free(cover, x, top, height)) {
            let end = (x + BLOCK).min(size.width());
            match runs.last_mut() {
                Some(run) if run.1 == x => run.1 = end,
                _ => runs.push((x, end)),
            }
        }
        Band { top, height, dot, runs }
    }

    /// The lines it lies on.
    pub(crate) fn lines(&self) -> Range<u32> {
        self.top..self.top + self.height
    }

    /// Paints the strip into `pixels`, which are RGB of exactly the cover's size.
    pub(crate) fn paint(&self, cover: &Cover, pixels: &mut [u8]) {
        let width = cover.size().width();
        let mut put = |x: u32, y: u32, colour: [u8; 3]| {
            if !cover.hides(x, y) {
                let at = (y as usize * width as usize + x as usize) * 3;
                pixels[at..at + 3].copy_from_slice(&colour);
            }
        };
        for y in self.top..self.top + self.height {
            for x in 0..width {
                put(x, y, PAPER);
            }
        }
        let margin = self.height.saturating_sub(WORD_HEIGHT * self.dot) / 2;
        for &(start, end) in &self.runs {
            for x in start..end {
                let column = (x - start) / self.dot % (WORD_WIDTH + BETWEEN_WORDS);
                for row in 0..WORD_HEIGHT * self.dot {
                    if is_ink(column, row / self.dot) {
                        put(x, self.top + margin + row, INK);
                    }
                }
            }
        }
    }
}

/// The first pixel of each column of blocks.
fn columns(cover: &Cover) -> impl Iterator<Item = u32> {
    (0..cover.size().width()).step_by(BLOCK as usize)
}

/// Whether the strip's part of this column of blocks is free of cover.
fn is_free(cover: &Cover, x: u32, top: u32, height: u32) -> bool {
    let last = top + height - 1;
    (top / BLOCK..=last / BLOCK).all(|row| !cover.hides(x, row * BLOCK))
}

/// Whether the word has a dot here.
fn is_ink(column: u32, row: u32) -> bool {
    let (letter, dot) = (column / 6, column % 6);
    dot < 5 && WORD.get(letter as usize).is_some_and(|rows| rows[row as usize] >> (4 - dot) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use lineshot_domain::{Crop, Fraction, Mask, Point, Polygon, Scene, Show, Size};

    use super::*;

    /// A picture of which the given rectangle, in fractions, is masked.
    fn cover(size: Size, [left, top, right, bottom]: [f64; 4]) -> Cover {
        let point = |x, y| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
        let corners = vec![point(left, top), point(right, top), point(right, bottom), point(left, bottom)];
        let masks = vec![Mask { name: "m".into(), polygon: Polygon::new(corners).unwrap() }];
        Cover::of_picture(&Scene::new(size, Show::All, masks).unwrap(), Crop::whole(size), size)
    }

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    #[test]
    fn the_word_can_be_read() {
        let size = size(64, 24);
        let cover = cover(size, [0.0, 0.0, 0.01, 0.01]);
        let band = Band::new(&cover);
        let mut pixels = vec![7; 64 * 24 * 3];
        band.paint(&cover, &mut pixels);
        let row = |y: u32| -> String {
            let start = (y * 64) as usize * 3;
            let look = |pixel: &[u8]| {
                if pixel == INK {
                    '#'
                } else if pixel == PAPER {
                    '.'
                } else {
                    ' '
                }
            };
            pixels[start..start + 59 * 3].chunks_exact(3).map(look).collect()
        };
        assert_eq!((band.top, band.height, band.dot), (12, 12, 1));
        assert_eq!(row(11).trim(), "");
        assert_eq!(row(12).trim_matches('.'), "");
        assert_eq!(
            (14..21).map(row).collect::<Vec<_>>(),
            [
                "#...#.#...#.####..#####.#.....#####..###...####.#####.####.",
                "#...#.##..#.#...#.#.....#.....#.....#...#.#.....#.....#...#",
                "#...#.#.#.#.#...#.#.....#.....#.....#...#.#.....#.....#...#",
                "#...#.#..##.####..####..#.....####..#####..###..####..#...#",
                "#...#.#...#.#.#...#.....#.....#.....#...#.....#.#.....#...#",
                "#...#.#...#.#..#..#.....#.....#.....#...#.....#.#.....#...#",
                ".###..#...#.#...#.#####.#####.#####.#...#.####..#####.####.",
            ]
        );
    }

    #[test]
    fn the_strip_lies_lowest_where_the_least_is_covered() {
        for (masked, top) in [
            ([0.4, 0.4, 0.6, 0.6], 576 - 34),
            ([0.0, 0.9, 1.0, 1.0], 504 - 34),
            ([0.0, 0.1, 0.5, 1.0], 48 - 34),
        ] {
            let cover = cover(size(768, 576), masked);
            assert_eq!(Band::new(&cover).top, top, "{masked:?}");
        }
    }

    #[test]
    fn the_cover_is_never_painted_over_and_each_free_run_begins_with_the_word() {
        let size = size(768, 64);
        let cover = cover(size, [0.2, 0.0, 0.5, 1.0]);
        let band = Band::new(&cover);
        let mut pixels = vec![7; 768 * 64 * 3];
        band.paint(&cover, &mut pixels);
        for (at, pixel) in (0..).zip(pixels.chunks_exact(3)) {
            let painted = pixel != [7, 7, 7];
            let (x, y) = (at % 768, at / 768);
            assert_eq!(painted, y >= band.top && !cover.hides(x, y), "{x},{y}");
        }
        assert_eq!(band.runs.len(), 2);
        for (start, end) in band.runs {
            assert!(end - start > WORD_WIDTH);
            let stroke = ((band.top + 2) * 768 + start) as usize * 3;
            assert_eq!(pixels[stroke..stroke + 3], INK);
        }
    }
}
