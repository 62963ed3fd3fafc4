//! What lies where in the picture, for configuration files: corners in fractions of the frame, from the
//! left and from the top.

use crate::view::{HEIGHT, WIDTH};

/// The size of every picture, in pixels: width and height.
pub const FRAME: [u32; 2] = [WIDTH, HEIGHT];

/// The number plate on the roof of a car that stands, whatever its shape: corners as the number is read,
/// from its upper left one clockwise.
pub const ROOF: [[f64; 2]; 4] = [[0.405, 0.322], [0.558, 0.356], [0.525, 0.448], [0.353, 0.404]];

/// Around the poster on the back wall. Confidential.
pub const POSTER: [[f64; 2]; 4] = [[0.036, 0.107], [0.208, 0.107], [0.208, 0.281], [0.036, 0.281]];

/// Around the whiteboard on the back wall. Confidential.
pub const WHITEBOARD: [[f64; 2]; 4] = [[0.226, 0.107], [0.492, 0.107], [0.492, 0.281], [0.226, 0.281]];

/// Around the robot and its cell. Confidential.
pub const ROBOT_CELL: [[f64; 2]; 5] =
    [[0.706, 0.075], [1.0, 0.075], [1.0, 0.580], [0.779, 0.580], [0.706, 0.366]];

/// What may be seen: the whole frame. The confidential parts lie inside it and are to be masked.
pub const SHOW: [[f64; 2]; 4] = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assembly::on_plate;
    use crate::backdrop::{WALL, upright};
    use crate::boards;
    use crate::robot::CELL;
    use crate::view::{Spot, spot};

    fn in_fractions([x, y]: Spot) -> [f64; 2] {
        [f64::from(x) / f64::from(WIDTH), f64::from(y) / f64::from(HEIGHT)]
    }

    /// By how many pixels a spot lies within a convex polygon given clockwise, less than none outside.
    fn depth_within(polygon: &[[f64; 2]], at: Spot) -> f64 {
        let pixels = |[x, y]: [f64; 2]| [x * f64::from(WIDTH), y * f64::from(HEIGHT)];
        let [x, y] = at.map(f64::from);
        (0..polygon.len()).fold(f64::MAX, |depth, corner| {
            let [a, b] = [polygon[corner], polygon[(corner + 1) % polygon.len()]].map(pixels);
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            depth.min((dx * (y - a[1]) - dy * (x - a[0])) / dx.hypot(dy))
        })
    }

    #[test]
    fn the_roof_is_where_the_plate_of_a_standing_car_is_seen() {
        let plate = [on_plate(0.0, 1.0), on_plate(1.0, 1.0), on_plate(1.0, 0.0), on_plate(0.0, 0.0)];
        for (corner, plate) in ROOF.into_iter().zip(plate.map(in_fractions)) {
            let near = (corner[0] - plate[0]).abs() < 0.0006 && (corner[1] - plate[1]).abs() < 0.0006;
            assert!(near, "{corner:?} is not {plate:?}");
        }
    }

    #[test]
    fn the_confidential_parts_reach_beyond_what_is_confidential() {
        let [left, right, front, back, top] = CELL;
        let fence = [(left, back), (left, front), (right, front), (right, back)];
        let cell = fence.into_iter().flat_map(|(x, y)| [spot([x, y, 0.0]), spot([x, y, top + 0.04])]);
        let board = |[left, right, bottom, top]: [f32; 4]| upright(left, right, bottom, top, WALL);
        let parts: [(&[[f64; 2]], Vec<Spot>); 3] = [
            (&POSTER, board(boards::POSTER).to_vec()),
            (&WHITEBOARD, board(boards::WHITEBOARD).to_vec()),
            // What lies to the right of the picture is not seen.
            (&ROBOT_CELL, cell.map(|[x, y]| [x.min(WIDTH as f32 - 5.0), y]).collect()),
        ];
        for (polygon, corners) in parts {
            for corner in corners {
                assert!(depth_within(polygon, corner) >= 4.0, "{corner:?} in {polygon:?}");
            }
        }
    }

    #[test]
    fn the_roof_and_the_stations_sign_are_clear_of_everything_that_is_covered() {
        let [left, right, bottom, top] = boards::SIGN;
        let sign = upright(left, right, bottom, top, WALL).map(in_fractions);
        // A cover grows to whole cells of 16 pixels and by 3 + 2 pixels more.
        for part in [&POSTER[..], &WHITEBOARD, &ROBOT_CELL] {
            let (left, right, low) =
                part.iter().fold((1.0_f64, 0.0_f64, 0.0_f64), |(left, right, low), at| {
                    (left.min(at[0]), right.max(at[0]), low.max(at[1]))
                });
            for [x, y] in ROOF.into_iter().chain(sign) {
                let beside = x * 1920.0 < left * 1920.0 - 24.0 || x * 1920.0 > right * 1920.0 + 24.0;
                assert!(beside || y * 1080.0 > low * 1080.0 + 24.0, "{part:?} reaches {x}, {y}");
            }
        }
    }
}
