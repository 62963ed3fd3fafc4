//! What may be seen and what is covered, in fractions of a frame of an exact size.
//!
//! What is not shown on purpose is covered. Deliberately absent: any rasteriser. The darkroom and the
//! proof each have their own, so that one's mistake is not the other's.

mod fill;
mod within;

pub use fill::{Fill, FillError};

/// How far a covered sample may be from the [`Fill`] in each of Y, Cb and Cr, of 255.
pub const FILL_TOLERANCE: u8 = 3;

/// What is wrong with a geometry.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GeometryError {
    /// Not a fraction of the frame.
    #[error("{0} is not a fraction of the frame, from 0 to 1")]
    Fraction(f64),
    /// Too few or too many corners.
    #[error("a polygon has 3 to 256 corners, this one has {0}")]
    Corners(usize),
    /// Crosses or touches itself, or has no area.
    #[error("the polygon's edges {0} and {1} cross or touch (edges are counted from 1)")]
    NotSimple(usize, usize),
    /// The frame's size is not one that a camera has.
    #[error("a frame is 16 to 16384 pixels wide and high, not {0}x{1}")]
    Size(u32, u32),
    /// Nothing may be seen.
    #[error("`show` names no polygon: nothing would be seen; name what may be seen, or write \"all\"")]
    NothingShown,
    /// The crop has no area of at least 16×16 pixels.
    #[error("the crop must lie within the frame and keep at least 16x16 pixels")]
    Crop,
}

/// The size of a frame or a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// 16 to 16384 pixels each way.
    ///
    /// # Errors
    /// [`GeometryError::Size`].
    pub fn new(width: u32, height: u32) -> Result<Size, GeometryError> {
        let range = 16..=16_384;
        if range.contains(&width) && range.contains(&height) {
            Ok(Size { width, height })
        } else {
            Err(GeometryError::Size(width, height))
        }
    }

    /// Pixels from left to right.
    pub fn width(self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(self) -> u32 {
        self.height
    }
}

/// A fraction of a frame's width or height, in millionths: exact in text and in signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fraction(u32);

impl Fraction {
    /// Rounds to millionths.
    ///
    /// # Errors
    /// [`GeometryError::Fraction`] outside 0 to 1.
    pub fn new(value: f64) -> Result<Fraction, GeometryError> {
        if !(0.0..=1.0).contains(&value) {
            return Err(GeometryError::Fraction(value));
        }
        Ok(Fraction((value * 1e6).round() as u32))
    }

    /// From 0 to 1.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 1e6
    }

    /// From 0 to 1,000,000.
    pub fn millionths(self) -> u32 {
        self.0
    }
}

/// A corner: fractions from the left and from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// From the left.
    pub x: Fraction,
    /// From the top.
    pub y: Fraction,
}

/// A simple polygon: its edges neither cross nor touch but at their common corners.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Polygon(Vec<Point>);

impl Polygon {
    /// Closes the corners to a polygon.
    ///
    /// # Errors
    /// [`GeometryError::Corners`] or [`GeometryError::NotSimple`].
    pub fn new(corners: Vec<Point>) -> Result<Polygon, GeometryError> {
        let n = corners.len();
        if !(3..=256).contains(&n) {
            return Err(GeometryError::Corners(n));
        }
        let edge = |i: usize| (corners[i], corners[(i + 1) % n]);
        for i in 0..n {
            for j in i + 1..n {
                let next_to = j == i + 1 || (i == 0 && j == n - 1);
                let clash = if next_to { folds_back(edge(i), edge(j)) } else { meet(edge(i), edge(j)) };
                if clash {
                    return Err(GeometryError::NotSimple(i + 1, j + 1));
                }
            }
        }
        Ok(Polygon(corners))
    }

    /// The polygon of these corners, or the area within the outermost of them (their convex hull) if its edges cross:
    /// for what is to be covered, where nobody can say what was meant, more is right.
    ///
    /// # Errors
    /// [`GeometryError::Corners`], or [`GeometryError::NotSimple`] if they enclose nothing.
    pub fn enclosing(mut corners: Vec<Point>) -> Result<Polygon, GeometryError> {
        // A ring that is closed, or a corner that was set twice, crosses nothing.
        corners.dedup();
        if corners.len() > 3 && corners.first() == corners.last() {
            corners.pop();
        }
        match Polygon::new(corners.clone()) {
            Err(crossed @ GeometryError::NotSimple(..)) => {
                let outermost = hull(corners);
                if outermost.len() < 3 { Err(crossed) } else { Polygon::new(outermost) }
            }
            as_given => as_given,
        }
    }

    /// The corners in the order they were given.
    pub fn corners(&self) -> &[Point] {
        &self.0
    }
}

/// Twice the signed area of the triangle, exact.
fn turn(a: Point, b: Point, c: Point) -> i64 {
    let [(ax, ay), (bx, by), (cx, cy)] = [a, b, c].map(|p| (i64::from(p.x.0), i64::from(p.y.0)));
    (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
}

/// Whether neighbouring edges lie on one line and overlap (or one has no length).
fn folds_back((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let (shared, one, other) = if b == c { (b, a, d) } else { (a, b, c) };
    if turn(shared, one, other) != 0 {
        return false;
    }
    let toward =
        |p: Point| (i64::from(p.x.0) - i64::from(shared.x.0), i64::from(p.y.0) - i64::from(shared.y.0));
    let ((ux, uy), (vx, vy)) = (toward(one), toward(other));
    ux * vx + uy * vy >= 0
}

/// The convex hull, by Andrew's monotone chain (Information Processing Letters 9, 1979).
fn hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_unstable_by_key(|point| (point.x, point.y));
    points.dedup();
    let chain = |points: &mut dyn Iterator<Item = Point>| {
        let mut chain: Vec<Point> = Vec::new();
        for point in points {
            while let [.., a, b] = chain[..]
                && turn(a, b, point) <= 0
            {
                chain.pop();
            }
            chain.push(point);
        }
        // The last is the other chain's first.
        chain.pop();
        chain
    };
    let mut around = chain(&mut points.iter().copied());
    around.extend(chain(&mut points.iter().rev().copied()));
    around
}

/// Whether two edges have a point in common.
fn meet((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let side = |value: i64| value.signum();
    let (d1, d2) = (side(turn(a, b, c)), side(turn(a, b, d)));
    let (d3, d4) = (side(turn(c, d, a)), side(turn(c, d, b)));
    if d1 * d2 < 0 && d3 * d4 < 0 {
        return true;
    }
    let within = |p: Point, q: Point, r: Point| {
        let between = |v: Fraction, s: Fraction, t: Fraction| s.min(t) <= v && v <= s.max(t);
        between(r.x, p.x, q.x) && between(r.y, p.y, q.y)
    };
    (d1 == 0 && within(a, b, c))
        || (d2 == 0 && within(a, b, d))
        || (d3 == 0 && within(c, d, a))
        || (d4 == 0 && within(c, d, b))
}

/// By how many pixels of this frame a camera may have moved, at the corner that moved most, and still count as standing
/// where it was released: four of a frame with 1080 lines, and never less. What is covered grows by as much.
pub fn lock_tolerance(frame: Size) -> u32 {
    (LOCK_TOLERANCE * frame.height()).div_ceil(1080).max(LOCK_TOLERANCE)
}

const LOCK_TOLERANCE: u32 = 4;

/// What may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// The whole frame, said in words.
    All,
    /// Only what lies within one of these.
    Within(Vec<Polygon>),
}

/// A confidential area inside what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// What it hides, for people.
    pub name: String,
    /// Where.
    pub polygon: Polygon,
}

/// What is shown and covered in frames of exactly one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    frame: Size,
    show: Show,
    masks: Vec<Mask>,
    fill: Fill,
}

impl Scene {
    /// Binds polygons to a frame's size; covers are grey.
    ///
    /// # Errors
    /// [`GeometryError::NothingShown`] for an empty list of shown polygons.
    pub fn new(frame: Size, show: Show, masks: Vec<Mask>) -> Result<Scene, GeometryError> {
        if matches!(&show, Show::Within(polygons) if polygons.is_empty()) {
            return Err(GeometryError::NothingShown);
        }
        Ok(Scene { frame, show, masks, fill: Fill::GREY })
    }

    /// The same with covers of another colour.
    #[must_use]
    pub fn filled(self, fill: Fill) -> Scene {
        Scene { fill, ..self }
    }

    /// The colour of covers.
    pub fn fill(&self) -> Fill {
        self.fill
    }

    /// The only frame size these polygons are meant for.
    pub fn frame(&self) -> Size {
        self.frame
    }

    /// What may be seen.
    pub fn show(&self) -> &Show {
        &self.show
    }

    /// What is covered inside it.
    pub fn masks(&self) -> &[Mask] {
        &self.masks
    }
}

/// The part of the frame that becomes the picture, in whole pixels of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    left: u32,
    top: u32,
    size: Size,
}

impl Crop {
    /// The whole frame.
    pub fn whole(frame: Size) -> Crop {
        Crop { left: 0, top: 0, size: frame }
    }

    /// The given pixels of `frame`.
    ///
    /// # Errors
    /// [`GeometryError::Crop`] if they reach outside or are fewer than 16×16.
    pub fn pixels(frame: Size, left: u32, top: u32, width: u32, height: u32) -> Result<Crop, GeometryError> {
        let size = Size::new(width, height).map_err(|_| GeometryError::Crop)?;
        let inside = u64::from(left) + u64::from(width) <= u64::from(frame.width)
            && u64::from(top) + u64::from(height) <= u64::from(frame.height);
        if inside { Ok(Crop { left, top, size }) } else { Err(GeometryError::Crop) }
    }

    /// Whether it shows no pixel that `other` does not.
    pub fn is_within(&self, other: &Crop) -> bool {
        let is_in = |at: u32, length: u32, from: u32, most: u32| from <= at && at + length <= from + most;
        is_in(self.left, self.size.width, other.left, other.size.width)
            && is_in(self.top, self.size.height, other.top, other.size.height)
    }

    /// First column kept.
    pub fn left(&self) -> u32 {
        self.left
    }

    /// First row kept.
    pub fn top(&self) -> u32 {
        self.top
    }

    /// How much is kept.
    pub fn size(&self) -> Size {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn polygon(corners: &[(f64, f64)]) -> Result<Polygon, GeometryError> {
        let point = |&(x, y): &(f64, f64)| Ok(Point { x: Fraction::new(x)?, y: Fraction::new(y)? });
        Polygon::new(corners.iter().map(point).collect::<Result<_, GeometryError>>()?)
    }

    #[test]
    fn a_larger_frame_may_have_moved_by_more_pixels() {
        let of = |height: u32| lock_tolerance(Size::new(1600, height).unwrap());
        assert_eq!([16, 480, 1080, 1081, 2160, 3000].map(of), [4, 4, 4, 5, 8, 12]);
    }

    #[test]
    fn a_mask_whose_edges_cross_covers_all_that_its_outermost_corners_enclose() {
        let point =
            |&(x, y): &(f64, f64)| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
        let enclosing = |corners: &[(f64, f64)]| Polygon::enclosing(corners.iter().map(point).collect());
        let around = |corners: &[(f64, f64)]| enclosing(corners).unwrap().corners().to_vec();
        let square = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)];
        let bow_tie = [(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)];
        let with_a_corner_inside = [(0.1, 0.1), (0.9, 0.9), (0.5, 0.4), (0.9, 0.1), (0.1, 0.9)];
        let square_points: Vec<Point> = square.iter().map(point).collect();
        for crossed in [&bow_tie[..], &with_a_corner_inside, &[bow_tie, bow_tie].concat()] {
            assert_eq!(around(crossed), square_points, "{crossed:?}");
        }
        let three = &square[..3];
        assert_eq!(around(&[three, three].concat()), square_points[..3]);
        // Without a crossing it is what was drawn, hollows and all.
        let hollow = [(0.1, 0.1), (0.5, 0.9), (0.9, 0.1), (0.5, 0.4)];
        let closed = [&hollow[..1], &hollow, &hollow[..1]].concat();
        assert_eq!(around(&closed), around(&hollow));
        assert_eq!(around(&hollow), hollow.iter().map(point).collect::<Vec<_>>());
        for nothing in [&[(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)][..], &[(0.1, 0.1); 5], &square[..2]] {
            assert!(enclosing(nothing).is_err(), "{nothing:?}");
        }
    }

    #[test]
    fn only_simple_polygons_are_accepted() {
        let square = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)];
        assert!(polygon(&square).is_ok());
        assert!(polygon(&[(0.1, 0.1), (0.5, 0.9), (0.9, 0.1), (0.5, 0.4)]).is_ok());
        let bow_tie = [(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)];
        for bad in [
            &bow_tie[..],
            &square[..2],
            &[(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)],
            &[(0.1, 0.1), (0.1, 0.1), (0.9, 0.9)],
            &[(0.1, 0.1), (0.9, 0.1), (0.5, 0.1), (0.5, 0.9)],
            &[(0.1, 0.1), (1.1, 0.1), (0.5, 0.9)],
            &[(0.1, f64::NAN), (0.9, 0.1), (0.5, 0.9)],
        ] {
            assert!(polygon(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn sizes_and_fractions_say_what_they_were_made_of() {
        let size = Size::new(640, 480).unwrap();
        assert_eq!((size.width(), size.height()), (640, 480));
        for value in [0.0, 0.25, 0.123_457, 1.0] {
            assert!((Fraction::new(value).unwrap().value() - value).abs() < 1e-12, "{value}");
        }
    }

    #[test]
    fn an_edge_that_goes_back_over_the_one_before_is_refused_whichever_way_it_lies() {
        for (dx, dy) in
            [(0.3, 0.0), (-0.3, 0.0), (0.0, 0.3), (0.0, -0.3), (0.3, 0.1), (-0.1, 0.3), (-0.3, -0.3)]
        {
            let at = |part: f64| (0.5 + dx * part, 0.5 + dy * part);
            let aside = (0.5 - dy + dx * 0.5, 0.5 + dx + dy * 0.5);
            let back = [at(0.0), at(1.0), at(0.5), aside];
            assert_eq!(polygon(&back), Err(GeometryError::NotSimple(1, 2)), "{back:?}");
            assert!(polygon(&[at(0.0), at(0.5), at(1.0), aside]).is_ok(), "straight on by {dx}, {dy}");
        }
    }

    #[test]
    fn a_corner_that_touches_an_edge_far_away_is_refused_from_either_side() {
        // The last corner but one comes down onto the first edge, from above, from the left, and at its end.
        for touched in [(0.5, 0.1), (0.3, 0.1), (0.7, 0.1)] {
            let comb = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), touched, (0.1, 0.9)];
            assert_eq!(polygon(&comb), Err(GeometryError::NotSimple(1, 3)), "{touched:?}");
            let turned: Vec<(f64, f64)> = comb.iter().map(|(x, y)| (*y, *x)).collect();
            assert_eq!(polygon(&turned), Err(GeometryError::NotSimple(1, 3)), "{touched:?}, turned");
            let mut from_there = comb;
            from_there.rotate_left(2);
            assert!(polygon(&from_there).is_err(), "{touched:?}, begun elsewhere");
        }
        let beside = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.5, 0.100_001), (0.1, 0.9)];
        assert!(polygon(&beside).is_ok(), "a millionth beside it");
    }

    #[test]
    fn a_crop_is_within_another_if_it_shows_no_other_pixel() {
        let frame = Size::new(640, 480).unwrap();
        let crop = |left, top, width, height| Crop::pixels(frame, left, top, width, height).unwrap();
        let other = crop(100, 60, 200, 100);
        assert_eq!((other.left(), other.top(), other.size()), (100, 60, Size::new(200, 100).unwrap()));
        for (own, is_within) in [
            (other, true),
            (crop(101, 61, 199, 99), true),
            (crop(99, 60, 200, 100), false),
            (crop(100, 59, 200, 100), false),
            (crop(101, 60, 200, 100), false),
            (crop(100, 61, 200, 100), false),
            (crop(100, 60, 201, 100), false),
            (crop(100, 60, 200, 101), false),
            (crop(300, 160, 16, 16), false),
        ] {
            assert_eq!(own.is_within(&other), is_within, "{own:?}");
        }
        assert!(
            Crop::pixels(frame, 441, 0, 200, 100).is_err() && Crop::pixels(frame, 0, 381, 200, 100).is_err()
        );
    }

    /// Another judge: an edge is its points at fractions with a denominator of at most 8, since two of this grid's meet
    /// nowhere else.
    #[test]
    fn every_four_corners_of_a_grid_make_a_polygon_if_no_edges_share_more_than_their_corner() {
        type At = (i32, i32);
        type Side = (At, At);
        let edge = |(ax, ay): At, (bx, by): At| -> HashSet<At> {
            (1..=8)
                .flat_map(|parts| (0..=parts).map(move |at| 840 / parts * at))
                .map(|part| (ax * 840 + part * (bx - ax), ay * 840 + part * (by - ay)))
                .collect()
        };
        let grid: Vec<At> = (0..9).map(|at| (at % 3, at / 3)).collect();
        let edges: HashMap<Side, HashSet<At>> =
            grid.iter().flat_map(|a| grid.iter().map(|b| ((*a, *b), edge(*a, *b)))).collect();
        let shared: HashMap<(Side, Side), usize> = edges
            .iter()
            .flat_map(|(a, one)| edges.iter().map(|(b, other)| ((*a, *b), one.intersection(other).count())))
            .collect();
        let (mut judged, mut simple) = (0, 0);
        for at in 0..9_usize.pow(4) {
            let [a, b, c, d] = [at / 729, at / 81 % 9, at / 9 % 9, at % 9].map(|at| grid[at]);
            if HashSet::from([a, b, c, d]).len() < 4 {
                continue;
            }
            let sides = [(a, b), (b, c), (c, d), (d, a)];
            let is_simple = (0..4).all(|at| shared[&(sides[at], sides[(at + 1) % 4])] == 1)
                && shared[&(sides[0], sides[2])] + shared[&(sides[1], sides[3])] == 0;
            let corners = [a, b, c, d].map(|(x, y)| (0.1 + 0.3 * f64::from(x), 0.1 + 0.3 * f64::from(y)));
            assert_eq!(polygon(&corners).is_ok(), is_simple, "{corners:?}");
            (judged, simple) = (judged + 1, simple + usize::from(is_simple));
        }
        assert!(judged == 3024 && simple > 500, "{simple} of {judged}");
    }

    #[test]
    fn a_straight_corner_is_still_simple() {
        assert!(polygon(&[(0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.5, 0.9)]).is_ok());
    }

    #[test]
    fn an_empty_list_of_shown_areas_is_an_error_not_everything() {
        let frame = Size::new(640, 480).unwrap();
        let scene = Scene::new(frame, Show::Within(Vec::new()), Vec::new());
        assert_eq!(scene, Err(GeometryError::NothingShown));
    }

    #[test]
    fn a_scene_says_what_it_was_made_of() {
        let frame = Size::new(640, 480).unwrap();
        let area = polygon(&[(0.1, 0.1), (0.9, 0.1), (0.9, 0.9)]).unwrap();
        let masks = vec![Mask { name: "robot".to_owned(), polygon: area.clone() }];
        let scene = Scene::new(frame, Show::Within(vec![area.clone()]), masks.clone()).unwrap();
        assert_eq!((scene.frame(), scene.show()), (frame, &Show::Within(vec![area])));
        assert_eq!(scene.masks(), masks);
    }

    #[test]
    fn a_crop_lies_within_the_frame() {
        let frame = Size::new(640, 480).unwrap();
        assert!(Crop::pixels(frame, 0, 0, 640, 480).is_ok());
        assert!(Crop::pixels(frame, 1, 0, 640, 480).is_err());
        assert!(Crop::pixels(frame, u32::MAX, 0, 640, 480).is_err());
        assert!(Crop::pixels(frame, 0, 0, 8, 8).is_err());
    }
}
