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
    /// What lies behind a JPEG in its buffer.
    behind: Behind,
}

/// What may lie behind a JPEG in what a library hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// Nothing, or the zeros that some cameras put there.
    Nothing,
    /// Whatever the buffer held before: the library does not tell how much was filled.
    #[cfg(feature = "usb-portable")]
    Older,
}

impl Layout {
    /// With rows of `stride` bytes; `None` if no row fits into that, or if pixels that share their colour have nobody
    /// to share it with.
    pub(super) fn new(pixels: Pixels, size: Size, stride: usize) -> Option<Layout> {
        let layout = Layout { pixels, size, stride, behind: Behind::Nothing };
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

    /// The same in buffers of which nobody tells how far they were filled.
    #[cfg(feature = "usb-portable")]
    pub(super) fn with_older_bytes_behind(self) -> Layout {
        Layout { behind: Behind::Older, ..self }
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

    /// The bytes of a buffer that are the frame's own.
    pub(super) fn whole<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], Refusal> {
        self.check_length(bytes.len())?;
        match (self.pixels.raw(), self.behind) {
            (Some(_), _) => Ok(bytes),
            (None, Behind::Nothing) => whole_jpeg(bytes),
            #[cfg(feature = "usb-portable")]
            (None, Behind::Older) => super::mjpeg::end(bytes)
                .map(|end| &bytes[..end])
                .ok_or(Refusal::NotWhole(if begins(bytes) { NO_END } else { NO_BEGIN })),
        }
    }

    /// The frame in these whole bytes, without what pads its rows.
    pub(super) fn frame(&self, whole: &[u8]) -> Result<Frame, Refusal> {
        let Some(format) = self.pixels.raw() else {
            return Frame::mjpeg(whole.to_vec()).map_err(|_| Refusal::NotWhole(NO_BEGIN));
        };
        let (row, expected) = (self.row(), self.row() * self.rows());
        let mut pixels = Vec::with_capacity(expected);
        for padded in whole.chunks_exact(self.stride) {
            pixels.extend_from_slice(&padded[..row]);
        }
        let found = pixels.len();
        Frame::raw(format, self.size, pixels).map_err(|_| Refusal::Length { expected, found })
    }
}

const NO_BEGIN: &str = "it does not begin as a JPEG does";
const NO_END: &str = "it does not end as a JPEG does";

/// The JPEG that fills a buffer but for the zeros that some cameras put behind it.
fn whole_jpeg(bytes: &[u8]) -> Result<&[u8], Refusal> {
    if !begins(bytes) {
        return Err(Refusal::NotWhole(NO_BEGIN));
    }
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let whole = &bytes[..end];
    if whole.len() > 4 && whole.ends_with(&[0xFF, 0xD9]) { Ok(whole) } else { Err(Refusal::NotWhole(NO_END)) }
}

fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xD8])
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

    fn frame(layout: Layout, bytes: &[u8]) -> Result<Frame, Refusal> {
        layout.whole(bytes).and_then(|whole| layout.frame(whole))
    }

    #[test]
    fn a_raw_frame_has_exactly_its_bytes_whatever_pads_its_rows() {
        for (pixels, row, rows) in [(Pixels::Yuyv, 64, 18), (Pixels::Nv12, 32, 27), (Pixels::Grey, 32, 18)] {
            assert_eq!(Layout::new(pixels, size(32, 18), row - 1), None);
            for stride in [row, row + 1, row + 32] {
                let layout = Layout::new(pixels, size(32, 18), stride).unwrap();
                assert!(frame(layout, &vec![7; stride * rows]).is_ok(), "{pixels:?} {stride}");
                for found in [0, row * rows - 1, stride * rows - 1, stride * rows + 1, stride * rows * 2] {
                    let expected = stride * rows;
                    let refusal = Refusal::Length { expected, found };
                    assert_eq!(frame(layout, &vec![7; found]).err(), Some(refusal), "{pixels:?} {stride}");
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
            assert_eq!(frame(layout, bytes).is_ok(), fits, "{bytes:?}");
        }
        let padded = frame(layout, &[0xFF, 0xD8, 1, 2, 0xFF, 0xD9, 0, 0]).unwrap();
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
                drop(frame(layout, &bytes));
            }
        }
    }
}
