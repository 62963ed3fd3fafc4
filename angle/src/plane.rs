//! A picture's brightness at the scale at which angles are compared.

use lineshot_proof::{ProofError, Proven};

use crate::ground::Ground;

/// JPEG's block: covers are made of whole ones.
const BLOCK: usize = 8;

/// How far a covered pixel may be from the fill: as the proof demands it, and two for rounding.
const NEAR: u8 = lineshot_domain::FILL_TOLERANCE + 2;

/// A picture's brightness, point by point.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    pub(crate) bright: Vec<u8>,
    /// Whether a point shows the scene and nothing of ours.
    pub(crate) shown: Vec<bool>,
    /// How much neighbouring pixels differ within a point, on average, in eighths.
    pub(crate) detail: Vec<u8>,
}

impl Plane {
    /// Of a view's picture at its own size; `None` if it has another.
    ///
    /// # Errors
    /// [`ProofError`] if the picture cannot be decoded.
    pub fn of(picture: &Proven, ground: &Ground) -> Result<Option<Plane>, ProofError> {
        let size = (picture.size().width(), picture.size().height());
        if size != (ground.crop.2, ground.crop.3) {
            return Ok(None);
        }
        Ok(Some(Plane::from_brightness(&picture.brightness()?, ground)))
    }

    /// From the brightness of each pixel, row by row, of a picture of the ground's size.
    fn from_brightness(pixels: &[u8], ground: &Ground) -> Plane {
        let (row, factor) = (ground.crop.2 as usize, ground.factor as usize);
        let hidden = hidden(pixels, ground);
        let mut plane = Plane {
            bright: Vec::with_capacity(ground.len()),
            shown: Vec::with_capacity(ground.len()),
            detail: Vec::with_capacity(ground.len()),
        };
        for y in 0..ground.height {
            for x in 0..ground.width {
                let (left, top) = (x * factor, y * factor);
                let (mut sum, mut differences) = (0_u32, 0_u32);
                for line in pixels.chunks_exact(row).skip(top).take(factor) {
                    let cell = &line[left..left + factor];
                    sum += cell.iter().map(|value| u32::from(*value)).sum::<u32>();
                    let pairs = cell.iter().zip(&line[left + 1..]);
                    differences += pairs.map(|(one, next)| u32::from(one.abs_diff(*next))).sum::<u32>();
                }
                let count = ground.factor * ground.factor;
                // An average of bytes is a byte.
                plane.bright.push((sum / count) as u8);
                plane.detail.push(u8::try_from(differences * 8 / count).unwrap_or(u8::MAX));
                let block = |pixel: usize| pixel / BLOCK;
                let is_hidden = (block(top)..=block(top + factor - 1)).any(|down| {
                    (block(left)..=block(left + factor - 1))
                        .any(|across| hidden[down * row.div_ceil(BLOCK) + across])
                });
                let lines = top as u32..(top + factor) as u32;
                let is_marked = ground.band.start < lines.end && lines.start < ground.band.end;
                plane.shown.push(!is_hidden && !is_marked);
            }
        }
        plane
    }
}

/// The picture's blocks that show nothing but the fill. A block of the scene may look the same; it says as little.
fn hidden(pixels: &[u8], ground: &Ground) -> Vec<bool> {
    let row = ground.crop.2 as usize;
    let columns = row.div_ceil(BLOCK);
    let mut hidden = vec![true; columns * (ground.crop.3 as usize).div_ceil(BLOCK)];
    for (y, line) in pixels.chunks_exact(row).enumerate() {
        let blocks = &mut hidden[y / BLOCK * columns..][..columns];
        for (block, part) in blocks.iter_mut().zip(line.chunks(BLOCK)) {
            *block &= part.iter().all(|value| value.abs_diff(ground.fill) <= NEAR);
        }
    }
    hidden
}
