//! From a frame's bytes to RGB.
//!
//! Holds: the size is compared before anything is allocated or decoded; buffers of ours are wiped.
//! Buffers inside the decoder are its own. Deliberately absent: turning, colour profiles.

use lineshot_domain::Size;
use yuv::{
    YuvBiPlanarImage, YuvConversionMode, YuvPackedImage, YuvRange, YuvStandardMatrix, yuv_nv12_to_rgb,
    yuyv422_to_rgb,
};
use zeroize::Zeroizing;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::develop::{DevelopError, Pixels};
use crate::frame::{Frame, Kind, RawFormat};
use crate::jpeg::Jpeg;

/// Decodes a frame that must be of the size `expected`.
pub(crate) fn decode(frame: Frame, expected: Size) -> Result<Pixels, DevelopError> {
    let fits = |found| if found == expected { Ok(()) } else { Err(DevelopError::Size { expected, found }) };
    let rgb = match frame.kind {
        Kind::Mjpeg => {
            let jpeg = Jpeg::read(&frame.bytes)?;
            fits(jpeg.size())?;
            decode_jpeg(&jpeg.sound()?, expected)?
        }
        Kind::Raw(format, size) => {
            fits(size)?;
            convert(format, size, frame.bytes)?
        }
    };
    Ok(Pixels { size: expected, rgb })
}

fn black(size: Size) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(vec![0; size.width() as usize * size.height() as usize * 3])
}

/// Decodes a JPEG whose structure is known to be sound.
pub(crate) fn decode_jpeg(bytes: &[u8], size: Size) -> Result<Zeroizing<Vec<u8>>, DevelopError> {
    let refused = DevelopError::Decode { decoder: "zune-jpeg" };
    let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let mut rgb = black(size);
    if decoder.decode_headers().is_err() || decoder.output_buffer_size() != Some(rgb.len()) {
        return Err(refused);
    }
    match decoder.decode_into(&mut rgb) {
        Ok(()) => Ok(rgb),
        Err(_) => Err(refused),
    }
}

/// Colour is taken from the pair or the square of four that shares it, without smoothing, so that a
/// pixel's colour never reaches beyond those.
fn convert(
    format: RawFormat,
    size: Size,
    bytes: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, DevelopError> {
    let (width, height) = (size.width(), size.height());
    let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt601);
    let mut rgb = match format {
        RawFormat::Rgb => return Ok(bytes),
        RawFormat::Yuyv | RawFormat::Nv12 | RawFormat::Grey => black(size),
    };
    if format == RawFormat::Grey {
        for (pixel, &grey) in rgb.chunks_exact_mut(3).zip(bytes.iter()) {
            pixel.fill(grey);
        }
        return Ok(rgb);
    }
    let done = if format == RawFormat::Yuyv {
        let image = YuvPackedImage { yuy: &bytes, yuy_stride: width * 2, width, height };
        yuyv422_to_rgb(&image, &mut rgb, width * 3, range, matrix)
    } else {
        let (y_plane, uv_plane) = bytes.split_at(width as usize * height as usize);
        let image = YuvBiPlanarImage { y_plane, y_stride: width, uv_plane, uv_stride: width, width, height };
        yuv_nv12_to_rgb(&image, &mut rgb, width * 3, range, matrix, YuvConversionMode::Balanced)
    };
    done.map(|()| rgb).map_err(|_| DevelopError::Decode { decoder: "yuv" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_of_full_range_is_as_bright_in_each_colour() {
        let size = Size::new(16, 17).unwrap();
        let grey: Vec<u8> = (0..=255).chain(0..16).collect();
        let rgb = decode(Frame::raw(RawFormat::Grey, size, grey.clone()).unwrap(), size).unwrap().rgb;
        for (pixel, grey) in rgb.chunks_exact(3).zip(grey) {
            assert_eq!(pixel, [grey; 3]);
        }
    }

    #[test]
    fn yuv_of_limited_range_becomes_the_colour_it_stands_for() {
        let size = Size::new(16, 16).unwrap();
        for ([y, cb, cr], colour) in [
            ([16, 128, 128], [0, 0, 0]),
            ([235, 128, 128], [255, 255, 255]),
            ([81, 90, 240], [255, 0, 0]),
            ([145, 54, 34], [0, 255, 0]),
            ([41, 240, 110], [0, 0, 255]),
        ] {
            let yuyv = [y, cb, y, cr].repeat(16 * 16 / 2);
            let nv12 = [[y].repeat(16 * 16), [cb, cr].repeat(16 * 16 / 4)].concat();
            for (format, bytes) in [(RawFormat::Yuyv, yuyv), (RawFormat::Nv12, nv12)] {
                let rgb = decode(Frame::raw(format, size, bytes).unwrap(), size).unwrap().rgb;
                for pixel in rgb.chunks_exact(3) {
                    let near =
                        pixel.iter().zip(colour).all(|(found, expected)| found.abs_diff(expected) <= 2);
                    assert!(near, "{format:?}: {pixel:?} for {colour:?}");
                }
            }
        }
    }
}
