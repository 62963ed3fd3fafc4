//! The full picture out of the camera's own bits: the way without decoding.
//!
//! Holds: outside the cover every block is coded as the camera coded it, so that it decodes to the very same samples;
//! under the cover there are constants. Which frames go this way is seen from header and tables alone, never from coded
//! data; and only those go whose codes are the fixed ones of the standard: codes that a camera chose for this very
//! frame would depend on what is covered.

use lineshot_domain::{Crop, FILL_TOLERANCE};

use crate::cover::{BLOCK, Cover};
use crate::huffman::{Codes, STANDARD};
use crate::jpeg::{Code, Jpeg, JpegError};
use crate::splice::{Fate, Ink, Splice};

/// JFIF 1.02, aspect ratio 1:1, no thumbnail; with the start of the picture.
const HEADER: [u8; 20] =
    [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 2, 0, 0, 1, 0, 1, 0, 0];

/// DC and AC, of brightness and of colour.
const CODES: [[Code<'static>; 2]; 2] = [[code(0), code(2)], [code(1), code(3)]];

const fn code(at: usize) -> Code<'static> {
    (STANDARD[at].1, STANDARD[at].2)
}

/// Header and fate of a picture that can be made so.
pub(crate) struct Kept {
    header: Vec<u8>,
    fates: Vec<Fate>,
    /// By component.
    fills: [i32; 3],
    is_grey: bool,
}

impl Kept {
    /// `None` if the picture has to be made from pixels.
    pub(crate) fn of(jpeg: &Jpeg<'_>, cover: &Cover, crop: Crop) -> Option<Kept> {
        if !is_on_grid(jpeg, crop) {
            return None;
        }
        let is_grey = jpeg.components() == 1;
        if is_grey && !cover.colour().is_neutral() {
            return None;
        }
        for component in 0..jpeg.components() {
            if !jpeg.is_coded_by(component, CODES[component.min(1)]) {
                return None;
            }
        }
        let brightness = jpeg.steps(0)?;
        let colour = if is_grey { [1; 64] } else { jpeg.steps(1)? };
        if !is_grey && jpeg.steps(2)? != colour {
            return None;
        }
        let [y, cb, cr] = cover.colour().ycc();
        // What is off adds up in red, green and blue, where a strong colour may be cut off besides.
        let most = if cover.colour().is_neutral() { FILL_TOLERANCE - 1 } else { 1 };
        let fills = [fill(y, brightness[0], most)?, fill(cb, colour[0], most)?, fill(cr, colour[0], most)?];
        let header = header([brightness, colour], crop, if is_grey { 0x11 } else { jpeg.sampling() });
        Some(Kept { header, fates: fates(jpeg, cover, crop), fills, is_grey })
    }

    /// The picture.
    ///
    /// # Errors
    /// [`JpegError`] as for every frame whose coded data is not sound to its last bit.
    pub(crate) fn picture(self, jpeg: &Jpeg<'_>) -> Result<Vec<u8>, JpegError> {
        let Kept { mut header, fates, fills, is_grey } = self;
        let coded = jpeg.coded();
        let codes = CODES.map(|codes| codes.map(|(counts, symbols)| Codes::new(&counts, symbols)));
        let ink = |component: usize| {
            let [dc, ac] = &codes[component.min(1)];
            Ink { dc, ac, fill: fills[component] }
        };
        let inks = [ink(0), ink(1), ink(2)];
        // More than the camera's only where constants take more than what they cover.
        header.reserve(coded.length + coded.length / 8);
        let mut splice = Splice::new(coded.bytes(), header);
        jpeg.walk(&coded, |block| {
            let fate = fates[block.mcu as usize];
            splice.block(block, fate, &inks[block.component]);
            if is_grey && fate != Fate::Gone {
                splice.neutral(&inks[1]);
                splice.neutral(&inks[2]);
            }
        })?;
        Ok(splice.end())
    }
}

/// Whether a crop begins between two MCUs, and ends so or with the frame.
fn is_on_grid(jpeg: &Jpeg<'_>, crop: Crop) -> bool {
    let (width, height) = jpeg.mcu();
    let is = |start: u32, kept: u32, all: u32, mcu: u32| {
        start.is_multiple_of(mcu) && (start + kept == all || (start + kept).is_multiple_of(mcu))
    };
    is(crop.left(), crop.size().width(), jpeg.size().width(), width)
        && is(crop.top(), crop.size().height(), jpeg.size().height(), height)
}

/// What a component's fill is in steps of its quantiser; `None` if no step comes near enough. The nearest may be off by
/// half a step of an eighth; rounding on the way to the eye needs one more.
fn fill(value: u8, step: u8, most: u8) -> Option<i32> {
    let (wanted, step) = ((i32::from(value) - 128) * 8, i32::from(step));
    let steps = (2 * wanted - step).div_euclid(2 * step) + 1;
    let off = (steps * step - wanted).abs();
    (off <= 8 * i32::from(most)).then_some(steps)
}

/// What becomes of each MCU. One of which any block is covered is covered wholly.
fn fates(jpeg: &Jpeg<'_>, cover: &Cover, crop: Crop) -> Vec<Fate> {
    let ((width, height), (columns, rows)) = (jpeg.mcu(), jpeg.mcus());
    let inside = |at: u32, start: u32, kept: u32| (start..start + kept).contains(&at);
    let frame = jpeg.size();
    let fate = |(column, row): (u32, u32)| {
        let (left, top) = (column * width, row * height);
        if !inside(left, crop.left(), crop.size().width()) || !inside(top, crop.top(), crop.size().height()) {
            return Fate::Gone;
        }
        let mut blocks = (top..(top + height).min(frame.height())).step_by(BLOCK as usize).flat_map(|y| {
            (left..(left + width).min(frame.width())).step_by(BLOCK as usize).map(move |x| (x, y))
        });
        if blocks.any(|(x, y)| cover.hides(x, y)) { Fate::Covered } else { Fate::Shown }
    };
    (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row))).map(fate).collect()
}

/// Up to the scan: the same form that pictures from pixels have, but for the sampling of colour.
fn header(quantisers: [[u8; 64]; 2], crop: Crop, sampling: u8) -> Vec<u8> {
    let mut out = HEADER.to_vec();
    for (id, steps) in (0..).zip(quantisers) {
        out.extend([0xFF, 0xDB, 0, 67, id]);
        out.extend(steps);
    }
    // A `Size` is at most 16,384.
    let [height, width] =
        [crop.size().height(), crop.size().width()].map(|pixels| (pixels as u16).to_be_bytes());
    out.extend([0xFF, 0xC0, 0, 17, 8, height[0], height[1], width[0], width[1], 3]);
    out.extend([0, sampling, 0, 1, 0x11, 1, 2, 0x11, 1]);
    for (id, counts, symbols) in STANDARD {
        out.extend([0xFF, 0xC4]);
        out.extend((19 + symbols.len() as u16).to_be_bytes());
        out.push(id);
        out.extend(counts);
        out.extend(symbols);
    }
    out.extend([0xFF, 0xDA, 0, 12, 3, 0, 0x00, 1, 0x11, 2, 0x11, 0, 63, 0]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fill_is_the_nearest_step_or_none() {
        for (step, steps) in [(1, Some(-256)), (3, Some(-85)), (16, Some(-16)), (255, Some(-1)), (171, None)]
        {
            assert_eq!(fill(96, step, 2), steps, "{step}");
            assert_eq!(fill(128, step, 2), Some(0), "{step}");
        }
    }
}
