//! Hunts bytes of any kind for what was painted: as words, as rows of pixels, in pictures, in base64 and hex.

use std::collections::HashSet;
use std::io::Cursor;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use image::imageops::{FilterType, crop_imm, resize};
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage, RgbaImage};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::pattern::{CODE, HEIGHT, LETTERS, NOISE, SECRET, SIDE, WIDTH};

/// Bytes in a row that are no coincidence, if enough of them differ.
const ROW: usize = 16;
const DIFFERENT: usize = 10;
/// What is shorter hides no picture.
const LEAST_TEXT: usize = 64;
/// A picture within base64 within hex.
const DEPTH: usize = 3;
/// A pattern as it is compared, and how alike is too alike: two pictures of noise reach 0.1.
const GRID: u32 = 32;
const TOO_ALIKE: f32 = 0.3;

/// Knows what to look for.
pub(crate) struct Hunter {
    rows: HashSet<[u8; ROW]>,
    patterns: Vec<(&'static str, [u32; 2], Vec<f32>)>,
}

impl Hunter {
    /// Of these camera's frames, which all have the same pattern.
    pub(crate) fn of(frames: &[Vec<u8>]) -> Hunter {
        let mut rows = HashSet::new();
        for frame in frames {
            let rgb = decoded(frame, ColorSpace::RGB);
            let ycc = decoded(frame, ColorSpace::YCbCr);
            let luma: Vec<u8> = ycc.iter().step_by(3).copied().collect();
            // Y0 Cb Y1 Cr.
            let packed: Vec<u8> =
                ycc.chunks_exact(6).flat_map(|pair| [pair[0], pair[1], pair[3], pair[2]]).collect();
            let bgr: Vec<u8> = rgb.chunks_exact(3).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
            for (plane, bytes) in [(&rgb, 3), (&ycc, 3), (&luma, 1), (&packed, 2), (&bgr, 3)] {
                hidden_rows(plane, bytes, &mut rows);
            }
        }
        let first = RgbImage::from_raw(WIDTH, HEIGHT, decoded(&frames[0], ColorSpace::RGB)).unwrap();
        let grey = DynamicImage::from(first).to_luma8();
        let patterns = [("letters", LETTERS), ("code", CODE), ("noise", NOISE)];
        let patterns = patterns.map(|(name, at)| (name, at, normal(&grey, at).unwrap())).to_vec();
        Hunter { rows, patterns }
    }

    /// What was found; each kind once.
    pub(crate) fn hunt(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        self.within(bytes, DEPTH, "", &mut found);
        found.sort();
        found.dedup();
        found
    }

    fn within(&self, bytes: &[u8], depth: usize, how: &str, found: &mut Vec<String>) {
        if bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()) {
            found.push(format!("{how}words"));
        }
        if bytes.windows(ROW).any(|window| self.rows.contains(window)) {
            found.push(format!("{how}pixels"));
        }
        for at in 0..bytes.len() {
            let rest = &bytes[at..];
            let picture = match rest {
                [0xFF, 0xD8, 0xFF, ..] => image::load_from_memory_with_format(rest, ImageFormat::Jpeg).ok(),
                [0x89, b'P', b'N', b'G', ..] => png(rest),
                _ => continue,
            };
            if let Some(picture) = picture {
                self.in_picture(&picture, how, found);
            }
        }
        if depth > 0 {
            for (kind, inner) in texts(bytes) {
                self.within(&inner, depth - 1, &format!("{how}{kind}: "), found);
            }
        }
    }

    fn in_picture(&self, picture: &DynamicImage, how: &str, found: &mut Vec<String>) {
        let grey = picture.to_luma8();
        let mut reader = rqrr::PreparedImage::prepare_from_greyscale(
            grey.width() as usize,
            grey.height() as usize,
            |x, y| grey.get_pixel(x as u32, y as u32).0[0],
        );
        if reader.detect_grids().iter().any(|grid| grid.decode().is_ok_and(|(_, text)| text == SECRET)) {
            found.push(format!("{how}a code that can be read"));
        }
        let whole = resize(&grey, WIDTH, HEIGHT, FilterType::Triangle);
        for (name, at, pattern) in &self.patterns {
            let likeness = normal(&whole, *at)
                .map_or(0.0, |seen| seen.iter().zip(pattern).map(|(one, other)| one * other).sum::<f32>());
            if likeness.abs() > TOO_ALIKE {
                found.push(format!("{how}{name} in a picture"));
            }
        }
    }
}

/// A PNG of eight bits, grey or in colours.
fn png(bytes: &[u8]) -> Option<DynamicImage> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut pixels).ok()?;
    pixels.truncate(info.buffer_size());
    match info.color_type {
        png::ColorType::Rgb => RgbImage::from_raw(info.width, info.height, pixels).map(DynamicImage::from),
        png::ColorType::Rgba => RgbaImage::from_raw(info.width, info.height, pixels).map(DynamicImage::from),
        png::ColorType::Grayscale => {
            GrayImage::from_raw(info.width, info.height, pixels).map(DynamicImage::from)
        }
        _ => None,
    }
}

fn decoded(jpeg: &[u8], space: ColorSpace) -> Vec<u8> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(space);
    JpegDecoder::new_with_options(ZCursor::new(jpeg), options).decode().unwrap()
}

/// All rows in the middle of the hidden squares, from any byte on.
fn hidden_rows(plane: &[u8], bytes: u32, rows: &mut HashSet<[u8; ROW]>) {
    for [left, top] in [LETTERS, CODE, NOISE] {
        for y in (top + 24..top + SIDE - 24).step_by(3) {
            let at = |x: u32| ((y * WIDTH + x) * bytes) as usize;
            let row = &plane[at(left + 24)..at(left + SIDE - 24)];
            for window in row.windows(ROW) {
                let window: [u8; ROW] = window.try_into().unwrap();
                if window.iter().collect::<HashSet<_>>().len() >= DIFFERENT {
                    rows.insert(window);
                }
            }
        }
    }
}

/// A square of a picture of the camera's size, with mean 0 and length 1; nothing if it is of one colour.
fn normal(grey: &GrayImage, [left, top]: [u32; 2]) -> Option<Vec<f32>> {
    let square = crop_imm(grey, left, top, SIDE, SIDE).to_image();
    let square = resize(&square, GRID, GRID, FilterType::Triangle);
    let values: Vec<f32> = square.as_raw().iter().map(|value| f32::from(*value)).collect();
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    let length = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>().sqrt();
    // A filled area differs by the encoder's rounding alone.
    (length > GRID as f32).then(|| values.iter().map(|value| (value - mean) / length).collect())
}

/// What is written in base64 (of either alphabet, from any of its characters on) and in hex.
fn texts(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut inner = Vec::new();
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    for run in bytes.split(|byte| !is_base64(byte)).filter(|run| run.len() >= LEAST_TEXT) {
        let run: Vec<u8> = run.iter().map(|byte| if *byte == b'-' { b'+' } else { *byte }).collect();
        let run: Vec<u8> = run.iter().map(|byte| if *byte == b'_' { b'/' } else { *byte }).collect();
        for start in 0..4 {
            let whole = (run.len() - start) / 4 * 4;
            inner.extend(base64().decode(&run[start..start + whole]).ok().map(|bytes| ("base64", bytes)));
        }
    }
    for run in bytes.split(|byte| !byte.is_ascii_hexdigit()).filter(|run| run.len() >= LEAST_TEXT) {
        for start in 0..2 {
            let whole = (run.len() - start) / 2 * 2;
            inner.extend(hex::decode(&run[start..start + whole]).ok().map(|bytes| ("hex", bytes)));
        }
    }
    inner
}

fn base64() -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&base64::alphabet::STANDARD, config)
}

#[cfg(test)]
mod tests {
    use super::super::pattern::{frame, jpeg, scene};
    use super::*;

    fn finds(hunter: &Hunter, what: &str, bytes: &[u8]) {
        let junk: Vec<u8> = (0..1_000_u32).map(|n| (n * n % 251) as u8).collect();
        let found = hunter.hunt(&[&junk, bytes, &junk].concat());
        assert!(found.iter().any(|found| found.ends_with(what)), "{what} is not among {found:?}");
    }

    /// The hunt's own proof: whatever sings is heard, in every disguise.
    #[test]
    fn the_hunter_hears_whatever_sings_and_nothing_else() {
        let frames = [frame(0), frame(1)];
        let hunter = Hunter::of(&frames);
        let rgb = decoded(&frames[1], ColorSpace::RGB);
        let row = |plane: &[u8], bytes: u32| {
            let at = ((NOISE[1] + 57) * WIDTH + NOISE[0] + 40) * bytes;
            plane[at as usize..][..120].to_vec()
        };
        let luma: Vec<u8> = decoded(&frames[1], ColorSpace::YCbCr).iter().step_by(3).copied().collect();
        finds(&hunter, "pixels", &row(&rgb, 3));
        finds(&hunter, "pixels", &row(&luma, 1));
        finds(&hunter, "words", SECRET.as_bytes());
        let sung = scene(5, true);
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, WIDTH, HEIGHT);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(sung.as_raw()).unwrap();
        let small = jpeg(&resize(&sung, 384, 216, FilterType::Triangle), 40);
        for picture in [&frames[0], &png, &small] {
            for what in ["letters in a picture", "code in a picture", "noise in a picture"] {
                finds(&hunter, what, picture);
            }
        }
        finds(&hunter, "a code that can be read", &png);
        let in_base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&small);
        finds(&hunter, "letters in a picture", format!("picture={in_base64}").as_bytes());
        finds(&hunter, "letters in a picture", hex::encode_upper(&png).as_bytes());
        finds(
            &hunter,
            "pixels",
            format!("{{\"x\":\"{}\"}}", hex::encode(in_base64_of(&row(&rgb, 3)))).as_bytes(),
        );
        // What is only covered is not heard.
        for clean in [jpeg(&scene(3, false), 90), jpeg(&scene(4, false), 30)] {
            assert_eq!(hunter.hunt(&clean), Vec::<String>::new());
        }
    }

    fn in_base64_of(bytes: &[u8]) -> String {
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }
}
