//! What stands between a scene and its picture: light, shadows, what drives and walks by, blur, noise and JPEG.
//!
//! The same as in the prototype of the method, value by value, with a level that scales all of it.

use std::sync::LazyLock;

use fastrand::Rng;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::Outcome;
use crate::blur::blurred;
use crate::photo::{HEIGHT, Photo, WIDTH};

/// The light of a display's values.
static LINEAR: LazyLock<Vec<f32>> =
    LazyLock::new(|| (0..256).map(|value| (value as f32 / 255.0).powf(2.2)).collect());

/// A sensor's noise, drawn once: a frame begins anywhere in it.
static NOISE: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let mut random = Rng::with_seed(11);
    let one = |random: &mut Rng| {
        let (far, round) = (1.0 - random.f64(), random.f64() * std::f64::consts::TAU);
        ((-2.0 * far.ln()).sqrt() * round.cos()) as f32
    };
    (0..1 << 20).map(|_| one(&mut random)).collect()
});

/// A number between two.
pub(crate) fn between(random: &mut Rng, least: f64, most: f64) -> f64 {
    least + (most - least) * random.f64()
}

/// Light and lens of one frame.
pub(crate) struct Weather {
    /// How much light each pixel gets.
    light: Vec<f32>,
    gamma: f64,
    blur: f64,
    noise: f64,
    quality: u8,
}

impl Weather {
    pub(crate) fn draw(random: &mut Rng, level: f64) -> Weather {
        let gain = (between(random, -0.5, 0.5) * level).exp();
        let slopes: [f64; 3] = std::array::from_fn(|_| between(random, -1.0, 1.0) * 0.5 * level);
        let phase = between(random, 0.0, 6.0);
        let across: Vec<f32> = (0..WIDTH)
            .map(|x| {
                let x = x as f64 / WIDTH as f64;
                (slopes[0] * (x - 0.5) * 2.0 + slopes[2] * (6.0 * x + phase).sin() * 0.5).exp() as f32
            })
            .collect();
        let mut light = Vec::with_capacity(WIDTH * HEIGHT);
        for y in 0..HEIGHT {
            let along = (gain * (slopes[1] * (y as f64 / HEIGHT as f64 - 0.5) * 2.0).exp()) as f32;
            light.extend(across.iter().map(|across| across * along));
        }
        for _ in 0..(2.0 * level).round_ties_even() as u32 {
            shade(&mut light, random);
        }
        let gamma = (between(random, -0.2, 0.2) * level).exp();
        let (blur, noise) = (between(random, 0.0, 1.2) * level, between(random, 1.0, 4.0) * level);
        Weather { light, gamma, blur, noise, quality: between(random, 60.0, 88.0) as u8 }
    }

    /// A frame as the camera sends it. `gain`: how much brighter than its weather.
    pub(crate) fn frame(
        &self,
        scene: &Photo,
        gain: f64,
        before: &[Standing<'_>],
        random: &mut Rng,
    ) -> Outcome<Vec<u8>> {
        const STEPS: f32 = 65535.0;
        let curve: Vec<f32> = (0..=STEPS as u32)
            .map(|step| (step as f32 / STEPS).powf((self.gamma / 2.2) as f32) * 255.0)
            .collect();
        let gain = gain as f32;
        let linear = LINEAR.as_slice();
        let mut values = Vec::with_capacity(scene.rgb.len());
        for (pixel, light) in scene.rgb.as_chunks::<3>().0.iter().zip(&self.light) {
            let light = light * gain * STEPS;
            values.extend(pixel.map(|value| curve[(linear[usize::from(value)] * light).min(STEPS) as usize]));
        }
        for standing in before {
            standing.draw(&mut values);
        }
        if self.blur > 0.3 {
            values = blurred(&values, WIDTH, 3, self.blur);
        }
        let (noise, amount) = (NOISE.as_slice(), self.noise as f32);
        let mut rgb = Vec::with_capacity(values.len());
        for line in values.chunks_exact(WIDTH * 3) {
            let noise = &noise[random.usize(0..noise.len() - WIDTH)..];
            for (pixel, noise) in line.as_chunks::<3>().0.iter().zip(noise) {
                // Values beyond a byte become its ends.
                rgb.extend(pixel.map(|value| (value + amount * noise) as u8));
            }
        }
        jpeg(&rgb, self.quality)
    }
}

/// As cameras send it.
pub(crate) fn jpeg(rgb: &[u8], quality: u8) -> Outcome<Vec<u8>> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.encode(rgb, WIDTH as u16, HEIGHT as u16, ColorType::Rgb)?;
    Ok(jpeg)
}

/// A hard shadow: what four places span.
fn shade(light: &mut [f32], random: &mut Rng) {
    const SOFT: f64 = 3.0;
    let mut corners: [(f64, f64); 4] = std::array::from_fn(|_| (random.f64() * 0.6, random.f64() * 0.6));
    let (right, down) = (between(random, 0.0, 0.4), between(random, 0.0, 0.4));
    for corner in &mut corners {
        *corner = ((corner.0 + right) * WIDTH as f64, (corner.1 + down) * HEIGHT as f64);
    }
    let shadow = between(random, 0.35, 0.7) as f32;
    let span = |of: fn(&(f64, f64)) -> f64, most: usize| {
        let least = corners.iter().map(of).fold(f64::INFINITY, f64::min) - 4.0 * SOFT;
        let end = corners.iter().map(of).fold(0.0, f64::max) + 4.0 * SOFT;
        least.max(0.0) as usize..(end as usize).min(most)
    };
    let (xs, ys) = (span(|it| it.0, WIDTH), span(|it| it.1, HEIGHT));
    let is_in = |x: f64, y: f64| {
        // In the hull of four places if in one of the triangles that three of them make.
        (0..4).any(|left_out| {
            let at = |number: usize| corners[(left_out + number) % 4];
            let side =
                |(ax, ay): (f64, f64), (bx, by): (f64, f64)| (bx - ax) * (y - ay) - (by - ay) * (x - ax);
            let sides = [side(at(1), at(2)), side(at(2), at(3)), side(at(3), at(1))];
            sides.iter().all(|it| *it >= 0.0) || sides.iter().all(|it| *it <= 0.0)
        })
    };
    let mut mask = Vec::with_capacity(xs.len() * ys.len());
    for y in ys.clone() {
        mask.extend(xs.clone().map(|x| if is_in(x as f64, y as f64) { shadow } else { 1.0 }));
    }
    let mask = blurred(&mask, xs.len(), 1, SOFT);
    for (y, line) in ys.zip(mask.chunks_exact(xs.len())) {
        let light = &mut light[y * WIDTH + xs.start..][..xs.len()];
        light.iter_mut().zip(line).for_each(|(light, shadow)| *light *= shadow);
    }
}

/// Something with the texture of a photograph.
pub(crate) struct Thing<'a> {
    pub(crate) width: usize,
    pub(crate) height: usize,
    alpha: Vec<f32>,
    photo: &'a Photo,
    from: (usize, usize),
}

/// How a thing is formed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// An ellipse, and a rectangle over its lower two thirds.
    Car,
    /// An ellipse.
    Person,
}

impl<'a> Thing<'a> {
    pub(crate) fn new(
        form: Form,
        width: usize,
        height: usize,
        photo: &'a Photo,
        random: &mut Rng,
    ) -> Thing<'a> {
        let (width, height) = (width.min(photo.width - 1), height.min(photo.height - 1));
        let from = (random.usize(0..photo.width - width), random.usize(0..photo.height - height));
        let (half_width, half_height) = (width as f64 / 2.0, height as f64 / 2.0);
        let mut alpha = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let (u, v) = (x as f64 / half_width - 1.0, y as f64 / half_height - 1.0);
                let is_body =
                    form == Form::Car && y >= height / 3 && (width / 20..width - width / 20).contains(&x);
                alpha.push(if u * u + v * v <= 1.0 || is_body { 1.0 } else { 0.0 });
            }
        }
        Thing { width, height, alpha: blurred(&alpha, width, 1, 2.0), photo, from }
    }
}

/// A thing at a place in the frame, part of which may lie outside.
pub(crate) struct Standing<'a> {
    pub(crate) thing: &'a Thing<'a>,
    pub(crate) left: i32,
    pub(crate) top: i32,
}

impl Standing<'_> {
    fn draw(&self, values: &mut [f32]) {
        let thing = self.thing;
        let clip = |from: i32, length: usize, most: usize| {
            let first = (-from).max(0).min(length as i32);
            let last = (most as i32 - from).clamp(first, length as i32);
            first as usize..last as usize
        };
        let (xs, ys) = (clip(self.left, thing.width, WIDTH), clip(self.top, thing.height, HEIGHT));
        for y in ys {
            let row = (self.top + y as i32) as usize;
            for x in xs.clone() {
                let alpha = thing.alpha[y * thing.width + x];
                let from = ((thing.from.1 + y) * thing.photo.width + thing.from.0 + x) * 3;
                let to = (row * WIDTH + (self.left + x as i32) as usize) * 3;
                let texture = &thing.photo.rgb[from..from + 3];
                for (value, own) in values[to..to + 3].iter_mut().zip(texture) {
                    *value = *value * (1.0 - alpha) + f32::from(*own) * alpha;
                }
            }
        }
    }
}

/// Things that cover as much of the frame as the level says, and where they stand.
pub(crate) fn things<'a>(random: &mut Rng, level: f64, photo: &'a Photo) -> Vec<(Thing<'a>, i32, i32)> {
    let wanted = if level <= 1.0 { between(random, 0.05, 0.25) * level } else { between(random, 0.25, 0.5) };
    let (mut covered, mut things) = (0.0, Vec::new());
    while covered < wanted && things.len() < 6 {
        let width = between(random, 0.2, 0.5) * WIDTH as f64;
        let height = (width * between(random, 0.35, 0.6)).floor();
        let left = between(random, 0.0, WIDTH as f64 - width) as i32;
        let low = HEIGHT as f64 * 0.25;
        let top = between(random, low, (low + 1.0).max(HEIGHT as f64 - height)).floor();
        let height = height.min(HEIGHT as f64 - top);
        let thing = Thing::new(Form::Car, width as usize, height as usize, photo, random);
        things.push((thing, left, top as i32));
        covered += width.floor() * height / (WIDTH * HEIGHT) as f64 * 0.9;
    }
    things
}

/// One frame of a level, as the prototype draws it. `cars`: the photograph they have their texture of.
pub(crate) fn still(scene: &Photo, level: f64, cars: Option<&Photo>, random: &mut Rng) -> Outcome<Vec<u8>> {
    let weather = Weather::draw(random, level);
    let things = cars.map(|photo| things(random, level, photo)).unwrap_or_default();
    let before: Vec<Standing<'_>> =
        things.iter().map(|(thing, left, top)| Standing { thing, left: *left, top: *top }).collect();
    weather.frame(scene, 1.0, &before, random)
}
