//! Pixels, and polygons filled with soft edges.

/// Red, green, blue; 0 to 255 each.
pub(crate) type Rgb = [f32; 3];

/// A picture: RGB, rows from top to bottom.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

impl Picture {
    /// Pixels from left to right.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Three bytes a pixel.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    pub(crate) fn black(width: u32, height: u32) -> Picture {
        Picture { width, height, rgb: vec![0; (width * height * 3) as usize] }
    }

    /// Each pixel, counted from the left and from the top, as `look` says.
    pub(crate) fn of(width: u32, height: u32, look: impl Fn(u32, u32) -> [u8; 3]) -> Picture {
        let mut picture = Picture::black(width, height);
        for (y, row) in (0..).zip(picture.rgb.chunks_exact_mut(width as usize * 3)) {
            for (x, pixel) in (0..).zip(row.chunks_exact_mut(3)) {
                pixel.copy_from_slice(&look(x, y));
            }
        }
        picture
    }

    /// The same pixels as `other`, which has the same size.
    pub(crate) fn copy_from(&mut self, other: &Picture) {
        self.rgb.copy_from_slice(&other.rgb);
    }

    /// Lays `colour` over a pixel.
    pub(crate) fn blend(&mut self, x: u32, y: u32, colour: Rgb, alpha: f32) {
        let at = ((y * self.width + x) * 3) as usize;
        over(&mut self.rgb[at..at + 3], whole(colour), (alpha * ONE) as i32);
    }

    /// Fills a polygon whose edges do not cross with one colour.
    ///
    /// A pixel is covered by the exact share of its area (accumulated signed areas, as in font-rs).
    pub(crate) fn fill(&mut self, polygon: &[[f32; 2]], colour: Rgb, alpha: f32) {
        let Some(shares) = Shares::of(polygon, self.width, self.height) else { return };
        let (colour, alpha) = (whole(colour), alpha * ONE);
        for row in 0..shares.rows {
            let mut at = (((shares.top + row) * self.width + shares.left) * 3) as usize;
            let mut sum = 0.0;
            for area in shares.row(row) {
                sum += area;
                let share = f32::min(f32::abs(sum), 1.0);
                if share > LEAST {
                    over(&mut self.rgb[at..at + 3], colour, (alpha * share) as i32);
                }
                at += 3;
            }
        }
    }

    /// Fills a polygon as [`Picture::fill`] does; `look` gives colour and opacity at the middle of a pixel.
    pub(crate) fn fill_with(&mut self, polygon: &[[f32; 2]], look: impl Fn(f32, f32) -> (Rgb, f32)) {
        let Some(shares) = Shares::of(polygon, self.width, self.height) else { return };
        for row in 0..shares.rows {
            let (mut x, y) = (shares.left, shares.top + row);
            let mut sum = 0.0;
            for area in shares.row(row) {
                sum += area;
                let share = f32::min(f32::abs(sum), 1.0);
                if share > LEAST {
                    let (colour, alpha) = look(x as f32 + 0.5, y as f32 + 0.5);
                    if alpha > LEAST {
                        self.blend(x, y, colour, alpha * share);
                    }
                }
                x += 1;
            }
        }
    }
}

/// What covers less of a pixel than this is not seen.
const LEAST: f32 = 0.002;

/// Opaque.
const ONE: f32 = 65_536.0;

fn whole(colour: Rgb) -> [i32; 3] {
    [(colour[0] + 0.5) as i32, (colour[1] + 0.5) as i32, (colour[2] + 0.5) as i32]
}

/// Lays `colour` over `pixel`; `alpha` is 0 to [`ONE`].
#[inline(always)]
fn over(pixel: &mut [u8], colour: [i32; 3], alpha: i32) {
    for part in 0..3 {
        let old = i32::from(pixel[part]);
        pixel[part] = (old + (((colour[part] - old) * alpha + 32_768) >> 16)).clamp(0, 255) as u8;
    }
}

/// How much of each pixel within a polygon's bounds is covered, as differences along the row.
struct Shares {
    left: u32,
    top: u32,
    columns: u32,
    rows: u32,
    areas: Vec<f32>,
}

impl Shares {
    /// The shares of the pixels within the polygon's bounds, as far as they lie in the picture.
    fn of(polygon: &[[f32; 2]], width: u32, height: u32) -> Option<Shares> {
        let bounds = |axis: usize, end: u32| {
            let values = polygon.iter().map(|spot| spot[axis]);
            let (low, high) = values.fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)));
            let (low, high) = (low.floor().max(0.0), high.ceil().min(end as f32));
            (high > low).then_some((low as u32, (high - low) as u32))
        };
        let ((left, columns), (top, rows)) = (bounds(0, width)?, bounds(1, height)?);
        let areas = vec![0.0; ((columns + 2) * rows) as usize];
        let mut shares = Shares { left, top, columns, rows, areas };
        for pair in 0..polygon.len() {
            shares.add(polygon[pair], polygon[(pair + 1) % polygon.len()]);
        }
        Some(shares)
    }

    /// By how much the share changes from each pixel of a row to the next.
    fn row(&self, row: u32) -> &[f32] {
        let start = (row * (self.columns + 2)) as usize;
        &self.areas[start..start + self.columns as usize]
    }

    fn add(&mut self, a: [f32; 2], b: [f32; 2]) {
        if a[1] == b[1] {
            return;
        }
        let (down, from, to) = if a[1] < b[1] { (1.0, a, b) } else { (-1.0, b, a) };
        let slope = (to[0] - from[0]) / (to[1] - from[1]);
        let (top, bottom) = (from[1] - self.top as f32, to[1] - self.top as f32);
        let mut y = top.max(0.0);
        let end = bottom.min(self.rows as f32);
        while y < end {
            let row = y as u32;
            let next = ((row + 1) as f32).min(end);
            let x = |y: f32| from[0] + (y - top) * slope - self.left as f32;
            self.add_within_row(row, x(y), x(next), down * (next - y));
            y = next;
        }
    }

    /// An edge that goes from `x0` to `x1` while it goes down by `height` within one row.
    fn add_within_row(&mut self, row: u32, x0: f32, x1: f32, height: f32) {
        let columns = self.columns as f32;
        let start = (row * (self.columns + 2)) as usize;
        let cells = &mut self.areas[start..start + self.columns as usize + 2];
        let (x0, x1) = (x0.min(x1).clamp(0.0, columns), x0.max(x1).clamp(0.0, columns));
        let (first, last) = (x0 as usize, x1 as usize);
        if first == last {
            let right = (x0 + x1) / 2.0 - first as f32;
            cells[first] += height * (1.0 - right);
            cells[first + 1] += height * right;
            return;
        }
        let per_column = height / (x1 - x0);
        let mut x = x0;
        for cell in first..=last {
            let next = ((cell + 1) as f32).min(x1);
            let part = per_column * (next - x);
            let right = (x + next) / 2.0 - cell as f32;
            cells[cell] += part * (1.0 - right);
            cells[cell + 1] += part * right;
            x = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(polygon: &[[f32; 2]]) -> Vec<Vec<u8>> {
        let mut picture = Picture::black(6, 4);
        picture.fill(polygon, [200.0; 3], 1.0);
        picture.rgb().chunks(6 * 3).map(|row| row.iter().step_by(3).copied().collect()).collect()
    }

    #[test]
    fn a_pixel_is_covered_by_its_share_of_the_polygon() {
        assert_eq!(
            levels(&[[1.0, 1.0], [4.5, 1.0], [4.5, 2.5], [1.0, 2.5]]),
            [[0; 6], [0, 200, 200, 200, 100, 0], [0, 100, 100, 100, 50, 0], [0; 6]]
        );
        assert_eq!(
            levels(&[[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]),
            [
                [200, 200, 200, 100, 0, 0],
                [200, 200, 100, 0, 0, 0],
                [200, 100, 0, 0, 0, 0],
                [100, 0, 0, 0, 0, 0]
            ]
        );
    }

    #[test]
    fn what_lies_outside_the_picture_is_cut_off() {
        assert_eq!(levels(&[[-9.0, -9.0], [2.0, -9.0], [2.0, 2.0], [-9.0, 2.0]])[1], [200, 200, 0, 0, 0, 0]);
        assert_eq!(levels(&[[4.0, 1.0], [99.0, 1.0], [99.0, 9.0], [4.0, 9.0]])[3], [0, 0, 0, 0, 200, 200]);
        assert_eq!(levels(&[[7.0, 5.0], [9.0, 5.0], [9.0, 9.0]]), [[0; 6]; 4]);
    }
}
