//! What stands before the cameras, and the cameras: each car is a shade of grey, which its picture gives away.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lineshot_camera::{CameraError, CameraState, Fault, Health, Shot};
use lineshot_domain::{Exposure, Mono};
use lineshot_picture::Frame;

use super::time::Time;
use super::turns;
use crate::station::Eye;

const WIDTH: u16 = 320;
const HEIGHT: u16 = 240;
/// The time between two frames.
const FRAME: Duration = Duration::from_millis(100);
/// Nothing stands there.
const EMPTY: u8 = 250;

/// The shade of the car with this number. There are 60.
pub(crate) fn shade(car: usize) -> u8 {
    u8::try_from(40 + (car % 60) * 3).unwrap()
}

/// The hall.
#[derive(Debug, Default)]
pub(crate) struct Hall {
    /// Which car stands at a station.
    pub(crate) standing: BTreeMap<String, usize>,
    /// No camera gives a frame.
    pub(crate) is_dark: bool,
}

/// What somebody paints into every frame.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Secret {
    /// Noise below the cover, drawn by this number.
    Below(u64),
    /// The same where nothing is covered.
    Beside(u64),
}

static SECRET: Mutex<Option<Secret>> = Mutex::new(None);

/// From now on this process's frames have a secret.
pub(crate) fn hide(secret: Secret) {
    *SECRET.lock().unwrap() = Some(secret);
}

/// Paints it: the mask is a triangle that reaches round these pixels.
fn paint(pixels: &mut [u8]) {
    let (seed, left) = match *SECRET.lock().unwrap() {
        None => return,
        Some(Secret::Below(seed)) => (seed, 72),
        Some(Secret::Beside(seed)) => (seed, 200),
    };
    let mut random = fastrand::Rng::with_seed(seed);
    for (x, y) in (28..56).flat_map(|y| (left..left + 20).map(move |x| (x, y))) {
        let at = (y * usize::from(WIDTH) + x) * 3;
        random.fill(&mut pixels[at..at + 3]);
    }
}

/// A hall, and when it is there.
type Place = (Arc<Mutex<Hall>>, Arc<Time>);

thread_local! {
    static HALL: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// The calling thread's stations look into this hall.
pub(crate) fn look_into(hall: Option<Place>) {
    HALL.with(|it| *it.borrow_mut() = hall);
}

/// The eye of the view `station/view`.
pub(crate) fn eye(name: &str) -> Option<Arc<dyn Eye>> {
    let (hall, time) = HALL.with(|it| it.borrow().clone())?;
    let station = name.split('/').next().unwrap().to_owned();
    let born = time.now();
    Some(Arc::new(SimulatedEye { name: name.into(), station, hall, time, born }))
}

#[derive(Debug)]
struct SimulatedEye {
    name: Arc<str>,
    station: String,
    hall: Arc<Mutex<Hall>>,
    time: Arc<Time>,
    /// When the agent that looks through it began.
    born: Duration,
}

impl SimulatedEye {
    fn mono(&self) -> Mono {
        Mono::from_start(self.time.now() - self.born)
    }

    fn wait(&self, until: Mono) {
        assert!(turns::wait_until(until.since(self.mono()), || false), "only a simulation has such eyes");
    }
}

impl Eye for SimulatedEye {
    fn next_after(&self, from: Mono, until: Mono) -> Result<Shot, CameraError> {
        let due = self.mono().max(from).plus(FRAME);
        self.wait(due.min(until));
        while self.mono() < until && self.hall.lock().unwrap().is_dark {
            self.wait(self.mono().plus(FRAME).min(until));
        }
        if self.mono() >= until {
            return Err(CameraError::new(self.name.clone(), Arc::new(Fault::unreachable("it is dark"))));
        }
        let car = self.hall.lock().unwrap().standing.get(&self.station).copied();
        let frame = Frame::mjpeg(jpeg(car.map_or(EMPTY, shade))).unwrap();
        Ok(Shot { frame, exposure: Exposure::measured(self.mono()) })
    }

    fn keep(&self, _warm: bool) {}

    fn health(&self) -> Health {
        Health { state: CameraState::Live, last_frame: None, dropped: 0, resets: 0 }
    }
}

fn jpeg(shade: u8) -> Vec<u8> {
    static FRAMES: Mutex<BTreeMap<u8, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let encode = || {
        let mut jpeg = Vec::new();
        let mut pixels = vec![shade; usize::from(WIDTH) * usize::from(HEIGHT) * 3];
        paint(&mut pixels);
        let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 90);
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0);
        encoder.encode(&pixels, WIDTH, HEIGHT, jpeg_encoder::ColorType::Rgb).unwrap();
        jpeg
    };
    FRAMES.lock().unwrap().entry(shade).or_insert_with(encode).clone()
}

/// The car that a delivered picture shows, by a place where nothing is covered.
pub(crate) fn shown(picture: &[u8]) -> Option<usize> {
    let mut decoder = zune_jpeg::JpegDecoder::new(std::io::Cursor::new(picture));
    let pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    let place = (height * 4 / 5 * width + width * 4 / 5) * (pixels.len() / (width * height));
    let found = i32::from(pixels[place]);
    (0..60).find(|car| (i32::from(shade(*car)) - found).abs() <= 1)
}
