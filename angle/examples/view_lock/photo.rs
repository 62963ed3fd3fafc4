//! A photograph, and the virtual camera that looks at a part of it.

use std::path::Path;

use image::imageops::{FilterType, resize};

use crate::Outcome;

pub(crate) const WIDTH: usize = 1920;
pub(crate) const HEIGHT: usize = 1080;

/// A photograph is at least so large: the camera can turn and slide in it and sees no border.
const LEAST: (f64, f64) = (2240.0, 1260.0);

/// Red, green and blue of each pixel, row by row.
#[derive(Clone)]
pub(crate) struct Photo {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgb: Vec<u8>,
}

/// How the camera stands, against how it was enrolled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pose {
    /// In pixels.
    pub(crate) right: f64,
    pub(crate) down: f64,
    /// In degrees.
    pub(crate) turn: f64,
    /// In parts.
    pub(crate) zoom: f64,
    pub(crate) mirrored: bool,
}

impl Pose {
    /// How far what is seen in a corner went that went farthest, in pixels.
    pub(crate) fn corner(&self) -> f64 {
        let (c, n) = self.matrix();
        let square = c * c + n * n;
        let corners = [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)];
        let moved = corners.map(|(x, y)| {
            let (x, y) = (x * WIDTH as f64 / 2.0, y * HEIGHT as f64 / 2.0);
            let (from_x, from_y) = (x - self.right, y - self.down);
            let (to_x, to_y) = ((c * from_x + n * from_y) / square, (c * from_y - n * from_x) / square);
            (to_x - x).hypot(to_y - y)
        });
        moved.into_iter().fold(0.0, f64::max)
    }

    /// From a place in the picture to one in the photograph: `(c x - n y, n x + c y)`.
    fn matrix(&self) -> (f64, f64) {
        let (sine, cosine) = self.turn.to_radians().sin_cos();
        (cosine / (1.0 + self.zoom), sine / (1.0 + self.zoom))
    }
}

impl Photo {
    /// From a JPEG, made as large as the camera needs.
    pub(crate) fn read(path: &Path) -> Outcome<Photo> {
        let image = image::open(path).map_err(|error| format!("{}: {error}", path.display()))?.into_rgb8();
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let scale = (LEAST.0 / width).max(LEAST.1 / height);
        let filter = if scale < 1.0 { FilterType::Triangle } else { FilterType::CatmullRom };
        let (width, height) = ((width * scale).round() as u32, (height * scale).round() as u32);
        let image = resize(&image, width, height, filter);
        Ok(Photo { width: width as usize, height: height as usize, rgb: image.into_raw() })
    }

    /// What a camera in this pose sees, 1920x1080: bicubic, and mirrored beyond the photograph's border.
    pub(crate) fn seen(&self, pose: Pose) -> Photo {
        let (c, n) = pose.matrix();
        let (middle_x, middle_y) = (WIDTH as f64 / 2.0, HEIGHT as f64 / 2.0);
        let (left, top) = (((self.width - WIDTH) / 2) as f64, ((self.height - HEIGHT) / 2) as f64);
        let mut rgb = Vec::with_capacity(WIDTH * HEIGHT * 3);
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                let x = if pose.mirrored { WIDTH - 1 - x } else { x };
                let (x, y) = (x as f64 - middle_x, y as f64 - middle_y);
                let at_x = c * x - n * y + middle_x + left + pose.right;
                let at_y = n * x + c * y + middle_y + top + pose.down;
                rgb.extend(self.between(at_x, at_y));
            }
        }
        Photo { width: WIDTH, height: HEIGHT, rgb }
    }

    fn between(&self, x: f64, y: f64) -> [u8; 3] {
        let (column, row) = (x.floor(), y.floor());
        let (across, along) = (cubic((x - column) as f32), cubic((y - row) as f32));
        let (column, row) = (column as isize - 1, row as isize - 1);
        let mut sum = [0.0_f32; 3];
        let is_inside =
            column >= 0 && row >= 0 && column + 4 <= self.width as isize && row + 4 <= self.height as isize;
        for (down, weight) in along.into_iter().enumerate() {
            let y = reflected(row + down as isize, self.height);
            if is_inside {
                let line = &self.rgb[(y * self.width + column as usize) * 3..][..12];
                for (pixel, part) in line.as_chunks::<3>().0.iter().zip(across) {
                    let part = part * weight;
                    sum[0] += part * f32::from(pixel[0]);
                    sum[1] += part * f32::from(pixel[1]);
                    sum[2] += part * f32::from(pixel[2]);
                }
            } else {
                for (right, part) in across.into_iter().enumerate() {
                    let x = reflected(column + right as isize, self.width);
                    let pixel = &self.rgb[(y * self.width + x) * 3..][..3];
                    for (sum, value) in sum.iter_mut().zip(pixel) {
                        *sum += part * weight * f32::from(*value);
                    }
                }
            }
        }
        // Values beyond a byte become its ends.
        sum.map(|value| (value + 0.5) as u8)
    }
}

/// The weights of the four nearest points, for a place this far behind the second (Keys, with -0.75 as OpenCV has it).
fn cubic(part: f32) -> [f32; 4] {
    const A: f32 = -0.75;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    [far(part + 1.0), near(part), near(1.0 - part), far(2.0 - part)]
}

/// Beyond the border the picture is mirrored.
fn reflected(at: isize, most: usize) -> usize {
    let most = most as isize;
    let at = if at < 0 { -1 - at } else { at };
    let at = if at >= most { 2 * most - 1 - at } else { at };
    at.clamp(0, most - 1) as usize
}
