//! What a view's pictures are, before one is looked at: their size, their scale, and what in them is drawn by us.

use std::ops::Range;

use lineshot_domain::{Crop, Mask, Scene};

/// The scale at which angles are compared has about so many columns and lines.
const COLUMNS: u32 = 480;
const LINES: u32 = 270;

/// A place between the points of a plane.
pub(crate) type Spot = (f64, f64);

/// A view's pictures at their own size, seen as a plane of fewer points.
#[derive(Clone, Debug, PartialEq)]
pub struct Ground {
    pub(crate) frame: (u32, u32),
    pub(crate) crop: (u32, u32, u32, u32),
    /// Pixels of the picture on each side of a point.
    pub(crate) factor: u32,
    /// Points.
    pub(crate) width: usize,
    /// Points.
    pub(crate) height: usize,
    /// Pixels of a frame of 1080 lines that a point is wide.
    pub(crate) unit: f64,
    /// The brightness of the cover.
    pub(crate) fill: u8,
    /// Lines of the picture, in pixels, that a band of words may lie on.
    pub(crate) band: Range<u32>,
    /// Masks by name, their corners in points.
    pub(crate) masks: Vec<(String, Vec<Spot>)>,
}

impl Ground {
    /// Of the part `crop` of `scene`. `band`: lines of the picture, in pixels, that show nothing of the scene.
    pub fn new(scene: &Scene, crop: Crop, band: Option<Range<u32>>) -> Ground {
        let (frame, own) = (scene.frame(), crop.size());
        let times = |pixels: u32, points: u32| (pixels + points / 2) / points;
        let factor = times(own.width(), COLUMNS).min(times(own.height(), LINES)).max(1);
        let corners = |mask: &Mask| {
            let place =
                |part: f64, of: u32, from: u32| (part * f64::from(of) - f64::from(from)) / f64::from(factor);
            let spot = |corner: &lineshot_domain::Point| {
                let x = place(corner.x.value(), frame.width(), crop.left());
                (x, place(corner.y.value(), frame.height(), crop.top()))
            };
            (mask.name.clone(), mask.polygon.corners().iter().map(spot).collect())
        };
        Ground {
            frame: (frame.width(), frame.height()),
            crop: (crop.left(), crop.top(), own.width(), own.height()),
            factor,
            width: (own.width() / factor) as usize,
            height: (own.height() / factor) as usize,
            unit: f64::from(factor) * 1080.0 / f64::from(frame.height()),
            fill: scene.fill().ycc()[0],
            band: band.unwrap_or(0..0),
            masks: scene.masks().iter().map(corners).collect(),
        }
    }

    /// Points.
    pub(crate) fn len(&self) -> usize {
        self.width * self.height
    }

    /// From the middle of the picture, in pixels of a frame of 1080 lines.
    pub(crate) fn centred(&self, (x, y): Spot) -> Spot {
        ((x - self.width as f64 / 2.0) * self.unit, (y - self.height as f64 / 2.0) * self.unit)
    }
}

#[cfg(test)]
mod tests {
    use lineshot_domain::{Fraction, Point, Polygon, Show, Size};

    use super::*;

    fn scene(width: u32, height: u32, masks: Vec<Mask>) -> Scene {
        Scene::new(Size::new(width, height).unwrap(), Show::All, masks).unwrap()
    }

    #[test]
    fn pictures_of_all_sizes_have_about_the_same_points() {
        for ((width, height), (factor, points), unit) in [
            ((1920, 1080), (4, (480, 270)), 4.0),
            ((1280, 720), (3, (426, 240)), 4.5),
            ((3840, 2160), (8, (480, 270)), 4.0),
            ((4000, 3000), (8, (500, 375)), 2.88),
            ((640, 480), (1, (640, 480)), 2.25),
            ((320, 240), (1, (320, 240)), 4.5),
        ] {
            let scene = scene(width, height, Vec::new());
            let ground = Ground::new(&scene, Crop::whole(scene.frame()), None);
            assert_eq!((ground.factor, (ground.width, ground.height)), (factor, points), "{width}x{height}");
            assert!((ground.unit - unit).abs() < 1e-9, "{width}x{height}: {}", ground.unit);
        }
    }

    #[test]
    fn masks_lie_where_the_crop_shows_them() {
        let corners = [(0.5, 0.5), (0.75, 0.5), (0.75, 1.0)];
        let point = |(x, y)| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
        let polygon = Polygon::new(corners.map(point).to_vec()).unwrap();
        let scene = scene(1920, 1080, vec![Mask { name: "robot".to_owned(), polygon }]);
        let crop = Crop::pixels(scene.frame(), 480, 270, 960, 540).unwrap();
        let ground = Ground::new(&scene, crop, None);
        assert_eq!((ground.factor, ground.width, ground.height), (2, 480, 270));
        let own = [(240.0, 135.0), (480.0, 135.0), (480.0, 405.0)].to_vec();
        assert_eq!(ground.masks, [("robot".to_owned(), own)]);
    }

    #[test]
    fn the_middle_is_the_origin() {
        let scene = scene(1920, 1080, Vec::new());
        let ground = Ground::new(&scene, Crop::whole(scene.frame()), None);
        assert_eq!(ground.centred((240.0, 135.0)), (0.0, 0.0));
        assert_eq!(ground.centred((0.0, 270.0)), (-960.0, 540.0));
    }
}
