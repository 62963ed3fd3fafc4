//! A darkroom that does its work wrong is caught by the proof, in whatever step.

use image::{DynamicImage, ImageFormat, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lineshot_domain::{Crop, Scene, Show, Size};
use lineshot_picture::{Frame, Mark, develop};
use lineshot_proof::{Claim, ProofError, prove};

use crate::world::{View, mask, size};

/// Two masks in 320×240.
fn view() -> View {
    let masks = vec![
        mask(&[(0.1, 0.1), (0.4, 0.15), (0.3, 0.5)]),
        mask(&[(0.6, 0.55), (0.9, 0.6), (0.8, 0.9), (0.6, 0.8)]),
    ];
    let frame = size(320, 240);
    let scene = Scene::new(frame, Show::All, masks).unwrap();
    View { scene, crop: Crop::whole(frame), smaller: vec![160], mark: Mark::None }
}

/// The pictures that a darkroom makes which believes in another view, of a frame as a camera compresses it and of one
/// that it does not.
fn made(believed: &View) -> Vec<(Size, Vec<u8>)> {
    let frame = believed.scene.frame();
    [Frame::noise(frame, 1), Frame::compressed_noise(frame, 1)]
        .into_iter()
        .flat_map(|noise| develop(noise, &believed.plan()).unwrap().pictures().unwrap())
        .map(|picture| (picture.size(), picture.into_bytes()))
        .collect()
}

fn judged(view: &View, size: Size, jpeg: Vec<u8>) -> Result<(), ProofError> {
    prove(jpeg, &Claim::new(&view.scene, view.crop, size).unwrap()).map(drop)
}

fn pixels(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap().to_rgb8()
}

fn encoded(pixels: &RgbImage) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, 90);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    let (width, height) = (pixels.width() as u16, pixels.height() as u16);
    encoder.encode(pixels.as_raw(), width, height, ColorType::Rgb).unwrap();
    jpeg
}

/// All of them are refused because something is not covered.
fn all_are_caught(view: &View, pictures: Vec<(Size, Vec<u8>)>) {
    for (size, jpeg) in pictures {
        let error = judged(view, size, jpeg).unwrap_err();
        assert!(matches!(error, ProofError::Uncovered(_)), "{size:?}: {error:?}");
    }
}

#[test]
fn pictures_of_a_whole_darkroom_are_proven() {
    let view = view();
    for (size, jpeg) in made(&view) {
        judged(&view, size, jpeg.clone()).unwrap();
        // Also after a decoder and an encoder: what follows is caught for what it does.
        judged(&view, size, encoded(&pixels(&jpeg))).unwrap();
    }
}

#[test]
fn a_masker_that_forgets_a_mask_or_a_corner_of_one_is_caught() {
    let view = view();
    let frame = view.scene.frame();
    for forgotten in 0..2 {
        let mut masks = view.scene.masks().to_vec();
        masks.remove(forgotten);
        let scene = Scene::new(frame, Show::All, masks).unwrap();
        all_are_caught(&view, made(&View { scene, ..view.clone() }));
    }
    let masks = vec![view.scene.masks()[0].clone(), mask(&[(0.6, 0.55), (0.8, 0.9), (0.6, 0.8)])];
    let scene = Scene::new(frame, Show::All, masks).unwrap();
    all_are_caught(&view, made(&View { scene, ..view.clone() }));
}

#[test]
fn a_masker_without_the_margin_for_what_a_camera_may_have_moved_is_caught() {
    let view = view();
    // Exactly the mask and not a block more: what lies within five pixels beside it is not the fill.
    let (size, jpeg) =
        made(&View { scene: Scene::new(size(320, 240), Show::All, vec![]).unwrap(), ..view.clone() })
            .remove(0);
    let mut pixels = pixels(&jpeg);
    for (x, y, pixel) in pixels.enumerate_pixels_mut() {
        let near = |x: u32, y: u32| (0..8).any(|dy| (0..8).any(|dx| view.is_secret(x + dx, y + dy)));
        if near(x / 8 * 8, y / 8 * 8) {
            pixel.0 = [96; 3];
        }
    }
    all_are_caught(&view, vec![(size, encoded(&pixels))]);
}

#[test]
fn a_transform_that_moves_mirrors_turns_or_crops_wrongly_is_caught() {
    let view = view();
    for (size, jpeg) in made(&view) {
        let picture = DynamicImage::ImageRgb8(pixels(&jpeg));
        let mut moved = picture.to_rgb8();
        image::imageops::replace(&mut moved, &picture.to_rgb8(), 24, 0);
        for wrong in
            [moved, picture.fliph().to_rgb8(), picture.flipv().to_rgb8(), picture.rotate180().to_rgb8()]
        {
            all_are_caught(&view, vec![(size, encoded(&wrong))]);
        }
    }
    let frame = view.scene.frame();
    // The part beside the one that was released.
    let [released, wrong] = [32, 64].map(|left| Crop::pixels(frame, left, 0, 240, 240).unwrap());
    let [released, wrong] = [released, wrong].map(|crop| View { crop, ..view.clone() });
    all_are_caught(&released, made(&wrong));
}

#[test]
fn who_writes_after_the_cover_is_caught() {
    let view = view();
    for (size, jpeg) in made(&view) {
        // A word, a dot, or what was there before it was covered.
        let scale = size.width() / 160;
        for (width, height) in [(size.width(), 12), (2, 2)] {
            let mut late = pixels(&jpeg);
            let (left, top) = if width == 2 { (40 * scale, 30 * scale) } else { (0, 30 * scale) };
            for (x, y) in (top..top + height).flat_map(|y| (left..left + width).map(move |x| (x, y))) {
                late.put_pixel(x, y, image::Rgb([255, 191, 0]));
            }
            all_are_caught(&view, vec![(size, encoded(&late))]);
        }
        // Or into the file, where nobody looks at it.
        let thumbnail = encoded(&RgbImage::from_pixel(16, 16, image::Rgb([1, 2, 3])));
        let length = (thumbnail.len() as u16 + 2).to_be_bytes();
        for marker in [0xE0, 0xE1, 0xE2, 0xFE] {
            let segment = [&[0xFF, marker], &length[..], &thumbnail].concat();
            let file = [&jpeg[..20], &segment, &jpeg[20..]].concat();
            assert!(matches!(judged(&view, size, file), Err(ProofError::Grammar(_))), "{marker:#x}");
        }
        let file = [&jpeg[..], &thumbnail].concat();
        assert!(matches!(judged(&view, size, file), Err(ProofError::Grammar(_))));
    }
}
