//! What passes before a camera during an arrival: a car, people, and light that changes.

use fastrand::Rng;

use crate::Outcome;
use crate::nuisance::{Form, Standing, Thing, Weather, between};
use crate::photo::{HEIGHT, Photo, WIDTH};

/// How long an arrival is watched.
pub(crate) const SECONDS: f64 = 20.0;
/// How often a frame is judged meanwhile, in seconds.
pub(crate) const EVERY: f64 = 0.5;
/// Light and lens of an arrival.
pub(crate) const LEVEL: f64 = 1.0;

/// A thing that crosses the frame: it comes, stands, and may go on.
struct Passing<'a> {
    thing: Thing<'a>,
    /// Middle, where it stands.
    stands: (f64, f64),
    /// From how far to the right it comes, in pixels, negative from the left, and when and for how long.
    comes: (f64, f64, f64),
    /// When it goes on the same way, if it does.
    goes: Option<f64>,
}

impl Passing<'_> {
    fn at(&self, second: f64) -> Standing<'_> {
        let (far, begins, lasts) = self.comes;
        let way = ((second - begins) / lasts).clamp(0.0, 1.0);
        let gone = self.goes.map_or(0.0, |goes| ((second - goes) / lasts).clamp(0.0, 1.0));
        let x = self.stands.0 + far * (1.0 - way) - far * gone;
        Standing {
            thing: &self.thing,
            left: (x - self.thing.width as f64 / 2.0) as i32,
            top: (self.stands.1 - self.thing.height as f64 / 2.0) as i32,
        }
    }
}

/// Where cars stop before a camera, and how much of the frame they cover.
pub(crate) struct Station {
    /// A quarter to a half of the frame.
    covers: f64,
    /// In parts of the frame's width and height.
    width: f64,
    middle: f64,
    bottom: f64,
    /// They come from the right, or from the left.
    from_right: bool,
}

impl Station {
    pub(crate) fn draw(random: &mut Rng) -> Station {
        Station {
            covers: between(random, 0.25, 0.5),
            width: between(random, 0.55, 0.85),
            middle: between(random, 0.35, 0.65),
            bottom: between(random, 0.85, 1.05),
            from_right: random.bool(),
        }
    }
}

/// What happens during an arrival.
pub(crate) struct Arrival<'a> {
    weather: Weather,
    passing: Vec<Passing<'a>>,
    /// How much brighter it gets a second, in logarithms, and by how much at once, and when.
    drift: f64,
    step: (f64, f64),
}

impl<'a> Arrival<'a> {
    /// `level`: of light and lens.
    pub(crate) fn draw(
        level: f64,
        station: &Station,
        (cars, people): (&'a Photo, &'a Photo),
        random: &mut Rng,
    ) -> Arrival<'a> {
        let weather = Weather::draw(random, level);
        let mut passing = vec![car(station, cars, random)];
        for _ in 0..random.usize(0..4) {
            passing.push(person(people, random));
        }
        let drift = between(random, -0.02, 0.02);
        let step = (between(random, 0.0, SECONDS), between(random, -0.4, 0.4));
        Arrival { weather, passing, drift, step }
    }

    pub(crate) fn frame(&self, scene: &Photo, second: f64, random: &mut Rng) -> Outcome<Vec<u8>> {
        let step = if second >= self.step.0 { self.step.1 } else { 0.0 };
        let standing: Vec<Standing<'_>> = self.passing.iter().map(|it| it.at(second)).collect();
        self.weather.frame(scene, (self.drift * second + step).exp(), &standing, random)
    }
}

/// One a little larger than another; it comes in one or two seconds, about when the arrival is told.
fn car<'a>(station: &Station, photo: &'a Photo, random: &mut Rng) -> Passing<'a> {
    let covers = station.covers * between(random, 0.9, 1.1);
    let width = station.width * between(random, 0.95, 1.05) * WIDTH as f64;
    let height = (covers * (WIDTH * HEIGHT) as f64 / 0.9 / width).min(0.9 * HEIGHT as f64);
    let thing = Thing::new(Form::Car, width as usize, height as usize, photo, random);
    let bottom = station.bottom * HEIGHT as f64;
    let side = if station.from_right { 1.0 } else { -1.0 };
    let middle = station.middle + between(random, -0.02, 0.02);
    Passing {
        thing,
        stands: (middle * WIDTH as f64, bottom - height / 2.0),
        comes: (side * 1.6 * WIDTH as f64, between(random, -3.0, 1.0), between(random, 1.0, 2.0)),
        goes: random.bool().then(|| between(random, 12.0, 18.0)),
    }
}

/// 2 to 6 hundredths of the frame; it walks through in 5 to 15 seconds.
fn person<'a>(photo: &'a Photo, random: &mut Rng) -> Passing<'a> {
    let area = between(random, 0.02, 0.06) * (WIDTH * HEIGHT) as f64;
    let height = between(random, 0.35, 0.6) * HEIGHT as f64;
    let width = area / height * 4.0 / std::f64::consts::PI;
    let thing = Thing::new(Form::Person, width as usize, height as usize, photo, random);
    let side = if random.bool() { 1.0 } else { -1.0 };
    let (begins, lasts) = (between(random, -5.0, 15.0), between(random, 3.0, 8.0));
    Passing {
        thing,
        stands: (WIDTH as f64 / 2.0, between(random, 0.4, 0.75) * HEIGHT as f64),
        comes: (side * WIDTH as f64, begins, lasts),
        goes: Some(begins + lasts),
    }
}
