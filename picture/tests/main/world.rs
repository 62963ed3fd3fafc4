//! Scenes, pixels and cameras for these tests.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lineshot_domain::{Crop, Fraction, Mask, Point, Polygon, Scene, Show, Size};
use lineshot_picture::{Mark, MaskedJpeg, Plan};
use proptest::prelude::*;

pub(crate) fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).unwrap()
}

pub(crate) fn polygon(corners: &[(f64, f64)]) -> Option<Polygon> {
    let point = |&(x, y): &(f64, f64)| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
    Polygon::new(corners.iter().map(point).collect()).ok()
}

pub(crate) fn mask(corners: &[(f64, f64)]) -> Mask {
    Mask { name: "robot".into(), polygon: polygon(corners).unwrap() }
}

/// A view: a scene with the pictures made of it.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) scene: Scene,
    pub(crate) crop: Crop,
    pub(crate) smaller: Vec<u32>,
    pub(crate) mark: Mark,
}

impl View {
    /// Most of the frame is shown, with a mask in it; the whole frame and one smaller size.
    pub(crate) fn usual(frame: Size, smaller: &[u32]) -> View {
        let shown = polygon(&[(0.0, 0.0), (0.9, 0.05), (1.0, 0.9), (0.05, 1.0)]).unwrap();
        let masks = vec![mask(&[(0.3, 0.3), (0.6, 0.35), (0.4, 0.7)])];
        let scene = Scene::new(frame, Show::Within(vec![shown]), masks).unwrap();
        View { scene, crop: Crop::whole(frame), smaller: smaller.to_vec(), mark: Mark::Unreleased }
    }

    pub(crate) fn plan(&self) -> Plan {
        Plan::new(&self.scene, self.crop, &self.smaller, self.mark).unwrap()
    }

    /// Whether any part of the pixel, as far as five of its points tell, is confidential.
    pub(crate) fn is_secret(&self, x: u32, y: u32) -> bool {
        let frame = self.scene.frame();
        let points = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.5, 0.5)].map(|(right, down)| {
            let (x, y) = (f64::from(x) + right, f64::from(y) + down);
            (x / f64::from(frame.width()), y / f64::from(frame.height()))
        });
        let masked = |mask: &Mask| points.iter().any(|&point| contains(&mask.polygon, point));
        let shown = match self.scene.show() {
            Show::All => true,
            Show::Within(polygons) => {
                polygons.iter().any(|polygon| points.iter().all(|&point| contains(polygon, point)))
            }
        };
        !shown || self.scene.masks().iter().any(masked)
    }
}

/// Even-odd by a ray to the right.
fn contains(polygon: &Polygon, (x, y): (f64, f64)) -> bool {
    let corners: Vec<_> = polygon.corners().iter().map(|p| (p.x.value(), p.y.value())).collect();
    let crossed = |&i: &usize| {
        let (a, b) = (corners[i], corners[(i + 1) % corners.len()]);
        (a.1 > y) != (b.1 > y) && x < a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0)
    };
    (0..corners.len()).filter(crossed).count() % 2 == 1
}

/// Random simple polygons of any size; about a third are small.
fn polygons() -> impl Strategy<Value = Option<Polygon>> {
    let corners = prop::collection::vec((0.0_f64..=1.0, 0.0_f64..=1.0), 3..7);
    let scale = prop_oneof![2 => Just(1.0), 1 => 0.05_f64..0.5];
    (corners, scale, 0.0_f64..0.5, 0.0_f64..0.5).prop_map(|(corners, scale, left, top)| {
        let place = |v: f64, start: f64| if scale == 1.0 { v } else { start + v * scale };
        let corners: Vec<_> = corners.iter().map(|&(x, y)| (place(x, left), place(y, top))).collect();
        polygon(&corners)
    })
}

prop_compose! {
    /// Any view: shown areas and masks, a crop or none, smaller sizes or none, band or none.
    pub(crate) fn views()(
        (width, height, even) in (96_u32..220, 72_u32..170, any::<bool>()),
        shown in prop::collection::vec(polygons(), 0..3),
        masks in prop::collection::vec(polygons(), 0..4),
        crop in prop::option::of((0.0_f64..0.15, 0.0_f64..0.3, 0.85_f64..=1.0, 0.7_f64..=1.0)),
        zooms in prop::collection::vec(0.0_f64..1.0, 0..3),
        marked: bool,
    ) -> View {
        let frame = if even { size(width & !1, height & !1) } else { size(width, height) };
        let shown: Vec<_> = shown.into_iter().flatten().collect();
        let show = if shown.is_empty() { Show::All } else { Show::Within(shown) };
        let masks = masks.into_iter().flatten().map(|polygon| Mask { name: "m".into(), polygon }).collect();
        let scene = Scene::new(frame, show, masks).unwrap();
        let at = |fraction: f64, length: u32| (fraction * f64::from(length)) as u32;
        let crop = crop.map_or(Crop::whole(frame), |(left, top, right, bottom)| {
            let (x, y) = (at(left, frame.width()), at(top, frame.height()));
            Crop::pixels(frame, x, y, at(right, frame.width()) - x, at(bottom, frame.height()) - y).unwrap()
        });
        // Wide enough for the word, and not flatter than 16 pixels.
        let own = crop.size();
        let least = (16 * own.width()).div_ceil(own.height()).max(64);
        let smaller = zooms.iter().map(|zoom| least + at(*zoom, own.width().saturating_sub(least)));
        let smaller = smaller.filter(|&width| width < own.width()).collect();
        View { scene, crop, smaller, mark: if marked { Mark::Unreleased } else { Mark::None } }
    }
}

/// A stream of bytes from a seed.
pub(crate) fn bytes(seed: u64) -> impl FnMut() -> u8 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    }
}

/// How a camera compresses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Camera {
    pub(crate) sampling: SamplingFactor,
    pub(crate) quality: u8,
    pub(crate) restart: u16,
}

pub(crate) const PLAIN: Camera = Camera { sampling: SamplingFactor::R_4_2_0, quality: 85, restart: 0 };

impl Camera {
    pub(crate) fn mjpeg(self, size: Size, rgb: &[u8]) -> Vec<u8> {
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, self.quality);
        encoder.set_sampling_factor(self.sampling);
        encoder.set_restart_interval(self.restart);
        encoder.encode(rgb, size.width() as u16, size.height() as u16, ColorType::Rgb).unwrap();
        jpeg
    }
}

pub(crate) fn cameras() -> impl Strategy<Value = Camera> {
    let sampling = prop::sample::select(vec![
        SamplingFactor::R_4_2_0,
        SamplingFactor::R_4_2_2,
        SamplingFactor::R_4_4_0,
        SamplingFactor::R_4_4_4,
    ]);
    let restart = prop::sample::select(vec![0_u16, 0, 1, 3, 16]);
    (sampling, 20_u8..=100, restart).prop_map(|(sampling, quality, restart)| Camera {
        sampling,
        quality,
        restart,
    })
}

/// The finished files with their sizes, to be compared.
pub(crate) fn files(pictures: &[MaskedJpeg]) -> Vec<(Size, &[u8])> {
    pictures.iter().map(|picture| (picture.size(), picture.as_bytes())).collect()
}
