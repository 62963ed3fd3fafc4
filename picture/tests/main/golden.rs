//! Pictures that must come out the same, bit by bit, until someone means them to change.

use lineshot_domain::{Crop, Scene, Show};
use lineshot_picture::{Frame, Label, Mark, RawFormat, develop};
use lineshot_proof::{Claim, prove};

use crate::world::{View, mask, size};

fn gradient(width: u32, height: u32) -> Frame {
    let rgb = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [x * 255 / width, y * 255 / height, (x + y) % 256]))
        .map(|value| value as u8)
        .collect();
    Frame::raw(RawFormat::Rgb, size(width, height), rgb).unwrap()
}

/// Size and SHA-256 of each picture.
fn hashes(view: &View, frame: Frame) -> Vec<String> {
    let plan = view.plan();
    let pictures = develop(frame, &plan).unwrap().pictures().unwrap();
    let line = |picture: lineshot_picture::MaskedJpeg| {
        let (size, label) = (picture.size(), picture.label());
        let claim = Claim::new(&view.scene, view.crop, size).unwrap();
        let hash = prove(picture.into_bytes(), &claim).unwrap().sha256_hex();
        let name = match label {
            Label::Full => "full".to_string(),
            Label::Width(width) => width.to_string(),
        };
        format!("{name} {}x{} {hash}", size.width(), size.height())
    };
    pictures.into_iter().map(line).collect()
}

#[test]
fn an_unreleased_view_with_a_smaller_size() {
    let frame = size(320, 200);
    assert_eq!(
        hashes(&View::usual(frame, &[160]), gradient(320, 200)),
        [
            "full 320x200 4472024a2cb8f37ee7fd5adbfef61edaf4a068d4f34e532bf2b578bb36eda126",
            "160 160x100 35f8200fd610c2fabd05d5d2e691e5465cf66a6c83cf6bc9b7715c78ea27d489",
        ]
    );
}

#[test]
fn a_cropped_view_without_a_mark() {
    let frame = size(201, 133);
    let scene = Scene::new(frame, Show::All, vec![mask(&[(0.2, 0.2), (0.5, 0.3), (0.3, 0.6)])]).unwrap();
    let crop = Crop::pixels(frame, 13, 7, 171, 101).unwrap();
    let view = View { scene, crop, smaller: vec![100], mark: Mark::None };
    assert_eq!(
        hashes(&view, gradient(201, 133)),
        [
            "full 171x101 fbc9f1703d2d7ff35bab2892738c31de32397f858a1b8553d53e3d62dfc3917b",
            "100 100x59 0ac919d2eb3f58479cbc4f3f6eb49146f9ab375e3303951f8f30e39f0b0851e6",
        ]
    );
}

#[test]
fn a_grey_frame() {
    let frame = size(160, 96);
    let grey = (0..96).flat_map(|y| (0..160).map(move |x| (x + 2 * y) as u8)).collect();
    let view = View::usual(frame, &[]);
    assert_eq!(
        hashes(&view, Frame::raw(RawFormat::Grey, frame, grey).unwrap()),
        ["full 160x96 d8b9e65bda91b8053dd569f0cd56c894549d6643191ccca1948f86c9be28c2d5"]
    );
}
