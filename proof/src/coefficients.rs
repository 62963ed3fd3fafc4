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

#[cfg(test)]
mod tests {
    use lineshot_domain::Size;

    use super::*;
    use crate::raster::tests::marked;

    /// Of one code of one bit, and one of two.
    const TWO: &[u8; 16] = &[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const ONE: &[u8; 16] = &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// An average as it was before, or another by a number of four bits; and no other coefficient.
    fn layout(sampling: (u32, u32)) -> Layout<'static> {
        let (averages, others) = ((TWO, &[0, 4][..]), (ONE, &[0][..]));
        Layout { sampling, steps: [32, 32], codes: [averages, averages, others, others], scan: 0 }
    }

    /// Coded data and the end of a picture.
    fn file(bits: &str) -> Vec<u8> {
        let padded = format!("{bits}{}", "1".repeat((8 - bits.len() % 8) % 8));
        let byte = |at: usize| u8::from_str_radix(&padded[at..at + 8], 2).unwrap();
        let stuffed = (0..padded.len()).step_by(8).flat_map(|at| match byte(at) {
            0xFF => vec![0xFF, 0],
            byte => vec![byte],
        });
        stuffed.chain([0xFF, 0xD9]).collect()
    }

    /// The coded data of grey blocks, one after the other, of which the one at `other` is eight steps lighter.
    fn coded(components: &[usize], other: usize) -> Vec<u8> {
        let mut averages = [0, 0, 0];
        let mut bits = String::new();
        for (at, &component) in components.iter().enumerate() {
            let grey = if component == 0 { -8 } else { 0 };
            let average = if at == other { grey + 8 } else { grey };
            bits += match average - averages[component] {
                0 => "0",
                8 => "101000",
                -8 => "100111",
                off => panic!("{off} is no difference of these"),
            };
            bits += "0";
            averages[component] = average;
        }
        file(&bits)
    }

    /// Whichever way brightness is sampled: the blocks of a unit stand row by row, and its colour belongs to each.
    #[test]
    fn a_block_that_is_not_the_fill_is_told_where_it_is_and_only_where_it_has_to_be() {
        let size = Size::new(43, 29).unwrap();
        for (across, down) in [(1, 1), (2, 1), (1, 2), (2, 2)] {
            let blocks = Blocks::of(&marked(size, &[(10, 10), (41, 3), (20, 28)]), 1, [96, 128, 128]);
            let (columns, rows) = (6_u32.div_ceil(across), 4_u32.div_ceil(down));
            // Each coded block: its component, and those of the picture that it belongs to, the first one first.
            let mut order: Vec<(usize, Vec<(u32, u32)>)> = Vec::new();
            for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
                let unit: Vec<(u32, u32)> = (0..down)
                    .flat_map(|y| (0..across).map(move |x| (column * across + x, row * down + y)))
                    .collect();
                order.extend(unit.iter().map(|&place| (0, vec![place])));
                order.extend([(1, unit.clone()), (2, unit)]);
            }
            let components: Vec<usize> = order.iter().map(|(component, _)| *component).collect();
            let judged = |other| check(&coded(&components, other), &layout((across, down)), &blocks);
            assert!(judged(usize::MAX).is_ok());
            // The first brightness starts from nothing: eight steps more is where it began.
            for (at, (component, places)) in order.iter().enumerate() {
                let is_required = places.iter().any(|&(x, y)| blocks.is_required(x, y));
                match judged(at) {
                    Ok(()) => assert!(!is_required, "block {at} by {across}x{down}"),
                    Err(ProofError::Uncovered(found)) => {
                        let (x, y) = (places[0].0 * 8, places[0].1 * 8);
                        let component = [Component::Y, Component::Cb, Component::Cr][*component];
                        assert_eq!(found, Uncovered { x, y, component, witness: Witness::Coded });
                        assert!(is_required, "block {at} by {across}x{down}");
                    }
                    Err(error) => panic!("block {at} by {across}x{down}: {error}"),
                }
            }
        }
    }

    /// The fill is 96 of 255, which is 32 below the middle.
    #[test]
    fn an_average_may_be_three_off_the_fill() {
        let size = Size::new(16, 16).unwrap();
        let blocks = Blocks::of(&marked(size, &[(3, 3)]), 1, [96, 128, 128]);
        for (step, covered) in [(28, false), (29, true), (32, true), (35, true), (36, false)] {
            // Eight steps down for brightness, each of an eighth of the step; none for colour, nor from block to block.
            let layout = Layout { steps: [step, 32], ..layout((1, 1)) };
            let judged = check(&file(&["1001110", &"0".repeat(4 + 3 * 6)].concat()), &layout, &blocks);
            assert_eq!(judged.is_ok(), covered, "{step}");
        }
    }

    #[test]
    fn where_the_coded_data_ends_too_early_or_too_late_is_told_in_units() {
        let blocks = Blocks::of(&marked(Size::new(43, 29).unwrap(), &[]), 1, [96, 128, 128]);
        for (units, unit) in [(1, Some(1)), (7, Some(7)), (23, Some(23)), (24, None), (25, Some(24))] {
            let bits = ["1001110", &"0".repeat(4 + 6 * (units - 1))].concat();
            let told = match check(&file(&bits), &layout((1, 1)), &blocks) {
                Ok(()) => None,
                Err(ProofError::Grammar(error)) => Some(error),
                Err(error) => panic!("{units} units: {error}"),
            };
            assert_eq!(told, unit.map(|unit| GrammarError::Coded { unit, of: 24 }), "{units} units");
        }
    }

    #[test]
    fn what_follows_an_average_is_read_to_its_last_place() {
        let counts = &[0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let ladder = Ladder::new((counts, &[0x00, 0xF0, 0xE1, 0xF1, 0x10, 0x0B]));
        let [end, sixteen, fifteen, too_far, nothing, too_long] =
            ["00", "010", "0110", "01110", "011110", "0111110"];
        for (what, bits, read) in [
            ("nothing", vec![end], Some(true)),
            ("the last place", vec![sixteen, sixteen, sixteen, fifteen, "1"], Some(false)),
            ("a place before it", vec![sixteen, sixteen, fifteen, "1", fifteen, "1", end], Some(false)),
            ("one behind the last", vec![sixteen, sixteen, sixteen, too_far, "1"], None),
            ("sixteen behind", vec![sixteen; 4], None),
            ("a run before no number", vec![nothing, end], None),
            ("a number of eleven bits", vec![too_long, "10000000000", end], None),
        ] {
            let bytes = file(&bits.concat());
            let mut bits = Bits { bytes: &bytes[..bytes.len() - 2], at: 0, held: 0, count: 0 };
            assert_eq!(ends(&mut bits, &ladder), read, "{what}");
            if read.is_some() {
                assert!(bits.are_padding(), "{what}: it is read to its end");
            }
        }
    }

    #[test]
    fn at_most_seven_ones_fill_the_last_byte() {
        let ends: [(&[u8], u32, bool); 8] = [
            (&[], 0, true),
            (&[0xFF, 0], 1, true),
            (&[0xFF, 0], 0, false),
            (&[0x7F], 1, true),
            (&[0x7F], 0, false),
            (&[0xFD], 4, false),
            (&[0xFE], 7, false),
            (&[0x00, 0x7F], 1, false),
        ];
        for (bytes, taken, are_padding) in ends {
            let mut bits = Bits { bytes, at: 0, held: 0, count: 0 };
            bits.fill();
            bits.take(taken).unwrap();
            assert_eq!(bits.are_padding(), are_padding, "{bytes:?} without {taken}");
        }
    }
}
