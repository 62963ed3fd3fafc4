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
    let mut decoder = JpegDecoder::new(ZCursor::new(jpeg));
    let pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    // In fractions of the picture's width and height.
    let at = |x: f64, y: f64| {
        let column = (x * width as f64) as usize;
        let row = (y * height as f64) as usize;
        <[u8; 3]>::try_from(&pixels[(row * width + column) * 3..][..3]).unwrap()
    };
    let number = |y: f64| {
        (0..8).fold(0, |number, field| {
            let pixel = at((f64::from(field) + 0.5) / 8.0, y);
            let bit = match pixel.map(|part| part > 127) {
                [true, true, true] => 1,
                [false, false, false] => 0,
                _ => panic!("a field is neither black nor white: {pixel:?}"),
            };
            number << 1 | bit
        })
    };
    let colour = match at(0.5, 0.5).map(|part| part > 127) {
        [true, false, false] => "red",
        [false, true, false] => "green",
        [false, false, true] => "blue",
        _ => panic!("no camera sees {:?}", at(0.5, 0.5)),
    };
    Sight { colour, car: number(0.35), frame: number(0.65) }
}
