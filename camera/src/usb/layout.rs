//! How a frame's bytes lie in a driver's buffer, and how they become a [`Frame`].
//!
//! Holds: a frame that is given has exactly the bytes of its format and size, or goes from the begin of a JPEG to the
//! end of one; nothing of an older frame behind it is taken along.
//!
//! Deliberately absent: looking at pixels.

use lineshot_domain::Size;
use lineshot_picture::{Frame, RawFormat};

use super::Pixels;
use super::truth::Refusal;

/// The layout that a driver has agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) pixels: Pixels,
    pub(super) size: Size,
    /// Bytes from one row to the next, where pixels are not compressed.
    stride: usize,
}

impl Layout {
    /// With rows of `stride` bytes; `None` if no row fits into that, or if pixels that share their colour have nobody
    /// to share it with.
    pub(super) fn new(pixels: Pixels, size: Size, stride: usize) -> Option<Layout> {
        let layout = Layout { pixels, size, stride };
        let fits = match pixels {
            Pixels::Mjpeg => true,
            Pixels::Grey => stride >= layout.row(),
            Pixels::Yuyv => stride >= layout.row() && size.width().is_multiple_of(2),
            Pixels::Nv12 => {
                stride >= layout.row() && size.width().is_multiple_of(2) && size.height().is_multiple_of(2)
            }
        };
        fits.then_some(layout)
    }

    /// Bytes of a row of pixels.
    fn row(&self) -> usize {
        let width = self.size.width() as usize;
        if self.pixels == Pixels::Yuyv { width * 2 } else { width }
    }

    /// Rows of bytes; NV12 has half as many again for its colour.
    fn rows(&self) -> usize {
        let height = self.size.height() as usize;
        if self.pixels == Pixels::Nv12 { height / 2 * 3 } else { height }
    }

    /// Whether a frame of so many bytes can be whole. For compressed pixels nobody knows before reading.
    pub(super) fn check_length(&self, found: usize) -> Result<(), Refusal> {
        let expected = self.stride * self.rows();
        match self.pixels.raw() {
            Some(_) if found != expected => Err(Refusal::Length { expected, found }),
            _ => Ok(()),
        }
    }

    /// The frame in a driver's buffer, without what pads its rows.
    pub(super) fn frame(&self, bytes: &[u8]) -> Result<Frame, Refusal> {
        self.check_length(bytes.len())?;
        let Some(format) = self.pixels.raw() else {
            let whole = whole_jpeg(bytes)?;
            return Frame::mjpeg(whole.to_vec()).map_err(|_| Refusal::NotWhole(NO_BEGIN));
        };
        let row = self.row();
        let mut pixels = Vec::with_capacity(row * self.rows());
        for padded in bytes.chunks_exact(self.stride) {
            pixels.extend_from_slice(&padded[..row]);
        }
        let len = pixels.len();
        Frame::raw(format, self.size, pixels)
            .map_err(|_| Refusal::Length { expected: row * self.rows(), found: len })
    }
}

const NO_BEGIN: &str = "it does not begin as a JPEG does";
const NO_END: &str = "it does not end as a JPEG does";

/// The JPEG that fills a buffer but for the zeros that some cameras put behind it.
fn whole_jpeg(bytes: &[u8]) -> Result<&[u8], Refusal> {
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        return Err(Refusal::NotWhole(NO_BEGIN));
    }
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let whole = &bytes[..end];
    if whole.len() > 4 && whole.ends_with(&[0xFF, 0xD9]) { Ok(whole) } else { Err(Refusal::NotWhole(NO_END)) }
}

impl Pixels {
    /// Their name in the darkroom; compressed ones have none.
    fn raw(self) -> Option<RawFormat> {
        match self {
            Pixels::Mjpeg => None,
            Pixels::Yuyv => Some(RawFormat::Yuyv),
            Pixels::Nv12 => Some(RawFormat::Nv12),
            Pixels::Grey => Some(RawFormat::Grey),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    #[test]
    fn a_raw_frame_has_exactly_its_bytes_whatever_pads_its_rows() {
        for (pixels, row, rows) in [(Pixels::Yuyv, 64, 18), (Pixels::Nv12, 32, 27), (Pixels::Grey, 32, 18)] {
            assert_eq!(Layout::new(pixels, size(32, 18), row - 1), None);
            for stride in [row, row + 1, row + 32] {
                let layout = Layout::new(pixels, size(32, 18), stride).unwrap();
                assert!(layout.frame(&vec![7; stride * rows]).is_ok(), "{pixels:?} {stride}");
                for found in [0, row * rows - 1, stride * rows - 1, stride * rows + 1, stride * rows * 2] {
                    let expected = stride * rows;
                    let refusal = Refusal::Length { expected, found };
                    assert_eq!(layout.frame(&vec![7; found]).err(), Some(refusal), "{pixels:?} {stride}");
                }
            }
        }
    }

    #[test]
    fn a_jpeg_is_taken_from_its_begin_to_its_end() {
        let layout = Layout::new(Pixels::Mjpeg, size(640, 480), 0).unwrap();
        for (bytes, fits) in [
            (&[0xFF, 0xD8, 1, 2, 0xFF, 0xD9][..], true),
            (&[0xFF, 0xD8, 1, 2, 0xFF, 0xD9, 0, 0, 0], true),
            (&[0xFF, 0xD8, 1, 2, 0xFF, 0xD9, 0, 1], false),
            (&[0xFF, 0xD8, 1, 2, 0xFF], false),
            (&[0xFF, 0xD8, 0xFF, 0xD9], false),
            (&[0xFF, 0xD8, 0, 0, 0, 0], false),
            (&[0, 0xFF, 0xD8, 1, 2, 0xFF, 0xD9], false),
            (&[], false),
        ] {
            assert_eq!(layout.frame(bytes).is_ok(), fits, "{bytes:?}");
        }
        let padded = layout.frame(&[0xFF, 0xD8, 1, 2, 0xFF, 0xD9, 0, 0]).unwrap();
        assert_eq!(format!("{padded:?}"), "Frame(MJPEG, 6 bytes)");
    }

    proptest! {
        #[test]
        fn whatever_a_buffer_holds_is_a_frame_or_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..2_000), width in 16_u32..40, height in 16_u32..40,
            stride in 0_usize..90,
        ) {
            for pixels in [Pixels::Mjpeg, Pixels::Yuyv, Pixels::Nv12, Pixels::Grey] {
                let Some(layout) = Layout::new(pixels, size(width, height), stride) else { continue };
                drop(layout.frame(&bytes));
            }
        }
    }
}
