//! A scan's coded bits, walked to their end without decoding a pixel.
//!
//! Holds: a scan that passes has exactly the coded blocks of its frame, its restart markers in order, brightness and
//! colour within what 8 bits can mean, and nothing left over. Decoders forgive much of this, and a forgiven error
//! shifts the rest of the frame: what is shown could then stand under the cover and what is secret beside it.
//!
//! Its limit: damage that loses as many blocks as it makes is not noticed; what lies between the two
//! places is shifted then.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::huffman::Table;
use crate::jpeg::JpegError;

/// A look reads so many bytes at once.
const LOOK: usize = 8;

/// So many bits of a look are sure to be there, wherever in a byte it begins.
const HELD: u32 = 57;

/// Bits of the longest code, and of the largest difference of averages.
const MOST_OF_CODE: u32 = 16;
const MOST_OF_AVERAGE: u32 = 11;

/// What the average of a block can be, in eighths of a brightness: 8 bits less their middle (T.81 A.3.1).
const AVERAGES: Range<i32> = -1024..1024;

/// One component's share of an MCU.
pub(crate) struct Share<'a> {
    pub(crate) blocks: u32,
    pub(crate) dc: &'a Table,
    pub(crate) ac: &'a Table,
}

/// One coded block. Places are in bits of [`Coded::bytes`].
pub(crate) struct Block {
    pub(crate) mcu: u32,
    pub(crate) component: usize,
    /// What is coded: how far its average is from the one before.
    pub(crate) difference: i32,
    /// Its average, in steps of the quantiser.
    pub(crate) average: i32,
    pub(crate) start: usize,
    /// Where the code of the average ends.
    pub(crate) middle: usize,
    pub(crate) end: usize,
}

/// A scan's coded bytes, the stuffed zeros and restart markers taken out.
pub(crate) struct Coded {
    bytes: Zeroizing<Vec<u8>>,
    /// What lies between two restart markers.
    intervals: Vec<Range<usize>>,
    /// How many bytes of the file it took, up to the marker that ends it.
    pub(crate) length: usize,
}

impl Coded {
    /// Reads up to the first marker that is no restart marker in its turn.
    pub(crate) fn read(scan: &[u8]) -> Coded {
        // Growing would leave unwiped copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(scan.len() + LOOK));
        let (mut at, mut intervals, mut start) = (0, Vec::new(), 0);
        loop {
            let stretch = scan[at..].iter().position(|&byte| byte == 0xFF).unwrap_or(scan.len() - at);
            bytes.extend_from_slice(&scan[at..at + stretch]);
            at += stretch;
            match scan.get(at + 1) {
                Some(0) => {
                    bytes.push(0xFF);
                    at += 2;
                }
                Some(&marker) if usize::from(marker) == 0xD0 + intervals.len() % 8 => {
                    intervals.push(start..bytes.len());
                    start = bytes.len();
                    at += 2;
                }
                _ => break,
            }
        }
        intervals.push(start..bytes.len());
        bytes.extend([0; LOOK]);
        Coded { bytes, intervals, length: at }
    }

    /// The bytes that [`Block`] speaks of, and some zeros behind them.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Walks `mcus` MCUs and tells each block. `restart` is the restart interval in MCUs, 0 for none.
    ///
    /// # Errors
    /// [`JpegError::Entropy`] with the MCU at which the scan stops making sense.
    pub(crate) fn walk(
        &self,
        mcus: u32,
        shares: &[Share<'_>],
        restart: u32,
        mut told: impl FnMut(&Block),
    ) -> Result<(), JpegError> {
        let each = if restart == 0 { mcus } else { restart };
        let mut intervals = self.intervals.iter();
        for first in (0..mcus).step_by(each as usize) {
            let broken = |mcu| JpegError::Entropy { mcu, of: mcus };
            let interval = intervals.next().ok_or(broken(first))?;
            let mut bits = Bits::new(&self.bytes, interval);
            let mut averages = [0; 3];
            let until = (first + each).min(mcus);
            for mcu in first..until {
                for (component, share) in shares.iter().enumerate() {
                    for _ in 0..share.blocks {
                        let start = bits.at;
                        let (difference, middle) = block(&mut bits, share).ok_or(broken(mcu))?;
                        let average = &mut averages[component];
                        *average += difference;
                        if !AVERAGES.contains(average) {
                            return Err(broken(mcu));
                        }
                        let (average, end) = (*average, bits.at);
                        told(&Block { mcu, component, difference, average, start, middle, end });
                    }
                }
            }
            if !bits.is_at_end() {
                return Err(broken(until));
            }
        }
        if intervals.next().is_none() { Ok(()) } else { Err(JpegError::Entropy { mcu: mcus, of: mcus }) }
    }
}

/// Passes over one block (T.81 F.2.2): the difference of its average, and where that ends; `None` if there is no such
/// code, or it ends too late.
fn block(bits: &mut Bits<'_>, share: &Share<'_>) -> Option<(i32, usize)> {
    bits.hold(MOST_OF_CODE + MOST_OF_AVERAGE)?;
    let (length, size) = bits.symbol(share.dc)?;
    if size > MOST_OF_AVERAGE {
        return None;
    }
    bits.pass(length);
    let difference = extended(bits.held, size);
    bits.pass(size);
    let middle = bits.at;
    let mut index = 1;
    while index < 64 {
        bits.hold(MOST_OF_CODE)?;
        let (length, symbol) = bits.symbol(share.ac)?;
        let (run, size) = (symbol >> 4, symbol & 15);
        bits.pass(length + size);
        match (run, size) {
            (0, 0) => return bits.is_within().then_some((difference, middle)),
            (15, 0) => index += 16,
            (_, 1..=10) => index += run + 1,
            _ => return None,
        }
    }
    // Exactly at the end; beyond it is a run too long.
    (index == 64 && bits.is_within()).then_some((difference, middle))
}

/// The number that the first `size` bits of `held` stand for (T.81 F.2.2.1).
fn extended(held: u64, size: u32) -> i32 {
    if size == 0 {
        return 0;
    }
    let value = (held >> (64 - size)) as i32;
    if value < 1 << (size - 1) { value - (1 << size) + 1 } else { value }
}

/// Bits of one interval. What is read behind its end is noticed at the end of the block.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    /// The next bits, the first one highest, and how many of them are there.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8], interval: &Range<usize>) -> Bits<'a> {
        Bits { bytes, at: interval.start * 8, end: interval.end * 8, held: 0, count: 0 }
    }

    /// Sees to it that so many bits are held; `None` far behind the end.
    fn hold(&mut self, count: u32) -> Option<()> {
        if self.count < count {
            let bytes = self.bytes.get(self.at / 8..)?.first_chunk::<LOOK>()?;
            self.held = u64::from_be_bytes(*bytes) << (self.at % 8);
            self.count = HELD;
        }
        Some(())
    }

    /// How long the next code is, and its symbol. [`MOST_OF_CODE`] bits are held.
    fn symbol(&self, table: &Table) -> Option<(u32, u32)> {
        let (length, symbol) = table.look_up((self.held >> 48) as u16);
        (length > 0).then_some((length, u32::from(symbol)))
    }

    /// Passes over bits, held or not; fewer than 64.
    fn pass(&mut self, count: u32) {
        self.held <<= count;
        self.count = self.count.saturating_sub(count);
        self.at += count as usize;
    }

    fn is_within(&self) -> bool {
        self.at <= self.end
    }

    /// Whether only padding is left: at most seven bits, all ones (T.81 F.1.2.3).
    fn is_at_end(&mut self) -> bool {
        let left = self.end - self.at;
        let ones = |held: u64| held >> (64 - left) == (1 << left) - 1;
        left == 0 || (left < 8 && self.hold(8).is_some_and(|()| ones(self.held)))
    }
}
