//! Everything the darkroom makes passes the outside eye, which shares no code with it.

use lineshot_domain::{Caption, Crop, Fill, LocalDate, Scene, Show, StationId, ViewId};
use lineshot_picture::{Frame, Mark, RawFormat, develop};
use lineshot_proof::{Claim, ProofError, prove};
use proptest::prelude::*;

use crate::world::{View, bytes, cameras, mask, polygon, size, views};

/// Develops noise and proves every picture of it.
fn assert_proven(view: &View, frame: Frame) -> Result<(), ProofError> {
    let (plan, caption) = (view.plan(), caption());
    let pictures = develop(frame, &plan).unwrap().captioned(Some(&caption)).pictures().unwrap();
    assert_eq!(
        pictures.iter().map(|picture| picture.size()).collect::<Vec<_>>(),
        plan.sizes().collect::<Vec<_>>()
    );
    for picture in pictures {
        let claim = Claim::new(&view.scene, view.crop, picture.size()).unwrap();
        prove(picture.into_bytes(), &claim.captioned(Some(&caption)))?;
    }
    Ok(())
}

fn caption() -> Caption {
    Caption {
        station: StationId::parse("marriage").unwrap(),
        view: ViewId::parse("front").unwrap(),
        date: LocalDate::parse("2026-11-23").unwrap(),
        release: None,
        masks: "0123456789abcdef".to_owned(),
        program: "lineshot 1.0.0".to_owned(),
        simulated: false,
    }
}

#[test]
fn a_picture_says_what_was_claimed_and_nothing_else() {
    let view = View::usual(size(320, 240), &[160]);
    let (plan, ours) = (view.plan(), caption());
    let other = Caption { simulated: true, ..caption() };
    for (said, claimed, is_proven) in [
        (None, None, true),
        (Some(&ours), Some(&ours), true),
        (Some(&ours), None, false),
        (None, Some(&ours), false),
        (Some(&other), Some(&ours), false),
    ] {
        let noise = Frame::compressed_noise(size(320, 240), 1);
        for picture in develop(noise, &plan).unwrap().captioned(said).pictures().unwrap() {
            let claim = Claim::new(&view.scene, view.crop, picture.size()).unwrap().captioned(claimed);
            assert_eq!(prove(picture.into_bytes(), &claim).is_ok(), is_proven, "{said:?} {claimed:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_picture_of_any_view_is_proven(view in views(), seed: u64) {
        for noise in [Frame::noise(view.scene.frame(), seed), Frame::compressed_noise(view.scene.frame(), seed)] {
            let proven = assert_proven(&view, noise);
            prop_assert!(proven.is_ok(), "{:?}", proven);
        }
    }

    #[test]
    fn every_picture_of_a_compressed_frame_is_proven(view in views(), camera in cameras(), shade: [u8; 3]) {
        let frame = view.scene.frame();
        let rgb = shade.repeat((frame.width() * frame.height()) as usize);
        let proven = assert_proven(&view, Frame::mjpeg(camera.mjpeg(frame, &rgb)).unwrap());
        prop_assert!(proven.is_ok(), "{:?}", proven);
    }
}

/// Every colour can be told from another that is some steps away, and from what was there.
#[test]
fn covers_of_any_colour_are_proven_and_of_another_one_not() {
    for (colour, other) in [
        ("#000000", "#080808"),
        ("#ffffff", "#f0f0f0"),
        ("#d5001c", "#d5101c"),
        ("#0000ff", "#1000ff"),
        ("#00ff00", "#00ff20"),
        ("#606060", "#606870"),
    ] {
        let [right, wrong] = [colour, other].map(|colour| {
            let view = View::usual(size(320, 240), &[160]);
            View { scene: view.scene.filled(Fill::parse(colour).unwrap()), mark: Mark::None, ..view }
        });
        let (frame, grey) = (size(320, 240), vec![200; 320 * 240]);
        let frames = [
            Frame::noise(frame, 2),
            Frame::compressed_noise(frame, 2),
            Frame::raw(RawFormat::Grey, frame, grey).unwrap(),
        ];
        for noise in frames {
            for picture in develop(noise, &right.plan()).unwrap().pictures().unwrap() {
                let [proven, refuted] = [&right, &wrong].map(|view| {
                    let claim = Claim::new(&view.scene, view.crop, picture.size()).unwrap();
                    prove(picture.as_bytes().to_vec(), &claim)
                });
                assert!(proven.is_ok(), "{colour}: {proven:?}");
                assert!(matches!(refuted, Err(ProofError::Uncovered(_))), "{colour} as {other}");
            }
        }
    }
}

/// Colour is shared by pixels; whoever shares it with a covered pixel must not bring it into view.
#[test]
fn every_format_that_is_not_compressed_is_proven() {
    for (width, height) in [(64, 48), (320, 240), (1280, 720)] {
        let frame = size(width, height);
        let pixels = (width * height) as usize;
        for (format, len) in
            [(RawFormat::Yuyv, pixels * 2), (RawFormat::Nv12, pixels / 2 * 3), (RawFormat::Grey, pixels)]
        {
            let mut random = bytes(7);
            let noise = (0..len).map(|_| random()).collect();
            let smaller: &[u32] = if width > 640 { &[640] } else { &[] };
            assert_proven(&View::usual(frame, smaller), Frame::raw(format, frame, noise).unwrap()).unwrap();
        }
    }
}

#[test]
fn frames_of_odd_and_usual_sizes_are_proven() {
    for (width, height) in [(1507, 1001), (768, 432), (1920, 1080), (64, 16), (65, 17)] {
        let frame = size(width, height);
        let smaller: Vec<u32> = [1280, 640, 320, 65].into_iter().filter(|&smaller| smaller < width).collect();
        let smaller = if height < 32 { Vec::new() } else { smaller };
        assert_proven(&View::usual(frame, &smaller), Frame::noise(frame, 1)).unwrap();
    }
}

#[test]
fn polygons_along_borders_of_frame_crop_and_blocks_are_proven() {
    let frame = size(160, 128);
    for corners in [
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)],
        [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)],
        [(0.1, 0.125), (0.9, 0.125), (0.9, 0.875), (0.1, 0.875)],
        [(0.0, 0.3), (0.5, 0.0), (1.0, 0.5), (0.5, 1.0)],
        [(0.000_001, 0.000_001), (0.999_999, 0.000_001), (0.999_999, 0.999_999), (0.000_001, 0.999_999)],
    ] {
        let shown = Show::Within(vec![polygon(&corners).unwrap()]);
        for (show, masks) in [(shown, Vec::new()), (Show::All, vec![mask(&corners)])] {
            let scene = Scene::new(frame, show, masks).unwrap();
            for crop in [Crop::whole(frame), Crop::pixels(frame, 16, 16, 128, 96).unwrap()] {
                let view =
                    View { scene: scene.clone(), crop, smaller: vec![100, 64], mark: Mark::Unreleased };
                assert_proven(&view, Frame::noise(frame, 2)).unwrap();
            }
        }
    }
}

/// A test of the tests above: noise that is not covered does not pass.
#[test]
fn noise_without_its_cover_is_not_proven() {
    let frame = size(160, 128);
    let open = Scene::new(frame, Show::All, Vec::new()).unwrap();
    let plan = lineshot_picture::Plan::new(&open, Crop::whole(frame), &[80], Mark::None).unwrap();
    let scene = View::usual(frame, &[]).scene;
    for picture in develop(Frame::noise(frame, 3), &plan).unwrap().pictures().unwrap() {
        let claim = Claim::new(&scene, Crop::whole(frame), picture.size()).unwrap();
        assert!(matches!(prove(picture.into_bytes(), &claim), Err(ProofError::Uncovered(_))));
    }
}
