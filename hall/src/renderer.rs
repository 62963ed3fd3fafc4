//! From the scene to a picture and to a JPEG.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lineshot_domain::Wall;

use crate::backdrop::backdrop;
use crate::canvas::Picture;
use crate::light::Light;
use crate::schedule::{Hall, Passage, Position, Stand};
use crate::view::{HEIGHT, WIDTH};
use crate::{assembly, robot, worker};

/// Draws one position of a hall. It keeps the empty hall, and the hall with the car that stands, between
/// two pictures; that makes it faster and changes no pixel.
pub struct Renderer {
    hall: Hall,
    position: Position,
    picture: Picture,
    empty: Option<(Light, Picture)>,
    stood: Option<(Light, Stand, Picture)>,
}

impl Renderer {
    /// Draws nothing yet.
    pub fn new(hall: Hall, position: Position) -> Renderer {
        Renderer { hall, position, picture: Picture::black(WIDTH, HEIGHT), empty: None, stood: None }
    }

    /// What is seen at this moment, 1920x1080.
    pub fn picture(&mut self, at: Wall) -> &Picture {
        let light = Light::at(at);
        let walk = self.hall.walk(self.position, at);
        let behind = walk.as_ref().filter(|walk| !walk.in_front);
        match (self.hall.standing(self.position, at), behind) {
            // The order in which things are drawn depends on the scene alone, never on what is kept.
            (Some(stand), None) => {
                self.lay_stood(light, stand);
                robot::draw(&mut self.picture, light, at);
            }
            (_, behind) => {
                self.lay_empty(light);
                robot::draw(&mut self.picture, light, at);
                if let Some(walk) = behind {
                    worker::draw(&mut self.picture, light, walk);
                }
                let Passage { stand, way } = self.hall.passage(self.position, at);
                if let Some(stand) = stand {
                    assembly::draw(&mut self.picture, light, &stand, way);
                }
            }
        }
        if let Some(walk) = walk.as_ref().filter(|walk| walk.in_front) {
            worker::draw(&mut self.picture, light, walk);
        }
        &self.picture
    }

    /// Makes the picture the empty hall.
    fn lay_empty(&mut self, light: Light) {
        match &self.empty {
            Some((kept, empty)) if *kept == light => self.picture.copy_from(empty),
            _ => {
                self.picture = backdrop(light);
                self.empty = Some((light, self.picture.clone()));
            }
        }
    }

    /// Makes the picture the hall with a car that stands.
    fn lay_stood(&mut self, light: Light, stand: Stand) {
        match &self.stood {
            Some((kept, car, stood)) if (*kept, *car) == (light, stand) => self.picture.copy_from(stood),
            _ => {
                self.lay_empty(light);
                assembly::draw(&mut self.picture, light, &stand, 0.0);
                self.stood = Some((light, stand, self.picture.clone()));
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
    pub fn picture(self, position: Position, at: Wall) -> Picture {
        Renderer::new(self, position).picture(at).clone()
    }

    /// [`Hall::picture`] as a baseline JPEG, 4:2:0. `quality` is 1 to 100.
    pub fn jpeg(self, position: Position, at: Wall, quality: u8) -> Vec<u8> {
        Renderer::new(self, position).jpeg(at, quality)
    }
}

#[cfg(test)]
mod tests;
