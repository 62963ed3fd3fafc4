//! Whose testimony counts: a decoder that the darkroom does not use, and the coded data itself.

use std::fmt;

use lineshot_domain::Size;

use crate::ProofError;

/// Who saw a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// Crate `jpeg-decoder`.
    Decoder,
    /// The coded data, before anything is decoded of it.
    Coded,
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Witness::Decoder => "jpeg-decoder",
            Witness::Coded => "the coded data",
        })
    }
}

/// The RGB pixels that the decoder sees, exactly as many as the size has.
pub(crate) fn decode(jpeg: &[u8], size: Size) -> Result<Vec<u8>, ProofError> {
    let fail = |source| ProofError::Decode { source };
    let mut decoder = jpeg_decoder::Decoder::new(jpeg);
    decoder.read_info().map_err(fail)?;
    let is_ours = decoder.info().is_some_and(|info| {
        (u32::from(info.width), u32::from(info.height)) == (size.width(), size.height())
            && info.pixel_format == jpeg_decoder::PixelFormat::RGB24
    });
    if !is_ours {
        return Err(ProofError::Shape);
    }
    let rgb = decoder.decode().map_err(fail)?;
    let bytes = size.width() as usize * size.height() as usize * 3;
    if rgb.len() == bytes { Ok(rgb) } else { Err(ProofError::Shape) }
}
