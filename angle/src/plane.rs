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

#[cfg(test)]
mod tests {
    use lineshot_domain::{Crop, Scene, Show, Size};

    use super::*;

    fn ground(width: u32, height: u32, band: Option<std::ops::Range<u32>>) -> Ground {
        let frame = Size::new(width, height).unwrap();
        Ground::new(&Scene::new(frame, Show::All, Vec::new()).unwrap(), Crop::whole(frame), band)
    }

    /// Brightness of each pixel, by its place.
    fn plane(ground: &Ground, bright: impl Fn(usize, usize) -> u8) -> Plane {
        let (width, height) = (ground.crop.2 as usize, ground.crop.3 as usize);
        let pixels: Vec<u8> = (0..width * height).map(|at| bright(at % width, at / width)).collect();
        Plane::from_brightness(&pixels, ground)
    }

    #[test]
    fn a_point_is_the_mean_of_its_pixels() {
        let ground = ground(1920, 1080, None);
        let plane = plane(&ground, |x, y| if x == 4 && y == 8 { 255 } else { 10 });
        let at = 2 * ground.width + 1;
        assert_eq!(plane.bright.len(), 480 * 270);
        // 15 times 10 and 255.
        assert_eq!((plane.bright[at], plane.bright[at + 1], plane.bright[0]), (25, 10, 10));
        // One step down within the row, of 16; in eighths.
        assert_eq!((plane.detail[at], plane.detail[at + 1]), (122, 0));
    }

    #[test]
    fn blocks_of_the_fill_are_hidden_and_others_are_not() {
        let ground = ground(1920, 1080, None);
        let fill = ground.fill;
        let cover = |x: usize, y: usize| (64..128).contains(&x) && (80..96).contains(&y);
        for (name, colour, hidden) in
            [("the fill", fill, true), ("nearly", fill + NEAR, true), ("brighter", fill + NEAR + 1, false)]
        {
            let plane = plane(&ground, |x, y| if cover(x, y) { colour } else { 200 });
            for (at, shown) in plane.shown.iter().enumerate() {
                let is_covered = cover(at % ground.width * 4, at / ground.width * 4);
                assert_eq!(*shown, !(is_covered && hidden), "{name} {at}");
            }
        }
    }

    #[test]
    fn a_point_that_reaches_into_a_covered_block_is_hidden() {
        // Points of three pixels lie across the borders of blocks.
        let ground = ground(1440, 810, None);
        let fill = ground.fill;
        let plane = plane(&ground, |x, y| if x < 8 && y < 8 { fill } else { 200 });
        assert_eq!(ground.factor, 3);
        let shown = |x: usize, y: usize| plane.shown[y * ground.width + x];
        assert_eq!((shown(2, 2), shown(3, 2), shown(2, 3), shown(3, 3)), (false, true, true, true));
    }

    #[test]
    fn lines_of_the_band_are_hidden() {
        let ground = ground(1920, 1080, Some(1030..1080));
        let plane = plane(&ground, |_, _| 200);
        for (at, shown) in plane.shown.iter().enumerate() {
            // Line 1030 lies in the point of the lines 1028 to 1031.
            assert_eq!(*shown, at / ground.width < 257, "{at}");
        }
    }
}
