//! A camera that somebody knocked: the whole picture moved, turned and grown.
//!
//! Holds: a nudge by nothing changes no pixel, and one by whole pixels changes none but moves each.
//!
//! Deliberately absent: parallax, and what lies beyond the picture's border. The border's pixels are repeated
//! there.

use std::fmt;

use crate::canvas::Picture;
use crate::view::Spot;

/// By how much what a camera sees was moved, turned about the picture's centre and grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nudge {
    right: i32,
    down: i32,
    turn: i32,
    zoom: i32,
}

/// More than a knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NudgeError {
    /// Beyond [`Nudge::MOST_SHIFT`].
    #[error("a nudge moves by at most {most} tenths of a pixel, not by {0}", most = Nudge::MOST_SHIFT)]
    Shift(i32),
    /// Beyond [`Nudge::MOST_TURN`].
    #[error("a nudge turns by at most {most} thousandths of a degree, not by {0}", most = Nudge::MOST_TURN)]
    Turn(i32),
    /// Beyond [`Nudge::MOST_ZOOM`].
    #[error("a nudge makes larger by at most {most} millionths, not by {0}", most = Nudge::MOST_ZOOM)]
    Zoom(i32),
}

impl Nudge {
    /// Tenths of a pixel, to either side: a quarter of the picture's width.
    pub const MOST_SHIFT: i32 = 5_000;
    /// Thousandths of a degree, to either side.
    pub const MOST_TURN: i32 = 10_000;
    /// Millionths, larger or smaller.
    pub const MOST_ZOOM: i32 = 100_000;

    /// What is seen is turned by `turn` thousandths of a degree clockwise about the picture's centre and is
    /// `zoom` millionths larger; then it is moved by `right` and `down` tenths of a pixel of the 1920x1080 picture.
    ///
    /// # Errors
    /// [`NudgeError`].
    pub fn new(right: i32, down: i32, turn: i32, zoom: i32) -> Result<Nudge, NudgeError> {
        let within = |value: i32, most: i32| (-most..=most).contains(&value);
        for shift in [right, down] {
            if !within(shift, Nudge::MOST_SHIFT) {
                return Err(NudgeError::Shift(shift));
            }
        }
        if !within(turn, Nudge::MOST_TURN) {
            return Err(NudgeError::Turn(turn));
        }
        if !within(zoom, Nudge::MOST_ZOOM) {
            return Err(NudgeError::Zoom(zoom));
        }
        Ok(Nudge { right, down, turn, zoom })
    }

    /// What the knocked camera sees in place of `picture`.
    pub(crate) fn seen(self, picture: &Picture) -> Picture {
        let (width, height) = (picture.width(), picture.height());
        let size = 1.0 + self.zoom as f32 / 1_000_000.0;
        let (sin, cos) = (self.turn as f32 / 1_000.0).to_radians().sin_cos();
        let (sin, cos) = (sin / size, cos / size);
        let [right, down] = [self.right, self.down].map(|tenths| tenths as f32 / 10.0);
        // The middle of the pixels: halves, which are exact.
        let [across, along] = [width, height].map(|pixels| (pixels - 1) as f32 / 2.0);
        Picture::of(width, height, |x, y| {
            let (x, y) = (x as f32 - across - right, y as f32 - along - down);
            between(picture, [across + x * cos + y * sin, along + y * cos - x * sin])
        })
    }
}

/// The colour at a spot counted from the middle of the first pixel, mixed from the four pixels around it.
fn between(picture: &Picture, [x, y]: Spot) -> [u8; 3] {
    let (pixels, _) = picture.rgb().as_chunks::<3>();
    let [(left, right, over), (top, bottom, below)] =
        [(x, picture.width()), (y, picture.height())].map(|(at, pixels)| neighbours(at, pixels as usize - 1));
    let (top, bottom) = (top * picture.width() as usize, bottom * picture.width() as usize);
    let (a, b) = (pixels[top + left], pixels[top + right]);
    let (c, d) = (pixels[bottom + left], pixels[bottom + right]);
    std::array::from_fn(|part| {
        let [a, b, c, d] = [a, b, c, d].map(|pixel| u32::from(pixel[part]));
        let (above, beneath) = (a * (256 - over) + b * over, c * (256 - over) + d * over);
        ((above * (256 - below) + beneath * below + 32_768) >> 16) as u8
    })
}

/// The pixels on both sides of `at`, and how many 256ths of the way from the one to the other it is.
fn neighbours(at: f32, last: usize) -> (usize, usize, u32) {
    let fine = (at.clamp(0.0, last as f32) * 256.0 + 0.5) as u32;
    let pixel = (fine >> 8) as usize;
    (pixel, (pixel + 1).min(last), fine & 255)
}

impl fmt::Display for Nudge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Nudge { right, down, turn, zoom } = self;
        write!(f, "{right} {down} {turn} {zoom}")
    }
}

#[cfg(test)]
mod tests;
