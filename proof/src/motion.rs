//! Where pictures of one view differ: what moves in what is shown. For the eye of who signs.
//!
//! Holds: it looks at proven pictures alone, so it knows nothing of what is covered.

use lineshot_domain::Size;

use crate::{ProofError, Proven};

/// Pixels of a cell's side.
const CELL: u32 = 16;

/// How bright each cell was at least and at most.
#[derive(Debug)]
pub struct Motion {
    size: Size,
    range: Vec<(u8, u8)>,
    pictures: u32,
}

impl Motion {
    /// Nothing moved yet.
    ///
    /// # Errors
    /// [`ProofError`] if the picture cannot be decoded.
    pub fn from(first: &Proven) -> Result<Motion, ProofError> {
        let range = cells(first)?.into_iter().map(|value| (value, value)).collect();
        Ok(Motion { size: first.size(), range, pictures: 1 })
    }

    /// Looks at one more picture of the same size; one of another is passed over.
    ///
    /// # Errors
    /// [`ProofError`] if the picture cannot be decoded.
    pub fn add(&mut self, picture: &Proven) -> Result<(), ProofError> {
        if picture.size() != self.size {
            return Ok(());
        }
        for (range, value) in self.range.iter_mut().zip(cells(picture)?) {
            *range = (range.0.min(value), range.1.max(value));
        }
        self.pictures += 1;
        Ok(())
    }

    /// Of how many pictures.
    pub fn pictures(&self) -> u32 {
        self.pictures
    }

    /// Left, top and side in pixels of each cell, and by how much of 255 its brightness differed.
    pub fn cells(&self) -> impl Iterator<Item = (u32, u32, u32, u8)> + '_ {
        let across = self.size.width().div_ceil(CELL);
        let place = move |at: u32| (at % across * CELL, at / across * CELL, CELL);
        (0..).zip(&self.range).map(move |(at, (least, most))| {
            let (left, top, side) = place(at);
            (left, top, side, most - least)
        })
    }
}

/// Mean brightness (BT.601) of each cell, row by row.
fn cells(picture: &Proven) -> Result<Vec<u8>, ProofError> {
    let size = picture.size();
    let bright = picture.brightness()?;
    let (across, down) = (size.width().div_ceil(CELL), size.height().div_ceil(CELL));
    let mut sums = vec![(0_u64, 0_u64); (across * down) as usize];
    for (at, value) in (0_u32..).zip(bright) {
        let (x, y) = (at % size.width(), at / size.width());
        let (sum, count) = &mut sums[(y / CELL * across + x / CELL) as usize];
        *sum += u64::from(value);
        *count += 1;
    }
    Ok(sums.into_iter().map(|(sum, count)| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX)).collect())
}

#[cfg(test)]
mod tests {
    use lineshot_domain::{Crop, Scene, Show};

    use super::*;
    use crate::{Claim, prove};

    /// 64x48 pixels of one brightness, but for a cell.
    fn picture(other: Option<(u32, u32, u8)>) -> Proven {
        let size = Size::new(64, 48).unwrap();
        let pixel = |at: u32| match other {
            Some((x, y, value)) if (at % 64 / CELL, at / 64 / CELL) == (x, y) => [value; 3],
            _ => [100; 3],
        };
        let rgb: Vec<u8> = (0..64 * 48).flat_map(pixel).collect();
        let mut jpeg = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 90);
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
        encoder.encode(&rgb, 64, 48, jpeg_encoder::ColorType::Rgb).unwrap();
        let scene = Scene::new(size, Show::All, Vec::new()).unwrap();
        prove(jpeg, &Claim::new(&scene, Crop::whole(size), size).unwrap()).unwrap()
    }

    #[test]
    fn what_changes_is_found_where_it_is_and_nothing_else() {
        let mut motion = Motion::from(&picture(None)).unwrap();
        motion.add(&picture(Some((2, 1, 200)))).unwrap();
        motion.add(&picture(Some((2, 1, 60)))).unwrap();
        let moved: Vec<_> = motion.cells().filter(|(.., by)| *by > 5).collect();
        assert_eq!(motion.pictures(), 3);
        let [(32, 16, CELL, by)] = moved.as_slice() else { panic!("{moved:?}") };
        assert!((135..=145).contains(by), "{by}");
        assert_eq!(motion.cells().count(), 12);
    }
}
