//! The angle: where a point of the hall is in the picture.
//!
//! Metres from the floor below the middle of a car that stands: x to the right along the back wall, y
//! away from the camera, z up. The lens is shifted as an architect's: what is upright stays upright.

/// Pixels of the picture.
pub(crate) const WIDTH: u32 = 1920;
pub(crate) const HEIGHT: u32 = 1080;

/// A point or direction in the hall.
pub(crate) type Place = [f32; 3];
/// A point in the picture, in pixels from its left and upper edge.
pub(crate) type Spot = [f32; 2];

/// Where the camera hangs.
pub(crate) const EYE: Place = [0.0, -8.0, 5.1];
/// Pixels per metre at one metre.
const FOCAL: f32 = 1750.0;
/// Where the axis of the lens meets the picture.
const CENTRE: Spot = [935.0, -300.0];

/// Pixels per metre at the depth `y`.
pub(crate) fn scale(y: f32) -> f32 {
    FOCAL / (y - EYE[1])
}

/// Where `place` is seen.
pub(crate) fn spot([x, y, z]: Place) -> Spot {
    let scale = scale(y);
    [CENTRE[0] + (x - EYE[0]) * scale, CENTRE[1] + (EYE[2] - z) * scale]
}

/// The place on the plane `y` that is seen at `spot`.
pub(crate) fn on_wall([u, v]: Spot, y: f32) -> Place {
    let scale = scale(y);
    [EYE[0] + (u - CENTRE[0]) / scale, y, EYE[2] - (v - CENTRE[1]) / scale]
}

/// The place at height `z`, below the camera, that is seen at `spot`.
pub(crate) fn on_floor([u, v]: Spot, z: f32) -> Place {
    let scale = (v - CENTRE[1]) / (EYE[2] - z);
    [EYE[0] + (u - CENTRE[0]) / scale, EYE[1] + FOCAL / scale, z]
}

/// Between `a` and `b`, at `part` of the way.
pub(crate) fn mix(a: [f32; 3], b: [f32; 3], part: f32) -> [f32; 3] {
    std::array::from_fn(|axis| a[axis] + (b[axis] - a[axis]) * part)
}

/// The line runs obliquely through the hall, its cars' noses to the right and towards the camera.
const SIN: f32 = 0.309_017;
const COS: f32 = 0.951_057;

/// A place given along the line, across it to the back, and above the floor.
pub(crate) fn by_line([along, across, z]: Place) -> Place {
    [along * COS + across * SIN, across * COS - along * SIN, z]
}

/// What [`by_line`] gave for `place`.
pub(crate) fn to_line([x, y, z]: Place) -> Place {
    [x * COS - y * SIN, x * SIN + y * COS, z]
}
