//! Which pixels must be covered, by scanlines.
//!
//! A pixel must be covered if any part of it lies in a mask, or if it does not lie wholly within one
//! single shown polygon. A polygon's inside is found by the even-odd rule along the pixels' centres, its
//! border by walking each edge in steps of a quarter pixel; the walk can miss the corner of a pixel by
//! less than that, which the comparison makes good by looking one pixel further.
//!
//! Deliberately absent: blocks, margins, any method of the darkroom's.

use lineshot_domain::{Crop, Polygon, Scene, Show, Size};

/// In pixels.
const STEP: f64 = 0.25;

/// A picture's pixels, each marked or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) size: Size,
    marked: Vec<bool>,
}

impl Pixels {
    fn none(size: Size) -> Pixels {
        Pixels { size, marked: vec![false; size.width() as usize * size.height() as usize] }
    }

    /// The marks of row `y`.
    pub(crate) fn row(&self, y: u32) -> &[bool] {
        let width = self.size.width() as usize;
        &self.marked[y as usize * width..][..width]
    }

    fn row_mut(&mut self, y: u32) -> &mut [bool] {
        let width = self.size.width() as usize;
        &mut self.marked[y as usize * width..][..width]
    }
}

/// Marks every pixel of the picture that must be covered.
pub(crate) fn required(scene: &Scene, crop: Crop, size: Size) -> Pixels {
    let map = Map::new(scene.frame(), crop, size);
    let mut required = Pixels::none(size);
    if let Show::Within(polygons) = scene.show() {
        let mut shown = Pixels::none(size);
        for polygon in polygons {
            let mut one = Pixels::none(size);
            map.mark_inside(polygon, &mut one);
            map.mark_border(polygon, false, &mut one);
            shown.marked.iter_mut().zip(&one.marked).for_each(|(all, one)| *all |= one);
        }
        required.marked.iter_mut().zip(&shown.marked).for_each(|(must, shown)| *must = !shown);
    }
    for mask in scene.masks() {
        map.mark_inside(&mask.polygon, &mut required);
        map.mark_border(&mask.polygon, true, &mut required);
    }
    required
}

/// From millionths of the frame to pixels of the picture.
struct Map {
    /// Pixels of the picture per millionth, and how many pixels the picture begins after the frame.
    across: (f64, f64),
    down: (f64, f64),
}

impl Map {
    fn new(frame: Size, crop: Crop, size: Size) -> Map {
        let axis = |frame: u32, start: u32, kept: u32, made: u32| {
            let zoom = f64::from(made) / f64::from(kept);
            (f64::from(frame) * zoom / 1e6, f64::from(start) * zoom)
        };
        Map {
            across: axis(frame.width(), crop.left(), crop.size().width(), size.width()),
            down: axis(frame.height(), crop.top(), crop.size().height(), size.height()),
        }
    }

    /// Each edge's two ends in millionths.
    fn edges(polygon: &Polygon) -> impl Iterator<Item = [(u32, u32); 2]> {
        let corners = polygon.corners();
        let next = corners.iter().cycle().skip(1);
        corners.iter().zip(next).map(|pair| [pair.0, pair.1].map(|p| (p.x.millionths(), p.y.millionths())))
    }

    fn pixel(&self, (x, y): (u32, u32)) -> (f64, f64) {
        (f64::from(x) * self.across.0 - self.across.1, f64::from(y) * self.down.0 - self.down.1)
    }

    /// Marks the pixels whose centre is inside.
    fn mark_inside(&self, polygon: &Polygon, pixels: &mut Pixels) {
        let edges: Vec<_> = Self::edges(polygon).map(|edge| edge.map(|end| self.pixel(end))).collect();
        let mut crossings = Vec::new();
        for y in 0..pixels.size.height() {
            let line = f64::from(y) + 0.5;
            crossings.clear();
            crossings.extend(edges.iter().filter(|[a, b]| (a.1 <= line) != (b.1 <= line)).map(|[a, b]| {
                let down = (line - a.1) / (b.1 - a.1);
                a.0 + down * (b.0 - a.0)
            }));
            crossings.sort_by(f64::total_cmp);
            let row = pixels.row_mut(y);
            for span in crossings.chunks_exact(2) {
                // A negative number becomes 0.
                let [from, to] = [span[0], span[1]].map(|x| ((x - 0.5).ceil() as usize).min(row.len()));
                row[from..to].fill(true);
            }
        }
    }

    /// Gives the pixels that an edge runs through the mark `to`. Edges along the frame's own border have
    /// nothing on their other side and are left out.
    fn mark_border(&self, polygon: &Polygon, to: bool, pixels: &mut Pixels) {
        const END: u32 = 1_000_000;
        let (width, height) = (f64::from(pixels.size.width()), f64::from(pixels.size.height()));
        for edge in Self::edges(polygon) {
            let [a, b] = edge;
            if (a.0 == b.0 && matches!(a.0, 0 | END)) || (a.1 == b.1 && matches!(a.1, 0 | END)) {
                continue;
            }
            let [a, b] = edge.map(|end| self.pixel(end));
            let steps = ((b.0 - a.0).hypot(b.1 - a.1) / STEP).ceil().max(1.0) as u32;
            for step in 0..=steps {
                let along = f64::from(step) / f64::from(steps);
                let (x, y) = (a.0 + along * (b.0 - a.0), a.1 + along * (b.1 - a.1));
                if (0.0..width).contains(&x) && (0.0..height).contains(&y) {
                    pixels.row_mut(y as u32)[x as usize] = to;
                }
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use lineshot_domain::{Fraction, Mask, Point};

    use super::*;

    /// A picture of which these pixels alone must be covered.
    pub(crate) fn marked(size: Size, at: &[(u32, u32)]) -> Pixels {
        let mut pixels = Pixels::none(size);
        at.iter().for_each(|&(x, y)| pixels.row_mut(y)[x as usize] = true);
        pixels
    }

    fn polygon(corners: &[(f64, f64)]) -> Polygon {
        let fraction = |value| Fraction::new(value).unwrap();
        Polygon::new(corners.iter().map(|&(x, y)| Point { x: fraction(x), y: fraction(y) }).collect())
            .unwrap()
    }

    fn picture(scene: &Scene, crop: Crop, size: Size) -> Vec<String> {
        let required = required(scene, crop, size);
        (0..size.height())
            .map(|y| required.row(y).iter().map(|&must| if must { '#' } else { '.' }).collect())
            .collect()
    }

    #[test]
    fn a_mask_marks_every_pixel_it_touches() {
        let frame = Size::new(16, 16).unwrap();
        // From 2.4 to 5.6 pixels each way, as a diamond.
        let diamond = polygon(&[(0.25, 0.15), (0.35, 0.25), (0.25, 0.35), (0.15, 0.25)]);
        let scene = Scene::new(frame, Show::All, vec![Mask { name: "m".into(), polygon: diamond }]).unwrap();
        let rows = picture(&scene, Crop::whole(frame), frame);
        assert_eq!(rows[1], "................");
        assert_eq!(rows[2], "...##...........");
        assert_eq!(rows[3], "..####..........");
        assert_eq!(rows[4], "..####..........");
        assert_eq!(rows[5], "...##...........");
        assert_eq!(rows[6], "................");
    }

    #[test]
    fn only_pixels_wholly_within_one_shown_polygon_are_free() {
        let frame = Size::new(16, 16).unwrap();
        let left = polygon(&[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]);
        let right = polygon(&[(0.5, 0.0), (1.0, 0.0), (1.0, 0.53), (0.5, 0.53)]);
        let scene = Scene::new(frame, Show::Within(vec![left, right]), Vec::new()).unwrap();
        let rows = picture(&scene, Crop::whole(frame), frame);
        // The seam at 8 belongs to neither wholly, as far as the walk can tell; the frame's border is free.
        assert_eq!(rows[0], "........#.......");
        assert_eq!(rows[7], "........#.......");
        assert_eq!(rows[8], "........########");
        assert_eq!(rows[15], "........########");
    }

    #[test]
    fn polygons_follow_crop_and_size() {
        let frame = Size::new(64, 64).unwrap();
        let square = polygon(&[(0.5, 0.5), (0.75, 0.5), (0.75, 0.75), (0.5, 0.75)]);
        let scene = Scene::new(frame, Show::All, vec![Mask { name: "m".into(), polygon: square }]).unwrap();
        let crop = Crop::pixels(frame, 16, 30, 32, 32).unwrap();
        // Pixels 32 to 48 of the frame are 16 to 32 and 2 to 18 of the crop; 8 to 16 and 1 to 9 at half size.
        let rows = picture(&scene, crop, Size::new(16, 16).unwrap());
        assert_eq!(rows[0], "................");
        for row in &rows[1..=9] {
            assert_eq!(row, "........########");
        }
        assert_eq!(rows[10], "................");
    }
}
