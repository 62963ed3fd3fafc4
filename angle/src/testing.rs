//! Made-up places for the tests: boards, posts and signs of chance, seen by a camera that can be moved.

use fastrand::Rng;
use lineshot_domain::{Crop, Fraction, Mask, Point, Polygon, Scene, Show, Size};
use lineshot_proof::{Claim, Proven, prove};

use crate::{Enrolled, Enrolment, Ground, Lock, Plane};

pub(crate) const WIDTH: u32 = 960;
pub(crate) const HEIGHT: u32 = 544;

/// A place larger than the picture, so that a camera can turn.
pub(crate) struct Place {
    width: i64,
    bright: Vec<u8>,
}

/// How a camera stands: shift in pixels of the picture, turn in degrees, zoom in parts.
#[derive(Clone, Copy, Default)]
pub(crate) struct Knock {
    pub(crate) right: f64,
    pub(crate) down: f64,
    pub(crate) turn: f64,
    pub(crate) zoom: f64,
}

const EDGE: i64 = 200;

impl Place {
    /// Full of boards of chance.
    pub(crate) fn new(seed: u64) -> Place {
        let mut random = Rng::with_seed(seed);
        let (width, height) = (i64::from(WIDTH) + 2 * EDGE, i64::from(HEIGHT) + 2 * EDGE);
        let mut bright = vec![120; (width * height) as usize];
        for _ in 0..1200 {
            let (w, h) = (random.i64(6..60), random.i64(6..60));
            let (left, top) = (random.i64(0..width - w), random.i64(0..height - h));
            let value = random.u8(20..230);
            for y in top..top + h {
                bright[(y * width + left) as usize..][..w as usize].fill(value);
            }
        }
        Place { width, bright }
    }

    /// The same board everywhere.
    pub(crate) fn repeated() -> Place {
        let mut place = Place::new(0);
        let width = place.width;
        for (at, value) in (0_i64..).zip(&mut place.bright) {
            *value = if at % width % 24 < 12 && at / width % 24 < 12 { 200 } else { 60 };
        }
        place
    }

    /// Nothing anywhere.
    pub(crate) fn plain(value: u8) -> Place {
        let mut place = Place::new(0);
        place.bright.fill(value);
        place
    }

    fn at(&self, x: f64, y: f64) -> f64 {
        let height = self.bright.len() as i64 / self.width;
        let pixel = |x: i64, y: i64| {
            f64::from(
                self.bright[(y.clamp(0, height - 1) * self.width + x.clamp(0, self.width - 1)) as usize],
            )
        };
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (x - left, y - top);
        let (left, top) = (left as i64, top as i64);
        let row = |y: i64| pixel(left, y) * (1.0 - across) + pixel(left + 1, y) * across;
        row(top) * (1.0 - down) + row(top + 1) * down
    }

    /// What a camera sees that was knocked so, a brightness a pixel.
    pub(crate) fn seen(&self, knock: Knock) -> Vec<u8> {
        let (cx, cy) = (f64::from(WIDTH) / 2.0, f64::from(HEIGHT) / 2.0);
        let scale = 1.0 / (1.0 + knock.zoom);
        let (sin, cos) = (-knock.turn.to_radians()).sin_cos();
        let points = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (f64::from(x), f64::from(y))));
        let value = |(x, y): (f64, f64)| {
            let (x, y) = (x - cx - knock.right, y - cy - knock.down);
            let (x, y) = ((cos * x - sin * y) * scale, (sin * x + cos * y) * scale);
            self.at(x + cx + EDGE as f64, y + cy + EDGE as f64).round() as u8
        };
        points.map(value).collect()
    }
}

/// All is shown, but these rectangles: left, top, right, bottom in parts of the picture.
pub(crate) fn scene(masks: &[[f64; 4]]) -> Scene {
    let corner = |x: f64, y: f64| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
    let mask = |(number, [left, top, right, bottom]): (usize, &[f64; 4])| Mask {
        name: format!("mask {number}"),
        polygon: Polygon::new(vec![
            corner(*left, *top),
            corner(*right, *top),
            corner(*right, *bottom),
            corner(*left, *bottom),
        ])
        .unwrap(),
    };
    let size = Size::new(WIDTH, HEIGHT).unwrap();
    Scene::new(size, Show::All, masks.iter().enumerate().map(mask).collect()).unwrap()
}

pub(crate) fn ground(scene: &Scene) -> Ground {
    Ground::new(scene, Crop::whole(scene.frame()), None)
}

/// Covered generously, encoded and proven.
pub(crate) fn proven(mut bright: Vec<u8>, scene: &Scene) -> Proven {
    let fill = scene.fill().rgb();
    let block =
        |at: f64, of: u32, less: f64| ((at * f64::from(of) + less) / 16.0).floor().max(0.0) as usize * 16;
    for mask in scene.masks() {
        let corners = mask.polygon.corners();
        let (one, other) = (corners[0], corners[2]);
        let xs =
            block(one.x.value(), WIDTH, -16.0)..(block(other.x.value(), WIDTH, 32.0)).min(WIDTH as usize);
        for y in
            block(one.y.value(), HEIGHT, -16.0)..block(other.y.value(), HEIGHT, 32.0).min(HEIGHT as usize)
        {
            bright[y * WIDTH as usize..][xs.clone()].fill(fill[0]);
        }
    }
    let rgb: Vec<u8> = bright.into_iter().flat_map(|value| [value; 3]).collect();
    let mut jpeg = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    encoder.encode(&rgb, WIDTH as u16, HEIGHT as u16, jpeg_encoder::ColorType::Rgb).unwrap();
    let size = scene.frame();
    prove(jpeg, &Claim::new(scene, Crop::whole(size), size).unwrap()).unwrap()
}

pub(crate) fn plane(bright: Vec<u8>, scene: &Scene) -> Plane {
    Plane::of(&proven(bright, scene), &ground(scene)).unwrap().unwrap()
}

/// Enrolled by pictures of a place in which nothing moves.
pub(crate) fn enrolled(place: &Place, scene: &Scene) -> Result<Enrolled, crate::EnrolError> {
    let mut enrolment = Enrolment::new(ground(scene));
    let seen = plane(place.seen(Knock::default()), scene);
    for _ in 0..8 {
        enrolment.add(seen.clone());
    }
    enrolment.finish("marriage/front", "day", "2026-11-26T10:00:00Z")
}

pub(crate) fn lock(place: &Place, scene: &Scene) -> Lock {
    Lock::new(enrolled(place, scene).unwrap().references, ground(scene), 4.0).unwrap()
}
