//! Writes a scan anew out of the bits of another: what is shown is copied as it is coded, what is covered becomes the
//! fill.
//!
//! A JPEG codes a block's average as its difference from the block before. So where a block before was covered or left
//! out, the code of that difference is written anew; the rest of the block stays, bit by bit.

use crate::coded::Block;
use crate::huffman::Codes;

/// What becomes of an MCU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Shown,
    Covered,
    /// Outside of the crop.
    Gone,
}

/// How one component is written.
pub(crate) struct Ink<'a> {
    /// Has every size of a difference.
    pub(crate) dc: &'a Codes,
    /// Has the end of a block.
    pub(crate) ac: &'a Codes,
    /// The fill, in steps of the quantiser.
    pub(crate) fill: i32,
}

/// The end of a block (T.81 F.1.2.2).
const END: u8 = 0;

/// A scan that is being written.
pub(crate) struct Splice<'a> {
    from: &'a [u8],
    out: Vec<u8>,
    held: u64,
    count: u32,
    /// What is still to be copied, in bits of `from`.
    copied: usize,
    until: usize,
    averages: [i32; 3],
}

impl<'a> Splice<'a> {
    /// Appends to `out`, which has room enough, what is taken out of `from`.
    pub(crate) fn new(from: &'a [u8], out: Vec<u8>) -> Splice<'a> {
        Splice { from, out, held: 0, count: 0, copied: 0, until: 0, averages: [0; 3] }
    }

    /// The next block in the order of the scan.
    pub(crate) fn block(&mut self, block: &Block, fate: Fate, ink: &Ink<'_>) {
        if block.start != self.until {
            // Between the two was a restart marker.
            self.copy(block.start);
        }
        let average = match fate {
            Fate::Shown => block.average,
            Fate::Covered => ink.fill,
            Fate::Gone => return self.copy(block.end),
        };
        let difference = average - std::mem::replace(&mut self.averages[block.component], average);
        if fate == Fate::Covered || difference != block.difference {
            self.copy(if fate == Fate::Covered { block.end } else { block.middle });
            self.put_difference(difference, ink.dc);
            if fate == Fate::Covered {
                self.put_code(ink.ac, END);
            }
        }
        self.until = block.end;
    }

    /// A block of no other than the middle brightness, right behind the block before, that the other scan has not.
    pub(crate) fn neutral(&mut self, ink: &Ink<'_>) {
        self.copy(self.until);
        self.put_difference(0, ink.dc);
        self.put_code(ink.ac, END);
    }

    /// Ends the scan and the picture.
    pub(crate) fn end(mut self) -> Vec<u8> {
        self.copy(self.until);
        let padding = (8 - self.count % 8) % 8;
        self.put((1 << padding) - 1, padding);
        while self.count > 0 {
            self.count -= 8;
            self.put_byte((self.held >> self.count) as u8);
        }
        self.out.extend([0xFF, 0xD9]);
        self.out
    }

    /// Copies what is still to be copied, and goes on behind it at `next`.
    fn copy(&mut self, next: usize) {
        while self.copied < self.until {
            let bits = (self.until - self.copied).min(32);
            let bytes = self.from[self.copied / 8..].first_chunk::<8>().expect("zeros follow the coded bits");
            let held = u64::from_be_bytes(*bytes) << (self.copied % 8);
            self.put(held >> (64 - bits), bits as u32);
            self.copied += bits;
        }
        (self.copied, self.until) = (next, next);
    }

    fn put_difference(&mut self, difference: i32, codes: &Codes) {
        let size = 32 - difference.unsigned_abs().leading_zeros();
        self.put_code(codes, size as u8);
        // T.81 F.1.2.1: of a negative number, the bits of one less.
        let bits = if difference < 0 { difference - 1 } else { difference };
        self.put(u64::from(bits as u32 & ((1 << size) - 1)), size);
    }

    fn put_code(&mut self, codes: &Codes, symbol: u8) {
        let (length, code) = codes.of(symbol);
        self.put(u64::from(code), length);
    }

    /// Appends the lowest `count` bits, at most 32; no others are set.
    fn put(&mut self, bits: u64, count: u32) {
        self.held = self.held << count | bits;
        self.count += count;
        if self.count >= 32 {
            self.count -= 32;
            let four = ((self.held >> self.count) as u32).to_be_bytes();
            if four.contains(&0xFF) {
                four.into_iter().for_each(|byte| self.put_byte(byte));
            } else {
                self.out.extend_from_slice(&four);
            }
        }
    }

    fn put_byte(&mut self, byte: u8) {
        self.out.push(byte);
        if byte == 0xFF {
            self.out.push(0);
        }
    }
}
