//! The polygons a picture was proven against.

use lineshot_domain::{Crop, Fill, Fraction, GeometryError, Mask, Point, Polygon, Scene, Show, Size};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What was shown and covered, and which part of the frame became the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoverText {
    /// The frame's width and height in pixels.
    pub frame: [u32; 2],
    /// `"all"`, or polygons in fractions of the frame.
    pub show: ShowText,
    /// The masks in fractions of the frame.
    pub mask: Vec<MaskText>,
    /// Left, top, width and height of the crop in pixels of the frame.
    pub crop: [u32; 4],
    /// The colour of covers, `#rrggbb`; absent if they are grey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<String>,
}

/// What may be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ShowText {
    /// A word: only `all` is known.
    Word(String),
    /// Polygons of corners.
    Within(Vec<Vec<[f64; 2]>>),
}

/// A confidential area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaskText {
    /// What it hides.
    pub name: String,
    /// Its corners.
    pub polygon: Vec<[f64; 2]>,
}

impl CoverText {
    /// Writes a scene and a crop down.
    pub fn of(scene: &Scene, crop: &Crop) -> CoverText {
        let show = match scene.show() {
            Show::All => ShowText::Word("all".to_owned()),
            Show::Within(polygons) => ShowText::Within(polygons.iter().map(corners).collect()),
        };
        let mask = scene
            .masks()
            .iter()
            .map(|mask| MaskText { name: mask.name.clone(), polygon: corners(&mask.polygon) })
            .collect();
        CoverText {
            frame: [scene.frame().width(), scene.frame().height()],
            show,
            mask,
            crop: [crop.left(), crop.top(), crop.size().width(), crop.size().height()],
            fill: Some(scene.fill()).filter(|fill| *fill != Fill::GREY).map(|fill| fill.to_string()),
        }
    }

    /// What pictures of this cover call it: the first 16 of the hexadecimal digits of SHA-256 over its compact JSON.
    pub fn id(&self) -> String {
        let json = serde_json::to_vec(self).expect("plain data is JSON");
        hex::encode(&Sha256::digest(json)[..8])
    }

    /// Reads scene and crop back.
    ///
    /// # Errors
    /// What is no geometry, or no colour; an unknown word for `show` shows nothing.
    pub fn read(&self) -> Result<(Scene, Crop), String> {
        let (scene, crop) = self.geometry().map_err(|error| error.to_string())?;
        let fill = self.fill.as_deref().map_or(Ok(Fill::GREY), Fill::parse);
        Ok((scene.filled(fill.map_err(|error| error.to_string())?), crop))
    }

    fn geometry(&self) -> Result<(Scene, Crop), GeometryError> {
        let frame = Size::new(self.frame[0], self.frame[1])?;
        let show = match &self.show {
            ShowText::Word(word) if word == "all" => Show::All,
            ShowText::Word(_) => return Err(GeometryError::NothingShown),
            ShowText::Within(polygons) => {
                Show::Within(polygons.iter().map(|p| polygon(p)).collect::<Result<_, _>>()?)
            }
        };
        let masks = self
            .mask
            .iter()
            .map(|mask| Ok(Mask { name: mask.name.clone(), polygon: polygon(&mask.polygon)? }))
            .collect::<Result<_, GeometryError>>()?;
        let [left, top, width, height] = self.crop;
        Ok((Scene::new(frame, show, masks)?, Crop::pixels(frame, left, top, width, height)?))
    }
}

fn corners(polygon: &Polygon) -> Vec<[f64; 2]> {
    polygon.corners().iter().map(|corner| [corner.x.value(), corner.y.value()]).collect()
}

fn polygon(corners: &[[f64; 2]]) -> Result<Polygon, GeometryError> {
    let point = |&[x, y]: &[f64; 2]| Ok(Point { x: Fraction::new(x)?, y: Fraction::new(y)? });
    Polygon::new(corners.iter().map(point).collect::<Result<_, GeometryError>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_nobody_knows_shows_nothing() {
        let frame = Size::new(1920, 1080).unwrap();
        let scene = Scene::new(frame, Show::All, Vec::new()).unwrap();
        let mut text = CoverText::of(&scene, &Crop::whole(frame));
        assert_eq!(text.read(), Ok((scene, Crop::whole(frame))));
        for word in ["everything", "All", ""] {
            text.show = ShowText::Word(word.to_owned());
            assert_eq!(text.read(), Err(GeometryError::NothingShown.to_string()), "{word}");
        }
    }
}
