//! Triangles with a depth, four samples a pixel: what the bodies of cars are drawn with.

use crate::canvas::{Picture, Rgb};
use crate::view::Spot;

/// A corner: where it is seen, how far away, which colour.
#[derive(Clone, Copy)]
pub(crate) struct Corner {
    pub(crate) spot: Spot,
    pub(crate) depth: f32,
    pub(crate) colour: Rgb,
}

/// Samples of a part of the picture, two by two for each pixel.
pub(crate) struct Samples {
    left: u32,
    top: u32,
    columns: usize,
    rows: usize,
    colours: Vec<[u8; 3]>,
    depths: Vec<f32>,
}

impl Samples {
    /// Room for all `corners`, as far as they lie in the picture; `None` if none does.
    pub(crate) fn around<'a>(
        corners: impl Iterator<Item = &'a Corner>,
        picture: &Picture,
    ) -> Option<Samples> {
        let bounds = corners.fold([f32::MAX, f32::MAX, 0.0, 0.0], |b: [f32; 4], corner| {
            let [x, y] = corner.spot;
            [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)]
        });
        let [left, top] = [bounds[0].max(0.0) as u32, bounds[1].max(0.0) as u32];
        let columns = (bounds[2].ceil() as u32).min(picture.width()).checked_sub(left)? as usize * 2;
        let rows = (bounds[3].ceil() as u32).min(picture.height()).checked_sub(top)? as usize * 2;
        let count = columns * rows;
        let (colours, depths) = (vec![[0; 3]; count], vec![f32::INFINITY; count]);
        (count > 0).then_some(Samples { left, top, columns, rows, colours, depths })
    }

    /// Draws a triangle that faces the camera (its corners clockwise in the picture); others are dropped.
    pub(crate) fn triangle(&mut self, corners: [&Corner; 3]) {
        let at = corners.map(|corner| {
            [(corner.spot[0] - self.left as f32) * 2.0, (corner.spot[1] - self.top as f32) * 2.0]
        });
        let [a, b, c] = at;
        let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        if area <= 1e-3 {
            return;
        }
        let low = |axis: usize| at.iter().fold(f32::MAX, |low, p| low.min(p[axis])).floor().max(0.0) as usize;
        let high = |axis: usize, end: usize| {
            (at.iter().fold(0.0, |high: f32, p| high.max(p[axis])).ceil() as usize).min(end)
        };
        let (from, to) = (low(0), high(0, self.columns));
        // The weight of a corner grows by this much per sample to the right and down.
        let step = |p: Spot, q: Spot| [(p[1] - q[1]) / area, (q[0] - p[0]) / area];
        let (steps_b, steps_c) = (step(c, a), step(a, b));
        // A value at the first corner, and by how much it is more at the two others.
        let rise = |of: &dyn Fn(&Corner) -> f32| {
            let [a, b, c] = corners.map(of);
            [a, b - a, c - a]
        };
        let depths = rise(&|corner| corner.depth);
        let colours: [[f32; 3]; 3] = std::array::from_fn(|part| rise(&|corner| corner.colour[part]));
        for row in low(1)..high(1, self.rows) {
            let dy = row as f32 + 0.5 - a[1];
            let dx = from as f32 + 0.5 - a[0];
            let mut weight_b = dx * steps_b[0] + dy * steps_b[1];
            let mut weight_c = dx * steps_c[0] + dy * steps_c[1];
            let start = row * self.columns;
            for at in start + from..start + to.max(from) {
                if weight_b >= 0.0 && weight_c >= 0.0 && weight_b + weight_c <= 1.0 {
                    let depth = depths[0] + depths[1] * weight_b + depths[2] * weight_c;
                    if depth < self.depths[at] {
                        self.depths[at] = depth;
                        self.colours[at] = [
                            (colours[0][0] + colours[0][1] * weight_b + colours[0][2] * weight_c) as i32
                                as u8,
                            (colours[1][0] + colours[1][1] * weight_b + colours[1][2] * weight_c) as i32
                                as u8,
                            (colours[2][0] + colours[2][1] * weight_b + colours[2][2] * weight_c) as i32
                                as u8,
                        ];
                    }
                }
                weight_b += steps_b[0];
                weight_c += steps_c[0];
            }
        }
    }

    /// Draws a quadrilateral as two triangles, from its first corner on.
    pub(crate) fn quad(&mut self, [a, b, c, d]: &[Corner; 4]) {
        self.triangle([a, b, c]);
        self.triangle([a, c, d]);
    }

    /// Lays the samples over the picture; a pixel of which only some are drawn becomes that much of it.
    pub(crate) fn lay_over(&self, picture: &mut Picture) {
        for row in 0..self.rows / 2 {
            let mut first = row * 2 * self.columns;
            for column in 0..self.columns / 2 {
                let (mut count, mut sum) = (0_u16, [0_u16; 3]);
                for at in [first, first + 1, first + self.columns, first + self.columns + 1] {
                    if self.depths[at] < f32::INFINITY {
                        let colour = self.colours[at];
                        count += 1;
                        sum[0] += u16::from(colour[0]);
                        sum[1] += u16::from(colour[1]);
                        sum[2] += u16::from(colour[2]);
                    }
                }
                first += 2;
                if count > 0 {
                    let part = |sum: u16| f32::from(sum / count);
                    let colour = [part(sum[0]), part(sum[1]), part(sum[2])];
                    let (x, y) = (self.left + column as u32, self.top + row as u32);
                    picture.blend(x, y, colour, f32::from(count) / 4.0);
                }
            }
        }
    }
}
