//! The full picture out of the camera's own bits, beside the one from pixels.

use image::ImageFormat;
use lineshot_domain::{Crop, Scene, Show, Size};
use lineshot_picture::{Frame, Mark, develop};
use lineshot_proof::{Claim, prove};

use crate::world::{Camera, PLAIN, View, bytes, mask, size};

use jpeg_encoder::SamplingFactor;

const FILL: [u8; 3] = [96; 3];

/// A mask in the middle, no mark.
fn view(frame: Size) -> View {
    let scene = Scene::new(frame, Show::All, vec![mask(&[(0.4, 0.4), (0.55, 0.4), (0.5, 0.6)])]).unwrap();
    View { scene, crop: Crop::whole(frame), smaller: Vec::new(), mark: Mark::None }
}

/// Smooth colours with some noise, so that every kind of code is there.
fn scenery(frame: Size) -> Vec<u8> {
    noisy(frame, 40)
}

fn noisy(frame: Size, most: u8) -> Vec<u8> {
    let mut noise = bytes(7);
    let shade = |x: u32, y: u32| [x * 200 / frame.width(), y * 200 / frame.height(), (x + y) % 200];
    (0..frame.height())
        .flat_map(|y| (0..frame.width()).map(move |x| (x, y)))
        .flat_map(|(x, y)| shade(x, y).map(|value| value as u8 + noise() % most))
        .collect()
}

fn full(view: &View, jpeg: Vec<u8>) -> Vec<u8> {
    let plan = view.plan();
    let picture = develop(Frame::mjpeg(jpeg).unwrap(), &plan).unwrap().pictures().unwrap().remove(0);
    let claim = Claim::new(&view.scene, view.crop, picture.size()).unwrap();
    prove(picture.into_bytes(), &claim).unwrap().as_bytes().to_vec()
}

fn rgb(jpeg: &[u8]) -> image::RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap().to_rgb8()
}

/// The first step of the table of brightness: the camera's own where the picture is of its bits.
fn step(jpeg: &[u8]) -> u8 {
    let table = jpeg.windows(5).position(|at| at == [0xFF, 0xDB, 0, 67, 0]).unwrap();
    jpeg[table + 5]
}

fn is_kept(jpeg: &[u8], camera: &[u8]) -> bool {
    let sampling = |jpeg: &[u8]| {
        let frame = jpeg.windows(4).position(|at| at == [0xFF, 0xC0, 0, 17]).unwrap();
        jpeg[frame + 11]
    };
    (step(jpeg), sampling(jpeg)) == (step(camera), sampling(camera))
}

const SAMPLINGS: [(SamplingFactor, [u32; 2]); 4] = [
    (SamplingFactor::R_4_2_0, [16, 16]),
    (SamplingFactor::R_4_2_2, [16, 8]),
    (SamplingFactor::R_4_4_0, [8, 16]),
    (SamplingFactor::R_4_4_4, [8, 8]),
];

/// How many units are the fill and how many are the camera's, wholly; a decoder carries colour over a unit's border by
/// a pixel.
fn units(picture: &image::RgbImage, camera: &image::RgbImage, [wide, high]: [u32; 2]) -> [usize; 2] {
    let (mut covered, mut shown) = (0, 0);
    for top in (0..picture.height()).step_by(high as usize) {
        for left in (0..picture.width()).step_by(wide as usize) {
            let (right, bottom) = ((left + wide).min(picture.width()), (top + high).min(picture.height()));
            let inner = (top + 1..bottom.saturating_sub(1))
                .flat_map(|y| (left + 1..right.saturating_sub(1)).map(move |x| (x, y)));
            let is_fill = |(x, y): (u32, u32)| {
                picture.get_pixel(x, y).0.iter().zip(FILL).all(|(a, b)| a.abs_diff(b) <= 3)
            };
            let is_camera = |(x, y): (u32, u32)| picture.get_pixel(x, y) == camera.get_pixel(x, y);
            match (inner.clone().all(is_camera), inner.clone().all(is_fill)) {
                (true, _) => shown += 1,
                (false, true) => covered += 1,
                (false, false) => panic!("the unit at {left},{top} is neither the camera's nor the fill"),
            }
        }
    }
    [covered, shown]
}

#[test]
fn what_is_shown_is_bit_for_bit_what_the_camera_saw() {
    for (sampling, unit) in SAMPLINGS {
        for (frame, restart) in
            [(size(320, 240), 0), (size(301, 203), 0), (size(301, 203), 3), (size(160, 96), 20)]
        {
            for quality in [30, 90, 100] {
                let camera = Camera { sampling, quality, restart }.mjpeg(frame, &scenery(frame));
                let picture = full(&view(frame), camera.clone());
                assert!(is_kept(&picture, &camera), "{sampling:?} {frame:?} {restart} {quality}");
                let [covered, shown] = units(&rgb(&picture), &rgb(&camera), unit);
                assert!(covered > 0 && shown > covered, "{covered} covered, {shown} shown");
            }
        }
    }
}

#[test]
fn a_frame_without_huffman_tables_and_a_grey_one_are_kept_too() {
    let frame = size(160, 120);
    let camera = PLAIN.mjpeg(frame, &scenery(frame));
    let mut bare = camera.clone();
    while let Some(at) = bare.windows(2).position(|at| at == [0xFF, 0xC4]) {
        let length = usize::from(u16::from_be_bytes([bare[at + 2], bare[at + 3]]));
        drop(bare.drain(at..at + 2 + length));
    }
    assert_eq!(full(&view(frame), bare), full(&view(frame), camera));

    let mut grey = Vec::new();
    let luma: Vec<u8> = scenery(frame).chunks(3).map(|pixel| pixel[0]).collect();
    jpeg_encoder::Encoder::new(&mut grey, 77).encode(&luma, 160, 120, jpeg_encoder::ColorType::Luma).unwrap();
    let picture = full(&view(frame), grey.clone());
    assert_eq!(step(&picture), step(&grey));
    let [covered, shown] = units(&rgb(&picture), &rgb(&grey), [8, 8]);
    assert!(covered > 0 && shown > covered);
}

#[test]
fn a_crop_between_units_is_kept_and_any_other_is_made_from_pixels() {
    let frame = size(320, 240);
    let camera = Camera { restart: 5, ..PLAIN }.mjpeg(frame, &scenery(frame));
    for ([left, top, width, height], kept) in [
        ([32, 16, 256, 208], true),
        ([0, 0, 320, 208], true),
        ([64, 32, 256, 208], true),
        ([33, 16, 256, 208], false),
        ([32, 16, 250, 208], false),
        ([32, 8, 256, 208], false),
        ([32, 16, 256, 200], false),
    ] {
        let crop = Crop::pixels(frame, left, top, width, height).unwrap();
        let picture = full(&View { crop, ..view(frame) }, camera.clone());
        assert_eq!(is_kept(&picture, &camera), kept, "{crop:?}");
        let part = image::imageops::crop_imm(&rgb(&camera), left, top, width, height).to_image();
        if kept {
            units(&rgb(&picture), &part, [16, 16]);
        }
    }
}

/// The band is drawn on pixels; codes that a camera chooses for each frame depend on what is covered.
#[test]
fn what_is_marked_or_coded_by_a_cameras_own_choice_is_made_from_pixels() {
    let frame = size(160, 120);
    let camera = PLAIN.mjpeg(frame, &scenery(frame));
    let marked = full(&View { mark: Mark::Unreleased, ..view(frame) }, camera.clone());
    assert!(!is_kept(&marked, &camera));
    // Two codes of one length change their places: another table, and another picture, but a sound one.
    let mut other = camera.clone();
    let table = other.windows(5).position(|at| at == [0xFF, 0xC4, 0, 31, 0]).unwrap() + 21;
    other.swap(table + 1, table + 2);
    if let Ok(masked) = develop(Frame::mjpeg(other.clone()).unwrap(), &view(frame).plan()) {
        assert!(!is_kept(masked.pictures().unwrap()[0].as_bytes(), &other));
    }
}

#[test]
fn from_pixels_what_is_shown_differs_by_little() {
    let frame = size(320, 240);
    let camera = Camera { quality: 90, ..PLAIN }.mjpeg(frame, &noisy(frame, 8));
    let crop = Crop::pixels(frame, 1, 0, 319, 240).unwrap();
    let picture = rgb(&full(&View { crop, ..view(frame) }, camera.clone()));
    let part = image::imageops::crop_imm(&rgb(&camera), 1, 0, 319, 240).to_image();
    // The left third, which no cover reaches.
    let far = |(x, _, _): &(u32, u32, &image::Rgb<u8>)| *x < 96;
    let (mut sum, mut count) = (0_u64, 0_u64);
    for (x, y, pixel) in picture.enumerate_pixels().filter(far) {
        for (a, b) in pixel.0.iter().zip(part.get_pixel(x, y).0) {
            sum += u64::from(a.abs_diff(b));
            count += 1;
        }
    }
    assert!(sum < 4 * count, "{sum} over {count} samples");
}
