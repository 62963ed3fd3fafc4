//! Two frames that differ only under the cover give byte-identical pictures, whatever the camera sends.

use lineshot_domain::Size;
use lineshot_picture::{Frame, RawFormat, develop};
use proptest::prelude::*;

use crate::world::{Camera, View, bytes, cameras, files, views};

/// Two images, RGB, equal but for the secret pixels: those are any colour in each.
fn twins(view: &View, seed: u64) -> [Vec<u8>; 2] {
    let frame = view.scene.frame();
    let mut random = bytes(seed);
    let mut pair = [Vec::new(), Vec::new()];
    for y in 0..frame.height() {
        for x in 0..frame.width() {
            let shade = [x * 2, y * 2, x + y].map(|v| (v as u8).wrapping_add(random() / 8));
            let secret = view.is_secret(x, y);
            for image in &mut pair {
                image.extend(if secret { [random(), random(), random()] } else { shade });
            }
        }
    }
    pair
}

/// Two planes of samples, each sample belonging to `across` × `down` pixels: equal but where one of
/// those is secret.
fn twin_samples(view: &View, (across, down): (u32, u32), random: &mut impl FnMut() -> u8) -> [Vec<u8>; 2] {
    let frame = view.scene.frame();
    let mut pair = [Vec::new(), Vec::new()];
    for y in (0..frame.height()).step_by(down as usize) {
        for x in (0..frame.width()).step_by(across as usize) {
            let common = random();
            let secret = (y..y + down).any(|y| (x..x + across).any(|x| view.is_secret(x, y)));
            for plane in &mut pair {
                plane.push(if secret { random() } else { common });
            }
        }
    }
    pair
}

fn yuyv(view: &View, seed: u64) -> [Vec<u8>; 2] {
    let mut random = bytes(seed);
    let y = twin_samples(view, (1, 1), &mut random);
    let cb = twin_samples(view, (2, 1), &mut random);
    let cr = twin_samples(view, (2, 1), &mut random);
    [0, 1].map(|i| {
        let colours = cb[i].iter().zip(&cr[i]);
        y[i].chunks_exact(2).zip(colours).flat_map(|(y, (cb, cr))| [y[0], *cb, y[1], *cr]).collect()
    })
}

fn nv12(view: &View, seed: u64) -> [Vec<u8>; 2] {
    let mut random = bytes(seed);
    let y = twin_samples(view, (1, 1), &mut random);
    let cb = twin_samples(view, (2, 2), &mut random);
    let cr = twin_samples(view, (2, 2), &mut random);
    [0, 1].map(|i| {
        let colours = cb[i].iter().zip(&cr[i]).flat_map(|(cb, cr)| [*cb, *cr]);
        y[i].iter().copied().chain(colours).collect()
    })
}

fn assert_alike(view: &View, frames: [Frame; 2]) -> Result<(), TestCaseError> {
    let plan = view.plan();
    let [one, other] = frames.map(|frame| develop(frame, &plan).unwrap().pictures().unwrap());
    prop_assert_eq!(one.len(), 1 + view.smaller.len());
    prop_assert!(files(&one) == files(&other), "the pictures differ");
    Ok(())
}

fn mjpeg(camera: Camera, size: Size, rgb: &[u8]) -> Frame {
    Frame::mjpeg(camera.mjpeg(size, rgb)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mjpeg_frames_that_differ_under_the_cover_give_the_same_pictures(
        view in views(), camera in cameras(), seed: u64,
    ) {
        let size = view.scene.frame();
        assert_alike(&view, twins(&view, seed).map(|rgb| mjpeg(camera, size, &rgb)))?;
    }

    #[test]
    fn raw_frames_that_differ_under_the_cover_give_the_same_pictures(view in views(), seed: u64) {
        let size = view.scene.frame();
        let raw = |format, pair: [Vec<u8>; 2]| pair.map(|bytes| Frame::raw(format, size, bytes).unwrap());
        assert_alike(&view, raw(RawFormat::Rgb, twins(&view, seed)))?;
        assert_alike(&view, raw(RawFormat::Grey, twin_samples(&view, (1, 1), &mut bytes(seed))))?;
        if size.width() % 2 == 0 && size.height() % 2 == 0 {
            assert_alike(&view, raw(RawFormat::Yuyv, yuyv(&view, seed)))?;
            assert_alike(&view, raw(RawFormat::Nv12, nv12(&view, seed)))?;
        }
    }
}

/// A test of the tests above: frames that differ in what is shown are told apart.
#[test]
fn what_is_shown_does_reach_the_picture() {
    let view = View::usual(crate::world::size(256, 192), &[128]);
    let size = view.scene.frame();
    let plan = view.plan();
    let one = twins(&view, 1)[0].clone();
    let (x, y) = (190, 50);
    assert!(!view.is_secret(x, y));
    let mut other = one.clone();
    other[(y * size.width() + x) as usize * 3] ^= 0x80;
    let [one, other] = [one, other].map(|rgb| {
        develop(Frame::raw(RawFormat::Rgb, size, rgb).unwrap(), &plan).unwrap().pictures().unwrap()
    });
    for (one, other) in one.iter().zip(&other) {
        assert!(one.as_bytes() != other.as_bytes());
    }
}
