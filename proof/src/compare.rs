//! Every block near what must be covered shows the fill, and nothing but the fill.

use std::fmt;
use std::ops::Range;

use lineshot_domain::{FILL_TOLERANCE, Size};

use crate::raster::Pixels;
use crate::witness::Witness;

/// Pixels on each side.
pub(crate) const BLOCK: u32 = 8;

/// One of the three numbers of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// Brightness.
    Y,
    /// Blueness.
    Cb,
    /// Redness.
    Cr,
}

/// The first pixel that must show the fill and does not. Its value is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Uncovered {
    /// Column of the pixel.
    pub x: u32,
    /// Row of the pixel.
    pub y: u32,
    /// What deviates from the fill.
    pub component: Component,
    /// Who saw it.
    pub witness: Witness,
}

impl fmt::Display for Uncovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Uncovered { x, y, component, witness } = self;
        write!(f, "the block of pixel {x},{y} is not the fill ({component:?} deviates, as {witness} sees it)")
    }
}

/// The blocks of a picture that must show the fill: each of which a pixel, or one within its reach, must be covered.
pub(crate) struct Blocks {
    pub(crate) size: Size,
    /// What they must show: Y, Cb and Cr.
    pub(crate) fill: [u8; 3],
    columns: u32,
    required: Vec<bool>,
}

impl Blocks {
    /// `reach`: pixels around a block that count as its own; at least 1.
    pub(crate) fn of(required: &Pixels, reach: u32, fill: [u8; 3]) -> Blocks {
        let size = required.size;
        let (width, height) = (size.width(), size.height());
        // Coded data can have blocks beyond the picture; those right behind its edge are next to it.
        let (columns, rows) = (width.div_ceil(BLOCK) + 1, height.div_ceil(BLOCK) + 1);
        let mut blocks = Vec::with_capacity((columns * rows) as usize);
        for row in 0..rows {
            let mut line = vec![false; width as usize];
            for y in around(row, reach, height) {
                line.iter_mut().zip(required.row(y)).for_each(|(any, one)| *any |= one);
            }
            blocks.extend((0..columns).map(|column| {
                let around = around(column, reach, width);
                line[around.start as usize..around.end as usize].contains(&true)
            }));
        }
        Blocks { size, fill, columns, required: blocks }
    }

    /// Of the block in this column and row, counted in blocks.
    pub(crate) fn is_required(&self, column: u32, row: u32) -> bool {
        let at = (row * self.columns + column) as usize;
        column < self.columns && self.required.get(at).is_some_and(|required| *required)
    }
}

/// From the first pixel that a block reaches to the one behind the last.
fn around(block: u32, reach: u32, end: u32) -> Range<u32> {
    (block * BLOCK).saturating_sub(reach).min(end)..(block * BLOCK + BLOCK + reach).min(end)
}

/// Compares what a decoder sees with what must be covered.
pub(crate) fn check(witness: Witness, rgb: &[u8], blocks: &Blocks) -> Result<(), Uncovered> {
    let (width, height) = (blocks.size.width(), blocks.size.height());
    for top in (0..height).step_by(BLOCK as usize) {
        for left in (0..width).step_by(BLOCK as usize) {
            if !blocks.is_required(left / BLOCK, top / BLOCK) {
                continue;
            }
            for y in top..(top + BLOCK).min(height) {
                let start = (y * width + left) as usize * 3;
                let end = (y * width + (left + BLOCK).min(width)) as usize * 3;
                let deviant = first_deviant(&rgb[start..end], blocks.fill);
                if let Some((column, component)) = deviant {
                    return Err(Uncovered { x: left + column, y, component, witness });
                }
            }
        }
    }
    Ok(())
}

fn first_deviant(pixels: &[u8], fill: [u8; 3]) -> Option<(u32, Component)> {
    let mut known: &[u8] = &[];
    for (column, pixel) in (0..).zip(pixels.chunks_exact(3)) {
        // A cover's pixels are mostly alike.
        if pixel != known {
            if let Some(component) = deviates([pixel[0], pixel[1], pixel[2]], fill) {
                return Some((column, component));
            }
            known = pixel;
        }
    }
    None
}

/// The first component that is further from the fill than is tolerated, by JFIF's transform, exactly:
/// Y = 0.299 R + 0.587 G + 0.114 B, Cb = 128 + (B - Y) / 1.772, Cr = 128 + (R - Y) / 1.402.
fn deviates(pixel: [u8; 3], fill: [u8; 3]) -> Option<Component> {
    let [r, g, b] = pixel.map(i32::from);
    let [fill_y, fill_cb, fill_cr] = fill.map(i32::from);
    let y = 299 * r + 587 * g + 114 * b;
    // Thousandths of Y, and of B - Y and R - Y.
    [
        (Component::Y, y - 1000 * fill_y, 1000),
        (Component::Cb, 1000 * b - y - 1772 * (fill_cb - 128), 1772),
        (Component::Cr, 1000 * r - y - 1402 * (fill_cr - 128), 1402),
    ]
    .into_iter()
    .find_map(|(component, off, unit)| (off.abs() > i32::from(FILL_TOLERANCE) * unit).then_some(component))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::tests::marked;

    #[test]
    fn a_block_is_required_by_a_pixel_within_reach_also_behind_the_pictures_edge() {
        for (width, height) in [(40, 32), (43, 29)] {
            let size = Size::new(width, height).unwrap();
            for (x, y) in [(0, 0), (width - 1, height - 1), (16, 16), (23, 9), (7, height - 1), (0, 12)] {
                for reach in [1, 5] {
                    let blocks = Blocks::of(&marked(size, &[(x, y)]), reach, [96, 128, 128]);
                    let near = |block: u32, at: u32| at + reach >= block * 8 && at < block * 8 + 8 + reach;
                    for (column, row) in (0..9).flat_map(|column| (0..8).map(move |row| (column, row))) {
                        let is_required = near(column, x) && near(row, y);
                        assert_eq!(
                            blocks.is_required(column, row),
                            is_required,
                            "{column},{row} for {x},{y} of {width}x{height} within {reach}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn each_pixel_of_a_required_block_is_compared_and_no_other() {
        let (width, height) = (21, 21);
        let blocks =
            Blocks::of(&marked(Size::new(width, height).unwrap(), &[(10, 3), (19, 19)]), 1, [96, 128, 128]);
        let is_required = |x: u32, y: u32| matches!((x / 8, y / 8), (1, 0) | (2, 2));
        let places = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let seen: Vec<u8> =
            places().flat_map(|(x, y)| [if is_required(x, y) { 96 } else { 200 }; 3]).collect();
        assert_eq!(check(Witness::Decoder, &seen, &blocks), Ok(()));
        for (x, y) in places() {
            let mut seen = seen.clone();
            seen[(y * width + x) as usize * 3..][..3].fill(101);
            let uncovered = Uncovered { x, y, component: Component::Y, witness: Witness::Decoder };
            let judged = check(Witness::Decoder, &seen, &blocks);
            assert_eq!(judged.err(), is_required(x, y).then_some(uncovered));
        }
    }

    #[test]
    fn the_tolerance_is_three_in_each_component() {
        for (pixel, deviant) in [
            ([96, 96, 96], None),
            ([99, 99, 99], None),
            ([93, 93, 93], None),
            ([100, 100, 100], Some(Component::Y)),
            ([92, 92, 92], Some(Component::Y)),
            ([96, 96, 102], None),
            ([96, 96, 104], Some(Component::Cb)),
            ([103, 95, 96], Some(Component::Cr)),
            ([0, 0, 0], Some(Component::Y)),
        ] {
            assert_eq!(deviates(pixel, [96, 128, 128]), deviant, "{pixel:?}");
        }
    }
}
