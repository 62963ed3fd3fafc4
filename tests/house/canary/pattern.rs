//! What the camera paints where nobody may see it: letters, a QR code, noise.

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use qrcode::{Color, QrCode};

pub(super) const WIDTH: u32 = 768;
pub(super) const HEIGHT: u32 = 432;

/// What the QR code says, and comment and thumbnail of the frame besides.
pub(super) const SECRET: &str = "lineshot canary 7194 must not sing";

/// Left and top of a square of [`SIDE`] pixels.
pub(super) const LETTERS: [u32; 2] = [96, 128];
pub(super) const CODE: [u32; 2] = [304, 128];
pub(super) const NOISE: [u32; 2] = [512, 128];
pub(super) const SIDE: u32 = 160;

/// Rows of five, the topmost bit left.
const GLYPHS: [[u8; 7]; 6] = [
    [0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
    [0b10001, 0b11001, 0b10101, 0b10011, 0b10001, 0b10001, 0b10001],
    [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
    [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001],
    [0b10001, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b00100],
];
/// Pixels of a letter's dot.
const DOT: u32 = 4;

/// A view's settings in which the letters lie outside the shown area, code and noise below masks.
pub(crate) fn view() -> String {
    let square = |[left, top]: [u32; 2]| {
        let x = [left, left + SIDE].map(|x| f64::from(x) / f64::from(WIDTH));
        let y = [top, top + SIDE].map(|y| f64::from(y) / f64::from(HEIGHT));
        format!("[[{},{}],[{},{}],[{},{}],[{},{}]]", x[0], y[0], x[1], y[0], x[1], y[1], x[0], y[1])
    };
    format!(
        "show = [ [[0.36,0.05],[0.98,0.05],[0.98,0.95],[0.36,0.95]] ]\n\
         [[view.mask]]\nname = \"code\"\npolygon = {}\n[[view.mask]]\nname = \"noise\"\npolygon = {}\n",
        square(CODE),
        square(NOISE)
    )
}

/// The scene without and with what it hides. `number` moves the light.
pub(super) fn scene(number: u32, is_sung: bool) -> RgbImage {
    let mut picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        Rgb([(x / 4 + number * 3) as u8, (y / 3) as u8, ((x + y) / 8) as u8])
    });
    if is_sung {
        paint(&mut picture);
    }
    picture
}

fn paint(picture: &mut RgbImage) {
    let code = QrCode::new(SECRET).unwrap();
    let (modules, colours) = (code.width() as u32, code.to_colors());
    let dot = SIDE / (modules + 8);
    let mut chance = fastrand::Rng::with_seed(7194);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let letter = is_letter(x / DOT, y / DOT);
            let module = (x / dot).checked_sub(4).zip((y / dot).checked_sub(4));
            let is_dark = module.is_some_and(|(x, y)| {
                x < modules && y < modules && colours[(y * modules + x) as usize] == Color::Dark
            });
            let ink = |is_dark: bool| if is_dark { Rgb([10, 10, 10]) } else { Rgb([245, 245, 245]) };
            picture.put_pixel(LETTERS[0] + x, LETTERS[1] + y, ink(letter));
            picture.put_pixel(CODE[0] + x, CODE[1] + y, ink(is_dark));
            picture.put_pixel(NOISE[0] + x, NOISE[1] + y, Rgb([chance.u8(..), chance.u8(..), chance.u8(..)]));
        }
    }
}

/// The word again and again, a line below the other.
fn is_letter(x: u32, y: u32) -> bool {
    let (glyph, column, row) = (x / 6, x % 6, y % 9);
    let glyph = GLYPHS.get(glyph as usize);
    glyph.is_some_and(|rows| column < 5 && row < 7 && rows[row as usize] >> (4 - column) & 1 == 1)
}

pub(crate) fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).unwrap();
    bytes
}

/// A camera's frame that sings in its comment and in the thumbnail of its EXIF, too.
pub(crate) fn frame(number: u32) -> Vec<u8> {
    let picture = scene(number, true);
    let plain = jpeg(&picture, 92);
    let small = jpeg(&image::imageops::thumbnail(&picture, 192, 108), 60);
    let upright = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0";
    let segment = |marker: u8, body: &[u8]| {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker], &length[..], body].concat()
    };
    let exif = segment(0xE1, &[&upright[..], &small].concat());
    [&plain[..2], &exif, &segment(0xFE, SECRET.as_bytes()), &plain[2..]].concat()
}
