//! Which 8×8 blocks of a picture are covered, and the fill.
//!
//! Holds: the cover is a function of polygons and sizes alone, never of pixels; it is conservative (the
//! growth is stated at the crate's root). The method is a test of rectangles against edges, on purpose
//! another one than the proof's scanlines.

use lineshot_domain::{Crop, Fill, Polygon, Scene, Show, Size, lock_tolerance};

/// JPEG's block: nothing smaller can be exact in a JPEG.
pub(crate) const BLOCK: u32 = 8;

/// A 4:2:0 camera's MCU.
const CELL: u32 = 16;

/// Least margin round what must be covered, in pixels of the picture at hand, beside what the camera may have moved.
const MARGIN: f64 = 3.0;

/// How far a decoder carries an MCU's colour over its border, in pixels.
const BLEED: u32 = 2;

/// An edge that only lies along a rectangle's side does not reach into it; far below a pixel and far
/// above the rounding of 16,384 pixels in double precision.
const HAIR: f64 = 1e-6;

/// The covered blocks of one picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cover {
    size: Size,
    columns: u32,
    blocks: Vec<bool>,
    colour: Fill,
}

impl Cover {
    /// The cover of the frame as the camera delivers it.
    pub(crate) fn of_frame(scene: &Scene) -> Cover {
        let size = scene.frame();
        let areas = Areas::new(scene, Crop::whole(size), size);
        let margin = MARGIN + f64::from(lock_tolerance(size));
        let (columns, rows) = (size.width().div_ceil(CELL), size.height().div_ceil(CELL));
        let cells: Vec<bool> = grid(columns, rows)
            .map(|(column, row)| areas.must_cover(Rect::cell(column, row, CELL, size).grown(margin)))
            .collect();
        let touched = |block: u32, last: u32| {
            let start = block * BLOCK;
            start.saturating_sub(BLEED) / CELL..=((start + BLOCK + BLEED - 1) / CELL).min(last)
        };
        Cover::new(size, scene.fill(), |x, y| {
            touched(y, rows - 1)
                .any(|row| touched(x, columns - 1).any(|column| cells[(row * columns + column) as usize]))
        })
    }

    /// The cover of the part `crop` of the frame, brought to `size`.
    pub(crate) fn of_picture(scene: &Scene, crop: Crop, size: Size) -> Cover {
        let areas = Areas::new(scene, crop, size);
        let zoom = f64::from(size.width()) / f64::from(crop.size().width());
        let margin = MARGIN + f64::from(lock_tolerance(scene.frame())) * zoom;
        Cover::new(size, scene.fill(), |x, y| areas.must_cover(Rect::cell(x, y, BLOCK, size).grown(margin)))
    }

    fn new(size: Size, colour: Fill, covered: impl Fn(u32, u32) -> bool) -> Cover {
        let (columns, rows) = (size.width().div_ceil(BLOCK), size.height().div_ceil(BLOCK));
        Cover { size, columns, blocks: grid(columns, rows).map(|(x, y)| covered(x, y)).collect(), colour }
    }

    /// The size of the picture this belongs to.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// What it is covered by.
    pub(crate) fn colour(&self) -> Fill {
        self.colour
    }

    /// Whether the pixel's block is covered.
    pub(crate) fn hides(&self, x: u32, y: u32) -> bool {
        self.blocks[(y / BLOCK * self.columns + x / BLOCK) as usize]
    }

    /// Fills every covered block of `pixels`, which are RGB of exactly this cover's size.
    pub(crate) fn fill(&self, pixels: &mut [u8]) {
        let width = self.size.width() as usize * 3;
        let (block, colour) = (BLOCK as usize, self.colour.rgb());
        for (y, line) in pixels.chunks_exact_mut(width).enumerate() {
            let row = &self.blocks[y / block * self.columns as usize..][..self.columns as usize];
            for (part, covered) in line.chunks_mut(block * 3).zip(row) {
                if *covered {
                    part.as_chunks_mut().0.fill(colour);
                }
            }
        }
    }
}

fn grid(columns: u32, rows: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..rows).flat_map(move |row| (0..columns).map(move |column| (column, row)))
}

#[derive(Clone, Copy, Debug)]
struct Rect {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Rect {
    /// The pixels of a cell; the last of a row or column may be cut by the picture's edge.
    fn cell(column: u32, row: u32, side: u32, size: Size) -> Rect {
        Rect {
            left: f64::from(column * side),
            top: f64::from(row * side),
            right: f64::from(((column + 1) * side).min(size.width())),
            bottom: f64::from(((row + 1) * side).min(size.height())),
        }
    }

    fn grown(self, by: f64) -> Rect {
        Rect { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// The part within `other`, less a hair on each side.
    fn within(self, other: &Rect) -> Rect {
        Rect {
            left: self.left.max(other.left) + HAIR,
            top: self.top.max(other.top) + HAIR,
            right: self.right.min(other.right) - HAIR,
            bottom: self.bottom.min(other.bottom) - HAIR,
        }
    }
}

type Corner = (f64, f64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Inside,
    Outside,
    Both,
}

/// A scene's polygons in the pixels of one picture.
struct Areas {
    frame: Rect,
    shown: Option<Vec<Area>>,
    masks: Vec<Area>,
}

/// A polygon, and the rectangle round it: most are far from most rectangles that are asked about.
struct Area {
    corners: Vec<Corner>,
    reach: Rect,
}

impl Area {
    fn new(corners: Vec<Corner>) -> Area {
        let none = Rect {
            left: f64::INFINITY,
            top: f64::INFINITY,
            right: f64::NEG_INFINITY,
            bottom: f64::NEG_INFINITY,
        };
        let reach = corners.iter().fold(none, |reach, corner| Rect {
            left: reach.left.min(corner.0),
            top: reach.top.min(corner.1),
            right: reach.right.max(corner.0),
            bottom: reach.bottom.max(corner.1),
        });
        Area { corners, reach }
    }

    fn place(&self, rect: Rect) -> Place {
        let apart = rect.right < self.reach.left
            || rect.left > self.reach.right
            || rect.bottom < self.reach.top
            || rect.top > self.reach.bottom;
        if apart { Place::Outside } else { place(&self.corners, rect) }
    }
}

impl Areas {
    fn new(scene: &Scene, crop: Crop, size: Size) -> Areas {
        let scale = |to: u32, from: u32| f64::from(to) / f64::from(from);
        let across = scale(size.width(), crop.size().width());
        let down = scale(size.height(), crop.size().height());
        let (width, height) = (f64::from(scene.frame().width()), f64::from(scene.frame().height()));
        let map = |x: f64, y: f64| {
            ((x * width - f64::from(crop.left())) * across, (y * height - f64::from(crop.top())) * down)
        };
        let area = |polygon: &Polygon| {
            Area::new(polygon.corners().iter().map(|p| map(p.x.value(), p.y.value())).collect())
        };
        let ((left, top), (right, bottom)) = (map(0.0, 0.0), map(1.0, 1.0));
        Areas {
            frame: Rect { left, top, right, bottom },
            shown: match scene.show() {
                Show::All => None,
                Show::Within(polygons) => Some(polygons.iter().map(area).collect()),
            },
            masks: scene.masks().iter().map(|mask| area(&mask.polygon)).collect(),
        }
    }

    /// Whether any part of `rect` must be covered. Beyond the frame there is nothing to cover.
    fn must_cover(&self, rect: Rect) -> bool {
        let rect = rect.within(&self.frame);
        let masked = self.masks.iter().any(|mask| mask.place(rect) != Place::Outside);
        let shown = match &self.shown {
            None => true,
            Some(polygons) => polygons.iter().any(|shown| shown.place(rect) == Place::Inside),
        };
        masked || !shown
    }
}

/// Where `rect` lies: on both sides if an edge runs through it, else where its centre lies.
fn place(polygon: &[Corner], rect: Rect) -> Place {
    let centre = (f64::midpoint(rect.left, rect.right), f64::midpoint(rect.top, rect.bottom));
    let mut inside = false;
    let mut from = polygon[polygon.len() - 1];
    for &to in polygon {
        if runs_through(from, to, rect) {
            return Place::Both;
        }
        if (from.1 > centre.1) != (to.1 > centre.1) {
            let x = from.0 + (centre.1 - from.1) / (to.1 - from.1) * (to.0 - from.0);
            inside ^= centre.0 < x;
        }
        from = to;
    }
    if inside { Place::Inside } else { Place::Outside }
}

/// Whether the edge and the rectangle have a point in common (Liang and Barsky's clipping).
fn runs_through(from: Corner, to: Corner, rect: Rect) -> bool {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (direction, room) in [
        (-dx, from.0 - rect.left),
        (dx, rect.right - from.0),
        (-dy, from.1 - rect.top),
        (dy, rect.bottom - from.1),
    ] {
        if direction == 0.0 {
            if room < 0.0 {
                return false;
            }
        } else if direction < 0.0 {
            enter = enter.max(room / direction);
        } else {
            leave = leave.min(room / direction);
        }
    }
    enter <= leave
}

#[cfg(test)]
mod tests {
    use lineshot_domain::{Fraction, Mask, Point};

    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    /// A rectangle in pixels of `frame`.
    fn rectangle(frame: Size, [left, top, right, bottom]: [f64; 4]) -> Polygon {
        let point = |x: f64, y: f64| Point {
            x: Fraction::new(x / f64::from(frame.width())).unwrap(),
            y: Fraction::new(y / f64::from(frame.height())).unwrap(),
        };
        let corners = vec![point(left, top), point(right, top), point(right, bottom), point(left, bottom)];
        Polygon::new(corners).unwrap()
    }

    fn masked(frame: Size, pixels: [f64; 4]) -> Scene {
        let mask = Mask { name: "m".into(), polygon: rectangle(frame, pixels) };
        Scene::new(frame, Show::All, vec![mask]).unwrap()
    }

    fn shown(frame: Size, areas: &[[f64; 4]]) -> Scene {
        let polygons = areas.iter().map(|&area| rectangle(frame, area)).collect();
        Scene::new(frame, Show::Within(polygons), Vec::new()).unwrap()
    }

    /// A character per block.
    fn drawn(cover: &Cover) -> Vec<String> {
        cover
            .blocks
            .chunks(cover.columns as usize)
            .map(|row| row.iter().map(|&covered| if covered { '#' } else { '.' }).collect())
            .collect()
    }

    #[test]
    fn a_masked_pixel_covers_its_cell_and_the_blocks_its_colour_bleeds_into() {
        let frame = size(64, 64);
        let open = "........";
        let wide = "...####.";
        // In the middle of the cell from 32 to 48.
        let scene = masked(frame, [40.0, 40.0, 41.0, 41.0]);
        assert_eq!(drawn(&Cover::of_frame(&scene)), [open, open, open, wide, wide, wide, wide, open]);
        let near = "....##..";
        let picture = drawn(&Cover::of_picture(&scene, Crop::whole(frame), frame));
        assert_eq!(picture, [open, open, open, open, near, near, open, open]);
    }

    #[test]
    fn the_margin_is_seven_pixels() {
        let frame = size(64, 64);
        for (left, neighbour) in [(38.5, true), (39.5, false)] {
            let scene = masked(frame, [left, 38.0, 44.0, 42.0]);
            // The cell from 16 to 32 lies `left` - 32 pixels beside the mask.
            assert_eq!(Cover::of_frame(&scene).hides(20, 40), neighbour, "{left}");
            let picture = Cover::of_picture(&scene, Crop::whole(frame), frame);
            assert_eq!(picture.hides(31, 40), neighbour, "{left}");
        }
        // At half size three, and half of what the camera may have moved.
        for (left, neighbour) in [(41.0, true), (43.0, false)] {
            let scene = masked(frame, [left, 38.0, 44.0, 42.0]);
            let picture = Cover::of_picture(&scene, Crop::whole(frame), size(32, 32));
            assert_eq!(picture.hides(15, 20), neighbour, "{left}");
        }
    }

    #[test]
    fn many_areas_of_many_corners_are_drawn() {
        let frame = size(1920, 1080);
        let point = |x: f64, y: f64| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
        let star = |at: u32| {
            let middle = (f64::from(at % 8) / 8.0 + 0.0625, f64::from(at / 8) / 8.0 + 0.0625);
            let corner = |n: u32| {
                let (turn, far) =
                    (f64::from(n) * std::f64::consts::TAU / 256.0, [0.05, 0.02][n as usize % 2]);
                point(middle.0 + turn.cos() * far, middle.1 + turn.sin() * far)
            };
            Mask { name: "m".into(), polygon: Polygon::new((0..256).map(corner).collect()).unwrap() }
        };
        let scene = Scene::new(frame, Show::All, (0..64).map(star).collect()).unwrap();
        let cover = Cover::of_frame(&scene);
        // The middle of each, and the corner between four of them.
        assert!((0..64).all(|at| cover.hides(at % 8 * 240 + 120, at / 8 * 135 + 67)));
        assert!(!cover.hides(240, 135));
    }

    #[test]
    fn what_is_not_wholly_within_one_shown_polygon_is_covered() {
        let frame = size(64, 64);
        let halves = [[0.0, 0.0, 28.0, 64.0], [28.0, 0.0, 64.0, 64.0]];
        // Together they show everything, but no block on the seam lies within one of them.
        let cover = Cover::of_picture(&shown(frame, &halves), Crop::whole(frame), frame);
        assert_eq!(drawn(&cover)[0], "..###...");
        let overlapping = [[0.0, 0.0, 40.0, 64.0], [20.0, 0.0, 64.0, 64.0]];
        let cover = Cover::of_picture(&shown(frame, &overlapping), Crop::whole(frame), frame);
        assert_eq!(drawn(&cover)[0], "........");
    }

    #[test]
    fn a_shown_area_may_reach_the_border_of_the_frame() {
        let frame = size(61, 45);
        let scene = shown(frame, &[[0.0, 0.0, 61.0, 45.0]]);
        assert!(!Cover::of_frame(&scene).blocks.contains(&true));
        let crop = Crop::pixels(frame, 5, 3, 40, 30).unwrap();
        assert!(!Cover::of_picture(&scene, crop, size(20, 16)).blocks.contains(&true));
        let all_but_a_column = shown(frame, &[[1.0, 0.0, 61.0, 45.0]]);
        assert!(Cover::of_frame(&all_but_a_column).hides(0, 44));
    }

    #[test]
    fn polygons_follow_crop_and_size() {
        let frame = size(128, 128);
        let scene = masked(frame, [64.0, 64.0, 96.0, 96.0]);
        let crop = Crop::pixels(frame, 32, 48, 64, 64).unwrap();
        // 64 to 96 is 32 to 64 and 16 to 48 in the crop, half of that at half size.
        let rows = drawn(&Cover::of_picture(&scene, crop, size(32, 32)));
        assert_eq!(rows, [".###", ".###", ".###", ".###"]);
        let rows = drawn(&Cover::of_picture(&scene, crop, size(64, 64)));
        assert_eq!(rows[0], "........");
        assert_eq!(rows[1], "...#####");
        assert_eq!(rows[6], "...#####");
        assert_eq!(rows[7], "........");
    }

    #[test]
    fn the_fill_is_in_every_covered_pixel_and_in_no_other() {
        let frame = size(61, 45);
        let cover = Cover::of_frame(&masked(frame, [50.0, 30.0, 61.0, 45.0]));
        let mut pixels = vec![7; 61 * 45 * 3];
        cover.fill(&mut pixels);
        for (at, pixel) in (0..).zip(pixels.chunks_exact(3)) {
            let expected = if cover.hides(at % 61, at / 61) { [96; 3] } else { [7; 3] };
            assert_eq!(pixel, expected);
        }
    }
}
