//! The coded data itself: as many blocks as the picture has and not a bit more, and near what must be covered
//! nothing but the fill's average.
//!
//! What a decoder shows is rounded, and what lies within the tolerance of the fill could still be told apart from it. So
//! a covered block has to have no other coefficient at all. By the way of T.81, F.2.2.3: codes are compared with the
//! largest of their length, bits are taken from the file one byte after the other.

use lineshot_domain::{FILL, FILL_TOLERANCE};

use crate::compare::{Component, Uncovered, is_required};
use crate::grammar::{Code, GrammarError, Layout};
use crate::raster::Pixels;
use crate::{ProofError, Witness};

/// Blocks are 8×8 samples.
const SIDE: u32 = 8;

/// More than any brightness of 8 bits needs, in steps of 1.
const MOST: i32 = 2048;

/// Checks the coded data of a file whose grammar was checked.
pub(crate) fn check(file: &[u8], layout: &Layout<'_>, required: &Pixels) -> Result<(), ProofError> {
    let (across, down) = layout.sampling;
    let (width, height) = (SIDE * across, SIDE * down);
    let (columns, rows) = (required.size.width().div_ceil(width), required.size.height().div_ceil(height));
    let codes = layout.codes.map(Ladder::new);
    let mut bits = Bits { bytes: &file[layout.scan..file.len() - 2], at: 0, held: 0, count: 0 };
    let mut averages = [0_i32; 3];
    for unit in 0..columns * rows {
        let (left, top) = (unit % columns * width, unit / columns * height);
        let broken = || GrammarError::Coded { unit, of: columns * rows };
        for (index, component) in [Component::Y, Component::Cb, Component::Cr].into_iter().enumerate() {
            let is_colour = usize::from(index > 0);
            let (dc, ac) = (&codes[is_colour], &codes[2 + is_colour]);
            // A block of colour belongs to the whole unit.
            let (blocks, wide, high) = match component {
                Component::Y => (across * down, SIDE, SIDE),
                Component::Cb | Component::Cr => (1, width, height),
            };
            for block in 0..blocks {
                let (x, y) = (left + block % across * SIDE, top + block / across * SIDE);
                let size = bits.symbol(dc).filter(|size| *size <= 11).ok_or_else(broken)?;
                averages[index] += bits.number(size).ok_or_else(broken)?;
                if averages[index].abs() > MOST {
                    return Err(broken().into());
                }
                let is_flat = ends(&mut bits, ac).ok_or_else(broken)?;
                let off =
                    averages[index] * i32::from(layout.steps[is_colour]) + 8 * (128 - i32::from(FILL[index]));
                let is_fill = is_flat && off.abs() <= 8 * i32::from(FILL_TOLERANCE);
                if !is_fill && is_required(required, (x, y), (wide, high)) {
                    return Err(Uncovered { x, y, component, witness: Witness::Coded }.into());
                }
            }
        }
    }
    if bits.are_padding() {
        Ok(())
    } else {
        Err(GrammarError::Coded { unit: columns * rows, of: columns * rows }.into())
    }
}

/// Passes over the rest of a block; whether it has nothing but its average.
fn ends(bits: &mut Bits<'_>, ac: &Ladder<'_>) -> Option<bool> {
    let mut place = 0;
    while place < 63 {
        match bits.symbol(ac)? {
            0x00 => return Some(place == 0),
            0xF0 => place += 16,
            symbol if (1..=10).contains(&(symbol & 15)) => {
                place += u32::from(symbol >> 4) + 1;
                bits.number(symbol & 15)?;
            }
            _ => return None,
        }
    }
    (place == 63).then_some(false)
}

/// A Huffman table by the lengths of its codes.
struct Ladder<'a> {
    symbols: &'a [u8],
    /// For each length: the code after its last, as the head of 16 bits, and which symbol its first code stands for, less
    /// that code.
    rungs: [(u32, i32); 16],
}

impl<'a> Ladder<'a> {
    fn new((counts, symbols): Code<'a>) -> Ladder<'a> {
        let (mut code, mut first) = (0_u32, 0_i32);
        let rungs = std::array::from_fn(|at| {
            let count = u32::from(counts[at]);
            // A table of too many codes has none that could be meant.
            let offset = first - i32::try_from(code).unwrap_or(0);
            let limit = (code + count) << (15 - at);
            code = (code + count) << 1;
            first += i32::from(counts[at]);
            (limit, offset)
        });
        Ladder { symbols, rungs }
    }
}

/// The file's bits, the stuffed zeros passed over.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u32,
    count: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        while self.count <= 24 {
            let Some(&byte) = self.bytes.get(self.at) else { return };
            self.at += if byte == 0xFF { 2 } else { 1 };
            self.held |= u32::from(byte) << (24 - self.count);
            self.count += 8;
        }
    }

    fn take(&mut self, count: u32) -> Option<()> {
        self.count = self.count.checked_sub(count)?;
        self.held <<= count;
        Some(())
    }

    fn symbol(&mut self, ladder: &Ladder<'_>) -> Option<u8> {
        self.fill();
        let head = self.held >> 16;
        let rung = ladder.rungs.iter().position(|(limit, _)| head < *limit)?;
        let (length, offset) = (rung as u32 + 1, ladder.rungs[rung].1);
        let index = i32::try_from(head >> (16 - length)).ok()? + offset;
        self.take(length)?;
        ladder.symbols.get(usize::try_from(index).ok()?).copied()
    }

    /// A number of so many bits (T.81, table F.1).
    fn number(&mut self, size: u8) -> Option<i32> {
        if size == 0 {
            return Some(0);
        }
        self.fill();
        let value = i32::try_from(self.held >> (32 - u32::from(size))).ok()?;
        self.take(u32::from(size))?;
        let is_negative = value < 1 << (size - 1);
        Some(if is_negative { value + 1 - (1 << size) } else { value })
    }

    /// At most seven bits are left, all ones.
    fn are_padding(&mut self) -> bool {
        self.fill();
        self.count < 8 && self.held.leading_ones() >= self.count
    }
}
