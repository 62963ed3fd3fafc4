//! A proven picture made small, for what stands in its place until it is loaded.

use crate::{ProofError, Proven, witness};

/// Pixels of the longer side, at most: as many as a thumbhash takes.
const MOST: u32 = 100;

/// A few pixels: RGB, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Three bytes a pixel.
    pub rgb: Vec<u8>,
}

impl Proven {
    /// Each pixel the mean of those that it stands for.
    ///
    /// # Errors
    /// [`ProofError`] if it cannot be decoded.
    pub fn thumbnail(&self) -> Result<Thumbnail, ProofError> {
        let (from, rgb) = (self.size(), witness::decode(self.as_bytes(), self.size())?);
        let longer = from.width().max(from.height());
        let side = |side: u32| (side * MOST.min(longer) / longer).max(1);
        let (width, height) = (side(from.width()), side(from.height()));
        let mut sums = vec![[0_u32; 4]; (width * height) as usize];
        for (at, pixel) in (0_u32..).zip(rgb.chunks_exact(3)) {
            let (x, y) =
                (at % from.width() * width / from.width(), at / from.width() * height / from.height());
            let sum = &mut sums[(y * width + x) as usize];
            for (sum, value) in sum.iter_mut().zip([pixel[0], pixel[1], pixel[2], 1]) {
                *sum += u32::from(value);
            }
        }
        // No box is empty, as none is smaller than a pixel; a mean of bytes is one.
        let mean = |[r, g, b, count]: [u32; 4]| [r, g, b].map(|sum| (sum / count) as u8);
        Ok(Thumbnail { width, height, rgb: sums.into_iter().flat_map(mean).collect() })
    }
}

#[cfg(test)]
mod tests {
    use lineshot_domain::{Crop, Scene, Show, Size};

    use super::*;
    use crate::{Claim, prove};

    /// Dark on the left, bright on the right.
    fn picture(width: u32, height: u32) -> Proven {
        let size = Size::new(width, height).unwrap();
        let shade = |at: u32| if at % width < width / 2 { [20, 40, 60] } else { [200, 180, 160] };
        let rgb: Vec<u8> = (0..width * height).flat_map(shade).collect();
        let mut jpeg = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 95);
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
        encoder.encode(&rgb, width as u16, height as u16, jpeg_encoder::ColorType::Rgb).unwrap();
        let scene = Scene::new(size, Show::All, Vec::new()).unwrap();
        prove(jpeg, &Claim::new(&scene, Crop::whole(size), size).unwrap()).unwrap()
    }

    #[test]
    fn each_pixel_is_the_mean_of_its_own() {
        for ((width, height), small) in
            [((640, 320), (100, 50)), ((333, 999), (33, 100)), ((64, 48), (64, 48)), ((2000, 16), (100, 1))]
        {
            let thumbnail = picture(width, height).thumbnail().unwrap();
            assert_eq!((thumbnail.width, thumbnail.height), small, "of {width}x{height}");
            assert_eq!(thumbnail.rgb.len(), (small.0 * small.1 * 3) as usize);
            let near = |at: usize, wanted: [u8; 3]| {
                let found = &thumbnail.rgb[at..at + 3];
                found.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) <= 4)
            };
            assert!(
                near(0, [20, 40, 60]) && near(thumbnail.rgb.len() - 3, [200, 180, 160]),
                "{width}x{height}"
            );
        }
    }
}
