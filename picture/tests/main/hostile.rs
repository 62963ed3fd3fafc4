//! Frames as broken cameras, cables and people send them.

use lineshot_picture::{DevelopError, Frame, JpegError, develop};
use lineshot_proof::{Claim, prove};
use proptest::prelude::*;

use crate::world::{Camera, PLAIN, View, bytes, cameras, files, size};

/// A view and one picture of the right size.
fn usual(camera: Camera) -> (View, Vec<u8>) {
    let frame = size(120, 88);
    let mut random = bytes(5);
    let rgb: Vec<u8> = (0..120 * 88 * 3).map(|i| (i / 97) as u8 ^ random() >> 4).collect();
    (View::usual(frame, &[64]), camera.mjpeg(frame, &rgb))
}

fn refusal(view: &View, jpeg: Vec<u8>) -> DevelopError {
    develop(Frame::mjpeg(jpeg).unwrap(), &view.plan()).unwrap_err()
}

/// Where the segment with this marker begins.
fn find(jpeg: &[u8], marker: u8) -> usize {
    jpeg.windows(2).position(|pair| pair == [0xFF, marker]).unwrap()
}

#[test]
fn a_frame_without_huffman_tables_is_developed_by_the_standard_ones() {
    let (view, jpeg) = usual(PLAIN);
    let plan = view.plan();
    let (start, scan) = (find(&jpeg, 0xC4), find(&jpeg, 0xDA));
    let without = [&jpeg[..start], &jpeg[scan..]].concat();
    let [with, without] =
        [jpeg, without].map(|jpeg| develop(Frame::mjpeg(jpeg).unwrap(), &plan).unwrap().pictures().unwrap());
    assert!(files(&with) == files(&without));
}

#[test]
fn metadata_of_the_camera_changes_nothing() {
    let (view, jpeg) = usual(PLAIN);
    let plan = view.plan();
    // An orientation "upright", an Adobe segment "these are RGB", a comment, fill bytes.
    let exif = [
        &[0xFF, 0xE1, 0, 34][..],
        b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0",
    ]
    .concat();
    let adobe = [&[0xFF, 0xEE, 0, 14][..], b"Adobe\0\x64\0\0\0\0\0"].concat();
    let more = [&exif[..], &adobe, &[0xFF, 0xFE, 0, 4, 1, 2], &[0xFF, 0xFF]].concat();
    let with = [&jpeg[..2], &more, &jpeg[2..]].concat();
    let [with, without] =
        [with, jpeg].map(|jpeg| develop(Frame::mjpeg(jpeg).unwrap(), &plan).unwrap().pictures().unwrap());
    assert!(files(&with) == files(&without));
}

#[test]
fn a_frame_that_says_to_be_turned_is_refused() {
    let (view, jpeg) = usual(PLAIN);
    let plan = view.plan();
    for orientation in 2..=8 {
        let exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0";
        let segment = [&[0xFF, 0xE1, 0, 34][..], exif, &[orientation, 0, 0, 0, 0, 0, 0]].concat();
        let frame = Frame::mjpeg([&jpeg[..2], &segment, &jpeg[2..]].concat()).unwrap();
        let error = develop(frame, &plan).unwrap_err();
        assert!(
            matches!(error, DevelopError::Jpeg(JpegError::Turned(it)) if it == u16::from(orientation)),
            "{error}"
        );
    }
}

#[test]
fn a_grey_frame_is_developed() {
    let frame = size(120, 88);
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 85);
    encoder.encode(&[200; 120 * 88], 120, 88, jpeg_encoder::ColorType::Luma).unwrap();
    let view = View::usual(frame, &[64]);
    let plan = view.plan();
    let pictures = develop(Frame::mjpeg(jpeg).unwrap(), &plan).unwrap().pictures().unwrap();
    for picture in pictures {
        let claim = Claim::new(&view.scene, view.crop, picture.size()).unwrap();
        prove(picture.into_bytes(), &claim).unwrap();
    }
}

#[test]
fn a_frame_of_another_size_is_refused_before_it_is_decoded() {
    let (view, jpeg) = usual(PLAIN);
    let dimensions = find(&jpeg, 0xC0) + 5;
    for (height, width, is_a_size) in [
        (88_u16, 128_u16, true),
        (120, 88, true),
        (16_384, 16_384, true),
        (65_535, 65_535, false),
        (0, 120, false),
    ] {
        let mut other = jpeg.clone();
        other[dimensions..dimensions + 2].copy_from_slice(&height.to_be_bytes());
        other[dimensions + 2..dimensions + 4].copy_from_slice(&width.to_be_bytes());
        // Without coded data: it must not come to that.
        other.truncate(find(&other, 0xDA) + 14);
        match refusal(&view, other) {
            DevelopError::Size { expected, found } => {
                assert!(is_a_size);
                assert_eq!(expected, view.scene.frame());
                assert_eq!((found.width(), found.height()), (width.into(), height.into()));
            }
            error => assert!(matches!(error, DevelopError::Jpeg(JpegError::Dimensions(..))) && !is_a_size),
        }
    }
    let raw = Frame::noise(size(88, 120), 1);
    assert!(matches!(develop(raw, &view.plan()), Err(DevelopError::Size { .. })));
}

#[test]
fn no_part_of_a_frame_is_taken_for_a_frame() {
    for restart in [0, 3] {
        let (view, jpeg) = usual(Camera { restart, ..PLAIN });
        for end in 2..jpeg.len() {
            refusal(&view, jpeg[..end].to_vec());
        }
        for more in [&[0][..], &[0xFF, 0xD9], &jpeg] {
            refusal(&view, [&jpeg, more].concat());
        }
    }
}

/// Several blocks are lost, so that the rest would move into their places.
#[test]
fn a_frame_that_lost_a_stretch_of_its_coded_data_is_refused() {
    for restart in [0, 3] {
        let (view, jpeg) = usual(Camera { restart, ..PLAIN });
        let (start, lost) = (find(&jpeg, 0xDA) + 14, 500);
        for at in (start..jpeg.len() - lost).step_by(7) {
            refusal(&view, [&jpeg[..at], &jpeg[at + lost..]].concat());
        }
    }
}

#[test]
fn restart_markers_out_of_order_are_refused() {
    let (view, jpeg) = usual(Camera { restart: 3, ..PLAIN });
    let mut other = jpeg.clone();
    let at = find(&other, 0xD2) + 1;
    other[at] = 0xD3;
    assert!(matches!(refusal(&view, other), DevelopError::Jpeg(JpegError::Entropy { .. })));
}

#[test]
fn kinds_that_no_camera_sends_are_refused_by_name() {
    let (view, _) = usual(PLAIN);
    let encode = |set: fn(&mut jpeg_encoder::Encoder<&mut Vec<u8>>)| {
        let mut jpeg = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 85);
        set(&mut encoder);
        encoder.encode(&[90; 120 * 88 * 3], 120, 88, jpeg_encoder::ColorType::Rgb).unwrap();
        jpeg
    };
    for jpeg in [
        encode(|encoder| encoder.set_progressive(true)),
        // Written by this encoder as a scan for each colour.
        encode(|encoder| encoder.set_optimized_huffman_tables(true)),
        encode(|encoder| encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_1_1)),
        encode(|encoder| encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_1_0)),
    ] {
        assert!(matches!(refusal(&view, jpeg), DevelopError::Jpeg(JpegError::Kind(_))));
    }
}

/// As FFmpeg writes 4:2:2 and 4:4:4: sound JPEG, but how far its colour bleeds was not tested.
#[test]
fn samplings_written_with_larger_factors_are_refused_by_name() {
    let (view, jpeg) = usual(PLAIN);
    let factors = find(&jpeg, 0xC0) + 11;
    for (brightness, colour) in [(0x22, 0x12), (0x12, 0x12), (0x22, 0x22), (0x21, 0x21)] {
        let mut other = jpeg.clone();
        (other[factors], other[factors + 3], other[factors + 6]) = (brightness, colour, colour);
        let error = refusal(&view, other);
        assert!(matches!(error, DevelopError::Jpeg(JpegError::Kind(what)) if what.contains("factors")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Bytes changed, cut out or put in anywhere: no panic, and what still passes is still covered.
    #[test]
    fn a_damaged_frame_is_refused_or_covered(
        camera in cameras(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..8),
    ) {
        let (view, mut jpeg) = usual(camera);
        for (at, byte, how) in changes {
            let at = 2 + at.index(jpeg.len() - 2);
            match how {
                0 => drop(jpeg.drain(at..(at + usize::from(byte) % 50).min(jpeg.len()))),
                1 => jpeg.insert(at, byte),
                _ => jpeg[at] = byte,
            }
        }
        let plan = view.plan();
        if let Ok(masked) = develop(Frame::mjpeg(jpeg).unwrap(), &plan) {
            for picture in masked.pictures().unwrap() {
                let claim = Claim::new(&view.scene, view.crop, picture.size()).unwrap();
                prop_assert!(prove(picture.into_bytes(), &claim).is_ok());
            }
        }
    }

    /// The header alone, where most of the parsing is.
    #[test]
    fn a_damaged_header_never_panics(
        changes in prop::collection::vec((0_usize..640, any::<u8>()), 1..4), end in 2_usize..2000,
    ) {
        let (view, mut jpeg) = usual(PLAIN);
        for (at, byte) in changes {
            jpeg[2 + at] = byte;
        }
        jpeg.truncate(end.max(700));
        prop_assert!(develop(Frame::mjpeg(jpeg).unwrap(), &view.plan()).is_err());
    }
}
