//! What a picture of an emulated camera tells: which camera took it, of which car. The other side of `uvc/scene.rs`.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;

/// What was read in a picture.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    /// What the camera sees everything in.
    pub(crate) colour: &'static str,
    /// The number of the car that stood before it.
    pub(crate) car: u8,
    /// The number of the frame, which comes again after a few.
    pub(crate) frame: u8,
}

/// Reads a picture. Panics if it is none, or of no emulated camera.
pub(crate) fn seen(jpeg: &[u8]) -> Sight {
    let number = |y: f64| {
        fields(jpeg, y).into_iter().fold(0, |number, pixel| {
            let bit = match pixel.map(|part| part > 127) {
                [true, true, true] => 1,
                [false, false, false] => 0,
                _ => panic!("a field is neither black nor white: {pixel:?}"),
            };
            number << 1 | bit
        })
    };
    let colour = match fields(jpeg, 0.5)[4].map(|part| part > 127) {
        [true, false, false] => "red",
        [false, true, false] => "green",
        [false, false, true] => "blue",
        _ => panic!("no camera sees {:?}", fields(jpeg, 0.5)[4]),
    };
    Sight { colour, car: number(0.35), frame: number(0.65) }
}

/// The middle of each eighth of the width, at this part of the height.
pub(crate) fn fields(jpeg: &[u8], y: f64) -> [[u8; 3]; 8] {
    let mut decoder = JpegDecoder::new(ZCursor::new(jpeg));
    let pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    let row = (y * height as f64) as usize;
    std::array::from_fn(|field| {
        let at = (row * width + width * (2 * field + 1) / 16) * 3;
        [pixels[at], pixels[at + 1], pixels[at + 2]]
    })
}
