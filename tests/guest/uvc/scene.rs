//! What the camera sees: a picture that tells which camera took it, of which car, and that time goes on.
//!
//! Everything is the camera's colour, but two rows of eight fields, white for one and black for nought: the number of
//! the car across the upper half, the number of the frame across the lower one. They stay readable through any encoder.

use jpeg_encoder::{ColorType, Encoder, EncodingError};

use crate::stream::{Format, Size};

/// What stands before the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scene {
    pub(crate) colour: [u8; 3],
    pub(crate) car: u8,
}

/// Parts of the height where the rows of fields lie, in hundredths.
const CAR: std::ops::Range<usize> = 25..45;
const FRAME: std::ops::Range<usize> = 55..75;

impl Scene {
    /// Frame number `number`.
    pub(crate) fn frame(self, number: u8, size: Size, format: Format) -> Result<Vec<u8>, EncodingError> {
        match format {
            Format::Yuyv => Ok(self.yuyv(number, size)),
            Format::Mjpeg => {
                let mut jpeg = Vec::new();
                let pixels = self.rgb(number, size);
                Encoder::new(&mut jpeg, 80).encode(&pixels, size.width, size.height, ColorType::Rgb)?;
                Ok(jpeg)
            }
        }
    }

    fn rgb(self, number: u8, size: Size) -> Vec<u8> {
        self.lines(number, size).flatten().collect()
    }

    /// BT.601 in its narrow range; both pixels of a pair have the first one's colour.
    fn yuyv(self, number: u8, size: Size) -> Vec<u8> {
        let pairs = self.lines(number, size).step_by(2);
        pairs
            .flat_map(|rgb| {
                let [r, g, b] = rgb.map(i32::from);
                let y = 16 + (66 * r + 129 * g + 25 * b) / 256;
                let u = 128 + (-38 * r - 74 * g + 112 * b) / 256;
                let v = 128 + (112 * r - 94 * g - 18 * b) / 256;
                [y, u, y, v].map(|part| u8::try_from(part.clamp(0, 255)).unwrap_or(u8::MAX))
            })
            .collect()
    }

    /// Pixel by pixel, line by line.
    fn lines(self, number: u8, size: Size) -> impl Iterator<Item = [u8; 3]> {
        let (width, height) = (usize::from(size.width), usize::from(size.height));
        (0..height).flat_map(move |y| {
            let row = match y * 100 / height {
                part if CAR.contains(&part) => Some(self.car),
                part if FRAME.contains(&part) => Some(number),
                _ => None,
            };
            (0..width).map(move |x| match row {
                None => self.colour,
                Some(bits) if bits >> (7 - x * 8 / width) & 1 == 1 => [255; 3],
                Some(_) => [0; 3],
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 320, height: 240 };
    const SCENE: Scene = Scene { colour: [255, 0, 0], car: 0b1000_0001 };

    #[test]
    fn a_frame_shows_the_colour_the_car_and_its_own_number() {
        let pixels = SCENE.rgb(1, SIZE);
        let at = |x: usize, y: usize| <[u8; 3]>::try_from(&pixels[(y * 320 + x) * 3..][..3]).unwrap();
        assert_eq!(at(160, 120), SCENE.colour);
        assert_eq!([20, 60, 300].map(|x| at(x, 80)), [[255; 3], [0; 3], [255; 3]]);
        assert_eq!([20, 60, 300].map(|x| at(x, 160)), [[0; 3], [0; 3], [255; 3]]);
    }

    #[test]
    fn no_frame_is_larger_than_it_may_be() {
        for format in [Format::Mjpeg, Format::Yuyv] {
            let frame = SCENE.frame(3, SIZE, format).unwrap();
            assert!(!frame.is_empty() && frame.len() <= SIZE.largest_frame() as usize);
        }
    }
}
