//! Raw pixels, and the doorway they come in by.
//!
//! Holds: a frame cannot be copied, printed or read outside this crate, and is wiped when dropped.
//! Its bytes existed outside before ([`Frame::mjpeg`] takes a vector): that copy is the camera's.

use std::fmt;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lineshot_domain::Size;
use zeroize::Zeroizing;

/// How uncompressed pixels lie in memory, without padding between rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawFormat {
    /// 4:2:2 packed as Y0 Cb Y1 Cr, limited range, BT.601 (what UVC cameras send unless they say more).
    Yuyv,
    /// 4:2:0, a plane of Y, then one of Cb Cr pairs, limited range, BT.601.
    Nv12,
    /// R, G, B of 8 bits each, full range.
    Rgb,
    /// One byte of brightness, full range: what cameras without colour send.
    Grey,
}

/// Why bytes are not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not the number of bytes that pixels of this size and format have.
    #[error("a {format:?} frame of {}x{} has {expected} bytes, this one has {found}; does the camera deliver \
             another size or padded rows?", .size.width(), .size.height())]
    Length {
        /// What the source says it delivers.
        format: RawFormat,
        /// What the source says it delivers.
        size: Size,
        /// Bytes of such a frame.
        expected: usize,
        /// Bytes that came.
        found: usize,
    },
    /// Pixels share their colour in pairs, so such a frame has an even size.
    #[error("a {format:?} frame has an even width and height, not {}x{}", .size.width(), .size.height())]
    OddSize {
        /// What the source says it delivers.
        format: RawFormat,
        /// What the source says it delivers.
        size: Size,
    },
    /// The bytes do not begin as a JPEG does.
    #[error("the {found} bytes do not begin as a JPEG does; does the camera send another format?")]
    NotJpeg {
        /// Bytes that came.
        found: usize,
    },
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Mjpeg,
    Raw(RawFormat, Size),
}

/// Raw pixels, compressed or not.
pub struct Frame {
    pub(crate) kind: Kind,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

impl Frame {
    /// A frame that the camera compressed itself; its size is read from its header when developed.
    ///
    /// # Errors
    /// [`FrameError::NotJpeg`]. Everything else is found by [`crate::develop`].
    pub fn mjpeg(bytes: Vec<u8>) -> Result<Frame, FrameError> {
        let bytes = Zeroizing::new(bytes);
        if !bytes.starts_with(&[0xFF, 0xD8]) {
            return Err(FrameError::NotJpeg { found: bytes.len() });
        }
        Ok(Frame { kind: Kind::Mjpeg, bytes })
    }

    /// Uncompressed pixels of the size that the source says.
    ///
    /// # Errors
    /// [`FrameError::OddSize`] or [`FrameError::Length`].
    pub fn raw(format: RawFormat, size: Size, bytes: Vec<u8>) -> Result<Frame, FrameError> {
        let bytes = Zeroizing::new(bytes);
        let odd = (size.width() % 2, size.height() % 2);
        let pixels = size.width() as usize * size.height() as usize;
        let (expected, fits) = match format {
            RawFormat::Yuyv => (pixels * 2, odd.0 == 0),
            RawFormat::Nv12 => (pixels / 2 * 3, odd == (0, 0)),
            RawFormat::Rgb => (pixels * 3, true),
            RawFormat::Grey => (pixels, true),
        };
        if !fits {
            return Err(FrameError::OddSize { format, size });
        }
        if bytes.len() != expected {
            return Err(FrameError::Length { format, size, expected, found: bytes.len() });
        }
        Ok(Frame { kind: Kind::Raw(format, size), bytes })
    }

    /// A frame of noise for the test of the whole path at each start: whatever is not covered in its
    /// pictures differs from the fill. The same seed gives the same noise.
    pub fn noise(size: Size, seed: u64) -> Frame {
        let len = size.width() as usize * size.height() as usize * 3;
        let mut bytes = Zeroizing::new(vec![0; len]);
        let mut state = seed;
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&splitmix(&mut state).to_le_bytes()[..chunk.len()]);
        }
        Frame { kind: Kind::Raw(RawFormat::Rgb, size), bytes }
    }

    /// The same noise as a camera would send it that compresses 4:2:0, for the way of the camera's own bits.
    pub fn compressed_noise(size: Size, seed: u64) -> Frame {
        let rgb = Frame::noise(size, seed).bytes;
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 50);
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        // A `Size` is at most 16,384.
        let (width, height) = (size.width() as u16, size.height() as u16);
        let encoded = encoder.encode(&rgb, width, height, ColorType::Rgb);
        encoded.expect("three bytes for each pixel of a frame are a picture");
        Frame { kind: Kind::Mjpeg, bytes: Zeroizing::new(bytes) }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough to look like nothing; not for secrets.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Mjpeg => write!(f, "Frame(MJPEG, {} bytes)", self.bytes.len()),
            Kind::Raw(format, size) => write!(f, "Frame({format:?}, {}x{})", size.width(), size.height()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_frames_have_exactly_the_bytes_of_their_size() {
        let even = Size::new(32, 18).unwrap();
        let odd = Size::new(33, 17).unwrap();
        for (format, size, len, fits) in [
            (RawFormat::Rgb, even, 32 * 18 * 3, true),
            (RawFormat::Rgb, odd, 33 * 17 * 3, true),
            (RawFormat::Yuyv, even, 32 * 18 * 2, true),
            (RawFormat::Nv12, even, 32 * 18 * 3 / 2, true),
            (RawFormat::Grey, even, 32 * 18, true),
            (RawFormat::Grey, odd, 33 * 17, true),
            (RawFormat::Grey, odd, 33 * 17 + 1, false),
            (RawFormat::Rgb, even, 32 * 18 * 3 - 1, false),
            (RawFormat::Yuyv, even, 32 * 18 * 2 + 1, false),
            (RawFormat::Nv12, even, 0, false),
            (RawFormat::Yuyv, odd, 33 * 17 * 2, false),
            (RawFormat::Nv12, odd, 33 * 17 * 3 / 2, false),
        ] {
            assert_eq!(Frame::raw(format, size, vec![0; len]).is_ok(), fits, "{format:?} {size:?} {len}");
        }
        assert_eq!(Frame::mjpeg(vec![0; 4]).err(), Some(FrameError::NotJpeg { found: 4 }));
    }

    #[test]
    fn a_printed_frame_tells_its_size_and_nothing_else() {
        let noise = Frame::noise(Size::new(20, 16).unwrap(), 7);
        assert_eq!(format!("{noise:?}"), "Frame(Rgb, 20x16)");
        let jpeg = Frame::mjpeg(vec![0xFF, 0xD8, 0x12]).unwrap();
        assert_eq!(format!("{jpeg:?}"), "Frame(MJPEG, 3 bytes)");
    }
}
