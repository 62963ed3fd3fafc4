//! From the scene to a picture and to a JPEG.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lineshot_domain::Wall;

use crate::backdrop::backdrop;
use crate::canvas::Picture;
use crate::car::Car;
use crate::light::Light;
use crate::schedule::{Hall, Passage, Position};
use crate::station::Station;
use crate::view::{HEIGHT, WIDTH};
use crate::{assembly, robot, worker};

/// Draws one position of a hall. It keeps the empty hall, and the hall with the car that stands, between
/// two pictures; that makes it faster and changes no pixel.
pub struct Renderer {
    hall: Hall,
    position: Position,
    picture: Picture,
    empty: Option<(Light, Station, Picture)>,
    stood: Option<(Light, Station, Car, Picture)>,
}

impl Renderer {
    /// Draws nothing yet.
    pub fn new(hall: Hall, position: Position) -> Renderer {
        Renderer { hall, position, picture: Picture::black(WIDTH, HEIGHT), empty: None, stood: None }
    }

    /// Draws another hall from now on, at the same position. What looks the same there is not drawn anew.
    pub fn watch(&mut self, hall: Hall) {
        self.hall = hall;
    }

    /// What is seen at this moment, 1920x1080.
    pub fn picture(&mut self, at: Wall) -> &Picture {
        let (light, station) = (Light::at(at), self.hall.station(self.position));
        let walk = self.hall.walk(self.position, at);
        let behind = walk.as_ref().filter(|walk| !walk.in_front);
        match (self.hall.passage(self.position, at), behind) {
            // The order in which things are drawn depends on the scene alone, never on what is kept.
            (Some(Passage { car, way: 0.0 }), None) => {
                self.lay_stood(light, station, car);
                robot::draw(&mut self.picture, light, at);
            }
            (passage, behind) => {
                self.lay_empty(light, station);
                robot::draw(&mut self.picture, light, at);
                if let Some(walk) = behind {
                    worker::draw(&mut self.picture, light, walk);
                }
                if let Some(Passage { car, way }) = passage {
                    assembly::draw(&mut self.picture, light, station.stage(), car, way);
                }
            }
        }
        if let Some(walk) = walk.as_ref().filter(|walk| walk.in_front) {
            worker::draw(&mut self.picture, light, walk);
        }
        // What is kept is the hall, which no nudge moves.
        if let Some(nudge) = self.hall.nudge(self.position) {
            self.picture = nudge.seen(&self.picture);
        }
        &self.picture
    }

    /// Makes the picture the empty hall.
    fn lay_empty(&mut self, light: Light, station: Station) {
        match &self.empty {
            Some((l, s, empty)) if (*l, *s) == (light, station) => self.picture.copy_from(empty),
            _ => {
                self.picture = backdrop(light, station);
                self.empty = Some((light, station, self.picture.clone()));
            }
        }
    }

    /// Makes the picture the hall with a car that stands.
    fn lay_stood(&mut self, light: Light, station: Station, car: Car) {
        match &self.stood {
            Some((l, s, c, stood)) if (*l, *s, *c) == (light, station, car) => self.picture.copy_from(stood),
            _ => {
                self.lay_empty(light, station);
                assembly::draw(&mut self.picture, light, station.stage(), car, 0.0);
                self.stood = Some((light, station, car, self.picture.clone()));
            }
        }
    }

    /// What is seen at this moment, as a camera sends it: a baseline JPEG, 4:2:0. `quality` is 1 to 100.
    pub fn jpeg(&mut self, at: Wall, quality: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, quality);
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        encoder
            .encode(self.picture(at).rgb(), WIDTH as u16, HEIGHT as u16, ColorType::Rgb)
            .expect("the pixels are as many as their size says, and memory takes them");
        bytes
    }
}

impl Hall {
    /// What is seen at `position` at this moment, 1920x1080. Whoever needs more than one picture keeps a
    /// [`Renderer`].
    pub fn picture(&self, position: Position, at: Wall) -> Picture {
        Renderer::new(self.clone(), position).picture(at).clone()
    }

    /// [`Hall::picture`] as a baseline JPEG, 4:2:0. `quality` is 1 to 100.
    pub fn jpeg(&self, position: Position, at: Wall, quality: u8) -> Vec<u8> {
        Renderer::new(self.clone(), position).jpeg(at, quality)
    }
}

#[cfg(test)]
mod tests;
