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
            "full 320x200 5353a5d1dd34187f28288d75277956cebd036fb6030c3a36db0429dd09a5fe1b",
            "160 160x100 52fddaba5c16a22ef97dd207b14e31a001381ec6c3aa2c7d26fed4a59d343ab4",
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
            "full 171x101 3b2ee3ac720236608a26e98aca7226da4048ab099738767ab4495dea3d6727ff",
            "100 100x59 9f935b7fe1f61637847b9bf2867bbfe042c3fd150b11a976510452c81093b9a8",
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
        ["full 160x96 4cf248099635e9eeb6dcfa4bc6971560b4de704c2731718b4bc2a38e9022697f"]
    );
}
