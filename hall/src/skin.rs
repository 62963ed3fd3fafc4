//! A body's skin: painted, glazed and lit, or as far as it is made.
//!
//! Holds: through the openings of a body that is not finished one sees its inside, and the hall behind it.

use crate::body::{Body, KNOTS, smooth};
use crate::canvas::{Picture, Rgb};
use crate::light::Light;
use crate::mesh::{Corner, Samples};
use crate::station::Stage;
use crate::view::{EYE, Place, by_line, mix, spot};

/// Sections along the car and points along half a section.
const SECTIONS: usize = 110;
const STEPS: usize = 7;
const AROUND: usize = (KNOTS * STEPS) * 2 + 1;

/// The inside may be seen of all sections before this one: the nose is closed.
const HOLLOW: usize = 104;
/// The floor is drawn in boards of so many sections: what is long and narrow is slow.
const BOARD: usize = 8;

#[derive(Clone, Copy, PartialEq)]
enum Cover {
    Paint,
    Glass,
    Trim,
    /// Bare, dull metal.
    Metal,
    /// The edge of an opening, not lined yet.
    Flange,
}

/// What covers the skin of a finished car between two points.
fn cover(body: &Body, x: f32, knot: f32) -> Cover {
    let within = |[from, to]: [f32; 2]| (from..to).contains(&x);
    let glazed_side = within(body.side_window) && (x - body.pillar).abs() > 0.035;
    match knot {
        k if k < 0.9 => Cover::Trim,
        k if (5.15..5.92).contains(&k)
            && glazed_side
            && body.skin(x, 6.0)[2] - body.skin(x, 5.0)[2] > 0.05 =>
        {
            Cover::Glass
        }
        k if (5.0..6.0).contains(&k) && within(body.side_window) => Cover::Trim,
        k if k > 6.15 && (within(body.windscreen) || within(body.rear_window)) => Cover::Glass,
        _ => Cover::Paint,
    }
}

/// What is there of a cover at this stage; nothing where the body is open.
fn made(cover: Cover, stage: Stage) -> Option<Cover> {
    match (stage, cover) {
        (Stage::Finished, cover) => Some(cover),
        (_, Cover::Glass) => None,
        (_, Cover::Trim) => Some(Cover::Flange),
        (Stage::Shell, _) => Some(Cover::Metal),
        (Stage::Marriage, cover) => Some(cover),
    }
}

fn knot_of(around: usize) -> f32 {
    around.min(AROUND - 1 - around) as f32 / STEPS as f32
}

fn x_of(body: &Body, section: usize) -> f32 {
    // Sections crowd at the ends, where the skin bends.
    let part = section as f32 / (SECTIONS - 1) as f32;
    let eased = part * 0.7 + smooth(0.0, 1.0, part) * 0.3;
    let [rear, front] = body.ends();
    rear + (front - rear) * eased
}

/// Where the skin's points are in the hall: section by section from the near sill over the roof.
fn places(body: &Body, along: f32) -> Vec<Place> {
    let place = |at: usize| {
        let (section, around) = (at / AROUND, at % AROUND);
        let [x, y, z] = body.skin(x_of(body, section), knot_of(around));
        let y = if around > AROUND / 2 { -y } else { y };
        by_line([x + along, y, z + body.lift])
    };
    (0..SECTIONS * AROUND).map(place).collect()
}

/// Draws the body `along` metres from its place, as it is at this stage.
pub(crate) fn draw(picture: &mut Picture, light: Light, body: &Body, stage: Stage, along: f32, paint: Rgb) {
    let places = places(body, along);
    let normals = normals(&places);
    let corner = |at: usize, colour| Corner { spot: spot(places[at]), depth: places[at][1], colour };
    let look = |at: usize, cover| corner(at, shade(light, places[at], normals[at], cover, paint));
    let plain = if stage == Stage::Shell { Cover::Metal } else { Cover::Paint };
    let most: Vec<Corner> = (0..places.len()).map(|at| look(at, plain)).collect();
    let Some(mut samples) = Samples::around(most.iter(), picture) else { return };
    let open = stage != Stage::Finished;
    let seen_within = |at: usize| corner(at, inside(light, body, places[at], paint));
    let within: Vec<Corner> = if open { (0..places.len()).map(seen_within).collect() } else { Vec::new() };
    for section in 0..SECTIONS - 1 {
        let x = f32::midpoint(x_of(body, section), x_of(body, section + 1));
        let first = section * AROUND;
        let hollow = open && section < HOLLOW;
        for around in 0..AROUND - 1 {
            let knot = f32::midpoint(knot_of(around), knot_of(around + 1));
            let ats = [0, 1, AROUND + 1, AROUND].map(|by| first + around + by);
            let Some(cover) = made(cover(body, x, knot), stage) else { continue };
            let outside = |at: usize| if cover == plain { most[at] } else { look(at, cover) };
            samples.quad(&ats.map(outside));
            if hollow {
                let [a, b, c, d] = ats.map(|at| within[at]);
                samples.quad(&[d, c, b, a]);
            }
        }
    }
    if open {
        let colour = light.on(paint.map(|part| 18.0 + part * 0.26));
        for section in (0..HOLLOW).step_by(BOARD) {
            let [near, next] = [section * AROUND, (section + BOARD) * AROUND];
            let floor = [near + AROUND - 1, next + AROUND - 1, next, near];
            samples.quad(&floor.map(|at| corner(at, colour)));
        }
    }
    samples.lay_over(picture);
}

/// What a point of the skin looks like from within: the darker, the lower.
fn inside(light: Light, body: &Body, place: Place, paint: Rgb) -> Rgb {
    let up = smooth(0.15, 1.1, place[2] - body.lift);
    light.on(paint.map(|part| 14.0 + 14.0 * up + part * (0.10 + 0.36 * up)))
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
        Cover::Metal => (paint.map(|part| part * (0.34 + 0.40 * above + 0.36 * side)), 0.05 + 0.5 * fresnel),
        Cover::Flange => (paint.map(|part| part * (0.26 + 0.34 * above + 0.20 * side)), 0.02 + 0.2 * fresnel),
        Cover::Trim => ([28.0, 29.0, 32.0].map(|part| part * (0.5 + 0.6 * above)), 0.02 + 0.2 * fresnel),
    };
    let lit = light.on(mix(base, [255.0; 3].map(|white| white * gloss), shine.min(0.8)));
    lit.map(|part| part.clamp(0.0, 255.0))
}
