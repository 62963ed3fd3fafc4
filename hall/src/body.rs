//! The bodies of the two shapes: their measures, and where their skin is.
//!
//! Metres in the car's own axes: forward from its middle, across to the side away from the camera, up
//! from where its wheels would touch the ground.

use crate::car::Shape;
use crate::view::Place;

/// A quantity along the car, given at some places, straight in between.
type Course = &'static [(f32, f32)];

/// One shape's measures.
pub(crate) struct Body {
    /// Highest point of each section.
    top: Course,
    /// The shoulder, below the windows.
    belt: Course,
    sill: Course,
    half_width: Course,
    /// Half the roof's width.
    roof: f32,
    pub(crate) windscreen: [f32; 2],
    pub(crate) rear_window: [f32; 2],
    pub(crate) side_window: [f32; 2],
    pub(crate) pillar: f32,
    /// Where the wheels are along the car, and their radius.
    pub(crate) axles: [f32; 2],
    pub(crate) wheel: f32,
    /// How high the carrier holds it: all roofs are at one height.
    pub(crate) lift: f32,
    /// Shut lines of the doors.
    pub(crate) doors: &'static [f32],
}

const COUPE: Body = Body {
    top: &[
        (-2.25, 0.60),
        (-2.20, 0.74),
        (-2.10, 0.86),
        (-1.90, 0.945),
        (-1.60, 1.05),
        (-1.30, 1.16),
        (-1.00, 1.255),
        (-0.75, 1.30),
        (-0.30, 1.32),
        (0.20, 1.315),
        (0.42, 1.285),
        (0.62, 1.20),
        (1.16, 0.905),
        (1.40, 0.875),
        (1.75, 0.81),
        (2.00, 0.735),
        (2.15, 0.65),
        (2.25, 0.50),
    ],
    belt: &[
        (-2.25, 0.58),
        (-2.10, 0.82),
        (-1.80, 0.91),
        (-1.40, 0.93),
        (-0.70, 0.90),
        (0.50, 0.88),
        (1.16, 0.885),
        (1.50, 0.85),
        (1.85, 0.77),
        (2.08, 0.66),
        (2.25, 0.47),
    ],
    sill: &[(-2.25, 0.42), (-2.0, 0.30), (-1.7, 0.22), (1.7, 0.20), (2.05, 0.24), (2.25, 0.32)],
    half_width: &[
        (-2.25, 0.62),
        (-2.15, 0.78),
        (-1.90, 0.90),
        (-1.40, 0.945),
        (-0.80, 0.90),
        (0.0, 0.875),
        (0.80, 0.89),
        (1.35, 0.915),
        (1.80, 0.86),
        (2.08, 0.70),
        (2.25, 0.46),
    ],
    roof: 0.60,
    windscreen: [0.50, 1.12],
    rear_window: [-1.85, -1.06],
    side_window: [-1.30, 0.98],
    pillar: -0.42,
    axles: [-1.38, 1.34],
    wheel: 0.345,
    lift: 0.46,
    doors: &[0.82, -0.42],
};

const SUV: Body = Body {
    top: &[
        (-2.32, 0.80),
        (-2.28, 1.00),
        (-2.18, 1.18),
        (-2.02, 1.42),
        (-1.88, 1.53),
        (-1.65, 1.585),
        (-1.00, 1.615),
        (-0.20, 1.62),
        (0.30, 1.61),
        (0.55, 1.55),
        (0.75, 1.45),
        (1.22, 1.13),
        (1.45, 1.10),
        (1.85, 1.04),
        (2.10, 0.96),
        (2.24, 0.84),
        (2.32, 0.66),
    ],
    belt: &[
        (-2.32, 0.78),
        (-2.24, 0.98),
        (-2.05, 1.06),
        (-1.00, 1.05),
        (0.60, 1.04),
        (1.22, 1.07),
        (1.70, 1.02),
        (2.05, 0.93),
        (2.22, 0.81),
        (2.32, 0.62),
    ],
    sill: &[(-2.32, 0.52), (-2.05, 0.38), (-1.7, 0.30), (1.7, 0.30), (2.1, 0.34), (2.32, 0.42)],
    half_width: &[
        (-2.32, 0.70),
        (-2.22, 0.84),
        (-1.95, 0.92),
        (-1.40, 0.945),
        (0.0, 0.92),
        (1.40, 0.94),
        (1.85, 0.88),
        (2.15, 0.74),
        (2.32, 0.54),
    ],
    roof: 0.64,
    windscreen: [0.62, 1.17],
    rear_window: [-2.16, -1.92],
    side_window: [-2.00, 1.04],
    pillar: -0.32,
    axles: [-1.42, 1.44],
    wheel: 0.385,
    lift: 0.16,
    doors: &[0.86, -0.32, -1.18],
};

/// The roofs' highest point above the floor.
pub(crate) const ROOF_HEIGHT: f32 = 1.78;

/// Knots of half a section.
pub(crate) const KNOTS: usize = 8;

pub(crate) fn of(shape: Shape) -> &'static Body {
    match shape {
        Shape::Coupe => &COUPE,
        Shape::Suv => &SUV,
    }
}

/// Smooth from 0 at `from` to 1 at `to`.
pub(crate) fn smooth(from: f32, to: f32, at: f32) -> f32 {
    let part = ((at - from) / (to - from)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

fn follow(course: Course, at: f32) -> f32 {
    let next = course.iter().position(|&(x, _)| x > at).unwrap_or(course.len() - 1).max(1);
    let ((x0, from), (x1, to)) = (course[next - 1], course[next]);
    let slope = |index: usize| {
        let (a, b) = (course[index.saturating_sub(1)], course[(index + 1).min(course.len() - 1)]);
        (b.1 - a.1) / (b.0 - a.0)
    };
    // Cubic Hermite: the course has no kinks, so the highlights have none.
    let (width, t) = (x1 - x0, ((at - x0) / (x1 - x0)).clamp(0.0, 1.0));
    let (t2, t3) = (t * t, t * t * t);
    from * (2.0 * t3 - 3.0 * t2 + 1.0)
        + to * (3.0 * t2 - 2.0 * t3)
        + slope(next - 1) * width * (t3 - 2.0 * t2 + t)
        + slope(next) * width * (t3 - t2)
}

impl Body {
    pub(crate) fn ends(&self) -> [f32; 2] {
        [self.top[0].0, self.top[self.top.len() - 1].0]
    }

    /// A point of the near half of the skin: `x` along the car, `knot` from the sill (0) to the roof's
    /// middle (8).
    pub(crate) fn skin(&self, x: f32, knot: f32) -> Place {
        let (w, belt, sill) = (follow(self.half_width, x), follow(self.belt, x), follow(self.sill, x));
        let top = follow(self.top, x).max(belt + 0.004);
        let cabin = smooth(0.02, 0.30, top - belt);
        let roof = w * 0.80 + (self.roof - w * 0.80) * cabin;
        let deep = belt - sill;
        let knots: [[f32; 2]; KNOTS + 1] = [
            [w * 0.86, sill],
            [w * 0.965, sill + 0.07],
            [w, sill + 0.42 * deep],
            [w * 0.985, sill + 0.80 * deep],
            [w * 0.955, belt - 0.02 * deep],
            [w * 0.905, belt + 0.003],
            [roof + (w * 0.905 - roof) * 0.10, belt + (top - belt) * 0.86],
            [roof * 0.88, top - 0.012 * cabin],
            [0.0, top + 0.012],
        ];
        let index = (knot as usize).min(KNOTS - 1);
        let part = knot - index as f32;
        let [from, to] = [knots[index], knots[index + 1]];
        [x, -(from[0] + (to[0] - from[0]) * part), from[1] + (to[1] - from[1]) * part]
    }
}
