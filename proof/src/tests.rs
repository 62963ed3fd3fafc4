//! Pictures made here, by an encoder and a cover of these tests' own: the darkroom has no part in them.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lineshot_domain::{Fraction, Mask, Point, Polygon, Show};
use proptest::prelude::*;

use super::*;

mod caption;

const GREY: [u8; 3] = [96; 3];

fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).unwrap()
}

fn polygon(corners: &[(f64, f64)]) -> Option<Polygon> {
    let point = |&(x, y): &(f64, f64)| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
    Polygon::new(corners.iter().map(point).collect()).ok()
}

fn mask(corners: &[(f64, f64)]) -> Mask {
    Mask { name: "robot".into(), polygon: polygon(corners).unwrap() }
}

/// Shown is most of the frame, with a mask in it.
fn scene(frame: Size) -> Scene {
    let shown = polygon(&[(0.1, 0.1), (0.9, 0.15), (0.85, 0.9), (0.1, 0.95)]).unwrap();
    Scene::new(frame, Show::Within(vec![shown]), vec![mask(&[(0.3, 0.3), (0.6, 0.35), (0.4, 0.7)])]).unwrap()
}

/// Brightly coloured pixels, none of them near the fill.
fn busy(size: Size) -> Vec<u8> {
    (0..size.width() * size.height())
        .flat_map(|i| [200 + (i % 50) as u8, (i / 7 % 60) as u8, (i / size.width() % 40) as u8])
        .collect()
}

/// The blocks that the claim wants covered.
fn blocks(claim: &Claim<'_>) -> Vec<(u32, u32)> {
    let required = raster::required(claim.scene, claim.crop, claim.size);
    let (width, height) = (claim.size.width(), claim.size.height());
    // A pixel, and the four of the frame that a camera may have moved.
    let reach = 1 + 4 * width / claim.crop.size().width();
    let near = |left: u32, top: u32| {
        (top.saturating_sub(reach)..(top + 8 + reach).min(height)).any(|y| {
            (left.saturating_sub(reach)..(left + 8 + reach).min(width)).any(|x| required.row(y)[x as usize])
        })
    };
    (0..height)
        .step_by(8)
        .flat_map(|top| (0..width).step_by(8).map(move |left| (left, top)))
        .filter(|&(left, top)| near(left, top))
        .collect()
}

fn fill(rgb: &mut [u8], size: Size, (left, top): (u32, u32), colour: [u8; 3]) {
    for y in top..(top + 8).min(size.height()) {
        for x in left..(left + 8).min(size.width()) {
            let at = (y * size.width() + x) as usize * 3;
            rgb[at..at + 3].copy_from_slice(&colour);
        }
    }
}

fn covered(claim: &Claim<'_>) -> Vec<u8> {
    let mut rgb = busy(claim.size);
    for block in blocks(claim) {
        fill(&mut rgb, claim.size, block, GREY);
    }
    rgb
}

fn encode_as(rgb: &[u8], size: Size, set: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, 88);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    set(&mut encoder);
    encoder.encode(rgb, size.width() as u16, size.height() as u16, ColorType::Rgb).unwrap();
    jpeg
}

fn encode(rgb: &[u8], size: Size) -> Vec<u8> {
    encode_as(rgb, size, |_| {})
}

#[test]
fn a_covered_picture_is_proven_with_its_hash() {
    let frame = size(203, 121);
    let scene = scene(frame);
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    let jpeg = encode(&covered(&claim), frame);
    let proven = prove(jpeg.clone(), &claim).unwrap();
    assert_eq!(proven.as_bytes(), jpeg);
    assert_eq!(proven.size(), frame);
    assert_eq!(proven.sha256(), <[u8; 32]>::from(Sha256::digest(&jpeg)));
    let hex: String = Sha256::digest(&jpeg).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        (proven.sha256_hex(), format!("{proven:?}")),
        (hex.clone(), format!("Proven(203x121, {hex})"))
    );
}

#[test]
fn every_single_uncovered_block_is_found() {
    let frame = size(120, 90);
    let scene = scene(frame);
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    let good = covered(&claim);
    let all = blocks(&claim);
    assert!(all.len() > 50);
    for block in all {
        let mut bad = good.clone();
        fill(&mut bad, frame, block, [90, 104, 96]);
        let error = prove(encode(&bad, frame), &claim).unwrap_err();
        let ProofError::Uncovered(found) = error else { panic!("{error:?}") };
        assert_eq!((found.x / 8 * 8, found.y / 8 * 8), block);
    }
}

#[test]
fn a_single_leaking_pixel_is_found() {
    let frame = size(64, 64);
    let scene = Scene::new(frame, Show::All, vec![mask(&[(0.5, 0.5), (0.51, 0.5), (0.5, 0.51)])]).unwrap();
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    let mut rgb = covered(&claim);
    assert!(prove(encode(&rgb, frame), &claim).is_ok());
    rgb[(33 * 64 + 34) * 3..][..3].copy_from_slice(&[160, 160, 160]);
    let Err(ProofError::Uncovered(found)) = prove(encode(&rgb, frame), &claim) else {
        panic!("it was not found")
    };
    // The transform spreads it over its block of eight.
    assert!((32..40).contains(&found.x) && (32..40).contains(&found.y), "{found}");
    let told = format!("the block of pixel {},{} is not the fill (Y deviates, as ", found.x, found.y);
    assert!(found.to_string().starts_with(&told), "{found}");
}

#[test]
fn a_picture_shifted_by_a_block_is_found() {
    let frame = size(160, 120);
    let scene = scene(frame);
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    let good = covered(&claim);
    for shift in [8 * 3, 160 * 3 * 8] {
        let mut right = good.clone();
        right.rotate_right(shift);
        let mut left = good.clone();
        left.rotate_left(shift);
        for bad in [right, left] {
            assert!(matches!(prove(encode(&bad, frame), &claim), Err(ProofError::Uncovered(_))));
        }
    }
}

#[test]
fn a_picture_of_another_size_or_shape_is_refused() {
    let frame = size(160, 120);
    let scene = scene(frame);
    let whole = Crop::whole(frame);
    let claim = Claim::new(&scene, whole, frame).unwrap();
    let other = size(168, 120);
    let jpeg = encode(&busy(other), other);
    let error = prove(jpeg, &claim).unwrap_err();
    assert!(matches!(error, ProofError::Grammar(GrammarError::Size { .. })), "{error:?}");
    for bad in [size(161, 121), size(80, 62), size(320, 240)] {
        assert!(Claim::new(&scene, whole, bad).is_err(), "{bad:?}");
    }
    let foreign = Crop::whole(size(161, 120));
    assert!(matches!(Claim::new(&scene, foreign, frame), Err(ClaimError::Crop { .. })));
}

/// Puts `part` behind the JFIF header.
fn insert(jpeg: &[u8], part: &[u8]) -> Vec<u8> {
    [&jpeg[..20], part, &jpeg[20..]].concat()
}

#[test]
fn a_file_has_no_place_for_anything_but_the_picture() {
    let frame = size(96, 80);
    let scene = scene(frame);
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    let rgb = covered(&claim);
    let good = encode(&rgb, frame);
    assert!(prove(good.clone(), &claim).is_ok());
    let foreign = |marker| move |error: &ProofError| matches!(error, ProofError::Grammar(GrammarError::Foreign { marker: found, .. }) if *found == marker);
    let malformed = |error: &ProofError| matches!(error, ProofError::Grammar(GrammarError::Malformed { .. }));
    let trailing = |error: &ProofError| matches!(error, ProofError::Grammar(GrammarError::Trailing(_)));
    type Is<'a> = Box<dyn Fn(&ProofError) -> bool + 'a>;
    let mut thumbnail = good.clone();
    (thumbnail[18], thumbnail[19]) = (1, 1);
    let mut early_end = good.clone();
    let middle = good.len() - 40;
    early_end[middle..middle + 2].copy_from_slice(&[0xFF, 0xD9]);
    let mut inner = good.clone();
    inner[middle..middle + 2].copy_from_slice(&[0xFF, 0xD8]);
    let quantiser = good.windows(2).position(|pair| pair == [0xFF, 0xDB]).unwrap();
    let cases: Vec<(&str, Vec<u8>, Is<'_>)> = vec![
        ("EXIF", insert(&good, &[0xFF, 0xE1, 0, 8, b'E', b'x', b'i', b'f', 0, 0]), Box::new(foreign(0xE1))),
        ("comment", insert(&good, &[0xFF, 0xFE, 0, 3, b'x']), Box::new(foreign(0xFE))),
        ("second JFIF", insert(&good, &good[2..20]), Box::new(foreign(0xE0))),
        ("restart interval", insert(&good, &[0xFF, 0xDD, 0, 4, 0, 1]), Box::new(foreign(0xDD))),
        ("DNL", insert(&good, &[0xFF, 0xDC, 0, 4, 0, 80]), Box::new(foreign(0xDC))),
        ("second start", insert(&good, &[0xFF, 0xD8]), Box::new(foreign(0xD8))),
        ("fill byte", insert(&good, &[0xFF]), Box::new(foreign(0xFF))),
        ("second table", insert(&good, &good[quantiser..quantiser + 69]), Box::new(malformed)),
        ("loose bytes", insert(&good, &[0]), Box::new(malformed)),
        ("thumbnail", thumbnail, Box::new(malformed)),
        ("trailing byte", [&good[..], &[0]].concat(), Box::new(trailing)),
        ("second picture", [&good[..], &good[..]].concat(), Box::new(trailing)),
        ("early end", early_end, Box::new(trailing)),
        ("start inside", inner, Box::new(foreign(0xD8))),
        ("cut off", good[..good.len() - 1].to_vec(), Box::new(malformed)),
        ("cut off before the end", good[..good.len() - 2].to_vec(), Box::new(malformed)),
        ("progressive", encode_as(&rgb, frame, |e| e.set_progressive(true)), Box::new(foreign(0xC2))),
        ("restarts", encode_as(&rgb, frame, |e| e.set_restart_interval(4)), Box::new(foreign(0xDD))),
        (
            "4:1:1",
            encode_as(&rgb, frame, |e| e.set_sampling_factor(SamplingFactor::R_4_1_1)),
            Box::new(malformed),
        ),
        ("nothing", Vec::new(), Box::new(malformed)),
    ];
    for (name, file, is_expected) in cases {
        let error = prove(file, &claim).expect_err(name);
        assert!(is_expected(&error), "{name}: {error:?}");
    }
}

/// In whatever way a camera shares colour between pixels, a cover of whole units with a unit round it is one.
#[test]
fn colour_may_be_shared_by_pixels() {
    let frame = size(203, 121);
    let scene = scene(frame);
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    for sampling in [SamplingFactor::R_4_2_0, SamplingFactor::R_4_2_2, SamplingFactor::R_4_4_0] {
        let encode = |rgb: &[u8]| encode_as(rgb, frame, |e| e.set_sampling_factor(sampling));
        let mut rgb = busy(frame);
        let wanted = blocks(&claim);
        let near =
            |x: u32, y: u32| wanted.iter().any(|(left, top)| left.abs_diff(x) <= 16 && top.abs_diff(y) <= 16);
        for (x, y) in (0..121).step_by(16).flat_map(|y| (0..203).step_by(16).map(move |x| (x, y))) {
            if near(x, y) || near(x + 8, y) || near(x, y + 8) || near(x + 8, y + 8) {
                for part in [(x, y), (x + 8, y), (x, y + 8), (x + 8, y + 8)] {
                    fill(&mut rgb, frame, part, GREY);
                }
            }
        }
        assert!(prove(encode(&rgb), &claim).is_ok(), "{sampling:?}");
        // Only what has to be covered: its colour is mixed with what is beside it.
        assert!(
            matches!(prove(encode(&covered(&claim)), &claim), Err(ProofError::Uncovered(_))),
            "{sampling:?}"
        );
    }
}

/// One step of the finest quantiser up and down: no decoder is off by more than the tolerance.
#[test]
fn a_pattern_below_the_tolerance_is_no_fill() {
    let frame = size(96, 80);
    let scene = scene(frame);
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    let mut rgb = covered(&claim);
    let (left, top) = blocks(&claim)[0];
    for (x, y) in (0..8).flat_map(|y| (0..4).map(move |x| (left + x, top + y))) {
        let at = ((y * frame.width() + x) * 3) as usize;
        rgb[at..at + 3].copy_from_slice(&[98; 3]);
    }
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, 100);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    encoder.encode(&rgb, 96, 80, ColorType::Rgb).unwrap();
    let error = prove(jpeg, &claim).unwrap_err();
    assert!(matches!(&error, ProofError::Uncovered(Uncovered { witness: Witness::Coded, .. })), "{error:?}");
}

/// Neither more blocks than the picture has, nor fewer, nor anything between the last and the end.
#[test]
fn the_coded_data_is_the_pictures_and_nothing_else() {
    let frame = size(96, 80);
    let scene = scene(frame);
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    let good = encode(&covered(&claim), frame);
    let coded = |error: &ProofError| matches!(error, ProofError::Grammar(GrammarError::Coded { .. }));
    for more in [&[0x00][..], &[0xFF, 0x00], &[0x28, 0xA2, 0x8A, 0x28, 0xA2]] {
        let file = [&good[..good.len() - 2], more, &[0xFF, 0xD9]].concat();
        assert!(coded(&prove(file, &claim).unwrap_err()), "{more:?}");
    }
    let fewer = [&good[..good.len() - 12], &[0xFF, 0xD9]].concat();
    assert!(coded(&prove(fewer, &claim).unwrap_err()));
}

#[test]
fn no_prefix_of_a_picture_is_a_picture() {
    let frame = size(64, 48);
    let scene = scene(frame);
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    let good = encode(&covered(&claim), frame);
    for end in 0..good.len() {
        assert!(prove(good[..end].to_vec(), &claim).is_err(), "{end}");
    }
}

#[test]
fn an_error_does_not_tell_what_was_seen() {
    let frame = size(64, 64);
    let scene = Scene::new(frame, Show::All, vec![mask(&[(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])]).unwrap();
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    let told = |grey: u8| {
        let error = prove(encode(&vec![grey; 64 * 64 * 3], frame), &claim).unwrap_err();
        format!("{error} {error:?} {:?}", std::error::Error::source(&error).map(ToString::to_string))
    };
    assert_eq!(told(10), told(250));
}

fn corners() -> impl Strategy<Value = Option<Polygon>> {
    prop::collection::vec((0.0_f64..=1.0, 0.0_f64..=1.0), 3..7).prop_map(|corners| polygon(&corners))
}

prop_compose! {
    /// Any scene of random simple polygons, with any crop and size.
    fn claims()(
        width in 72_u32..200, height in 72_u32..160,
        shown in prop::collection::vec(corners(), 0..3),
        masks in prop::collection::vec(corners(), 0..3),
        (left, top, right, bottom) in (0.0_f64..0.3, 0.0_f64..0.3, 0.7_f64..=1.0, 0.7_f64..=1.0),
        zoom in 0.6_f64..=1.0,
    ) -> (Scene, Crop, Size) {
        let frame = size(width, height);
        let shown: Vec<_> = shown.into_iter().flatten().collect();
        let show = if shown.is_empty() { Show::All } else { Show::Within(shown) };
        let masks = masks.into_iter().flatten().map(|polygon| Mask { name: "m".into(), polygon }).collect();
        let scene = Scene::new(frame, show, masks).unwrap();
        let at = |fraction: f64, length: u32| (fraction * f64::from(length)) as u32;
        let (x, y) = (at(left, width), at(top, height));
        let crop = Crop::pixels(frame, x, y, at(right, width) - x, at(bottom, height) - y).unwrap();
        let own = crop.size();
        let made = (f64::from(own.width()) * zoom).ceil() as u32;
        let high = f64::from(own.height()) * f64::from(made) / f64::from(own.width());
        (scene, crop, size(made, high.round() as u32))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Points inside by the definition, with no grid and no scanline, as a third opinion.
    #[test]
    fn whatever_is_confidential_by_definition_is_required((scene, crop, size) in claims(), seed: u64) {
        let required = raster::required(&scene, crop, size);
        let mut random = seed;
        for _ in 0..500 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (x, y) = ((random >> 40) as u32 % size.width(), (random >> 16 & 0xFF_FFFF) as u32 % size.height());
            let across = f64::from(crop.size().width()) / f64::from(size.width());
            let down = f64::from(crop.size().height()) / f64::from(size.height());
            let point = (
                (f64::from(crop.left()) + (f64::from(x) + 0.3) * across) / f64::from(scene.frame().width()),
                (f64::from(crop.top()) + (f64::from(y) + 0.7) * down) / f64::from(scene.frame().height()),
            );
            let masked = scene.masks().iter().any(|mask| winds(&mask.polygon, point));
            let shown = match scene.show() {
                Show::All => true,
                Show::Within(polygons) => polygons.iter().any(|polygon| winds(polygon, point)),
            };
            // What the walk misses at a pixel's corner, the next pixel has.
            let near = (y.saturating_sub(1)..(y + 2).min(size.height())).any(|y| {
                required.row(y)[x.saturating_sub(1) as usize..(x as usize + 2).min(size.width() as usize)]
                    .contains(&true)
            });
            prop_assert!(near || (!masked && shown), "pixel {x},{y}");
        }
    }

    #[test]
    fn a_covered_picture_of_any_scene_is_proven_and_one_block_less_is_not(
        (scene, crop, size) in claims(), pick: prop::sample::Index,
    ) {
        let claim = Claim::new(&scene, crop, size).unwrap();
        let mut rgb = covered(&claim);
        prop_assert!(prove(encode(&rgb, size), &claim).is_ok());
        let blocks = blocks(&claim);
        if !blocks.is_empty() {
            fill(&mut rgb, size, blocks[pick.index(blocks.len())], [220, 30, 30]);
            prop_assert!(prove(encode(&rgb, size), &claim).is_err());
        }
    }

    #[test]
    fn damage_never_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let frame = size(64, 48);
        let scene = scene(frame);
        let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
        let mut jpeg = encode(&covered(&claim), frame);
        for (at, byte) in changes {
            let at = at.index(jpeg.len());
            jpeg[at] = byte;
        }
        // Either is right, depending on the byte; a proven one is the claim's size.
        prop_assert!(prove(jpeg, &claim).map_or(true, |proven| proven.size() == frame));
    }
}

/// Even-odd by a ray to the right, in fractions.
fn winds(polygon: &Polygon, (x, y): (f64, f64)) -> bool {
    let corners: Vec<_> = polygon.corners().iter().map(|p| (p.x.value(), p.y.value())).collect();
    (0..corners.len())
        .filter(|&i| {
            let (a, b) = (corners[i], corners[(i + 1) % corners.len()]);
            (a.1 > y) != (b.1 > y) && x < a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0)
        })
        .count()
        % 2
        == 1
}
