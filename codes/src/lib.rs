//! What a machine can read in a finished picture: QR codes, and the letters of the test card.
//!
//! Holds: it looks at proven pictures alone, so it knows nothing of what is covered.
//!
//! Its limit: QR codes only, dark on light. Other codes, and letters of anything but the card, are for people's eyes.

mod card;
mod homography;
mod letters;

use lineshot_proof::{ProofError, Proven};
use rqrr::DeQRError;

pub use card::{CARD, Card};
pub use letters::Row;

/// A QR code that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// What it says.
    pub text: String,
    /// Its corners in pixels: top left, top right, bottom right, bottom left, as the code is printed.
    pub corners: [(f64, f64); 4],
}

/// The brightness of a picture, 0 to 255, row by row.
#[derive(Debug)]
pub struct Plane {
    width: usize,
    values: Vec<u8>,
}

impl Plane {
    /// As the proof's decoder sees it.
    ///
    /// # Errors
    /// [`ProofError`] if the picture cannot be decoded.
    pub fn of(picture: &Proven) -> Result<Plane, ProofError> {
        Ok(Plane { width: picture.size().width() as usize, values: picture.brightness()? })
    }

    /// The QR codes in it.
    pub fn codes(&self) -> Vec<Code> {
        let height = self.values.len() / self.width;
        let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(self.width, height, |x, y| {
            self.values[y * self.width + x]
        });
        let read = |grid: rqrr::Grid<_>| {
            let mut text = Vec::new();
            // What was corrected can be read by somebody, whatever its letters are.
            match grid.decode_to(&mut text) {
                Ok(_) | Err(DeQRError::UnknownDataType | DeQRError::EncodingError) => {}
                Err(_) => return None,
            }
            let text = String::from_utf8_lossy(&text).into_owned();
            let corners = grid.bounds.map(|corner| (f64::from(corner.x), f64::from(corner.y)));
            Some(Code { text, corners })
        };
        prepared.detect_grids().into_iter().filter_map(read).collect()
    }

    /// The value at a place between pixels, whose centres lie at whole numbers and a half (bilinear).
    fn at(&self, (x, y): (f64, f64)) -> f64 {
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let pixel = |x: f64, y: f64| {
            let last = (self.width - 1, self.values.len() / self.width - 1);
            // Beyond the edge the edge goes on; a negative number becomes 0.
            let (x, y) = ((x as usize).min(last.0), (y as usize).min(last.1));
            f64::from(self.values[y * self.width + x])
        };
        let mix = |a: f64, b: f64, part: f64| a + (b - a) * part;
        let row = |y: f64| mix(pixel(left, y), pixel(left + 1.0, y), x - left);
        mix(row(top), row(top + 1.0), y - top)
    }
}

/// Whether a QR code can be read in a picture.
///
/// # Errors
/// [`ProofError`] if it cannot be decoded.
pub fn is_readable(picture: &Proven) -> Result<bool, ProofError> {
    Ok(!Plane::of(picture)?.codes().is_empty())
}
