//! What lies where in the picture, for configuration files: corners in fractions of the frame, from the
//! left and from the top.

use crate::view::{HEIGHT, WIDTH};

/// The size of every picture, in pixels: width and height.
pub const FRAME: [u32; 2] = [WIDTH, HEIGHT];

/// The number plate on the roof of a car that stands, whatever its shape: corners as the number is read,
/// from its upper left one clockwise.
pub const ROOF: [[f64; 2]; 4] = [[0.40, 0.36], [0.56, 0.40], [0.53, 0.48], [0.36, 0.44]];

/// Around the poster on the back wall. Confidential.
pub const POSTER: [[f64; 2]; 4] = [[0.05, 0.03], [0.25, 0.03], [0.25, 0.27], [0.05, 0.27]];

/// Around the whiteboard on the back wall. Confidential.
pub const WHITEBOARD: [[f64; 2]; 4] = [[0.30, 0.03], [0.55, 0.03], [0.55, 0.27], [0.30, 0.27]];

/// Around the robot and its cell. Confidential.
pub const ROBOT_CELL: [[f64; 2]; 4] = [[0.68, 0.0], [1.0, 0.0], [1.0, 0.5], [0.68, 0.5]];

/// What may be seen: all but a narrow rim. The confidential parts lie inside and are to be masked.
pub const SHOW: [[f64; 2]; 4] = [[0.01, 0.01], [0.99, 0.01], [0.99, 1.0], [0.01, 1.0]];
