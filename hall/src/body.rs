//! The bodies of the two shapes: a skin of sections along the car, painted, glazed and lit.
//!
//! Metres in the car's own axes: forward from its middle, across to the side away from the camera, up
//! from where its wheels would touch the ground.

use crate::canvas::{Picture, Rgb};
use crate::car::Shape;
use crate::light::Light;
use crate::mesh::{Corner, Samples};
use crate::view::{EYE, Place, by_line, mix, spot};

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
    windscreen: [f32; 2],
    rear_window: [f32; 2],
    side_window: [f32; 2],
    pillar: f32,
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

/// Sections along the car and points along half a section.
const SECTIONS: usize = 110;
const STEPS: usize = 7;
const KNOTS: usize = 8;
const AROUND: usize = (KNOTS * STEPS) * 2 + 1;

pub(crate) fn of(shape: Shape) -> &'static Body {
    match shape {
        Shape::Coupe => &COUPE,
        Shape::Suv => &SUV,
    }
}

/// Smooth from 0 at `from` to 1 at `to`.
fn smooth(from: f32, to: f32, at: f32) -> f32 {
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

    /// What covers the skin between two points.
    fn cover(&self, x: f32, knot: f32) -> Cover {
        let within = |[from, to]: [f32; 2]| (from..to).contains(&x);
        let glazed_side = within(self.side_window) && (x - self.pillar).abs() > 0.035;
        match knot {
            k if k < 0.9 => Cover::Trim,
            k if (5.15..5.92).contains(&k)
                && glazed_side
                && self.skin(x, 6.0)[2] - self.skin(x, 5.0)[2] > 0.05 =>
            {
                Cover::Glass
            }
            k if (5.0..6.0).contains(&k) && within(self.side_window) => Cover::Trim,
            k if k > 6.15 && (within(self.windscreen) || within(self.rear_window)) => Cover::Glass,
            _ => Cover::Paint,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Cover {
    Paint,
    Glass,
    Trim,
}

/// Draws the body `along` metres from its place.
pub(crate) fn draw(picture: &mut Picture, light: Light, body: &Body, along: f32, paint: Rgb) {
    let [rear, front] = body.ends();
    let knot_of = |around: usize| around.min(AROUND - 1 - around) as f32 / STEPS as f32;
    let x_of = |section: usize| {
        // Sections crowd at the ends, where the skin bends.
        let part = section as f32 / (SECTIONS - 1) as f32;
        let eased = part * 0.7 + smooth(0.0, 1.0, part) * 0.3;
        rear + (front - rear) * eased
    };
    let mut places = vec![[0.0; 3]; SECTIONS * AROUND];
    for (at, place) in places.iter_mut().enumerate() {
        let (section, around) = (at / AROUND, at % AROUND);
        let [x, y, z] = body.skin(x_of(section), knot_of(around));
        let y = if around > AROUND / 2 { -y } else { y };
        *place = by_line([x + along, y, z + body.lift]);
    }
    let normals = normals(&places);
    let look = |at: usize, cover| {
        let (depth, place) = (places[at][1], places[at]);
        Corner { spot: spot(place), depth, colour: shade(light, place, normals[at], cover, paint) }
    };
    let painted: Vec<Corner> = (0..places.len()).map(|at| look(at, Cover::Paint)).collect();
    let Some(mut samples) = Samples::around(painted.iter(), picture) else { return };
    for section in 0..SECTIONS - 1 {
        let x = f32::midpoint(x_of(section), x_of(section + 1));
        for around in 0..AROUND - 1 {
            let knot = f32::midpoint(knot_of(around), knot_of(around + 1));
            let ats = [0, 1, AROUND + 1, AROUND].map(|by| section * AROUND + around + by);
            let corners = match body.cover(x, knot) {
                Cover::Paint => ats.map(|at| painted[at]),
                cover => ats.map(|at| look(at, cover)),
            };
            let [a, b, c, d] = &corners;
            samples.triangle([a, b, c]);
            samples.triangle([a, c, d]);
        }
    }
    samples.lay_over(picture);
}

fn minus(a: Place, b: Place) -> Place {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

fn dot(a: Place, b: Place) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn unit(a: Place) -> Place {
    let length = dot(a, a).sqrt().max(1e-6);
    a.map(|part| part / length)
}

/// The skin's outward direction at each point, from its neighbours.
fn normals(places: &[Place]) -> Vec<Place> {
    let at = |section: usize, around: usize| places[section * AROUND + around];
    (0..places.len())
        .map(|index| {
            let (section, around) = (index / AROUND, index % AROUND);
            let along =
                minus(at((section + 1).min(SECTIONS - 1), around), at(section.saturating_sub(1), around));
            let across =
                minus(at(section, (around + 2).min(AROUND - 1)), at(section, around.saturating_sub(2)));
            unit([
                along[1] * across[2] - along[2] * across[1],
                along[2] * across[0] - along[0] * across[2],
                along[0] * across[1] - along[1] * across[0],
            ])
        })
        .collect()
}

/// What the lacquer mirrors in a direction: strips of lamps above, windows behind, the floor below.
fn mirrored(light: Light, place: Place, direction: Place) -> f32 {
    // The bright wall and windows across the hall, seen at a flat angle.
    let across_hall = 0.55 * (1.0 - smooth(0.02, 0.30, (direction[2] + 0.06).abs()));
    if direction[2] < 0.03 {
        return 0.26 + 0.16 * direction[2] + across_hall;
    }
    let far = (6.5 - place[2]) / direction[2];
    let across = (place[1] + direction[1] * far + 0.7).rem_euclid(3.4) - 1.7;
    let strip = 1.0 - smooth(0.15, 0.80, across.abs());
    let sky = 0.34 + 0.30 * light.day * (1.0 - direction[2]);
    sky + across_hall + strip * 1.4 * (1.0 - smooth(6.0, 26.0, far))
}

fn shade(light: Light, place: Place, normal: Place, cover: Cover, paint: Rgb) -> Rgb {
    let look = unit(minus(place, EYE));
    let towards = -dot(look, normal);
    let mirror: Place = std::array::from_fn(|axis| look[axis] + 2.0 * towards * normal[axis]);
    let fresnel = 0.05 + 0.75 * (1.0 - towards.clamp(0.0, 1.0)).powi(4);
    let above = 0.5 + 0.5 * normal[2];
    let side = dot(normal, [0.42, -0.80, 0.42]).max(0.0);
    let gloss = mirrored(light, place, mirror);
    let (base, shine) = match cover {
        Cover::Paint => (paint.map(|part| part * (0.30 + 0.42 * above + 0.42 * side)), 0.09 + fresnel),
        Cover::Glass => ([22.0, 28.0, 34.0].map(|part| part * (0.7 + 0.6 * above)), 0.16 + fresnel),
        Cover::Trim => ([28.0, 29.0, 32.0].map(|part| part * (0.5 + 0.6 * above)), 0.02 + 0.2 * fresnel),
    };
    let lit = light.on(mix(base, [255.0; 3].map(|white| white * gloss), shine.min(0.8)));
    lit.map(|part| part.clamp(0.0, 255.0))
}
