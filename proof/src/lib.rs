//! The outside eye: are the signed polygons covered in these bytes?
//!
//! [`prove`] takes a finished JPEG and the [`Claim`] it must fulfil, and gives the only form in which a
//! picture may go on: [`Proven`]. Both daemons ask it, on the bytes that are sealed and on those that
//! are sent.
//!
//! Holds, for a [`Proven`]:
//! - the bytes are a JPEG of one fixed form, with the caption that was claimed, byte for byte, and no room for any other
//!   metadata, thumbnails or appendages;
//! - its coded data has exactly the picture's blocks, and those that come within five pixels of what must be covered
//!   (fewer in smaller sizes, more in large frames; a camera may have moved by four) have the fill's average and no other coefficient;
//! - a decoder that the darkroom does not use sees the claimed size, and the fill in each of these blocks;
//! - nobody changed the bytes since: it owns them together with their SHA-256.
//!
//! It does not prove that the polygons are the right ones, or that what lies beneath them is the secret.
//!
//! Deliberately absent: anything of the darkroom. Rasteriser, mapping and colour transform are written
//! anew here, by other methods, so that one's mistake is not the other's. No error tells a pixel's value.

mod coefficients;
mod compare;
mod grammar;
mod motion;
mod raster;
mod thumbnail;
mod witness;

use std::fmt;

use lineshot_domain::{Caption, Crop, Scene, Size, lock_tolerance};
use sha2::{Digest, Sha256};

use compare::Blocks;
pub use compare::{Component, Uncovered};
pub use grammar::GrammarError;
pub use motion::Motion;
pub use thumbnail::Thumbnail;
pub use witness::Witness;

/// What a picture must be: a view's polygons in the part `crop` of the frame, brought to `size`.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    scene: &'a Scene,
    crop: Crop,
    size: Size,
    caption: Option<&'a Caption>,
}

impl<'a> Claim<'a> {
    /// States the claim.
    ///
    /// # Errors
    /// [`ClaimError`] if crop or size cannot belong to the scene, so that nothing could be proven.
    pub fn new(scene: &'a Scene, crop: Crop, size: Size) -> Result<Claim<'a>, ClaimError> {
        let (frame, own) = (scene.frame(), crop.size());
        if Crop::pixels(frame, crop.left(), crop.top(), own.width(), own.height()).is_err() {
            return Err(ClaimError::Crop { frame });
        }
        // Heights are rounded to a pixel, so the shapes agree to within one.
        let (is, should) = (
            size.height() as f64,
            f64::from(own.height()) * f64::from(size.width()) / f64::from(own.width()),
        );
        if size.width() > own.width() || (is - should).abs() > 1.0 {
            return Err(ClaimError::Size { size, crop: own });
        }
        Ok(Claim { scene, crop, size, caption: None })
    }

    /// How far from what must be covered the picture must be covered, too: a pixel, and what a camera may have moved.
    fn reach(&self) -> u32 {
        1 + lock_tolerance(self.scene.frame()) * self.size.width() / self.crop.size().width()
    }

    /// It says exactly this of itself; without a caption, nothing.
    #[must_use]
    pub fn captioned(self, caption: Option<&'a Caption>) -> Claim<'a> {
        Claim { caption, ..self }
    }
}

/// Why a claim makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The crop was made for another frame.
    #[error("the crop reaches outside the frame of {}x{}", .frame.width(), .frame.height())]
    Crop {
        /// The scene's frame.
        frame: Size,
    },
    /// Pictures are never enlarged or distorted.
    #[error("a picture of {}x{} cannot be made of {}x{} without enlarging or distorting it",
            .size.width(), .size.height(), .crop.width(), .crop.height())]
    Size {
        /// The size claimed.
        size: Size,
        /// The crop's size.
        crop: Size,
    },
}

/// Why a picture is not proven. It must not be sealed, sent or shown.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Not the fixed form of a picture.
    #[error("the file is not of the one form that is delivered")]
    Grammar(#[from] GrammarError),
    /// The decoder refused the file.
    #[error("the decoder refused the picture")]
    Decode {
        /// Its reason.
        source: jpeg_decoder::Error,
    },
    /// The decoder sees something else than RGB of the claimed size.
    #[error("the decoder does not see RGB pixels of the claimed size")]
    Shape,
    /// What must be covered is not.
    #[error("a confidential area is not covered; the picture must not leave")]
    Uncovered(#[from] Uncovered),
}

/// A picture of which the claim was proven, with its bytes. Only [`prove`] makes one.
pub struct Proven {
    bytes: Vec<u8>,
    size: Size,
    sha256: [u8; 32],
}

/// Proves that `jpeg` fulfils `claim`.
///
/// # Errors
/// [`ProofError`]: the first thing found that contradicts the claim. The bytes are gone then.
pub fn prove(jpeg: Vec<u8>, claim: &Claim<'_>) -> Result<Proven, ProofError> {
    let layout = grammar::check(&jpeg, claim.size, claim.caption)?;
    let required = raster::required(claim.scene, claim.crop, claim.size);
    let blocks = Blocks::of(&required, claim.reach(), claim.scene.fill().ycc());
    coefficients::check(&jpeg, &layout, &blocks)?;
    compare::check(Witness::Decoder, &witness::decode(&jpeg, claim.size)?, &blocks)?;
    let sha256 = Sha256::digest(&jpeg).into();
    Ok(Proven { bytes: jpeg, size: claim.size, sha256 })
}

impl Proven {
    /// The file, unchanged since it was proven.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// In pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// How bright each pixel is, 0 to 255 (BT.601), row by row.
    ///
    /// # Errors
    /// [`ProofError`] if it cannot be decoded.
    pub fn brightness(&self) -> Result<Vec<u8>, ProofError> {
        let rgb = witness::decode(&self.bytes, self.size)?;
        let bright = |pixel: &[u8]| {
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
            // At most 255: the weights add up to a thousand.
            ((299 * r + 587 * g + 114 * b) / 1000) as u8
        };
        Ok(rgb.chunks_exact(3).map(bright).collect())
    }

    /// Of the file.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Of the file, in 64 lower-case hexadecimal digits.
    pub fn sha256_hex(&self) -> String {
        self.sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proven({}x{}, {})", self.size.width(), self.size.height(), self.sha256_hex())
    }
}

#[cfg(test)]
mod tests;
