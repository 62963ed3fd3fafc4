//! From a frame to masked pixels to pictures.
//!
//! Holds: between decoding and the fill nothing looks at the pixels; every encoded byte is a function of
//! what is shown and the plan.

use std::fmt;

use fast_image_resize as fir;
use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};
use lineshot_domain::{Caption, CaptionError, Crop, Size};
use zeroize::Zeroizing;

use crate::decode::{decode, decode_jpeg};
use crate::frame::{Frame, Kind};
use crate::jpeg::{Jpeg, JpegError};
use crate::kept::Kept;
use crate::plan::{Output, Plan};

/// Bytes of the start of a picture and its JFIF header (JFIF 1.02).
const JFIF: usize = 20;

/// Fine enough that edges stay clean; about 30 % larger than quality 80.
const QUALITY: u8 = 88;

/// Why a frame cannot be developed. No variant tells anything of its pixels.
#[derive(Debug, thiserror::Error)]
pub enum DevelopError {
    /// Polygons belong to exactly one size.
    #[error("the frame is {}x{}, but the view's polygons were drawn for {}x{}; set the camera to that size \
             or draw them anew", .found.width(), .found.height(), .expected.width(), .expected.height())]
    Size {
        /// The scene's frame.
        expected: Size,
        /// What came.
        found: Size,
    },
    /// The camera's JPEG is not sound to its last bit.
    #[error("the camera's JPEG is damaged or of a kind that is not taken")]
    Jpeg(#[from] JpegError),
    /// A library refused what the checks before it let pass. Its own words may quote coded pixels and
    /// are not repeated.
    #[error("the frame could not be decoded by {decoder}, although its structure is sound")]
    Decode {
        /// The library.
        decoder: &'static str,
    },
}

/// Why masked pixels gave no picture.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The caption cannot be written.
    #[error("the pictures' caption cannot be written")]
    Caption(#[from] CaptionError),
    /// Making a smaller size failed.
    #[error("resizing to {}x{} failed", .size.width(), .size.height())]
    Resize {
        /// The size asked for.
        size: Size,
        /// The resizer's reason.
        source: fir::ResizeError,
    },
    /// Writing the JPEG failed.
    #[error("encoding {}x{} failed", .size.width(), .size.height())]
    Jpeg {
        /// The picture's size.
        size: Size,
        /// The encoder's reason.
        source: EncodingError,
    },
}

/// RGB, wiped when dropped.
pub(crate) struct Pixels {
    pub(crate) size: Size,
    pub(crate) rgb: Zeroizing<Vec<u8>>,
}

/// A frame with every confidential area of its plan covered. Only [`develop`] makes it.
pub struct Masked<'p> {
    plan: &'p Plan,
    /// The full picture of the camera's own bits, where it is made so.
    kept: Option<Vec<u8>>,
    /// The cropped part, wherever a picture is made from pixels.
    pixels: Option<Pixels>,
    caption: Option<&'p Caption>,
}

/// Decodes `frame` and covers what `plan` covers, before anything else sees it.
///
/// # Errors
/// [`DevelopError`] if the frame has not the plan's size or is not sound.
pub fn develop(frame: Frame, plan: &Plan) -> Result<Masked<'_>, DevelopError> {
    if let Some(kept) = kept(&frame, plan)? {
        // It is covered already; what is made of it is as harmless as itself.
        let smaller = plan.outputs.len() > 1;
        let pixels = if smaller {
            Some(Pixels { size: plan.crop.size(), rgb: decode_jpeg(&kept, plan.crop.size())? })
        } else {
            None
        };
        return Ok(Masked { plan, kept: Some(kept), pixels, caption: None });
    }
    let mut pixels = decode(frame, plan.frame())?;
    plan.frame.fill(&mut pixels.rgb);
    Ok(Masked { plan, kept: None, pixels: Some(crop(&pixels, plan.crop)), caption: None })
}

/// The full picture of the camera's own bits, if it can be made so.
fn kept(frame: &Frame, plan: &Plan) -> Result<Option<Vec<u8>>, DevelopError> {
    if !matches!(frame.kind, Kind::Mjpeg) || plan.outputs[0].band.is_some() {
        return Ok(None);
    }
    let jpeg = Jpeg::read(&frame.bytes)?;
    if jpeg.size() != plan.frame() {
        return Err(DevelopError::Size { expected: plan.frame(), found: jpeg.size() });
    }
    let kept = Kept::of(&jpeg, &plan.frame, plan.crop);
    Ok(kept.map(|kept| kept.picture(&jpeg)).transpose()?)
}

impl<'p> Masked<'p> {
    /// Each of its pictures will say this of itself, and otherwise nothing.
    #[must_use]
    pub fn captioned(self, caption: Option<&'p Caption>) -> Masked<'p> {
        Masked { caption, ..self }
    }

    /// The plan's pictures, the full one first: baseline, nothing of the camera's metadata. What is made from pixels is
    /// 4:4:4: no decoder mixes a neighbour's colour into the cover.
    ///
    /// # Errors
    /// [`EncodeError`]; there is never only a part of the pictures.
    pub fn pictures(self) -> Result<Vec<MaskedJpeg>, EncodeError> {
        let (mut pictures, mut made) = (Vec::new(), self.plan.outputs.iter());
        if let Some(bytes) = self.kept
            && let Some(output) = made.next()
        {
            pictures.push(MaskedJpeg { bytes, size: output.cover.size(), label: output.label });
        }
        for output in made {
            let pixels = self.pixels.as_ref().expect("what is not kept is made from pixels");
            pictures.push(finish(resize(pixels, output.cover.size())?, output)?);
        }
        if let Some(caption) = self.caption {
            let segment = caption.segment()?;
            pictures.iter_mut().for_each(|picture| picture.insert(&segment));
        }
        Ok(pictures)
    }
}

/// The part of the frame that is shown.
fn crop(frame: &Pixels, crop: Crop) -> Pixels {
    let (row, kept) = (frame.size.width() as usize * 3, crop.size().width() as usize * 3);
    let mut rgb = Vec::with_capacity(kept * crop.size().height() as usize);
    let lines = frame.rgb.chunks_exact(row).skip(crop.top() as usize);
    for line in lines.take(crop.size().height() as usize) {
        rgb.extend_from_slice(&line[crop.left() as usize * 3..][..kept]);
    }
    Pixels { size: crop.size(), rgb: Zeroizing::new(rgb) }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frame = self.plan.frame();
        write!(f, "Masked({}x{})", frame.width(), frame.height())
    }
}

fn resize(from: &Pixels, size: Size) -> Result<Pixels, EncodeError> {
    if from.size == size {
        return Ok(Pixels { size, rgb: from.rgb.clone() });
    }
    let fail = |source| EncodeError::Resize { size, source };
    let (width, height) = (from.size.width(), from.size.height());
    let source = fir::images::ImageRef::new(width, height, &from.rgb, fir::PixelType::U8x3)
        .expect("pixels have three bytes each and as many as their size says");
    let mut target = fir::images::Image::new(size.width(), size.height(), fir::PixelType::U8x3);
    fir::Resizer::new().resize(&source, &mut target, None).map_err(fail)?;
    Ok(Pixels { size, rgb: Zeroizing::new(target.into_vec()) })
}

/// Cover, then band, then JPEG.
fn finish(mut pixels: Pixels, output: &Output) -> Result<MaskedJpeg, EncodeError> {
    let size = pixels.size;
    output.cover.fill(&mut pixels.rgb);
    if let Some(band) = &output.band {
        band.paint(&output.cover, &mut pixels.rgb);
    }
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    // A `Size` is at most 16,384.
    let (width, height) = (size.width() as u16, size.height() as u16);
    encoder
        .encode(&pixels.rgb, width, height, ColorType::Rgb)
        .map_err(|source| EncodeError::Jpeg { size, source })?;
    Ok(MaskedJpeg { bytes, size, label: output.label })
}

/// Which of a plan's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// The picture at its own size.
    Full,
    /// A smaller size, by its width in pixels.
    Width(u32),
}

/// A JPEG of masked pixels. Only [`Masked::pictures`] makes one.
pub struct MaskedJpeg {
    bytes: Vec<u8>,
    size: Size,
    label: Label,
}

impl MaskedJpeg {
    /// Puts the content of an APP1 segment behind the JFIF header, which all of our pictures have.
    fn insert(&mut self, segment: &[u8]) {
        let length = u16::try_from(segment.len() + 2).expect("a caption is short").to_be_bytes();
        let head = [0xFF, 0xE1].into_iter().chain(length);
        self.bytes.splice(JFIF..JFIF, head.chain(segment.iter().copied()));
    }

    /// The file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file, for the proof to keep.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// In pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Which of the plan's pictures this is.
    pub fn label(&self) -> Label {
        self.label
    }
}

impl fmt::Debug for MaskedJpeg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height) = (self.size.width(), self.size.height());
        write!(f, "MaskedJpeg({:?}, {width}x{height}, {} bytes)", self.label, self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use lineshot_domain::{Scene, Show};

    use super::*;
    use crate::plan::Mark;

    fn plan(width: u32) -> Plan {
        let frame = Size::new(width, 64).unwrap();
        let scene = Scene::new(frame, Show::All, Vec::new()).unwrap();
        Plan::new(&scene, Crop::whole(frame), &[], Mark::None).unwrap()
    }

    #[test]
    fn what_is_printed_of_pixels_is_their_size() {
        let plan = plan(80);
        let masked = develop(Frame::noise(plan.frame(), 1), &plan).unwrap();
        assert_eq!(format!("{masked:?}"), "Masked(80x64)");
        let picture = masked.pictures().unwrap().remove(0);
        let bytes = picture.as_bytes().len();
        assert_eq!(format!("{picture:?}"), format!("MaskedJpeg(Full, 80x64, {bytes} bytes)"));
    }
}
