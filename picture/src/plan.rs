//! What becomes of every frame of a view, worked out once: covers, sizes, the band.
//!
//! Deliberately absent: anything that depends on a pixel.

use std::ops::Range;

use lineshot_domain::{Crop, Scene, Size};

use crate::band::Band;
use crate::cover::Cover;
use crate::develop::Label;

/// Narrower pictures cannot hold the word of the band.
const LEAST_WIDTH: u32 = 64;

/// What is burned into the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A band with the word UNRELEASED: trial operation without a release.
    Unreleased,
    /// Nothing: released operation.
    None,
}

/// Why a view cannot be developed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The crop was made for another frame.
    #[error("the crop reaches outside the frame of {}x{}", .frame.width(), .frame.height())]
    Crop {
        /// The scene's frame.
        frame: Size,
    },
    /// Not a size between the least and the picture's own.
    #[error(
        "a picture is at least 64 pixels wide and 16 high, and a smaller size is narrower than the \
             picture's own {own}; {width} is not possible"
    )]
    Width {
        /// The width asked for.
        width: u32,
        /// The full picture's width.
        own: u32,
    },
}

/// One picture to be made of each frame.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) label: Label,
    pub(crate) cover: Cover,
    pub(crate) band: Option<Band>,
}

/// Everything about a view's pictures that can be known before its first frame.
#[derive(Debug)]
pub struct Plan {
    pub(crate) crop: Crop,
    pub(crate) frame: Cover,
    pub(crate) outputs: Vec<Output>,
}

impl Plan {
    /// Pictures of `scene`: first the part `crop` at its own size, then one for each of `smaller`, which
    /// are widths in pixels; their heights follow from the crop's shape.
    ///
    /// # Errors
    /// [`PlanError`] if the crop belongs to another frame or a size is not possible.
    pub fn new(scene: &Scene, crop: Crop, smaller: &[u32], mark: Mark) -> Result<Plan, PlanError> {
        let own = crop.size();
        if Crop::pixels(scene.frame(), crop.left(), crop.top(), own.width(), own.height()).is_err() {
            return Err(PlanError::Crop { frame: scene.frame() });
        }
        if own.width() < LEAST_WIDTH {
            return Err(PlanError::Width { width: own.width(), own: own.width() });
        }
        let frame = Cover::of_frame(scene);
        let full = if crop == Crop::whole(scene.frame()) {
            frame.clone()
        } else {
            Cover::of_picture(scene, crop, own)
        };
        let mut outputs = vec![Output::new(Label::Full, full, mark)];
        for &width in smaller {
            let cover = Cover::of_picture(scene, crop, scaled(own, width)?);
            outputs.push(Output::new(Label::Width(width), cover, mark));
        }
        Ok(Plan { crop, frame, outputs })
    }

    /// The only frame size that this plan develops.
    pub fn frame(&self) -> Size {
        self.frame.size()
    }

    /// The lines of the full picture on which the band of trials lies, in pixels.
    pub fn band(&self) -> Option<Range<u32>> {
        self.outputs[0].band.as_ref().map(Band::lines)
    }

    /// The sizes of the pictures in the order in which they are made.
    pub fn sizes(&self) -> impl Iterator<Item = Size> {
        self.outputs.iter().map(|output| output.cover.size())
    }
}

impl Output {
    fn new(label: Label, cover: Cover, mark: Mark) -> Output {
        let band = match mark {
            Mark::Unreleased => Some(Band::new(&cover)),
            Mark::None => None,
        };
        Output { label, cover, band }
    }
}

fn scaled(own: Size, width: u32) -> Result<Size, PlanError> {
    let error = PlanError::Width { width, own: own.width() };
    if !(LEAST_WIDTH..own.width()).contains(&width) {
        return Err(error);
    }
    // To the nearest pixel.
    let height = (2 * own.height() * width + own.width()) / (2 * own.width());
    Size::new(width, height).map_err(|_| error)
}

#[cfg(test)]
mod tests {
    use lineshot_domain::Show;

    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    fn plan(crop: Crop, smaller: &[u32]) -> Result<Plan, PlanError> {
        let scene = Scene::new(size(1507, 1001), Show::All, Vec::new()).unwrap();
        Plan::new(&scene, crop, smaller, Mark::Unreleased)
    }

    #[test]
    fn the_full_picture_comes_first_and_smaller_ones_keep_its_shape() {
        let plan = plan(Crop::whole(size(1507, 1001)), &[768, 320, 64]).unwrap();
        let sizes: Vec<_> = plan.sizes().map(|size| (size.width(), size.height())).collect();
        assert_eq!(sizes, [(1507, 1001), (768, 510), (320, 213), (64, 43)]);
    }

    #[test]
    fn impossible_sizes_and_foreign_crops_are_refused() {
        let frame = size(1507, 1001);
        let whole = Crop::whole(frame);
        for width in [0, 63, 1507, u32::MAX] {
            assert_eq!(plan(whole, &[width]).err(), Some(PlanError::Width { width, own: 1507 }));
        }
        let flat = Crop::pixels(frame, 0, 0, 1507, 20).unwrap();
        assert_eq!(plan(flat, &[320]).err(), Some(PlanError::Width { width: 320, own: 1507 }));
        let narrow = Crop::pixels(frame, 0, 0, 63, 100).unwrap();
        assert_eq!(plan(narrow, &[]).err(), Some(PlanError::Width { width: 63, own: 63 }));
        let foreign = Crop::whole(size(1508, 1001));
        assert_eq!(plan(foreign, &[]).err(), Some(PlanError::Crop { frame }));
    }
}
