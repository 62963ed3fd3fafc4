//! Raw stills, for the one program that may show them (`lineshot-commission`): the feature `raw-still` is enabled in no
//! other crate.
//!
//! Holds: what leaves is at most 960 pixels wide and has a caption across it, so that who photographs the screen shows
//! who looked, and when; the frame behind it can only be covered or shown so.
//!
//! Deliberately absent: a still without a caption, pixels, any writing.

use fast_image_resize as fir;
use font8x8::UnicodeFonts as _;
use jpeg_encoder::{ColorType, Encoder};
use lineshot_domain::Size;
use zeroize::Zeroizing;

use crate::decode::decode;
use crate::develop::{DevelopError, MaskedJpeg, Pixels};
use crate::frame::{Frame, Kind};
use crate::jpeg::Jpeg;

/// The widest still, in pixels.
pub const WIDEST: u32 = 960;
/// Good enough to draw by.
const QUALITY: u8 = 80;
/// How often the caption stands across the still.
const LINES: u32 = 4;
/// Of a letter, in dots.
const LETTER: u32 = 8;

/// A frame that was kept, to be covered again and again while polygons are drawn.
pub struct Negative {
    kind: Kind,
    bytes: Zeroizing<Vec<u8>>,
}

/// A raw still as it may be shown. Wiped when dropped.
pub struct Still(Zeroizing<Vec<u8>>);

/// Why there is no still.
#[derive(Debug, thiserror::Error)]
pub enum StillError {
    /// The frame is not sound.
    #[error(transparent)]
    Frame(#[from] DevelopError),
    /// Making it smaller or writing it failed.
    #[error("the still could not be made")]
    Make,
}

impl Negative {
    /// Keeps a frame.
    pub fn of(frame: Frame) -> Negative {
        Negative { kind: frame.kind, bytes: frame.bytes }
    }

    /// The frame, to be covered.
    pub fn frame(&self) -> Frame {
        Frame { kind: self.kind, bytes: self.bytes.clone() }
    }

    /// Its size, in pixels.
    ///
    /// # Errors
    /// [`StillError::Frame`].
    pub fn size(&self) -> Result<Size, StillError> {
        match self.kind {
            Kind::Raw(_, size) => Ok(size),
            Kind::Mjpeg => Ok(Jpeg::read(&self.bytes).map_err(DevelopError::from)?.size()),
        }
    }

    /// The still, with this across it.
    ///
    /// # Errors
    /// [`StillError`].
    pub fn still(&self, caption: &str) -> Result<Still, StillError> {
        still(self.frame(), self.size()?, WIDEST, caption)
    }
}

impl MaskedJpeg {
    /// The covered picture with this across it, at most so wide: as long as nobody has signed what is covered, it is
    /// shown like this.
    ///
    /// # Errors
    /// [`StillError`].
    pub fn captioned(&self, widest: u32, caption: &str) -> Result<Still, StillError> {
        let frame = Frame { kind: Kind::Mjpeg, bytes: Zeroizing::new(self.as_bytes().to_vec()) };
        still(frame, self.size(), widest, caption)
    }
}

fn still(frame: Frame, size: Size, widest: u32, caption: &str) -> Result<Still, StillError> {
    let mut pixels = smaller(decode(frame, size)?, widest)?;
    paint(&mut pixels, caption);
    // As much as the pixels themselves: growing would leave unwiped copies behind.
    let mut bytes = Vec::with_capacity(pixels.rgb.len());
    // No `Size` is larger than 16,384.
    let (width, height) = (pixels.size.width() as u16, pixels.size.height() as u16);
    Encoder::new(&mut bytes, QUALITY)
        .encode(&pixels.rgb, width, height, ColorType::Rgb)
        .map_err(|_| StillError::Make)?;
    Ok(Still(Zeroizing::new(bytes)))
}

impl AsRef<[u8]> for Still {
    /// The JPEG, to be sent to who may look.
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Negative {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Negative({} bytes)", self.bytes.len())
    }
}

impl std::fmt::Debug for Still {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Still({} bytes)", self.0.len())
    }
}

fn smaller(from: Pixels, widest: u32) -> Result<Pixels, StillError> {
    let (width, height) = (from.size.width(), from.size.height());
    if width <= widest {
        return Ok(from);
    }
    let size = Size::new(widest, (height * widest / width).max(1)).map_err(|_| StillError::Make)?;
    let source = fir::images::ImageRef::new(width, height, &from.rgb, fir::PixelType::U8x3)
        .map_err(|_| StillError::Make)?;
    let mut target = fir::images::Image::new(size.width(), size.height(), fir::PixelType::U8x3);
    fir::Resizer::new().resize(&source, &mut target, None).map_err(|_| StillError::Make)?;
    Ok(Pixels { size, rgb: Zeroizing::new(target.into_vec()) })
}

/// Light letters with dark edges, half transparent, over the whole width, so that no part of any size is without them.
fn paint(pixels: &mut Pixels, caption: &str) {
    let (width, height) = (pixels.size.width(), pixels.size.height());
    let dot = (width / 360).max(1);
    let words: Vec<[u8; 8]> = caption.chars().chain("   ".chars()).map(letter).collect();
    let is_ink = |x: u32, y: u32| {
        let (column, row) = (x / dot, y / dot);
        let glyph = words[(column / LETTER) as usize % words.len()];
        row < LETTER && glyph[row as usize] >> (column % LETTER) & 1 == 1
    };
    for line in 0..LINES {
        let top = (2 * line + 1) * height / (2 * LINES);
        let shift = line * width / LINES;
        for y in 0..(LETTER * dot).min(height - top) {
            for x in 0..width {
                let at = ((top + y) as usize * width as usize + x as usize) * 3;
                let tone = if is_ink(x + shift, y) { 255 } else { 0 };
                for value in &mut pixels.rgb[at..at + 3] {
                    *value = ((u16::from(*value) + tone) / 2) as u8;
                }
            }
        }
    }
}

/// As the font has it, a byte per row, the left dot in bit 0.
fn letter(of: char) -> [u8; 8] {
    let found = font8x8::BASIC_FONTS.get(of).or_else(|| font8x8::LATIN_FONTS.get(of));
    found.or_else(|| font8x8::BASIC_FONTS.get('?')).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::RawFormat;

    fn negative(width: u32, height: u32) -> Negative {
        let bytes = vec![90; width as usize * height as usize * 3];
        Negative::of(Frame::raw(RawFormat::Rgb, Size::new(width, height).unwrap(), bytes).unwrap())
    }

    fn seen(still: &Still) -> Pixels {
        let frame = Frame::mjpeg(still.as_ref().to_vec()).unwrap();
        let size = Jpeg::read(still.as_ref()).unwrap().size();
        decode(frame, size).unwrap()
    }

    #[test]
    fn a_still_is_small_and_has_the_name_across_every_quarter() {
        for (width, height, wide) in [(1920, 1080, 960), (4000, 3000, 960), (320, 240, 320)] {
            let still = negative(width, height).still("Änne Müller, 2026-11-26 08:15").unwrap();
            let pixels = seen(&still);
            assert_eq!(pixels.size.width(), wide);
            let quarter = pixels.rgb.len() / 4;
            for part in pixels.rgb.chunks_exact(quarter) {
                let light = part.iter().filter(|value| **value > 140).count();
                let dark = part.iter().filter(|value| **value < 60).count();
                assert!(
                    light * 100 > part.len() && dark * 100 > part.len(),
                    "{light} {dark} of {}",
                    part.len()
                );
            }
        }
    }

    #[test]
    fn nothing_of_it_is_printed_and_it_can_be_covered_again() {
        let negative = negative(64, 48);
        assert_eq!(format!("{negative:?}"), "Negative(9216 bytes)");
        assert_eq!(negative.size().unwrap(), Size::new(64, 48).unwrap());
        assert_eq!(format!("{:?}", negative.frame()), "Frame(Rgb, 64x48)");
        assert!(format!("{:?}", negative.still("x").unwrap()).starts_with("Still("));
    }
}
