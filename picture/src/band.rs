//! The band of trial operation: a strip with a word, outside the cover.
//!
//! Holds: its place is a function of the cover alone; it never paints over a covered block. Where no
//! free run of the strip is as wide as the word, the word is cut, but the strip is still there.

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
