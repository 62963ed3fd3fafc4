//! The darkroom and the proof, tried with as many made-up frames as somebody asks for (`LINESHOT_FRAMES`; `cargo xtask
//! soak --frames N`): small ones, so that many go through in a minute. Every round is drawn from its number, which a
//! failure names; `LINESHOT_TEST_SEED` begins at another.

use std::io::Cursor;

use fastrand::Rng;
use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, GenericImageView as _};
use jpeg_encoder::SamplingFactor;
use lineshot_domain::{Crop, Fill, Fraction, Mask, Point, Polygon, Scene, Show, Size};
use lineshot_picture::{Frame, Mark, RawFormat, develop};
use lineshot_proof::{Claim, prove};

use crate::world::{Camera, View, files, size};

/// So many in each run of all tests.
const USUAL: u64 = 200;

/// Pairs of frames that are tried with each view.
const PAIRS: u32 = 40;

/// What a decoder makes of the fill, at most; it rounds three times.
const NEAR: i32 = 6;

fn rounds() -> impl Iterator<Item = u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let first = number("LINESHOT_TEST_SEED").unwrap_or(0);
    first..first + number("LINESHOT_FRAMES").unwrap_or(USUAL)
}

/// Runs a round so that its number is known when it fails.
fn round(number: u64, tried: impl FnOnce(&mut Rng)) {
    let mut random = Rng::with_seed(number);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tried(&mut random)));
    if outcome.is_err() {
        panic!("round {number} failed: LINESHOT_TEST_SEED={number} LINESHOT_FRAMES=1 repeats it");
    }
}

/// Corners by chance, drawn into a part of the frame; edges may cross.
fn polygon(random: &mut Rng) -> Option<Polygon> {
    let scale = [1.0, 1.0, 0.5, 0.2][random.usize(0..4)];
    let (left, top) = (random.f64() * (1.0 - scale), random.f64() * (1.0 - scale));
    let most = if random.u8(..) == 0 { 256 } else { 9 };
    let corner = |random: &mut Rng| {
        let place = |random: &mut Rng, from: f64| Fraction::new(from + random.f64() * scale).unwrap();
        Point { x: place(random, left), y: place(random, top) }
    };
    Polygon::enclosing((0..random.usize(3..=most)).map(|_| corner(random)).collect()).ok()
}

fn view(random: &mut Rng) -> View {
    let (width, height) = (random.u32(64..=96), random.u32(24..=56));
    let frame = if random.bool() { size(width & !1, height & !1) } else { size(width, height) };
    let shown: Vec<Polygon> = (0..random.usize(0..3)).filter_map(|_| polygon(random)).collect();
    let show = if shown.is_empty() { Show::All } else { Show::Within(shown) };
    let masks = (0..random.usize(0..4)).filter_map(|_| polygon(random));
    let masks = masks.map(|polygon| Mask { name: "m".into(), polygon }).collect();
    let scene = Scene::new(frame, show, masks).unwrap();
    let scene = if random.u8(0..4) == 0 { scene.filled(colour(random)) } else { scene };
    let crop = match random.u8(0..3) {
        0 => crop(random, frame, 1),
        1 => crop(random, frame, 16),
        _ => None,
    };
    let crop = crop.unwrap_or(Crop::whole(frame));
    // Not flatter than 16 pixels.
    let least = (16 * crop.size().width()).div_ceil(crop.size().height()).max(64);
    let smaller = (least < crop.size().width() && random.u8(0..3) == 0)
        .then(|| random.u32(least..crop.size().width()))
        .into_iter()
        .collect();
    View { scene, crop, smaller, mark: if random.bool() { Mark::Unreleased } else { Mark::None } }
}

fn colour(random: &mut Rng) -> Fill {
    Fill::parse(&format!("#{:06x}", random.u32(..1 << 24))).unwrap()
}

/// A part wide enough for the word of the band, on a grid.
fn crop(random: &mut Rng, frame: Size, grid: u32) -> Option<Crop> {
    let left = random.u32(0..=(frame.width() - 64) / grid) * grid;
    let top = random.u32(0..=(frame.height() - 16) / grid) * grid;
    let (width, height) = (random.u32(64..=frame.width() - left), random.u32(16..=frame.height() - top));
    Crop::pixels(frame, left, top, width / grid * grid, height / grid * grid)
        .ok()
        .filter(|crop| crop.size().width() >= 64)
}

fn camera(random: &mut Rng) -> Camera {
    let samplings =
        [SamplingFactor::R_4_2_0, SamplingFactor::R_4_2_2, SamplingFactor::R_4_4_0, SamplingFactor::R_4_4_4];
    Camera {
        sampling: samplings[random.usize(0..4)],
        quality: random.u8(20..=100),
        restart: [0, 0, 1, 3, 16][random.usize(0..5)],
    }
}

/// Which pixels are confidential, row by row.
fn secrets(view: &View) -> Vec<bool> {
    let frame = view.scene.frame();
    (0..frame.height()).flat_map(|y| (0..frame.width()).map(move |x| view.is_secret(x, y))).collect()
}

/// Samples that belong to `across` × `down` pixels each, `values` numbers in a sample: twice, different only where one
/// of a sample's pixels is secret.
fn twins(
    random: &mut Rng,
    frame: Size,
    secrets: &[bool],
    (across, down): (u32, u32),
    values: usize,
) -> [Vec<u8>; 2] {
    let mut pair = [Vec::new(), Vec::new()];
    let base = random.u8(..);
    for y in (0..frame.height()).step_by(down as usize) {
        for x in (0..frame.width()).step_by(across as usize) {
            let is_secret = (y..(y + down).min(frame.height())).any(|y| {
                (x..(x + across).min(frame.width())).any(|x| secrets[(y * frame.width() + x) as usize])
            });
            for _ in 0..values {
                let common = base.wrapping_add((x * 3 + y) as u8).wrapping_add(random.u8(0..32));
                pair[0].push(if is_secret { random.u8(..) } else { common });
                pair[1].push(if is_secret { random.u8(..) } else { common });
            }
        }
    }
    pair
}

/// One frame twice, in any format, different only in what is secret.
fn pair(random: &mut Rng, frame: Size, secrets: &[bool]) -> [Frame; 2] {
    let is_even = frame.width().is_multiple_of(2) && frame.height().is_multiple_of(2);
    let raw = |format, pair: [Vec<u8>; 2]| pair.map(|bytes| Frame::raw(format, frame, bytes).unwrap());
    match random.u8(0..8) {
        0 => raw(RawFormat::Rgb, twins(random, frame, secrets, (1, 1), 3)),
        1 => raw(RawFormat::Grey, twins(random, frame, secrets, (1, 1), 1)),
        2 if is_even => raw(RawFormat::Yuyv, twins(random, frame, secrets, (2, 1), 4)),
        3 if is_even => {
            let luma = twins(random, frame, secrets, (1, 1), 1);
            let colour = twins(random, frame, secrets, (2, 2), 2);
            raw(RawFormat::Nv12, [0, 1].map(|at| [&luma[at][..], &colour[at]].concat()))
        }
        _ => {
            let camera = camera(random);
            twins(random, frame, secrets, (1, 1), 3)
                .map(|rgb| Frame::mjpeg(camera.mjpeg(frame, &rgb)).unwrap())
        }
    }
}

#[test]
fn what_is_secret_changes_no_bit_of_a_picture() {
    for number in rounds() {
        round(number, |random| {
            let view = view(random);
            let (plan, secrets) = (view.plan(), secrets(&view));
            let mut made = Vec::new();
            for _ in 0..PAIRS {
                let [one, other] = pair(random, view.scene.frame(), &secrets)
                    .map(|frame| develop(frame, &plan).unwrap().pictures().unwrap());
                assert!(files(&one) == files(&other), "the pictures differ");
                made = one;
            }
            for picture in made {
                let claim = Claim::new(&view.scene, view.crop, picture.size()).unwrap();
                prove(picture.into_bytes(), &claim).unwrap();
            }
        });
    }
}

/// Changes, cuts, insertions and repetitions at places of chance, more often in the header.
fn damage(random: &mut Rng, jpeg: &mut Vec<u8>) {
    for _ in 0..random.u8(1..6) {
        let end = if random.bool() { jpeg.len().min(700) } else { jpeg.len() };
        let at = random.usize(2.min(end - 1)..end);
        let length = random.usize(0..40).min(jpeg.len() - at);
        match random.u8(0..7) {
            0 => drop(jpeg.drain(at..at + length)),
            1 => jpeg.insert(at, random.u8(..)),
            2 => jpeg[at] = [0x00, 0xFF, 0xD8, 0xD9, 0xC0, 0xC4, 0xDA][random.usize(0..7)],
            3 => jpeg[at] ^= 1 << random.u8(0..8),
            4 => jpeg.truncate(at.max(3)),
            5 => {
                let part = jpeg[at..at + length].to_vec();
                jpeg.splice(at..at, part);
            }
            _ => jpeg[at] = random.u8(..),
        }
    }
}

/// By a decoder that neither darkroom nor proof uses in this way: every secret pixel looks like the fill.
fn assert_covered(view: &View, size: Size, jpeg: &[u8]) {
    let Ok(decoder) = JpegDecoder::new(Cursor::new(jpeg)) else { return };
    let Ok(picture) = DynamicImage::from_decoder(decoder) else { return };
    let (own, fill) = (view.crop.size(), view.scene.fill().rgb());
    for (x, y, pixel) in picture.pixels() {
        // The frame's pixel in the middle of this one.
        let part = |at: u32, made: u32, kept: u32| (2 * at + 1) * kept / (2 * made);
        let (fx, fy) = (part(x, size.width(), own.width()), part(y, size.height(), own.height()));
        if view.is_secret(view.crop.left() + fx, view.crop.top() + fy) {
            let off = pixel
                .0
                .iter()
                .zip(fill)
                .map(|(value, fill)| (i32::from(*value) - i32::from(fill)).abs())
                .max();
            assert!(off.unwrap_or(0) <= NEAR, "pixel {x},{y} is {off:?} from the fill");
        }
    }
}

#[test]
fn a_damaged_frame_is_refused_or_covered() {
    for number in rounds() {
        round(number, |random| {
            let view = view(random);
            let frame = view.scene.frame();
            let rgb = (0..frame.width() * frame.height() * 3).map(|_| random.u8(..)).collect::<Vec<u8>>();
            let mut jpeg = camera(random).mjpeg(frame, &rgb);
            damage(random, &mut jpeg);
            let Ok(frame) = Frame::mjpeg(jpeg) else { return };
            let plan = view.plan();
            let Ok(masked) = develop(frame, &plan) else { return };
            for picture in masked.pictures().unwrap() {
                assert_covered(&view, picture.size(), picture.as_bytes());
                let claim = Claim::new(&view.scene, view.crop, picture.size()).unwrap();
                prove(picture.into_bytes(), &claim).unwrap();
            }
        });
    }
}

#[test]
fn a_damaged_picture_is_not_proven_or_covered_all_the_same() {
    for number in rounds() {
        round(number, |random| {
            let view = view(random);
            let plan = view.plan();
            let noise = Frame::compressed_noise(view.scene.frame(), number);
            for picture in develop(noise, &plan).unwrap().pictures().unwrap() {
                let (size, mut bytes) = (picture.size(), picture.into_bytes());
                damage(random, &mut bytes);
                let claim = Claim::new(&view.scene, view.crop, size).unwrap();
                if let Ok(proven) = prove(bytes, &claim) {
                    assert_covered(&view, size, proven.as_bytes());
                }
            }
        });
    }
}

/// A test of the tests above: what is not covered is seen.
#[test]
#[should_panic = "from the fill"]
fn an_uncovered_picture_is_seen() {
    let view = View::usual(size(96, 80), &[]);
    let open = View { scene: Scene::new(size(96, 80), Show::All, Vec::new()).unwrap(), ..view.clone() };
    let noise = Frame::compressed_noise(size(96, 80), 1);
    let picture = develop(noise, &open.plan()).unwrap().pictures().unwrap().remove(0);
    assert_covered(&view, picture.size(), picture.as_bytes());
}
