//! Whose testimony counts: two decoders, and the coded data itself.

use std::fmt;
use std::io::Cursor;

use image::{ColorType, ImageDecoder};
use lineshot_domain::Size;

use crate::ProofError;

/// A decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// Crate `jpeg-decoder`, which the darkroom does not use.
    JpegDecoder,
    /// Crate `image`, as a browser of pictures would decode them.
    Image,
    /// The coded data, before anything is decoded of it.
    Coded,
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Witness::JpegDecoder => "jpeg-decoder",
            Witness::Image => "image",
            Witness::Coded => "the coded data",
        })
    }
}

/// The RGB pixels that somebody sees in a file, exactly as many as the size has.
type Decode = fn(&[u8], Size) -> Result<Vec<u8>, ProofError>;

/// Those who see pixels.
pub(crate) const DECODERS: [(Witness, Decode); 2] =
    [(Witness::JpegDecoder, by_jpeg_decoder), (Witness::Image, by_image)];

fn by_jpeg_decoder(jpeg: &[u8], size: Size) -> Result<Vec<u8>, ProofError> {
    let witness = Witness::JpegDecoder;
    let fail = |source| ProofError::Decode { witness, source: Box::new(source) };
    let mut decoder = jpeg_decoder::Decoder::new(jpeg);
    decoder.read_info().map_err(fail)?;
    let is_ours = decoder.info().is_some_and(|info| {
        (u32::from(info.width), u32::from(info.height)) == (size.width(), size.height())
            && info.pixel_format == jpeg_decoder::PixelFormat::RGB24
    });
    if !is_ours {
        return Err(ProofError::Shape { witness });
    }
    let rgb = decoder.decode().map_err(fail)?;
    if rgb.len() == bytes(size) { Ok(rgb) } else { Err(ProofError::Shape { witness }) }
}

pub(crate) fn by_image(jpeg: &[u8], size: Size) -> Result<Vec<u8>, ProofError> {
    let witness = Witness::Image;
    let fail = |source| ProofError::Decode { witness, source: Box::new(source) };
    let decoder = image::codecs::jpeg::JpegDecoder::new(Cursor::new(jpeg)).map_err(fail)?;
    let is_ours =
        decoder.dimensions() == (size.width(), size.height()) && decoder.color_type() == ColorType::Rgb8;
    if !is_ours {
        return Err(ProofError::Shape { witness });
    }
    let mut rgb = vec![0; bytes(size)];
    decoder.read_image(&mut rgb).map_err(fail)?;
    Ok(rgb)
}

fn bytes(size: Size) -> usize {
    size.width() as usize * size.height() as usize * 3
}
