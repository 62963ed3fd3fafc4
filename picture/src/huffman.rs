//! Huffman tables of a baseline JPEG (ITU-T T.81, Annexes C, F and K).

use crate::jpeg::JpegError;

/// A table ready for look-up: the next 16 bits give the code's length and its symbol.
///
/// Nearly all codes are short; small as it is, it stays in the processor's nearest cache and is made in no time.
pub(crate) struct Table {
    /// By the first [`NEAR`] bits: length and symbol, nothing, or [`LONGER`] and which of `far` goes on.
    near: [u16; 1 << NEAR],
    /// By the bits behind those.
    far: Vec<[u16; 1 << FAR]>,
}

const NEAR: u16 = 10;
const FAR: u16 = 16 - NEAR;
const LONGER: u16 = 0x8000;

impl Table {
    /// Builds the table from how many codes there are of each length and their symbols in order.
    pub(crate) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Table, JpegError> {
        let mut table = Table { near: [0; 1 << NEAR], far: Vec::new() };
        let mut next = 0_usize;
        let mut symbols = symbols.iter();
        for (length, &count) in (1_u16..).zip(counts) {
            for &symbol in symbols.by_ref().take(usize::from(count)) {
                // The code is the head of all these 16 bits.
                let span = 1 << (16 - length);
                if next + span > 1 << 16 {
                    return Err(JpegError::Tables);
                }
                let entry = length << 8 | u16::from(symbol);
                if length <= NEAR {
                    table.near[next >> FAR..(next + span) >> FAR].fill(entry);
                } else {
                    let from = next % (1 << FAR);
                    table.branch(next >> FAR)[from..from + span].fill(entry);
                }
                next += span;
            }
        }
        Ok(table)
    }

    /// What goes on behind these first bits.
    fn branch(&mut self, head: usize) -> &mut [u16; 1 << FAR] {
        if self.near[head] & LONGER == 0 {
            // At most one for each head: fewer than `LONGER`.
            self.near[head] = LONGER | self.far.len() as u16;
            self.far.push([0; 1 << FAR]);
        }
        &mut self.far[usize::from(self.near[head] & !LONGER)]
    }

    /// The length of the code at the head of `bits` and its symbol; a length of 0 if there is none.
    pub(crate) fn look_up(&self, bits: u16) -> (u32, u8) {
        let mut entry = self.near[usize::from(bits >> FAR)];
        if entry & LONGER != 0 {
            entry = self.far[usize::from(entry & !LONGER)][usize::from(bits % (1 << FAR))];
        }
        (u32::from(entry >> 8), entry as u8)
    }
}

/// A table's codes, to write by.
pub(crate) struct Codes([(u8, u16); 256]);

impl Codes {
    /// The codes of a table of which [`Table::new`] could be made.
    pub(crate) fn new(counts: &[u8; 16], symbols: &[u8]) -> Codes {
        let mut codes = [(0, 0); 256];
        let (mut code, mut symbols) = (0_u32, symbols.iter());
        for (length, &count) in (1..).zip(counts) {
            for &symbol in symbols.by_ref().take(usize::from(count)) {
                codes[usize::from(symbol)] = (length, code as u16);
                code += 1;
            }
            code <<= 1;
        }
        Codes(codes)
    }

    /// How long the code is, and its bits. A symbol without one has no bits.
    pub(crate) fn of(&self, symbol: u8) -> (u32, u16) {
        let (length, code) = self.0[usize::from(symbol)];
        (u32::from(length), code)
    }
}

/// The tables of Annex K.3 as they stand in a DHT segment. MJPEG of UVC cameras and AVI files leaves
/// them out: they are implied.
pub(crate) const STANDARD: [(u8, [u8; 16], &[u8]); 4] = [
    (0x00, [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &DC),
    (0x01, [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], &DC),
    (0x10, [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D], &AC_LUMA),
    (0x11, [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77], &AC_CHROMA),
];

const DC: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

#[rustfmt::skip]
const AC_LUMA: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0, 0x24, 0x33, 0x62, 0x72,
    0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x34, 0x35, 0x36, 0x37,
    0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
    0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3,
    0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3,
    0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2,
    0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
];

#[rustfmt::skip]
const AC_CHROMA: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
    0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0, 0x15, 0x62, 0x72, 0xD1,
    0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x35, 0x36,
    0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,
    0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A,
    0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A,
    0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA,
    0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA,
    0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_tables_are_those_that_encoders_write_out() {
        let mut jpeg = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 80);
        encoder.encode(&[0; 16 * 16 * 3], 16, 16, jpeg_encoder::ColorType::Rgb).unwrap();
        for (id, counts, symbols) in STANDARD {
            let table = [&[id], &counts[..], symbols].concat();
            assert!(jpeg.windows(table.len()).any(|part| part == table), "table {id:#04x}");
            assert!(Table::new(&counts, symbols).is_ok());
        }
    }

    /// By the definition: codes of a length follow each other, and the next length goes on behind them (T.81 C.2).
    #[test]
    fn every_code_is_found_with_whatever_follows_it() {
        for (id, counts, symbols) in STANDARD {
            let table = Table::new(&counts, symbols).unwrap();
            let (mut code, mut symbols) = (0_u32, symbols.iter());
            for (length, count) in (1_u32..).zip(counts) {
                for _ in 0..count {
                    let symbol = *symbols.next().unwrap();
                    for bits in code << (16 - length)..(code + 1) << (16 - length) {
                        assert_eq!(table.look_up(bits as u16), (length, symbol), "{id:#04x} {bits:016b}");
                    }
                    code += 1;
                }
                code <<= 1;
            }
            for bits in code >> 1..1 << 16 {
                assert_eq!(table.look_up(bits as u16).0, 0, "{id:#04x} {bits:016b}");
            }
        }
    }

    #[test]
    fn more_codes_than_bits_allow_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert_eq!(Table::new(&counts, &[0, 1, 2]).err(), Some(JpegError::Tables));
    }
}
