//! Walks a scan's coded bits to its end, without decoding a pixel.
//!
//! Holds: a scan that passes has exactly the coded blocks of its frame, its restart markers in order, and
//! nothing left over. Decoders forgive much of this, and a forgiven error shifts the rest of the frame:
//! what is shown could then stand under the cover and what is secret beside it.
//!
//! Its limit: damage that loses as many blocks as it makes is not noticed; what lies between the two
//! places is shifted then.

use crate::huffman::Table;
use crate::jpeg::JpegError;

/// One component's share of an MCU.
pub(crate) struct Share<'a> {
    pub(crate) blocks: u32,
    pub(crate) dc: &'a Table,
    pub(crate) ac: &'a Table,
}

/// Walks `mcus` MCUs and returns how many bytes they take, up to the marker that ends the scan.
/// `restart` is the restart interval in MCUs, 0 for none.
///
/// # Errors
/// [`JpegError::Entropy`] with the MCU at which the scan stops making sense.
pub(crate) fn walk(bytes: &[u8], mcus: u32, shares: &[Share<'_>], restart: u32) -> Result<usize, JpegError> {
    let mut bits = Bits { bytes, at: 0, held: 0, count: 0 };
    let mut marker = 0;
    for mcu in 0..mcus {
        let broken = JpegError::Entropy { mcu, of: mcus };
        if restart != 0 && mcu != 0 && mcu % restart == 0 {
            let expected = [0xFF, 0xD0 + marker];
            if !bits.is_at_end() || !bytes[bits.at..].starts_with(&expected) {
                return Err(broken);
            }
            bits = Bits { bytes, at: bits.at + 2, held: 0, count: 0 };
            marker = (marker + 1) % 8;
        }
        for share in shares {
            for _ in 0..share.blocks {
                block(&mut bits, share).ok_or(broken)?;
            }
        }
    }
    if bits.is_at_end() { Ok(bits.at) } else { Err(JpegError::Entropy { mcu: mcus, of: mcus }) }
}

/// Skips one block (T.81 F.2.2); `None` if there is no such code.
fn block(bits: &mut Bits<'_>, share: &Share<'_>) -> Option<()> {
    let size = bits.symbol(share.dc)?;
    if size > 11 {
        return None;
    }
    bits.skip(u32::from(size))?;
    let mut index = 1;
    while index < 64 {
        let symbol = bits.symbol(share.ac)?;
        let (run, size) = (symbol >> 4, symbol & 15);
        match (run, size) {
            (0, 0) => return Some(()),
            (15, 0) => index += 16,
            (_, 1..=10) => {
                index += run + 1;
                bits.skip(u32::from(size))?;
            }
            _ => return None,
        }
    }
    // Exactly at the end; beyond it is a run too long.
    (index == 64).then_some(())
}

/// Coded bits, with stuffed zeros taken out, up to the next marker.
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
            if byte == 0xFF && self.bytes.get(self.at + 1) != Some(&0) {
                return;
            }
            self.at += if byte == 0xFF { 2 } else { 1 };
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    fn symbol(&mut self, table: &Table) -> Option<u8> {
        if self.count < 16 {
            self.fill();
        }
        // The last bits before a marker are followed by zeros.
        let head =
            if self.count < 16 { self.held << (16 - self.count) } else { self.held >> (self.count - 16) };
        let (length, symbol) = table.look_up(head as u16);
        if length == 0 {
            return None;
        }
        self.skip(length)?;
        Some(symbol)
    }

    fn skip(&mut self, bits: u32) -> Option<()> {
        if self.count < bits {
            self.fill();
        }
        self.count = self.count.checked_sub(bits)?;
        Some(())
    }

    /// Whether only padding is left before the marker: at most seven bits, all ones (T.81 F.1.2.3).
    fn is_at_end(&mut self) -> bool {
        self.fill();
        let padding = (1 << self.count.min(8)) - 1;
        self.count < 8 && self.held & padding == padding
    }
}
