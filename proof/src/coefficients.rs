//! The coded data itself: as many blocks as the picture has and not a bit more, and near what must be covered
//! nothing but the fill's average.
//!
//! What a decoder shows is rounded, and what lies within the tolerance of the fill could still be told apart from it. So
//! a covered block has to have no other coefficient at all. By the way of T.81, F.2.2.3: codes are compared with the
//! largest of their length, bits are taken from the file one byte after the other. What the first eight bits say is worked
//! out once.

use lineshot_domain::FILL_TOLERANCE;

use crate::compare::{BLOCK, Blocks, Component, Uncovered};
use crate::grammar::{Code, GrammarError, Layout};
use crate::{ProofError, Witness};

/// More than any brightness of 8 bits needs, in steps of 1.
const MOST: i32 = 2048;

/// Checks the coded data of a file whose grammar was checked.
pub(crate) fn check(file: &[u8], layout: &Layout<'_>, blocks: &Blocks) -> Result<(), ProofError> {
    let (across, down) = layout.sampling;
    let (columns, rows) =
        (blocks.size.width().div_ceil(BLOCK * across), blocks.size.height().div_ceil(BLOCK * down));
    let codes = layout.codes.map(Ladder::new);
    let mut bits = Bits { bytes: &file[layout.scan..file.len() - 2], at: 0, held: 0, count: 0 };
    let mut averages = [0_i32; 3];
    for unit in 0..columns * rows {
        let (left, top) = (unit % columns * across, unit / columns * down);
        let broken = || GrammarError::Coded { unit, of: columns * rows };
        let places = || (0..across * down).map(|block| (left + block % across, top + block / across));
        let mut is_any_required = false;
        for (x, y) in places() {
            let is_fill =
                block(&mut bits, (0, blocks.fill[0]), layout, &codes, &mut averages).ok_or_else(broken)?;
            let is_required = blocks.is_required(x, y);
            is_any_required |= is_required;
            if is_required && !is_fill {
                return Err(uncovered(x, y, Component::Y));
            }
        }
        for (index, component) in [(1, Component::Cb), (2, Component::Cr)] {
            let is_fill = block(&mut bits, (index, blocks.fill[index]), layout, &codes, &mut averages)
                .ok_or_else(broken)?;
            // It belongs to the whole unit.
            if is_any_required && !is_fill {
                return Err(uncovered(left, top, component));
            }
        }
    }
    if bits.are_padding() {
        Ok(())
    } else {
        Err(GrammarError::Coded { unit: columns * rows, of: columns * rows }.into())
    }
}

fn uncovered(column: u32, row: u32, component: Component) -> ProofError {
    Uncovered { x: column * BLOCK, y: row * BLOCK, component, witness: Witness::Coded }.into()
}

/// Whether the next block, of the component `index`, is nothing but the fill's average.
fn block(
    bits: &mut Bits<'_>,
    (index, fill): (usize, u8),
    layout: &Layout<'_>,
    codes: &[Ladder<'_>; 4],
    averages: &mut [i32; 3],
) -> Option<bool> {
    let is_colour = usize::from(index > 0);
    let size = bits.symbol(&codes[is_colour]).filter(|size| *size <= 11)?;
    let average = averages[index] + bits.number(size)?;
    averages[index] = average;
    let is_flat = ends(bits, &codes[2 + is_colour])?;
    let off = average * i32::from(layout.steps[is_colour]) + 8 * (128 - i32::from(fill));
    (average.abs() <= MOST).then_some(is_flat && off.abs() <= 8 * i32::from(FILL_TOLERANCE))
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
    /// For each head of eight bits that begins with a whole code: its length and its symbol. 0 for a longer one.
    short: [(u8, u8); 256],
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
        let mut ladder = Ladder { symbols, rungs, short: [(0, 0); 256] };
        ladder.short = std::array::from_fn(|head| {
            let found = ladder.climb((head as u32) << 8).filter(|(length, _)| *length <= 8);
            found.map_or((0, 0), |(length, symbol)| (length as u8, symbol))
        });
        ladder
    }

    /// The length of the code at the head of 16 bits, and its symbol.
    fn climb(&self, head: u32) -> Option<(u32, u8)> {
        let rung = self.rungs.iter().position(|(limit, _)| head < *limit)?;
        let (length, offset) = (rung as u32 + 1, self.rungs[rung].1);
        let index = i32::try_from(head >> (16 - length)).ok()? + offset;
        Some((length, *self.symbols.get(usize::try_from(index).ok()?)?))
    }
}

/// The file's bits, the stuffed zeros passed over.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(&byte) = self.bytes.get(self.at) else { return };
            self.at += if byte == 0xFF { 2 } else { 1 };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    fn take(&mut self, count: u32) -> Option<()> {
        self.count = self.count.checked_sub(count)?;
        self.held <<= count;
        Some(())
    }

    fn symbol(&mut self, ladder: &Ladder<'_>) -> Option<u8> {
        // A code and the number behind it.
        if self.count < 32 {
            self.fill();
        }
        let head = (self.held >> 48) as u32;
        let (length, symbol) = match ladder.short[(head >> 8) as usize] {
            (0, _) => ladder.climb(head)?,
            (length, symbol) => (u32::from(length), symbol),
        };
        self.take(length)?;
        Some(symbol)
    }

    /// The number of so many bits behind a symbol (T.81, table F.1).
    fn number(&mut self, size: u8) -> Option<i32> {
        if size == 0 {
            return Some(0);
        }
        let value = i32::try_from(self.held >> (64 - u32::from(size))).ok()?;
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
